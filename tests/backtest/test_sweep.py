"""Sweeps: a row a combination, and in it what a single run says."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest import (
    Account,
    BadRule,
    Costs,
    Fills,
    NothingToTest,
    Signals,
    Sizing,
    Stops,
    TooMuch,
    find,
    run,
    strategies,
    sweep,
)
from core.backtest.signals import cross_codes
from core.backtest.sweep import FAST
from core.backtest.sweep_kernels import cross_into
from core.indicators import BadParameter
from tests.backtest.made import frame, intraday, walk

DATA = walk(600, seed=3)
EVERY = sorted(FAST)


def agrees(row: pd.Series, single: dict[str, float]) -> None:
    for name in EVERY:
        assert row[name] == pytest.approx(single[name], rel=1e-9, abs=1e-11, nan_ok=True), name


@pytest.mark.parametrize(
    "stops",
    [
        Stops(),
        Stops(stop_percent=3.0),
        Stops(trail_percent=4.0),
        Stops(stop_percent=2.0, trail_percent=5.0, target_percent=3.0),
        Stops(stop_percent=0.05, target_percent=0.05),  # nearer than the slippage
    ],
)
@pytest.mark.parametrize("data", [DATA, intraday(20, 25)], ids=["daily", "intraday"])
def test_crosses_agree_with_single_runs(data: pd.DataFrame, stops: Stops) -> None:
    grid = {"fast": range(2, 12, 3), "slow": [8, 15, 40]}
    table = sweep(data, "sma_cross", grid, metrics=EVERY, stops=stops)
    assert len(table) == 12
    assert table["fast"].tolist() == [2, 2, 2, 5, 5, 5, 8, 8, 8, 11, 11, 11]
    for _, row in table.iterrows():
        if row["fast"] >= row["slow"]:
            assert row[EVERY].isna().all()
        else:
            params = {"fast": int(row["fast"]), "slow": int(row["slow"])}
            agrees(row, run(data, "sma_cross", params=params, stops=stops).metrics)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.0, 2.0]), st.sampled_from([0.0, 3.0]), st.sampled_from([0.0, 4.0]))
def test_any_long_signals_agree_with_single_runs(seed: int, stop: float, trail: float, target: float) -> None:
    rng = np.random.default_rng(seed)
    data = walk(int(rng.integers(1, 150)), seed % 1000, 0.03)
    if rng.random() < 0.3:
        data.index = pd.date_range("2024-01-01", periods=len(data), freq="5h", tz="UTC")
    data = data.round(0) if rng.random() < 0.3 else data  # touches and equal closes
    wanted = Signals.of(rng.random(len(data)) < 0.3, rng.random(len(data)) < 0.2)
    stops = Stops(stop_percent=stop, trail_percent=trail, target_percent=target)
    costs = Costs(commission_percent=0.2, slippage_percent=float(rng.choice([0.0, 0.5])))
    table = sweep(data, wanted, {"stop_percent": [stop]}, metrics=EVERY, stops=stops, costs=costs)
    agrees(table.iloc[0], run(data, wanted, stops=stops, costs=costs).metrics)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, np.nan]), min_size=1, max_size=40), st.integers(0, 99))
def test_the_two_ways_to_find_crosses_agree(values: list[float], seed: int) -> None:
    first = np.array(values)
    second = np.random.default_rng(seed).choice([1.0, 2.0, 3.0, np.nan], len(first))
    out, sides = np.zeros(len(first), dtype=np.uint8), np.zeros(len(first), dtype=np.int8)
    cross_into(first, second, sides, out)
    np.testing.assert_array_equal(out, cross_codes(first, second, False))


@pytest.mark.parametrize("name", [one.name for one in strategies() if one.name != "opening_range" and one.params])
def test_every_strategy_can_be_swept(name: str) -> None:
    strategy = find(name)
    param = next((p for p in strategy.params if p.kind in ("int", "float")), strategy.params[0])
    values = [param.default] if param.kind in ("int", "float") else list(param.choices[:2])
    table = sweep(DATA, name, {param.name: values}, metrics=EVERY)
    for k, value in enumerate(values):
        agrees(table.iloc[k], run(DATA, name, params={param.name: value}).metrics)


@pytest.mark.parametrize(
    "rules",
    [
        {"sizing": Sizing.fraction(40, lot=1)},
        {"costs": "nse_delivery"},
        {"fills": Fills(at="close")},
        {"account": Account(capital=5000, cash_percent=6)},
        {"stops": Stops(stop_atr=2.0)},
    ],
)
def test_rules_beyond_the_quick_kernel_agree_too(rules: dict[str, object]) -> None:
    table = sweep(DATA, "ema_cross", {"fast": [5, 9], "slow": [20, 30], "max_bars": [0, 10]}, metrics=EVERY, **rules)
    assert len(table) == 8
    for _, row in table.iterrows():
        params = {"fast": int(row["fast"]), "slow": int(row["slow"])}
        base = rules.get("stops", Stops())
        stops = Stops(stop_atr=base.stop_atr, max_bars=int(row["max_bars"]))  # type: ignore[attr-defined]
        agrees(row, run(DATA, "ema_cross", params=params, **{**rules, "stops": stops}).metrics)


def test_shorts_and_other_figures_take_full_runs() -> None:
    table = sweep(DATA, "rsi_reversal", {"short": ["no", "yes"], "low": [25.0, 35.0]}, metrics=["sqn", "sharpe"])
    for _, row in table.iterrows():
        single = run(DATA, "rsi_reversal", params={"short": row["short"], "low": row["low"]}).metrics
        assert row["sqn"] == pytest.approx(single["sqn"], nan_ok=True)
        assert row["sharpe"] == pytest.approx(single["sharpe"], nan_ok=True)


def test_several_instruments_stand_one_below_the_other() -> None:
    universe = {"A": walk(300, 1), "B": walk(200, 2)}
    table = sweep(universe, "sma_cross", {"fast": [5, 10], "slow": [20]}, metrics=["sharpe"])
    assert table["symbol"].tolist() == ["A", "A", "B", "B"]
    one = run(universe["B"], "sma_cross", params={"fast": 10, "slow": 20}).metrics
    assert table["sharpe"].iloc[3] == pytest.approx(one["sharpe"])


def test_the_number_of_threads_changes_nothing_and_ten_sessions_at_once_are_right() -> None:
    grid = {"fast": range(2, 22), "slow": range(22, 42)}
    expected = sweep(DATA, "sma_cross", grid, threads=1)
    pd.testing.assert_frame_equal(sweep(DATA, "sma_cross", grid, threads=3), expected)
    results: list[pd.DataFrame] = []
    sessions = [
        threading.Thread(target=lambda: results.append(sweep(DATA, "sma_cross", grid, threads=2))) for _ in range(10)
    ]
    for one in sessions:
        one.start()
    for one in sessions:
        one.join()
    assert len(results) == 10
    for one in results:
        pd.testing.assert_frame_equal(one, expected)


def test_bars_without_prices_go_through_the_full_kernel() -> None:
    holes = DATA.copy()
    holes.iloc[100:103, :4] = np.nan
    row = sweep(holes, "sma_cross", {"fast": [5], "slow": [20]}, metrics=EVERY).iloc[0]
    agrees(row, run(holes, "sma_cross", params={"fast": 5, "slow": 20}).metrics)


@pytest.mark.parametrize(
    ("grid", "error", "text"),
    [
        ({"fast": range(1, 100_001), "slow": range(1, 10_001)}, TooMuch, "1,000,000,000 combinations"),
        ({"fast": range(1_000_000_000)}, TooMuch, "1,000,000,000 combinations"),
        ({}, BadRule, "at least one parameter"),
        ({"fast": []}, BadRule, "at least one value"),
        ({"fsat": [1]}, BadParameter, "a sweep takes fast, slow"),
        ({"fast": [0]}, BadParameter, "from 1 to 1000"),
        ({"stop_percent": [150.0]}, BadRule, "stop_percent"),
    ],
)
def test_grids_that_cannot_be(grid: dict[str, object], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        sweep(DATA, "sma_cross", grid)


def test_other_bad_input() -> None:
    with pytest.raises(NothingToTest, match="universe is empty"):
        sweep({}, "sma_cross", {"fast": [5]})
    with pytest.raises(BadRule, match="METRICS"):
        sweep(DATA, "sma_cross", {"fast": [5]}, metrics=["sharp"])
    with pytest.raises(BadRule, match="threads"):
        sweep(DATA, "sma_cross", {"fast": [5]}, threads=0)


def test_one_bar_and_constant_prices_have_their_row() -> None:
    one = sweep(
        frame([(1.0, 1.0, 1.0, 1.0)]), "sma_cross", {"fast": [2], "slow": [3]}, metrics=["total_return", "sharpe"]
    )
    assert one["total_return"].tolist() == [0.0]
    flat = sweep(frame([(5.0, 5.0, 5.0, 5.0)] * 50), "sma_cross", {"fast": [2], "slow": [3]}, metrics=EVERY)
    assert flat["trades"].tolist() == [0.0]
    assert np.isnan(flat["sharpe"].iloc[0])
