"""Backtesting: a strategy of the library or of one's own rules on one instrument, its result, and whether it is luck.

The desk is one fragment: its controls redraw it alone. The address bar holds everything that was asked.
"""

import streamlit as st

from components import investor, theme
from components.backtest import address, controls, money, result
from components.backtest.asked import VIEWS
from components.backtest.loading import done, today_at
from components.backtest.refusals import refusals
from components.frame import inside_app
from components.states import plain

_LABELS = {"result": "Result", "trades": "Trades", "figures": "All figures", "optimise": "Optimise"}


@st.fragment(key="bench")
def bench() -> None:
    """Everything on the page, redrawn by its own controls only."""
    who, mode = investor.current(), theme.mode()
    asked = address.current()
    controls.first_row(asked, who.owner, today_at(None))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        controls.parameters(asked)
        money.menus(asked)
    controls.refused()
    for note in address.notes():
        st.caption(f":material/info: {plain(note)}")
    with refusals("run", on_pick=_opened):
        found = done(asked, who.owner)
        result.head(found, asked.recipe.title)
        result.headline(found)
        st.session_state["bt_view"] = asked.view
        st.segmented_control(
            "View", VIEWS, format_func=_LABELS.__getitem__, key="bt_view", required=True,
            label_visibility="collapsed", on_change=_viewed,
        )  # fmt: skip
        result.overview(found, mode)
        result.knows(found)


def _opened(symbol: str) -> None:
    address.change(symbol=symbol)


def _viewed() -> None:
    address.change(view=st.session_state["bt_view"])


inside_app()
bench()
