"""Support and resistance: swing highs and lows clustered by price, weighed by volume, touches and age."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import price_kernels
from core.indicators.arrays import OHLCV, check_index
from core.indicators.errors import BadParameter

AsOf = str | dt.date | pd.Timestamp | None


@dataclass(frozen=True, slots=True)
class Level:
    """A price zone the market has turned at.

    `price` is the weighted middle, `low` and `high` the zone. `strength` is 0..100: 100 (1 - exp(-w / 4)) with
    w the sum over touches of (share of the median volume, at most 3) * 0.5^(age / half-life). `touches` counts
    the swings; `flipped` says that both highs and lows turned there.
    """

    kind: Literal["support", "resistance"]
    price: float
    low: float
    high: float
    strength: float
    touches: int
    first_touch: pd.Timestamp
    last_touch: pd.Timestamp
    volume_share: float
    flipped: bool


def cut(bars: pd.DataFrame, as_of: AsOf) -> pd.DataFrame:
    """The bars up to and including `as_of`; a date without a time includes that whole day. Raises BadParameter."""
    check_index(bars)
    if as_of is None:
        return bars
    index = bars.index
    assert isinstance(index, pd.DatetimeIndex)
    try:
        stamp = pd.Timestamp(as_of)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadParameter("levels", "as_of", as_of, "it must be a date such as 2024-03-01") from error
    if not isinstance(stamp, pd.Timestamp):
        raise BadParameter("levels", "as_of", as_of, "it must be a date such as 2024-03-01")
    day_only = (isinstance(as_of, dt.date) and not isinstance(as_of, dt.datetime)) or (
        isinstance(as_of, str) and len(as_of.strip()) <= 10
    )
    if stamp.tz is None and index.tz is not None:
        stamp = stamp.tz_localize(index.tz)
    elif stamp.tz is not None and index.tz is None:
        stamp = stamp.tz_convert("UTC").tz_localize(None)
    if day_only:
        return bars[index < stamp + pd.Timedelta(days=1)]
    return bars[index <= stamp]


def levels(
    bars: pd.DataFrame,
    as_of: AsOf = None,
    *,
    reach: int = 3,
    lookback: int = 500,
    width: float = 0.5,
    limit: int = 12,
) -> list[Level]:
    """Support and resistance as of the last bar (of those up to `as_of`), strongest first.

    Swings have `reach` bars on either side and lie in the last `lookback` bars; swings closer than `width`
    ATR(14) to a cluster's middle join it. A zone whose middle is at or below the last close is support.
    No levels (an empty list) when there are fewer than about 15 bars or nothing turned. Raises BadBars and
    BadParameter.
    """
    for name, value, low, high in (
        ("reach", reach, 1, 50), ("lookback", lookback, 20, 100_000), ("width", width, 0.05, 10),
        ("limit", limit, 1, 1000),
    ):  # fmt: skip
        if not low <= value <= high:
            raise BadParameter("levels", name, value, f"it must lie from {low} to {high}")
    used = cut(bars, as_of)
    data = OHLCV.of(used, ("high", "low", "close", "volume") if "volume" in used else ("high", "low", "close"))
    mask = data.valid(("high", "low", "close"))
    index = used.index
    if mask is not None:
        data, index = data.rows(mask), index[mask]
    n = len(data)
    if n < 15:
        return []
    atr = float(talib.ATR(data.high, data.low, data.close, 14)[-1])
    if not math.isfinite(atr) or atr <= 0.0:
        return []
    tops, bottoms = price_kernels.pivots(data.high, data.low, reach, reach)
    volume = np.nan_to_num(data.volume, nan=0.0, posinf=0.0, neginf=0.0)
    recent = volume[-lookback:]
    median = float(np.median(recent[recent > 0.0])) if (recent > 0.0).any() else 0.0
    swings: list[_Touch] = []
    for values, top in ((tops, True), (bottoms, False)):
        for known in np.flatnonzero(np.isfinite(values)):
            row = int(known) - reach
            if row >= n - lookback:
                share = min(3.0, float(volume[row]) / median) if median > 0.0 else 1.0
                fade = 0.5 ** ((n - 1 - row) / (lookback / 2.0))
                swings.append(_Touch(float(values[known]), row, top, share, max(share, 0.1) * fade))
    found = [_level(group, float(data.close[-1]), atr, index) for group in _clusters(swings, width * atr)]
    found.sort(key=lambda level: (-level.strength, level.price))
    return found[:limit]


@dataclass(frozen=True, slots=True)
class _Touch:
    price: float
    row: int
    top: bool
    share: float
    weight: float


def _clusters(swings: list[_Touch], tolerance: float) -> list[list[_Touch]]:
    """Neighbours in price, joined while they lie within the tolerance of the cluster's weighted middle."""
    groups: list[list[_Touch]] = []
    middle = math.nan
    for touch in sorted(swings, key=lambda t: (t.price, t.row)):
        if groups and touch.price - middle <= tolerance:
            groups[-1].append(touch)
        else:
            groups.append([touch])
        middle = _middle(groups[-1])
    return groups


def _middle(group: list[_Touch]) -> float:
    total = sum(t.weight for t in group)
    return sum(t.price * t.weight for t in group) / total


def _level(group: list[_Touch], close: float, atr: float, index: pd.Index) -> Level:
    price = _middle(group)
    # One touch has no width of its own; a tenth of an average bar keeps the zone visible.
    low = min(*(t.price for t in group), price - 0.05 * atr)
    high = max(*(t.price for t in group), price + 0.05 * atr)
    rows = [t.row for t in group]
    return Level(
        kind="support" if price <= close else "resistance",
        price=price,
        low=low,
        high=high,
        strength=100.0 * (1.0 - math.exp(-sum(t.weight for t in group) / 4.0)),
        touches=len(group),
        first_touch=index[min(rows)],
        last_touch=index[max(rows)],
        volume_share=sum(t.share for t in group) / len(group),
        flipped=len({t.top for t in group}) == 2,
    )
