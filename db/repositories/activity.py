"""SQL of the activity log: adding to the chain when a transaction commits, reading it back.

A row's hash is SHA-256 over the hash of the row before it and the row itself as canonical JSON (`row_hash`). The head
row, which every entry moves forward, is locked last of all, right before the commit: no entry can wait for a lock while
others wait for the head, so the log adds no deadlock and holds nobody up longer than a commit takes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, event, func, or_, select, text, true
from sqlalchemy.orm import Session, SessionTransaction

from db.tables.limits import ActivityEntry, ActivityHead

FIRST_PREVIOUS = bytes(32)
"""What the first row is chained to."""

_PENDING = "activity_pending"


class ActivityLogBroken(RuntimeError):
    """The head row of the log is gone, so nothing can be added; `python -m core verify-log` says more."""

    def __init__(self) -> None:
        super().__init__("The activity log has lost its head row. Restore the database from a backup.")


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its place in the chain; the columns of its table."""

    at: datetime
    action: str
    actor_id: int | None
    actor_name: str
    subject: str
    before: str | None
    after: str | None
    ip: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry in the columns of its table."""

    id: int
    at: datetime
    action: str
    actor_id: int | None
    actor_name: str
    subject: str
    before: str | None
    after: str | None
    ip: str
    user_agent: str
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends."""

    last_id: int
    last_hash: bytes


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the log should end, and how many rows with which ids there really are, as of one moment."""

    last_id: int
    last_hash: bytes
    oldest: int
    newest: int
    count: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries; None leaves a condition out. `who` is a user name (letter case does not matter) or an id."""

    action: str | None = None
    subject: str | None = None
    who: str | int | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether every entry passes."""
        return all(getattr(self, one.name) is None for one in fields(self))

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as SQL."""
        found: list[ColumnElement[bool]] = []
        if self.action is not None:
            found.append(ActivityEntry.action == self.action)
        if self.subject is not None:
            found.append(ActivityEntry.subject == self.subject)
        if isinstance(self.who, int):
            found.append(ActivityEntry.actor_id == self.who)
        elif self.who is not None:
            found.append(func.lower(ActivityEntry.actor_name) == self.who.lower())
        if self.since is not None:
            found.append(ActivityEntry.at >= self.since)
        if self.until is not None:
            found.append(ActivityEntry.at < self.until)
        return found


def row_hash(number: int, draft: Draft | EntryRow, previous: bytes) -> bytes:
    """SHA-256 over the previous row's hash and this row: a JSON array of its columns, ASCII, no spaces, UTC."""
    row = [
        number,
        draft.at.astimezone(UTC).isoformat(timespec="microseconds"),
        draft.action,
        draft.actor_id,
        draft.actor_name,
        draft.subject,
        draft.before,
        draft.after,
        draft.ip,
        draft.user_agent,
    ]
    return hashlib.sha256(previous + json.dumps(row, separators=(",", ":")).encode()).digest()


class ActivityRepository:
    """The log."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_at_commit(self, draft: Draft) -> None:
        """Add an entry when the session's transaction commits; not at all when it, or its savepoint, is rolled back."""
        waiting = self._session.info.get(_PENDING)
        if waiting is None:
            waiting = self._session.info[_PENDING] = _Pending()
            event.listen(self._session, "before_commit", waiting.before_commit)
            event.listen(self._session, "after_transaction_end", waiting.after_transaction_end)
        waiting.add(self._session, draft)

    def add(self, drafts: list[Draft]) -> None:
        """Add entries now; the head stays locked until the transaction ends.

        Raises:
            ActivityLogBroken: the head row is gone.
        """
        head = self._session.execute(
            select(ActivityHead.last_id, ActivityHead.last_hash).where(ActivityHead.one == 1).with_for_update()
        ).one_or_none()
        if head is None:
            raise ActivityLogBroken
        number, previous = head
        rows = []
        for draft in drafts:
            number += 1
            made = row_hash(number, draft, previous)
            rows.append(
                {one.name: getattr(draft, one.name) for one in fields(draft)}
                | {"id": number, "previous": previous, "hash": made}
            )
            previous = made
        self._session.execute(_INSERT, rows)
        self._session.execute(_MOVE, {"last_id": number, "last_hash": previous})

    def head(self) -> Head | None:
        """Where the log ends; None when the head row is gone."""
        row = self._session.execute(select(ActivityHead.last_id, ActivityHead.last_hash)).one_or_none()
        return None if row is None else Head(row[0], row[1])

    def extent(self) -> Extent | None:
        """Where the log should end and what is there, in one look; None when the head row is gone."""
        there = select(
            func.coalesce(func.min(ActivityEntry.id), 1).label("oldest"),
            func.coalesce(func.max(ActivityEntry.id), 0).label("newest"),
            func.count().label("count"),
        ).subquery()
        row = self._session.execute(
            select(ActivityHead.last_id, ActivityHead.last_hash, there.c.oldest, there.c.newest, there.c.count)
            .select_from(ActivityHead)
            .join(there, true())
        ).one_or_none()
        return None if row is None else Extent(*row)

    def after(self, number: int, until: int, limit: int, only: Filter | None = None) -> list[EntryRow]:
        """Up to `limit` entries with ids in (number, until], oldest first."""
        conditions = [] if only is None else only.conditions()
        return self._rows(
            _COLUMNS.where(ActivityEntry.id > number, ActivityEntry.id <= until, *conditions)
            .order_by(ActivityEntry.id)
            .limit(limit)
        )

    def page(self, only: Filter, offset: int, limit: int, most_counted: int) -> tuple[list[EntryRow], int, bool]:
        """Entries newest first from `offset` on, how many there are, and whether that number is exact.

        Entries that pass a filter are in the order of their times (where the clock was set back, that is not quite the
        order in which they were written), and counted up to `most_counted`; all of them need no counting.
        """
        if only.empty:
            head = self.head()
            last = 0 if head is None else head.last_id
            # Ids have no gaps, so the page begins at a known id and no row is skipped over.
            newest_first = _COLUMNS.where(ActivityEntry.id <= last - offset).order_by(ActivityEntry.id.desc())
            return self._rows(newest_first.limit(limit)), last, True
        some = select(ActivityEntry.id).where(*only.conditions()).limit(most_counted + 1).subquery()
        counted = int(self._session.scalar(select(func.count()).select_from(some)) or 0)
        rows = self._rows(
            _COLUMNS.where(*only.conditions())
            .order_by(ActivityEntry.at.desc(), ActivityEntry.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return rows, min(counted, most_counted), counted <= most_counted

    def about(self, account_id: int, subject: str) -> list[EntryRow]:
        """Everything an account did or that was done to the subject, oldest first."""
        return self._rows(
            _COLUMNS.where(or_(ActivityEntry.actor_id == account_id, ActivityEntry.subject == subject)).order_by(
                ActivityEntry.id
            )
        )

    def actions(self) -> list[str]:
        """Every action there is in the log, in alphabetical order; one look into the index for each."""
        return list(self._session.scalars(_ACTIONS))

    def _rows(self, chosen: Select[Any]) -> list[EntryRow]:
        return [EntryRow(*row) for row in self._session.execute(chosen)]


class _Pending:
    """The entries of one session that wait for its commit, each with the (sub)transaction it was made in."""

    def __init__(self) -> None:
        self._waiting: list[tuple[SessionTransaction, Draft]] = []

    def add(self, session: Session, draft: Draft) -> None:
        made_in = session.get_nested_transaction() or session.get_transaction() or session.begin()
        self._waiting.append((made_in, draft))

    def before_commit(self, session: Session) -> None:
        if session.in_nested_transaction():
            # The savepoint's entries now stand or fall with the transaction around it.
            inner = session.get_nested_transaction()
            assert inner is not None
            assert inner.parent is not None
            outer = inner.parent
            self._waiting = [(outer if made_in is inner else made_in, draft) for made_in, draft in self._waiting]
            return
        drafts, self._waiting = [draft for _, draft in self._waiting], []
        if drafts:
            session.flush()
            ActivityRepository(session).add(drafts)

    def after_transaction_end(self, _session: Session, transaction: SessionTransaction) -> None:
        # Whatever was committed has moved on; what is left of an ended transaction was rolled back with it.
        self._waiting = [(made_in, draft) for made_in, draft in self._waiting if made_in is not transaction]


_COLUMNS = select(*(getattr(ActivityEntry, one.name) for one in fields(EntryRow)))
_INSERT = text(
    "INSERT INTO activity_log"
    " (id, at, action, actor_id, actor_name, subject, before, after, ip, user_agent, previous, hash) VALUES"
    " (:id, :at, :action, :actor_id, :actor_name, :subject, :before, :after, :ip, :user_agent, :previous, :hash)"
)
_MOVE = text("UPDATE activity_head SET last_id = :last_id, last_hash = :last_hash WHERE one = 1")
_ACTIONS = text(
    "WITH RECURSIVE found(action) AS ("
    " (SELECT action FROM activity_log ORDER BY action LIMIT 1)"
    " UNION ALL"
    " SELECT (SELECT a.action FROM activity_log a WHERE a.action > found.action ORDER BY a.action LIMIT 1)"
    " FROM found WHERE found.action IS NOT NULL"
    ") SELECT action FROM found WHERE action IS NOT NULL"
)
