"""Backtests: the engine, strategies, sweeps, and whether a result is skill or luck.

`run(bars, strategy, costs=, sizing=, stops=)` tests one, `sweep(bars, strategy, grid)` many. The fill contract stands
in `core.backtest.kernel` and docs/backtesting.md.
"""

from core.backtest.account import Account, Fills
from core.backtest.costs import FREE, Costs, Fees
from core.backtest.errors import BacktestError, BadRule, BadSignals, NothingToTest, TooMuch, UnknownStrategy
from core.backtest.lookahead import LookAhead, look_ahead
from core.backtest.metric_table import METRICS, Metric
from core.backtest.montecarlo import Paths, of_sessions, of_trades
from core.backtest.overfitting import Deflated, Overfitting, Reality, deflated_sharpe, overfitting, reality_check
from core.backtest.run import Run, run
from core.backtest.signals import Signals
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops
from core.backtest.strategies import find, strategies
from core.backtest.strategy import Strategy
from core.backtest.sweep import sweep
from core.backtest.tape import Tape
from core.backtest.walkforward import WalkForward, Window, walk_forward
from core.backtest.warming import warm

__all__ = [
    "FREE",
    "METRICS",
    "Account",
    "BacktestError",
    "BadRule",
    "BadSignals",
    "Costs",
    "Deflated",
    "Fees",
    "Fills",
    "LookAhead",
    "Metric",
    "NothingToTest",
    "Overfitting",
    "Paths",
    "Reality",
    "Run",
    "Signals",
    "Sizing",
    "Stops",
    "Strategy",
    "Tape",
    "TooMuch",
    "UnknownStrategy",
    "WalkForward",
    "Window",
    "deflated_sharpe",
    "find",
    "look_ahead",
    "of_sessions",
    "of_trades",
    "overfitting",
    "reality_check",
    "run",
    "strategies",
    "sweep",
    "walk_forward",
    "warm",
]
