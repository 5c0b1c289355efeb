"""Rule plans from JSON: checked part by part; what is wrong is named by its place ("enter_long.all[1].right")."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from core.backtest.errors import BadRule
from core.backtest.rules.plan import (
    FIELDS,
    MOST_DEPTH,
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
from core.backtest.rules.writing import VERSION
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops
from core.backtest.written import read

_CONDITIONS = ("enter_long", "exit_long", "enter_short", "exit_short")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_LONGEST = 100_000
T = TypeVar("T")


def loads(text: str) -> RulePlan:
    """A plan from JSON text. Raises BadRule, which says where it is wrong."""
    if len(text) > _LONGEST:
        raise BadRule("rules", f"{len(text):,} characters", f"at most {_LONGEST:,} are read")
    try:
        data = json.loads(text, parse_constant=lambda name: name)
    except (ValueError, RecursionError) as error:
        raise BadRule("rules", text[:40], f"it must be JSON ({str(error)[:80]})") from None
    return plan_of(data)


def plan_of(data: object) -> RulePlan:
    """A plan from a JSON object. Raises BadRule, which says where it is wrong."""
    if not isinstance(data, Mapping):
        raise BadRule("rules", data, "it must be an object with name and enter_long or enter_short")
    if data.get("rules") != VERSION:
        raise BadRule("rules", data.get("rules"), f"this version reads format {VERSION}")
    known = {"rules", "name", *_CONDITIONS, "stops", "sizing"}
    if unknown := sorted(str(name)[:40] for name in data if name not in known):
        raise BadRule(unknown[0], data.get(unknown[0]), f"a plan has {', '.join(sorted(known))}")
    conditions = {name: condition(data[name], name) for name in _CONDITIONS if data.get(name) is not None}
    return RulePlan(
        name=str(data.get("name", "")),
        stops=read(Stops, data.get("stops"), "stops"),
        sizing=read(Sizing, data.get("sizing"), "sizing"),
        **conditions,
    )


def condition(data: object, where: str, depth: int = 0) -> Condition:
    """A condition from JSON. Raises BadRule naming `where` in it."""
    if depth > 2 * MOST_DEPTH:
        raise BadRule(where, "more", f"conditions nest at most {MOST_DEPTH} levels")
    given = _object(data, where, 'a condition such as {"left": "close", "is": "above", "right": 100}')
    for key, make in _MAKERS.items():
        if key in given:
            return make(given, where, depth)
    if "left" in given:
        _only(given, where, "left", "is", "right")
        left, right = (value(given.get(side), f"{where}.{side}", depth + 1) for side in ("left", "right"))
        return _placed(where, lambda: Compare(left, given.get("is"), right))  # type: ignore[arg-type]  # checked there
    if "value" in given:
        _only(given, where, "value", "is", "bars")
        inner = value(given["value"], f"{where}.value", depth + 1)
        return _placed(where, lambda: Trend(inner, given.get("is", "rising"), given.get("bars", 3)))
    raise BadRule(where, ", ".join(map(str, given)) or "nothing", f"a condition has left, value, {', '.join(_MAKERS)}")


def value(data: object, where: str, depth: int = 0) -> Value:
    """A value from JSON: a number, a column's name, or an object. Raises BadRule naming `where` in it."""
    if depth > 2 * MOST_DEPTH:
        raise BadRule(where, "more", f"values nest at most {MOST_DEPTH} levels")
    if isinstance(data, int | float) and not isinstance(data, bool):
        return _placed(where, lambda: Number(data))
    if isinstance(data, str):
        if data not in FIELDS:
            raise BadRule(where, data, f"it must be a number or one of {', '.join(FIELDS)}")
        return Price(data)
    given = _object(data, where, 'a value such as "close", 30 or {"indicator": "rsi"}')
    if "price" in given:
        _only(given, where, "price", "ago")
        return _placed(where, lambda: Price(given["price"], given.get("ago", 0)))
    if "indicator" in given:
        _only(given, where, "indicator", "params", "column", "ago")
        return _placed(where, lambda: _study(given, where))
    if "level" in given:
        _only(given, where, "level", "bars", "span")
        return _placed(where, lambda: Level(given["level"], given.get("bars", 20), given.get("span", "day")))
    if "op" in given:
        _only(given, where, "op", "left", "right")
        left, right = (value(given.get(side), f"{where}.{side}", depth + 1) for side in ("left", "right"))
        return _placed(where, lambda: Reckoned(left, given["op"], right))
    raise BadRule(where, ", ".join(map(str, given)) or "nothing", "a value has price, indicator, level or op")


def _study(given: Mapping[str, Any], where: str) -> Study:
    params = _object(given.get("params", {}), f"{where}.params", "an object of parameters")
    for name, one in params.items():
        if one is not None and not isinstance(one, int | float | str):
            raise BadRule(f"{where}.params.{name[:40]}", one, "it must be a single value")
    return Study(str(given["indicator"]), str(given.get("column") or ""), tuple(params.items()), given.get("ago", 0))


def _every(given: Mapping[str, Any], where: str, depth: int) -> Condition:
    _only(given, where, "all")
    return _placed(where, lambda: Every(_parts(given["all"], f"{where}.all", depth)))


def _either(given: Mapping[str, Any], where: str, depth: int) -> Condition:
    _only(given, where, "any")
    return _placed(where, lambda: Either(_parts(given["any"], f"{where}.any", depth)))


def _not(given: Mapping[str, Any], where: str, depth: int) -> Condition:
    _only(given, where, "not")
    return Not(condition(given["not"], f"{where}.not", depth + 1))


def _within(given: Mapping[str, Any], where: str, depth: int) -> Condition:
    _only(given, where, "within", "of")
    part = condition(given.get("of"), f"{where}.of", depth + 1)
    return _placed(where, lambda: Within(part, given["within"]))


def _for(given: Mapping[str, Any], where: str, depth: int) -> Condition:
    _only(given, where, "for", "of")
    part = condition(given.get("of"), f"{where}.of", depth + 1)
    return _placed(where, lambda: Lasting(part, given["for"]))


def _candle(given: Mapping[str, Any], where: str, _depth: int) -> Condition:
    _only(given, where, "pattern", "says")
    return _placed(where, lambda: Candle(given["pattern"], given.get("says", "any")))


def _weekday(given: Mapping[str, Any], where: str, _depth: int) -> Condition:
    _only(given, where, "weekday")
    return _placed(where, lambda: Weekday(_words(given["weekday"], f"{where}.weekday")))


def _month(given: Mapping[str, Any], where: str, _depth: int) -> Condition:
    _only(given, where, "month")
    return _placed(where, lambda: Month(_words(given["month"], f"{where}.month")))


def _month_days(given: Mapping[str, Any], where: str, _depth: int) -> Condition:
    _only(given, where, "month_days")
    first, last = _pair(given["month_days"], f"{where}.month_days", "two days such as [1, 5]")
    return _placed(where, lambda: MonthDays(first, last))


def _daytime(given: Mapping[str, Any], where: str, _depth: int) -> Condition:
    _only(given, where, "time")
    pair = _pair(given["time"], f"{where}.time", 'two times such as ["09:30", "15:00"]')
    first, last = (minute_of(one, f"{where}.time") for one in pair)
    return _placed(where, lambda: Daytime(first, last))


_MAKERS: dict[str, Callable[[Mapping[str, Any], str, int], Condition]] = {
    "all": _every,
    "any": _either,
    "not": _not,
    "within": _within,
    "for": _for,
    "pattern": _candle,
    "weekday": _weekday,
    "month": _month,
    "month_days": _month_days,
    "time": _daytime,
}


def minute_of(given: object, where: str) -> int:
    """09:15 as the minute of the day. Raises BadRule."""
    found = _CLOCK.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise BadRule(where, given, "it must be a time of the day such as 09:15")
    return 60 * int(found[1]) + int(found[2])


def _parts(data: object, where: str, depth: int) -> tuple[Condition, ...]:
    if not isinstance(data, list):
        raise BadRule(where, data, "it must be a list of conditions")
    return tuple(condition(one, f"{where}[{k}]", depth + 1) for k, one in enumerate(data))


def _words(data: object, where: str) -> tuple[str, ...]:
    if isinstance(data, str):
        return (data,)
    if not isinstance(data, list) or not all(isinstance(one, str) for one in data):
        raise BadRule(where, data, "it must be a list of words")
    return tuple(data)


def _pair(data: object, where: str, like: str) -> tuple[Any, Any]:
    if not isinstance(data, list) or len(data) != 2:
        raise BadRule(where, data, f"it must be {like}")
    return data[0], data[1]


def _object(data: object, where: str, like: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
        raise BadRule(where, data, f"it must be {like}")
    return data


def _only(given: Mapping[str, Any], where: str, *names: str) -> None:
    for name in given:
        if name not in names:
            raise BadRule(f"{where}.{name[:40]}", given[name], f"only {', '.join(names)} may stand here")


def _placed(where: str, make: Callable[[], T]) -> T:
    """What `make` makes; a refusal is named by its place unless a part of it has named its own."""
    try:
        return make()
    except BadRule as error:
        if error.what.startswith(where):
            raise
        raise BadRule(f"{where}.{error.what}", error.given, error.allowed) from None
