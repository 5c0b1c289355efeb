"""A search: its table, its verdict, large grids weighed by every variant, and a row of it as a recipe."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from core.backtest import BacktestError, Stops, TooMuch, deflated_sharpe, sweep
from core.backtest import search as module
from core.backtest.material import Material, of_bars
from core.backtest.overfitting import deflated
from core.backtest.recipe import Recipe
from core.backtest.search import search, steps, variant
from core.market.instruments.catalogue import by_symbol
from core.market.model import Bars, Interval, Sourced
from tests.backtest.made import walk

NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


def read(n: int = 900) -> Material:
    instrument = by_symbol("TCS.NS")
    assert instrument is not None
    frame = walk(n).tz_convert("Asia/Kolkata")
    frame.index = frame.index.normalize().tz_convert("UTC")
    bars = Bars("TCS.NS", Interval.D1, frame, currency="INR")
    return of_bars(instrument, Sourced(bars, "file", NOW, NOW), NOW)


def test_a_search_has_every_combination_its_best_and_a_verdict() -> None:
    material, recipe = read(), Recipe("sma_cross")
    grid = {"fast": [5, 10, 20, 40], "slow": [20, 40, 80]}
    found = search(material, recipe, grid)
    assert len(found.table) == 12
    assert found.variants == 9
    assert found.walk is not None
    assert found.checks.overfitting is not None
    assert found.checks.overfitting.trials == 9
    assert found.verdict.level in ("luck", "open", "skill", "nothing")
    first = found.best("sharpe", 1).iloc[0]
    assert first["sharpe"] == found.table["sharpe"].max()
    again = variant(recipe, {name: first[name].item() for name in grid}).run(material.tape).metrics
    assert again["sharpe"] == pytest.approx(first["sharpe"], rel=1e-9)
    assert found.checks.best_sharpe == pytest.approx(again["sharpe"], rel=1e-9)


def test_a_large_search_counts_every_variant_too(monkeypatch: pytest.MonkeyPatch) -> None:
    material, recipe = read(), Recipe("rsi_reversal")
    grid = {"length": [3, 5, 9, 14], "low": [20.0, 30.0]}
    small = search(material, recipe, grid)
    monkeypatch.setattr(module, "MOST_WEIGHED", 3)
    large = search(material, recipe, grid)
    assert large.checks.overfitting is None
    assert any("up to 3 variants; there are 8" in one for one in large.checks.missing)
    assert small.checks.deflated is not None
    assert large.checks.deflated is not None
    assert large.checks.deflated.trials == 8
    assert large.checks.deflated.probability == pytest.approx(small.checks.deflated.probability, rel=1e-6)
    assert large.checks.trades == small.checks.trades


def test_the_two_ways_to_deflate_agree() -> None:
    rng = np.random.default_rng(3)
    returns = rng.normal(0.0002, 0.01, (800, 30))
    each = returns.mean(axis=0) / returns.std(axis=0, ddof=1)
    whole = deflated_sharpe(returns)
    assert deflated(each, returns[:, each.argmax()]).probability == pytest.approx(whole.probability, rel=1e-9)


def test_few_bars_leave_walk_forward_out_and_say_so() -> None:
    found = search(read(10), Recipe("sma_cross"), {"fast": [2, 3], "slow": [5]})
    assert found.walk is None
    assert found.checks.missing


def test_stops_can_be_varied_and_come_along() -> None:
    recipe = Recipe("sma_cross", stops=Stops(trail_percent=9.0))
    made = variant(recipe, {"fast": 10, "stop_percent": 4.0})
    assert dict(made.params) == {"fast": 10}
    assert made.stops == Stops(trail_percent=9.0, stop_percent=4.0)
    material = read()
    found = search(material, recipe, {"stop_percent": [0.0, 4.0]})
    alone = sweep(material.tape, "sma_cross", {"stop_percent": [0.0, 4.0]}, stops=recipe.stops, metrics=["sharpe"])
    assert found.table["sharpe"].tolist() == pytest.approx(alone["sharpe"].tolist(), nan_ok=True)


def test_ranges_become_values() -> None:
    assert steps(5, 20, 5, whole=True) == [5, 10, 15, 20]
    assert steps(0.5, 2.0, 0.5, whole=False) == [0.5, 1.0, 1.5, 2.0]
    assert steps(1, 2, 0.4, whole=True) == [1, 2]
    for low, high, step in ((1, 5, 0), (5, 1, 1), (0, 1e9, 1)):
        with pytest.raises(BacktestError):
            steps(low, high, step, whole=True)


def test_a_grid_of_a_billion_is_refused_with_its_size() -> None:
    with pytest.raises(TooMuch, match="1,000,000,000 combinations"):
        search(read(), Recipe("macd"), {name: range(1, 1001) for name in ("fast", "slow", "signal")})
