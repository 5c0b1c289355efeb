"""The matrix of monthly returns."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from components import theme
from components.overview.sectors import mixed, readable_on
from components.theme import Tokens
from core import formats
from core.portfolio.periods import Months

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FULL = 0.08
"""The month's return at which a cell has the full colour."""


def matrix(found: Months) -> None:
    """Years down, months across, every cell signed; empty where no return is known."""
    look = theme.active()
    frame = pd.DataFrame(found.rates, columns=pd.Index(_NAMES))
    frame["Year"] = found.totals
    frame.index = pd.Index([str(year) for year in found.years])
    frame = frame.iloc[::-1]
    styled = frame.style.format(lambda value: "" if math.isnan(value) else formats.percent(value, 1, signed=True)).map(
        lambda value: _cell(value, look)
    )
    config: dict[str, object] = {name: st.column_config.Column(width=64, alignment="right") for name in _NAMES}
    config["Year"] = st.column_config.Column(width=74, alignment="right")
    config["_index"] = st.column_config.Column("", width=52)
    st.dataframe(
        styled,
        height="content",
        column_config=config,
        placeholder="",
        alt="Time-weighted return of each month, and of each year",
    )


def _cell(value: float, look: Tokens) -> str:
    if math.isnan(value):
        return ""
    fill = mixed(look.neutral, look.up if value > 0 else look.down, math.sqrt(min(1.0, abs(value) / _FULL)) * 0.85)
    return f"background-color: {fill}; color: {readable_on(fill)}"
