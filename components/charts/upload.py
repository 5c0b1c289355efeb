"""Bringing one's own bars to a chart: the Data page's form and account in a dialog, and the way to the chart."""

import streamlit as st

from components import imports
from components import market as cached
from components.charts import address
from core.market.model import ImportReport


def button(owner: str) -> None:
    """The Upload button; opens the dialog."""
    if st.button("Upload", icon=":material/upload_file:", key="c_upload", help="Chart a file of your own"):
        _dialog(owner)


@st.dialog("Chart your own file", width="large", icon=":material/upload_file:")
def _dialog(owner: str) -> None:
    form(owner)


def form(owner: str) -> None:
    """File, symbol and what a file may leave unsaid; then the account of what became of it."""
    st.caption("A date or time, open, high, low, close and, if there is one, volume. Only you see what you upload.")
    report = imports.upload(owner, key="c_upload")
    if report is None:
        return
    imports.show(report, cached.market().resolve(report.symbol, owner=owner).timezone)
    st.button("Open the chart", type="primary", key="c_upload_open", on_click=_opened, args=(report,))


def _opened(report: ImportReport) -> None:
    address.change(symbol=report.symbol, interval=report.interval.value, range="max", compare=(), start=None, end=None)
