"""Luck is called luck and skill is called skill; the sums agree with the definitions done slowly."""

from __future__ import annotations

import math
from itertools import combinations
from statistics import NormalDist

import numpy as np
import pytest

from core.backtest.errors import BadRule, NothingToTest, TooMuch
from core.backtest.montecarlo import of_sessions, of_trades
from core.backtest.overfitting import deflated_sharpe, overfitting, reality_check, resampled

RNG = np.random.default_rng(5)
NOISE = RNG.normal(0.0, 0.01, (640, 60))
SKILL = NOISE.copy()
SKILL[:, 7] += 0.003


def slow_pbo(data: np.ndarray, blocks: int) -> tuple[float, list[float]]:
    """The definition, split by split."""
    parts = np.array_split(data, blocks)
    logits = []
    for inside in combinations(range(blocks), blocks // 2):
        here = np.concatenate([parts[k] for k in inside])
        there = np.concatenate([parts[k] for k in range(blocks) if k not in inside])
        best = int((here.mean(0) / here.std(0, ddof=1)).argmax())
        after = there.mean(0) / there.std(0, ddof=1)
        rank = ((after < after[best]).sum() + 1) / (data.shape[1] + 1)
        logits.append(math.log(rank / (1 - rank)))
    return float(np.mean([x <= 0 for x in logits])), logits


def test_block_sums_agree_with_the_definition() -> None:
    found = overfitting(NOISE, blocks=8)
    probability, logits = slow_pbo(NOISE, 8)
    assert found.splits == 70
    assert found.probability == pytest.approx(probability)
    np.testing.assert_allclose(found.logits, logits, rtol=1e-12)


def test_noise_is_overfitted_and_skill_is_not() -> None:
    assert overfitting(NOISE, blocks=10).probability > 0.3
    good = overfitting(SKILL, blocks=10)
    assert good.probability < 0.01
    assert good.loss < 0.05


def test_variants_that_never_trade_rank_as_zero() -> None:
    some = np.zeros((64, 3))
    some[:, 2] = np.random.default_rng(1).normal(0.01, 0.01, 64)
    assert overfitting(some, blocks=4).probability == 0.0
    assert overfitting(np.zeros((64, 3)), blocks=4).probability == 1.0  # the middle of ties is no success


def test_the_deflated_ratio_by_hand() -> None:
    ratios = NOISE.mean(0) / NOISE.std(0, ddof=1)
    found = deflated_sharpe(NOISE)
    z = NormalDist().inv_cdf
    luck = (1 - 0.5772156649015329) * z(1 - 1 / 60) + 0.5772156649015329 * z(1 - 1 / (60 * math.e))
    assert found.sharpe == pytest.approx(ratios.max())
    assert found.expected == pytest.approx(ratios.std(ddof=1) * luck)
    assert found.probability < 0.9
    skilled = deflated_sharpe(SKILL)
    assert skilled.probability > 0.95
    assert skilled.lucky < 0.05 * 60
    assert 0.05 < found.lucky < 10


def test_the_reality_check_tells_noise_from_skill_and_repeats() -> None:
    noise, skill = reality_check(NOISE, draws=300), reality_check(SKILL, draws=300)
    assert noise.p_value > 0.1
    assert skill.p_value < 0.02
    assert skill.best == 7
    assert reality_check(NOISE, draws=300) == noise
    beaten = reality_check(SKILL, benchmark=SKILL[:, 7], draws=200)
    assert beaten.p_value > 0.5


def test_the_bootstrap_keeps_neighbours_together() -> None:
    rng = np.random.default_rng(3)
    steps = np.concatenate([np.diff(resampled(500, 20.0, rng)) for _ in range(50)])
    together = np.isin(steps, (1, -499)).mean()
    assert together == pytest.approx(0.95, abs=0.01)
    assert set(resampled(50, 1.0, rng)) <= set(range(50))


def test_paths_have_the_spread_of_their_returns() -> None:
    certain = of_trades([0.01, 0.01, 0.01])
    assert certain.returns == pytest.approx([1.01**3 - 1] * 5)
    assert certain.drawdowns == (0.0,) * 5
    assert (certain.losing, certain.ruin) == (0.0, 0.0)
    wild = of_trades([0.5, -0.6] * 10, draws=500)
    assert wild.ruin > 0.9
    assert wild.returns[0] <= wild.returns[2] <= wild.returns[4]
    fair = of_sessions(NOISE[:, 0], draws=400)
    assert fair == of_sessions(NOISE[:, 0], draws=400)
    assert fair.drawdowns[0] < fair.drawdowns[4] <= 0.0
    lost = of_trades([-2.0, 0.1], draws=50)
    assert min(lost.returns) >= -1.0


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda: overfitting(NOISE[:, :1]), NothingToTest, "two trials"),
        (lambda: overfitting(NOISE[:20], blocks=16), NothingToTest, "sessions a block"),
        (lambda: overfitting(NOISE, blocks=7), BadRule, "even"),
        (lambda: overfitting(NOISE[:, 0]), BadRule, "rows"),
        (lambda: overfitting(np.where(NOISE > 0.02, np.nan, NOISE)), BadRule, "not finite"),
        (lambda: deflated_sharpe(np.zeros((50, 4))), NothingToTest, "same Sharpe"),
        (lambda: reality_check(NOISE[:5]), NothingToTest, "ten"),
        (lambda: reality_check(NOISE, draws=1_000_000), TooMuch, "100,000"),
        (lambda: reality_check(NOISE, benchmark=[1.0]), BadRule, "640 finite returns"),
        (lambda: of_trades([0.1]), NothingToTest, "two at least"),
        (lambda: of_trades([0.1] * 1000, draws=10**6), TooMuch, "fewer draws"),
        (lambda: of_sessions([0.1, np.inf]), BadRule, "finite"),
    ],
)
def test_too_little_and_too_much(ask: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        ask()  # type: ignore[operator]
