"""Overlays that restart: volume-weighted average prices, pivot points; and the fractals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.indicators import price_kernels
from core.indicators.arrays import OHLCV
from core.indicators.errors import BadBars
from core.indicators.model import Column, Param, Shelf, factor, length
from core.indicators.numbers import Arrays, Floats
from core.indicators.overlap import BAND

shelf = Shelf("overlap")


def groups(b: OHLCV, period: str) -> Floats:
    """Number of the session, week, month, quarter or year each bar belongs to, as float64 (n,)."""
    days = np.floor(b.time.astype(np.int64) / 86_400e9)
    if period in {"day", "session"}:
        return days
    if period == "week":  # 1970-01-01 was a Thursday; weeks begin on Monday
        return np.floor((days + 3.0) / 7.0)
    months = price_kernels.month_number(days)
    return months if period == "month" else np.floor(months / {"quarter": 3.0, "year": 12.0}[period])


def spacing(b: OHLCV) -> str:
    """intraday, day or long, by the time between the first two bars (so later bars cannot change it)."""
    return "intraday" if b.first_gap < 20 else "day" if b.first_gap < 5 * 24 else "long"


@shelf.add("vwap", "Volume-weighted average price",
           "Sum(typical price * volume) / Sum(volume) since the session (or week, ...) began; auto is the session "
           "for bars within a day and the first bar for daily and longer ones; deviations are volume-weighted",
           "vwap", Column("upper", "upper"), Column("lower", "lower"),
           params=(Param("period", "Restart", "auto", kind="choice",
                         choices=("auto", "session", "week", "month", "quarter", "year", "never")),
                   factor("deviations", "Deviations", 1.0, 0.1, 10.0)),
           inputs="hlcv", pane="price", scale="other", fills=BAND)  # fmt: skip
def session_vwap(b: OHLCV, period: str, deviations: float) -> Arrays:
    if period == "auto":
        period = "session" if spacing(b) == "intraday" else "never"
    group = np.zeros(len(b)) if period == "never" else groups(b, period)
    mean, spread = price_kernels.anchored(b.typical, b.volume, group)
    return mean, mean + spread * deviations, mean - spread * deviations


@shelf.add("avwap", "Anchored VWAP",
           "Sum(typical price * volume) / Sum(volume) since the anchor (empty: the first bar); Shannon (2023)",
           "avwap", Column("upper", "upper"), Column("lower", "lower"),
           params=(Param("anchor", "Anchor", None, kind="date"),
                   factor("deviations", "Deviations", 2.0, 0.1, 10.0)),
           inputs="hlcv", pane="price", scale="other", fills=BAND, aliases=("anchored_vwap",))  # fmt: skip
def anchored_vwap(b: OHLCV, anchor: pd.Timestamp | None, deviations: float) -> Arrays:
    group = np.zeros(len(b))
    if anchor is not None:
        zone = b.zone
        if anchor.tz is not None:
            if zone is None:
                raise BadBars(
                    f"avwap: the anchor {anchor} has a time zone and the bars have none; give it without one."
                )
            anchor = anchor.tz_convert(zone).tz_localize(None)  # type: ignore[arg-type]
        group[b.time < anchor.to_datetime64()] = np.nan
    mean, spread = price_kernels.anchored(b.typical, b.volume, group)
    return mean, mean + spread * deviations, mean - spread * deviations


# -- pivot points ---------------------------------------------------------------------------------------

LADDER = ("pivot", "r1", "s1", "r2", "s2", "r3", "s3")


@shelf.add("pivots", "Pivot points",
           "Levels from the last complete day (bars within a day), month (daily) or year (longer): classic "
           "P = (H + L + C) / 3; Fibonacci 0.382, 0.618, 1 of the range; Camarilla C + 1.1 range / 12, 6, 4; "
           "Woodie P = (H + L + 2 C) / 4; DeMark",
           *(Column(name, name.upper(), "step") for name in LADDER), inputs="ohlc", pane="price", scale="price",
           params=(Param("method", "Method", "classic", kind="choice",
                         choices=("classic", "fibonacci", "camarilla", "woodie", "demark")),
                   Param("period", "Period", "auto", kind="choice",
                         choices=("auto", "day", "week", "month", "quarter", "year"))),
           aliases=("pivot", "pivot_points"))  # fmt: skip
def pivot_points(b: OHLCV, method: str, period: str) -> Arrays:
    if period == "auto":
        period = {"intraday": "day", "day": "month", "long": "year"}[spacing(b)]
    o, h, low, c = price_kernels.previous_group(b.open, b.high, b.low, b.close, groups(b, period))
    span = h - low
    if method == "demark":
        x = np.where(c < o, h + 2 * low + c, np.where(c > o, 2 * h + low + c, h + low + 2 * c))
        none = np.full(len(b), np.nan)
        return x / 4, x / 2 - low, x / 2 - h, none, none.copy(), none.copy(), none.copy()
    p = (h + low + 2 * c) / 4 if method == "woodie" else (h + low + c) / 3
    if method == "fibonacci":
        return p, p + 0.382 * span, p - 0.382 * span, p + 0.618 * span, p - 0.618 * span, p + span, p - span
    if method == "camarilla":
        k = 1.1 * span
        return p, c + k / 12, c - k / 12, c + k / 6, c - k / 6, c + k / 4, c - k / 4
    return p, 2 * p - low, 2 * p - h, p + span, p - span, h + 2 * (p - low), low - 2 * (h - p)


@shelf.add("fractals", "Fractals",
           "Highs above (lows below) the n bars on either side, marked when known, n bars later; Williams (1995)",
           Column("high", "fractal high", "dots", "length"), Column("low", "fractal low", "dots", "length"),
           params=(length(2, 1),), inputs="hl", pane="price", scale="price")  # fmt: skip
def swing_fractals(b: OHLCV, length: int) -> Arrays:
    return price_kernels.pivots(b.high, b.low, length, length)
