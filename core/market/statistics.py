"""Numbers about a stretch of bars: change, return, growth, volatility, drawdown, turnover, beta.

Pure functions of bars. What cannot be said from them is None, never 0.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.market.model import Interval

Floats = NDArray[np.float64]

# Sessions a year and minutes a session by trading calendar; anything else trades like New York.
_SESSIONS = {"XBOM": 247.0, "XNYS": 252.0, "24/7": 365.0}
_MINUTES = {"XBOM": 375.0, "XNYS": 390.0, "24/7": 1440.0}

_YEAR = timedelta(days=365.25)
_LEAST_RETURNS = 10
_LEAST_COMMON = 20


@dataclass(frozen=True, slots=True)
class RangeStatistics:
    """What a stretch of bars says. Returns and drawdown are fractions (0.05 is 5 %); prices in the bars' currency.

    ``change`` and ``change_fraction`` compare the last close with the one before; ``range_return`` with the first.
    ``growth`` is the compound yearly rate (only over more than a year), ``volatility`` the yearly deviation of log
    returns, ``drawdown`` the deepest fall from a peak close (0 or negative) with the times of peak and trough.
    """

    bars: int
    first_at: datetime
    last_at: datetime
    last: float
    change: float | None
    change_fraction: float | None
    high: float
    high_at: datetime
    low: float
    low_at: datetime
    range_return: float | None
    growth: float | None
    volatility: float | None
    drawdown: float
    drawdown_from: datetime
    drawdown_to: datetime
    average_volume: float | None
    beta: float | None


def bars_per_year(interval: Interval, calendar: str) -> float:
    """How many bars a year of trading has, for scaling volatility."""
    if interval is Interval.MO1:
        return 12.0
    if interval is Interval.W1:
        return 365.25 / 7
    sessions = _SESSIONS.get(calendar, _SESSIONS["XNYS"])
    if interval is Interval.D1:
        return sessions
    return sessions * _MINUTES.get(calendar, _MINUTES["XNYS"]) * 60.0 / interval.seconds


def log_returns(close: Floats) -> Floats:
    """Log returns, shape (n - 1,), of closes of shape (n,); NaN where either close is missing or not positive."""
    usable = np.where(close > 0, close, np.nan)
    return np.diff(np.log(usable))


def yearly_volatility(close: Floats, per_year: float) -> float | None:
    """Sample deviation of log returns times the root of ``per_year`` (Hull, Options, Futures, 15.4); None below 10."""
    returns = log_returns(close)
    returns = returns[np.isfinite(returns)]
    if len(returns) < _LEAST_RETURNS:
        return None
    return float(np.std(returns, ddof=1) * np.sqrt(per_year))


def compound_growth(first: float, last: float, span: timedelta) -> float | None:
    """The steady yearly rate from ``first`` to ``last``; None for a year or less, where it would mislead."""
    if span <= _YEAR or first <= 0 or last <= 0:
        return None
    return float((last / first) ** (_YEAR / span) - 1.0)


def deepest_drawdown(close: Floats) -> tuple[float, int, int]:
    """The largest fall from a running peak as (fraction <= 0, row of the peak, row of the trough).

    NaN closes are passed over. Raises ValueError without a single close.
    """
    known = np.flatnonzero(np.isfinite(close))
    if known.size == 0:
        raise ValueError("a drawdown needs at least one close")
    values = close[known]
    peak = np.maximum.accumulate(values)
    falls = np.divide(values, peak, out=np.ones_like(values), where=peak > 0) - 1.0
    trough = int(np.argmin(falls))
    top = int(np.argmax(values[: trough + 1]))
    return float(falls[trough]), int(known[top]), int(known[trough])


def beta(close: "pd.Series[float]", benchmark: "pd.Series[float]") -> float | None:
    """Covariance of simple returns with the benchmark's over the latter's variance (Sharpe, 1963).

    Both are closes on aware times; only times both have count, returns are taken between consecutive common
    times. None with fewer than 20 of them or a benchmark that does not move.
    """
    both = pd.concat([close, benchmark], axis=1, join="inner").dropna().to_numpy(dtype=float)
    if len(both) <= _LEAST_COMMON or bool((both <= 0).any()):
        return None
    returns = both[1:] / both[:-1] - 1.0
    spread = float(np.var(returns[:, 1], ddof=1))
    if spread <= 1e-18:
        return None
    return float(np.cov(returns[:, 0], returns[:, 1], ddof=1)[0, 1] / spread)


def range_statistics(
    frame: pd.DataFrame,
    interval: Interval,
    calendar: str,
    *,
    benchmark: "pd.Series[float] | None" = None,
) -> RangeStatistics | None:
    """Statistics of bars (columns open, high, low, close, volume; aware increasing index).

    ``benchmark`` holds an index's closes on the same kind of bars, for beta. None if no bar has a close.
    """
    index = frame.index
    if not isinstance(index, pd.DatetimeIndex):
        raise TypeError("bars need a DatetimeIndex")
    close = frame["close"].to_numpy(dtype=np.float64)
    known = np.flatnonzero(np.isfinite(close))
    if known.size == 0:
        return None
    values = close[known]
    last = float(values[-1])
    before = float(values[-2]) if len(values) > 1 else None
    high = frame["high"].to_numpy(dtype=np.float64)[known]
    low = frame["low"].to_numpy(dtype=np.float64)[known]
    high_row, low_row = int(np.nanargmax(high)), int(np.nanargmin(low))
    fall, top, bottom = deepest_drawdown(close)
    volume = frame["volume"].to_numpy(dtype=np.float64)
    traded = volume[np.isfinite(volume) & (volume > 0)]

    def at(row: int) -> datetime:
        return index[row].to_pydatetime()

    return RangeStatistics(
        bars=len(frame),
        first_at=at(0),
        last_at=at(-1),
        last=last,
        change=None if before is None else last - before,
        change_fraction=None if before is None or before <= 0 else last / before - 1.0,
        high=float(high[high_row]),
        high_at=at(int(known[high_row])),
        low=float(low[low_row]),
        low_at=at(int(known[low_row])),
        range_return=last / float(values[0]) - 1.0 if len(values) > 1 and values[0] > 0 else None,
        growth=compound_growth(float(values[0]), last, at(int(known[-1])) - at(int(known[0]))),
        volatility=yearly_volatility(close, bars_per_year(interval, calendar)),
        drawdown=fall,
        drawdown_from=at(top),
        drawdown_to=at(bottom),
        average_volume=float(traded.mean()) if traded.size else None,
        beta=None if benchmark is None else beta(frame["close"], benchmark),
    )


def rebase(closes: Floats) -> Floats:
    """Closes of several instruments, shape (bars, instruments), as 100 at the first bar at which all have a price.

    Rows before it are NaN; if there is no such row all is NaN.
    """
    usable = np.isfinite(closes) & (closes > 0)
    common = np.flatnonzero(usable.all(axis=1))
    out = np.full(closes.shape, np.nan)
    if common.size:
        first = int(common[0])
        out[first:] = 100.0 * closes[first:] / closes[first]
    return out
