"""Bars as arrays: what every indicator computes on.

A row is *valid for an indicator* when all the columns the indicator uses are finite there. Indicators see
valid rows only; the other rows are NaN in the result. So a gap in the data costs its own rows and nothing
else, and the recursive averages, which would carry a NaN forward for ever, do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.indicators.errors import BadBars
from core.indicators.kernels import all_finite, no_infinity
from core.indicators.numbers import Arrays, Floats

if TYPE_CHECKING:
    from core.indicators.model import Indicator


COLUMNS = ("open", "high", "low", "close", "volume")


class OHLCV:
    """Five float64 arrays of one length n, oldest bar first, and the time of each bar.

    `time` is datetime64[ns], shape (n,), strictly increasing, wall-clock time of the exchange (or UTC); only
    the indicators that reset by session or start at a date read it. The arrays are this object's own
    (writable, contiguous) copies unless the ones given already are fit to use.
    """

    def __init__(
        self,
        open: npt.ArrayLike,  # noqa: A002  (the field's name for the column)
        high: npt.ArrayLike,
        low: npt.ArrayLike,
        close: npt.ArrayLike,
        volume: npt.ArrayLike,
        time: npt.NDArray[np.datetime64] | pd.DatetimeIndex | None = None,
    ) -> None:
        self.open = _fit(open, "open")
        self.high = _fit(high, "high")
        self.low = _fit(low, "low")
        self.close = _fit(close, "close")
        self.volume = _fit(volume, "volume")
        n = len(self.close)
        for name in COLUMNS:
            if len(getattr(self, name)) != n:
                raise BadBars(
                    f"Column {name} has {len(getattr(self, name))} values but close has {n}; give arrays of one length."
                )
        if time is not None and len(time) != n:
            raise BadBars(f"There are {len(time)} times for {n} bars; give one time a bar.")
        self._time = time

    @classmethod
    def of(cls, bars: pd.DataFrame, needed: tuple[str, ...] = COLUMNS) -> OHLCV:
        """Arrays of a frame with columns open, high, low, close, volume and a DatetimeIndex.

        Columns outside `needed` are not read and become NaN. Raises BadBars for a missing or non-numeric
        column, an index that is not a DatetimeIndex, and times that are unsorted, repeated or absent.
        """
        check_index(bars)
        n = len(bars)
        block = np.full((5, n), np.nan)
        for row, name in enumerate(COLUMNS):
            if name not in needed:
                continue
            column = bars.get(name)
            if column is None:
                raise BadBars(f"The bars have no {name} column; they need open, high, low, close, volume.")
            if column.ndim != 1:
                raise BadBars(f"The bars have more than one {name} column; keep one.")
            try:
                block[row] = column.to_numpy(dtype=np.float64, na_value=np.nan)
            except (TypeError, ValueError) as error:
                raise BadBars(f"Column {name} has values that are not numbers; clean it first.") from error
        index = bars.index
        assert isinstance(index, pd.DatetimeIndex)
        return cls(block[0], block[1], block[2], block[3], block[4], index)

    def __len__(self) -> int:
        return len(self.close)

    @cached_property
    def time(self) -> npt.NDArray[np.datetime64]:
        """Wall-clock time of each bar, datetime64[ns], shape (n,). Raises BadBars when none was given."""
        if self._time is None:
            raise BadBars("This indicator needs the time of each bar; give `time` with the arrays.")
        return _wall_clock(self._time)

    @cached_property
    def first_gap(self) -> float:
        """Hours between the first two bars; 24 when there are fewer. Raises BadBars when no time was given."""
        if len(self) < 2:
            return 24.0
        if isinstance(self._time, pd.DatetimeIndex):  # without converting the whole of it
            ticks = self._time.asi8
            return float(np.timedelta64(int(ticks[1] - ticks[0]), self._time.unit) / np.timedelta64(1, "h"))
        return float((self.time[1] - self.time[0]) / np.timedelta64(1, "h"))

    @property
    def zone(self) -> object:
        """The time zone of the index the bars came from, None when there was none."""
        return self._time.tz if isinstance(self._time, pd.DatetimeIndex) else None

    @cached_property
    def _clean(self) -> dict[str, bool]:
        return {name: all_finite(getattr(self, name)) for name in COLUMNS}

    def valid(self, inputs: tuple[str, ...]) -> npt.NDArray[np.bool_] | None:
        """Mask of the rows where all `inputs` are finite; None when every row is."""
        clean = self._clean
        holes = [name for name in inputs if not clean[name]]
        if not holes:
            return None
        mask: npt.NDArray[np.bool_] = np.isfinite(getattr(self, holes[0]))
        for name in holes[1:]:
            mask &= np.isfinite(getattr(self, name))
        return mask

    def rows(self, mask: npt.NDArray[np.bool_]) -> OHLCV:
        """The rows where `mask` is true."""
        time = None if self._time is None else self._time[mask]
        return OHLCV(self.open[mask], self.high[mask], self.low[mask], self.close[mask], self.volume[mask], time)

    @cached_property
    def median(self) -> Floats:
        """(high + low) / 2."""
        return (self.high + self.low) * 0.5

    @cached_property
    def typical(self) -> Floats:
        """(high + low + close) / 3."""
        return (self.high + self.low + self.close) / 3.0

    @cached_property
    def true_range(self) -> Floats:
        """Greatest of high - low, |high - previous close|, |low - previous close|; NaN in row 0."""
        out = np.full(len(self), np.nan)
        if len(self) > 1:
            before = self.close[:-1]
            out[1:] = np.maximum(self.high[1:], before) - np.minimum(self.low[1:], before)
        return out

    @cached_property
    def change(self) -> Floats:
        """close - previous close; NaN in row 0."""
        out = np.full(len(self), np.nan)
        out[1:] = self.close[1:] - self.close[:-1]
        return out

    @cached_property
    def logs(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Natural logarithms of open, high, low, close; NaN where a price is not positive."""
        out = []
        for x in (self.open, self.high, self.low, self.close):
            y = np.full(len(x), np.nan)
            np.log(x, out=y, where=x > 0.0)
            out.append(y)
        return out[0], out[1], out[2], out[3]

    @cached_property
    def log_return(self) -> Floats:
        """ln(close / previous close); NaN in row 0, 0 where a price is not positive."""
        out = np.full(len(self), np.nan)
        if len(self) > 1:
            close = self.logs[3]
            step = close[1:] - close[:-1]
            step[np.isnan(step)] = 0.0
            out[1:] = step
        return out


def _wall_clock(time: npt.NDArray[np.datetime64] | pd.DatetimeIndex) -> npt.NDArray[np.datetime64]:
    if isinstance(time, pd.DatetimeIndex):
        if time.tz is not None and str(time.tz) != "UTC":
            time = time.tz_localize(None)
        return time.asi8.view(f"datetime64[{time.unit}]").astype("datetime64[ns]")
    return np.asarray(time, dtype="datetime64[ns]")


def _fit(values: npt.ArrayLike, name: str) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadBars(f"Column {name} has values that are not numbers; clean it first.") from error
    if array.ndim != 1:
        raise BadBars(f"Column {name} has {array.ndim} dimensions; give one array a column.")
    if not array.flags.c_contiguous or not array.flags.writeable:
        array = array.copy()
    return array


def check_index(bars: object) -> None:
    """Raise BadBars unless `bars` is a frame with a sorted DatetimeIndex without repeats or missing times."""
    if not isinstance(bars, pd.DataFrame):
        raise BadBars(f"Bars must be a DataFrame, not {type(bars).__name__}.")
    index = bars.index
    if not isinstance(index, pd.DatetimeIndex):
        raise BadBars(f"The bars' index is {type(index).__name__}, not times; use a DatetimeIndex, one time a bar.")
    if index.hasnans:
        raise BadBars(f"The time of bar {int(index.isna().argmax())} is missing; drop or repair that row.")
    if not index.is_unique:
        raise BadBars(f"There is more than one bar at {index[index.duplicated()][0]}; keep one bar a time.")
    if not index.is_monotonic_increasing:
        place = int((index[1:] < index[:-1]).argmax()) + 1
        raise BadBars(f"The bars are not in order: {index[place]} comes after {index[place - 1]}; sort them.")


def compute_arrays(indicator: Indicator, bars: OHLCV, params: Mapping[str, object]) -> Arrays:
    """Values of one indicator, one float64 array of length n a column; NaN in the warm-up, never infinite.

    `params` must be complete and checked (`Indicator.clean`).
    """
    with np.errstate(all="ignore"):
        return compute_quietly(indicator, bars, params)


def compute_quietly(indicator: Indicator, bars: OHLCV, params: Mapping[str, object]) -> Arrays:
    """`compute_arrays` for callers who have silenced numpy's warnings themselves."""
    mask = bars.valid(indicator.inputs)
    if mask is None and len(bars):
        values = indicator.function(bars, **params)
        for array in values:
            no_infinity(array)
        return values
    outs = tuple(np.full(len(bars), np.nan) for _ in indicator.columns)
    if mask is None or not mask.any():
        return outs
    values = indicator.function(bars.rows(mask), **params)
    for out, array in zip(outs, values, strict=True):
        no_infinity(array)
        out[mask] = array
    return outs
