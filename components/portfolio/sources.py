"""Where a result came from: each holding, sector or account with what it added in a period."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components.portfolio import numbers
from components.portfolio.amounts import Amounts, rate
from components.portfolio.numbers import number
from components.states import empty
from core.portfolio.attribution import by_group, contributions
from core.portfolio.desk import Desk
from core.portfolio.exposure import facts
from core.portfolio.periods import Performance

_ROW, _MOST_ROWS = 36, 14


def panel(desk: Desk, shown: Performance, amounts: Amounts) -> None:
    """A table of contributions, by holding, sector or class."""
    by = st.segmented_control(
        "By", ["Holding", "Sector", "Class"], default="Holding", key="portfolio_sources", label_visibility="collapsed",
        required=True,
    )  # fmt: skip
    found = contributions(desk.values, shown)
    if not found.lines:
        empty("Nothing earned yet", "There is no holding in this period.", ":material/stacked_bar_chart:")
        return
    about = {each.symbol: facts(each.symbol, own=desk.own) for each in found.lines if not each.is_cash}
    if by == "Holding":
        rows = [
            (f"Cash in {each.symbol}" if each.is_cash else about[each.symbol].name, each.gain, each.share)
            for each in found.lines
        ]
    else:
        labels = {symbol: one.sector if by == "Sector" else one.asset_class for symbol, one in about.items()}
        rows = [(each.label, each.gain, each.share) for each in by_group(found, labels)]
    frame = pd.DataFrame(
        {
            by: [name for name, _, _ in rows],
            "Gain": [number(gain) for _, gain, _ in rows],
            "Added": [number(share) for _, _, share in rows],
        }
    )
    if amounts.private:
        frame = frame.drop(columns="Gain")
    ways: dict[str, numbers.Write] = {"Gain": lambda value: amounts.signed(round(value, 2)), "Added": numbers.percent}
    st.dataframe(
        numbers.written(frame, ways, ("Gain", "Added")),
        hide_index=True,
        height="content" if len(rows) <= _MOST_ROWS else _ROW * _MOST_ROWS,
        width=620,
        alt=f"What each {by.lower()} added, the most first",
        column_config={
            by: st.column_config.TextColumn(width=150),
            "Gain": st.column_config.Column(width=100, alignment="right"),
            "Added": st.column_config.Column(
                width=80, alignment="right", help="Gain as a part of the capital at work (modified Dietz); they add up."
            ),
        },
    )
    st.caption(f"Together {rate(found.rate)} of the capital at work.")
    if found.without:
        count = len(found.without)
        noun = "holding" if count == 1 else "holdings"
        st.caption(f":material/info: Without {count} {noun} whose price is unknown on some day.")
