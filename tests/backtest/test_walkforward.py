"""Walk-forward chooses on what was, trades on what came, and counts only that."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from core.backtest import FREE, BadRule, Costs, NothingToTest, Stops, sweep, walk_forward
from tests.backtest.made import flat, frame, walk

DATA = walk(900, 21)
GRID = {"fast": [3, 5, 8], "slow": [12, 20]}


def test_windows_follow_each_other_and_end_with_the_last_bar() -> None:
    result = walk_forward(DATA, "ema_cross", GRID, windows=5, train=300, embargo=5)
    assert result.tried == 6
    assert [one.test_last - one.test_first for one in result.windows] == [119] * 5
    assert result.windows[-1].test_last == 900
    for one, following in zip(result.windows[:-1], result.windows[1:], strict=True):
        assert one.test_last == following.test_first
    for one in result.windows:
        assert one.test_first - one.train_last == 5
        assert one.train_last - one.train_first == 300
    pd.testing.assert_index_equal(result.equity.index, DATA.index[900 - 5 * 119 :])
    anchored = walk_forward(DATA, "ema_cross", GRID, windows=5, train=300, anchored=True)
    assert {one.train_first for one in anchored.windows} == {0}


def test_the_choice_is_the_best_of_the_training_bars() -> None:
    result = walk_forward(DATA, "ema_cross", GRID, windows=3, train=400, stops=Stops(stop_percent=6.0))
    for one in result.windows:
        table = sweep(DATA.iloc[one.train_first : one.train_last], "ema_cross", GRID, metrics=["sharpe"],
                      stops=Stops(stop_percent=6.0))  # fmt: skip
        best = table.loc[table["sharpe"].idxmax()]
        assert one.params == {"fast": best["fast"], "slow": best["slow"]}
        assert one.inside == pytest.approx(best["sharpe"])


def test_a_position_that_would_be_held_is_taken_up_and_given_back_with_costs() -> None:
    data = walk(400, 2)
    one = walk_forward(data, "price_cross", {"length": [400]}, windows=2, train=100, metric="total_return", costs=FREE)
    assert one.total_return == 0.0  # 400 bars are never known in time
    rising = frame(flat(*[100.0 + abs(k - 30) for k in range(200)]))
    held = walk_forward(
        rising, "sma_cross", {"fast": [2], "slow": [5]}, windows=2, train=100, anchored=True, costs=Costs(0.0, 1.0)
    )
    # up from bar 30 on: bought at each stretch's first open, sold at its last close, 1 % worse on either side
    first, last = 100.0 + 99 - 30, 100.0 + 199 - 30
    expected = last / first * (0.99 / 1.01) ** 2  # an open is the close before
    assert held.total_return == pytest.approx(expected - 1.0)


def test_later_bars_do_not_change_earlier_steps() -> None:
    changed = DATA.copy()
    changed.iloc[781:, :4] *= np.linspace(1.0, 3.0, 119)[:, None]
    one, other = (walk_forward(x, "ema_cross", GRID, windows=5, train=300, embargo=5) for x in (DATA, changed))
    assert one.windows[:4] == other.windows[:4]
    np.testing.assert_array_equal(one.equity.to_numpy()[:476], other.equity.to_numpy()[:476])


def test_noise_keeps_little_of_its_promise() -> None:
    kept = [walk_forward(walk(900, seed), "ema_cross", GRID, windows=6, costs=FREE).efficiency for seed in range(8)]
    assert np.nanmedian(kept) < 0.8


def test_a_step_without_any_figure_trades_nothing() -> None:
    calm = frame([(100.0, 100.0, 100.0, 100.0)] * 300)
    result = walk_forward(calm, "ema_cross", GRID, windows=3)
    assert result.total_return == 0.0
    assert all(one.params == {} and math.isnan(one.inside) for one in result.windows)
    assert math.isnan(result.efficiency)


def test_too_few_bars_and_a_metric_it_has_not() -> None:
    with pytest.raises(NothingToTest, match="too few for 10 steps"):
        walk_forward(DATA.iloc[:20], "ema_cross", GRID)
    with pytest.raises(NothingToTest, match="too few"):
        walk_forward(DATA, "ema_cross", GRID, train=2000)
    with pytest.raises(BadRule, match="metric"):
        walk_forward(DATA, "ema_cross", GRID, metric="sqn")
