"""Dividends and interest month by month."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from components import theme
from components.figures.drawn import Drawn
from components.figures.theme import CONFIG, axis_look, base_layout
from components.portfolio.amounts import Amounts
from components.portfolio.ticks import money_ticks
from components.states import empty
from core.portfolio.overview import Income

_HEIGHT = 230


def months(rows: Sequence[Income], amounts: Amounts) -> None:
    """Bars of the last months; in percent of their sum while amounts are hidden."""
    total = sum((each.amount for each in rows), Decimal(0))
    if not total:
        empty("No income yet", "Dividends and interest show here month by month.", ":material/savings:")
        return
    look = theme.active()
    scale = float(total) / 100 if amounts.private else 1.0
    heights = [round(float(each.amount) / scale, 2) for each in rows]
    texts = [f"{height:.1f}%" if amounts.private else amounts.money(height) for height in heights]
    names = [f"{each.month:%b %Y}" for each in rows]
    layout = base_layout(look, _HEIGHT, "income")
    layout["margin"] = {"l": 8, "r": 60, "t": 8, "b": 28}
    layout["hovermode"] = "closest"
    layout["bargap"] = 0.3
    layout["xaxis"] = axis_look(look) | {
        "type": "category",
        "showgrid": False,
        "showspikes": False,
        "tickvals": names[::4],
        "ticktext": names[::4],
        "tickangle": 0,
    }
    layout["yaxis"] = (
        axis_look(look) | {"side": "right", "showspikes": False} | money_ticks(0.0, max(heights), amounts, about=4)
    )
    best = max(range(len(rows)), key=heights.__getitem__)
    figure = Drawn(
        [
            {
                "type": "bar",
                "x": names,
                "y": heights,
                "text": texts,
                "textposition": "none",
                "hovertemplate": "%{x}: %{text}<extra></extra>",
                "marker": {"color": look.accent},
            }
        ],
        layout,
        f"Income of {len(rows)} months; most in {names[best]}, {texts[best]}",
    )
    st.plotly_chart(
        figure, theme=None, config=CONFIG | {"displayModeBar": False}, key="portfolio_income", alt=figure.alt
    )
