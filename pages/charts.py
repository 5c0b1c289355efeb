"""Charts: any instrument with indicators, marks and comparison; the address bar holds the whole view.

The desk is one fragment: its controls redraw it alone. The price over the chart repeats by itself while markets are
open and sends a few numbers, not the chart.
"""

import streamlit as st

from components import investor, theme
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
from components.charts.loading import prepared, today_at
from components.charts.view import ChartView
from components.figures.price import figure_height
from components.figures.theme import CONFIG
from components.states import part

CHART = "price_chart"


@st.fragment(key="desk")
def desk() -> None:
    """Everything on the page, redrawn by its own controls only."""
    who = investor.current()
    view = address.current()
    with st.container(horizontal=True, vertical_alignment="center"):
        title = st.container(width="stretch")
        with st.container(width=300):
            search.instrument_search(who.owner)
    for note in address.notes():
        st.caption(f":material/link_off: {source.plain(note)}")
    body = st.container()
    with part("chart", on_pick=lambda symbol: address.change(symbol=symbol)), body.skeleton(height=figure_height(1)):
        loaded, made = prepared(view, who.owner, theme.mode())
        with title:
            live.head(loaded, CHART, theme.mode(), made.figure.spec["layout"]["uirevision"])
        with body:
            controls(loaded.view, loaded, made, who)
            left, right = st.columns([4, 1.15], gap="medium")
            with left:
                if view.frames:
                    timeframes.panel(loaded.view, who.owner, theme.mode())
                else:
                    with st.container(key=CHART):
                        st.plotly_chart(made.figure, theme=None, config=CONFIG, key="price", alt=made.figure.alt)
                source.warnings(loaded, made.problems)
            with right:
                numbers.panel(loaded, made)
            if view.table:
                numbers.table(loaded)
            source.findings(loaded)
        return
    # What could not be drawn still leaves the controls that lead out of it.
    with body:
        toolbar.ranges(view, today_at(None))
        upload.button(who.owner)


def controls(view: ChartView, loaded, made, who) -> None:  # noqa: ANN001
    """The toolbar over the chart."""
    toolbar.ranges(view, today_at(loaded.instrument))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        studies.panel(view)
        search.compare_menu(view, loaded.instrument, who.owner)
        toolbar.marks(view, loaded.instrument)
        layouts.menu(view, who.owner, lasting=who.lasting)
        exports.menu(loaded, made, theme.mode())
        upload.button(who.owner)


desk()
