"""A universe on one cash: by hand, against plain Python, conserved, and blind to what comes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest import BadRule, Costs, NothingToTest
from core.backtest.charges import preset
from core.backtest.portfolio import (
    Panel,
    PortfolioStrategy,
    cross_momentum,
    dual_momentum,
    equal_weight,
    low_volatility,
    run_portfolio,
)
from core.backtest.portfolio.kernel import rebalanced
from tests.backtest.made import flat, frame, walk

UNIVERSE = {name: walk(420, seed) for seed, name in enumerate(("A", "B", "C", "D"), start=20)}
FREE = Costs(commission_percent=0.0, slippage_percent=0.0)


def case(seed: int) -> tuple[np.ndarray, ...]:
    """Random opens, closes, weights and decisions with missing bars and one that ends early."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(5, 40)), int(rng.integers(1, 5))
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, (n, k)), axis=0))
    opens = closes * np.exp(rng.normal(0.0, 0.01, (n, k)))
    gone = rng.random((n, k)) < 0.1
    opens[gone], closes[gone] = np.nan, np.nan
    if k > 1:
        opens[n // 2 :, 0], closes[n // 2 :, 0] = np.nan, np.nan
    targets = rng.random((n, k)) * (rng.random((n, k)) < 0.7)
    targets /= np.maximum(targets.sum(axis=1, keepdims=True), 1.0)
    decisions = (rng.random(n) < 0.4).astype(np.uint8)
    last = np.array([np.flatnonzero(~np.isnan(closes[:, j])).max(initial=-1) for j in range(k)], dtype=np.int64)
    return opens, closes, targets, decisions, last


def plainly(
    opens: np.ndarray, closes: np.ndarray, targets: np.ndarray, decisions: np.ndarray, last: np.ndarray,
    capital: float, fee: float, slip: float, lot: float,
) -> list[float]:  # fmt: skip
    """The contract once more, an instrument at a time."""
    n, k = closes.shape
    cash, held, mark, out = capital, [0.0] * k, [math.nan] * k, []
    for i in range(n):
        if i and decisions[i - 1]:
            price = [mark[j] if math.isnan(opens[i, j]) else opens[i, j] for j in range(k)]
            worth = cash + sum(held[j] * price[j] for j in range(k) if held[j])
            goal = list(held)
            for j in range(k):
                if not math.isnan(opens[i, j]):
                    goal[j] = worth * targets[i - 1, j] / opens[i, j]
                    goal[j] = math.floor(goal[j] / lot + 1e-9) * lot if lot else goal[j]
            for j in range(k):
                if goal[j] < held[j] and (held[j] - goal[j]) * mark[j] > 1e-9 * worth:
                    cash += (held[j] - goal[j]) * opens[i, j] * (1 - slip) * (1 - fee)
                    held[j] = goal[j]
            need = sum((goal[j] - held[j]) * opens[i, j] for j in range(k) if goal[j] > held[j])
            need *= (1 + slip) * (1 + fee)
            share = min(1.0, cash / need) if need > 0 else 1.0
            for j in range(k):
                more = (goal[j] - held[j]) * share
                more = math.floor(more / lot + 1e-9) * lot if lot else more
                if more > 0 and more * opens[i, j] > 1e-9 * worth:
                    cash -= more * opens[i, j] * (1 + slip) * (1 + fee)
                    held[j] += more
        for j in range(k):
            mark[j] = mark[j] if math.isnan(closes[i, j]) else closes[i, j]
            if held[j] and i == last[j] and i < n - 1:
                cash += held[j] * mark[j] * (1 - slip) * (1 - fee)
                held[j] = 0.0
        out.append(cash + sum(held[j] * mark[j] for j in range(k) if held[j]))
    return out


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 1.0]))
def test_it_agrees_with_plain_python_and_never_owes(seed: int, lot: float) -> None:
    given_case = case(seed)
    equity, shares, totals, _ = rebalanced(*given_case, 100_000.0, 0.001, 0.002, lot)
    assert equity.tolist() == pytest.approx(plainly(*given_case, 100_000.0, 0.001, 0.002, lot), rel=1e-10)
    worth = np.nan_to_num(shares * pd.DataFrame(given_case[1]).ffill().to_numpy()).sum(axis=1)
    assert (equity - worth > -1e-6).all()
    assert (totals >= 0.0).all()


def test_two_instruments_by_hand() -> None:
    one, other = frame(flat(100, 100, 200, 200)), frame(flat(50, 50, 50, 50))
    always = run_portfolio({"A": one, "B": other}, equal_weight(), rebalance="day", costs=FREE)
    # Half each at the second open; A doubles at the third close; at the fourth open half each again.
    assert always.shares[1].tolist() == [500.0, 1000.0]
    assert always.values.tolist() == [100_000.0, 100_000.0, 150_000.0, 150_000.0]
    assert always.shares[3].tolist() == [375.0, 1500.0]
    assert always.weights.iloc[3].tolist() == [0.5, 0.5]


@settings(max_examples=15, deadline=None)
@given(st.integers(30, 419), st.sampled_from([cross_momentum(2, 40, 5), dual_momentum(2, 40), low_volatility(2, 20)]))
def test_what_was_is_not_changed_by_what_comes(n: int, strategy: PortfolioStrategy) -> None:
    panel = Panel.of(UNIVERSE)
    whole, part = run_portfolio(panel, strategy), run_portfolio(panel.cut(n), strategy)
    assert part.values.tobytes() == whole.values[:n].tobytes()


def test_prices_times_ten_change_nothing_and_a_dead_instrument_neither() -> None:
    base = run_portfolio(UNIVERSE, cross_momentum(2, 60, 5))
    scaled = {name: bars.assign(**{c: bars[c] * 10 for c in ("open", "high", "low", "close")}) for name, bars in
              UNIVERSE.items()}  # fmt: skip
    assert run_portfolio(scaled, cross_momentum(2, 60, 5)).values.tolist() == pytest.approx(base.values.tolist())
    dead = UNIVERSE["A"].assign(open=np.nan, close=np.nan)
    assert run_portfolio({**UNIVERSE, "Z": dead}, cross_momentum(2, 60, 5)).values.tolist() == base.values.tolist()


def test_strategies_hold_what_they_say() -> None:
    panel = Panel.of(UNIVERSE)
    found = run_portfolio(panel, cross_momentum(2, 60, 0), rebalance="month", costs=FREE)
    decided = np.flatnonzero(found.panel.index.month[1:] != found.panel.index.month[:-1]) + 1
    at = int(decided[-1])
    best = set(np.argsort(-(panel.known[at] / panel.known[at - 60]))[:2].tolist())
    assert set(np.flatnonzero(found.shares[at + 1]).tolist()) == best
    falling = {name: frame(flat(*np.linspace(100, 50, 300))) for name in "AB"}
    assert (run_portfolio(falling, dual_momentum(1, 60)).values == 100_000.0).all()
    calm = run_portfolio({**UNIVERSE, "CALM": walk(420, 3, 0.002)}, low_volatility(1, 40))
    assert calm.weights.iloc[-1].idxmax() == "CALM"
    assert calm.metrics["average_names"] <= 1.0


def test_membership_is_kept_to_and_its_absence_is_said() -> None:
    assert "Survivorship" in run_portfolio(UNIVERSE, equal_weight()).warnings[0]
    days = UNIVERSE["A"].index
    members = pd.DataFrame({"A": True, "B": days < days[200], "C": False, "D": False}, index=days)
    found = run_portfolio(UNIVERSE, equal_weight(), members=members)
    assert found.warnings == ()
    assert not found.shares[:, 2:].any()
    assert found.shares[150, 1] > 0.0
    assert found.shares[-1, 1] == 0.0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(NothingToTest, match="empty"):
        run_portfolio({}, equal_weight())
    with pytest.raises(BadRule, match="rebalance"):
        run_portfolio(UNIVERSE, equal_weight(), rebalance="hour")  # type: ignore[arg-type]
    with pytest.raises(BadRule, match="plain share"):
        run_portfolio(UNIVERSE, equal_weight(), costs=preset("nse_delivery"))
    with pytest.raises(BadRule, match="most"):
        cross_momentum(0)
