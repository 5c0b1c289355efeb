"""Statistics of a stretch of bars, against hand computation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.market.model import Interval
from core.market.statistics import (
    bars_per_year,
    beta,
    compound_growth,
    deepest_drawdown,
    range_statistics,
    rebase,
    yearly_volatility,
)


def bars(closes: list[float], *, start: str = "2025-01-01", freq: str = "D") -> pd.DataFrame:
    index = pd.date_range(start, periods=len(closes), freq=freq, tz="UTC")
    close = np.array(closes, dtype=float)
    return pd.DataFrame(
        {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": 100.0}, index=index
    )


def test_the_range_of_five_bars_by_hand() -> None:
    numbers = range_statistics(bars([100, 120, 90, 99, 110]), Interval.D1, "XBOM")
    assert numbers is not None
    assert (numbers.last, numbers.change) == (110, 11)
    assert numbers.change_fraction == pytest.approx(11 / 99)
    assert numbers.range_return == pytest.approx(0.10)
    assert (numbers.high, numbers.low) == (121, 89)
    assert numbers.high_at == datetime(2025, 1, 2, tzinfo=UTC)
    assert numbers.drawdown == pytest.approx(-0.25)
    assert (numbers.drawdown_from.day, numbers.drawdown_to.day) == (2, 3)
    assert numbers.average_volume == 100
    assert numbers.growth is None, "four days say nothing about a year"
    assert numbers.volatility is None, "nor do four returns"


def test_growth_over_two_years_is_the_yearly_rate() -> None:
    assert compound_growth(100, 144, timedelta(days=730.5)) == pytest.approx(0.2)
    assert compound_growth(100, 144, timedelta(days=360)) is None
    assert compound_growth(100, 0, timedelta(days=730)) is None


def test_volatility_of_alternating_returns_by_hand() -> None:
    up = np.log(1.01)
    closes = 100 * np.exp(np.cumsum([0.0] + [up, -up] * 10))
    deviation = up * np.sqrt(20 / 19)
    assert yearly_volatility(closes, 252) == pytest.approx(deviation * np.sqrt(252))


def test_a_year_has_as_many_bars_as_its_market_trades() -> None:
    assert bars_per_year(Interval.D1, "24/7") == 365
    assert bars_per_year(Interval.MO1, "XBOM") == 12
    assert bars_per_year(Interval.M15, "XBOM") == 247 * 25
    assert bars_per_year(Interval.D1, "XYZZ") == bars_per_year(Interval.D1, "XNYS")


def test_a_rise_has_no_drawdown_and_gaps_are_passed_over() -> None:
    assert deepest_drawdown(np.array([1.0, 2.0, 3.0]))[0] == 0
    assert deepest_drawdown(np.array([10.0, np.nan, 5.0, np.nan, 20.0, 15.0])) == (-0.5, 0, 2)
    with pytest.raises(ValueError, match="at least one close"):
        deepest_drawdown(np.array([np.nan]))


@given(some.lists(some.floats(0.1, 1e6), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_the_drawdown_is_the_worst_of_all_pairs(closes: list[float]) -> None:
    fall, top, bottom = deepest_drawdown(np.array(closes))
    worst = min(closes[j] / closes[i] - 1 for i in range(len(closes)) for j in range(i, len(closes)))
    assert fall == pytest.approx(worst)
    assert top <= bottom
    assert closes[bottom] / closes[top] - 1 == pytest.approx(fall)


def test_beta_of_twice_the_market_is_two() -> None:
    rng = np.random.default_rng(1)
    moves = rng.normal(0, 0.01, 60)
    index = pd.date_range("2026-01-01", periods=61, tz="UTC")
    market = pd.Series(np.concatenate([[1.0], np.cumprod(1 + moves)]), index=index)
    double = pd.Series(np.concatenate([[1.0], np.cumprod(1 + 2 * moves)]), index=index)
    assert beta(double, market) == pytest.approx(2.0)
    assert beta(double.iloc[:15], market) is None, "too few common days"
    assert beta(double, market * 0 + 5) is None, "a market that does not move"
    assert beta(double, market.shift(freq="1h")) is None, "no common times"


def test_an_index_without_volume_and_bars_without_closes() -> None:
    silent = bars([10, 11])
    silent["volume"] = 0.0
    numbers = range_statistics(silent, Interval.D1, "XBOM")
    assert numbers is not None
    assert numbers.average_volume is None
    silent["close"] = np.nan
    assert range_statistics(silent, Interval.D1, "XBOM") is None


def test_a_single_bar_has_a_price_and_no_change() -> None:
    numbers = range_statistics(bars([50]), Interval.D1, "XBOM")
    assert numbers is not None
    assert (numbers.last, numbers.change, numbers.range_return, numbers.drawdown) == (50, None, None, 0)


def test_rebasing_starts_where_all_have_a_price() -> None:
    table = rebase(np.array([[10.0, np.nan], [20.0, 5.0], [30.0, 4.0]]))
    assert np.isnan(table[0]).all()
    assert table[1:].tolist() == [[100, 100], [150, 80]]
    assert np.isnan(rebase(np.array([[1.0, np.nan], [np.nan, 1.0]]))).all()
