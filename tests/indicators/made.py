"""Made-up bars for the indicator tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def walk(n: int = 400, seed: int = 7, freq: str = "D", volatility: float = 0.015) -> pd.DataFrame:
    """A random walk with gaps, ranges and volume; times in UTC."""
    rng = np.random.default_rng(seed)
    close = 250.0 * np.exp(np.cumsum(rng.normal(0.0003, volatility, n)))
    open_ = np.r_[close[:1], close[:-1]] * np.exp(rng.normal(0.0, volatility / 4, n))
    high = np.maximum(open_, close) * (1.0 + np.abs(rng.normal(0.0, volatility / 3, n)))
    low = np.minimum(open_, close) * (1.0 - np.abs(rng.normal(0.0, volatility / 3, n)))
    volume = np.round(rng.lognormal(12.0, 0.5, n))
    index = pd.date_range("2020-01-01 03:45", periods=n, freq=freq, tz="UTC")
    return frame(open_, high, low, close, volume, index)


def sessions(days: int = 30, bars: int = 12, seed: int = 3) -> pd.DataFrame:
    """Bars of half an hour in daily sessions."""
    data = walk(days * bars, seed, volatility=0.003)
    starts = pd.bdate_range("2024-01-01 03:45", periods=days, tz="UTC")
    times = [start + pd.Timedelta(minutes=30 * k) for start in starts for k in range(bars)]
    return data.set_axis(pd.DatetimeIndex(times), axis=0)


def frame(
    open_: Sequence[float] | np.ndarray,
    high: Sequence[float] | np.ndarray,
    low: Sequence[float] | np.ndarray,
    close: Sequence[float] | np.ndarray,
    volume: Sequence[float] | np.ndarray,
    index: pd.DatetimeIndex | None = None,
) -> pd.DataFrame:
    """Bars from five columns; daily from 2024-01-01 unless an index is given."""
    if index is None:
        index = pd.date_range("2024-01-01", periods=len(close), tz="UTC")
    data = {"open": open_, "high": high, "low": low, "close": close, "volume": volume}
    return pd.DataFrame({k: np.asarray(v, dtype=np.float64) for k, v in data.items()}, index=index)


def from_close(close: Sequence[float], volume: float = 1000.0, spread: float = 0.0) -> pd.DataFrame:
    """Bars that open at the close before, with the given spread on either side."""
    c = np.asarray(close, dtype=np.float64)
    o = np.r_[c[:1], c[:-1]]
    return frame(o, np.maximum(o, c) + spread, np.minimum(o, c) - spread, c, np.full(len(c), volume))


def path(*turns: tuple[int, float]) -> list[float]:
    """Straight lines through (row, price) turning points."""
    rows, prices = zip(*turns, strict=True)
    return list(np.interp(np.arange(rows[-1] + 1), rows, prices))
