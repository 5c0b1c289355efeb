"""Walk-forward: choose parameters on a stretch, trade them on the next, move on; only the unseen stretches count."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.backtest.account import Account, Fills
from core.backtest.costs import Costs
from core.backtest.errors import BadRule, NothingToTest, whole
from core.backtest.layout import ENTER_LONG, ENTER_SHORT
from core.backtest.run import AnyBars, AnyStrategy, Plan, run, strategy_of, tape_of
from core.backtest.signals import Signals
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops
from core.backtest.strategy import Strategy
from core.backtest.sweep import FAST, sweep
from core.backtest.tape import Tape


@dataclass(frozen=True, slots=True)
class Window:
    """One step: bars [train_first, train_last) to choose on, [test_first, test_last) to trade.

    `params` are the chosen ones; `inside` and `outside` the metric on either stretch, NaN where it cannot be said.
    """

    train_first: int
    train_last: int
    test_first: int
    test_last: int
    params: Mapping[str, Any]
    inside: float
    outside: float


@dataclass(frozen=True, eq=False)
class WalkForward:
    """The steps, and the equity of the unseen stretches one after another.

    `equity` stands on the bars of those stretches and goes on from one to the next, the first from the capital.
    `tried` is how many combinations each step chose from.
    """

    windows: tuple[Window, ...]
    equity: pd.Series
    metric: str
    tried: int
    capital: float

    @property
    def total_return(self) -> float:
        """Of all unseen stretches together."""
        return float(self.equity.iloc[-1]) / self.capital - 1.0

    @property
    def efficiency(self) -> float:
        """Mean of the metric outside over its mean inside: 1 keeps what was promised, 0 nothing, NaN unknown."""
        pairs = [(one.inside, one.outside) for one in self.windows if math.isfinite(one.inside + one.outside)]
        inside = sum(one for one, _ in pairs)
        return sum(other for _, other in pairs) / inside if inside > 0.0 else math.nan


def walk_forward(
    bars: AnyBars,
    strategy: AnyStrategy,
    grid: Mapping[str, Iterable[object] | object],
    *,
    windows: int = 10,
    train: int | None = None,
    anchored: bool = False,
    embargo: int = 0,
    metric: str = "sharpe",
    costs: Costs | str | None = None,
    sizing: Sizing | None = None,
    stops: Stops | None = None,
    fills: Fills | None = None,
    account: Account | None = None,
    threads: int | None = None,
) -> WalkForward:
    """Choose by `metric` (the highest) on each training stretch, then trade the choice on the bars after it.

    Args:
        windows: how many steps; the unseen stretches are equal and end with the last bar.
        train: bars to choose on; None is four times an unseen stretch. With `anchored` it is the least, and every
            training stretch begins with the first bar.
        embargo: bars left out between choosing and trading.
        metric: one of the figures a sweep has without full runs.

    On a training stretch nothing is known of the bars before it. On an unseen stretch the indicators know them. A
    position the chosen parameters would already hold is bought at its first open, and what is held at its end is sold
    at the last close, costs paid: as an investor would who starts each step anew. A step in which no combination has
    the metric trades nothing.

    Raises NothingToTest when the bars are too few; otherwise as `sweep`.
    """
    tape, _ = tape_of(bars)
    chosen = strategy_of(strategy, None)
    plan = Plan.of(chosen, costs, sizing, stops, fills, account)
    if metric not in FAST:
        raise BadRule("metric", metric, f"it must be one of {', '.join(sorted(FAST))}")
    steps = _steps(len(tape), whole("windows", windows, 1, 1000), train, whole("embargo", embargo, 0, 10_000), anchored)
    capital = plan.account.capital
    done: list[Window] = []
    parts: list[pd.Series] = []
    tried = 0
    for first, last, begin, end in steps:
        table = sweep(
            _part(tape, first, last), chosen, grid, costs=plan.costs, metrics=[metric], sizing=plan.sizing,
            stops=plan.stops, fills=plan.fills, account=plan.account, threads=threads,
        )  # fmt: skip
        tried = len(table)
        row = table[metric].to_numpy()
        if not np.isfinite(row).any():
            done.append(Window(first, last, begin, end, {}, math.nan, math.nan))
            parts.append(pd.Series(capital, index=tape.index[begin:end]))
            continue
        best = int(np.nanargmax(row))
        point = {name: _plain(table[name].iloc[best]) for name in table.columns if name != metric}
        grown = replace(plan, account=replace(plan.account, capital=capital))
        equity, outside = _trade(tape, chosen, grown, point, begin, end, metric)
        capital = float(equity.iloc[-1])
        parts.append(equity)
        done.append(Window(first, last, begin, end, point, float(row[best]), outside))
        if not capital > 0.0:
            break
    whole_curve = pd.concat(parts).rename("equity")
    return WalkForward(tuple(done), whole_curve, metric, tried, plan.account.capital)


def _steps(n: int, windows: int, train: int | None, embargo: int, anchored: bool) -> list[tuple[int, int, int, int]]:
    length = n // (windows + 4) if train is None else (n - train - embargo) // windows
    needed = 4 * length if train is None else train
    if length < 2 or needed < 2 or n - windows * length - embargo < needed:
        raise NothingToTest(
            f"{n} bars are too few for {windows} steps with {needed} bars to choose on; use fewer windows, a shorter "
            "train, or more bars."
        )
    out = []
    for k in range(windows):
        begin = n - (windows - k) * length
        last = begin - embargo
        out.append((0 if anchored else last - needed, last, begin, begin + length))
    return out


def _part(tape: Tape, first: int, last: int) -> Tape:
    whole_bars = tape.bars
    mask = np.zeros(len(tape), dtype=bool)
    mask[first:last] = True
    return Tape(whole_bars.rows(mask), tape.index[first:last])


def _trade(
    tape: Tape, strategy: Strategy, plan: Plan, point: Mapping[str, Any], begin: int, end: int, metric: str
) -> tuple[pd.Series, float]:
    """Equity on [begin, end) of the chosen parameters, and the metric there."""
    own = {one.name for one in strategy.params}
    bound = strategy.bind(**{name: value for name, value in point.items() if name in own})
    exits = {name: value for name, value in point.items() if name not in own}
    stops = replace(plan.stops, **exits) if exits else plan.stops
    rules: dict[str, Any] = {"costs": plan.costs, "sizing": plan.sizing, "stops": stops, "fills": plan.fills}
    known = tape.cut(end)
    signals = bound.signals(known)
    before = run(known.cut(begin), _cut(signals, 0, begin), account=plan.account, **rules)
    # One bar more in front: its close gives the order for the first open.
    some = _cut(signals, begin - 1, end)
    codes = some.codes.copy()
    held = float(before.position.iloc[-1])
    if held != 0.0 and not before.book["pending_exit"][0]:
        codes[0] = ENTER_LONG if held > 0.0 else ENTER_SHORT
    result = run(
        _part(known, begin - 1, end), replace(some, codes=codes), account=replace(plan.account, delisted=True), **rules
    )
    return result.equity.iloc[1:], result.metrics[metric]


def _cut(signals: Signals, first: int, last: int) -> Signals:
    some = slice(first, last)
    return Signals(signals.codes[some], signals.limits[some], signals.triggers[some], signals.weights[some])


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
