"""What stands behind the numbers of an answer: each with its value, unit, time, source and the tool that found it.

Also how a tool's raw values are written: `shown`. Pages, files and mails use the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from core import clock, formats
from core.assistant.model import Scalar, ToolResult, Unit, Value
from core.market.instruments import by_symbol, infer

if TYPE_CHECKING:
    from core.assistant.answer import Answer

SIMULATED = "demo"
"""The name of the source whose prices are simulated."""

_INDIA = "Asia/Kolkata"
_LARGE_MONEY = 1e7
_LARGE_COUNT = 1e6


@dataclass(frozen=True, slots=True)
class Proof:
    """One number of an answer and what it rests on.

    Attributes:
        text: the number as the answer writes it.
        start, end: where it stands in the answer's text.
        label: what it is; "" when the answer's results do not hold what it cites.
        shown: the value behind it, written out.
        about: the instrument; "" for the market as a whole.
        when: the time it speaks of, at the exchange.
        source: in words.
        tool: which one found it, or "calc".
        cite: how the answer names it.
    """

    text: str
    start: int
    end: int
    label: str
    shown: str
    about: str
    when: str
    source: str
    tool: str
    cite: str


def proofs(answer: Answer) -> tuple[Proof, ...]:
    """What stands behind each number of an answer, in the order of its text."""
    known = {value.cite: (value, result) for result in answer.results for value in result.values}
    found = []
    for number in answer.numbers:
        value, result = known.get(number.cite, (None, None))
        place = (number.text, number.start, number.end)
        if value is None or result is None:
            tool = number.cite.partition(":")[0]
            found.append(Proof(*place, "", shown(number.value, ""), "", "", "", tool, number.cite))
            continue
        zone = zone_of(value.symbol)
        found.append(
            Proof(
                *place,
                f"{value.label}, {value.period}" if value.period and value.period not in value.label else value.label,
                shown(value.value, value.unit, zone),
                value.symbol,
                when(value.as_of, zone),
                source_words(value.source),
                result.tool,
                number.cite,
            )
        )
    return tuple(sorted(found, key=lambda one: one.start))


def used_values(results: tuple[ToolResult, ...]) -> tuple[Value, ...]:
    """All values that tools found, once each."""
    return tuple({value.cite: value for result in results for value in result.values}.values())


def sources_of(answer: Answer) -> tuple[str, ...]:
    """Every source of an answer in words, the simulated market first."""
    names = dict.fromkeys(name for result in answer.results for name in result.sources)
    return tuple(source_words(name) for name in sorted(names, key=lambda one: one != SIMULATED))


def is_simulated(answer: Answer) -> bool:
    """Whether anything in an answer rests on the simulated market."""
    return any(result.simulated or SIMULATED in result.sources for result in answer.results)


def youngest(answer: Answer) -> str:
    """The youngest time an answer speaks of, at the exchange; "" when it speaks of none."""
    times = [(result.as_of, result.symbols) for result in answer.results if result.as_of is not None]
    if not times:
        return ""
    at, symbols = max(times, key=lambda one: _sortable(one[0]))
    return when(at, zone_of(symbols[0] if symbols else ""))


def shown(value: Scalar, unit: Unit, timezone: str = _INDIA) -> str:
    """A raw value as it is read: ₹3,512.40, 61.2, 15.3%, 24.1x, ₹2.31 L Cr, 20 Nov 2026."""
    match value:
        case None:
            return formats.UNKNOWN
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case datetime():
            return when(value, timezone)
        case date():
            return formats.day(value)
    if unit == "%":
        return f"{formats.number(value, 2)}%"
    if unit == "x":
        return f"{formats.number(value, 2)}x"
    if unit in {"shares", "count", "days"} or (unit == "" and isinstance(value, int)):
        if unit != "days" and abs(value) >= _LARGE_COUNT:
            return formats.compact(float(value), indian=True)
        words = formats.number(float(value), 0 if float(value).is_integer() else 2)
        return f"{words} days" if unit == "days" else words
    if len(unit) == 3 and unit.isupper():
        return formats.compact(value, unit) if abs(value) >= _LARGE_MONEY else formats.money(value, unit)
    return formats.number(value, 2)


def when(at: date | datetime | None, timezone: str) -> str:
    """A day, or a moment at the exchange; "" for none. A moment at midnight is its day."""
    if at is None:
        return ""
    if not isinstance(at, datetime):
        return formats.day(at)
    if at.tzinfo is None:
        return formats.day(at.date())
    return formats.moment(at, timezone, now=clock.now())


def zone_of(symbol: str) -> str:
    """The exchange's IANA zone of a canonical symbol; India's for the market as a whole."""
    if not symbol:
        return _INDIA
    return (by_symbol(symbol) or infer(symbol)).timezone


def source_words(name: str) -> str:
    """A source as readers know it."""
    return "Simulated market" if name == SIMULATED else name.replace("_", " ").capitalize()


def _sortable(at: date | datetime) -> str:
    return at.isoformat()
