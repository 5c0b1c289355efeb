"""Counting how much the desk is used, cheaply: in memory first, into the database a few times a minute.

    usage().begin()                          # once, by the process that serves pages; before it nothing is kept
    usage().note_run("Charts", "registered", 12.5)
    usage().note_view("Charts", "registered")
    usage().note_active(account.id, account.kind, account.created_at)

Pages are counted for all people of a kind together, never for one person; of an account it is only remembered that it
was there on a day and in a week. Days and weeks are UTC; weeks begin on Monday.
"""

from __future__ import annotations

import logging
import threading
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from core import clock
from db.repositories.operations_usage import BUCKETS, Count, UsageRepository
from db.session import unit_of_work

BOUNDS_MS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0, 2560.0, 5120.0)
"""Upper ends of the buckets a duration is counted in; one more bucket takes what is longer."""

assert len(BOUNDS_MS) + 1 == BUCKETS

KEEP_COUNTS = timedelta(days=400)
KEEP_PERIODS = timedelta(days=21)

_EVERY_S = 15.0
_MOST_HELD = 50_000
_LOGGERS = ("core", "db", "components", "pages", "app", "procrastinate")

_log = logging.getLogger(__name__)

Key = tuple[datetime, str, str, str]


@dataclass
class _Sum:
    n: int = 0
    total_ms: float = 0.0
    buckets: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Seen:
    day: date
    account_id: int
    kind: str
    registered: date


class Usage:
    """The counters of this process. Thread-safe; noting costs microseconds and never raises."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._sums: dict[Key, _Sum] = {}
        self._seen: set[_Seen] = set()
        self._counted: set[_Seen] = set()
        self._timer: threading.Timer | None = None
        self._on = False
        self._errors = _ErrorCounter(self)

    def begin(self) -> None:
        """Count from now on, lines of the log at level error among it. A second time changes nothing."""
        with self._lock:
            if self._on:
                return
            self._on = True
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self._errors)

    def end(self) -> None:
        """Write what is held and count no more."""
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self._errors)
        with self._lock:
            self._on = False
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        self.flush()

    def note_run(self, page: str, kind: str, ms: float) -> None:
        """A page's script ran and took `ms` milliseconds."""
        self._note("run", page, kind, ms)

    def note_view(self, page: str, kind: str) -> None:
        """A tab opened a page for the first time that day."""
        self._note("view", page, kind)

    def note_error(self, logger: str) -> None:
        """Something went wrong badly enough to be logged as an error."""
        self._note("error", logger, "")

    def note_active(self, account_id: int, kind: str, created_at: datetime) -> None:
        """An account is there now; `created_at` is when it registered."""
        now = clock.now()
        seen = _Seen(now.astimezone(UTC).date(), account_id, kind, week_of(created_at.astimezone(UTC).date()))
        with self._lock:
            if not self._on or seen in self._counted or len(self._seen) >= _MOST_HELD:
                return
            self._seen.add(seen)
            self._schedule()

    def flush(self) -> None:
        """Write what is held now. When the database is away it is kept for the next time."""
        with self._flushing:
            with self._lock:
                sums, self._sums = self._sums, {}
                seen, self._seen = self._seen, set()
                self._timer = None
            if not sums and not seen:
                return
            try:
                self._write(sums, seen)
            except RuntimeError as problem:  # away, or closed by a shutdown meanwhile
                _log.warning("What was counted is kept for the next time: %s", problem)
                with self._lock:
                    self._seen |= seen
                    for key, one in sums.items():
                        _add(self._sums.setdefault(key, _Sum()), one)
            else:
                with self._lock:
                    today = clock.now().astimezone(UTC).date()
                    self._counted = {one for one in self._counted | seen if one.day >= today}

    def _note(self, measure: str, subject: str, kind: str, ms: float | None = None) -> None:
        hour = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        key = (hour, measure, subject[:80], kind)
        with self._lock:
            if not self._on or (key not in self._sums and len(self._sums) >= _MOST_HELD):
                return
            held = self._sums.setdefault(key, _Sum())
            held.n += 1
            if ms is not None:
                held.total_ms += ms
                held.buckets = held.buckets or [0] * BUCKETS
                held.buckets[bisect_left(BOUNDS_MS, ms)] += 1
            self._schedule()

    def _schedule(self) -> None:
        if self._timer is None and self._on:
            self._timer = threading.Timer(_EVERY_S, self.flush)
            self._timer.name = "kubera-usage"
            self._timer.daemon = True
            self._timer.start()

    def _write(self, sums: dict[Key, _Sum], seen: set[_Seen]) -> None:
        rows = [Count(*key, one.n, one.total_ms, tuple(one.buckets)) for key, one in sums.items()]
        with unit_of_work() as session:
            repository = UsageRepository(session)
            for day in sorted({one.day for one in seen}):
                there = {one.account_id: one for one in seen if one.day == day}
                for period, starts in (("day", day), ("week", week_of(day))):
                    new = [there[number] for number in repository.first_time(tuple(there), period, starts)]
                    rows += _first_times(new, period, starts)
            repository.add(rows)


def _first_times(new: list[_Seen], period: str, starts: date) -> list[Count]:
    at = datetime.combine(starts, time.min, tzinfo=UTC)
    rows = [Count(at, "active", period, kind, n) for kind, n in Counter(one.kind for one in new).items()]
    if period == "week":
        weeks = Counter(one.registered for one in new if one.kind == "registered")
        rows += [Count(at, "returned", week.isoformat(), "registered", n) for week, n in weeks.items()]
    return rows


def _add(held: _Sum, more: _Sum) -> None:
    held.n += more.n
    held.total_ms += more.total_ms
    longer, shorter = sorted((held.buckets, more.buckets), key=len, reverse=True)
    held.buckets = [n + (shorter[i] if i < len(shorter) else 0) for i, n in enumerate(longer)]


class _ErrorCounter(logging.Handler):
    """Counts lines of the log at level error and above; their text stays in the log."""

    def __init__(self, usage: Usage) -> None:
        super().__init__(logging.ERROR)
        self._usage = usage

    def emit(self, record: logging.LogRecord) -> None:
        self._usage.note_error(record.name)


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def percentile(buckets: tuple[int, ...], share: float) -> float | None:
    """The duration, in ms, below which a `share` (0 to 1) of what the buckets count lies; None when they are empty.

    Taken as evenly spread inside its bucket; what is longer than the last bound counts as twice that bound at most.
    """
    total = sum(buckets)
    if not total:
        return None
    wanted, below = share * total, 0
    for index, n in enumerate(buckets):
        if n and below + n >= wanted:
            low = BOUNDS_MS[index - 1] if index else 0.0
            high = BOUNDS_MS[index] if index < len(BOUNDS_MS) else 2 * BOUNDS_MS[-1]
            return low + (high - low) * (wanted - below) / n
        below += n
    return 2 * BOUNDS_MS[-1]


def forget_old(now: datetime) -> int:
    """Delete counts older than 400 days and who was there more than three weeks ago; the number of rows."""
    with unit_of_work() as session:
        return UsageRepository(session).forget(now - KEEP_COUNTS, (now - KEEP_PERIODS).astimezone(UTC).date())


_usage = Usage()


def usage() -> Usage:
    """The counters of this process."""
    return _usage
