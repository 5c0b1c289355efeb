"""Limits, the X-ray's rules, projections and what they refuse."""

import itertools

import numpy as np
import pytest

from core.portfolio.limits import PROFILES, Limits, Standing, check_order, of_profile, standing, watch
from core.portfolio.overview import compose
from core.portfolio.projection import PERCENTILES, Plan, project
from core.portfolio.returns import Unavailable
from core.portfolio.xray import Thresholds, xray
from tests.portfolio.small_ledgers import D, Rows, every_day, prices

START = Standing(D(100_000), {"A.NS": D(8_000)}, D(100_000), {"A.NS": D(80)})


def rules(found):
    return [each.rule for each in found]


@pytest.mark.parametrize(
    ("side", "symbol", "quantity", "price", "expected"),
    [
        ("buy", "A.NS", 20, 100, []),  # 8,000 + 2,000 are 10 %, which is allowed
        ("buy", "A.NS", 21, 100, ["position"]),
        ("buy", "B.NS", 100, 100, []),
        ("buy", "B.NS", 10_001, 0.5, ["order_size"]),
        ("buy", "B.NS", 0.5, 100, ["order_size"]),
        ("buy", "B.NS", 800, 100, ["position", "exposure"]),
        ("sell", "A.NS", 80, 100, []),
        ("sell", "A.NS", 10_001, 0.5, ["order_size"]),
        ("sell", "B.NS", 200, 100, ["position"]),  # a short position counts like a long one
        ("buy", "B.NS", 10, 0, ["unknown"]),
    ],
)
def test_an_order_against_each_limit(side, symbol, quantity, price, expected):
    found = check_order(side, symbol, D(str(quantity)), D(str(price)), START, Limits())
    assert rules(found) == expected
    assert all(each.message and each.remedy and each.blocks for each in found)


def test_after_a_loss_only_selling_is_left():
    lost = Standing(D(97_900), START.positions, D(100_000), START.quantities)
    assert rules(check_order("buy", "B.NS", D(1), D(100), lost, Limits())) == ["daily_loss"]
    assert check_order("sell", "A.NS", D(80), D(100), lost, Limits()) == ()
    exactly = Standing(D(98_000), START.positions, D(100_000), START.quantities)
    assert check_order("buy", "B.NS", D(1), D(100), exactly, Limits()) == ()
    assert rules(watch(lost, Limits())) == ["daily_loss"]


def test_the_remedy_names_the_room_that_is_left():
    (found,) = check_order("buy", "A.NS", D(50), D(100), START, Limits())
    assert "at most 20 units" in found.remedy


def test_what_is_held_is_watched_and_blocks_nothing():
    now = Standing(D(1_000), {"A.NS": D(150), "B.NS": D(700), "C.NS": None}, None, {})
    found = watch(now, Limits())
    assert rules(found) == ["position", "position", "unknown", "exposure"]
    assert not any(each.blocks for each in found)


@pytest.mark.parametrize(
    "bad", [{"position": D(0)}, {"exposure": D(2)}, {"smallest_order": D(5), "largest_order": D(4)}]
)
def test_limits_that_cannot_be_are_refused(bad):
    with pytest.raises(ValueError, match=r"limit|smallest"):
        Limits(**bad)


def test_limits_follow_the_risk_profile():
    assert of_profile("low").position < of_profile("medium").position < of_profile("high").position
    assert of_profile("") is PROFILES["medium"]


def view(**quantities):
    rows = Rows()
    rows.deposit("2024-01-01", 10_000)
    for symbol, quantity in quantities.items():
        rows.buy("2024-01-01", f"{symbol}.NS", quantity, 100)
    closes = {f"{symbol}.NS": every_day("2024-01-01", "2024-01-10", 100) for symbol in quantities if symbol != "GONE"}
    return compose(rows.ledger(), prices("2023-12-31", "2024-01-10", closes), "INR")


def test_where_an_investor_stands_comes_from_the_overview():
    now = standing(view(TCS=20, GONE=1))
    assert now.value == 10_000 - 100
    assert now.positions == {"TCS.NS": 2_000, "GONE.NS": None}
    assert now.day_start is None  # part of it is unknown
    assert standing(view(TCS=20)).day_start == 10_000


def test_the_x_ray_points_out_passes_and_does_not_know():
    found = {each.key: each for each in xray(view(TCS=60, INFY=20, GONE=1))}
    assert found["holding"].state == "pointed out"
    assert found["holding"].value == pytest.approx(0.75)
    assert found["sector"].state == "pointed out"
    assert found["crypto"].state == "passed"
    assert found["unpriced"].state == "pointed out"
    assert found["volatility"].state == "unknown"
    assert found["volatility"].value is None
    assert found["fewest"].state == "pointed out"
    wide = {each.key: each for each in xray(view(TCS=60, INFY=20), Thresholds(holding=0.9, fewest=2))}
    assert (wide["holding"].state, wide["fewest"].state) == ("passed", "passed")
    states = [each.state for each in xray(view(TCS=60, INFY=20))]
    assert states == sorted(states, key=["pointed out", "unknown", "passed"].index)
    assert xray(compose(Rows().ledger(), prices("2024-01-01", "2024-01-02", {}), "INR")) == ()


STEADY = np.full(300, 0.0004)


@pytest.mark.parametrize("method", ["bootstrap", "normal"])
def test_a_steady_return_has_one_way(method):
    found = project(STEADY, Plan(1_000, 0, 10, goal=2_000), method=method, paths=200)
    assert not isinstance(found, Unavailable)
    expected = 1_000 * 1.0004 ** (21 * 120)
    for percentile in PERCENTILES:
        assert found.fan[percentile][-1] == pytest.approx(expected)
    assert (found.reached, found.ruined) == (1.0, 0.0)
    assert found.fan[50][0] == 1_000


def test_contributions_grow_and_inflation_is_taken_off():
    plan = Plan(0, 100, 2, raise_a_year=0.1)
    found = project(np.zeros(300), plan, paths=100)
    assert not isinstance(found, Unavailable)
    assert found.fan[50][-1] == pytest.approx(12 * 100 + 12 * 110)
    assert found.paid[-1] == pytest.approx(12 * 100 + 12 * 110)
    real = project(np.zeros(300), Plan(1_000, 0, 10, inflation=0.06), paths=100)
    assert not isinstance(real, Unavailable)
    assert real.fan[50][-1] == pytest.approx(1_000 / 1.06**10)


def test_the_same_seed_draws_the_same_and_another_does_not():
    chance = np.random.default_rng(1)
    returns = chance.normal(0.0005, 0.012, 750)
    plan = Plan(100_000, 1_000, 15, goal=600_000)
    one, same, other = (project(returns, plan, paths=500, seed=seed) for seed in (4, 4, 5))
    assert not isinstance(one, Unavailable)
    assert not isinstance(same, Unavailable)
    assert not isinstance(other, Unavailable)
    np.testing.assert_array_equal(one.final, same.final)
    assert one.reached == same.reached
    assert not np.array_equal(one.final, other.final)
    assert one.reached is not None
    assert one.error == pytest.approx((one.reached * (1 - one.reached) / 500) ** 0.5)
    assert all(np.all(one.fan[low] <= one.fan[high]) for low, high in itertools.pairwise(PERCENTILES))


def test_bootstrap_and_normal_agree_where_days_are_independent():
    chance = np.random.default_rng(2)
    returns = chance.normal(0.0005, 0.01, 2_500)
    medians = []
    for method in ("bootstrap", "normal"):
        found = project(returns, Plan(1_000, 0, 5), method=method, paths=4_000)
        assert not isinstance(found, Unavailable)
        medians.append(float(found.fan[50][-1]))
    assert medians[0] == pytest.approx(medians[1], rel=0.1)


def test_money_that_runs_out_stays_out():
    found = project(np.zeros(300), Plan(1_000, -100, 2), paths=100)
    assert not isinstance(found, Unavailable)
    assert found.ruined == 1.0
    assert found.final.max() == 0


def test_too_little_history_and_impossible_plans():
    few = project(np.zeros(251), Plan(1_000, 0, 5))
    assert isinstance(few, Unavailable)
    assert "251" in few.because
    for plan in (Plan(1_000, 0, 0), Plan(0, 0, 5), Plan(-5, 10, 5)):
        with pytest.raises(ValueError):
            project(STEADY, plan)
