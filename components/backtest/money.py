"""Costs, capital, size, stops and fills: two menus beside the parameters."""

from dataclasses import replace
from typing import Any

import streamlit as st

from components.backtest import address
from components.backtest.asked import PRESETS, SIZES, Asked, cost_names, size_of, sizing_of
from components.states import plain
from core.backtest import Account, BacktestError, Fills, Sizing, Stops
from core.backtest.charges import preset

_SAID = "bt_money_said"
_STOP_FIELDS = (
    ("stop_percent", "Stop loss, %", 99.0, 0.5),
    ("trail_percent", "Trailing stop, %", 99.0, 0.5),
    ("target_percent", "Target, %", 1000.0, 1.0),
)


def menus(asked: Asked) -> None:
    """The two menus."""
    with st.popover("Costs and capital", icon=":material/payments:", key="bt_costs_menu", on_change="rerun") as menu:
        if menu.open:
            _costs(asked)
    stops = asked.recipe.stops
    set_ = stops is not None and stops != Stops()
    label = "Size and stops" + (" ●" if set_ or asked.recipe.sizing is not None else "")
    with st.popover(label, icon=":material/shield:", key="bt_stops_menu", on_change="rerun") as menu:
        if menu.open:
            _stops(asked)


def _costs(asked: Asked) -> None:
    recipe, state, names = asked.recipe, st.session_state, cost_names()
    state["bt_costs"] = recipe.costs.name if recipe.costs.name in PRESETS else PRESETS[0]
    st.selectbox(
        "Costs of each side",
        PRESETS,
        format_func=lambda name: names.get(name, name),
        key="bt_costs",
        on_change=_changed,
        args=("costs", "bt_costs"),
        help="Presets have the fees of their time, by date, and slippage. Every order pays them, stops too.",
    )
    account = recipe.account or Account()
    state["bt_capital"] = float(account.capital)
    st.number_input(
        "Capital at the start",
        1.0,
        1e12,
        step=10_000.0,
        format="%.0f",
        key="bt_capital",
        on_change=_changed,
        args=("capital", "bt_capital"),
    )
    state["bt_cash"] = float(account.cash_percent)
    st.number_input(
        "Interest on idle cash, % a year", 0.0, 30.0, step=0.5, key="bt_cash", on_change=_changed,
        args=("cash", "bt_cash"),
    )  # fmt: skip
    state["bt_dividends"] = asked.dividends
    st.toggle(
        "Dividends reinvested in the prices",
        key="bt_dividends",
        on_change=_changed,
        args=("dividends", "bt_dividends"),
        help="Otherwise dividends are paid in cash to whoever held the share.",
    )
    state["bt_fill"] = "close" if recipe.fills is not None and recipe.fills.at == "close" else "open"
    st.segmented_control(
        "Signals are filled",
        ["open", "close"],
        format_func=lambda at: {"open": "at the next open", "close": "at their own close"}[at],
        key="bt_fill",
        required=True,
        on_change=_changed,
        args=("fill", "bt_fill"),
        help="Nobody can trade at the close that gives the signal; a result made so says it.",
    )
    _refused()


def _stops(asked: Asked) -> None:
    recipe, state = asked.recipe, st.session_state
    stops = recipe.stops or recipe.chosen.stops or Stops()
    kind, number = size_of(recipe.sizing or recipe.chosen.sizing or Sizing())
    state["bt_size"] = kind
    st.selectbox(
        "Each entry buys",
        list(SIZES),
        format_func=lambda one: SIZES[one][0],
        key="bt_size",
        on_change=_changed,
        args=("size", "bt_size"),
    )
    state["bt_size_number"] = float(number)
    st.number_input(
        SIZES[kind][0], 0.01, 1e12, step=1.0, key="bt_size_number", on_change=_changed,
        args=("size_number", "bt_size_number"),
    )  # fmt: skip
    for name, label, most, step in _STOP_FIELDS:
        state[f"bt_{name}"] = float(getattr(stops, name))
        st.number_input(
            label, 0.0, most, step=step, key=f"bt_{name}", on_change=_changed, args=(name, f"bt_{name}"),
            help="0 is none.",
        )  # fmt: skip
    state["bt_max_bars"] = int(stops.max_bars)
    st.number_input(
        "Leave after bars", 0, 10_000, step=1, key="bt_max_bars", on_change=_changed, args=("max_bars", "bt_max_bars"),
        help="0 is no limit.",
    )  # fmt: skip
    _refused()


def _refused() -> None:
    if said := st.session_state.pop(_SAID, None):
        st.warning(plain(said), icon=":material/edit_note:")


def _changed(what: str, key: str) -> None:
    """Callback: take one field over into the recipe; a refusal is said in the menu."""
    value = st.session_state.get(key)
    if value is None:
        return
    try:
        _take(what, value)
    except BacktestError as error:
        st.session_state[_SAID] = str(error)


def _take(what: str, value: Any) -> None:
    recipe = address.current().recipe
    account, own = recipe.account or recipe.chosen.account or Account(), recipe.chosen
    match what:
        case "costs":
            address.change_recipe(costs=preset(value))
        case "capital":
            address.change_recipe(account=replace(account, capital=float(value)))
        case "cash":
            address.change_recipe(account=replace(account, cash_percent=float(value)))
        case "dividends":
            address.change(dividends=bool(value))
        case "fill":
            fills = recipe.fills or own.fills or Fills()
            made = Fills(at="close") if value == "close" else replace(fills, at="open")
            address.change_recipe(fills=None if made == (own.fills or Fills()) else made)
        case "size":
            address.change_recipe(sizing=sizing_of(value, SIZES[value][1], recipe.sizing))
        case "size_number":
            kind, _ = size_of(recipe.sizing or own.sizing or Sizing())
            address.change_recipe(sizing=sizing_of(kind, float(value), recipe.sizing))
        case _:
            stops = replace(recipe.stops or own.stops or Stops(), **{what: value})
            address.change_recipe(stops=None if stops == (own.stops or Stops()) else stops)
