"""SQL of one person's inbox and choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.tables.accounts import AccountRow
from db.tables.notices import InboxMessage, NoticeChoice

EVERYTHING = "*"
"""The kind that stands for everything that can be declined."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message, in the columns of its table."""

    id: int
    kind: str
    level: str
    title: str
    body: str
    path: str
    created_at: datetime
    read_at: datetime | None


class InboxRepository:
    """The messages of one account; every statement names it."""

    def __init__(self, session: Session, account_id: int) -> None:
        self._session = session
        self._account_id = account_id

    def add(self, **values: Any) -> int | None:
        """Insert a message; None when one of this kind and key is there already."""
        made = (
            insert(InboxMessage)
            .values(account_id=self._account_id, **values)
            .on_conflict_do_nothing(index_elements=[InboxMessage.account_id, InboxMessage.kind, InboxMessage.key])
        )
        number = self._session.scalar(made.returning(InboxMessage.id))
        return None if number is None else int(number)

    def page(self, offset: int, size: int) -> tuple[list[MessageRow], int]:
        """Messages, newest first, and how many there are."""
        mine = InboxMessage.account_id == self._account_id
        total = self._session.scalar(select(func.count()).select_from(InboxMessage).where(mine)) or 0
        rows = self._session.scalars(
            select(InboxMessage).where(mine).order_by(InboxMessage.id.desc()).offset(offset).limit(size)
        )
        names = MessageRow.__slots__
        return [MessageRow(**{name: getattr(row, name) for name in names}) for row in rows], int(total)

    def unread(self) -> int:
        """How many messages are unread; one look at a partial index."""
        return int(
            self._session.scalar(
                select(func.count())
                .select_from(InboxMessage)
                .where(InboxMessage.account_id == self._account_id, InboxMessage.read_at.is_(None))
            )
            or 0
        )

    def mark_read(self, numbers: Sequence[int] | None, now: datetime) -> int:
        """Mark messages as read, all with None; how many were unread. Numbers of others' messages change nothing."""
        wanted = [InboxMessage.account_id == self._account_id, InboxMessage.read_at.is_(None)]
        if numbers is not None:
            wanted.append(InboxMessage.id.in_(list(numbers)))
        return _affected(
            self._session.execute(
                update(InboxMessage).where(*wanted).values(read_at=now).execution_options(synchronize_session=False)
            )
        )


class ChoiceRepository:
    """What one account wants no mails of."""

    def __init__(self, session: Session, account_id: int) -> None:
        self._session = session
        self._account_id = account_id

    def has_account(self) -> bool:
        """Whether the account still exists."""
        return self._session.scalar(select(AccountRow.id).where(AccountRow.id == self._account_id)) is not None

    def off(self) -> frozenset[str]:
        """The kinds declined; `EVERYTHING` may be among them."""
        rows = self._session.scalars(select(NoticeChoice.kind).where(NoticeChoice.account_id == self._account_id))
        return frozenset(rows)

    def declines(self, kind: str) -> bool:
        """Whether no mail of `kind` is wanted."""
        found = self._session.scalar(
            select(NoticeChoice.kind)
            .where(NoticeChoice.account_id == self._account_id, NoticeChoice.kind.in_((kind, EVERYTHING)))
            .limit(1)
        )
        return found is not None

    def decline(self, kinds: Sequence[str], now: datetime) -> None:
        """Decline kinds; twice is once."""
        if kinds:
            rows = [{"account_id": self._account_id, "kind": kind, "off_since": now} for kind in kinds]
            self._session.execute(insert(NoticeChoice).values(rows).on_conflict_do_nothing())

    def want(self, kinds: Sequence[str] | None) -> None:
        """Take declined kinds back, all with None."""
        wanted = [NoticeChoice.account_id == self._account_id]
        if kinds is not None:
            wanted.append(NoticeChoice.kind.in_(list(kinds)))
        self._session.execute(delete(NoticeChoice).where(*wanted))


def forget_read(session: Session, before: datetime) -> int:
    """Delete everybody's messages written before `before` that were read; how many."""
    return _affected(
        session.execute(delete(InboxMessage).where(InboxMessage.created_at < before, InboxMessage.read_at.is_not(None)))
    )


def _affected(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return int(result.rowcount)
