"""Arguments made exact: what a person, a model or a program gave, as the tool takes it, or a refusal that helps."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date

from core.assistant.errors import BadArguments
from core.assistant.model import RANGES, Argument, Card, Context, is_range
from core.market.service import Market

LONGEST_TEXT = 2000
_SEPARATED = re.compile(r"\s*[,;]\s*")
_AGO = re.compile(
    r"^(?:last|past)?\s*(\d+)\s*(d|day|days|w|wk|week|weeks|m|mo|month|months|y|yr|year|years)\s*(?:ago)?$"
)
_UNITS = {"d": 1, "w": 7, "m": 31, "y": 366}
_STEPS = ((1, "1d"), (7, "5d"), (31, "1mo"), (93, "3mo"), (186, "6mo"), (366, "1y"), (732, "2y"), (1098, "3y"))


def checked(card: Card, given: Mapping[str, object], context: Context, market: Market) -> dict[str, object]:
    """Every argument of the card with its checked value, defaults filled in; symbols canonical.

    Raises:
        BadArguments: an unknown argument, a missing one, a value of the wrong kind or out of range.
        MarketError: a symbol nobody knows, or several could be meant.
    """
    known = {one.name for one in card.arguments}
    for name in given:
        if name not in known:
            have = ", ".join(one.name for one in card.arguments) or "none"
            raise BadArguments(
                card.name, str(name)[:40], f"{card.name} takes no “{str(name)[:40]}”.", f"It takes {have}."
            )
    return {one.name: _value(card, one, given.get(one.name), context, market) for one in card.arguments}


def _value(card: Card, argument: Argument, given: object, context: Context, market: Market) -> object:
    if given is None or given in ("", [], ()):
        if argument.type in {"symbol", "symbols"} and argument.required and context.scope:
            low = int(argument.low or 1)
            if argument.type == "symbol":
                return context.scope[0]
            if len(context.scope) >= low:
                return context.scope[: int(argument.high or 8)]
        if argument.required:
            raise BadArguments(
                card.name, argument.name, f"{card.title} needs {_words(argument)}.", f"Give it: {argument.description}"
            )
        return argument.default
    if argument.type == "symbol":
        return market.resolve(_text(card, argument, given), owner=context.owner).symbol
    if argument.type == "symbols":
        return _symbols(card, argument, given, context, market)
    if argument.type in {"integer", "number"}:
        return _number(card, argument, given)
    text = _text(card, argument, given)
    if argument.type == "choice":
        return _choice(card, argument, text)
    if argument.type == "range":
        return _range(card, argument, text)
    if argument.type == "date":
        return _day(card, argument, text)
    return text


def _words(argument: Argument) -> str:
    return {"symbol": "an instrument", "symbols": "instruments"}.get(argument.type, f"“{argument.name}”")


def _text(card: Card, argument: Argument, given: object) -> str:
    if isinstance(given, date):
        return given.isoformat()
    if not isinstance(given, str | int | float) or isinstance(given, bool):
        raise _bad(card, argument, given, "Give a text.")
    text = "".join(one if one.isprintable() else " " for one in str(given)).strip()
    if len(text) > LONGEST_TEXT:
        reason = f"“{argument.name}” has {len(text):,} characters."
        raise BadArguments(card.name, argument.name, reason, f"Keep it under {LONGEST_TEXT:,}.")
    if not text:
        raise _bad(card, argument, given, argument.description)
    return text


def _symbols(card: Card, argument: Argument, given: object, context: Context, market: Market) -> tuple[str, ...]:
    if isinstance(given, str):
        parts = [one for one in _SEPARATED.split(given) if one]
    elif isinstance(given, list | tuple) and all(isinstance(one, str) for one in given):
        parts = list(given)
    else:
        raise _bad(card, argument, given, "Give a list of symbols.")
    low, high = int(argument.low or 1), int(argument.high or 50)
    if len(parts) > high:
        reason = f"{len(parts)} instruments are too many for {card.name}."
        raise BadArguments(card.name, argument.name, reason, f"Give {low} to {high}.")
    found = tuple(dict.fromkeys(market.resolve(one, owner=context.owner).symbol for one in parts))
    if len(found) < low:
        reason = f"{card.title} needs at least {low} different instruments, not {len(found)}."
        raise BadArguments(card.name, argument.name, reason, "Name another one.")
    return found


def _number(card: Card, argument: Argument, given: object) -> int | float:
    low = -math.inf if argument.low is None else argument.low
    high = math.inf if argument.high is None else argument.high
    kind = "a whole number" if argument.type == "integer" else "a number"
    bounds = f" from {low:g} to {high:g}" if math.isfinite(low) and math.isfinite(high) else ""
    remedy = f"Give {kind}{bounds}."
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise _bad(card, argument, given, remedy)
    try:
        number = float(given.replace(",", "").strip().rstrip("%")) if isinstance(given, str) else float(given)
    except (ValueError, OverflowError) as error:
        raise _bad(card, argument, given, remedy) from error
    if not math.isfinite(number) or not low <= number <= high:
        raise _bad(card, argument, given, remedy)
    if argument.type == "integer":
        if number != int(number):
            raise _bad(card, argument, given, remedy)
        return int(number)
    return number


def _choice(card: Card, argument: Argument, text: str) -> str:
    key = text.lower().replace(" ", "_").replace("-", "_")
    for choice in argument.choices:
        if choice.lower() == key:
            return choice
    raise _bad(card, argument, text, f"Use one of {', '.join(argument.choices)}.")


def _range(card: Card, argument: Argument, text: str) -> str:
    key = text.lower().strip()
    if key in RANGES:
        return key
    if is_range(key):
        first, _, last = key.partition("..")
        start = _day(card, argument, first)
        end = _day(card, argument, last) if last else None
        if end is not None and start >= end:
            raise _bad(card, argument, text, f"The start must lie before the end {end}.")
        return key
    if match := _AGO.match(key):
        days = int(match[1]) * _UNITS[match[2][0]]
        for most, name in _STEPS:
            if days <= most:
                return name
        return "5y" if days <= 1830 else "10y" if days <= 3660 else "max"
    raise _bad(card, argument, text, f"Use one of {', '.join(RANGES)}, or days such as 2025-01-01..2025-06-30.")


def _day(card: Card, argument: Argument, text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise _bad(card, argument, text, "Give a day such as 2025-03-31.") from error


def _bad(card: Card, argument: Argument, given: object, remedy: str) -> BadArguments:
    return BadArguments(
        card.name, argument.name, f"“{str(given)[:60]}” cannot be the {argument.name} of {card.name}.", remedy
    )
