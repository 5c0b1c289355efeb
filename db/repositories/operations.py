"""SQL about what admins turn on and off, when reports go out, what became of jobs, and what follows a restore."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.tables.accounts import AccountRow, CodeRow, PreferenceRow, SessionRow, TicketRow
from db.tables.notices import OutgoingMail
from db.tables.operations import ReportSchedule, ReportSent, Switch, TaskNote

_TAKES = (
    AccountRow.state == "active",
    AccountRow.kind == "registered",
    AccountRow.email.is_not(None),
    PreferenceRow.report != "none",
)
_UNSENT = ("queued", "claimed", "handing_over", "no_server", "on_screen")


@dataclass(frozen=True, slots=True)
class SwitchState:
    """A switch; what nobody touched is on, at version 0."""

    name: str
    on: bool = True
    changed_by: int | None = None
    changed_at: datetime | None = None
    version: int = 0


class SwitchRepository:
    """What admins turn on and off."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str) -> SwitchState:
        """One switch."""
        row = self._session.get(Switch, name, populate_existing=True)
        return SwitchState(name) if row is None else _switch(row)

    def of_prefix(self, prefix: str) -> dict[str, SwitchState]:
        """Switches whose names begin so ("task:"), by name; those nobody touched are left out."""
        rows = self._session.scalars(select(Switch).where(Switch.name.startswith(prefix, autoescape=True)))
        return {row.name: _switch(row) for row in rows}

    def put(self, name: str, on: bool, by: int | None, at: datetime, version: int) -> SwitchState | None:
        """Set a switch that is still at `version`; None when somebody else changed it meanwhile."""
        made = insert(Switch).values(name=name, on=on, changed_by=by, changed_at=at, version=1)
        if version == 0:
            changed = self._session.execute(made.on_conflict_do_nothing().returning(Switch.version)).scalar()
        else:
            changed = self._session.execute(
                update(Switch)
                .where(Switch.name == name, Switch.version == version)
                .values(on=on, changed_by=by, changed_at=at, version=version + 1)
                .returning(Switch.version)
            ).scalar()
        return None if changed is None else SwitchState(name, on, by, at, changed)


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """When reports of a period go out."""

    period: str
    on: bool
    hour: int
    changed_by: int | None
    changed_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class TakerGroup:
    """How many people want reports of a period at an hour of a timezone."""

    period: str
    timezone: str
    hour: int
    takers: int


class ReportRepository:
    """When reports go out, to whom, and which went out."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def schedule(self) -> dict[str, ScheduleRow]:
        """What admins chose, by period; periods nobody touched are left out."""
        return {
            row.period: ScheduleRow(row.period, row.on, row.hour, row.changed_by, row.changed_at, row.version)
            for row in self._session.scalars(select(ReportSchedule).execution_options(populate_existing=True))
        }

    def put_schedule(self, period: str, on: bool, hour: int, by: int | None, at: datetime, version: int) -> bool:
        """Set a period that is still at `version` (0: nobody touched it); whether it was."""
        if version == 0:
            made = insert(ReportSchedule).values(
                period=period, on=on, hour=hour, changed_by=by, changed_at=at, version=1
            )
            changed = self._session.execute(made.on_conflict_do_nothing().returning(ReportSchedule.version))
        else:
            changed = self._session.execute(
                update(ReportSchedule)
                .where(ReportSchedule.period == period, ReportSchedule.version == version)
                .values(on=on, hour=hour, changed_by=by, changed_at=at, version=version + 1)
                .returning(ReportSchedule.version)
            )
        return changed.scalar() is not None

    def groups(self) -> tuple[TakerGroup, ...]:
        """People who want reports, by period, timezone and hour."""
        rows = self._session.execute(
            select(PreferenceRow.report, PreferenceRow.timezone, PreferenceRow.report_hour, func.count())
            .join(AccountRow, AccountRow.id == PreferenceRow.account_id)
            .where(*_TAKES)
            .group_by(PreferenceRow.report, PreferenceRow.timezone, PreferenceRow.report_hour)
            .order_by(PreferenceRow.report, PreferenceRow.timezone, PreferenceRow.report_hour)
        )
        return tuple(TakerGroup(*row) for row in rows)

    def waiting(self, group: TakerGroup, key: str) -> tuple[int, ...]:
        """Accounts of a group that did not get the report of a stretch of time, by number."""
        sent = exists(
            select(ReportSent.key).where(
                ReportSent.account_id == AccountRow.id, ReportSent.period == group.period, ReportSent.key == key
            )
        )
        rows = self._session.scalars(
            select(AccountRow.id)
            .join(PreferenceRow, PreferenceRow.account_id == AccountRow.id)
            .where(
                *_TAKES,
                PreferenceRow.report == group.period,
                PreferenceRow.timezone == group.timezone,
                PreferenceRow.report_hour == group.hour,
                ~sent,
            )
            .order_by(AccountRow.id)
        )
        return tuple(rows)

    def claim(self, account_id: int, period: str, key: str, at: datetime) -> bool:
        """Note that a report goes out; False when it did already."""
        made = insert(ReportSent).values(account_id=account_id, period=period, key=key, sent_at=at)
        found = self._session.execute(made.on_conflict_do_nothing().returning(ReportSent.account_id))
        return found.scalar() is not None

    def last_sent(self) -> dict[str, datetime]:
        """When a report of each period last went out to anybody."""
        rows = self._session.execute(text("SELECT period, max(sent_at) FROM reports_sent GROUP BY period"))
        return {str(row[0]): row[1] for row in rows}

    def forget(self, before: datetime) -> int:
        """Delete what is known of reports sent before; how many."""
        gone = delete(ReportSent).where(ReportSent.sent_at < before).returning(ReportSent.account_id)
        return len(self._session.execute(gone).all())


class TaskNoteRepository:
    """What became of jobs, in words."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, job_id: int | None, task: str, outcome: str, detail: str, at: datetime, seconds: float) -> None:
        """Note what became of one attempt."""
        self._session.add(
            TaskNote(job_id=job_id, task=task, outcome=outcome, detail=detail, at=at, seconds=Decimal(f"{seconds:.3f}"))
        )

    def forget(self, before: datetime) -> int:
        """Delete notes made before; how many."""
        return len(self._session.execute(delete(TaskNote).where(TaskNote.at < before).returning(TaskNote.id)).all())


class AftermathRepository:
    """What must not come back to life when an older state of the database does."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def end_sessions(self) -> int:
        """Delete signed-in browsers, tickets and one-time codes; how many browsers."""
        self._session.execute(delete(TicketRow))
        self._session.execute(delete(CodeRow))
        return len(self._session.execute(delete(SessionRow).returning(SessionRow.id)).all())

    def cancel_mails(self) -> int:
        """Cancel mails that waited; how many."""
        cancelled = (
            update(OutgoingMail)
            .where(OutgoingMail.state.in_(_UNSENT))
            .values(state="cancelled", claim=None, problem="It waited when the restored backup was taken.")
            .returning(OutgoingMail.id)
        )
        return len(self._session.execute(cancelled).all())


def _switch(row: Switch) -> SwitchState:
    return SwitchState(row.name, row.on, row.changed_by, row.changed_at, row.version)
