"""Figures by day, of which only the present day still changes: days that are over are asked for once a process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from core.office.model import DAYS
from db.session import get_engine

T = TypeVar("T")

_SETTLED = timedelta(minutes=5)
"""So long after midnight the last counts of the day before may still be on their way."""

_lock = threading.Lock()
_known: dict[str, tuple[object, date, dict[date, Any]]] = {}


def last_days(at: datetime) -> tuple[date, ...]:
    """The last 30 UTC days, oldest first, the day of `at` last."""
    today = at.astimezone(UTC).date()
    return tuple(today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))


def beginning(day: date) -> datetime:
    """When a UTC day begins."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def by_day(name: str, at: datetime, ask: Callable[[datetime], Mapping[date, T]]) -> dict[date, T]:
    """A figure for each of the last 30 days that has one.

    Args:
        name: of the figure.
        at: the present, aware UTC.
        ask: answers the figure by day since a moment; asked for all days once a day, else for the present one.
    """
    days = last_days(at)
    today, midnight = days[-1], beginning(days[-1])
    engine = get_engine()
    with _lock:
        known = _known.get(name)
    if known is not None and known[0] is engine and known[1] == today:
        return known[2] | dict(ask(midnight))
    found = dict(ask(beginning(days[0])))
    if at - midnight >= _SETTLED:
        with _lock:
            _known[name] = (engine, today, {day: value for day, value in found.items() if day < today})
    return found


def forget() -> None:
    """Ask for everything anew (tests)."""
    with _lock:
        _known.clear()
