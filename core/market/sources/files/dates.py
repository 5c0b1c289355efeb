"""Dates as files write them, decided by the whole column: order of day and month, epochs, serial days, offsets."""

import re
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from core.clock import now
from core.market.sources.files import strings

_OFFSET = r"(?:[+-]\d{2}:?\d{2}|[zZ]|UTC|GMT)\s*$"
_NUMERIC_ORDER = r"^\s*(?P<first>\d{1,2})[/.\- ](?P<second>\d{1,2})[/.\- ](?P<year>\d{4}|\d{2})(?:\D|$)"
_TIME_FORMATS = ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", "T%H:%M", " %H:%M:%S.%f")
_NAMED = (
    "%d-%b-%Y",
    "%d %b %Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%d-%B-%Y",
    "%b %d %Y",
    "%d/%b/%Y",
    "%a %b %d %Y",
    "%a, %d %b %Y",
)
_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%b-%d")
_MOST_SHAPES = 64
"""How many differently written dates of one column are looked into; a column of dates has a handful."""
_EXCEL_EPOCH = pd.Timestamp("1899-12-30")
EARLIEST_YEAR = 1800


@dataclass(frozen=True)
class Stamps:
    """A column of times as read.

    ``wall``: datetime64[us] as written on the file's own clock (naive), NaT where unreadable; ``utc``: the same
    instants in UTC, NaT where the file gave no offset; ``order`` is "day first", "month first" or "" when it did not
    arise; ``ambiguous`` says the order could not be told from the column; ``form`` describes what was found.
    """

    wall: pd.Series
    utc: pd.Series
    order: str
    ambiguous: bool
    form: str


def parse(column: pd.Series) -> Stamps:
    """Read a column of dates or times; never raises, an unreadable cell is NaT."""
    count = len(column)
    none = pd.Series(pd.NaT, index=range(count), dtype="datetime64[us]")
    column = column.reset_index(drop=True)
    if pd.api.types.is_datetime64_any_dtype(column):
        if column.dt.tz is not None:
            return Stamps(
                column.dt.tz_localize(None).astype("datetime64[us]"),
                _naive_utc(column),
                "",
                False,
                "timestamps with timezone",
            )
        return Stamps(column.astype("datetime64[us]"), none, "", False, "timestamps")
    if pd.api.types.is_numeric_dtype(column):
        return _numbers(column.astype("float64"), none)
    text = column.astype("str").str.strip().str.strip("'\"")
    if not _mostly_numbers(text.dropna().iloc[:200]):
        return _text(text, none)
    numeric = pd.to_numeric(text, errors="coerce")
    if (
        numeric.notna().sum() > 0.5 * text.notna().sum()
        and not text.str.fullmatch(r"(?:19|20)\d{6}").fillna(False).mean() > 0.5
    ):
        return _numbers(numeric.astype("float64"), none)
    return _text(text, none)


def _mostly_numbers(sample: pd.Series) -> bool:
    numbers = pd.to_numeric(sample, errors="coerce").notna().sum()
    return bool(numbers > 0.5 * len(sample))


def _naive_utc(column: pd.Series) -> pd.Series:
    naive: pd.Series = column.dt.tz_convert("UTC").dt.tz_localize(None).astype("datetime64[us]")
    return naive


def _numbers(values: pd.Series, none: pd.Series) -> Stamps:
    """Epoch seconds, milli-, micro-, nanoseconds, yyyymmdd, or serial days, by the size of the typical value."""
    middle = float(values.median()) if values.notna().any() else float("nan")
    for low, high, unit in ((1e8, 1e10, 1e9), (1e11, 1e13, 1e6), (1e14, 1e16, 1e3), (1e17, 1e19, 1.0)):
        if low <= middle < high:
            inside = values.between(low / 1e3, high)
            nanos = (values.where(inside) * unit).round()
            stamps = pd.to_datetime(nanos.where(nanos.between(-6e18, 9e18)), unit="ns").astype("datetime64[us]")
            return Stamps(stamps, stamps, "", False, "epoch times")
    if 18_000_101 <= middle <= 21_001_231:
        whole = values.where(values.between(1e7, 1e8)).astype("Int64").astype("str")
        return Stamps(
            pd.to_datetime(whole, format="%Y%m%d", errors="coerce").astype("datetime64[us]"),
            none,
            "",
            False,
            "yyyymmdd",
        )
    if 1 <= middle <= 80_000:
        days = values.where(values.between(1, 80_000))
        # Spreadsheets count milliseconds in a fraction of a day; rounding to them undoes the binary fraction.
        millis = (days * 86_400_000).round()
        return Stamps(
            (_EXCEL_EPOCH + pd.to_timedelta(millis, unit="ms")).astype("datetime64[us]"),
            none,
            "",
            False,
            "spreadsheet serial days",
        )
    return Stamps(none, none, "", False, "unreadable")


def _text(text: pd.Series, none: pd.Series) -> Stamps:
    has_offset = pd.Series(strings.matches(text, _OFFSET) & strings.matches(text, r"\d{1,2}:\d{2}|\d[Tt]\d"))
    utc = none.copy()
    wall = none.copy()
    if has_offset.any():
        with_offset = strings.replaced(text[has_offset], r"\s*(?:UTC|GMT)\s*$", "Z")
        utc[has_offset] = (
            pd.to_datetime(with_offset, format="ISO8601", utc=True, errors="coerce")
            .dt.tz_localize(None)
            .astype("datetime64[us]")
        )
        bare = strings.replaced(text[has_offset], r"\s*" + _OFFSET, "")
        wall[has_offset] = pd.to_datetime(bare, format="ISO8601", errors="coerce").astype("datetime64[us]")
    rest = text.notna() & ~has_offset
    order, ambiguous = "", False
    form = "ISO dates"
    if rest.any():
        left = text[rest]
        read = pd.to_datetime(left, format="ISO8601", errors="coerce").astype("datetime64[us]")
        # The ISO reader also takes bare years and months; a date has a day.
        read = read.where(strings.matches(left, r"^\d{4}-?\d{2}-?\d{2}"))
        if read.isna().any():
            order, ambiguous = _order(left)
            read = _by_formats(left, read, order)
            form = f"dates, {order}" if order else "dates"
        wall[rest] = read
    return Stamps(wall, utc, order, ambiguous, form)


def _order(text: pd.Series) -> tuple[str, bool]:
    """Day or month first, by every cell: a number above 12 decides; without one, the order that runs in time."""
    parts = strings.groups(text, _NUMERIC_ORDER)
    if parts.empty:
        return "", False
    first, second = parts["first"].astype(int), parts["second"].astype(int)
    day_first, month_first = int(((first > 12) & (first <= 31)).sum()), int(((second > 12) & (second <= 31)).sum())
    if day_first != month_first:
        return ("day first" if day_first > month_first else "month first"), bool(day_first and month_first)
    if strings.matches(text, r"^\s*\d{1,2}\.\d{1,2}\.").any():
        return "day first", False
    spans: dict[str, float] = {}
    for order, day, month in (("day first", first, second), ("month first", second, first)):
        stamps = pd.to_datetime(
            pd.DataFrame({"year": _year(parts["year"]), "month": month, "day": day}), errors="coerce"
        )
        steps = stamps.diff().dropna().dt.days.to_numpy(dtype=np.float64)
        spans[order] = float(np.abs(steps).sum())
    if spans["month first"] < 0.5 * spans["day first"]:
        return "month first", False
    if spans["day first"] < 0.5 * spans["month first"]:
        return "day first", False
    return "day first", True


def _year(text: pd.Series) -> pd.Series:
    year = text.astype(int)
    pivot = (now().year + 1) % 100
    return year.where(year >= 100, year + np.where(year > pivot, 1900, 2000))


def _by_formats(text: pd.Series, read: pd.Series, order: str) -> pd.Series:
    """Fill the gaps of ``read``: cells of one shape (``99-aaa-9999``) share a format, found on a few of them."""
    numeric = ("%d{0}%m{0}%Y", "%d{0}%m{0}%y") if order != "month first" else ("%m{0}%d{0}%Y", "%m{0}%d{0}%y")
    days = [*(pattern.format(mark) for mark in "/-. " for pattern in numeric), *_NAMED, *_YEAR_FIRST]
    formats = [day + tail for tail in _TIME_FORMATS for day in days]
    clean = strings.replaced(strings.replaced(text[read.isna()], r"\s+", " "), r"(\d),? (\d{1,2}:\d{2})", r"\1 \2")
    shapes = strings.replaced(strings.replaced(clean, r"\d", "9"), r"[A-Za-z]+", "a")
    for shape in shapes.value_counts().index[:_MOST_SHAPES]:
        group = clean[shapes == shape]
        found_format = next((one for value in group.iloc[:5] if (one := _format_of(str(value), formats))), None)
        if found_format is None:
            continue
        found = pd.to_datetime(group, format=found_format, errors="coerce").astype("datetime64[us]")
        read = read.fillna(_near_past(found) if "%y" in found_format else found)
    return read


def _format_of(value: str, formats: list[str]) -> str | None:
    for one in formats:
        try:
            datetime.strptime(value, one)  # noqa: DTZ007 - only whether it fits is asked
        except ValueError:
            continue
        return one
    return None


def _near_past(found: pd.Series) -> pd.Series:
    """Two-digit years mean the century which ends next year: 99 is 1999, not 2099."""
    late = found > pd.Timestamp(now().replace(tzinfo=None)) + pd.Timedelta(days=366)
    return found.where(~late, found - pd.DateOffset(years=100)) if late.any() else found


def plausible(stamps: pd.Series) -> pd.Series:
    """True for a readable time from 1800 to now (a day's grace for sessions that already began further east)."""
    latest = pd.Timestamp(now().replace(tzinfo=None)) + pd.Timedelta(days=1)
    return stamps.notna() & (stamps >= pd.Timestamp(EARLIEST_YEAR, 1, 1)) & (stamps <= latest)


def combine(day: pd.Series, clock: pd.Series) -> pd.Series:
    """A column of days and one of times of day as one column of text."""
    if pd.api.types.is_datetime64_any_dtype(day):
        day = day.dt.strftime("%Y-%m-%d")
    times = clock.astype("str").str.strip()
    if times.str.fullmatch(r"\d{4}|\d{6}").fillna(False).astype(bool).mean() > 0.5:
        times = times.str.replace(r"^(\d{2})(\d{2})(\d{2})?$", r"\1:\2:\3", regex=True).str.rstrip(":")
    return day.astype("str").str.strip() + " " + times


def unreadable_reason(value: object) -> str:
    """Why a cell is no date, for the report."""
    text = re.sub(r"\s+", " ", str(value)).strip()[:40]
    return (
        f"“{text}” is not a date"
        if text and text.lower() not in ("nan", "none", "<na>", "nat")
        else "the date is missing"
    )
