"""What is tested and on what: instrument, span, strategy and its parameters. Each writes its choice into the view."""

from datetime import date
from typing import Any

import streamlit as st

from components import market as cached
from components.backtest import address
from components.backtest.asked import CUSTOM, FIRST_RULES, INTERVALS, MAX, RANGES, Asked
from components.states import plain
from core.backtest import BacktestError, strategies
from core.backtest.recipe import RULES, Recipe
from core.indicators import IndicatorError, Param

_FAMILIES = {"trend": "Trend", "reversion": "Reversion", "calendar": "Calendar and saving", "own": "Own"}
_INTERVALS = {"5m": "5 min", "15m": "15 min", "30m": "30 min", "1h": "Hours"} | {
    "1d": "Days",
    "1wk": "Weeks",
    "1mo": "Months",
}
_SAID = "bt_params_said"


def first_row(asked: Asked, owner: str, today: date) -> None:
    """Instrument, strategy, range and interval."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        _instrument(asked, owner)
        _strategy(asked)
        _span(asked, today)


def _instrument(asked: Asked, owner: str) -> None:
    known = {one.symbol: one for one in cached.instruments(owner)}
    options = list(known) if asked.symbol in known else [asked.symbol, *known]
    st.session_state["bt_symbol"] = asked.symbol

    def name(symbol: str) -> str:
        return f"{symbol} · {known[symbol].name}" if symbol in known else symbol

    st.selectbox(
        "Instrument",
        options,
        format_func=name,
        key="bt_symbol",
        accept_new_options=True,
        placeholder="RELIANCE.NS, tata mot, btc",
        width=240,
        on_change=_picked,
        args=("symbol", "bt_symbol"),
    )


def _strategy(asked: Asked) -> None:
    library = {one.name: one for one in strategies()}
    st.session_state["bt_strategy"] = asked.recipe.strategy

    def name(key: str) -> str:
        if key == RULES:
            return "Own rules" if asked.recipe.plan is None else f"Own rules: {asked.recipe.plan.name}"
        return f"{_FAMILIES[library[key].family]}: {library[key].label}"

    st.selectbox(
        "Strategy", [RULES, *library], format_func=name, key="bt_strategy", width=256, on_change=_strategy_picked
    )


def _span(asked: Asked, today: date) -> None:
    state = st.session_state
    state["bt_range"] = asked.range
    st.segmented_control(
        "Range",
        [*RANGES, MAX, CUSTOM],
        format_func=lambda one: {"max": "Max", "custom": "Dates"}.get(one, one.upper()),
        key="bt_range",
        required=True,
        on_change=_range_picked,
        args=(today,),
    )
    if asked.range == CUSTOM:
        days = tuple(day for day in (asked.start, asked.end or today) if day is not None)
        state["bt_days"] = days
        st.date_input(
            "First and last day",
            key="bt_days",
            min_value=min(date(1970, 1, 1), *days),
            max_value=max(today, *days),
            format="DD/MM/YYYY",
            width=230,
            on_change=_days_picked,
        )
    state["bt_interval"] = asked.interval
    st.selectbox(
        "Bars",
        INTERVALS,
        format_func=_INTERVALS.__getitem__,
        key="bt_interval",
        width=104,
        on_change=_picked,
        args=("interval", "bt_interval"),
    )


def parameters(asked: Asked) -> None:
    """A field for each parameter of the strategy, with its range; what is refused is said beside it."""
    chosen = asked.recipe.chosen
    for one in chosen.params:
        _field(asked, one, chosen.values[one.name])
    if asked.recipe.params:
        st.button("Reset", icon=":material/restart_alt:", key="bt_reset", type="tertiary", on_click=_reset)


def refused() -> None:
    """Why the last change was not taken, once."""
    if said := st.session_state.pop(_SAID, None):
        st.warning(plain(said), icon=":material/edit_note:")


def _field(asked: Asked, param: Param, value: Any) -> None:
    key = f"bt_param_{asked.recipe.strategy}_{param.name}"
    st.session_state[key] = value
    shared: dict[str, Any] = {"key": key, "on_change": _tuned, "args": (param.name, key)}
    if param.kind == "choice":
        st.selectbox(param.label, param.choices, format_func=_words, width=170, **shared)
    elif param.kind == "int":
        st.number_input(
            param.label, int(param.low), int(min(param.high, 10**9)), step=1, width=150, help=_allowed(param), **shared
        )
    else:
        span = param.high - param.low
        step = 0.01 if span <= 1.5 else 0.1 if span <= 25 else 1.0
        digits = "%.3f" if span <= 1.5 else "%.2f" if span <= 25 else "%g"
        low, high = max(param.low, -1e9), min(param.high, 1e9)
        st.number_input(
            param.label, float(low), float(high), step=step, format=digits, width=150, help=_allowed(param), **shared
        )


def _allowed(param: Param) -> str | None:
    return None if abs(param.high) >= 1e9 else f"From {param.low:g} to {param.high:g}."


def _words(text: str) -> str:
    return text.replace("_", " ").capitalize()


def _picked(field: str, key: str) -> None:
    value = st.session_state.get(key)
    if value:
        address.change(**{field: str(value).strip()[:60]})


def _strategy_picked() -> None:
    name = st.session_state.get("bt_strategy")
    before = address.current().recipe
    if not name or name == before.strategy:
        return
    if name == RULES:
        plan, params = FIRST_RULES, ()
    else:
        plan, params = None, ()
    made = Recipe(name, params, plan, before.costs, before.sizing, before.stops, before.fills, before.account)
    address.change(recipe=made, saved="")


def _range_picked(today: date) -> None:
    value = st.session_state.get("bt_range")
    if value is None:
        return
    if value == CUSTOM:
        address.change(range=CUSTOM, start=date(today.year - 5, 1, 1), end=today)
    else:
        address.change(range=value, start=None, end=None)


def _days_picked() -> None:
    days = st.session_state.get("bt_days") or ()
    if len(days) == 2:
        address.change(start=days[0], end=days[1])


def _tuned(name: str, key: str) -> None:
    value = st.session_state.get(key)
    if value is None:
        return
    recipe = address.current().recipe
    try:
        address.change_recipe(params=tuple({**dict(recipe.params), name: value}.items()))
    except (BacktestError, IndicatorError) as error:
        st.session_state[_SAID] = str(error)


def _reset() -> None:
    address.change_recipe(params=())
