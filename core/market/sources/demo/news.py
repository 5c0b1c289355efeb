"""Bland headlines: results filed, dividends declared and ex, how indices closed. They allege nothing of anybody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import numpy as np

from core.market.model import Event, Instrument, NewsItem
from core.market.sources.demo.paths import DailyPath
from core.market.sources.demo.sessions import bounds, day, moment, nanoseconds, number

PUBLISHER = "Kubera demo market (simulated)"
NOTE = "Simulated news of the demo market. It reports no real event."
AFTER_CLOSE = timedelta(minutes=15)
BEFORE_OPEN = timedelta(minutes=30)


def company_news(instrument: Instrument, known: Iterable[Event], since: datetime, now: datetime) -> list[NewsItem]:
    """Headlines of one company published in [``since``, ``now``], in the order of its events."""
    found = []
    name = instrument.short_name or instrument.name
    first, last = since.date() - timedelta(days=1), now.date() + timedelta(days=1)
    for event in known:
        if not first <= event.on <= last:
            continue
        when = _published(instrument, event.on)
        if when is None or not since <= when <= now:
            continue
        if event.kind == "results" and event.actual is not None and event.estimate is not None:
            title = f"Simulated: {name} reports results"
            detail = f"Earnings per share {event.actual:g} {instrument.currency}, estimate {event.estimate:g}."
        elif event.kind == "ex_dividend" and event.actual is not None:
            title = f"Simulated: {name} trades ex-dividend"
            detail = f"The dividend is {event.actual:g} {instrument.currency} a share."
        elif event.kind == "split" and event.actual is not None:
            title = f"Simulated: {name} shares split {event.actual:g} for 1"
            detail = "Prices on charts are adjusted for it."
        else:
            continue
        found.append(_item(f"{instrument.symbol}-{event.kind}-{event.on}", title, detail, when, (instrument.symbol,)))
    return found


def index_news(instrument: Instrument, path: DailyPath, since: datetime, now: datetime) -> list[NewsItem]:
    """One headline a session on how an index closed, published in [``since``, ``now``]."""
    first = int(np.searchsorted(path.days, (nanoseconds(since) // 86_400_000_000_000) - 2))
    last = int(np.searchsorted(path.days, nanoseconds(now) // 86_400_000_000_000 + 2))
    found = []
    for at in range(max(1, first), min(last, path.days.size)):
        hours = bounds(instrument, int(path.days[at]))
        if hours is None:
            continue
        when = moment(hours[1]) + AFTER_CLOSE
        if not since <= when <= now:
            continue
        change = 100.0 * (float(path.close[at]) / float(path.close[at - 1]) - 1.0)
        word = "ends little changed" if abs(change) < 0.1 else f"ends {abs(change):.1f} % {_direction(change)}"
        detail = f"It closed at {path.close[at]:,.2f} after {path.close[at - 1]:,.2f} the session before."
        title = f"Simulated: {instrument.name} {word}"
        found.append(
            _item(f"{instrument.symbol}-close-{day(int(path.days[at]))}", title, detail, when, (instrument.symbol,))
        )
    return found


def newest(items: Iterable[NewsItem], limit: int) -> tuple[NewsItem, ...]:
    """The newest ``limit`` headlines, newest first."""
    return tuple(sorted(items, key=lambda each: (each.published_at, each.id), reverse=True)[: max(0, limit)])


def _direction(change: float) -> str:
    return "higher" if change > 0.0 else "lower"


def _item(key: str, title: str, detail: str, when: datetime, symbols: tuple[str, ...]) -> NewsItem:
    return NewsItem(f"demo-{key}", title, PUBLISHER, when, None, f"{detail} {NOTE}", symbols)


def _published(instrument: Instrument, on: date) -> datetime | None:
    """Half an hour before the open of the session on ``on``; None on a day without one."""
    hours = bounds(instrument, number(on))
    return None if hours is None else moment(hours[0]) - BEFORE_OPEN
