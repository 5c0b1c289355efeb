"""Runs and sweeps as the documents that the command line prints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from core import __version__
from core.backtest.costs import Costs
from core.backtest.lookahead import LookAhead
from core.backtest.run import Run


def run_document(result: Run, found: LookAhead | None, *, intraday: bool) -> dict[str, Any]:
    """A run: what was run, its figures, trades and equity. NaN is null; times are dates from one day on."""
    index = pd.DatetimeIndex(result.equity.index)
    trades = result.trades
    rows = [
        {name: _plain(value, intraday=intraday) for name, value in row.items()} for row in trades.to_dict("records")
    ]
    return {
        "strategy": result.strategy.name,
        "params": {name: _plain(value, intraday=intraday) for name, value in result.strategy.values.items()},
        "fills": result.label,
        "costs": costs_document(result.costs),
        "code_version": __version__,
        "first": stamp(index[0], intraday=intraday),
        "last": stamp(index[-1], intraday=intraday),
        "bars": len(index),
        "notes": list(result.warnings),
        "look_ahead": None if found is None else {"bar": found.bar, "detail": found.text},
        "metrics": numbers(result.metrics),
        "optimistic": numbers(result.optimistic) if result.ambiguous else None,
        "pending": result.pending,
        "trades": rows,
        "equity": [
            [stamp(time, intraday=intraday), value]
            for time, value in zip(index, result.equity.to_numpy().tolist(), strict=True)
        ],
    }


def sweep_document(table: pd.DataFrame, strategy: str, costs: Costs, best: str) -> dict[str, Any]:
    """A sweep: how many combinations, the best by a figure, and all of them."""
    rows = [{name: _plain(value, intraday=False) for name, value in row.items()} for row in table.to_dict("records")]
    ranked = [row for row in rows if row[best] is not None]
    return {
        "strategy": strategy,
        "costs": costs_document(costs),
        "code_version": __version__,
        "combinations": len(rows),
        "run": len(ranked),
        "by": best,
        "best": max(ranked, key=lambda row: row[best]) if ranked else None,
        "rows": rows,
    }


def costs_document(costs: Costs) -> dict[str, Any]:
    """What a reader needs to redo the costs."""
    out: dict[str, Any] = {"name": costs.name, "slippage_percent": costs.slippage_percent}
    if costs.schedule:
        return out | {"source": costs.source, "rows": len(costs.schedule)}
    return out | {
        "commission_percent": costs.commission_percent,
        "per_share": costs.per_share,
        "per_order": costs.per_order,
        "minimum": costs.minimum,
    }


def numbers(figures: Mapping[str, float]) -> dict[str, float | None]:
    """Figures with None where there is none."""
    return {name: float(value) if math.isfinite(value) else None for name, value in figures.items()}


def stamp(time: pd.Timestamp, *, intraday: bool) -> str:
    """The exchange's day, or its time with offset for bars within the day."""
    return time.isoformat() if intraday else time.date().isoformat()


def _plain(value: Any, *, intraday: bool) -> Any:
    if isinstance(value, pd.Timestamp):
        return stamp(value, intraday=intraday)
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
