"""The nouns of the catalogue: a parameter, a column and an indicator."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from core.indicators.arrays import OHLCV
from core.indicators.errors import BadParameter
from core.indicators.numbers import Arrays

Family = Literal["overlap", "trend", "momentum", "volatility", "volume", "statistics", "cycle"]
Pane = Literal["price", "own"]
Draw = Literal["line", "histogram", "dots", "step", "none"]
Kind = Literal["int", "float", "choice", "date"]
Value = int | float | str | pd.Timestamp | None
Function = Callable[..., Arrays]


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its default and the range a caller may ask for (`low` and `high` inclusive)."""

    name: str
    label: str
    default: Value
    low: float = -math.inf
    high: float = math.inf
    kind: Kind = "int"
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """The permitted values in words, for messages and forms."""
        if self.kind == "choice":
            return f"it must be one of {', '.join(self.choices)}"
        if self.kind == "date":
            return "it must be a date such as 2024-03-01, or empty for the first bar"
        what = "a whole number" if self.kind == "int" else "a number"
        return f"it must be {what} from {self.low:g} to {self.high:g}"

    def clean(self, indicator: str, given: object) -> Value:
        """The value as the function wants it; numbers may come as text (address bar, command line).

        Raises BadParameter naming the indicator, the parameter, what was given and what is allowed.
        """
        if self.kind == "choice":
            if isinstance(given, str) and given.strip().lower() in self.choices:
                return given.strip().lower()
            raise BadParameter(indicator, self.name, given, self.allowed)
        if self.kind == "date":
            return self._date(indicator, given)
        return self._number(indicator, given)

    def _number(self, indicator: str, given: object) -> int | float:
        if isinstance(given, bool) or not isinstance(given, int | float | str | np.integer | np.floating):
            raise BadParameter(indicator, self.name, given, self.allowed)
        try:
            number = float(given)
        except (ValueError, OverflowError) as error:
            raise BadParameter(indicator, self.name, given, self.allowed) from error
        if not math.isfinite(number) or not self.low <= number <= self.high:
            raise BadParameter(indicator, self.name, given, self.allowed)
        if self.kind == "int":
            if number != int(number):
                raise BadParameter(indicator, self.name, given, self.allowed)
            return int(number)
        return number

    def _date(self, indicator: str, given: object) -> pd.Timestamp | None:
        if given is None or given == "":
            return None
        if not isinstance(given, str | dt.date | np.datetime64):
            raise BadParameter(indicator, self.name, given, self.allowed)
        try:
            stamp = pd.Timestamp(given)
        except (ValueError, OverflowError) as error:
            raise BadParameter(indicator, self.name, given, self.allowed) from error
        if not isinstance(stamp, pd.Timestamp):  # "NaT" parses
            raise BadParameter(indicator, self.name, given, self.allowed)
        return stamp


@dataclass(frozen=True, slots=True)
class Column:
    """One output column and how to draw it.

    `shift` names the parameter by which the column is to be drawn to the left: the value in row t was known
    at t and belongs, on a chart, that many bars earlier (Ichimoku's chikou). Columns never look ahead.
    """

    name: str
    label: str
    draw: Draw = "line"
    shift: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One entry of the catalogue.

    `function(bars, **params)` takes clean arrays (no NaN in `inputs`) and returns one float64 array of the
    same length a column. `levels` are reference values to draw, `fills` pairs of columns to shade between.
    `scale` says what a price multiplied by k does to the values: "price" multiplies them by k, "free" leaves
    them alone, "other" is anything else.
    """

    name: str
    label: str
    family: Family
    pane: Pane
    params: tuple[Param, ...]
    columns: tuple[Column, ...]
    inputs: tuple[str, ...]
    formula: str
    function: Function = field(repr=False)
    levels: tuple[float, ...] = ()
    fills: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    scale: Literal["price", "free", "other"] = "free"
    defaults: Mapping[str, Value] = field(default_factory=dict, repr=False)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in order, the main line first."""
        return tuple(column.name for column in self.columns)

    def clean(self, given: Mapping[str, object]) -> dict[str, Any]:
        """All parameters with their checked values, defaults filled in.

        Raises BadParameter for a parameter this indicator does not have, a value out of range, and a fast
        length that is not below the slow one.
        """
        if not given:
            return dict(self.defaults)
        values: dict[str, Any] = dict(self.defaults)
        for name, value in given.items():
            param = next((p for p in self.params if p.name == name), None)
            if param is None:
                have = ", ".join(p.name for p in self.params)
                raise BadParameter(self.name, name, value, f"it takes {have}" if have else "it takes no parameters")
            values[name] = param.clean(self.name, value)
        if "fast" in values and "slow" in values and values["fast"] >= values["slow"]:
            raise BadParameter(self.name, "fast", values["fast"], f"it must be below slow, which is {values['slow']}")
        return values


class Shelf:
    """Collects the indicators of one family as its module defines them."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.indicators: list[Indicator] = []

    def add(
        self,
        name: str,
        label: str,
        formula: str,
        *columns: Column | str,
        params: tuple[Param, ...] = (),
        inputs: str = "c",
        pane: Pane = "own",
        levels: tuple[float, ...] = (),
        fills: tuple[tuple[str, str], ...] = (),
        aliases: tuple[str, ...] = (),
        scale: Literal["price", "free", "other"] = "free",
        family: Family | None = None,
    ) -> Callable[[Function], Function]:
        """Decorator: put a function on the shelf. `inputs` are initials out of o, h, l, c, v."""
        if not columns:
            columns = (name,)
        drawn = tuple(c if isinstance(c, Column) else Column(c, c.replace("_", " ")) for c in columns)
        initials = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}

        def put(function: Function) -> Function:
            self.indicators.append(
                Indicator(
                    name=name,
                    label=label,
                    family=family or self.family,
                    pane=pane,
                    params=params,
                    columns=drawn,
                    inputs=tuple(initials[i] for i in inputs),
                    formula=formula,
                    function=function,
                    levels=levels,
                    fills=fills,
                    aliases=aliases,
                    scale=scale,
                    defaults={p.name: p.default for p in params},
                )
            )
            return function

        return put


def length(default: int, low: int = 2, name: str = "length", label: str = "Length") -> Param:
    """A number of bars."""
    return Param(name, label, default, low, 1000, "int")


def factor(name: str, label: str, default: float, low: float, high: float) -> Param:
    """A real number."""
    return Param(name, label, default, low, high, "float")


def fast_slow(fast: int, slow: int) -> tuple[Param, Param]:
    """The usual pair of lengths."""
    return length(fast, 1, "fast", "Fast length"), length(slow, 2, "slow", "Slow length")


__all__ = [
    "OHLCV",
    "Arrays",
    "Column",
    "Indicator",
    "Param",
    "Shelf",
    "Value",
    "factor",
    "fast_slow",
    "length",
]
