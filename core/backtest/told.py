"""Figures of a run as they are read."""

from __future__ import annotations

import math

from core import formats
from core.backtest.metric_table import BY_NAME


def told(name: str, value: float | None, currency: str = "") -> str:
    """A figure of METRICS as percent, money, count or ratio; "—" where there is none."""
    if value is None or not math.isfinite(value):
        return formats.UNKNOWN
    match BY_NAME[name].unit:
        case "fraction":
            return formats.percent(value)
        case "money":
            return formats.money(value, currency, decimals=0)
        case "count" | "bars" | "days":
            return formats.number(value, 0 if value == int(value) else 1)
        case _:
            return formats.number(value, 2)


GROUPS: tuple[tuple[str, str, str], ...] = (
    ("Return and risk", "total_return", "minimum_track_record"),
    ("Drawdown", "max_drawdown", "recovery_factor"),
    ("Distribution", "skew", "worst_year"),
    ("Trades", "trades", "open_profit"),
    ("Exposure and costs", "exposure", "ambiguous_bars"),
    ("Against buy and hold", "benchmark_return", "sessions"),
)
"""The figures by group: title, first and last name in the order of METRICS."""
