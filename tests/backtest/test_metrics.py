"""The figures: by hand, against plain formulas on random curves, and at the edges."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest import FREE, METRICS, Account, Signals, Stops, run, strategies
from core.backtest.metric_table import MetricUnit
from tests.backtest.made import flat, frame, intraday, signals, walk

HELD = [100.0, 100.0, 110.0, 99.0, 121.0, 108.9]


def held(closes: list[float], capital: float = 1000.0) -> dict[str, float]:
    """Figures of holding from the second bar's open, which is the first's close, without costs."""
    return run(
        frame(flat(*closes)), signals(len(closes), enter_long=0), costs=FREE, account=Account(capital=capital)
    ).metrics


def test_there_are_at_least_75_each_with_definition_and_unit() -> None:
    assert len(METRICS) >= 75
    assert len({one.name for one in METRICS}) == len(METRICS)
    for one in METRICS:
        assert one.label
        assert len(one.definition) > 10 or one.name in {"volume"}
        assert one.unit in get_args(MetricUnit)
    assert list(held(HELD)) == [one.name for one in METRICS]


def test_figures_by_hand() -> None:
    m = held(HELD)  # seven-day data from 2024-01-01: 365 sessions a year
    returns = np.array([0.0, 0.0, 0.1, -0.1, 22.0 / 99.0, -0.1])
    assert m["total_return"] == pytest.approx(0.089)
    assert m["final_equity"] == pytest.approx(1089.0)
    assert m["years"] == pytest.approx(5 / 365.25)
    assert m["cagr"] == pytest.approx(1.089 ** (365.25 / 5) - 1)
    assert m["volatility"] == pytest.approx(returns.std(ddof=1) * math.sqrt(365))
    assert m["sharpe"] == pytest.approx(returns.mean() / returns.std(ddof=1) * math.sqrt(365))
    downside = math.sqrt((0.01 + 0.01) / 6)
    assert m["sortino"] == pytest.approx(returns.mean() / downside * math.sqrt(365))
    assert m["max_drawdown"] == pytest.approx(-0.1)
    assert m["drawdowns"] == 2
    assert m["average_drawdown"] == pytest.approx(-0.1)
    assert m["underwater"] == pytest.approx(2 / 6)
    assert m["ulcer_index"] == pytest.approx(math.sqrt(0.02 / 6))
    assert m["omega"] == pytest.approx((0.1 + 22 / 99) / 0.2)
    assert m["gain_to_pain"] == pytest.approx(returns.sum() / 0.2)
    assert m["best_session"] == pytest.approx(22 / 99)
    assert m["positive_sessions"] == pytest.approx(0.5)
    assert m["beta"] == pytest.approx(1.0)
    assert m["correlation"] == pytest.approx(1.0)
    assert m["alpha"] == pytest.approx(0.0, abs=1e-12)
    assert m["benchmark_return"] == pytest.approx(0.089)
    assert m["exposure"] == pytest.approx(5 / 6)
    assert m["trades"] == 0
    assert m["open_profit"] == pytest.approx(89.0)


def test_trade_figures_by_hand() -> None:
    closes = [100.0, 100.0, 110.0, 110.0, 104.5, 104.5, 125.4, 125.4]
    wanted = signals(8, enter_long=[0, 2, 4], exit_long=[1, 3, 5])
    data = frame([(c, c, c, c) for c in closes])
    m = run(data, wanted, costs=FREE, account=Account(capital=1000.0)).metrics
    # 100 -> 110, 110 -> 104.5, 104.5 -> 125.4: +100, -55, +209
    assert (m["trades"], m["win_rate"]) == (3, pytest.approx(2 / 3))
    assert m["profit_factor"] == pytest.approx(309 / 55)
    assert m["average_win"] == pytest.approx(0.15)
    assert m["average_loss"] == pytest.approx(-0.05)
    assert m["payoff_ratio"] == pytest.approx(3.0)
    assert m["kelly"] == pytest.approx(2 / 3 - (1 / 3) / 3)
    assert m["expectancy"] == pytest.approx(254 / 3)
    assert m["best_trade"] == pytest.approx(0.2)
    assert m["median_trade"] == pytest.approx(0.1)
    assert m["average_bars"] == pytest.approx(1.0)
    assert m["longest_wins"] == 1
    profits = np.array([100.0, -55.0, 209.0])
    assert m["sqn"] == pytest.approx(math.sqrt(3) * profits.mean() / profits.std(ddof=1))


def test_excursions_are_taken_while_the_position_was_held() -> None:
    bars = [(100.0, 100.0, 100.0, 100.0), (100.0, 112.0, 97.0, 105.0), (105.0, 130.0, 94.0, 100.0)]
    result = run(frame(bars), signals(3, enter_long=0), costs=FREE, stops=Stops(stop_percent=5.0))
    row = result.trades.iloc[0]
    assert row["mfe"] == pytest.approx(0.12)  # the 130 of the bar of the stop may have come after it
    assert row["mae"] == pytest.approx(-0.05)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(6, 300))
def test_they_agree_with_plain_formulas(seed: int, n: int) -> None:
    data = walk(n, seed % 10_000, 0.02)
    rng = np.random.default_rng(seed)
    result = run(data, Signals.of(rng.random(n) < 0.2, rng.random(n) < 0.1))
    m, e = result.metrics, result.equity.to_numpy()
    full = np.r_[100_000.0, e]
    r = full[1:] / full[:-1] - 1
    peak = np.maximum.accumulate(full)[1:]
    under = e / peak - 1
    assert m["max_drawdown"] == pytest.approx(under.min(), abs=1e-12)
    assert m["pain_index"] == pytest.approx(-under.mean(), abs=1e-12)
    assert m["ulcer_index"] == pytest.approx(math.sqrt((under**2).mean()), abs=1e-12)
    assert m["var_95"] == pytest.approx(np.quantile(r, 0.05), abs=1e-12)
    assert m["cvar_95"] == pytest.approx(r[r <= np.quantile(r, 0.05) + 1e-15].mean(), abs=1e-12)
    assert m["tail_ratio"] == pytest.approx(
        np.divide(abs(np.quantile(r, 0.95)), abs(np.quantile(r, 0.05)) or np.nan), nan_ok=True
    )
    assert m["exposure"] == pytest.approx((result.position != 0).mean())
    if r.std() > 1e-9:
        s = pd.Series(r)
        assert m["sharpe"] == pytest.approx(r.mean() / r.std(ddof=1) * math.sqrt(252), abs=1e-9)
        assert m["skew"] == pytest.approx(((r - r.mean()) ** 3).mean() / r.std() ** 3)
        assert m["kurtosis"] == pytest.approx(((r - r.mean()) ** 4).mean() / r.std() ** 4 - 3)
        held_returns = np.r_[0.0, data["close"].to_numpy()[1:] / data["close"].to_numpy()[:-1] - 1]
        assert m["beta"] == pytest.approx(np.cov(r, held_returns)[0, 1] / held_returns.var(ddof=1))
        assert m["correlation"] == pytest.approx(s.corr(pd.Series(held_returns)))
        assert m["tracking_error"] == pytest.approx((r - held_returns).std(ddof=1) * math.sqrt(252))
    months = result.equity.groupby(result.equity.index.strftime("%Y-%m")).last()
    by_month = np.r_[months.iloc[0] / 100_000 - 1, months.pct_change().to_numpy()[1:]]
    assert m["best_month"] == pytest.approx(by_month.max(), abs=1e-12)
    closed = result.trades[result.trades["reason"] != "open"]
    assert m["trades"] == len(closed)
    if len(closed):
        assert m["win_rate"] == pytest.approx((closed["pnl"] > 0).mean())
        assert m["average_trade"] == pytest.approx(closed["return"].mean())
        assert m["average_bars"] == pytest.approx(closed["bars"].mean())


@pytest.mark.parametrize("name", [one.name for one in strategies() if one.name != "opening_range"])
def test_money_is_conserved(name: str) -> None:
    """Profit of all trades, the open one with them, and what the account earned beside them is the change of equity."""
    account = Account(capital=50_000.0, cash_percent=5.0, borrow_percent=3.0)
    result = run(walk(500, 5), name, stops=Stops(stop_percent=8.0, targets=((5.0, 0.5),)), account=account)
    m = result.metrics
    made = result.trades["pnl"].sum() + m["dividends"] + m["interest"] - m["borrow_fees"]
    assert m["net_profit"] == pytest.approx(made, rel=1e-9, abs=1e-6)


@given(st.sampled_from([0.01, 3.0, 1000.0]), st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_the_unit_of_prices_does_not_matter(factor: float, seed: int) -> None:
    data = walk(200, seed)
    scaled = data.assign(**{name: data[name] * factor for name in ("open", "high", "low", "close")})
    rules = {"stops": Stops(stop_percent=4.0, trail_percent=6.0)}
    one, other = (run(x, "ema_cross", params={"fast": 5, "slow": 12}, **rules) for x in (data, scaled))
    np.testing.assert_allclose(one.equity, other.equity, rtol=1e-9)
    assert one.metrics["trades"] == other.metrics["trades"]


def test_bars_within_the_day_count_sessions_not_bars() -> None:
    data = intraday(30, 25)
    result = run(data, "ema_cross", params={"fast": 5, "slow": 20})
    days = result.equity.groupby(result.equity.index.normalize()).last()
    r = np.r_[days.iloc[0] / 100_000 - 1, days.pct_change().to_numpy()[1:]]
    assert result.metrics["sessions"] == 30
    assert result.metrics["sharpe"] == pytest.approx(r.mean() / r.std(ddof=1) * math.sqrt(252))


@pytest.mark.parametrize(("freq", "year"), [("B", 252), ("D", 365), ("W", 52), ("MS", 12)])
def test_sessions_a_year_follow_the_spacing(freq: str, year: float) -> None:
    data = walk(80, 2, freq=freq)
    m = run(data, "buy_and_hold").metrics
    assert m["annual_mean"] / year * 80 == pytest.approx(m["gain_to_pain"] * -np.minimum(_returns(data), 0).sum())


def _returns(data: pd.DataFrame) -> np.ndarray:
    e = np.r_[100_000.0, run(data, "buy_and_hold").equity]
    return e[1:] / e[:-1] - 1


def test_what_cannot_be_said_is_nan() -> None:
    m = held([100.0])
    assert m["total_return"] == 0.0
    for name in ("cagr", "sharpe", "volatility", "win_rate", "profit_factor", "calmar", "beta", "sqn"):
        assert math.isnan(m[name]), name
    constant = held([100.0] * 50)
    assert constant["volatility"] == 0.0
    assert math.isnan(constant["sharpe"])
    assert constant["max_drawdown"] == 0.0


def test_a_lost_account_grew_by_minus_one() -> None:
    bars = [(100.0, 100.0, 100.0, 100.0)] * 2 + [(1.0, 1.0, 1.0, 1.0)] * 3
    m = run(frame(bars), signals(5, enter_long=0), costs=FREE, account=Account(leverage=3.0)).metrics
    assert m["total_return"] < -1.0
    assert m["cagr"] == -1.0
    assert all(not math.isinf(value) for value in m.values())
