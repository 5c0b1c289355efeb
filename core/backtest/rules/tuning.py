"""A rule plan's numbers as parameters, so that a plan can be swept, walked forward and shown with fields to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from core.backtest.rules.deciding import signals_of
from core.backtest.rules.plan import (
    MOST_BARS,
    Candle,
    Compare,
    Condition,
    Daytime,
    Either,
    Every,
    Lasting,
    Level,
    Month,
    MonthDays,
    Not,
    Number,
    Price,
    Reckoned,
    RulePlan,
    Study,
    Trend,
    Value,
    Weekday,
    Within,
)
from core.backtest.rules.text import sentences
from core.backtest.signals import Signals
from core.backtest.strategy import Strategy
from core.backtest.tape import Tape
from core.indicators.model import Param

Take = Callable[[Param], Any]
V = TypeVar("V", bound=Value | Condition)
_REFERENCE = "Rules of your own"


def strategy_of(plan: RulePlan) -> Strategy:
    """The plan as a strategy: its numbers are the parameters, its stops and sizing come along."""
    params = parameters(plan)

    def function(tape: Tape, **values: Any) -> Signals:
        return signals_of(tuned(plan, values), tape)

    idea = " ".join(sentences(plan))
    return Strategy(
        "rules", plan.name, "own", idea, _REFERENCE, params, function, None, {}, plan.sizing, plan.stops
    )  # fmt: skip


def parameters(plan: RulePlan) -> tuple[Param, ...]:
    """Every number of the conditions: parameters of indicators, constants, and how many bars; as they stand."""
    found: list[Param] = []

    def take(param: Param) -> Any:
        found.append(param)
        return param.default

    _rebuilt(plan, take)
    return tuple(found)


def tuned(plan: RulePlan, values: Mapping[str, Any]) -> RulePlan:
    """The plan with other numbers; what is not named stays. Raises BadRule for one that cannot be."""
    if all(values.get(one.name, one.default) == one.default for one in parameters(plan)):
        return plan
    return _rebuilt(plan, lambda param: values.get(param.name, param.default))


def _rebuilt(plan: RulePlan, take: Take) -> RulePlan:
    namer = _Namer(take)
    made: dict[str, Any] = {name: namer.condition(condition) for name, condition in plan.conditions}
    return replace(plan, **made)


class _Namer:
    """Goes through a plan in order, gives each number a name of its own, and rebuilds it with what `take` answers.

    The same indicator with the same parameters is one number wherever it stands, so that an average which is compared
    in an entry and in an exit stays the same average.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._names: set[str] = set()
        self._studies: dict[tuple[str, tuple[tuple[str, Any], ...]], dict[str, Any]] = {}

    def condition(self, node: Condition) -> Condition:
        match node:
            case Compare(left, how, right):
                return Compare(self.value(left), how, self.value(right))
            case Trend(value, way, bars):
                return Trend(self.value(value), way, self._bars("bars", bars))
            case Every(parts):
                return Every(tuple(self.condition(one) for one in parts))
            case Either(parts):
                return Either(tuple(self.condition(one) for one in parts))
            case Not(part):
                return Not(self.condition(part))
            case Within(part, bars):
                return Within(self.condition(part), self._bars("within", bars))
            case Lasting(part, bars):
                return Lasting(self.condition(part), self._bars("for", bars))
            case Candle() | Weekday() | Month() | MonthDays() | Daytime():
                return node

    def value(self, node: Value) -> Value:
        match node:
            case Number(number):
                return Number(self._asked("level", "Level", number, -1e9, 1e9, "float"))
            case Level(kind, bars, span):
                return node if node.of_span else Level(kind, self._bars("level_bars", bars), span)
            case Reckoned(left, op, right):
                return Reckoned(self.value(left), op, self.value(right))
            case Study():
                return self._study(node)
            case Price():
                return node

    def _study(self, node: Study) -> Study:
        key = (node.name, node.params)
        if key not in self._studies:
            values = node.values
            for one in node.indicator.params:
                if one.kind in ("int", "float"):
                    label = f"{node.indicator.label}: {one.label.lower()}"
                    asked = self._asked(f"{node.name}_{one.name}", label, values[one.name], one.low, one.high, one.kind)
                    values[one.name] = asked
            self._studies[key] = values
        return replace(node, params=tuple(self._studies[key].items()))

    def _bars(self, name: str, bars: int) -> int:
        return int(self._asked(name, name.replace("_", " ").capitalize(), bars, 1, MOST_BARS, "int"))

    def _asked(self, name: str, label: str, default: Any, low: float, high: float, kind: Any) -> Any:
        number = 1
        free = name
        while free in self._names:
            number += 1
            free = f"{name}_{number}"
        self._names.add(free)
        shown = label if number == 1 else f"{label} ({number})"
        return self._take(Param(free, shown, default, low, high, kind))
