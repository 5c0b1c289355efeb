"""Taking a result along: trades, equity and figures as CSV, everything as JSON, a report as one HTML file."""

import csv
import io
import json

import streamlit as st

from components.backtest.loading import Done
from components.backtest.trades import table
from components.charts.source import source_label
from core.backtest.document import run_document
from core.backtest.material import code_version
from core.backtest.metric_table import METRICS
from core.backtest.report import report_page

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def menu(done: Done) -> None:
    """The Export menu; files are made when they are asked for."""
    popover = st.popover("Export", icon=":material/download:", key="bt_export", on_change="rerun")
    if not popover.open:
        return
    name = f"{done.instrument.symbol.strip('^')}-{done.inputs.recipe.strategy}"
    files = (
        ("HTML: the report in one file", lambda: report(done), "html", "text/html", ":material/public:"),
        ("CSV: trades", lambda: trades_csv(done), "trades.csv", "text/csv", ":material/table:"),
        ("CSV: equity", lambda: equity_csv(done), "equity.csv", "text/csv", ":material/show_chart:"),
        ("CSV: all figures", lambda: figures_csv(done), "figures.csv", "text/csv", ":material/functions:"),
        ("JSON: everything", lambda: document(done), "json", "application/json", ":material/data_object:"),
    )
    with popover:
        for label, make, ending, kind, icon in files:
            st.download_button(
                label, make, f"{name}.{ending}", kind, icon=icon, key=f"bt_export_{ending}", on_click="ignore",
                width="stretch",
            )  # fmt: skip


def report(done: Done) -> bytes:
    """The stand-alone report."""
    notes = [done.peek.text] if done.peek else []
    return report_page(done.inputs, done.material, done.run, notes=notes).encode()


def trades_csv(done: Done) -> bytes:
    """The trades as on screen, newest first."""
    text = io.StringIO()
    table(done).to_csv(text, index=False, quoting=csv.QUOTE_MINIMAL, float_format="%.10g")
    return text.getvalue().encode()


def equity_csv(done: Done) -> bytes:
    """Exchange time, equity and shares held, a row a bar; symbol and source in every row."""
    run, sourced = done.run, done.material.sourced
    how = "%Y-%m-%d %H:%M:%S%z" if sourced.data.interval.intraday else "%Y-%m-%d"
    out = run.equity.to_frame().assign(position=run.position)
    out.insert(0, "time", run.tape.index.tz_convert(done.instrument.timezone).strftime(how))
    out["symbol"] = done.instrument.symbol
    out["source"] = "Simulated" if sourced.simulated else source_label(sourced.source)
    text = io.StringIO()
    out.to_csv(text, index=False, float_format="%.12g")
    return text.getvalue().encode()


def figures_csv(done: Done) -> bytes:
    """Every figure with its unit and definition."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("name", "value", "unit", "label", "definition"))
    for one in METRICS:
        value = done.run.metrics[one.name]
        words = [f"'{word}" if word.startswith(_FORMULA) else word for word in (one.label, one.definition)]
        writer.writerow((one.name, "" if value != value else repr(value), one.unit, *words))  # noqa: PLR0124
    return text.getvalue().encode()


def document(done: Done) -> bytes:
    """Inputs, fingerprints, figures, trades and equity as one JSON document."""
    sourced = done.material.sourced
    out = {
        "inputs": done.inputs.document(),
        "inputs_fingerprint": done.inputs.fingerprint,
        "data_fingerprint": done.material.fingerprint,
        "code": code_version(),
        "source": sourced.source,
        "simulated": sourced.simulated,
        "currency": done.currency,
        "told": list(done.inputs.recipe.told),
        **run_document(done.run, done.peek, intraday=sourced.data.interval.intraday),
    }
    return json.dumps(out, ensure_ascii=False, indent=1, allow_nan=False).encode()
