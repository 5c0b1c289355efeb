"""What else the same trades or sessions might have come to: resampled paths and their spread."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.backtest.errors import BadRule, NothingToTest, TooMuch, between, whole
from core.backtest.overfitting import resampled
from core.indicators.numbers import Floats

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Paths:
    """The spread over resampled paths: quantiles at LEVELS of the total return and of the largest drawdown (negative).

    `losing`: the share of paths that end below the start. `ruin`: the share that falls by `ruin_percent` at some time.
    """

    returns: tuple[float, ...]
    drawdowns: tuple[float, ...]
    losing: float
    ruin: float
    ruin_percent: float
    draws: int


def of_trades(trades: npt.ArrayLike, *, draws: int = 1000, ruin_percent: float = 50.0, seed: int = 0) -> Paths:
    """Trades drawn with replacement, each a fraction of the equity before it.

    `trades` (k,) are returns of closed trades on the whole account. Raises NothingToTest for fewer than two.
    """
    data = _clean(trades, draws, ruin_percent)
    rng = np.random.default_rng(seed)
    return _spread((data[rng.integers(0, len(data), len(data))] for _ in range(draws)), draws, ruin_percent)


def of_sessions(
    returns: npt.ArrayLike, *, draws: int = 1000, block: float = 10.0, ruin_percent: float = 50.0, seed: int = 0
) -> Paths:
    """Session returns drawn in blocks of mean length `block` (stationary bootstrap, Politis and Romano 1994), so that
    quiet and wild times stay together."""
    data = _clean(returns, draws, ruin_percent)
    between("block", block, 1.0, 1e6)
    rng = np.random.default_rng(seed)
    return _spread((data[resampled(len(data), block, rng)] for _ in range(draws)), draws, ruin_percent)


def _clean(values: npt.ArrayLike, draws: int, ruin_percent: float) -> Floats:
    data = np.asarray(values, dtype=np.float64)
    if data.ndim != 1 or not np.isfinite(data).all():
        raise BadRule("returns", f"shape {data.shape}", "they must be finite fractions, one after another")
    if len(data) < 2:
        raise NothingToTest(f"{len(data)} returns cannot be resampled; there must be two at least.")
    if whole("draws", draws, 1, 10**9) * len(data) > 200_000_000:
        raise TooMuch(f"{draws:,} paths of {len(data):,} steps are too many; use fewer draws.")
    between("ruin_percent", ruin_percent, 1.0, 100.0)
    return data


def _spread(paths: Iterable[Floats], draws: int, ruin_percent: float) -> Paths:
    ends, lows = np.empty(draws), np.empty(draws)
    for k, path in enumerate(paths):
        equity = np.cumprod(1.0 + np.maximum(path, -1.0))
        peak = np.maximum(np.maximum.accumulate(equity), 1.0)
        ends[k], lows[k] = equity[-1] - 1.0, float((equity / peak).min()) - 1.0
    return Paths(
        tuple(float(x) for x in np.quantile(ends, LEVELS)),
        tuple(float(x) for x in np.quantile(lows, LEVELS)),
        float((ends < 0.0).mean()),
        float((lows <= -ruin_percent / 100.0).mean()),
        ruin_percent,
        draws,
    )
