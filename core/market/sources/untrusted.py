"""Vendors' values made safe: numbers that are numbers, text that is text, links that are links.

Everything a vendor sends is untrusted. These functions never raise on any JSON value; what cannot be used is None.
"""

import math
import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

TITLE_LIMIT = 300
SUMMARY_LIMIT = 4_000
NAME_LIMIT = 200
URL_LIMIT = 2_000

_SPACES = re.compile(r"\s+")
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_ABSENT = frozenset({"", "none", "-", "n/a", "nan", "null"})


def mapping(value: Any) -> dict[str, Any]:
    """``value`` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """``value`` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """A finite float of a JSON number, a numeric string ("1,234.5", "-0.58%" stays out) or Yahoo's ``{"raw": x}``."""
    if isinstance(value, dict):
        value = value.get("raw")
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        value = value.strip().replace(",", "")
        if value.lower() in _ABSENT:
            return None
    if not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def whole(value: Any) -> int | None:
    """``number`` without its fraction, or None."""
    found = number(value)
    return None if found is None else int(found)


def moment(value: Any) -> datetime | None:
    """An aware UTC time of epoch seconds (or Yahoo's ``{"raw": seconds}``); None outside 1900 to 2200."""
    seconds = number(value)
    if seconds is None or not _EARLIEST.timestamp() <= seconds <= _LATEST.timestamp():
        return None
    return datetime.fromtimestamp(seconds, tz=UTC)


def day(value: Any) -> date | None:
    """A date of ISO text ("2024-06-30", a time after it is ignored); None when it is not one."""
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        found = date.fromisoformat(value[:10])
    except ValueError:
        return None
    return found if _EARLIEST.year <= found.year < _LATEST.year else None


def text(value: Any, limit: int = NAME_LIMIT) -> str | None:
    """One line of text without control, formatting or unassigned characters, at most ``limit`` long; None if empty.

    Direction overrides and zero-width characters go as well: they can make a headline read as something else.
    """
    if not isinstance(value, str):
        return None
    # Cut first: cleaning megabytes to keep a line is work a vendor could make us do.
    spaced = _SPACES.sub(" ", value[: 8 * limit])
    clean = "".join(char for char in spaced if unicodedata.category(char)[0] != "C").strip()
    if not clean or clean.lower() in _ABSENT:
        return None
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def link(value: Any) -> str | None:
    """An http or https address with a host and no user name, at most ``URL_LIMIT`` long; None for anything else."""
    if not isinstance(value, str) or len(value) > URL_LIMIT:
        return None
    address = value.strip()
    if any(char.isspace() or unicodedata.category(char)[0] == "C" or char in "<>\"'`\\" for char in address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host or "@" in parts.netloc:
        return None
    return address


def put(items: dict[str, float], name: str, value: Any, *, scale: float = 1.0) -> None:
    """Store ``number(value) * scale`` under ``name`` when there is one; an absent value leaves no trace."""
    found = number(value)
    if found is not None:
        items[name] = found * scale
