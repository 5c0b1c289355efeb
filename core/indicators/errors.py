"""What can go wrong when an indicator is asked for.

IndicatorError
├── UnknownIndicator   no such name; the message offers near ones
├── BadParameter       a parameter that does not exist or lies outside its range
└── BadBars            bars that cannot be computed on (missing column, unsorted or duplicate times, ...)
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class IndicatorError(ValueError):
    """Base of everything this package raises for bad input; the message is fit for an investor to read."""


class UnknownIndicator(IndicatorError):
    """A name that is not in the catalogue."""

    def __init__(self, name: object, known: Iterable[str]) -> None:
        names = sorted(set(known))
        near = get_close_matches(str(name).lower(), names, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "see core.indicators.catalogue() for all names."
        super().__init__(f"There is no indicator or pattern called {str(name)[:60]!r}; {hint}")
        self.name = name
        self.near = tuple(near)


class BadParameter(IndicatorError):
    """A parameter the indicator does not have, or a value outside its range."""

    def __init__(self, indicator: str, parameter: str, given: object, allowed: str) -> None:
        super().__init__(f"{indicator}: {parameter} was given as {str(given)[:60]!r}; {allowed}.")
        self.indicator = indicator
        self.parameter = parameter
        self.given = given
        self.allowed = allowed


class BadBars(IndicatorError):
    """Bars that cannot be computed on; the message names the column or the time at fault."""
