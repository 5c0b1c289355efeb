"""SQL about the system as a whole: whether it is closed for maintenance, and whom to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from db.tables.accounts import AccountRow
from db.tables.limits import MaintenanceState


@dataclass(frozen=True, slots=True)
class MaintenanceRow:
    """The state of maintenance, in the columns of its table."""

    active: bool
    message: str
    until: datetime | None
    started_at: datetime | None
    started_by: str
    version: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told."""

    id: int
    email: str | None
    name: str


class SystemRepository:
    """The one row of maintenance, and the people it concerns."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def maintenance(self) -> MaintenanceRow:
        """The state of maintenance."""
        row = self._session.scalars(select(MaintenanceState).where(MaintenanceState.one == 1)).one()
        return MaintenanceRow(row.active, row.message, row.until, row.started_at, row.started_by, row.version)

    def set_maintenance(self, row: MaintenanceRow) -> bool:
        """Put `row` in place of the version before `row.version`; whether that was the present one."""
        changed = self._session.scalar(
            update(MaintenanceState)
            .where(MaintenanceState.one == 1, MaintenanceState.version == row.version - 1)
            .values(
                active=row.active,
                message=row.message,
                until=row.until,
                started_at=row.started_at,
                started_by=row.started_by,
                version=row.version,
            )
            .returning(MaintenanceState.version)
        )
        return changed is not None

    def announce(self, topic: str) -> None:
        """Tell every process, once this is committed, that what it keeps of `topic` is old."""
        self._session.execute(text("SELECT pg_notify('cache_bust', :topic)"), {"topic": topic})

    def recipients(self, after: int, seen_since: datetime, limit: int) -> tuple[Recipient, ...]:
        """Registered, active people with ids above `after` who were here since a moment, by id."""
        rows = self._session.execute(
            select(AccountRow.id, AccountRow.email, AccountRow.name)
            .where(
                AccountRow.id > after,
                AccountRow.kind == "registered",
                AccountRow.state == "active",
                or_(
                    func.coalesce(AccountRow.last_seen_at, AccountRow.created_at) >= seen_since,
                    AccountRow.role == "admin",
                ),
            )
            .order_by(AccountRow.id)
            .limit(limit)
        )
        return tuple(Recipient(*row) for row in rows)
