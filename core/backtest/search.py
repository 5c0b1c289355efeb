"""A search over a grid with its verdict: the sweep, the checks for luck, walk-forward; what a page or a job shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from core.backtest.errors import BacktestError, NothingToTest
from core.backtest.material import Material
from core.backtest.measures import returns_of, session_values
from core.backtest.overfitting import deflated
from core.backtest.recipe import Recipe
from core.backtest.stops import Stops
from core.backtest.sweep import sweep
from core.backtest.trials import trials
from core.backtest.verdict import Checks, Verdict, check, verdict
from core.backtest.walkforward import WalkForward, walk_forward

MOST_WEIGHED = 1_000
"""Variants whose returns are all held, for the checks that need them."""
METRICS = ("sharpe", "total_return", "cagr", "calmar", "max_drawdown", "sortino", "profit_factor", "win_rate", "trades")
WINDOWS = 6


@dataclass(frozen=True, eq=False)
class Search:
    """What came of a grid.

    Attributes:
        table: a row a combination: the parameters, then METRICS; NaN figures where a combination cannot be.
        names: the parameters that were varied.
        walk: walk-forward over the same grid; None where the bars are too few (`checks.missing` says so).
    """

    table: pd.DataFrame = field(repr=False)
    names: tuple[str, ...]
    checks: Checks
    verdict: Verdict
    walk: WalkForward | None

    @property
    def variants(self) -> int:
        """Combinations that can be."""
        return self.checks.variants

    def best(self, metric: str = "sharpe", count: int = 10) -> pd.DataFrame:
        """The rows that lead by a figure; drawdowns are negative, so the highest is best everywhere."""
        known = self.table[self.table[metric].notna() & (self.table["trades"] > 0)]
        return known.sort_values(metric, ascending=False, kind="stable").head(count)


def search(read: Material, recipe: Recipe, grid: Mapping[str, Iterable[object]], *, windows: int = WINDOWS) -> Search:
    """Run the grid around a recipe, and weigh the best of it against luck.

    Raises TooMuch, BadRule, core.indicators.BadParameter for a grid that cannot be.
    """
    strategy = recipe.chosen
    around: dict[str, Any] = {
        "costs": recipe.costs, "sizing": recipe.sizing, "stops": recipe.stops, "fills": recipe.fills,
        "account": recipe.account,
    }  # fmt: skip
    table = sweep(read.tape, strategy, grid, metrics=METRICS, actions=read.actions, **around)
    missing: list[str] = []
    walk = None
    try:
        walk = walk_forward(read.tape, strategy, grid, windows=windows, **around)
    except NothingToTest as error:
        missing.append(str(error))
    year = (recipe.account and recipe.account.sessions_a_year) or read.tape.sessions_a_year
    possible = int(table["total_return"].notna().sum())
    if possible <= MOST_WEIGHED:
        found = check(
            trials(read.tape, strategy, grid, actions=read.actions, **around), sessions_a_year=year, walk=walk
        )
    else:
        found = _of_many(read, recipe, table, tuple(grid), year, walk)
    checks = Checks(
        found.variants, found.best_sharpe, found.trades, found.deflated, found.overfitting, found.reality, walk,
        (*found.missing, *missing),
    )  # fmt: skip
    return Search(table, tuple(grid), checks, verdict(checks), walk)


def _of_many(
    read: Material, recipe: Recipe, table: pd.DataFrame, names: Sequence[str], year: float, walk: WalkForward | None
) -> Checks:
    """Checks of a search whose returns are not all held: every variant's ratio counts, the best one's returns too."""
    known = table[table["total_return"].notna()]
    each = known["sharpe"].fillna(0.0).to_numpy(dtype=np.float64) / math.sqrt(year)
    at = int(each.argmax())
    point = {name: _plain(known[name].iloc[at]) for name in names}
    result = variant(recipe, point).run(read.tape, read.actions)
    marks = read.tape.session_end if read.tape.intraday else np.empty(0, dtype=np.uint8)
    own = returns_of(session_values(result.values, marks), result.account.capital)
    missing = [
        f"Overfitting and the reality check are weighed for up to {MOST_WEIGHED:,} variants; there are {len(known):,}."
    ]
    luck = None
    try:
        luck = deflated(each, own)
    except NothingToTest as error:
        missing.append(str(error))
    trades = int(known["trades"].iloc[at])
    return Checks(len(known), float(each[at]) * math.sqrt(year), trades, luck, None, None, walk, tuple(missing))


def variant(recipe: Recipe, point: Mapping[str, Any]) -> Recipe:
    """The recipe with a row of a search: its parameters, and stops where they were varied."""
    own = {one.name for one in recipe.chosen.params}
    params = {**dict(recipe.params), **{name: value for name, value in point.items() if name in own}}
    exits = {name: value for name, value in point.items() if name not in own}
    made = replace(recipe, params=tuple(params.items()))
    if not exits:
        return made
    stops = recipe.stops or recipe.chosen.stops or Stops()
    return replace(made, stops=replace(stops, **exits))


def steps(low: float, high: float, step: float, *, whole: bool) -> list[int] | list[float]:
    """low, low + step, ... up to high. Raises BacktestError for a step that leads nowhere."""
    if not step > 0.0 or not all(map(math.isfinite, (low, high, step))):
        raise BacktestError(f"A step of {step:g} leads nowhere; it must be above 0.")
    if high < low:
        raise BacktestError(f"The range ends ({high:g}) before it begins ({low:g}); swap them.")
    count = math.floor((high - low) / step + 1e-9) + 1
    if count > 10_000:
        raise BacktestError(f"{count:,} values of one parameter are too many; use a wider step.")
    if whole:
        return list(dict.fromkeys(round(low + k * step) for k in range(count)))
    return [round(low + k * step, 10) for k in range(count)]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
