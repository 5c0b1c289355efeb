"""Dates in brokers' files: the order of day and month is decided over a whole column, then by the broker's home."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from core import clock
from core.market.sources.files import dates
from core.portfolio.imports.model import Order

_NUMERIC = re.compile(r"^\s*(\d{1,2})([/.\- ])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}|$)")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_AS_OF = re.compile(r"\s+as of\s.*$", re.IGNORECASE)
_ZONE_WORDS = re.compile(r"\s*\b(IST|E[SD]?T|C[SD]T|P[SD]?T|CES?T|BST)\s*$")
_BEFORE = 1900


@dataclass(frozen=True, slots=True)
class Day:
    """One cell: the day on the broker's clock and, where the cell tells a time, the moment in UTC."""

    on: date
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Days:
    """A column of dates. None where a cell holds none; `note` says when the order of day and month was not certain."""

    cells: tuple[Day | None, ...]
    order: Order | None
    note: str = ""


def parse(texts: Sequence[str], *, home: Order | None, timezone: str) -> Days:
    """Read a column of dates or times; a cell that is none is None. Times without offset are of `timezone`."""
    clean = [_clean(text) for text in texts]
    order, certain = _order(clean)
    note = ""
    if not certain and any(_NUMERIC.match(text) for text in clean):
        order = home or _by_sequence(clean) or "day first"
        as_read = "day before month" if order == "day first" else "month before day"
        how = "as this broker writes them, " if home is not None else ""
        note = f"Day and month cannot be told apart in the column of dates; they were read {how}{as_read}."
    zone = ZoneInfo(timezone)
    written = [_iso(text, order) for text in clean]
    cells = [_plain(text, zone) if text else None for text in written]
    left = [place for place, text in enumerate(written) if text and cells[place] is None]
    if left:  # names of months, epochs, serial days: the patient reader
        stamps = dates.parse(pd.Series([written[place] for place in left], dtype="str"))
        for place, wall, utc in zip(left, stamps.wall, stamps.utc, strict=True):
            timed = _CLOCK.search(clean[place]) is not None
            cells[place] = _day(_python(wall), _python(utc), zone, timed=timed)
    return Days(tuple(cells), order, note)


def one(text: str, *, home: Order | None = None, timezone: str = "UTC") -> Day | None:
    """A single date; None when it is none."""
    return parse([text], home=home, timezone=timezone).cells[0]


def _plain(text: str, zone: ZoneInfo) -> Day | None:
    """A cell in ISO 8601, which most are; None for any other."""
    if _ISO.match(text) is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    utc = None if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    return _day(found.replace(tzinfo=None), utc, zone, timed=_CLOCK.search(text) is not None)


def _python(stamp: Any) -> datetime | None:
    return None if pd.isna(stamp) else stamp.to_pydatetime()


def _day(wall: datetime | None, utc: datetime | None, zone: ZoneInfo, *, timed: bool) -> Day | None:
    if wall is None or not _BEFORE <= wall.year <= 2200:
        return None
    if not timed or (utc is None and wall.time() == time(0)):
        return Day(wall.date(), None)  # midnight is how a day is written as a time
    at = utc.replace(tzinfo=UTC) if utc is not None else wall.replace(tzinfo=zone).astimezone(UTC)
    return Day(at.astimezone(zone).date() if utc is not None else wall.date(), at)


def _clean(text: str) -> str:
    text = _AS_OF.sub("", text.strip().strip("'\"")).replace(";", " ")
    text = re.sub(r"^(\d{4}-\d{2}-\d{2}),\s*", r"\1 ", text)
    text = re.sub(r"^(\d{8})[ T]+(\d{2}):?(\d{2}):?(\d{2})$", r"\1 \2:\3:\4", text)
    text = re.sub(r"^(\d{4})(\d{2})(\d{2})(?= \d|$)", r"\1-\2-\3", text)
    return _ZONE_WORDS.sub("", text).strip()


def _order(texts: Sequence[str]) -> tuple[Order | None, bool]:
    """The order that numbers above 12 prove; where both are proved, the more frequent one."""
    day = month = 0
    for text in texts:
        if (match := _NUMERIC.match(text)) is None:
            continue
        first, second = int(match[1]), int(match[3])
        day += 12 < first <= 31
        month += 12 < second <= 31
    if day == month:
        dots = any((match := _NUMERIC.match(text)) is not None and match[2] == "." for text in texts)
        return ("day first", True) if dots else (None, False)
    return ("day first" if day > month else "month first"), True


def _by_sequence(texts: Sequence[str]) -> Order | None:
    """The order in which the column runs steadily through time; None when both do."""
    stamps = dates.parse(pd.Series(list(texts), dtype="str"))
    if stamps.ambiguous:
        return None
    return "month first" if stamps.order == "month first" else "day first"


def _iso(text: str, order: Order | None) -> str | None:
    if not text:
        return None
    match = _NUMERIC.match(text)
    if match is None:
        return text
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if len(match[4]) == 2:
        year += 2000 if year <= (clock.now().year + 1) % 100 else 1900
    day, month = (first, second) if order != "month first" else (second, first)
    if month > 12 >= day:
        day, month = month, day
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return text
    return f"{year:04d}-{month:02d}-{day:02d}{_time(text[match.end() :])}"


def _time(rest: str) -> str:
    """What follows the day, with a blank between and hours of twelve turned into hours of twenty-four."""
    rest = rest.strip().lstrip(",T").strip()
    match = re.match(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp])\.?[Mm]\.?$", rest)
    if match is None:
        return f" {rest}" if rest else ""
    hour = int(match[1]) % 12 + (12 if match[4].lower() == "p" else 0)
    return f" {hour:02d}:{match[2]}:{match[3] or '00'}"
