"""Bringing one's own bars: a file, the symbol it shall have, an exact account of what was wrong with it."""

import re

import streamlit as st

from components import market as cached
from components.charts import address
from components.charts.loading import forget
from components.states import part, plain
from core.market.model import ImportReport, Interval

TYPES = ["csv", "tsv", "txt", "gz", "parquet", "xlsx"]
_SHOWN = 100


def button(owner: str) -> None:
    """The Upload button; opens the dialog."""
    if st.button("Upload", icon=":material/upload_file:", key="c_upload", help="Chart a file of your own"):
        _dialog(owner)


@st.dialog("Chart your own file", width="medium", icon=":material/upload_file:")
def _dialog(owner: str) -> None:
    form(owner)


def form(owner: str) -> None:
    """File, symbol and what a file may leave unsaid; then the account of what became of it."""
    st.caption(
        "Bars as CSV, TSV, Parquet or XLSX, plain or gzipped: a date or time, open, high, low, close and, if there is "
        "one, volume. Only you see what you upload."
    )
    file = st.file_uploader("File", type=TYPES, key="c_upload_file")
    symbol = st.text_input(
        "Symbol", key="c_upload_symbol", max_chars=20, placeholder=_proposal(file.name) if file else "MYDATA"
    )
    with st.container(horizontal=True):
        interval = st.selectbox(
            "Interval", ["as in the file", *[i.value for i in Interval]], key="c_upload_interval", width=150
        )
        currency = st.text_input("Currency", key="c_upload_currency", max_chars=3, placeholder="INR", width=110)
        zone = st.text_input("Timezone of the times", key="c_upload_zone", max_chars=40, placeholder="Asia/Kolkata")
    if not st.button("Import", type="primary", key="c_upload_go", disabled=file is None) or file is None:
        return
    with part("upload"), st.spinner("Reading and checking the file"):
        report = cached.market().import_file(
            file.name,
            file.getvalue(),
            symbol.strip().upper() or _proposal(file.name),
            None if interval == "as in the file" else interval,
            owner=owner,
            currency=currency.strip().upper() or None,
            timezone=zone.strip() or None,
        )
        cached.forget()
        forget()
        summary(report)
        st.button("Open the chart", type="primary", key="c_upload_open", on_click=_opened, args=(report,))


def _proposal(name: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "", name.split(".", maxsplit=1)[0]).upper()
    return stem[:12] or "MYDATA"


def summary(report: ImportReport) -> None:
    """What became of the file: counts in a line, every problem in a table."""
    span = f" from {report.first:%-d %b %Y} to {report.last:%-d %b %Y}" if report.first and report.last else ""
    st.success(
        f"{report.accepted:,} of {report.rows:,} rows accepted{span}; {report.repaired:,} repaired, "
        f"{report.rejected:,} rejected.",
        icon=":material/task_alt:",
    )
    if not report.problems:
        st.caption("Nothing was wrong with the file.")
        return
    shown = report.problems[:_SHOWN]
    st.dataframe(
        {
            "Line": [f.line for f in shown],
            "What": [f.kind.replace("_", " ") for f in shown],
            "Done": [f.treatment.value for f in shown],
            "Detail": [f.detail for f in shown],
        },
        hide_index=True,
        height=220,
        alt=f"{len(report.problems)} problems found in the file",
    )
    if len(report.problems) > _SHOWN:
        st.caption(plain(f"The first {_SHOWN} of {len(report.problems):,}; the Data page lists all."))
    st.page_link("pages/data.py", label="Full report on the Data page", icon=":material/database:")


def _opened(report: ImportReport) -> None:
    first_interval = report.interval.value
    address.change(symbol=report.symbol, interval=first_interval, range="max", compare=(), start=None, end=None)
