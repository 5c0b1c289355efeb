"""Weights: what must hold for each aim, what is refused and why, and PyPortfolioOpt's numbers where they are there."""

import numpy as np
import pandas as pd
import pytest

from core.portfolio.optimiser import (
    Aim,
    Constraints,
    View,
    Weights,
    frontier,
    minimum_variance,
    optimise,
)
from core.portfolio.returns import Unavailable
from tests.shared import SHARED

NAMES = ("A.NS", "B.NS", "M&M.NS", "D.NS")


def returns(n=400, seed=1):
    chance = np.random.default_rng(seed)
    market = chance.normal(0.0, 0.004, n)
    made = market[:, None] + chance.standard_t(4, (n, 4)) * np.array([0.005, 0.006, 0.008, 0.010])
    return made - made.mean(axis=0) + np.array([0.0002, 0.0005, 0.0004, 0.0009])


SAMPLE = returns()


def weights(*args, **options) -> Weights:
    found = optimise(*args, **options)
    assert isinstance(found, Weights), found
    return found


@pytest.mark.parametrize("aim", [each for each in Aim if each is not Aim.BLACK_LITTERMAN])
def test_weights_are_whole_and_inside_their_bounds(aim):
    found = weights(NAMES, SAMPLE, aim, constraints=Constraints(least=0.05, most=0.5))
    assert sum(found.of.values()) == pytest.approx(1)
    assert all(0.05 - 2e-3 <= weight <= 0.5 + 2e-3 for weight in found.of.values())
    assert (found.days, bool(found.source)) == (400, True)


def test_each_aim_is_best_at_what_it_aims_for():
    found = {aim: weights(NAMES, SAMPLE, aim) for aim in (Aim.MINIMUM_VARIANCE, Aim.MAXIMUM_SHARPE, Aim.MINIMUM_CVAR)}
    assert min(found.values(), key=lambda each: each.volatility).aim is Aim.MINIMUM_VARIANCE
    assert max(found.values(), key=lambda each: float(each.sharpe)).aim is Aim.MAXIMUM_SHARPE
    assert min(found.values(), key=lambda each: each.cvar).aim is Aim.MINIMUM_CVAR


def test_risk_parity_gives_each_the_same_share_of_risk():
    found = weights(NAMES, SAMPLE, Aim.RISK_PARITY)
    held = np.array([found.of[name] for name in NAMES])
    marginal = np.cov(SAMPLE, rowvar=False) @ held
    assert held * marginal / (held @ marginal) == pytest.approx(np.full(4, 0.25), abs=0.005)


def test_two_independent_assets_by_hand():
    # Minimum variance of independent assets is inverse to their variances: deviations 1 and 2 make 4 : 1.
    chance = np.random.default_rng(0)
    steady = chance.normal(0, 1, 500)
    other = chance.normal(0, 1, 500)
    other -= steady * (steady @ other) / (steady @ steady)
    one, two = steady - steady.mean(), other - other.mean()
    two -= one * (one @ two) / (one @ one)
    pair = np.column_stack([one / one.std() * 0.01, two / two.std() * 0.02])
    assert list(weights(("A", "B"), pair, Aim.MINIMUM_VARIANCE).of.values()) == pytest.approx([0.8, 0.2], abs=1e-3)
    quick = minimum_variance(np.cov(pair, rowvar=False))
    assert not isinstance(quick, Unavailable)
    assert quick == pytest.approx([0.8, 0.2], abs=1e-4)


def test_groups_hold_and_symbols_are_never_read_as_expressions():
    labels = {"A.NS": "Banks <= 1", "B.NS": "Banks <= 1"}
    bounds = Constraints(groups={"Banks <= 1": (0.0, 0.3), "Nobody": (0.0, 0.1)}, labels=labels)
    found = weights(NAMES, SAMPLE, Aim.MINIMUM_VARIANCE, constraints=bounds)
    assert found.of["A.NS"] + found.of["B.NS"] <= 0.3 + 1e-3
    refused = optimise(NAMES, SAMPLE, Aim.HRP, constraints=bounds)
    assert isinstance(refused, Unavailable)


def test_a_view_moves_the_weight_its_way():
    neutral = weights(NAMES, SAMPLE, Aim.BLACK_LITTERMAN, views=[View("A.NS", 0.02, confidence=0.01)])
    keen = weights(NAMES, SAMPLE, Aim.BLACK_LITTERMAN, views=[View("M&M.NS", 0.60, confidence=0.9)])
    better = weights(NAMES, SAMPLE, Aim.BLACK_LITTERMAN, views=[View("D.NS", 0.30, against="A.NS", confidence=0.9)])
    assert keen.of["M&M.NS"] > neutral.of["M&M.NS"] + 0.2
    assert better.of["D.NS"] > neutral.of["D.NS"]


@pytest.mark.parametrize(
    ("options", "because"),
    [
        ({"constraints": Constraints(most=0.2)}, "less than everything"),
        ({"constraints": Constraints(least=0.4)}, "more than everything"),
        ({"constraints": Constraints(bounds={"A.NS": (0.5, 0.2)})}, "cannot be"),
        ({"constraints": Constraints(groups={"X": (0.9, 0.5)})}, "cannot be"),
        ({"constraints": Constraints(most=0.3, groups={"X": (0.9, 1.0)}, labels={"A.NS": "X"})}, "Loosen"),
        ({"aim": Aim.MAXIMUM_SHARPE, "riskless": 9.0}, "riskless"),
        ({"aim": Aim.BLACK_LITTERMAN}, "at least one view"),
        ({"aim": Aim.BLACK_LITTERMAN, "views": [View("NOT.NS", 0.1)]}, "NOT.NS"),
        ({"aim": Aim.BLACK_LITTERMAN, "views": [View("A.NS", 0.1, confidence=0.0)]}, "confidence"),
        ({"returns": SAMPLE[:100]}, "Only 100 days"),
        ({"returns": np.column_stack([SAMPLE[:, :3], np.zeros(400)])}, "did not move"),
        ({"symbols": ("A.NS",), "returns": SAMPLE[:, :1]}, "at least two"),
    ],
)
def test_what_cannot_be_had_is_said(options, because):
    given = {"symbols": NAMES, "returns": SAMPLE, "aim": Aim.MINIMUM_VARIANCE} | options
    found = optimise(given.pop("symbols"), given.pop("returns"), given.pop("aim"), **given)
    assert isinstance(found, Unavailable)
    assert because in found.because


def test_days_without_all_prices_do_not_count():
    gaps = np.vstack([SAMPLE, SAMPLE[:50]])
    gaps[400:, 2] = np.nan
    assert weights(NAMES, gaps, Aim.MINIMUM_VARIANCE).of == weights(NAMES, SAMPLE, Aim.MINIMUM_VARIANCE).of


def test_the_frontier_rises_from_minimum_variance():
    found = frontier(NAMES, SAMPLE, points=6)
    assert not isinstance(found, Unavailable)
    rates = [point.rate for point in found.points]
    risks = [point.volatility for point in found.points]
    assert rates == sorted(rates)
    assert risks == sorted(risks)
    assert risks[0] == pytest.approx(weights(NAMES, SAMPLE, Aim.MINIMUM_VARIANCE).volatility, rel=1e-3)
    with pytest.raises(ValueError, match="frontier"):
        frontier(NAMES, SAMPLE, points=1)


def test_where_one_asset_is_best_at_everything_the_frontier_is_a_point():
    chance = np.random.default_rng(3)
    steps = chance.normal(0, 1, (300, 2))
    steps -= steps.mean(axis=0)
    best = np.column_stack([0.0005 + 0.001 * steps[:, 0], -0.0005 + 0.001 * steps[:, 0] + 0.01 * steps[:, 1]])
    found = frontier(("A", "B"), best, points=4)
    assert not isinstance(found, Unavailable)
    assert found.points[0].of["A"] == pytest.approx(1, abs=0.01)


def test_quick_minimum_variance_agrees_and_refuses():
    quick = minimum_variance(np.cov(SAMPLE, rowvar=False), 0.05, 0.5)
    assert not isinstance(quick, Unavailable)
    slow = weights(NAMES, SAMPLE, Aim.MINIMUM_VARIANCE, constraints=Constraints(0.05, 0.5))
    assert list(slow.of.values()) == pytest.approx(quick, abs=2e-3)
    assert isinstance(minimum_variance(np.eye(3), 0.0, 0.2), Unavailable)


@pytest.mark.parametrize("folder", [] if SHARED is None else [SHARED])
def test_minimum_variance_of_pyportfolioopt(folder):
    prices = pd.read_csv(folder / "us_daily" / "stock_prices.csv", index_col=0, parse_dates=True)
    changes = prices.pct_change(fill_method=None).dropna(how="all")
    covariance = changes.cov().to_numpy() * 252
    found = minimum_variance(covariance)
    assert not isinstance(found, Unavailable)
    growth = (1 + changes).prod() ** (252 / changes.count()) - 1
    assert float(np.sqrt(found @ covariance @ found)) == pytest.approx(0.15915084514118694, rel=1e-5)
    assert float(found @ growth.to_numpy()) == pytest.approx(0.15056821399482578, rel=1e-3)
