"""What one call of a tool collects while it works: values with their source, displays, warnings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TypeVar

import numpy as np

from core.assistant.model import Context, Display, Scalar, Table, ToolResult, Value
from core.market.model import AssetClass, Instrument, Sourced
from core.market.questions import known_by
from core.market.service import INDIA, Market

T = TypeVar("T")

_TOLD_ELSEWHERE = frozenset({"simulated"})
"""Kinds of the market's warnings which a result says in a field of its own."""


class Evidence:
    """One call's findings. Not shared between threads.

    Attributes:
        args: checked arguments, defaults filled in.
        market: where everything is read.
        context: who asks, as of when.
    """

    def __init__(self, tool: str, args: Mapping[str, object], context: Context, market: Market) -> None:
        self.tool, self.args, self.context, self.market = tool, args, context, market
        self._values: list[Value] = []
        self._cites: set[str] = set()
        self._displays: list[Display] = []
        self._warnings: dict[str, None] = {}
        self._sources: dict[str, None] = {}
        self._symbols: dict[str, None] = {}
        self._as_of: date | datetime | None = None
        self._simulated = False
        self._unavailable = ""

    # -- arguments -----------------------------------------------------------------------------------------------

    def text(self, name: str) -> str:
        """A text (or choice, symbol, range) argument; "" when it was not given."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self.args[name]
        assert isinstance(value, int)
        return value

    def number(self, name: str) -> float | None:
        """A number; None when it was not given."""
        value = self.args.get(name)
        assert value is None or isinstance(value, int | float)
        return None if value is None else float(value)

    def many(self, name: str = "symbols") -> tuple[str, ...]:
        """Several symbols."""
        value = self.args[name]
        assert isinstance(value, tuple)
        return value

    @property
    def symbol(self) -> str:
        """The canonical symbol asked about."""
        return self.text("symbol")

    @property
    def as_of(self) -> date | datetime | None:
        """Only what was known then."""
        return self.context.as_of

    @property
    def moment(self) -> datetime:
        """The moment asked about: the present, or the end of the day given (in India), aware UTC.

        Raises BadRange for a moment without timezone or outside the calendar.
        """
        now = self.market.now()
        return known_by(self.as_of, INDIA, now) or now

    def instrument(self, symbol: str = "") -> Instrument:
        """The instrument of a symbol, the one asked about by default. Raises MarketError."""
        found = self.market.resolve(symbol or self.symbol, owner=self.context.owner)
        self._symbols[found.symbol] = None
        return found

    # -- findings ------------------------------------------------------------------------------------------------

    def used(self, answer: Sourced[T]) -> T:
        """Take a market's answer into account (source, time, warnings) and hand out its data."""
        self._sources[answer.source] = None
        self._simulated = self._simulated or answer.simulated
        for warning in answer.warnings:
            if warning.kind not in _TOLD_ELSEWHERE:
                self._warnings[warning.detail] = None
        if answer.stale:
            self.warn(f"A newer value of {answer.source} is due; this one is of {answer.as_of:%Y-%m-%d %H:%M} UTC.")
        return answer.data

    def value(
        self,
        field: str,
        value: Scalar | np.floating | np.integer,
        unit: str,
        label: str,
        *,
        symbol: str | None = None,
        as_of: date | datetime | None,
        source: str,
        period: str = "",
    ) -> None:
        """Add a value. What is not finite is left out: it is unknown, not zero."""
        plain = plain_of(value)
        if plain is None:
            return
        of = self.symbol if symbol is None else symbol
        cite = f"{self.tool}:{of or 'market'}:{field}"
        if period:
            cite = f"{cite}:{period.replace(' ', '_')}"
        number, first = 1, cite
        while cite in self._cites:
            number += 1
            cite = f"{first}#{number}"
        self._cites.add(cite)
        self._sources[source] = None
        self._values.append(Value(field, plain, unit, label, of, as_of, source, period, cite))
        if as_of is not None and (self._as_of is None or _instant(as_of) > _instant(self._as_of)):
            self._as_of = as_of

    def show(self, display: Display) -> None:
        """Add a display. Cells of tables become plain; what is not finite is unknown."""
        if isinstance(display, Table):
            rows = tuple(tuple(plain_of(cell) for cell in row) for row in display.rows)
            display = replace(display, rows=rows)
        self._displays.append(display)

    def warn(self, text: str) -> None:
        """Say something the reader of the values should know."""
        self._warnings[text] = None

    def simulate(self) -> None:
        """Say that something of it rests on simulated prices."""
        self._simulated = True

    def about(self, symbols: Iterable[str]) -> None:
        """Name further instruments the result speaks of."""
        self._symbols.update(dict.fromkeys(symbols))

    def missing(self, text: str) -> ToolResult:
        """Nothing to tell, and why."""
        self._unavailable = text
        return self.result()

    def result(self) -> ToolResult:
        """What was found."""
        return ToolResult(
            tool=self.tool,
            args=self.args,
            symbols=tuple(self._symbols),
            values=tuple(self._values),
            displays=tuple(self._displays),
            warnings=tuple(self._warnings),
            as_of=self._as_of,
            sources=tuple(self._sources),
            unavailable=self._unavailable,
            simulated=self._simulated,
        )


def plain_of(value: Scalar | np.floating | np.integer) -> Scalar:
    """A value as a plain Python scalar; None for what is not finite."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def price_unit(instrument: Instrument) -> str:
    """The unit of an instrument's price: its currency, or "index" for an index, which is no money."""
    if instrument.asset_class is AssetClass.INDEX and not instrument.symbol.endswith("=F"):
        return "index"
    return instrument.currency or "index"


def name_of(instrument: Instrument) -> str:
    """What people call it."""
    return instrument.short_name or instrument.name


def _instant(moment: date | datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return datetime.combine(moment, time(), tzinfo=UTC)
