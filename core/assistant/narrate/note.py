"""A text under construction that remembers which value each of its numbers is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from core import formats
from core.assistant.model import ToolResult, Value
from core.assistant.tools.cards import CARDS
from core.market.instruments import by_symbol

_INDIA: Final = "Asia/Kolkata"
_PLACE = re.compile(r"\{(\w+)(?::([\w+]+))?\}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~$])")
_LARGE: Final = 1e7


@dataclass(frozen=True, slots=True)
class Number:
    """A number of an answer's text.

    Attributes:
        text: as written, at `start` up to `end` of the text.
        value: what was written, raw; an ISO day for a date.
        cite: the value it comes from ("get_rsi:TCS.NS:rsi").
    """

    text: str
    value: float | str
    cite: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class View:
    """One result as a narrator reads it, for one instrument."""

    result: ToolResult
    symbol: str
    name: str

    def value(self, field: str) -> Value | None:
        """The latest value of a field, this instrument's first."""
        for one in self.result.values:
            if one.field == field and one.value is not None and one.symbol == self.symbol:
                return one
        found = self.result.value(field)
        return found if found is not None and found.value is not None and not found.symbol else None

    def number(self, field: str) -> float | None:
        """A field as a number; None when it is not there or no number."""
        found = self.value(field)
        if found is None or not isinstance(found.value, int | float):
            return None
        return float(found.value)

    def word(self, field: str) -> str:
        """A field as a word; "" when it is not there."""
        found = self.value(field)
        return str(found.value) if found is not None else ""

    def all(self, field: str) -> list[Value]:
        """Every value of a field, in the result's order."""
        return [one for one in self.result.values if one.field == field and one.value is not None]


class Note:
    """Sentences, paragraph by paragraph."""

    def __init__(self) -> None:
        self._text = ""
        self._numbers: list[Number] = []
        self.cited: list[Value] = []

    @property
    def text(self) -> str:
        """What has been written."""
        return self._text.strip()

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers in it, in order. Leading blank space is never written, so their places hold in `text`."""
        return tuple(self._numbers)

    def paragraph(self) -> None:
        """Begin a new paragraph, unless one has just begun."""
        if self._text and not self._text.endswith("\n\n"):
            self._text = f"{self._text.rstrip()}\n\n"

    def line(self) -> None:
        """Begin a new line of a list."""
        if self._text and not self._text.endswith("\n"):
            self._text += "\n"

    def plain(self, words: str) -> bool:
        """Add words that hold no figure."""
        self._join(words)
        return True

    def say(self, view: View, template: str) -> bool:
        """Add a sentence with fields in braces; nothing at all when one of them is missing. Returns whether it was.

        `{field}` is written in its unit's way; `{field:abs}` without its sign, `{field:plus}` with it, `{field:short}`
        as a short amount, `{field:d0}` with that many decimals, `{field:period}` is what it covers; `{name}` is the
        instrument's name.
        """
        wanted: dict[str, Value] = {}
        for match in _PLACE.finditer(template):
            if match[1] == "name":
                continue
            value = view.value(match[1])
            if value is None:
                return False
            wanted[match[1]] = value
        return self.write(template, wanted, view.name)

    def write(self, template: str, values: dict[str, Value], name: str = "") -> bool:
        """Add a sentence whose fields are given outright."""
        self._join("")
        position = 0
        for match in _PLACE.finditer(template):
            self._text += template[position : match.start()]
            position = match.end()
            if match[1] == "name":
                self._text += safe(name)
                continue
            self._figure(values[match[1]], match[2] or "")
        self._text += template[position:]
        return True

    def _figure(self, value: Value, style: str) -> None:
        if style == "period":
            start = len(self._text)
            self._text += value.period
            self._numbers.append(Number(value.period, value.period, value.cite, start, len(self._text)))
            return
        shown = figure(value, style)
        if isinstance(value.value, str):
            self._text += safe(shown)
            self.cited.append(value)
            return
        start = len(self._text)
        self._text += shown
        raw: float | str = value.value.isoformat() if isinstance(value.value, date) else float(value.value or 0)
        self._numbers.append(Number(shown, raw, value.cite, start, len(self._text)))
        self.cited.append(value)

    def _join(self, words: str) -> None:
        if self._text and not self._text.endswith(("\n", " ", "(")):
            self._text += " "
        self._text += words


def figure(value: Value, style: str = "") -> str:
    """A value as it is written, in the reader's number style. See `Note.say` for the styles."""
    raw = value.value
    if isinstance(raw, datetime) and style == "moment":
        return f"{formats.day(raw, _INDIA)}, {formats.clock_time(raw, _INDIA)}"
    if isinstance(raw, datetime):
        return formats.day(raw, _INDIA)
    if isinstance(raw, date):
        return formats.day(raw)
    if raw is None:
        return formats.UNKNOWN
    if isinstance(raw, str):
        return raw
    number = abs(float(raw)) if style == "abs" else float(raw)
    signed = style == "plus"
    decimals = int(style[1:]) if re.fullmatch(r"d\d", style) else None
    if value.unit == "%":
        places = decimals if decimals is not None else 2 if abs(number) < 1 else 1
        return f"{formats.number(number, places, signed=signed)}%"
    if _CURRENCY.fullmatch(value.unit):
        if style == "short" or abs(number) >= _LARGE:
            return formats.compact(number, value.unit)
        return formats.money(number, value.unit, decimals=decimals)
    if value.unit == "shares":
        return formats.compact(number, indian=value.symbol.endswith((".NS", ".BO")))
    if value.unit in {"count", "days"}:
        return formats.number(number, 0)
    places = decimals if decimals is not None else 1 if abs(number) >= 10 else 2
    return formats.number(number, places, signed=signed)


def safe(text: str) -> str:
    """A vendor's text as plain words: no Markdown, no markup, one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


@lru_cache(maxsize=1024)
def short_name(symbol: str) -> str:
    """What people call an instrument; its symbol when the catalogue does not know it."""
    known = by_symbol(symbol)
    return symbol if known is None else known.short_name or known.name


def views(result: ToolResult) -> list[View]:
    """A result once for each instrument that was asked for; once with no instrument for the market or the desk."""
    card = CARDS.get(result.tool)
    if card is not None and card.argument("symbol") is None and card.argument("symbols") is None:
        return [View(result, "", "")]
    asked = result.args.get("symbol"), *_listed(result.args.get("symbols"))
    symbols = [one for one in result.symbols if one in asked] or list(result.symbols[:1]) or [""]
    return [View(result, symbol, short_name(symbol) if symbol else "") for symbol in symbols]


def _listed(given: object) -> tuple[object, ...]:
    return tuple(given) if isinstance(given, list | tuple) else ()


def cleared(value: Value, **changes: object) -> Value:
    """A copy of a value for a sentence that names it otherwise."""
    return replace(value, **changes)  # type: ignore[arg-type]


Teller = Callable[[Note, View], None]
TELLERS: dict[str, Teller] = {}


def tells(*tools: str) -> Callable[[Teller], Teller]:
    """Decorator: this function words the results of these tools."""

    def put(teller: Teller) -> Teller:
        for tool in tools:
            TELLERS[tool] = teller
        return teller

    return put
