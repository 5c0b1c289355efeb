"""Curves, months, spreads and rolling figures by hand and against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.backtest import Signals, run
from core.backtest.study import curves, drawdown, months, rolling, spread
from tests.backtest.made import flat, frame, intraday, signals, walk


def test_curves_by_hand() -> None:
    bars = frame(flat(100, 110, 99, 121))
    found = curves(run(bars, signals(4, enter_long=0), costs="free"))
    assert found.holding.tolist() == pytest.approx([100_000, 110_000, 99_000, 121_000])
    assert found.equity.tolist() == pytest.approx([100_000, 110_000, 99_000, 121_000])  # bought at the open of 100
    assert found.drawdown.tolist() == pytest.approx([0.0, 0.0, -0.1, 0.0])
    assert drawdown(np.array([90.0, 95.0]), 100.0).tolist() == pytest.approx([-0.1, -0.05])


def test_months_are_what_the_equity_grew_in_them() -> None:
    result = run(walk(600), "sma_cross", params={"fast": 5, "slow": 20})
    found = months(result)
    ends = result.equity.groupby(result.equity.index.tz_localize(None).to_period("M")).last()
    grown = ends / ends.shift(1).fillna(100_000.0) - 1.0
    for period, value in grown.items():
        assert found.returns[period.year - found.years[0], period.month - 1] == pytest.approx(value, abs=1e-12)
    assert np.count_nonzero(~np.isnan(found.returns)) == len(grown)
    assert float(np.prod(1.0 + found.totals)) - 1.0 == pytest.approx(result.metrics["total_return"])
    assert float(np.nanmax(found.returns)) == pytest.approx(result.metrics["best_month"])


def test_the_spread_counts_each_closed_trade_once_with_zero_an_edge() -> None:
    result = run(walk(900), "rsi2")
    found = spread(result)
    assert found.counts.sum() == result.metrics["trades"] >= 5
    assert np.abs(found.edges).min() == 0.0
    losers = int((result.trades.query("reason != 'open'")["return"] < 0.0).sum())
    assert found.counts[found.edges[:-1] < -1e-12].sum() == losers
    nothing = spread(run(walk(50), Signals.of(np.zeros(50))))
    assert len(nothing.counts) == 0


def test_rolling_figures_are_those_of_each_window() -> None:
    result = run(walk(400), "sma_cross", params={"fast": 5, "slow": 20})
    found = rolling(result, 60)
    returns = result.equity.pct_change().fillna(result.equity.iloc[0] / 100_000.0 - 1.0).to_numpy()
    some = returns[300 - 59 : 301]
    assert found.sharpe[300] == pytest.approx(some.mean() / some.std(ddof=1) * np.sqrt(252))
    assert found.volatility[300] == pytest.approx(some.std(ddof=1) * np.sqrt(252))
    close = result.tape.close
    other = (close[1:] / close[:-1] - 1.0)[300 - 60 : 300]
    assert found.beta[300] == pytest.approx(np.cov(some, other)[0, 1] / other.var(ddof=1))
    assert np.isnan(found.sharpe[:59]).all()
    assert np.isnan(rolling(run(walk(200), Signals.of(np.zeros(200)))).sharpe).all()


def test_bars_within_the_day_are_counted_by_session() -> None:
    result = run(intraday(40, 5), "rsi_reversal", params={"length": 3})
    found = rolling(result, 20)
    assert len(found.index) == len(found.sharpe) == 40
    assert isinstance(found.index, pd.DatetimeIndex)
    assert float(np.nansum(np.log1p(months(result).returns))) == pytest.approx(np.log1p(result.metrics["total_return"]))
