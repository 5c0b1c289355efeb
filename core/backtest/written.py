"""Stops, sizing, costs, fills and accounts as plain JSON, and back: only what differs from the defaults is written.

What cannot be read raises BadRule, which names the place and says what is allowed there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any, TypeVar

from core.backtest.account import Account, Fills
from core.backtest.charges import preset
from core.backtest.costs import Costs
from core.backtest.errors import BadRule
from core.backtest.layout import Size
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops

Settings = TypeVar("Settings", Stops, Sizing, Fills, Account)


def written(settings: Stops | Sizing | Fills | Account) -> dict[str, Any]:
    """The fields that are not at their defaults, as JSON values."""
    out: dict[str, Any] = {}
    for one in fields(settings):
        value = getattr(settings, one.name)
        if one.default is MISSING or value != one.default:
            out[one.name] = _plain(value)
    return out


def read(kind: type[Settings], data: object, where: str) -> Settings:
    """Settings from what `written` made. Raises BadRule naming `where` for fields that are not there or cannot be."""
    if data is None:
        return kind()
    if not isinstance(data, Mapping):
        raise BadRule(where, data, "it must be an object of settings")
    known = {one.name for one in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            raise BadRule(f"{where}.{str(name)[:40]}", value, f"there are {', '.join(sorted(known))}")
        values[name] = _value(kind, name, value, f"{where}.{name}")
    try:
        return kind(**values)
    except BadRule as error:
        raise BadRule(f"{where}.{error.what}", error.given, error.allowed) from None
    except TypeError as error:  # a list where a number belongs reaches a comparison
        raise BadRule(where, data, "a setting has the wrong kind of value") from error


def costs_written(costs: Costs) -> dict[str, Any]:
    """A preset by its name, other costs by their numbers. Raises BadRule for a schedule that is no preset."""
    if costs.schedule:
        if preset(costs.name) != costs:
            raise BadRule("costs", costs.name, "only presets have fees by date; give plain numbers instead")
        return {"preset": costs.name}
    return {one.name: getattr(costs, one.name) for one in fields(costs) if one.name not in ("schedule", "source")}


def costs_read(data: object, where: str = "costs") -> Costs:
    """Costs from what `costs_written` made, or from a preset's name. Raises BadRule."""
    if isinstance(data, str):
        return preset(data)
    if not isinstance(data, Mapping):
        raise BadRule(where, data, "it must be a preset's name or an object of numbers")
    if "preset" in data:
        return preset(data["preset"])
    known = {one.name for one in fields(Costs)} - {"schedule", "source"}
    if unknown := sorted(str(name)[:40] for name in data if name not in known):
        raise BadRule(where, ", ".join(unknown), f"there are {', '.join(sorted(known))}")
    numbers = {str(name): value for name, value in data.items()}
    for name, value in numbers.items():
        if name != "name" and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise BadRule(f"{where}.{name}", value, "it must be a number")
    named = str(numbers.get("name", "custom"))[:40]
    return costs_named(Costs(**{**numbers, "name": named}))


def costs_named(costs: Costs) -> Costs:
    """The preset without a schedule that has the same numbers; other costs as they are."""
    for known_as in ("default", "free"):
        same = preset(known_as)
        if replace(costs, name=same.name, source=same.source) == same:
            return same
    return costs


def _plain(value: Any) -> Any:
    if isinstance(value, Size):
        return value.name.lower()
    return [list(pair) for pair in value] if isinstance(value, tuple) else value


def _value(kind: type[Any], name: str, value: Any, where: str) -> Any:
    if kind is Sizing and name == "kind":
        names = [one.name.lower() for one in Size]
        if value not in names:
            raise BadRule(where, value, f"it must be one of {', '.join(names)}")
        return Size[str(value).upper()]
    if kind is Stops and name == "targets":
        if not isinstance(value, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
            raise BadRule(where, value, "it must be a list of [distance, share] pairs")
        return tuple((pair[0], pair[1]) for pair in value)
    if isinstance(value, list | Mapping):
        raise BadRule(where, value, "it must be a single value")
    return value
