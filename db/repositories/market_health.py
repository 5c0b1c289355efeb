"""How vendors have been answering, and the locks that let one process ask for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.tables.market import SourceHealth

_SMOOTHING = 0.2


@dataclass(frozen=True, slots=True)
class HealthRow:
    """A vendor's health, in the columns of its table."""

    source: str
    failures: int
    cooling_until: datetime | None
    last_ok: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    calls_day: date
    calls_today: int
    latency_ms: float | None


class HealthRepository:
    """The health of vendors; one row each, changed in place by every process."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> dict[str, HealthRow]:
        """Every vendor that was ever asked, by name."""
        rows = self._session.scalars(select(SourceHealth).order_by(SourceHealth.source))
        return {
            row.source: HealthRow(
                row.source,
                row.failures,
                row.cooling_until,
                row.last_ok,
                row.last_error,
                row.last_error_at,
                row.calls_day,
                row.calls_today,
                row.latency_ms,
            )
            for row in rows
        }

    def answered(self, source: str, now: datetime, latency_ms: float) -> None:
        """Count a call that was answered; the failures before it are forgiven."""
        self._count(
            source,
            now,
            failures=0,
            cooling_until=None,
            last_ok=now,
            latency_ms=latency_ms,
        )

    def failed(self, source: str, now: datetime, message: str) -> int:
        """Count a call that failed; how many failures there have been in a row."""
        self._count(source, now, last_error=message, last_error_at=now)
        self._session.execute(
            text("UPDATE source_state SET failures = failures + 1 WHERE source = :source"), {"source": source}
        )
        return int(
            self._session.execute(select(SourceHealth.failures).where(SourceHealth.source == source)).scalar_one()
        )

    def cool(self, source: str, until: datetime) -> None:
        """Leave a vendor alone until a time; never shortens an earlier pause."""
        self._session.execute(
            text(
                "UPDATE source_state SET cooling_until = greatest(coalesce(cooling_until, :until), :until)"
                " WHERE source = :source"
            ),
            {"source": source, "until": until},
        )

    def _count(self, source: str, now: datetime, **changes: object) -> None:
        today = now.date()
        fresh = {
            "failures": 0,
            "cooling_until": None,
            "last_ok": None,
            "last_error": None,
            "last_error_at": None,
            "latency_ms": None,
        } | changes
        made = insert(SourceHealth).values(source=source, calls_day=today, calls_today=1, **fresh)
        updates: dict[str, object] = dict(changes)
        updates["calls_day"] = today
        updates["calls_today"] = case((SourceHealth.calls_day == today, SourceHealth.calls_today + 1), else_=1)
        if "latency_ms" in changes:
            told = made.excluded.latency_ms
            updates["latency_ms"] = case(
                (SourceHealth.latency_ms.is_(None), told),
                else_=SourceHealth.latency_ms * (1 - _SMOOTHING) + told * _SMOOTHING,
            )
        self._session.execute(made.on_conflict_do_update(index_elements=[SourceHealth.source], set_=updates))


class FlightLock:
    """A lock on a key that all processes see; Postgres lets go of it when its holder ends, however it ends."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hold(self, key: str, patience_s: float) -> None:
        """Hold `key` until the session's transaction ends.

        Raises:
            sqlalchemy.exc.OperationalError: somebody else held it all along (`db.session` makes it `DatabaseBusy`).
        """
        self._session.execute(
            text("SELECT set_config('lock_timeout', :patience, true)"), {"patience": f"{int(patience_s * 1000)}ms"}
        )
        self._session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
