"""Every variant of a grid with its returns, session by session: what the checks for luck need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.backtest.account import Account, Fills
from core.backtest.costs import Costs
from core.backtest.errors import NothingToTest, TooMuch
from core.backtest.kernel import simulate
from core.backtest.layout import Codes
from core.backtest.measures import returns_of, session_values
from core.backtest.run import AnyBars, AnyStrategy, Plan, strategy_of, tape_of
from core.backtest.sizing import Sizing
from core.backtest.space import Space
from core.backtest.stops import Stops
from core.backtest.threads import Workers
from core.indicators.numbers import Floats
from core.market.model import Action

MOST_CELLS = 40_000_000
"""Variants times sessions that are held at once (320 MB)."""
_NO_CODES: Codes = np.empty(0, dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Trials:
    """All variants of a grid that can be.

    Attributes:
        params: parameter -> its value by variant, (variants,) each.
        rows: which row of a sweep of the same grid each variant is, int64 (variants,).
        returns: session returns, float64 (sessions, variants).
        benchmark: session returns of holding the instrument, without costs, float64 (sessions,).
        trades: closed trades by variant, int64 (variants,).
    """

    params: dict[str, np.ndarray]
    rows: npt.NDArray[np.int64]
    returns: Floats
    benchmark: Floats
    trades: npt.NDArray[np.int64]

    @property
    def best(self) -> int:
        """The variant with the highest Sharpe ratio of a session; one that never moves has 0."""
        deviation = self.returns.std(axis=0, ddof=1) if len(self.returns) > 1 else np.zeros(self.returns.shape[1])
        mean = self.returns.mean(axis=0)
        return int(np.divide(mean, deviation, out=np.zeros_like(mean), where=deviation > 1e-12).argmax())


def trials(
    bars: AnyBars,
    strategy: AnyStrategy,
    grid: Mapping[str, Iterable[object] | object],
    *,
    costs: Costs | str | None = None,
    sizing: Sizing | None = None,
    stops: Stops | None = None,
    fills: Fills | None = None,
    account: Account | None = None,
    actions: Iterable[Action] | None = None,
    threads: int | None = None,
) -> Trials:
    """Run every combination of `grid` as `core.backtest.sweep` does and keep its returns.

    Raises TooMuch when variants times sessions are more than MOST_CELLS; otherwise as `sweep`.
    """
    chosen = strategy_of(strategy, None)
    plan = Plan.of(chosen, costs, sizing, stops, fills, account)
    space = Space.of(chosen, grid)
    tape, found = tape_of(bars)
    deeds = found if actions is None else tuple(actions)
    marks = tape.session_end if tape.intraday else _NO_CODES
    benchmark = _holding(session_values(np.ascontiguousarray(tape.close), marks))
    variants = np.flatnonzero(space.possible())
    if not len(variants):
        raise NothingToTest("No combination of the grid can be: fast must be below slow in at least one.")
    if len(variants) * len(benchmark) > MOST_CELLS:
        raise TooMuch(
            f"{len(variants):,} variants over {len(benchmark):,} sessions are too many to weigh against luck at once; "
            f"use at most {MOST_CELLS // len(benchmark):,} variants."
        )
    columns = space.columns()
    own = {one.name for one in chosen.params}
    kept: dict[tuple[Any, ...], Any] = {}
    ready: list[tuple[Any, ...]] = []
    for k in variants:
        point = {name: _plain(values[k]) for name, values in columns.items()}
        mine = tuple((name, value) for name, value in point.items() if name in own)
        if mine not in kept:
            kept[mine] = chosen.bind(**dict(mine)).signals(tape)
        exits = {name: value for name, value in point.items() if name not in own}
        one = replace(plan, stops=replace(plan.stops, **exits)) if exits else plan
        ready.append((*one.inputs(tape, kept[mine], deeds, as_traded=False), one.rules()))
    returns = np.empty((len(benchmark), len(variants)))
    trades = np.empty(len(variants), dtype=np.int64)
    capital = plan.account.capital

    def work(first: int, last: int) -> None:
        for k in range(first, last):
            equity, _, closed, _ = simulate(*ready[k])
            returns[:, k] = returns_of(session_values(equity, marks), capital)
            trades[k] = int(np.count_nonzero(closed["reason"]))

    with Workers(threads) as workers:
        workers.in_slices(work, len(ready), 8)
    return Trials({name: values[variants] for name, values in columns.items()}, variants, returns, benchmark, trades)


def _holding(close: Floats) -> Floats:
    out = np.zeros(len(close))
    before, now = close[:-1], close[1:]
    good = np.isfinite(before) & np.isfinite(now) & (before > 0.0) & (now > 0.0)
    out[1:][good] = now[good] / before[good] - 1.0
    return out


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
