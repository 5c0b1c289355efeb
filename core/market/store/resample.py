"""Longer bars made of shorter ones: first open, highest high, lowest low, last close, summed volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from core.market.calendars import calendar_of
from core.market.model import Bars, Instrument, Interval

_NS_PER_DAY = 86_400_000_000_000


def coarser(wanted: Interval, have: Sequence[Interval]) -> Interval | None:
    """The longest interval among `have` of which bars of `wanted` can be made; None when all are longer."""
    shorter = [
        one for one in have if one.seconds < wanted.seconds and not (one is Interval.W1 and wanted is Interval.MO1)
    ]
    return max(shorter, key=lambda one: one.seconds, default=None)


def resampled(bars: Bars, interval: Interval, instrument: Instrument) -> Bars:
    """Bars of a longer interval. Intraday ones count from the session's open; a week begins on Monday.

    The volume of a bar is NaN only when all volumes in it are.
    """
    frame = bars.frame
    index = pd.DatetimeIndex(frame.index)
    keys = _keys(index, interval, instrument)
    starts = np.flatnonzero(np.concatenate([[True], np.diff(keys) != 0])) if len(keys) else np.empty(0, dtype=int)
    groups = frame.groupby(np.repeat(np.arange(len(starts)), np.diff([*starts, len(keys)])), sort=False)
    made = pd.DataFrame(
        {
            "open": groups["open"].first(),
            "high": groups["high"].max(),
            "low": groups["low"].min(),
            "close": groups["close"].last(),
            "volume": groups["volume"].sum(min_count=1),
        }
    )
    stamps = index[starts]
    if interval.intraday:
        stamps = pd.DatetimeIndex(keys[starts].view("datetime64[ns]")).tz_localize("UTC")
    elif not bars.interval.intraday:
        stamps = index[starts]
    else:
        local = index[starts].tz_convert(instrument.timezone).normalize()
        stamps = local.tz_convert("UTC")
    made.index = pd.DatetimeIndex(stamps, name="ts").as_unit("ns")
    return replace(bars, interval=interval, frame=made)


def _keys(index: pd.DatetimeIndex, interval: Interval, instrument: Instrument) -> np.ndarray:
    local = index.tz_convert(instrument.timezone).tz_localize(None)
    days = local.normalize().as_unit("ns").asi8 // _NS_PER_DAY
    if interval is Interval.D1:
        return np.asarray(days)
    if interval is Interval.W1:
        return np.asarray((days + 3) // 7)
    if interval is Interval.MO1:
        return np.asarray(local.to_numpy().astype("datetime64[M]").astype(np.int64))
    stamps = index.as_unit("ns").asi8
    length = interval.seconds * 1_000_000_000
    hours = calendar_of(instrument)
    anchors = np.zeros(len(stamps), dtype=np.int64)
    for day in np.unique(days):
        bounds = hours.session_bounds((pd.Timestamp(int(day) * _NS_PER_DAY)).date())
        if bounds is not None:
            anchors[days == day] = pd.Timestamp(bounds[0]).as_unit("ns").value
    return np.asarray(anchors + (stamps - anchors) // length * length)
