"""The noun of the library: a strategy with its parameters, where it comes from, and its one signal function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from core.backtest.account import Account, Fills
from core.backtest.errors import BadRule
from core.backtest.signals import Signals
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops
from core.backtest.tape import Tape
from core.indicators.errors import BadParameter
from core.indicators.model import Param
from core.indicators.numbers import Floats

SignalFunction = Callable[..., Signals]


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the bars that depends on some of a strategy's parameters: `function(tape, **those)`."""

    params: tuple[str, ...]
    function: Callable[..., Floats]


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy. `function(tape, **params)` returns its signals; nothing else of it computes.

    Attributes:
        params: with defaults and the ranges that make sense; a name `fast` must be below a `slow`.
        idea: what it bets on, in a sentence or two. reference: where it was published.
        cross: for strategies that are a cross of two lines, the lines: sweeps compute each line once.
        given: parameters that differ from the defaults (`bind`).
        sizing, stops, fills, account: what belongs to the strategy; the run's own come before them.
    """

    name: str
    label: str
    family: str
    idea: str
    reference: str
    params: tuple[Param, ...]
    function: SignalFunction = field(repr=False)
    cross: tuple[Line, Line] | None = field(default=None, repr=False)
    given: Mapping[str, Any] = field(default_factory=dict)
    sizing: Sizing | None = None
    stops: Stops | None = None
    fills: Fills | None = None
    account: Account | None = None

    @property
    def defaults(self) -> dict[str, Any]:
        """Every parameter's value without anything given."""
        return {one.name: one.default for one in self.params}

    @property
    def values(self) -> dict[str, Any]:
        """Every parameter's value as it will run."""
        return {**self.defaults, **self.given}

    def bind(self, **params: object) -> Strategy:
        """The same strategy with these parameters.

        Raises core.indicators.BadParameter for one it does not have or a value out of range.
        """
        values = dict(self.given)
        for name, value in params.items():
            values[name] = self.param(name, value).clean(self.name, value)
        whole = {**self.defaults, **values}
        if "fast" in whole and "slow" in whole and whole["fast"] >= whole["slow"]:
            raise BadParameter(self.name, "fast", whole["fast"], f"it must be below slow, which is {whole['slow']}")
        return replace(self, given=values)

    def param(self, name: str, given: object = "") -> Param:
        """The parameter of that name. Raises core.indicators.BadParameter naming those there are."""
        for one in self.params:
            if one.name == name:
                return one
        have = ", ".join(one.name for one in self.params)
        raise BadParameter(self.name, name, given, f"it takes {have}" if have else "it takes no parameters")

    def signals(self, tape: Tape) -> Signals:
        """What it wants on these bars."""
        return self.function(tape, **self.values)


class Library:
    """Collects the strategies of one family as its module defines them."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.strategies: list[Strategy] = []

    def add(
        self,
        name: str,
        label: str,
        idea: str,
        reference: str,
        *params: Param,
        sizing: Sizing | None = None,
        stops: Stops | None = None,
        fills: Fills | None = None,
        account: Account | None = None,
    ) -> Callable[[SignalFunction], SignalFunction]:
        """Decorator: put a signal function into the library."""

        def put(function: SignalFunction) -> SignalFunction:
            self.strategies.append(
                Strategy(
                    name, label, self.family, idea, reference, params, function, None, {}, sizing, stops, fills, account
                )
            )
            return function

        return put

    def add_cross(
        self, name: str, label: str, idea: str, reference: str, first: Line, second: Line, *params: Param
    ) -> None:
        """Put a strategy into the library that is long while `first` is above `second`, from cross to cross."""

        def function(tape: Tape, **values: Any) -> Signals:
            one = first.function(tape, **{key: values[key] for key in first.params})
            two = second.function(tape, **{key: values[key] for key in second.params})
            return Signals.cross(one, two, short=values["short"] == "yes")

        self.strategies.append(
            Strategy(name, label, self.family, idea, reference, (*params, SHORT), function, (first, second))
        )


SHORT = Param("short", "Sell short as well", "no", kind="choice", choices=("no", "yes"))


def combinations(grid: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Every combination of a grid, the last parameter fastest."""
    names = tuple(grid)
    for values in product(*grid.values()):
        yield dict(zip(names, values, strict=True))


def custom(function: Callable[[Tape], Signals], name: str = "own") -> Strategy:
    """An investor's own signal function as a strategy without parameters."""
    if not callable(function):
        raise BadRule("strategy", type(function).__name__, "it must be a name, a Strategy, Signals or a function")
    return Strategy(name, name, "own", "", "", (), function)
