"""The model's values as JSON for the documents table, and back, by their own type hints."""

from __future__ import annotations

import hashlib
import math
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import orjson

from core.market.model import (
    Action,
    Event,
    Holder,
    InsiderTrade,
    Instrument,
    Kind,
    Membership,
    Mover,
    NewsItem,
    Officer,
    Profile,
    Quote,
    Ratings,
    Ratios,
    Statement,
)

SHAPES: dict[Kind, Any] = {
    Kind.QUOTE: Quote,
    Kind.PROFILE: Profile,
    Kind.OFFICERS: tuple[Officer, ...],
    Kind.STATEMENTS: tuple[Statement, ...],
    Kind.RATIOS: Ratios,
    Kind.ACTIONS: tuple[Action, ...],
    Kind.HOLDERS: tuple[Holder, ...],
    Kind.INSIDERS: tuple[InsiderTrade, ...],
    Kind.RATINGS: Ratings,
    Kind.EVENTS: tuple[Event, ...],
    Kind.NEWS: tuple[NewsItem, ...],
    Kind.SEARCH: tuple[Instrument, ...],
    Kind.MOVERS: tuple[Mover, ...],
    Kind.TRENDING: tuple[Mover, ...],
    Kind.SECTORS: dict[str, str],
    Kind.MEMBERS: tuple[Membership, ...],
}
"""What each kind's data is (bars are stored otherwise)."""


def encode(value: Any) -> Any:
    """A model value as JSON-able data: dataclasses as objects, tuples as lists, times in ISO 8601.

    Floats that are no numbers become null; NUL characters, which Postgres refuses, are left out of texts.

    Raises:
        TypeError: something no model value holds.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(encode(key)): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def digest(payload: Any) -> str:
    """A fingerprint of encoded data that does not depend on the order of its keys."""
    return hashlib.sha256(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)).hexdigest()


def decode(kind: Kind, payload: Any) -> Any:
    """What `encode` made of a value of that kind.

    Raises:
        KeyError: `kind` has no JSON form.
        TypeError, ValueError: the payload is not of its shape.
    """
    return _decoder(SHAPES[kind])(payload)


def decode_as(shape: Any, payload: Any) -> Any:
    """What `encode` made of a value of that type."""
    return _decoder(shape)(payload)


@cache
def _decoder(shape: Any) -> Callable[[Any], Any]:
    origin, inner = get_origin(shape), get_args(shape)
    if origin in (Union, types.UnionType):
        (present,) = (one for one in inner if one is not type(None))
        read = _decoder(present)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        item = _decoder(inner[0])
        return lambda values: tuple(item(value) for value in values)
    if origin is dict:
        held = _decoder(inner[1])
        # A number that had no JSON form is absent, as the model says of ratios.
        return lambda values: {key: held(value) for key, value in values.items() if value is not None}
    if is_dataclass(shape):
        return _record(shape)
    if shape in (date, datetime):
        return shape.fromisoformat  # type: ignore[no-any-return]
    if shape is float:
        return float
    if isinstance(shape, type) and issubclass(shape, Enum):
        return shape
    return lambda value: value


def _record(shape: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(shape)
    readers = {field.name: _decoder(hints[field.name]) for field in fields(shape)}

    def read(values: dict[str, Any]) -> Any:
        return shape(**{name: readers[name](value) for name, value in values.items() if name in readers})

    return read
