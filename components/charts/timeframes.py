"""Day, week and month of one instrument side by side, each with its own statistics line."""

from dataclasses import replace

import streamlit as st

from components.charts.loading import Loaded, drawing, load
from components.charts.view import ChartView, interval_name
from components.figures.theme import CONFIG
from components.states import part
from core import formats

FRAMES = (("1d", "6mo"), ("1wk", "2y"), ("1mo", "10y"))


def panel(view: ChartView, owner: str, mode: str) -> None:
    """Three small charts with the studies of the view; each can be missing without the others."""
    with st.grid(3, min_column_width=300):
        for interval, span in FRAMES:
            with st.container(border=True), part(f"frame_{interval}"):
                small = replace(view, interval=interval, range=span, start=None, end=None, marks=(), compare=())
                _one(load(small, owner), mode)


def _one(loaded: Loaded, mode: str) -> None:
    made = drawing(loaded, mode, small=True)
    name = interval_name(loaded.view.interval).removeprefix("1 ").capitalize()
    told = formats.change(made.statistics.range_return) if made.statistics else formats.UNKNOWN
    st.markdown(f"**{name}** :gray[{loaded.view.range}, {told}]")
    st.plotly_chart(
        made.figure,
        theme=None,
        config=CONFIG,
        key=f"frame_chart_{loaded.view.interval}",
        alt=made.figure.alt,
    )
