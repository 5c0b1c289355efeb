"""Bars as strategies read them: the arrays, and any indicator of the catalogue, computed once."""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.backtest.errors import NothingToTest
from core.indicators import OHLCV, find, find_pattern
from core.indicators.arrays import COLUMNS, check_index, compute_arrays
from core.indicators.candles import pattern_arrays
from core.indicators.model import Indicator
from core.indicators.numbers import Arrays, Floats

_YEAR = 365.25 * 86_400.0
Days = npt.NDArray[np.int64]


@lru_cache(maxsize=4096)
def _prepared(name: str, params: tuple[tuple[str, object], ...]) -> tuple[Indicator, dict[str, object]]:
    """An indicator and its checked parameters: a sweep over many instruments asks the same again and again."""
    indicator = find(name)
    return indicator, indicator.clean(dict(params))


class Tape:
    """n bars, oldest first, with what is computed on them kept. Not for use by several threads at once.

    `open`, `high`, `low`, `close`, `volume` are float64 (n,), NaN where unknown; `index` the time of each bar, in the
    exchange's zone where the caller has put it there: sessions are days of that zone.
    """

    def __init__(self, bars: OHLCV, index: pd.DatetimeIndex) -> None:
        self.bars = bars
        self.index = index
        self.open, self.high, self.low = bars.open, bars.high, bars.low
        self.close, self.volume = bars.close, bars.volume
        self._kept: dict[tuple[object, ...], Arrays] = {}

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Tape:
        """From a frame with open, high, low, close, (volume) and a sorted DatetimeIndex.

        Without volume it is NaN. Raises core.indicators.BadBars, or NothingToTest for an empty frame.
        """
        check_index(frame)
        if not len(frame):
            raise NothingToTest("There are no bars to test on; choose another span or file.")
        index = frame.index
        assert isinstance(index, pd.DatetimeIndex)
        values = frame.to_numpy() if frame.columns.is_unique else None
        if values is not None and values.dtype == np.float64 and all(name in frame.columns for name in COLUMNS):
            at = [frame.columns.get_loc(name) for name in COLUMNS]
            o, h, l, c, v = (values[:, k].copy() for k in at)  # noqa: E741
            return cls(OHLCV(o, h, l, c, v, index), index)
        columns = COLUMNS if "volume" in frame else COLUMNS[:4]
        return cls(OHLCV.of(frame, columns), index)

    def __len__(self) -> int:
        return len(self.close)

    def lines(self, name: str, **params: object) -> Arrays:
        """All columns of an indicator, float64 (n,) each. Do not write into them.

        Raises core.indicators.UnknownIndicator, BadParameter.
        """
        key = (name, *params.items())
        if key not in self._kept:
            indicator, cleaned = _prepared(name, tuple(params.items()))
            self._kept[key] = compute_arrays(indicator, self.bars, cleaned)
        return self._kept[key]

    def line(self, name: str, column: str = "", **params: object) -> Floats:
        """One column of an indicator, the main line unless named."""
        values = self.lines(name, **params)
        return values[find(name).column_names.index(column)] if column else values[0]

    def level(self, value: float) -> Floats:
        """A line that is `value` everywhere."""
        key = ("level", value)
        if key not in self._kept:
            self._kept[key] = (np.full(len(self), value),)
        return self._kept[key][0]

    def pattern(self, name: str) -> Floats:
        """A candle pattern: positive where it says up, negative where down, 0 elsewhere."""
        key = ("pattern", name)
        if key not in self._kept:
            wanted = find_pattern(name)
            found = pattern_arrays(self.bars, (wanted,))
            self._kept[key] = (np.asarray(found[wanted.name], dtype=np.float64),)
        return self._kept[key][0]

    @cached_property
    def local(self) -> pd.DatetimeIndex:
        """The times as a clock on the wall shows them."""
        return self.index if self.index.tz is None else self.index.tz_localize(None)

    @cached_property
    def day(self) -> Days:
        """The calendar day of each bar, counted from 1970-01-01."""
        ticks = self.local.asi8  # whole numbers: no timestamps are made
        return ticks // np.int64(np.timedelta64(1, "D") / np.timedelta64(1, self.local.unit))

    @cached_property
    def intraday(self) -> bool:
        """Whether some session has more than one bar."""
        return bool(len(self) > 1 and (self.day[1:] == self.day[:-1]).any())

    @cached_property
    def session_end(self) -> npt.NDArray[np.uint8]:
        """1 at the last bar of each session (day), 0 elsewhere; shape (n,).

        Of the last bar of all, nobody knows yet: it ends its session when it stands no earlier in its day than the
        last bar of the session before stood in its own.
        """
        n = len(self)
        ends = np.ones(n, dtype=np.uint8)
        if n > 1:
            ends[:-1] = self.day[1:] != self.day[:-1]
            if self.intraday:
                before = np.flatnonzero(ends[:-1])
                clock = self.local.values - self.local.values.astype("datetime64[D]")
                ends[-1] = len(before) > 0 and clock[-1] >= clock[before[-1]]
        return ends

    @cached_property
    def sessions_a_year(self) -> float:
        """252 for exchanges, 365 where weekends trade, 52 and 12 for bars of weeks and months."""
        if len(self) < 3:
            return 252.0
        some = self.day[-371:]  # a year's bars tell
        gap = int(np.sort(np.diff(some))[len(some) // 2 - 1]) if not self.intraday else 1
        if gap >= 25:
            return 12.0
        if gap >= 5:
            return 52.0
        weekday = (some + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
        return 365.0 if np.mean(weekday >= 5) > 0.1 else 252.0

    @cached_property
    def nights(self) -> Floats:
        """Calendar days since the bar before, (n,); 0 at the first."""
        out = np.zeros(len(self))
        out[1:] = np.diff(self.day)
        return out

    @property
    def years(self) -> float:
        """Calendar time from the first bar to the last, in years of 365.25 days."""
        ticks = self.index.asi8
        return float(ticks[-1] - ticks[0]) / (
            _YEAR / float(np.timedelta64(1, self.index.unit) / np.timedelta64(1, "s"))
        )

    def cut(self, n: int) -> Tape:
        """The first n bars as a tape of its own, nothing kept."""
        whole = self.bars
        part = OHLCV(
            whole.open[:n].copy(), whole.high[:n].copy(), whole.low[:n].copy(), whole.close[:n].copy(),
            whole.volume[:n].copy(), self.index[:n],
        )  # fmt: skip
        return Tape(part, self.index[:n])
