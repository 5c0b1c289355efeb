"""Bars of any interval up to a moment: cut from daily paths and minutes, added up where longer bars are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.market.errors import BadRange
from core.market.model import BAR_COLUMNS, Instrument, Interval
from core.market.sources.demo.draws import Floats
from core.market.sources.demo.minutes import MINUTE_NS, MinuteDay
from core.market.sources.demo.paths import DailyPath
from core.market.sources.demo.sessions import bounds, nanoseconds, starts
from core.market.sources.demo.world import World

# How many days one intraday answer may span, and how many are given when no start is named.
LONGEST = {Interval.M1: 400, Interval.M5: 1500, Interval.M15: 3000, Interval.M30: 6000, Interval.H1: 7000}
USUAL = {Interval.M1: 7, Interval.M5: 60, Interval.M15: 60, Interval.M30: 60, Interval.H1: 730}
_MINUTES = {Interval.M1: 1, Interval.M5: 5, Interval.M15: 15, Interval.M30: 30, Interval.H1: 60}
DAY_NS = 86_400_000_000_000
_MONDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True)
class Columns:
    """Bars as plain arrays; ``ts`` are starts in nanoseconds UTC."""

    ts: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def frame(self) -> pd.DataFrame:
        """The frame of ``model.Bars``."""
        index = pd.DatetimeIndex(self.ts.astype("datetime64[ns]"), name="ts").tz_localize("UTC")
        values = np.column_stack([getattr(self, name) for name in BAR_COLUMNS]) if self.ts.size else np.empty((0, 5))
        return pd.DataFrame(values, index=index, columns=list(BAR_COLUMNS))

    def slice(self, first: int, last: int) -> Columns:
        """Bars number ``first`` up to but not including ``last``."""
        return Columns(*(getattr(self, name)[first:last] for name in ("ts", *BAR_COLUMNS)))


def last_session(instrument: Instrument, path: DailyPath, now: int, through: int, *, ahead: int = 0) -> int:
    """The number of the latest session that has begun by ``now``; -1 before the first.

    ``ahead`` (nanoseconds) finds sessions too that open on the evening before their day, as futures do.
    """
    at = int(np.searchsorted(starts(instrument, through), now + ahead, side="right")) - 1
    while at >= 0:
        hours = bounds(instrument, int(path.days[at]))
        if hours is not None and hours[0] < now:
            return at
        at -= 1
    return -1


def daily(world: World, instrument: Instrument, now: int, through: int) -> Columns:
    """Every daily bar up to ``now`` (nanoseconds UTC); that of an open session holds the minutes so far."""
    path = world.path(instrument.symbol, through)
    at = last_session(instrument, path, now, through)
    ts = starts(instrument, through)
    whole = Columns(ts, path.open, path.high, path.low, path.close, path.volume).slice(0, at + 1)
    if at < 0:
        return whole
    minutes = world.minutes(instrument.symbol, at, through)
    if minutes is None or now >= minutes.first + minutes.open.size * MINUTE_NS:
        return whole
    seen = minutes.so_far(now)
    if seen is None:
        return whole.slice(0, at)
    bar = (seen.open[0], seen.high.max(), seen.low.min(), seen.close[-1], seen.volume.sum())
    columns = [getattr(whole, name).copy() for name in BAR_COLUMNS]
    for column, value in zip(columns, bar, strict=True):
        column[at] = value
    return Columns(whole.ts, *columns)


def latest(world: World, instrument: Instrument, now: int, through: int) -> Columns:
    """The last two daily bars up to ``now``, without building the others."""
    path = world.path(instrument.symbol, through)
    at = last_session(instrument, path, now, through)
    ts = starts(instrument, through)
    two = Columns(ts, path.open, path.high, path.low, path.close, path.volume).slice(max(0, at - 1), at + 1)
    minutes = world.minutes(instrument.symbol, at, through) if at >= 0 else None
    if minutes is None or now >= minutes.first + minutes.open.size * MINUTE_NS:
        return two
    seen = minutes.so_far(now)
    if seen is None:
        return two.slice(0, two.ts.size - 1)
    bar = (seen.open[0], seen.high.max(), seen.low.min(), seen.close[-1], seen.volume.sum())
    columns = [getattr(two, name).copy() for name in BAR_COLUMNS]
    for column, value in zip(columns, bar, strict=True):
        column[-1] = value
    return Columns(two.ts, *columns)


def add_up(bars: Columns, first: NDArray[np.int64]) -> Columns:
    """Longer bars from shorter ones; ``first`` are the positions at which a new one begins (the first is 0)."""
    if not bars.ts.size:
        return bars
    last = np.append(first[1:], bars.ts.size) - 1
    return Columns(
        bars.ts[first],
        bars.open[first],
        np.maximum.reduceat(bars.high, first),
        np.minimum.reduceat(bars.low, first),
        bars.close[last],
        np.add.reduceat(bars.volume, first),
    )


def weeks(bars: Columns, days: NDArray[np.int64]) -> Columns:
    """Weekly bars, Monday to Sunday, each at its first session. ``days`` are the bars' day numbers."""
    return add_up(bars, _changes((days + _MONDAY) // 7))


def months(bars: Columns, days: NDArray[np.int64]) -> Columns:
    """Monthly bars, each at its first session."""
    return add_up(bars, _changes(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)))


def _changes(period: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.flatnonzero(np.diff(period, prepend=period[0] - 1 if period.size else 0)).astype(np.int64)


def intraday(
    world: World,
    instrument: Instrument,
    interval: Interval,
    start: datetime | None,
    end: datetime,
    now: int,
    through: int,
) -> Columns:
    """Intraday bars with a start in [``start``, ``end``) up to ``now``; longer ones begin at the session's open.

    Raises:
        BadRange: the span is longer than one answer holds.
    """
    begin = start or end - timedelta(days=USUAL[interval])
    if (end - begin).days > LONGEST[interval]:
        raise BadRange(
            f"{instrument.symbol}: {interval.value} bars from {begin:%Y-%m-%d} to {end:%Y-%m-%d} are too many at once. "
            f"Ask for at most {LONGEST[interval]} days, or for a longer interval."
        )
    path = world.path(instrument.symbol, through)
    sessions = starts(instrument, through)
    # A session can begin up to a day after its midnight, so the day before the span may still reach into it.
    low = max(0, int(np.searchsorted(sessions, nanoseconds(begin), side="right")) - 2)
    high = last_session(instrument, path, min(now, nanoseconds(end)), through, ahead=DAY_NS)
    parts = []
    for at in range(low, high + 1):
        minutes = world.minutes(instrument.symbol, at, through)
        seen = None if minutes is None else minutes.so_far(now)
        if seen is not None:
            parts.append(_session(seen, _MINUTES[interval]))
    if not parts:
        return Columns(np.empty(0, np.int64), *(np.empty(0) for _ in BAR_COLUMNS))
    joined = Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("ts", *BAR_COLUMNS)))
    return within(joined, start if start is not None else begin, end)


def _session(minutes: MinuteDay, length: int) -> Columns:
    ts = minutes.first + MINUTE_NS * np.arange(minutes.open.size, dtype=np.int64)
    bars = Columns(ts, minutes.open, minutes.high, minutes.low, minutes.close, minutes.volume)
    return bars if length == 1 else add_up(bars, np.arange(0, ts.size, length, dtype=np.int64))


def within(bars: Columns, start: datetime | None, end: datetime | None) -> Columns:
    """Bars whose start lies in [``start``, ``end``)."""
    first = 0 if start is None else int(np.searchsorted(bars.ts, nanoseconds(start)))
    last = bars.ts.size if end is None else int(np.searchsorted(bars.ts, nanoseconds(end)))
    return bars.slice(first, max(first, last))
