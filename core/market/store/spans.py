"""Which part of a wanted span of time is still to be fetched, so that what is covered stays one piece."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.market.model import Interval

BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
"""Start of a span that reaches as far back as the source has anything."""

# Bars asked for again in front of the missing part: they tell whether the vendor restated its past (a split).
_OVERLAP: dict[Interval, timedelta] = {
    Interval.M1: timedelta(hours=2),
    Interval.M5: timedelta(days=1),
    Interval.M15: timedelta(days=2),
    Interval.M30: timedelta(days=3),
    Interval.H1: timedelta(days=5),
    Interval.D1: timedelta(days=14),
    Interval.W1: timedelta(days=50),
    Interval.MO1: timedelta(days=200),
}

# Vendors keep short bars for a while only; a hole longer than this cannot be filled any more.
_REACH: dict[Interval, timedelta] = {
    Interval.M1: timedelta(days=7),
    Interval.M5: timedelta(days=55),
    Interval.M15: timedelta(days=55),
    Interval.M30: timedelta(days=55),
    Interval.H1: timedelta(days=700),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open span of time [start, end), aware UTC, start <= end."""

    start: datetime
    end: datetime

    def holds(self, other: Span) -> bool:
        """Whether all of `other` lies inside."""
        return self.start <= other.start and other.end <= self.end

    def joined(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


def overlap(interval: Interval) -> timedelta:
    """How much before the missing part is asked for again."""
    return _OVERLAP[interval]


def missing(covered: Span | None, wanted: Span, interval: Interval) -> tuple[Span, ...]:
    """Spans to fetch so that `wanted` is covered, earliest first, each with its overlap into what is covered.

    Two at most: one before and one after what is there. A hole between covered and wanted is fetched along, unless
    it is longer than vendors keep such bars: then only `wanted` is (see `covered_after`).
    """
    if wanted.start >= wanted.end:
        return ()
    if covered is None or not _reachable(covered, wanted, interval):
        return (wanted,)
    again = overlap(interval)
    spans = []
    if wanted.start < covered.start:
        spans.append(Span(wanted.start, min(covered.start + again, covered.end)))
    if wanted.end > covered.end:
        spans.append(Span(max(covered.end - again, covered.start), wanted.end))
    return tuple(spans)


def covered_after(covered: Span | None, fetched: Span, interval: Interval) -> Span:
    """What is covered once `fetched` was answered. Two pieces too far apart leave the later one."""
    if covered is None:
        return fetched
    if not _reachable(covered, fetched, interval):
        return max(covered, fetched, key=lambda span: span.end)
    return covered.joined(fetched)


def _reachable(covered: Span, wanted: Span, interval: Interval) -> bool:
    reach = _REACH.get(interval)
    if reach is None:
        return True
    hole = max(wanted.start - covered.end, covered.start - wanted.end)
    return hole <= reach
