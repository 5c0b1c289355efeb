"""What can go wrong when a backtest is asked for.

BacktestError
├── UnknownStrategy    no such name; the message offers near ones
├── BadRule            a cost, size, stop or order rule that cannot be
├── BadSignals         signals that do not fit the bars
├── TooMuch            a grid, a universe or a path count beyond what is run; the message has its size
└── NothingToTest      bars, trades or trials too few for the question

What bars or an indicator's parameters refuse comes as `core.indicators.IndicatorError` from below.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class BacktestError(ValueError):
    """Base of everything this package raises for bad input; the message is fit for an investor to read."""


class UnknownStrategy(BacktestError):
    """A name that is not in the library."""

    def __init__(self, name: object, known: Iterable[str]) -> None:
        names = sorted(set(known))
        near = get_close_matches(str(name).lower(), names, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(names)}."
        super().__init__(f"There is no strategy called {str(name)[:60]!r}; {hint}")
        self.name = name
        self.near = tuple(near)


class BadRule(BacktestError):
    """A rule of costs, sizing, stops or fills outside what is possible."""

    def __init__(self, what: str, given: object, allowed: str) -> None:
        super().__init__(f"{what} was given as {str(given)[:60]!r}; {allowed}.")
        self.what = what
        self.given = given
        self.allowed = allowed


class BadSignals(BacktestError):
    """Signals that do not fit the bars they are for."""


class TooMuch(BacktestError):
    """More work than one call takes; the message says how much was asked and what to do."""


class NothingToTest(BacktestError):
    """Too little of something for an answer: bars, trades, trials."""


def between(what: str, given: object, low: float, high: float) -> float:
    """`given` as a float in [low, high]. Raises BadRule otherwise (NaN and booleans too)."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise BadRule(what, given, f"it must be a number from {low:g} to {high:g}")
    number = float(given)
    if not low <= number <= high:
        raise BadRule(what, given, f"it must be from {low:g} to {high:g}")
    return number


def whole(what: str, given: object, low: int, high: int) -> int:
    """`given` as an int in [low, high]. Raises BadRule otherwise."""
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise BadRule(what, given, f"it must be a whole number from {low} to {high}")
    return given
