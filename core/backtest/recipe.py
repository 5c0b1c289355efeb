"""What a backtest was made from, as a value that can be kept, sent in a link, compared, and run again.

A `Recipe` is the strategy with everything around it; `Inputs` adds the instrument and the span. Both go to JSON and
back without loss, and `Inputs.fingerprint` is the same wherever the same is asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.backtest.account import Account, Fills
from core.backtest.costs import Costs
from core.backtest.errors import BadRule
from core.backtest.rules.plan import RulePlan
from core.backtest.rules.reading import plan_of
from core.backtest.rules.text import sentences
from core.backtest.rules.tuning import strategy_of, tuned
from core.backtest.rules.writing import document as plan_document
from core.backtest.run import AnyBars, Run, run
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops
from core.backtest.strategies import find
from core.backtest.strategy import Strategy
from core.backtest.written import costs_named, costs_read, costs_written, read, written
from core.market.model import Action

VERSION = 1
"""Of the format; a reader refuses a later one."""
RULES = "rules"
"""The name under which a plan of one's own stands in the place of a strategy of the library."""


@dataclass(frozen=True)
class Recipe:
    """A strategy with its parameters, and the money, costs, sizes, stops and fills it is tried with.

    Attributes:
        strategy: a name of the library, or RULES for `plan`.
        params: values that differ from the defaults, sorted by name, as the strategy cleaned them.
        sizing, stops, fills, account: None takes the strategy's own, else the plain default.

    Raises UnknownStrategy, BadRule or core.indicators.BadParameter when made of what cannot be.
    """

    strategy: str = "sma_cross"
    params: tuple[tuple[str, Any], ...] = ()
    plan: RulePlan | None = None
    costs: Costs = field(default_factory=Costs)
    sizing: Sizing | None = None
    stops: Stops | None = None
    fills: Fills | None = None
    account: Account | None = None

    def __post_init__(self) -> None:
        if (self.strategy == RULES) != (self.plan is not None):
            raise BadRule("strategy", self.strategy, "rules need a plan, and a strategy of the library has none")
        bound = self._bare.bind(**dict(self.params))
        defaults = bound.defaults
        differ = {name: value for name, value in bound.given.items() if value != defaults[name]}
        object.__setattr__(self, "strategy", bound.name)
        object.__setattr__(self, "costs", costs_named(self.costs))
        object.__setattr__(self, "params", tuple(sorted(differ.items())))

    @property
    def _bare(self) -> Strategy:
        return find(self.strategy) if self.plan is None else strategy_of(self.plan)

    @property
    def chosen(self) -> Strategy:
        """The strategy, its parameters bound."""
        return self._bare.bind(**dict(self.params))

    @property
    def title(self) -> str:
        """The strategy's name with what of it differs from the defaults: "Moving-average cross (fast 10)"."""
        chosen = self.chosen
        given = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in self.params)
        return f"{chosen.label} ({given})" if given else chosen.label

    @property
    def told(self) -> tuple[str, ...]:
        """What the strategy does: the rules read back, or the library's idea."""
        if self.plan is not None:
            return sentences(tuned(self.plan, dict(self.params)))
        chosen = find(self.strategy)
        return (chosen.idea, *([chosen.reference] if chosen.reference else ()))

    def run(self, bars: AnyBars, actions: Iterable[Action] | None = None) -> Run:
        """The backtest. Raises as `core.backtest.run` does."""
        return run(
            bars,
            self.chosen,
            costs=self.costs,
            sizing=self.sizing,
            stops=self.stops,
            fills=self.fills,
            account=self.account,
            actions=actions,
        )

    def document(self) -> dict[str, Any]:
        """The recipe as a JSON object."""
        out: dict[str, Any] = {"recipe": VERSION, "strategy": self.strategy, "costs": costs_written(self.costs)}
        if self.params:
            out["params"] = dict(self.params)
        if self.plan is not None:
            out["plan"] = plan_document(self.plan)
        for name in ("sizing", "stops", "fills", "account"):
            settings = getattr(self, name)
            if settings is not None:
                out[name] = written(settings)
        return out


def recipe_of(data: object) -> Recipe:
    """A recipe from a JSON object. Raises BacktestError or IndicatorError, which say where it is wrong."""
    if not isinstance(data, Mapping) or data.get("recipe") != VERSION:
        given = data.get("recipe") if isinstance(data, Mapping) else data
        raise BadRule("recipe", given, f"it must be an object of format {VERSION}")
    params = data.get("params") or {}
    if not isinstance(params, Mapping):
        raise BadRule("params", params, "it must be an object of parameters")

    def settings(name: str, kind: Any) -> Any:
        return read(kind, data[name], name) if data.get(name) is not None else None

    return Recipe(
        strategy=str(data.get("strategy", "")),
        params=tuple((str(name), value) for name, value in params.items()),
        plan=plan_of(data["plan"]) if data.get("plan") is not None else None,
        costs=costs_read(data.get("costs", "default")),
        sizing=settings("sizing", Sizing),
        stops=settings("stops", Stops),
        fills=settings("fills", Fills),
        account=settings("account", Account),
    )


@dataclass(frozen=True)
class Inputs:
    """A recipe on an instrument and a span: everything a backtest depends on besides the data and the code.

    `start` and `end` are days of the exchange, both included; None is as far as there are bars. `adjust` is "splits"
    (dividends are paid in cash) or "dividends" (prices with dividends reinvested).
    """

    symbol: str
    recipe: Recipe
    interval: str = "1d"
    start: date | None = None
    end: date | None = None
    adjust: str = "splits"

    @property
    def title(self) -> str:
        """The recipe's title and the instrument."""
        return f"{self.recipe.title} on {self.symbol}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the inputs, 64 hex digits."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def document(self) -> dict[str, Any]:
        """The inputs as a JSON object."""
        return {
            "symbol": self.symbol,
            "interval": self.interval,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "adjust": self.adjust,
            "recipe": self.recipe.document(),
        }


def inputs_of(data: object) -> Inputs:
    """Inputs from a JSON object. Raises as `recipe_of`."""
    if not isinstance(data, Mapping):
        raise BadRule("inputs", data, "it must be an object")

    def day(name: str) -> date | None:
        text = data.get(name)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except (TypeError, ValueError):
            raise BadRule(name, text, "it must be a day such as 2024-03-01") from None

    return Inputs(
        symbol=str(data.get("symbol", "")),
        recipe=recipe_of(data.get("recipe")),
        interval=str(data.get("interval", "1d")),
        start=day("start"),
        end=day("end"),
        adjust=str(data.get("adjust", "splits")),
    )


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
