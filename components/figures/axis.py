"""The time axis: exchange time, no empty nights and weekends, few bytes.

Plotly's date axis reads numbers as milliseconds since 1970 and knows no zones, so bars are placed at the exchange's
wall time. Closed hours are cut out with one explicit break each. Every break costs the browser a little on every
redraw; beyond ``MOST_BREAKS`` they are left in, where a weekend is thinner than a pixel anyway.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.figures.drawn import Spec, packed
from core.market.model import Interval

MOST_BREAKS = 300
_DAY = 86_400_000.0
_NOON = _DAY / 2
_LONG_PAUSE = 2 * 3_600_000.0

_TICKS: tuple[Spec, ...] = (
    {"dtickrange": [None, 60_000], "value": "%H:%M:%S\n%-d %b"},
    {"dtickrange": [60_000, 86_400_000], "value": "%H:%M\n%-d %b"},
    {"dtickrange": [86_400_000, 604_800_000], "value": "%-d %b\n%Y"},
    {"dtickrange": [604_800_000, "M1"], "value": "%-d %b\n%Y"},
    {"dtickrange": ["M1", "M12"], "value": "%b\n%Y"},
    {"dtickrange": ["M12", None], "value": "%Y"},
)

_HOVER = {"1d": "%a %-d %b %Y", "1wk": "Week of %-d %b %Y", "1mo": "%B %Y"}


@dataclass(frozen=True)
class TimeAxis:
    """Positions of bars on a date axis, shape (bars,), in milliseconds of exchange wall time.

    float32 for daily and longer bars, float64 for intraday ones. ``breaks`` are (start, end) pairs of the same
    unit that the axis leaves out.
    """

    x: NDArray[Any]
    interval: Interval
    breaks: tuple[tuple[float, float], ...]

    @property
    def packed(self) -> Spec:
        """The positions in the form a trace carries."""
        return packed(self.x)

    def at(self, row: int) -> float:
        """Position of one bar."""
        return float(self.x[row])

    @property
    def end(self) -> float:
        """Right edge of the last bar."""
        return float(self.x[-1]) + self.half

    @property
    def half(self) -> float:
        """Half a bar's width."""
        if len(self.x) < 2:
            return self.interval.seconds * 500.0
        return float(np.min(np.diff(self.x.astype(np.float64)))) / 2

    def layout(self) -> Spec:
        """The axis' own part of a layout: type, ticks, hover format and breaks."""
        label = _HOVER.get(self.interval.value, "%a %-d %b %Y, %H:%M")
        axis: Spec = {"type": "date", "hoverformat": label, "tickformatstops": list(_TICKS)}
        if self.breaks:
            axis["rangebreaks"] = [{"bounds": [_stamp(start), _stamp(end)]} for start, end in self.breaks]
        return axis


def _stamp(milliseconds: float) -> str:
    return str(np.datetime64(int(milliseconds), "ms")).replace("T", " ")


def wall_milliseconds(index: pd.DatetimeIndex, timezone: str) -> NDArray[np.float64]:
    """Milliseconds since 1970 of the clock on the exchange's wall, for an aware index."""
    local = index.tz_convert(timezone).tz_localize(None)
    return local.as_unit("ms").asi8.astype(np.float64)


def time_axis(index: pd.DatetimeIndex, interval: Interval, timezone: str) -> TimeAxis:
    """The axis of bars starting at ``index`` (aware, increasing), shown in ``timezone`` (IANA name).

    Daily and longer bars stand at noon of their first day: float32 places them within a minute or so of it, so the
    day they are labelled with is right at half the bytes.
    """
    wall = wall_milliseconds(index, timezone)
    if not interval.intraday:
        noon = np.floor(wall / _DAY) * _DAY + _NOON
        breaks = _daily_breaks(noon) if interval is Interval.D1 else ()
        return TimeAxis(noon.astype(np.float32), interval, breaks)
    # Where clocks are set back an hour repeats; a bar then follows its predecessor by a millisecond.
    step = np.diff(wall, prepend=wall[:1] - 1)
    if bool(np.any(step <= 0)):
        wall = np.maximum.accumulate(wall) + np.cumsum(step <= 0)
    return TimeAxis(wall, interval, _pauses(wall, interval))


def _daily_breaks(noon: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    gaps = np.flatnonzero(np.diff(noon) > _DAY)
    if len(gaps) > MOST_BREAKS:
        return ()
    return tuple((float(noon[i] + _NOON), float(noon[i + 1] - _NOON)) for i in gaps)


def _pauses(wall: NDArray[np.float64], interval: Interval) -> tuple[tuple[float, float], ...]:
    step = interval.seconds * 1000.0
    gaps = np.flatnonzero(np.diff(wall) > max(_LONG_PAUSE, 1.5 * step))
    if len(gaps) > MOST_BREAKS:
        return ()
    return tuple((float(wall[i] + step), float(wall[i + 1])) for i in gaps)
