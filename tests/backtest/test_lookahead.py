"""Nothing looks ahead: neither the engine, nor a strategy of the library; and one that does is caught."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest import (
    Account,
    Costs,
    NothingToTest,
    Signals,
    Sizing,
    Stops,
    Strategy,
    Tape,
    look_ahead,
    run,
    strategies,
)
from tests.backtest.made import intraday, walk
from tests.backtest.test_reference import case_of, compiled

DAILY = walk(700, seed=11)
QUARTERS = intraday(10, 25)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.05, 0.95))
def test_what_was_is_not_changed_by_what_comes(seed: int, share: float) -> None:
    """Equity and position up to t, and trades closed before t, are the same whatever the later bars are."""
    bars, codes, rules, more = case_of(seed)
    rules["delisted"] = 0  # that the last bar is the last is knowledge given from outside
    n = len(codes)
    known = max(1, int(n * share))
    equity, position, trades, _ = compiled(bars, codes, rules, more)
    rng = np.random.default_rng(seed)
    other = {name: values.copy() for name, values in bars.items()}
    for values in other.values():
        values[known:] *= rng.uniform(0.2, 5.0, n - known)
    shuffled = codes.copy()
    shuffled[known:] = rng.integers(0, 16, n - known)
    changed = compiled(other, shuffled, rules, more)
    shorter = compiled(
        {name: values[:known] for name, values in bars.items()}, codes[:known], rules,
        {name: values[:known] if isinstance(values, np.ndarray) else values for name, values in more.items()},
    )  # fmt: skip
    for result in (changed, shorter):
        np.testing.assert_array_equal(result[0][:known], equity[:known])
        np.testing.assert_array_equal(result[1][:known], position[:known])
        mine, theirs = ([t.tolist() for t in x if t["exit_bar"] < known and t["reason"]] for x in (trades, result[2]))
        assert mine == theirs


def bars_for(strategy: Strategy) -> pd.DataFrame:
    return QUARTERS if strategy.name == "opening_range" else DAILY


@pytest.mark.parametrize("strategy", strategies(), ids=lambda one: one.name)
def test_no_strategy_of_the_library_looks_ahead(strategy: Strategy) -> None:
    assert look_ahead(bars_for(strategy), strategy) is None
    short = {"short": "yes"} if "short" in strategy.defaults else {}
    assert look_ahead(bars_for(strategy), strategy.bind(**short), cuts=12) is None


@pytest.mark.parametrize("strategy", strategies(), ids=lambda one: one.name)
def test_a_run_ends_where_a_shorter_one_ended(strategy: Strategy) -> None:
    data = bars_for(strategy)
    rules: dict[str, Any] = {
        "costs": Costs(),
        "stops": Stops(stop_atr=3.0, trail_percent=12.0),
        "sizing": Sizing.volatility(20.0, max_entries=2),
    }
    whole = run(data, strategy, **rules)
    for known in (len(data) // 3, len(data) // 2, len(data) - 1):
        part = run(data.iloc[:known], strategy, **rules)
        np.testing.assert_allclose(part.equity, whole.equity.iloc[:known], rtol=1e-9)


def test_a_strategy_that_looks_ahead_is_caught_with_its_bar() -> None:
    def tomorrow(tape: Tape) -> Signals:
        rises = np.zeros(len(tape), dtype=bool)
        rises[:-1] = tape.close[1:] > tape.close[:-1]
        return Signals.of(rises, ~rises)

    found = look_ahead(DAILY, tomorrow)
    assert found is not None
    assert found.what == "signals"
    assert f"of bar {found.bar} ({found.time:%Y-%m-%d %H:%M})" in found.text

    def best_price(tape: Tape) -> Signals:
        lowest = np.full(len(tape), tape.low.min())
        return Signals.of(np.ones(len(tape), dtype=bool), limits=lowest)

    limit = look_ahead(DAILY, best_price)
    assert limit is not None
    assert limit.what == "limits"

    def average_of_all(tape: Tape) -> Signals:
        return Signals.of(tape.close < tape.close.mean(), tape.close > tape.close.mean())

    assert look_ahead(DAILY, average_of_all) is not None


def test_finished_signals_cannot_be_asked_again() -> None:
    assert look_ahead(DAILY, Signals.of(np.ones(len(DAILY)))) is None


def test_the_last_bar_of_an_unfinished_session_is_not_its_end() -> None:
    day = intraday(3, 25)
    cut = Tape.of(day.iloc[:60])  # ten bars into the third day
    assert cut.session_end.tolist() == [int(k in (24, 49)) for k in range(60)]
    assert Tape.of(day).session_end[-1] == 1
    whole, part = (run(one, "opening_range", account=Account(square_off=True)) for one in (day, day.iloc[:60]))
    np.testing.assert_array_equal(part.equity, whole.equity.iloc[:60])


def test_opening_range_asks_for_bars_within_the_day() -> None:
    with pytest.raises(NothingToTest, match="--interval 5m"):
        run(DAILY, "opening_range")
