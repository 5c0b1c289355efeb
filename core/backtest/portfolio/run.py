"""One backtest of a universe: `run_portfolio(universe, strategy, rebalance="month")`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.backtest.costs import Costs
from core.backtest.errors import BadRule, between
from core.backtest.measures import EQUITY_MEASURES, equity_measures, returns_of
from core.backtest.metrics import growth, over
from core.backtest.portfolio.kernel import rebalanced
from core.backtest.portfolio.panel import Panel
from core.backtest.portfolio.strategies import PortfolioStrategy
from core.backtest.run import AnyBars
from core.indicators.numbers import Floats

Calendar = Literal["day", "week", "month", "quarter", "year"]
_PERIODS = {"week": "W", "month": "M", "quarter": "Q", "year": "Y"}


@dataclass(frozen=True, eq=False)
class PortfolioRun:
    """What came of it.

    Attributes:
        values: equity at each close, float64 (n,). shares: held at each close, (n, k).
        fees, slippage, traded: sums over the run. orders: fills done. decisions: closes at which weights were set.
        warnings: what a reader should know; survivorship always, unless `members` said who belonged when.
    """

    strategy: PortfolioStrategy
    panel: Panel
    capital: float
    values: Floats = field(repr=False)
    shares: Floats = field(repr=False)
    fees: float
    slippage: float
    traded: float
    orders: int
    decisions: int
    warnings: tuple[str, ...]

    @cached_property
    def equity(self) -> pd.Series:
        """Equity on the universe's times, named "equity"."""
        return pd.Series(self.values, index=self.panel.index, name="equity")

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Share of equity in each instrument at each close, a column a symbol; the rest is cash."""
        worth = self.shares * np.nan_to_num(self.panel.known)
        return pd.DataFrame(worth / self.values[:, None], index=self.panel.index, columns=list(self.panel.symbols))

    @cached_property
    def metrics(self) -> dict[str, float]:
        """total_return, cagr, volatility, sharpe, max_drawdown, turnover, fees, slippage, average_names, exposure."""
        year = 365.0 if (self.panel.index.dayofweek >= 5).mean() > 0.1 else 252.0
        returns = returns_of(self.values, self.capital)
        e = dict(zip(EQUITY_MEASURES, equity_measures(returns, self.values, self.capital, 0.0).tolist(), strict=True))
        span = self.panel.index[-1] - self.panel.index[0]
        years = span / pd.Timedelta(days=365.25)
        final = float(self.values[-1])
        held = self.shares > 0.0
        return {
            "total_return": final / self.capital - 1.0,
            "cagr": growth(final / self.capital, years),
            "volatility": e["deviation"] * np.sqrt(year),
            "sharpe": over(e["mean"], e["deviation"]) * np.sqrt(year),
            "max_drawdown": e["max_drawdown"],
            "turnover": over(self.traded, float(self.values.mean()) * years),
            "fees": self.fees,
            "slippage": self.slippage,
            "average_names": float(held.sum(axis=1).mean()),
            "exposure": float(self.weights.to_numpy().sum(axis=1).mean()),
        }


def run_portfolio(
    universe: Mapping[str, AnyBars] | Panel,
    strategy: PortfolioStrategy,
    *,
    rebalance: Calendar = "month",
    costs: Costs | None = None,
    capital: float = 100_000.0,
    lot: float = 0.0,
    members: pd.DataFrame | None = None,
) -> PortfolioRun:
    """Test a strategy on a universe with one cash; the contract stands in `core.backtest.portfolio.kernel`.

    Args:
        universe: bars by symbol, or a Panel already made.
        rebalance: weights are set at the last close of each such period that is known to be over, and done at the next
            open.
        costs: with fees that are a plain share of the value; None is 0.05 % and 0.1 % slippage a side.
        lot: quantities are multiples of it; 0 any fraction.
        members: truth values by time (index) and symbol (columns): who belonged when. Without it the result is
            survivorship-biased, and says so.

    Raises:
        NothingToTest, TooMuch, BadRule: bad input; the text says what to do.
    """
    panel = universe if isinstance(universe, Panel) else Panel.of(universe)
    costs = costs or Costs()
    if not costs.linear:
        raise BadRule("costs", costs.name, "a portfolio run needs fees that are a plain share of the value, one row")
    fees = costs.rows[0]
    if fees.buy_percent != fees.sell_percent:
        raise BadRule("costs", costs.name, "a portfolio run needs the same fee on both sides")
    between("lot", lot, 0.0, 1e9)
    if between("capital", capital, 0.0, 1e15) == 0.0:
        raise BadRule("capital", capital, "it must be above 0")
    decisions = _decisions(panel.index, rebalance)
    targets = strategy.targets(panel, decisions, _inside(panel, members))
    last = np.array(
        [int(np.flatnonzero(~np.isnan(panel.close[:, j]))[-1]) if (~np.isnan(panel.close[:, j])).any() else -1
         for j in range(len(panel.symbols))], dtype=np.int64,
    )  # fmt: skip
    fee = (fees.commission_percent * (1.0 + fees.tax_percent / 100.0) + fees.buy_percent) / 100.0
    equity, shares, totals, orders = rebalanced(
        panel.open, panel.close, targets, decisions, last, capital, fee, costs.slippage_percent / 100.0, lot
    )
    warnings = () if members is not None else (
        "Survivorship: the universe is today's list; instruments that failed or left it meanwhile are not in it.",
    )  # fmt: skip
    return PortfolioRun(
        strategy, panel, capital, equity, shares, float(totals[0]), float(totals[1]), float(totals[2]), orders,
        int(decisions.sum()), warnings,
    )  # fmt: skip


def _inside(panel: Panel, members: pd.DataFrame | None) -> npt.NDArray[np.bool_] | None:
    """Who belonged at each close, bool (n, k)."""
    if members is None:
        return None
    belongs = members.astype(bool).reindex(panel.index, method="ffill", fill_value=False)
    return belongs.reindex(columns=list(panel.symbols), fill_value=False).to_numpy(dtype=bool)


def _decisions(index: pd.DatetimeIndex, rebalance: Calendar) -> np.ndarray:
    """1 at the first close of each period, when the one before is known to be over; the first bar decides nothing."""
    out = np.zeros(len(index), dtype=np.uint8)
    if rebalance == "day":
        out[:] = 1
        return out
    if rebalance not in _PERIODS:
        raise BadRule("rebalance", rebalance, f"it must be one of day, {', '.join(_PERIODS)}")
    local = index.tz_localize(None) if index.tz is not None else index
    period = local.to_period(_PERIODS[rebalance]).asi8
    out[1:] = period[1:] != period[:-1]
    return out
