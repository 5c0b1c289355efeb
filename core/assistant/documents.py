"""Answers and everything in them as JSON that PostgreSQL's `jsonb` keeps, and back to equal values.

    written(answer) -> document         read(document, KINDS) -> answer

Plain JSON would lose what an answer needs to be shown again exactly: dates among texts, NaN, tuples, arrays, the order
of arguments; and `jsonb` itself refuses some characters and rewrites some numbers. What JSON holds faithfully stands
as it is; everything else is an object whose key "$" names its kind.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

import numpy as np

Kinds = Mapping[str, type]
"""The dataclasses a document may hold, by name."""

_ARRAYS = ("float64", "int64")
_DEEPEST = 60


class Unreadable(ValueError):
    """A stored document is not what this version of the project writes."""


def kinds_of(*roots: type) -> Kinds:
    """These dataclasses and all that their fields can hold.

    Raises:
        ValueError: two of them have one name.
    """
    found: dict[str, type] = {}
    open_ones = list(roots)
    while open_ones:
        kind = open_ones.pop()
        if found.get(kind.__name__, kind) is not kind:
            raise ValueError(f"two dataclasses are called {kind.__name__}")
        if kind.__name__ not in found:
            found[kind.__name__] = kind
            open_ones += [one for hint in get_type_hints(kind).values() for one in _dataclasses_in(hint)]
    return MappingProxyType(found)


def _dataclasses_in(hint: Any) -> list[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        return [hint]
    return [one for part in get_args(hint) for one in _dataclasses_in(part)]


def written(value: Any) -> Any:
    """A value as a document. An array that stands in it several times is written once.

    Raises:
        TypeError: something in it is no dataclass, scalar, date, array, sequence or mapping with texts as keys.
    """
    arrays: dict[int, tuple[int, np.ndarray[Any, Any]]] = {}
    document = _written(value, arrays)
    if not arrays:
        return document
    return {"$": "arrays", "all": [_array(one) for _, one in arrays.values()], "v": document}


def _written(value: Any, arrays: dict[int, tuple[int, np.ndarray[Any, Any]]]) -> Any:
    match value:
        case None | bool() | int():
            return value
        case str():
            return value if _plain(value) else {"$": "text", "b64": _base64(value.encode("utf-8", "surrogatepass"))}
        case float():
            # jsonb writes 1e22 out in full, as a whole number, and knows neither -0.0 nor NaN.
            exact = math.isfinite(value) and "e" not in repr(value) and not (value == 0 and math.copysign(1, value) < 0)
            return value if exact else {"$": "float", "v": repr(value)}
        case datetime():
            return {"$": "time", "v": value.isoformat()}
        case date():
            return {"$": "day", "v": value.isoformat()}
        case np.generic():
            return _written(value.item(), arrays)
        case np.ndarray():
            return {"$": "array", "n": arrays.setdefault(id(value), (len(arrays), value))[0]}
        case tuple():
            return [_written(one, arrays) for one in value]
        case list():
            return {"$": "list", "v": [_written(one, arrays) for one in value]}
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise TypeError("a mapping in an answer has texts as keys")
            return {"$": "map", "v": [[_written(key, arrays), _written(one, arrays)] for key, one in value.items()]}
        case _ if is_dataclass(value) and not isinstance(value, type):
            held = {one.name: _written(getattr(value, one.name), arrays) for one in fields(value)}
            return {"$": type(value).__name__} | held
        case _:
            raise TypeError(f"an answer cannot hold a {type(value).__name__}")


def read(document: Any, kinds: Kinds) -> Any:
    """The value of a document.

    A field that a later version added gets its default; one that a later version dropped is left out.

    Raises:
        Unreadable: a kind is unknown, or a value is not what its kind holds.
    """
    arrays: list[np.ndarray[Any, Any]] = []
    if isinstance(document, dict) and document.get("$") == "arrays":
        try:
            arrays = [_read_array(one) for one in document["all"]]
            document = document["v"]
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise Unreadable("The stored answer's arrays are broken.") from error
    return _Reader(kinds, arrays).read(document, 0)


class _Reader:
    """Reads one document."""

    def __init__(self, kinds: Kinds, arrays: list[np.ndarray[Any, Any]]) -> None:
        self._kinds, self._arrays = kinds, arrays

    def read(self, document: Any, depth: int) -> Any:
        """One part of it."""
        if depth > _DEEPEST:
            raise Unreadable("The stored answer is nested too deeply.")
        if isinstance(document, list):
            return tuple(self.read(one, depth + 1) for one in document)
        if not isinstance(document, dict):
            return document
        kind = document.get("$")
        if not isinstance(kind, str):
            raise Unreadable("The stored answer holds an object of no kind.")
        try:
            if (scalar := _SCALARS.get(kind)) is not None:
                return scalar(document)
            if kind == "array":
                return self._arrays[document["n"]]
            if kind == "list":
                return [self.read(one, depth + 1) for one in document["v"]]
            if kind == "map":
                pairs = ((self.read(key, depth + 1), self.read(one, depth + 1)) for key, one in document["v"])
                return MappingProxyType(dict(pairs))
            if kind in self._kinds:
                return self._object(document, self._kinds[kind], depth)
        except (LookupError, TypeError, ValueError, binascii.Error) as error:
            if isinstance(error, Unreadable):
                raise
            raise Unreadable(f"The stored answer holds a broken “{kind[:40]}”.") from error
        raise Unreadable(f"The stored answer holds a “{kind[:40]}”, which this version does not know.")

    def _object(self, document: dict[str, Any], kind: type, depth: int) -> Any:
        values: dict[str, Any] = {}
        for one in fields(kind):
            if one.name in document:
                values[one.name] = self.read(document[one.name], depth + 1)
            elif one.default is MISSING and one.default_factory is MISSING:
                raise Unreadable(f"The stored answer's “{kind.__name__}” lacks its {one.name}.")
        return kind(**values)


def _array(value: np.ndarray[Any, Any]) -> dict[str, Any]:
    if value.dtype.name not in _ARRAYS:
        raise TypeError(f"an answer holds arrays of {' or '.join(_ARRAYS)}, not {value.dtype.name}")
    little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
    return {"of": value.dtype.name, "shape": list(value.shape), "b64": _base64(little.tobytes())}


def _read_array(document: dict[str, Any]) -> np.ndarray[Any, Any]:
    if document["of"] not in _ARRAYS:
        raise Unreadable("The stored answer holds an array of something else than numbers.")
    flat = np.frombuffer(base64.b64decode(document["b64"], validate=True), dtype=np.dtype(document["of"]))
    return flat.reshape([int(one) for one in document["shape"]])


def _plain(text: str) -> bool:
    """Whether `jsonb` takes a text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


_SCALARS: Mapping[str, Callable[[dict[str, Any]], Any]] = MappingProxyType(
    {
        "text": lambda document: base64.b64decode(document["b64"], validate=True).decode("utf-8", "surrogatepass"),
        "float": lambda document: float(document["v"]),
        "time": lambda document: datetime.fromisoformat(document["v"]),
        "day": lambda document: date.fromisoformat(document["v"]),
    }
)
