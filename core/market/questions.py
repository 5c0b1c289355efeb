"""An investor's words for a span of time, made exact: which bars, up to when, known by when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.market.errors import BadRange
from core.market.model import Instrument, Interval
from core.market.store.series import moment_of
from core.market.store.vendors import BarQuestion

When = date | datetime | None
"""A day (at the exchange), a moment (with timezone), or no limit."""

_EARLIEST = date(1900, 1, 1)
_LATEST = date(2099, 12, 30)


def known_by(as_of: When, timezone: str, now: datetime) -> datetime | None:
    """The moment whose knowledge is asked for; None for the present. What is known by a future moment is known now.

    Raises:
        BadRange: a moment without timezone, or outside the calendar.
    """
    if as_of is None:
        return None
    _check(as_of)
    moment = moment_of(as_of, timezone)
    return None if moment is None or moment >= now else moment


def bar_question(
    instrument: Instrument, interval: Interval, start: When, end: When, known: datetime | None, now: datetime
) -> BarQuestion:
    """The span of bars asked for: half open, a day as `end` included whole, never beyond what is known.

    Raises:
        BadRange: a start in the future, not before the end, or a day outside the calendar.
    """
    zone = ZoneInfo(instrument.timezone)
    low = _edge(start, zone, day_end=False)
    high = _edge(end, zone, day_end=True)
    if low is not None and low > now:
        raise BadRange(
            f"The start {start:%Y-%m-%d} lies in the future. Choose a day up to {now.astimezone(zone):%Y-%m-%d}."
        )
    if low is not None and high is not None and low >= high:
        raise BadRange(f"The start {start:%Y-%m-%d} is not before the end {end:%Y-%m-%d}. Exchange them.")
    until = min(one for one in (high, known, now) if one is not None)
    if low is not None and low >= until:
        last = until.astimezone(zone)
        raise BadRange(f"The start {start:%Y-%m-%d} is not before {last:%Y-%m-%d %H:%M}. Choose an earlier one.")
    return BarQuestion(instrument, interval, low, until)


def _edge(when: When, zone: ZoneInfo, *, day_end: bool) -> datetime | None:
    if when is None:
        return None
    _check(when)
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    midnight = datetime.combine(when + timedelta(days=1) if day_end else when, time(), zone)
    return midnight.astimezone(UTC)


def _check(when: date | datetime) -> None:
    if isinstance(when, datetime) and when.tzinfo is None:
        raise BadRange(f"{when.isoformat()} has no timezone. Give a date, or a time with its offset.")
    day = when.date() if isinstance(when, datetime) else when
    if not _EARLIEST <= day <= _LATEST:
        raise BadRange(f"{day} cannot be a bar's day. Use a day from {_EARLIEST} to {_LATEST}.")
