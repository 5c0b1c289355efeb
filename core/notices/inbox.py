"""The inbox in the app: one person's messages and how many are unread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from core import clock
from core.notices.model import Level, Message, Page
from db.repositories.notices_inbox import InboxRepository
from db.session import read_session, unit_of_work

MOST_PER_PAGE = 100


def messages(account_id: int, page: int = 1, size: int = 20) -> Page[Message]:
    """Somebody's messages, newest first.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    size, number = max(1, min(size, MOST_PER_PAGE)), max(1, page)
    with read_session() as session:
        rows, total = InboxRepository(session, account_id).page((number - 1) * size, size)
    return Page(
        tuple(
            Message(
                row.id, row.kind, cast(Level, row.level), row.title, row.body, row.path, row.created_at, row.read_at
            )
            for row in rows
        ),
        total,
        number,
        size,
    )


def unread(account_id: int) -> int:
    """How many of somebody's messages are unread; cheap enough for every run of a page."""
    with read_session() as session:
        return InboxRepository(session, account_id).unread()


def mark_read(account_id: int, ids: Sequence[int] | None) -> int:
    """Mark somebody's messages as read, all of them with None; how many were unread. Others' are never touched."""
    with unit_of_work() as session:
        return InboxRepository(session, account_id).mark_read(ids, clock.now())
