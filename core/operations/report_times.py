"""When a report is due, and what stretch of time it is about. Pure arithmetic on days.

A stretch has a key that is the same however often it is asked for: a day's report is named after the last session of
the Indian exchanges that had closed, so weekends and holidays bring none of their own; a week's after its ISO week; a
month's after the month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from core.market.calendars import calendar

Period = Literal["daily", "weekly", "monthly"]

PERIODS: tuple[Period, ...] = ("daily", "weekly", "monthly")
GRACE: dict[Period, timedelta] = {
    "daily": timedelta(hours=12),
    "weekly": timedelta(hours=36),
    "monthly": timedelta(hours=60),
}
"""A report that could not be sent at its hour is sent up to so much later; after that its news is old."""

_EXCHANGE, _EXCHANGE_ZONE = "XBOM", ZoneInfo("Asia/Kolkata")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a report is about: `first` to `last`, both included, in words in `text`."""

    period: Period
    key: str
    first: date
    last: date
    text: str


def scheduled(period: Period, timezone: str, hour: int, at: datetime) -> datetime:
    """The latest moment, not after `at`, that reports of a period leave: each day, Saturdays, the first of the month.

    Args:
        timezone: of the investor (IANA).
        hour: 0 to 23, there.
        at: aware.
    """
    zone = ZoneInfo(timezone)
    day = at.astimezone(zone).date()
    if _moment(day, hour, zone) > at:
        day -= timedelta(days=1)
    if period == "weekly":
        day -= timedelta(days=(day.weekday() - _SATURDAY) % 7)
    elif period == "monthly":
        day = day.replace(day=1)
    return _moment(day, hour, zone)


def stretch(period: Period, timezone: str, at: datetime) -> Stretch:
    """The last whole stretch at a moment: what a report that leaves then is about."""
    if period == "daily":
        session = calendar(_EXCHANGE).last_close(at).astimezone(_EXCHANGE_ZONE).date()
        return Stretch(period, session.isoformat(), session, session, f"{session:%A}, {_day(session)}")
    today = at.astimezone(ZoneInfo(timezone)).date()
    if period == "weekly":
        monday = today - timedelta(days=today.weekday() + (0 if today.weekday() >= _SATURDAY else 7))
        friday = monday + timedelta(days=4)
        year, week, _ = monday.isocalendar()
        return Stretch(period, f"{year}-W{week:02}", monday, friday, _span(monday, friday))
    last = today.replace(day=1) - timedelta(days=1)
    return Stretch(period, f"{last:%Y-%m}", last.replace(day=1), last, f"{last:%B %Y}")


def is_due(period: Period, timezone: str, hour: int, at: datetime) -> Stretch | None:
    """What is due to somebody with that hour; None when its time has passed."""
    leaves = scheduled(period, timezone, hour, at)
    return stretch(period, timezone, leaves) if at - leaves < GRACE[period] else None


def _moment(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _span(first: date, last: date) -> str:
    if first.year != last.year:
        return f"{_day(first)} to {_day(last)}"
    return f"{first.day}{'' if first.month == last.month else f' {first:%B}'} to {_day(last)}"
