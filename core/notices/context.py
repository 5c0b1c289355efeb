"""What a notice is told about: named, typed fields, cleaned before anything is written or sent.

Names, messages and anything of a market or a vendor are untrusted. Cleaning removes what could leave its place: control
characters, characters that turn the direction of writing, and addresses that a mail client would make into links.
(HTML is escaped where it is written, by the templates.)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.notices.errors import WrongNotice
from core.notices.model import Table

FieldType = Literal["text", "message", "code", "count", "moment", "path", "texts", "pairs", "tables", "timezone"]

LONGEST_TEXT = 300
LONGEST_MESSAGE = 4000
MOST_ITEMS = 200

_JOINERS = "\u200c\u200d"  # Indian scripts need them
_LINKS = re.compile(r"(?:\b[a-z][a-z0-9+.-]*:)?//\S+|\bwww\.\S+|\bmailto:\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a kind of notice is told.

    Attributes:
        type: `text` one line; `message` several lines, of an admin; `code` a one-time code, secret; `count` a whole
            number; `moment` a time with a timezone; `path` an address within the app ("/..."); `texts` lines; `pairs`
            label and value; `tables` `Table`s; `timezone` an IANA name.
        sample: an example, for previews and tests.
        optional: may be left out or None.
        label: what the layouts write before its value; without one a text, count or moment appears in sentences only.
    """

    name: str
    type: FieldType
    sample: Any
    optional: bool = False
    label: str = ""


def clean(text: str, longest: int = LONGEST_TEXT, *, lines: bool = False) -> str:
    """`text` without what could break out of its place, at most `longest` characters; one line unless `lines`."""
    kept = []
    for character in text.replace("\r\n", "\n").replace("\r", "\n")[: 4 * longest]:
        category = unicodedata.category(character)
        if (character == "\n" and lines) or character in _JOINERS:
            kept.append(character)
        elif category in {"Cc", "Zl", "Zp", "Zs"}:
            kept.append(" ")
        elif category not in {"Cf", "Cs", "Co", "Cn"}:
            kept.append(character)
    joined = "".join(kept)
    spaced = re.sub(r"[^\S\n]+", " ", joined) if lines else " ".join(joined.split())
    spaced = re.sub(r"\n{3,}", "\n\n", spaced).strip()
    return spaced if len(spaced) <= longest else spaced[: longest - 1].rstrip() + "…"


def without_links(text: str) -> str:
    """`text` with addresses taken out, so that nobody's name or symbol becomes a link in somebody's mail."""
    return _LINKS.sub("[address removed]", text)


def prepare(kind: str, fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` checked against `fields` and cleaned, in values JSON can hold; every field is there, absent ones None.

    Raises:
        WrongNotice: a field is missing, unknown or of another type.
    """
    if unknown := sorted(set(given) - {field.name for field in fields}):
        raise WrongNotice(
            f"A notice {kind!r} knows no {', '.join(unknown)}.", f"It takes {', '.join(f.name for f in fields)}."
        )
    values: dict[str, Any] = {}
    for field in fields:
        value = given.get(field.name)
        if value is None:
            if not field.optional:
                raise WrongNotice(f"A notice {kind!r} needs {field.name!r} ({field.type}).")
            values[field.name] = None
            continue
        try:
            values[field.name] = _prepared(field.type, value)
        except (TypeError, ValueError) as error:
            raise WrongNotice(f"A notice {kind!r} got a {field.name!r} that is no {field.type}: {error}") from error
    return values


def moments(fields: Sequence[Field], prepared: Mapping[str, Any]) -> dict[str, Any]:
    """Prepared values with `moment`s as datetimes (UTC) and `tables` as `Table`s again, as templates want them."""
    values = dict(prepared)
    for field in fields:
        value = values.get(field.name)
        if value is None:
            continue
        if field.type == "moment":
            values[field.name] = datetime.fromisoformat(value)
        elif field.type == "tables":
            values[field.name] = tuple(
                Table(one["title"], tuple(one["columns"]), tuple(tuple(row) for row in one["rows"])) for one in value
            )
    return values


def _prepared(kind: FieldType, value: Any) -> Any:
    match kind:
        case "text":
            return without_links(clean(_text(value)))
        case "message":
            return clean(_text(value), LONGEST_MESSAGE, lines=True)
        case "code":
            return _code(value)
        case "count":
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError(f"{type(value).__name__} is not a whole number")
            return value
        case "moment":
            return _moment(value).isoformat()
        case "path":
            return _path(value)
        case "timezone":
            return _timezone(value)
        case "texts":
            return [without_links(clean(_text(item))) for item in _items(value)]
        case "pairs":
            return [[without_links(clean(_text(part))) for part in _pair(item)] for item in _items(value)]
        case "tables":
            return [_table(item) for item in _items(value)]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is not text")
    return value


def _code(value: Any) -> str:
    if not re.fullmatch(r"[0-9A-Z-]{4,20}", _text(value)):
        raise ValueError("a code has 4 to 20 digits or capital letters")
    return str(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        raise TypeError(f"{type(value).__name__} is not a time")
    if moment.tzinfo is None:
        raise ValueError("the time has no timezone")
    return moment.astimezone(UTC)


def _path(value: Any) -> str:
    path = _text(value)
    if not re.fullmatch(r"/(?![/\\])[!-~]{0,1000}", path) or "\\" in path:
        raise ValueError("an address within the app begins with one slash and has no spaces")
    return path


def _timezone(value: Any) -> str:
    try:
        return ZoneInfo(_text(value)).key
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"{value!r} is no timezone") from error


def _items(value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{type(value).__name__} is not a list")
    return value[:MOST_ITEMS]


def _pair(value: Any) -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
        raise TypeError("each item is a label and a value")
    return value


def _table(value: Any) -> dict[str, Any]:
    table = Table(**value) if isinstance(value, Mapping) else value
    if not isinstance(table, Table):
        raise TypeError(f"{type(value).__name__} is not a table")
    columns = [clean(_text(column)) for column in table.columns]
    rows = [[without_links(clean(_text(cell))) for cell in row] for row in table.rows[:MOST_ITEMS]]
    if any(len(row) != len(columns) for row in rows):
        raise ValueError(f"every row of {table.title!r} needs {len(columns)} cells")
    return {"title": clean(table.title), "columns": columns, "rows": rows}
