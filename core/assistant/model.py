"""The analyst's nouns: what a tool is called, what it takes, and what it hands back.

A tool computes, a narrator words. So a result carries raw numbers, each with its unit, the time it speaks of and where
it comes from, and displays which any front end can draw; nothing here is formatted, and nothing here knows a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.accounts.model import Account

Scalar = float | int | str | date | None
"""What a value or a cell may hold. `datetime` is a date; a whole number stays an int."""

Unit = str
"""An ISO currency ("INR", "USD"), "%" (of a hundred), "x" (a multiple or plain ratio), "shares", "index" (an
indicator's own scale or an index level), "count", "days", "date", "text" or "" where none applies. Percentages are per
hundred here: 0.153 of a vendor is 15.3 with the unit "%"."""

Group = Literal["financial", "technical", "governance", "news", "visual", "strategy", "desk"]
Intent = Literal["read", "act"]
ArgumentType = Literal["symbol", "symbols", "text", "integer", "number", "choice", "date", "range"]
FigureKind = Literal["candles", "lines", "bars", "pie", "heatmap", "histogram", "area", "treemap"]

RANGES = ("1d", "5d", "1mo", "3mo", "6mo", "ytd", "1y", "2y", "3y", "5y", "10y", "max")
"""Spans a `range` argument takes, Yahoo's words. An exact span is "2024-01-01..2024-06-30"."""

_SPAN = re.compile(r"^\d{4}-\d{2}-\d{2}\.\.(\d{4}-\d{2}-\d{2})?$")


@dataclass(frozen=True, slots=True)
class Value:
    """One figure with everything needed to believe it.

    Attributes:
        field: what it is, snake_case ("pe_ratio", "close", "rsi").
        value: raw; None where it could not be had.
        unit: see `Unit`.
        label: the words for a reader ("RSI (14)").
        symbol: the instrument it speaks of, canonical; "" for the market or the desk as a whole.
        as_of: the time it speaks of: close of the last bar, end of the reported period, day of the call.
        source: who said it ("yahoo", "demo", ...); figures reckoned by us name the source of what they rest on.
        period: what it covers, where that matters ("FY2025", "Q1 FY2026", "1y").
        cite: how an answer names it, unique within a result: "get_rsi:TCS.NS:rsi".
    """

    field: str
    value: Scalar
    unit: Unit
    label: str
    symbol: str
    as_of: date | datetime | None
    source: str
    period: str = ""
    cite: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `unit` as in `Value`."""

    name: str
    unit: Unit = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to show. Cells are raw; texts from vendors are untrusted."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One drawn thing of a figure.

    Attributes:
        x: epoch milliseconds, int64 (n,); or words (bars, pie, treemap, heatmap columns).
        y: float64 (n,), NaN where unknown; for a heatmap (rows, columns).
        kind: how it is drawn.
        pane: "price" or the name of a pane below it.
        ohlc: float64 (n, 4) open, high, low, close of candles; then `y` is the close.
        rows: a heatmap's row names; a treemap's parent of each x ("" at the top).
        colour_by: float64 (n,) to colour bars or tiles by; empty for none.
    """

    name: str
    x: NDArray[np.int64] | tuple[str, ...]
    y: NDArray[np.float64]
    kind: Literal["line", "bar", "area", "candle", "dots", "cells"] = "line"
    pane: str = "price"
    unit: Unit = ""
    ohlc: NDArray[np.float64] | None = None
    rows: tuple[str, ...] = ()
    colour_by: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line. `kind`: support, resistance, entry, stop, target, reference or liquidation."""

    price: float
    label: str
    kind: str = "reference"
    pane: str = "price"


@dataclass(frozen=True, slots=True)
class Zone:
    """A band between two prices, from `start` on (None: the whole width). `strength` 0 to 1."""

    low: float
    high: float
    label: str
    kind: str
    start: datetime | None = None
    end: datetime | None = None
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Annotation:
    """Words at a point. `direction`: up, down or none."""

    time: datetime
    price: float
    text: str
    direction: str = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A drawing, free of any plotting library.

    Attributes:
        alt: what it shows, in a sentence, for those who cannot see it.
        deep_link: path and query of the page that shows the same thing live; "" for none.
        symbols: the instruments in it.
        note: source and time, or what the reader must know.
    """

    kind: FigureKind
    title: str
    alt: str
    series: tuple[Series, ...]
    levels: tuple[Level, ...] = ()
    zones: tuple[Zone, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    deep_link: str = ""
    unit: Unit = ""
    symbols: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Words to show. `untrusted` says they are a vendor's (headlines, company descriptions), never ours."""

    title: str
    body: str
    untrusted: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to hand over. `name` is safe as a file name; `content` its text (UTF-8)."""

    name: str
    media_type: str
    content: str


Display = Table | Figure | Text | Attachment


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool found.

    Attributes:
        args: the arguments as used, defaults filled in, symbols canonical.
        symbols: the instruments it speaks of.
        as_of: the youngest time any value speaks of.
        sources: every source used, by name; "demo" marks simulated prices.
        unavailable: "" when there is something to tell; else what is missing and how to get it, a sentence.
        simulated: some value rests on the simulated market.
        choices: when the instrument was ambiguous: canonical symbols to ask the investor about.
        ms: how long it took; the only thing that differs between two calls with the same data.
    """

    tool: str
    args: Mapping[str, object]
    symbols: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    displays: tuple[Display, ...] = ()
    warnings: tuple[str, ...] = ()
    as_of: date | datetime | None = None
    sources: tuple[str, ...] = ()
    unavailable: str = ""
    simulated: bool = False
    choices: tuple[str, ...] = ()
    ms: float = 0.0

    def value(self, field: str, symbol: str = "") -> Value | None:
        """The first value of that field (and symbol, when given); None when there is none."""
        for one in self.values:
            if one.field == field and symbol in {"", one.symbol}:
                return one
        return None


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool.

    Types: `symbol` (anything `core.market.instruments` resolves), `symbols` (a list of them), `text`, `integer`,
    `number`, `choice` (one of `choices`), `date` (ISO), `range` (one of `RANGES` or "FROM..TO" in ISO days).
    `low` and `high` bound a number, and for `symbols` how many.
    """

    name: str
    type: ArgumentType
    description: str
    required: bool = False
    default: object = None
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """What a tool is, for the router, for models, for other programs and for people.

    Attributes:
        examples: phrases that ask for it, `{symbol}` free: real ones, as investors write them.
        intent: "act" changes something of the investor's and needs their explicit word.
        freshness: how old its data can be, in words.
        needs: what must be known before it can run: "symbol", "symbols", "investor".
    """

    name: str
    title: str
    group: Group
    description: str
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()
    intent: Intent = "read"
    freshness: str = ""
    needs: tuple[str, ...] = ()

    def argument(self, name: str) -> Argument | None:
        """The argument of that name; None when there is none."""
        return next((one for one in self.arguments if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, and as of when.

    Attributes:
        as_of: only what was known then is used; a date means its end at the exchange; None is the present.
        investor: whose portfolio, watchlist, files and alerts; None for nobody.
        scope: symbols the conversation is about, canonical.
        number_format: "indian" or "international", for whoever words the answer; tools ignore it.
        session: the conversation, for what must not be done twice; "" for none.
    """

    as_of: date | datetime | None = None
    investor: Account | None = None
    scope: tuple[str, ...] = ()
    number_format: str = "indian"
    session: str = ""

    @property
    def owner(self) -> str | None:
        """Who owns what is read (`core.market`'s word for it)."""
        return None if self.investor is None else self.investor.owner


NO_ARGS: Mapping[str, object] = MappingProxyType({})
PRESENT = Context()


def is_range(text: str) -> bool:
    """Whether `text` can be the value of a `range` argument."""
    return text in RANGES or _SPAN.match(text) is not None


__all__ = [
    "NO_ARGS",
    "PRESENT",
    "RANGES",
    "Annotation",
    "Argument",
    "ArgumentType",
    "Attachment",
    "Card",
    "Column",
    "Context",
    "Display",
    "Figure",
    "FigureKind",
    "Group",
    "Intent",
    "Level",
    "Scalar",
    "Series",
    "Table",
    "Text",
    "ToolResult",
    "Unit",
    "Value",
    "Zone",
    "is_range",
]
