"""What is said to people: the outbox of mails, the inbox of the app, what they chose not to get, and the mail server.

What a mail says is kept encrypted, and only until it is sent: it may hold a one-time code or somebody's holdings.
docs/notices.md tells how the states follow each other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

SECRET: dict[str, Any] = {"secret": True}
"""Marks columns that never leave the database, not even in a person's own export."""

MAIL_STATES = (
    "queued",
    "claimed",
    "handing_over",
    "sent",
    "failed",
    "unconfirmed",
    "expired",
    "cancelled",
    "on_screen",
    "no_server",
)
_STATES = ", ".join(f"'{state}'" for state in MAIL_STATES)


class OutgoingMail(Base):
    """One mail to one person. `(kind, key)` says what it is about: the same again is not sent again."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("uq_outbox_kind_key", "kind", "key", unique=True),
        Index(
            "ix_outbox_pending",
            "not_after",
            "id",
            postgresql_where="state IN ('queued', 'no_server')",
        ),
        Index("ix_outbox_on_screen", "device", "id", postgresql_where="state = 'on_screen'"),
        Index("ix_outbox_account_id", "account_id"),
        Index("ix_outbox_state_id", "state", "id"),
        Index("ix_outbox_created_at", "created_at"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    recipient: Mapped[str] = mapped_column(Text)
    recipient_name: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    device: Mapped[str] = mapped_column(Text, info=SECRET)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=SECRET)
    state: Mapped[str] = mapped_column(Text)
    claim: Mapped[str | None] = mapped_column(Text, info=SECRET)
    claimed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer)
    problem: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    next_at: Mapped[datetime]
    not_after: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class InboxMessage(Base):
    """One message in somebody's inbox, in plain text; `key` as in the outbox."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("uq_inbox_account_id_kind_key", "account_id", "kind", "key", unique=True),
        Index("ix_inbox_account_id_id", "account_id", "id"),
        Index("ix_inbox_unread", "account_id", postgresql_where="read_at IS NULL"),
        Index("ix_inbox_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """A kind somebody wants no mails of; the kind "*" stands for everything that is not essential."""

    __tablename__ = "notice_choices"

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    off_since: Mapped[datetime]


class MailServerRecord(Base):
    """How the mail server has been answering; one row, which all processes share."""

    __tablename__ = "mail_server"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    failures: Mapped[int] = mapped_column(Integer)
    failing_since: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text)
    last_success: Mapped[datetime | None]
