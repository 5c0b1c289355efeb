"""Many runs at once: every combination of a grid, a few figures each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from core.backtest.account import Account, Fills
from core.backtest.costs import Costs
from core.backtest.errors import BadRule, NothingToTest, TooMuch
from core.backtest.kernel import simulate
from core.backtest.layout import ENTER_SHORT, EXIT_SHORT, Codes
from core.backtest.metric_table import BY_NAME
from core.backtest.metrics import growth
from core.backtest.run import AnyBars, AnyStrategy, Plan, run, strategy_of, tape_of
from core.backtest.signals import Signals
from core.backtest.sizing import Sizing
from core.backtest.space import MOST, Space, size_text
from core.backtest.stops import Stops
from core.backtest.strategy import Strategy
from core.backtest.sweep_kernels import SUMS, WIDTH, Indices, prepare, sums_of, sweep_codes, sweep_crosses
from core.backtest.tape import Tape
from core.backtest.threads import Workers
from core.indicators.numbers import Floats
from core.market.model import Action

DEFAULT_METRICS = ("total_return", "cagr", "sharpe", "max_drawdown", "trades")
_FAST_STOPS = ("stop_percent", "trail_percent", "target_percent")
_NO_CODES: Codes = np.empty(0, dtype=np.uint8)


def sweep(
    bars: AnyBars | Mapping[str, AnyBars],
    strategy: AnyStrategy,
    grid: Mapping[str, Iterable[object] | object],
    *,
    costs: Costs | str | None = None,
    metrics: Sequence[str] = DEFAULT_METRICS,
    sizing: Sizing | None = None,
    stops: Stops | None = None,
    fills: Fills | None = None,
    account: Account | None = None,
    actions: Iterable[Action] | None = None,
    threads: int | None = None,
) -> pd.DataFrame:
    """Run every combination of `grid`, one row each, the last parameter of the grid fastest.

    Args:
        bars: as for `run`, or several by symbol; then the first column is the symbol.
        strategy: as for `run`; its parameters that are not in the grid keep their values.
        grid: values by parameter, each an iterable or one value. Besides the strategy's parameters the numbers of
            `Stops` can be swept (stop_percent, trail_percent, target_percent, max_bars, ...).
        metrics: names of `METRICS`. Sums over runs give those of `FAST`; any other costs a full run a combination.
        threads: None uses the cores there are (eight at most); the result does not depend on it.

    A combination that cannot be (fast not below slow) has its row with NaN figures.

    Raises:
        TooMuch: more than 2,000,000 combinations; the text says how many.
        BacktestError, core.indicators.IndicatorError: other bad input.
    """
    chosen = strategy_of(strategy, None)
    plan = Plan.of(chosen, costs, sizing, stops, fills, account)
    space = Space.of(chosen, grid)
    wanted = _checked(metrics)
    workers = Workers(threads)
    many = bars if isinstance(bars, Mapping) else {"": bars}
    if not many:
        raise NothingToTest("The universe is empty; give bars of at least one instrument.")
    if space.size * len(many) > MOST:
        raise TooMuch(size_text(space.size * len(many), len(many)))
    blocks = []
    with workers:
        for one in many.values():
            tape, found = tape_of(one)
            deeds = found if actions is None else tuple(actions)
            if set(wanted) <= FAST:
                blocks.append(_figures(_summed(tape, chosen, plan, space, deeds, workers), tape, plan, wanted))
            else:
                blocks.append(_whole(tape, chosen, plan, space, deeds, wanted, workers))
    block = np.concatenate(blocks) if len(blocks) > 1 else blocks[0]
    columns: dict[str, Any] = {}
    if isinstance(bars, Mapping):
        columns["symbol"] = np.repeat(np.array(list(many), dtype=object), space.size)
    for name, values in space.columns().items():
        columns[name] = np.tile(values, len(many)) if len(many) > 1 else values
    for k, name in enumerate(wanted):
        columns[name] = block[:, k]
    return pd.DataFrame(columns, copy=False)


def _checked(metrics: Sequence[str]) -> tuple[str, ...]:
    names = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    for name in names:
        if name not in BY_NAME:
            raise BadRule("metrics", name, "it must be a name of core.backtest.METRICS, such as sharpe")
    if not names:
        raise BadRule("metrics", names, "name at least one")
    return names


# -- sums of every run ---------------------------------------------------------------------------------------------


def _summed(
    tape: Tape, strategy: Strategy, plan: Plan, space: Space, actions: tuple[Action, ...], workers: Workers
) -> Floats:
    """The SUMS of each combination, shape (size, WIDTH)."""
    marks = tape.session_end if tape.intraday else _NO_CODES
    out = np.empty((space.size, WIDTH))
    short = "yes" in (space.values.get("short") or [strategy.values.get("short", "no")])
    clean = _clean_bars(tape)
    if not short and clean is not None and not actions and _plain(plan, space):
        if strategy.cross is not None:
            _crosses(tape, clean, strategy, plan, space, marks, workers, out)
            return out
        table = _table(tape, strategy, space)
        if table is not None:
            _coded(clean, table, plan, space, marks, workers, out)
            return out
    _full(tape, strategy, plan, space, actions, marks, workers, out)
    return out


def _plain(plan: Plan, space: Space) -> bool:
    """Whether the compiled sweep has these rules."""
    return (
        plan.sizing.plain
        and plan.stops.by_percent
        and plan.fills == Fills()
        and plan.costs.linear
        and replace(plan.account, capital=1.0, sessions_a_year=None, risk_free_percent=0.0, maintenance_percent=25.0)
        == Account(capital=1.0)
        and set(space.stop_names()) <= set(_FAST_STOPS)
    )


def _clean_bars(tape: Tape) -> tuple[Any, ...] | None:
    """Open, high, low, close with highs and lows that hold the other two, and `prepare`; None if a bar has no price."""
    prices = (tape.open, tape.high, tape.low, tape.close)
    if not all(bool((x > 0.0).all() and np.isfinite(x).all()) for x in prices):
        return None
    o, h, l, c = prices  # noqa: E741
    return o, np.maximum(h, np.maximum(o, c)), np.minimum(l, np.minimum(o, c)), c, prepare(c)


def _rates(plan: Plan) -> Floats:
    fees = plan.costs.rows[0]
    tax = 1.0 + fees.tax_percent / 100.0
    return np.array(
        [
            fees.commission_percent / 100.0 * tax, fees.buy_percent / 100.0, fees.sell_percent / 100.0,
            plan.costs.slippage_percent / 100.0,
        ]
    )  # fmt: skip


def _exits(plan: Plan, space: Space) -> Floats:
    out = np.empty((space.size, 3))
    for k, name in enumerate(_FAST_STOPS):
        swept = name in space.stop_names()
        some = np.asarray(space.values[name], dtype=np.float64) if swept else getattr(plan.stops, name)
        out[:, k] = some[space.index(name)] if swept else some
    return out / 100.0


def _crosses(
    tape: Tape, clean: tuple[Any, ...], strategy: Strategy, plan: Plan, space: Space, marks: Codes, workers: Workers,
    out: Floats,
) -> None:  # fmt: skip
    assert strategy.cross is not None
    pairs = np.empty((space.size, 2), dtype=np.int64)
    lines = []
    for k, line in enumerate(strategy.cross):
        distinct, pairs[:, k] = space.by(line.params)
        lines.append(np.array([_line(tape, line.function, one) for one in distinct]))
    pairs[~space.possible()] = -1
    costs, exits = _rates(plan), _exits(plan, space)

    def work(first: int, last: int) -> None:
        sweep_crosses(
            *(*clean, marks, *lines, pairs[first:last], plan.account.capital, costs, exits[first:last], out[first:last])
        )

    workers.in_slices(work, space.size, 64)


def _line(tape: Tape, function: Any, values: dict[str, Any]) -> Floats:
    if "fast" in values and "slow" in values and values["fast"] >= values["slow"]:
        return np.full(len(tape), np.nan)  # its combinations are not run
    return np.asarray(function(tape, **values))


def _table(tape: Tape, strategy: Strategy, space: Space) -> tuple[Codes, Indices] | None:
    """Signals of each distinct set of the strategy's parameters; None when they are more than bits (prices, shorts)."""
    distinct, rows = space.by([one.name for one in strategy.params])
    rows = rows.copy()
    rows[~space.possible()] = -1
    if len(distinct) * len(tape) > 400_000_000:
        return None
    codes = np.zeros((len(distinct), len(tape)), dtype=np.uint8)
    for k, values in enumerate(distinct):
        if "fast" in values and "slow" in values and values["fast"] >= values["slow"]:
            continue
        one = strategy.function(tape, **values)
        if len(one.limits) or len(one.triggers) or len(one.weights):
            return None
        codes[k] = one.codes
    if (codes & np.uint8(ENTER_SHORT | EXIT_SHORT)).any():
        return None
    return codes, rows


def _coded(
    clean: tuple[Any, ...], table: tuple[Codes, Indices], plan: Plan, space: Space, marks: Codes, workers: Workers,
    out: Floats,
) -> None:  # fmt: skip
    codes, rows = table
    costs, exits = _rates(plan), _exits(plan, space)

    def work(first: int, last: int) -> None:
        sweep_codes(
            *(*clean, marks, codes, rows[first:last], plan.account.capital, costs, exits[first:last], out[first:last])
        )

    workers.in_slices(work, space.size, 64)


def _full(
    tape: Tape, strategy: Strategy, plan: Plan, space: Space, actions: tuple[Action, ...], marks: Codes,
    workers: Workers, out: Floats,
) -> None:  # fmt: skip
    """Every combination through the full kernel. Signals are made here, runs go on beside on threads."""
    distinct, rows = space.by([one.name for one in strategy.params])
    exits, which = space.by(space.stop_names())
    possible = space.possible()
    plans = [replace(plan, stops=replace(plan.stops, **one)) if one else plan for one in exits]
    rules = [one.rules() for one in plans]
    batch = max(1, 50_000_000 // (len(tape) * 8))
    order = np.argsort(rows, kind="stable")
    kept: tuple[int, Signals | None] = (-1, None)
    for start in range(0, space.size, batch):
        some = [int(k) for k in order[start : start + batch]]
        ready: dict[int, tuple[Any, ...]] = {}
        for k in some:
            if not possible[k]:
                out[k] = math.nan
                continue
            if kept[0] != rows[k]:
                kept = (int(rows[k]), strategy.function(tape, **distinct[rows[k]]))
            assert kept[1] is not None
            ready[k] = plans[which[k]].inputs(tape, kept[1], actions, as_traded=False)
        todo = list(ready)

        def work(first: int, last: int, todo: list[int] = todo, ready: dict[int, tuple[Any, ...]] = ready) -> None:
            for k in todo[first:last]:
                equity, held, trades, _ = simulate(*(*ready[k], rules[which[k]]))
                sums_of(equity, held, marks, trades, plan.account.capital, out[k])

        workers.in_slices(work, len(todo), 8)


# -- figures --------------------------------------------------------------------------------------------------------


def _figures(sums: Floats, tape: Tape, plan: Plan, wanted: tuple[str, ...]) -> Floats:
    s = {name: sums[:, k] for k, name in enumerate(SUMS)}
    n = int(np.count_nonzero(tape.session_end)) + int(tape.session_end[-1] == 0)
    year = plan.account.sessions_a_year or tape.sessions_a_year
    root = math.sqrt(year)
    capital = plan.account.capital
    free = plan.account.risk_free_percent / 100.0
    with np.errstate(all="ignore"):
        mean = s["sum"] / n
        spread = np.maximum(s["squares"] - s["sum"] * mean, 0.0)
        spread[spread <= 1e-30 * n] = 0.0
        deviation = np.sqrt(spread / (n - 1)) if n > 1 else np.full(len(sums), np.nan)
        downside = np.sqrt(s["down_squares"] / n) if n > 1 else np.full(len(sums), np.nan)
        ratio = s["final"] / capital
        made = {
            "final_equity": s["final"],
            "net_profit": s["final"] - capital,
            "total_return": ratio - 1.0,
            "annual_mean": mean * year,
            "volatility": deviation * root,
            "downside_deviation": downside * root,
            "sharpe": _over(mean - free / year, deviation) * root,
            "sortino": _over(mean - free / year, downside) * root,
            "max_drawdown": s["max_drawdown"],
            "trades": s["trades"],
            "win_rate": _over(s["wins"], s["trades"]),
            "profit_factor": _over(s["gross_win"], s["gross_loss"]),
            "exposure": s["bars_held"] / len(tape),
        }
        made["cagr"] = np.array([growth(float(one), tape.years) for one in ratio]) if "cagr" in wanted or (
            "calmar" in wanted) else ratio  # fmt: skip
        made["calmar"] = _over(made["cagr"], -s["max_drawdown"])
    return np.stack([made[name] for name in wanted], axis=1)


FAST = frozenset(
    ("final_equity", "net_profit", "total_return", "annual_mean", "volatility", "downside_deviation", "sharpe",
     "sortino", "max_drawdown", "trades", "win_rate", "profit_factor", "exposure", "cagr", "calmar")
)  # fmt: skip
"""The figures that a sweep has without a full run of each combination."""


def _over(top: Floats, bottom: Floats) -> Floats:
    return np.where(bottom != 0.0, top / bottom, np.nan)


def _whole(
    tape: Tape, strategy: Strategy, plan: Plan, space: Space, actions: tuple[Action, ...], wanted: tuple[str, ...],
    workers: Workers,
) -> Floats:  # fmt: skip
    """Any figure, by a full run of each combination."""
    out = np.full((space.size, len(wanted)), np.nan)
    possible = space.possible()
    own = [one.name for one in strategy.params]
    columns = {name: (some, space.index(name)) for name, some in space.values.items()}

    def work(first: int, last: int) -> None:
        for k in range(first, last):
            if not possible[k]:
                continue
            point = {name: some[at[k]] for name, (some, at) in columns.items()}
            stops = {name: value for name, value in point.items() if name not in own}
            figures = run(
                tape,
                strategy.bind(**{name: value for name, value in point.items() if name in own}),
                costs=plan.costs,
                sizing=plan.sizing,
                stops=replace(plan.stops, **stops) if stops else plan.stops,
                fills=plan.fills,
                account=plan.account,
                actions=actions,
            ).metrics
            out[k] = [figures[name] for name in wanted]

    workers.in_slices(work, space.size, 4)
    return out
