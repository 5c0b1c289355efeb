"""When a value is due again. A closed market has nothing new: what was fetched after its close lasts until it opens."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.market.calendars import Calendar
from core.market.model import Interval, Kind

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

SETTLING = timedelta(minutes=20)
"""Vendors correct the last bars (closing auction, volume) for a while after the close."""

BARS_WHILE_OPEN: dict[Interval, timedelta] = {
    Interval.M1: _MINUTE,
    Interval.M5: 5 * _MINUTE,
    Interval.M15: 5 * _MINUTE,
    Interval.M30: 5 * _MINUTE,
    Interval.H1: 5 * _MINUTE,
    Interval.D1: 5 * _MINUTE,
    Interval.W1: _HOUR,
    Interval.MO1: _HOUR,
}
"""How long bars last while their market trades; the bar still forming moves with every trade."""

WHILE_OPEN: dict[Kind, timedelta] = {
    Kind.QUOTE: _MINUTE,
    Kind.MOVERS: 5 * _MINUTE,
    Kind.TRENDING: 15 * _MINUTE,
    Kind.RATIOS: _HOUR,
}
"""Kinds that move with prices, so not while the market is closed."""

ALWAYS: dict[Kind, timedelta] = {
    Kind.NEWS: 10 * _MINUTE,
    Kind.EVENTS: 12 * _HOUR,
    Kind.ACTIONS: 12 * _HOUR,
    Kind.STATEMENTS: _DAY,
    Kind.RATINGS: _DAY,
    Kind.HOLDERS: _DAY,
    Kind.INSIDERS: _DAY,
    Kind.SEARCH: _DAY,
    Kind.PROFILE: 7 * _DAY,
    Kind.OFFICERS: 7 * _DAY,
    Kind.SECTORS: 7 * _DAY,
    Kind.MEMBERS: 7 * _DAY,
}
"""Kinds that change at any hour."""


def due_at(kind: Kind, interval: Interval | None, fetched_at: datetime, calendar: Calendar) -> datetime:
    """When a value fetched at `fetched_at` should be asked for again (aware UTC).

    `interval` is needed for bars only.
    """
    if kind in ALWAYS:
        return fetched_at + ALWAYS[kind]
    life = BARS_WHILE_OPEN[interval or Interval.D1] if kind is Kind.BARS else WHILE_OPEN[kind]
    if calendar.always_open or calendar.is_open(fetched_at):
        return fetched_at + life
    settled = calendar.last_close(fetched_at) + SETTLING
    if fetched_at < settled:
        return settled
    return calendar.next_open(fetched_at) + life
