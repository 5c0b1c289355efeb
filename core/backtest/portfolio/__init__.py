"""Many instruments on one cash: ranking at a rebalancing calendar, orders at the next open, costs on both sides."""

from core.backtest.portfolio.panel import Panel
from core.backtest.portfolio.run import PortfolioRun, run_portfolio
from core.backtest.portfolio.strategies import (
    PortfolioStrategy,
    cross_momentum,
    dual_momentum,
    equal_weight,
    low_volatility,
)

__all__ = [
    "Panel",
    "PortfolioRun",
    "PortfolioStrategy",
    "cross_momentum",
    "dual_momentum",
    "equal_weight",
    "low_volatility",
    "run_portfolio",
]
