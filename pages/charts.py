"""Charts: any instrument with indicators, marks and comparison; the address bar holds the whole view.

The desk is one fragment: its controls redraw it alone. The price over the chart repeats by itself while markets are
open and sends a few numbers, not the chart.
"""

from contextlib import nullcontext

import streamlit as st

from components import alerts, investor, theme
from components.charts import (
    address,
    exports,
    layouts,
    live,
    numbers,
    search,
    source,
    studies,
    timeframes,
    toolbar,
    upload,
)
from components.charts.loading import Drawing, Loaded, prepared, settle, today_at
from components.figures.price import figure_height
from components.figures.theme import CONFIG
from components.frame import inside_app
from components.states import part, plain

CHART, DRAWN = "price_chart", "chart_drawn"


@st.fragment(key="desk")
def desk() -> None:
    """Everything on the page, redrawn by its own controls only."""
    who, mode = investor.current(), theme.mode()
    view, ready = address.current(), None
    # A chart that is drawn already comes from the cache: it needs no sign of waiting.
    fresh = st.session_state.get(DRAWN) != view
    with part("chart", on_pick=_opened), st.skeleton(height=figure_height(1)) if fresh else nullcontext():
        ready = prepared(view, who.owner, mode)
    if ready is None:
        # What could not be drawn still leaves the controls that lead out of it.
        search.instrument_search(who.owner)
        toolbar.ranges(view, today_at(None))
        upload.button(who.owner)
        return
    loaded, made = ready
    address.adopt(loaded.view, loaded.notes)
    st.session_state[DRAWN] = loaded.view
    with st.container(horizontal=True, vertical_alignment="center"):
        live.head(loaded, made, CHART, mode)
        with st.container(width=300):
            search.instrument_search(who.owner)
    controls(loaded, made, who, mode)
    for note in address.notes():
        st.caption(f":material/info: {plain(note)}")
    if loaded.view.frames:
        timeframes.panel(loaded.view, who.owner, mode)
        source.warnings(loaded, made.problems)
    else:
        chart, beside = st.columns([3.6, 1.2], gap="small")
        with chart:
            st.plotly_chart(made.figure, theme=None, config=CONFIG, key=CHART, alt=made.figure.alt)
            source.warnings(loaded, made.problems)
        with beside:
            numbers.panel(loaded, made)
    if loaded.view.table:
        numbers.table(loaded)
    with part("findings"):
        source.findings(loaded)
    settle()


def _opened(symbol: str) -> None:
    address.change(symbol=symbol)


def controls(loaded: Loaded, made: Drawing, who: investor.Investor, mode: str) -> None:
    """The toolbar over the chart."""
    view = loaded.view
    toolbar.ranges(view, today_at(loaded.instrument))
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        studies.panel(view)
        search.compare_menu(view, loaded.instrument, who.owner)
        toolbar.marks(view, loaded.instrument)
        layouts.menu(who.owner, lasting=who.lasting)
        exports.menu(loaded, made, mode)
        upload.button(who.owner)
        alerts.menu(who, view.symbol)


inside_app()
desk()
