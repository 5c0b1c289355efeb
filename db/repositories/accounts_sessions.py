"""SQL about signed-in browsers and the tickets that open them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from db.repositories.accounts_people import PERSON_COLUMNS, Person
from db.session import quick_rows
from db.tables.accounts import AccountRow, CodeRow, SessionRow, TicketRow


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A signed-in browser and whose it is."""

    person: Person
    id: UUID
    device: str
    ip: str
    created_at: datetime
    last_seen_at: datetime
    idle_until: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket that was just taken out of the table."""

    account_id: int
    binding_hash: str
    next_path: str
    created_at: datetime
    expires_at: datetime


_COLUMNS: tuple[Any, ...] = (
    SessionRow.id,
    SessionRow.device,
    SessionRow.ip,
    SessionRow.created_at,
    SessionRow.last_seen_at,
    SessionRow.idle_until,
    SessionRow.expires_at,
)
_WIDTH = len(_COLUMNS)
_OF_SOMEBODY = select(*_COLUMNS, *PERSON_COLUMNS).join(AccountRow, AccountRow.id == SessionRow.account_id)


_BY_TOKEN = str(
    _OF_SOMEBODY.where(SessionRow.token_hash == bindparam("token_hash")).compile(
        dialect=postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]
    )
)


def find_session(token_hash: str) -> FoundSession | None:
    """The session of a token with its account: one look into an index, one way to the server and back.

    Every run and every fragment asks this.
    """
    rows = quick_rows(_BY_TOKEN, {"token_hash": token_hash})
    return FoundSession(Person(*rows[0][_WIDTH:]), *rows[0][:_WIDTH]) if rows else None


class SessionRepository:
    """The tables `sessions` and `tickets`. Ending a session tells every process, once that is committed."""

    def __init__(self, session: Session, channel: str) -> None:
        self._session = session
        self._channel = channel

    def of_account(self, account_id: int) -> tuple[FoundSession, ...]:
        """The sessions of one account, the latest used first."""
        rows = self._session.execute(
            _OF_SOMEBODY.where(SessionRow.account_id == account_id).order_by(
                SessionRow.last_seen_at.desc(), SessionRow.id
            )
        )
        return tuple(FoundSession(Person(*row[_WIDTH:]), *row[:_WIDTH]) for row in rows)

    def open(
        self,
        *,
        session_id: UUID,
        account_id: int,
        token_hash: str,
        device: str,
        ip: str,
        at: datetime,
        idle_until: datetime,
        expires_at: datetime,
    ) -> None:
        """Keep a new session."""
        self._session.execute(
            insert(SessionRow).values(
                id=session_id,
                account_id=account_id,
                token_hash=token_hash,
                device=device,
                ip=ip,
                created_at=at,
                last_seen_at=at,
                idle_until=idle_until,
                expires_at=expires_at,
            )
        )

    def seen(self, session_id: UUID, at: datetime, idle_until: datetime) -> bool:
        """Move on when it was last used; False when a later moment is noted, or the session is gone."""
        moved = self._session.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.last_seen_at < at)
            .values(last_seen_at=at, idle_until=func.least(idle_until, SessionRow.expires_at))
            .returning(SessionRow.id)
        )
        return bool(moved.all())

    def end(self, token_hash: str) -> int | None:
        """End the session of a token; whose it was."""
        gone = self._session.execute(
            delete(SessionRow).where(SessionRow.token_hash == token_hash).returning(SessionRow.account_id)
        ).scalar_one_or_none()
        if gone is not None:
            self._tell([token_hash])
        return None if gone is None else int(gone)

    def end_one(self, account_id: int, session_id: UUID) -> bool:
        """End one session of an account by its id; whether there was one."""
        return bool(self._end(SessionRow.account_id == account_id, SessionRow.id == session_id))

    def end_all(self, account_id: int, keep: UUID | None) -> int:
        """End an account's sessions but `keep`, and whatever could still open one; the number of sessions."""
        where = [SessionRow.account_id == account_id]
        if keep is not None:
            where.append(SessionRow.id != keep)
        self._session.execute(delete(TicketRow).where(TicketRow.account_id == account_id))
        self._session.execute(
            delete(CodeRow).where(CodeRow.account_id == account_id, CodeRow.purpose.in_(("sign_in", "recovery")))
        )
        return self._end(*where)

    def end_dead(self, at: datetime) -> int:
        """End sessions whose time is over, and forget tickets nobody used; the number of sessions."""
        self._session.execute(delete(TicketRow).where(TicketRow.expires_at <= at))
        return self._end((SessionRow.idle_until <= at) | (SessionRow.expires_at <= at))

    def add_ticket(
        self, *, digest: str, account_id: int, binding_hash: str, next_path: str, at: datetime, expires_at: datetime
    ) -> None:
        """Keep a ticket."""
        self._session.execute(
            insert(TicketRow).values(
                digest=digest,
                account_id=account_id,
                binding_hash=binding_hash,
                next_path=next_path,
                created_at=at,
                expires_at=expires_at,
            )
        )

    def take_ticket(self, digest: str) -> FoundTicket | None:
        """Take a ticket out of the table: of many who hold it, one gets it."""
        row = self._session.execute(
            delete(TicketRow)
            .where(TicketRow.digest == digest)
            .returning(
                TicketRow.account_id,
                TicketRow.binding_hash,
                TicketRow.next_path,
                TicketRow.created_at,
                TicketRow.expires_at,
            )
        ).one_or_none()
        return None if row is None else FoundTicket(*row)

    def _end(self, *where: object) -> int:
        hashes = list(self._session.scalars(delete(SessionRow).where(*where).returning(SessionRow.token_hash)))  # type: ignore[arg-type]
        self._tell(hashes)
        return len(hashes)

    def _tell(self, hashes: list[str]) -> None:
        if hashes:
            self._session.execute(
                text("SELECT pg_notify(:channel, hash) FROM unnest(CAST(:hashes AS text[])) AS hash"),
                {"channel": self._channel, "hashes": hashes},
            )
