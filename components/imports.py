"""Giving the desk a file of bars, and reading what was wrong with it."""

import re
from pathlib import PurePath

import pandas as pd
import streamlit as st

from components.charts import loading
from components.market import forget, market
from components.states import part, plain
from core import formats
from core.market.model import Finding, ImportReport, Interval, Treatment

_INTERVALS = ("Detect", *(interval.value for interval in Interval))
_CURRENCIES = ("INR", "USD", "EUR", "GBP", "JPY")
_TIMEZONES = ("Asia/Kolkata", "America/New_York", "UTC", "Europe/London", "Asia/Tokyo", "Asia/Hong_Kong")
_TREATMENT_WORDS = {
    Treatment.KEPT: "Kept as it is",
    Treatment.REPAIRED: "Repaired",
    Treatment.REJECTED: "Left out",
    Treatment.FLAGGED: "Marked",
}
_KIND_WORDS = {
    "holiday_bar": "Bar on an exchange holiday",
    "spike": "Spike that comes back",
    "frozen": "Frozen price",
    "bad_ohlc": "Impossible high or low",
    "negative_price": "Negative price",
    "duplicate": "Duplicate",
    "unsorted": "Out of order",
    "mixed_series": "Several series in one file",
    "missing_session": "Missing session",
    "unit_error": "Wrong unit (100×)",
    "late_split": "Late split",
    "missing_split": "Missing split",
    "dividend_error": "Wrong dividend",
    "timezone": "Timezone",
    "unreadable": "Unreadable row",
    "other_series": "Another series",
    "symbol_change": "Symbol change",
    "as_traded": "Prices as traded",
    "missing_price": "Missing price",
    "rounding": "Rounding",
}


def symbol_of(name: str) -> str:
    """A symbol to propose for a file: its name without endings, in capitals, only what a symbol may hold."""
    stem = PurePath(name).name.split(".")[0]
    return re.sub(r"[^A-Z0-9&_-]+", "-", stem.upper()).strip("-")[:24]


def kind_words(kind: str) -> str:
    """A finding's kind in words."""
    return _KIND_WORDS.get(kind, kind.replace("_", " ").capitalize())


def upload(owner: str, *, key: str) -> ImportReport | None:
    """The upload form. Returns the report of what was just imported, or None; a refused file is explained here."""
    file = st.file_uploader(
        "CSV, TSV, Excel or Parquet, plain or gzipped",
        type=["csv", "tsv", "txt", "xlsx", "parquet", "gz"],
        key=f"{key}_file",
        help="Daily or intraday bars as a broker, an exchange or a data site gives them.",
    )
    if file is None:
        return None
    with st.form(f"{key}_form", border=False):
        name, interval, currency, timezone = st.columns([2, 1, 1, 2])
        symbol = name.text_input("Symbol", symbol_of(file.name), max_chars=24, key=f"{key}_symbol_{file.file_id}")
        chosen = interval.selectbox("Interval", _INTERVALS, key=f"{key}_interval")
        money = currency.selectbox("Currency", _CURRENCIES, key=f"{key}_currency")
        zone = timezone.selectbox("Exchange time", _TIMEZONES, key=f"{key}_zone")
        series = st.text_input(
            "Series, when the file holds several",
            key=f"{key}_series",
            placeholder="EQ",
            max_chars=12,
            help="Exchange downloads list EQ beside BE, N1 or W3. Leave empty to take the main one.",
        )
        if not st.form_submit_button("Import", type="primary", icon=":material/upload_file:"):
            return None
    with part(f"{key}_import"), st.spinner("Reading the file"):
        report = market().import_file(
            file.name,
            file.getvalue(),
            symbol.strip().upper(),
            None if chosen == "Detect" else Interval(chosen),
            owner=owner,
            currency=money,
            timezone=zone,
            series=series.strip() or None,
        )
        forget()
        loading.forget()
        return report
    return None


def summary(report: ImportReport, timezone: str) -> str:
    """One sentence that accounts for every row; days are the exchange's, ``timezone`` an IANA name."""
    span = ""
    if report.first and report.last:
        span = f", {formats.day(report.first, timezone)} to {formats.day(report.last, timezone)}"
    return (
        f"{report.symbol}: {report.rows:,} rows read{span}. {report.accepted:,} accepted, {report.repaired:,} of them "
        f"repaired; {report.rejected:,} left out."
    )


def findings_table(findings: tuple[Finding, ...], timezone: str, *, alt: str) -> None:
    """Findings as a table: where (the exchange's days), what, what was done."""
    rows = pd.DataFrame(
        {
            "Where": [_where(finding, timezone) for finding in findings],
            "What": [kind_words(finding.kind) for finding in findings],
            "Done": [_TREATMENT_WORDS[finding.treatment] for finding in findings],
            "Rows": [finding.count for finding in findings],
            "Detail": [finding.detail for finding in findings],
        }
    )
    st.dataframe(
        rows,
        hide_index=True,
        alt=alt,
        height=min(420, 36 * (len(rows) + 1) + 2),
        column_config={
            "Where": st.column_config.TextColumn(width="small"),
            "What": st.column_config.TextColumn(width="medium"),
            "Done": st.column_config.TextColumn(width="small"),
            "Rows": st.column_config.NumberColumn(width="small"),
            "Detail": st.column_config.TextColumn(width="large"),
        },
    )


def _where(finding: Finding, timezone: str) -> str:
    if finding.line is not None:
        return f"line {finding.line:,}"
    if finding.start is None:
        return "the file"
    first = formats.day(finding.start, timezone)
    last = formats.day(finding.end, timezone) if finding.end else first
    return first if first == last else f"{first} to {last}"


def show(report: ImportReport, timezone: str) -> None:
    """A report: the sentence, then the problems, or that there were none."""
    st.success(summary(report, timezone), icon=":material/task_alt:")
    listed = next((one for one in market().instruments() if one.symbol == report.symbol), None)
    if listed is not None:
        st.warning(
            f"{report.symbol} is also a listed instrument ({plain(listed.name)}). Your file stands in its place "
            "wherever you look; delete the file to see the market's bars again, or import it under another symbol.",
            icon=":material/swap_horiz:",
        )
    if report.problems:
        findings_table(report.problems, timezone, alt=f"What was wrong with the file of {report.symbol}")
    else:
        st.caption("Nothing was wrong with this file.")
