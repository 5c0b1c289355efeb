"""Small hand-made bars for the backtest tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.backtest import Signals

Bar = tuple[float, float, float, float]


def frame(bars: Sequence[Bar], *, freq: str = "D", start: str = "2024-01-01", volume: float = 1000.0) -> pd.DataFrame:
    """Bars from (open, high, low, close), daily from 2024-01-01 in UTC unless said otherwise."""
    index = pd.date_range(start, periods=len(bars), freq=freq, tz="UTC")
    out = pd.DataFrame(np.array(bars, dtype=np.float64), index=index, columns=["open", "high", "low", "close"])
    return out.assign(volume=volume)


def flat(*closes: float, spread: float = 0.0) -> list[Bar]:
    """Bars that open at the close before, with `spread` on either side."""
    opens = [closes[0], *closes[:-1]]
    return [(o, max(o, c) + spread, min(o, c) - spread, c) for o, c in zip(opens, closes, strict=True)]


def signals(n: int, **at: Sequence[int] | int) -> Signals:
    """Signals at the bars named: signals(5, enter_long=0, exit_long=[3])."""
    given = {}
    for name, places in at.items():
        flags = np.zeros(n, dtype=bool)
        flags[list(places) if isinstance(places, Sequence) else [places]] = True
        given[name] = flags
    return Signals.of(**given)


def walk(n: int = 400, seed: int = 7, volatility: float = 0.015, freq: str = "B") -> pd.DataFrame:
    """A random walk with gaps, ranges and volume; weekdays from 2015 in UTC."""
    rng = np.random.default_rng(seed)
    close = 250.0 * np.exp(np.cumsum(rng.normal(0.0003, volatility, n)))
    open_ = np.r_[close[:1], close[:-1]] * np.exp(rng.normal(0.0, volatility / 4, n))
    high = np.maximum(open_, close) * (1.0 + np.abs(rng.normal(0.0, volatility / 3, n)))
    low = np.minimum(open_, close) * (1.0 - np.abs(rng.normal(0.0, volatility / 3, n)))
    index = pd.date_range("2015-01-01 03:45", periods=n, freq=freq, tz="UTC")
    columns = {"open": open_, "high": high, "low": low, "close": close, "volume": np.round(rng.lognormal(12, 0.5, n))}
    return pd.DataFrame(columns, index=index)


def intraday(days: int = 12, bars: int = 25, seed: int = 3) -> pd.DataFrame:
    """Bars of a quarter of an hour in daily sessions from 03:45 UTC, with jumps over night."""
    data = walk(days * bars, seed, 0.004)
    starts = pd.bdate_range("2024-01-01 03:45", periods=days, tz="UTC")
    times = [start + pd.Timedelta(minutes=15 * k) for start in starts for k in range(bars)]
    return data.set_axis(pd.DatetimeIndex(times), axis=0)
