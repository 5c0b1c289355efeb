"""Backtesting: a strategy of the library or of one's own rules on one instrument, its result, and whether it is luck.

The desk is one fragment: its controls redraw it alone. The address bar holds everything that was asked.
"""

import streamlit as st

from components import investor, theme
from components.backtest import (
    address,
    controls,
    exports,
    figures,
    keeping,
    money,
    opening,
    optimise,
    result,
    rules,
    trades,
)
from components.backtest.asked import VIEWS, Asked
from components.backtest.loading import Done, done, today_at
from components.backtest.refusals import refusals
from components.frame import inside_app
from components.states import plain
from core.backtest.saved import Saved

_LABELS = {"result": "Result", "trades": "Trades", "figures": "All figures", "optimise": "Optimise"}


@st.fragment(key="bench")
def bench() -> None:
    """Everything on the page, redrawn by its own controls only."""
    who, mode = investor.current(), theme.mode()
    asked, mine = address.current(), None
    if asked.run:
        with refusals("kept run"):
            show(asked, opening.run(asked, who), None, mode)
        return
    with refusals("strategy"):
        asked, mine = opening.strategy(asked, who)
    controls.first_row(asked, who.owner, today_at(None))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        controls.parameters(asked)
        money.menus(asked)
    controls.refused()
    rules.panel(asked)
    for note in address.notes():
        st.caption(f":material/info: {plain(note)}")
    with refusals("run", on_pick=_opened):
        show(asked, done(asked, who.owner), mine, mode)


def show(asked: Asked, found: Done, mine: Saved | None, mode: str) -> None:
    """A finished run: its figures, and the view that was chosen."""
    with st.container(horizontal=True, vertical_alignment="top", horizontal_alignment="distribute"):
        with st.container(width=680, gap="xsmall"):
            result.head(found, found.inputs.recipe.title)
        with st.container(horizontal=True, width="content", gap="small"):
            keeping.menu(asked, found, mine)
            exports.menu(found)
    result.headline(found)
    st.session_state["bt_view"] = asked.view
    st.segmented_control(
        "View", VIEWS, format_func=_LABELS.__getitem__, key="bt_view", required=True,
        label_visibility="collapsed", on_change=_viewed,
    )  # fmt: skip
    match asked.view:
        case "trades":
            trades.panel(found, mode)
        case "figures":
            figures.panel(found)
        case "optimise":
            with refusals("optimise"):
                optimise.panel(found, mode)
        case _:
            result.overview(found, mode)
    result.knows(found)


def _opened(symbol: str) -> None:
    address.change(symbol=symbol)


def _viewed() -> None:
    address.change(view=st.session_state["bt_view"])


inside_app()
bench()
