"""How much of the best of many trials is luck: overfitting probability, deflated Sharpe, reality check.

`trials` is always an array (sessions, trials) of session returns, one column a variant that was tried, all of them: a
trial left out makes every answer too kind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.backtest.errors import BadRule, NothingToTest, TooMuch, whole
from core.indicators.kernels import kernel
from core.indicators.numbers import Floats

_EULER = 0.5772156649015329
_NORMAL = NormalDist()
_SPLITS = 128


@dataclass(frozen=True, slots=True)
class Overfitting:
    """Probability of backtest overfitting by combinatorially symmetric cross-validation.

    `probability`: how often the variant best in one half of the blocks was below the middle in the other half.
    `logits` (splits,): ln(w / (1 - w)) of its relative rank w out of sample. `slope`: of its Sharpe ratio out of sample
    on that in sample (below 0: the better it looked, the worse it did). `loss`: how often it lost out of sample.
    """

    probability: float
    logits: Floats
    slope: float
    loss: float
    splits: int
    trials: int


@dataclass(frozen=True, slots=True)
class Deflated:
    """The best Sharpe ratio against the best that luck alone brings among so many trials.

    `sharpe` and `expected` are a session's, not a year's; `probability` is that the true one is above `expected`.
    `lucky` is how many of the trials would look this good by chance.
    """

    sharpe: float
    expected: float
    probability: float
    trials: int
    lucky: float


@dataclass(frozen=True, slots=True)
class Reality:
    """White's reality check: `p_value` that the best of all variants beats the benchmark by chance alone."""

    best: int
    mean_excess: float
    p_value: float
    draws: int


def overfitting(trials: npt.ArrayLike, blocks: int = 16) -> Overfitting:
    """PBO after Bailey, Borwein, Lopez de Prado and Zhu (2017), by Sharpe ratio.

    The sessions are cut into `blocks` equal blocks (the first few sessions that are left over are not used); every half
    of them is in sample once. Sums and squares of blocks make each split's ratios by two matrix products. A variant
    that never moves ranks as a ratio of 0.

    Raises NothingToTest for fewer than two trials or two sessions a block, BadRule for an odd number of blocks.
    """
    data = _returns(trials)
    if whole("blocks", blocks, 2, 20) % 2:
        raise BadRule("blocks", blocks, "it must be even")
    n, count = data.shape
    length = n // blocks
    if count < 2 or length < 2:
        raise NothingToTest(
            f"{count} trials of {n} sessions are too few for {blocks} blocks; overfitting needs two trials and two "
            "sessions a block."
        )
    parts = data[n - length * blocks :].reshape(blocks, length, count)
    sums, squares = parts.sum(axis=1), (parts * parts).sum(axis=1)
    chosen = np.array(list(combinations(range(blocks), blocks // 2)), dtype=np.int64)
    inside = np.zeros((len(chosen), blocks))
    inside[np.arange(len(chosen))[:, None], chosen] = 1.0
    half = length * (blocks // 2)
    # The halves are symmetric: the other half of split k is split -1 - k. A few at a time stay in the cache.
    rank, here, there = np.empty(len(chosen)), np.empty(len(chosen)), np.empty(len(chosen))
    for first in range(0, len(chosen) // 2, _SPLITS):
        some = np.arange(first, min(first + _SPLITS, len(chosen) // 2))
        other = len(chosen) - 1 - some
        left, right = (ratios(inside[k] @ sums, inside[k] @ squares, half) for k in (some, other))
        rank[some], here[some], there[some] = ranks(left, right)
        rank[other], here[other], there[other] = ranks(right, left)
    logits = np.log(rank / (1.0 - rank))
    spread = float(((here - here.mean()) ** 2).sum())
    slope = float(((here - here.mean()) * (there - there.mean())).sum()) / spread if spread > 0.0 else math.nan
    return Overfitting(float((logits <= 0.0).mean()), logits, slope, float((there < 0.0).mean()), len(chosen), count)


@kernel
def ranks(before: Floats, after: Floats) -> tuple[Floats, Floats, Floats]:
    """For each split: the relative rank out of sample of the trial best in sample, ties in their middle, and its ratio
    in and out of sample."""
    splits, count = before.shape
    rank, here, there = np.empty(splits), np.empty(splits), np.empty(splits)
    for k in range(splits):
        best = 0
        for j in range(1, count):
            if before[k, j] > before[k, best]:
                best = j
        mine = after[k, best]
        below, ties = 0, 0
        for j in range(count):
            below += 1 if after[k, j] < mine else 0
            ties += 1 if after[k, j] == mine else 0
        rank[k] = (below + (ties + 1) / 2.0) / (count + 1.0)
        here[k], there[k] = before[k, best], mine
    return rank, here, there


def deflated_sharpe(trials: npt.ArrayLike) -> Deflated:
    """Bailey and Lopez de Prado (2014): the best trial's probabilistic Sharpe ratio over the expected best of luck.

    The expected maximum of N trials is sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e))), V the variance of the trials'
    ratios and g Euler's constant.

    Raises NothingToTest for fewer than two trials or four sessions, or when no trial moves.
    """
    data = _returns(trials)
    n, count = data.shape
    if count < 2 or n < 4:
        raise NothingToTest(f"{count} trials of {n} sessions are too few; a deflated ratio needs two of four sessions.")
    each = ratios(data.sum(axis=0)[None], (data * data).sum(axis=0)[None], n)[0]
    return deflated(each, data[:, int(each.argmax())])


def deflated(each: Floats, own: Floats) -> Deflated:
    """`deflated_sharpe` from every trial's ratio of one session (trials,) and the best one's returns (sessions,).

    For searches too large to hold all returns. Raises as `deflated_sharpe`.
    """
    count, n = len(each), len(own)
    if count < 2 or n < 4:
        raise NothingToTest(f"{count} trials of {n} sessions are too few; a deflated ratio needs two of four sessions.")
    best = int(each.argmax())
    spread = float(each.std(ddof=1))
    if spread == 0.0:
        raise NothingToTest("All trials have the same Sharpe ratio; there is nothing to deflate.")
    luck = (1.0 - _EULER) * _NORMAL.inv_cdf(1.0 - 1.0 / count) + _EULER * _NORMAL.inv_cdf(1.0 - 1.0 / (count * math.e))
    expected = spread * luck
    sharpe = float(each[best])
    own = own - own.mean()
    deviation = math.sqrt(float((own * own).mean()))
    skew = float((own**3).mean()) / deviation**3 if deviation > 0.0 else 0.0
    kurtosis = float((own**4).mean()) / deviation**4 if deviation > 0.0 else 3.0
    factor = max(1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe * sharpe, 1e-12)
    probability = _NORMAL.cdf((sharpe - expected) * math.sqrt((n - 1) / factor))
    lucky = count * (1.0 - _NORMAL.cdf(sharpe / spread))
    return Deflated(sharpe, expected, probability, count, lucky)


def reality_check(
    trials: npt.ArrayLike,
    benchmark: npt.ArrayLike | None = None,
    *,
    draws: int = 1000,
    block: float = 10.0,
    seed: int = 0,
) -> Reality:
    """White (2000) by the stationary bootstrap of Politis and Romano (1994), blocks of mean length `block` sessions.

    `benchmark` (sessions,) is taken off every trial; None is holding cash. The same seed gives the same answer.

    Raises NothingToTest for fewer than ten sessions, TooMuch beyond 100,000 draws.
    """
    data = _returns(trials)
    if benchmark is not None:
        other = np.asarray(benchmark, dtype=np.float64)
        if other.shape != (len(data),) or not np.isfinite(other).all():
            raise BadRule("benchmark", other.shape, f"it must be {len(data)} finite returns, one a session")
        data = data - other[:, None]
    n = len(data)
    if n < 10:
        raise NothingToTest(f"{n} sessions are too few for a bootstrap; give at least ten.")
    if whole("draws", draws, 1, 10**9) > 100_000:
        raise TooMuch(f"{draws:,} draws were asked for; 100,000 are the most, and 1,000 are usual.")
    if not block >= 1.0:
        raise BadRule("block", block, "it must be at least 1 session")
    means = data.mean(axis=0)
    best = float(means.max()) * math.sqrt(n)
    rng = np.random.default_rng(seed)
    reached = 0
    # Many draws at once are one matrix product: a fortieth of the time of as many products with a vector.
    for first in range(0, draws, _SPLITS):
        weights = np.empty((min(_SPLITS, draws - first), n))
        for row in weights:
            row[:] = np.bincount(resampled(n, block, rng), minlength=n)
        highest = (weights @ data / n - means).max(axis=1)
        reached += int(np.count_nonzero(highest * math.sqrt(n) >= best))
    return Reality(int(means.argmax()), float(means.max()), (reached + 1.0) / (draws + 1.0), draws)


def resampled(n: int, block: float, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """n sessions drawn by the stationary bootstrap: runs of geometric length with mean `block`, the end joined on to
    the beginning."""
    begins = rng.random(n) < 1.0 / block
    begins[0] = True
    at = np.flatnonzero(begins)
    origin = rng.integers(0, n, len(at))
    lengths = np.diff(np.append(at, n))
    return np.asarray((np.repeat(origin - at, lengths) + np.arange(n)) % n)


def _returns(trials: npt.ArrayLike) -> Floats:
    data = np.asarray(trials, dtype=np.float64)
    if data.ndim != 2:
        raise BadRule("trials", f"{data.ndim} dimensions", "it must be returns by session (rows) and trial (columns)")
    if not np.isfinite(data).all():
        raise BadRule("trials", "a return that is not finite", "fill or leave out that trial first")
    return data


@kernel
def ratios(sums: Floats, squares: Floats, n: int) -> Floats:
    """Sharpe ratios of a session from sums and sums of squares of n returns, (rows, trials); 0 where nothing moves."""
    rows, count = sums.shape
    out = np.zeros((rows, count))
    for i in range(rows):
        for j in range(count):
            mean = sums[i, j] / n
            variance = (squares[i, j] / n - mean * mean) * n / (n - 1)
            out[i, j] = mean / math.sqrt(variance) if variance > 1e-18 else 0.0
    return out
