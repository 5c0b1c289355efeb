"""Returns by period, both kinds labelled, and the drawer that shows how one was computed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from components import theme
from components.portfolio.amounts import HIDDEN, Amounts, rate, reason
from components.states import plain
from core import formats
from core.portfolio.explain import Explanation, Method, explain
from core.portfolio.periods import Performance, Period
from core.portfolio.prices import Flags
from core.portfolio.returns import Unavailable
from core.portfolio.valuation import Daily

_METHODS: dict[str, Method] = {"Money-weighted (XIRR)": "xirr", "Time-weighted (TWR)": "twr"}
_STEPS = 200


def by_period(found: Mapping[Period, Performance], amounts: Amounts) -> None:
    """One row a period: gain, time-weighted return, money-weighted return; under it why something is missing."""
    look = theme.active()
    rows = list(found.items())
    frame = pd.DataFrame(
        {
            "Period": [period.words for period, _ in rows],
            "Gain": [amounts.signed(_cents(each.gain)) for _, each in rows],
            "TWR": [rate(each.twr) for _, each in rows],
            "XIRR": [rate(each.xirr) if each.days > _SHORT_DAYS else "—" for _, each in rows],
        }
    )
    signs = [_sign(each.gain) for _, each in rows]
    colours = [look.up if sign > 0 else look.down if sign < 0 else look.muted for sign in signs]
    styled = frame.style.apply(lambda _: [f"color: {colour}" for colour in colours], subset=["Gain", "TWR"])
    st.dataframe(
        styled,
        hide_index=True,
        height="content",
        alt="Gain, time-weighted and money-weighted return by period",
        column_config={
            "Period": st.column_config.TextColumn(width=98),
            "Gain": st.column_config.TextColumn(width=84, alignment="right"),
            "TWR": st.column_config.TextColumn(
                width=62, alignment="right", help="How the holdings did, whatever was paid in; for the whole period."
            ),
            "XIRR": st.column_config.TextColumn(
                width=66,
                alignment="right",
                help="How your money did, as a yearly rate; not under a month.",
            ),
        },
    )
    missing = {period.words: why for period, each in rows if (why := reason(each.twr) or reason(each.xirr))}
    for why in dict.fromkeys(missing.values()):
        which = ", ".join(words for words, each in missing.items() if each == why)
        st.caption(f":material/info: {plain(which)}: unavailable, because {plain(_lowered(why))}")
    left_out = dict.fromkeys(symbol for _, each in rows for symbol in each.without)
    if left_out:
        names = list(left_out)
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        shown = plain(", ".join(names[:_MOST_NAMES]))
        st.caption(f":material/info: Without {shown}{more}: a price is unknown on some day.")


_SHORT_DAYS = 27
_MOST_NAMES = 5


def _sign(gain: float | None) -> int:
    return 0 if gain is None else (gain > 0) - (gain < 0)


def _cents(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def how_button(
    found: Mapping[Period, Performance], of: Daily, amounts: Amounts, chosen: Flags | None = None, key: str = "how"
) -> None:
    """The way into the drawer."""
    if st.button("How this was computed", icon=":material/functions:", type="tertiary", key=f"portfolio_{key}"):
        _drawer(found, of, amounts, chosen)


@st.dialog("How this was computed", position="right", width="large", icon=":material/functions:")
def _drawer(found: Mapping[Period, Performance], of: Daily, amounts: Amounts, chosen: Flags | None) -> None:
    explanation(found, of, amounts, chosen)


def explanation(found: Mapping[Period, Performance], of: Daily, amounts: Amounts, chosen: Flags | None = None) -> None:
    """A choice of period and kind of return, then formula, conventions and the very flows."""
    with st.container(horizontal=True):
        period = st.selectbox(
            "Period", list(found), list(found).index(Period.START), format_func=lambda one: one.words, key="how_period"
        )
        label = st.selectbox("Return", list(_METHODS), key="how_method")
    shown = found[period]
    told = explain(of, shown, _METHODS[label], chosen, _STEPS)
    _result(told, shown)
    st.code(told.formula, language=None, wrap_lines=True)
    st.markdown("\n".join(f"- {plain(each)}" for each in told.convention))
    _steps(told, amounts)


def _result(told: Explanation, shown: Performance) -> None:
    span = f"{formats.day(shown.start)} to {formats.day(shown.end)}, closing prices"
    if isinstance(told.result, Unavailable):
        st.info(f"Unavailable, because {plain(_lowered(told.result.because))}", icon=":material/info:")
        st.caption(span)
        return
    words = "a year" if told.method == "xirr" else f"over {shown.days} days"
    st.markdown(f"**{rate(told.result)}** {words}  \n:small[:gray[{span}]]")
    if told.check is not None:
        st.caption(f"Discounted at this rate, all flows add up to {abs(told.check):.2f} {told.currency}.")


def _steps(told: Explanation, amounts: Amounts) -> None:
    if told.left_out:
        st.caption(
            f"The start and the last {len(told.steps) - 1} flows; {told.left_out} earlier ones are left out here."
        )
    factor = "Discount factor" if told.method == "xirr" else "Grew by"
    frame = pd.DataFrame(
        {
            "Day": [formats.day(each.on) for each in told.steps],
            "What": [each.what.capitalize() for each in told.steps],
            "Amount": [HIDDEN if amounts.private else amounts.signed(round(each.amount, 2)) for each in told.steps],
            factor: [formats.UNKNOWN if each.factor is None else f"{each.factor:.6f}" for each in told.steps],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height=420,
        alt="The flows that went into the return",
        column_config={
            "Amount": st.column_config.TextColumn(alignment="right"),
            factor: st.column_config.TextColumn(alignment="right"),
        },
    )
