"""Leaves a vendor alone that throttles us, refuses our key or keeps failing; all processes share the memory of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.market.errors import (
    CredentialsExpired,
    SourceError,
    ThrottledUntil,
    Unavailable,
)
from core.market.redaction import redact
from db.repositories.market_health import HealthRepository, HealthRow
from db.session import read_session, unit_of_work

FAILURES_BEFORE_PAUSE = 3
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
REFUSED_PAUSE = timedelta(minutes=5)
LONGEST_THROTTLE = timedelta(hours=24)

_REMEMBERED_S = 1.0


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as the Data page shows it. `state` is ok, cooling, off, switched off (by an admin) or not configured."""

    name: str
    label: str
    configured: bool
    setting: str | None
    state: str
    until: datetime | None = None
    last_ok: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    calls_today: int = 0
    latency_ms: float | None = None


def pause_after(failures: int) -> timedelta | None:
    """How long a vendor is left alone after so many failures in a row: from the third on, doubling up to 10 minutes."""
    if failures < FAILURES_BEFORE_PAUSE:
        return None
    doubled = min(failures - FAILURES_BEFORE_PAUSE, 10)
    return min(FIRST_PAUSE * int(2**doubled), LONGEST_PAUSE)


class Breaker:
    """The circuit breakers of all vendors. Thread-safe; what the database says is remembered for a second."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, HealthRow] = {}
        self._read_at = -_REMEMBERED_S

    def check(self, source: str) -> None:
        """Let a call pass.

        Raises:
            ThrottledUntil: the vendor is to be left alone.
        """
        row = self.rows().get(source)
        if row is not None and row.cooling_until is not None and row.cooling_until > self._clock():
            raise ThrottledUntil(source, row.cooling_until, f"paused, because: {row.last_error or 'it failed before'}")

    def rows(self) -> dict[str, HealthRow]:
        """The health of every vendor that was ever asked."""
        with self._lock:
            if time.monotonic() - self._read_at < _REMEMBERED_S:
                return self._known
        with read_session() as session:
            known = HealthRepository(session).all()
        with self._lock:
            self._known, self._read_at = known, time.monotonic()
        return known

    def answered(self, source: str, latency_ms: float) -> None:
        """The vendor answered, be it with "no such symbol": it is well."""
        with unit_of_work() as session:
            HealthRepository(session).answered(source, self._clock(), latency_ms)
        self._forget()

    def failed(self, error: SourceError) -> None:
        """The vendor throttled, refused or did not answer."""
        now = self._clock()
        with unit_of_work() as session:
            health = HealthRepository(session)
            failures = health.failed(error.source, now, redact(str(error))[:500])
            until = _until(error, failures, now)
            if until is not None:
                health.cool(error.source, until)
        self._forget()

    def _forget(self) -> None:
        with self._lock:
            self._read_at = -_REMEMBERED_S


def counts_against(error: SourceError) -> bool:
    """Whether an error says that the vendor is unwell, not that it has nothing of the sort."""
    return isinstance(error, ThrottledUntil | CredentialsExpired | Unavailable)


def _until(error: SourceError, failures: int, now: datetime) -> datetime | None:
    if isinstance(error, ThrottledUntil):
        return min(max(error.until, now + FIRST_PAUSE), now + LONGEST_THROTTLE)
    if isinstance(error, CredentialsExpired):
        return now + REFUSED_PAUSE
    pause = pause_after(failures)
    return None if pause is None else now + pause
