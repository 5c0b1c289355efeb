"""SQL of the outbox: who may send which mail next, and how it ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.tables.notices import MailServerRecord, OutgoingMail

UNDER_WAY = ("claimed", "handing_over")
WAITING = ("queued", "no_server")
OVER = ("sent", "failed", "unconfirmed", "expired", "cancelled", "on_screen")


@dataclass(frozen=True, slots=True)
class MailRow:
    """One mail, in the columns of its table."""

    id: int
    kind: str
    key: str
    account_id: int | None
    recipient: str
    recipient_name: str
    subject: str
    device: str
    sealed: bytes | None
    state: str
    claim: str | None
    attempts: int
    problem: str
    created_at: datetime
    next_at: datetime
    not_after: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class ServerRow:
    """The mail server's row."""

    failures: int
    failing_since: datetime | None
    retry_at: datetime | None
    problem: str
    last_success: datetime | None


class OutboxRepository:
    """Mails of everybody, for the one that sends them and for admins."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **values: Any) -> int | None:
        """Insert a mail; None when one of this kind and key is there already."""
        made = (
            insert(OutgoingMail)
            .values(attempts=0, problem="", **values)
            .on_conflict_do_nothing(index_elements=[OutgoingMail.kind, OutgoingMail.key])
        )
        number = self._session.scalar(made.returning(OutgoingMail.id))
        return None if number is None else int(number)

    def find(self, kind: str, key: str) -> MailRow | None:
        """The mail of this kind and key."""
        row = self._session.scalar(select(OutgoingMail).where(OutgoingMail.kind == kind, OutgoingMail.key == key))
        return None if row is None else _row(row)

    def get(self, number: int) -> MailRow | None:
        """A mail by its number."""
        row = self._session.scalar(select(OutgoingMail).where(OutgoingMail.id == number))
        return None if row is None else _row(row)

    def claim(self, claim: str, now: datetime) -> MailRow | None:
        """Take the mail whose time ends first (so codes go before reports); None when nothing is due."""
        first = (
            select(OutgoingMail.id)
            .where(
                _waits(),
                OutgoingMail.next_at <= now,
                OutgoingMail.not_after > now,
            )
            .order_by(OutgoingMail.not_after, OutgoingMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        row = self._session.scalar(
            update(OutgoingMail)
            .where(OutgoingMail.id == first)
            .values(state="claimed", claim=claim, claimed_at=now)
            .returning(OutgoingMail)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return None if row is None else _row(row)

    def hand_over(self, number: int, claim: str, now: datetime) -> bool:
        """Note that the next thing said to the server may send the mail; whether the mail is still this claim's."""
        return self._change(
            and_(OutgoingMail.id == number, OutgoingMail.claim == claim, OutgoingMail.state == "claimed"),
            state="handing_over",
            claimed_at=now,
        )

    def finish(self, number: int, claim: str, **values: Any) -> bool:
        """Note how it ended, for a mail this claim has (or had, when it was found unconfirmed meanwhile)."""
        mine = and_(
            OutgoingMail.id == number,
            OutgoingMail.claim == claim,
            OutgoingMail.state.in_((*UNDER_WAY, "unconfirmed")),
        )
        return self._change(mine, claim=None, claimed_at=None, **values)

    def release_abandoned(self, before: datetime) -> int:
        """Give back mails claimed before `before` whose handing-over had not begun; how many."""
        return self._count(
            and_(OutgoingMail.state == "claimed", OutgoingMail.claimed_at < before),
            state="queued",
            claim=None,
            claimed_at=None,
        )

    def mark_unconfirmed(self, before: datetime, problem: str) -> int:
        """Mails whose handing-over began before `before` and was never heard of again; how many."""
        return self._count(
            and_(OutgoingMail.state == "handing_over", OutgoingMail.claimed_at < before),
            state="unconfirmed",
            attempts=OutgoingMail.attempts + 1,
            problem=problem,
        )

    def expire(self, now: datetime) -> list[MailRow]:
        """Mails that still waited when their time was over; they are not sent, and say nothing any more."""
        rows = self._session.scalars(
            update(OutgoingMail)
            .where(_waits(), OutgoingMail.not_after <= now)
            .values(state="expired", sealed=None)
            .returning(OutgoingMail)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        return [_row(row) for row in rows]

    def on_screen(self, device: str, since: datetime) -> list[MailRow]:
        """Mails a browser caused since then, newest first."""
        rows = self._session.scalars(
            select(OutgoingMail)
            .where(OutgoingMail.state == "on_screen", OutgoingMail.device == device, OutgoingMail.created_at > since)
            .order_by(OutgoingMail.id.desc())
        )
        return [_row(row) for row in rows]

    def page(
        self, *, state: str | None, kind: str | None, search: str, offset: int, size: int
    ) -> tuple[list[MailRow], int]:
        """Mails by filter, newest first, and how many there are; `search` is part of a recipient or subject."""
        conditions: list[ColumnElement[bool]] = []
        if state is not None:
            conditions.append(OutgoingMail.state == state)
        if kind is not None:
            conditions.append(OutgoingMail.kind == kind)
        if search:
            part = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            conditions.append(or_(OutgoingMail.recipient.ilike(f"%{part}%"), OutgoingMail.subject.ilike(f"%{part}%")))
        total = self._session.scalar(select(func.count()).select_from(OutgoingMail).where(*conditions)) or 0
        rows = self._session.scalars(
            select(OutgoingMail).where(*conditions).order_by(OutgoingMail.id.desc()).offset(offset).limit(size)
        )
        return [_row(row) for row in rows], int(total)

    def counts(self) -> dict[str, int]:
        """How many mails there are by state."""
        rows = self._session.execute(select(OutgoingMail.state, func.count()).group_by(OutgoingMail.state))
        return {state: int(count) for state, count in rows}

    def set_state(self, number: int, states: Collection[str], **values: Any) -> bool:
        """Change a mail that is in one of `states`; whether it was."""
        return self._change(and_(OutgoingMail.id == number, OutgoingMail.state.in_(list(states))), **values)

    def forget(self, now: datetime, keep: timedelta, keep_on_screen: timedelta) -> int:
        """Delete mails that are over and older than `keep`, and unsay those that may not be sent any more; how many."""
        self._count(and_(OutgoingMail.sealed.is_not(None), OutgoingMail.not_after <= now), sealed=None)
        self._count(
            and_(OutgoingMail.state == "on_screen", OutgoingMail.created_at <= now - keep_on_screen), sealed=None
        )
        gone = self._session.execute(
            delete(OutgoingMail).where(OutgoingMail.state.in_(OVER), OutgoingMail.created_at < now - keep)
        )
        return _affected(gone)

    def server(self) -> ServerRow | None:
        """How the mail server has been answering; None when it was never asked."""
        row = self._session.get(MailServerRecord, 1)
        if row is None:
            return None
        return ServerRow(row.failures, row.failing_since, row.retry_at, row.problem, row.last_success)

    def put_server(self, row: ServerRow) -> None:
        """Keep how the mail server answered."""
        values = {name: getattr(row, name) for name in ServerRow.__slots__}
        made = insert(MailServerRecord).values(id=1, **values)
        self._session.execute(made.on_conflict_do_update(index_elements=[MailServerRecord.id], set_=values))

    def _change(self, where: ColumnElement[bool], **values: Any) -> bool:
        return self._count(where, **values) > 0

    def _count(self, where: ColumnElement[bool], **values: Any) -> int:
        return _affected(
            self._session.execute(
                update(OutgoingMail).where(where).values(**values).execution_options(synchronize_session=False)
            )
        )


def _waits() -> ColumnElement[bool]:
    # Written out, not bound: a prepared statement with parameters cannot use the partial index.
    return OutgoingMail.state.in_(bindparam("waiting", WAITING, expanding=True, literal_execute=True))


def _affected(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def _row(row: OutgoingMail) -> MailRow:
    return MailRow(**{name: getattr(row, name) for name in MailRow.__slots__})
