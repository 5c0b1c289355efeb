"""Chats with the analyst: what was asked, what was answered, what is not sent yet, and what the investor thought of it.

Every row names its account; a foreign key of chat and account lets a message hang only on a chat of its own account.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy import Uuid as UuidType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

ROLES = ("user", "analyst")
STATES = ("done", "writing", "stopped", "failed")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class ChatRow(Base):
    """A conversation. `version` grows with every change to it or its messages, so that another tab can notice."""

    __tablename__ = "chats"
    __table_args__ = (
        UniqueConstraint("id", "account_id"),
        Index("ix_chats_account_id", "account_id", "pinned", "updated_at"),
    )

    id: Mapped[UUID] = mapped_column(UuidType(), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(Text)
    pinned: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MessageRow(Base):
    """One question or one answer.

    A question and its answer stand at consecutive positions. Asking again from a question on puts a new pair at its
    place: what stood there, and what followed, stays as `superseded`, and the new question names the old one in
    `replaces`.

    `state` "writing" is an answer on its way; `alive_at` says when its writer was last there. `answer` is the whole
    `core.assistant.answer.Answer` (`core.assistant.documents`), NULL for questions and unfinished answers; `problem`
    says why a "failed" one failed. `as_of` is the moment the question was asked about; NULL is the present.
    """

    __tablename__ = "chat_messages"
    __table_args__ = (
        ForeignKeyConstraint(["chat_id", "account_id"], ["chats.id", "chats.account_id"], ondelete="CASCADE"),
        UniqueConstraint("id", "account_id"),
        CheckConstraint(_one_of("role", ROLES), name="role"),
        CheckConstraint(_one_of("state", STATES), name="state"),
        Index("uq_chat_messages_position", "chat_id", "position", unique=True, postgresql_where="NOT superseded"),
        Index("ix_chat_messages_account_id", "account_id", "id"),
        Index("ix_chat_messages_chat_id", "chat_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    chat_id: Mapped[UUID] = mapped_column(UuidType())
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    role: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
    superseded: Mapped[bool] = mapped_column(Boolean)
    replaces: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("chat_messages.id", ondelete="SET NULL"), nullable=True
    )
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    as_of: Mapped[datetime | None]
    created_at: Mapped[datetime]
    alive_at: Mapped[datetime]


class DraftRow(Base):
    """A question that could not be sent, kept until it is. `chat_id` NULL: it begins a new chat."""

    __tablename__ = "chat_drafts"
    __table_args__ = (
        ForeignKeyConstraint(["chat_id", "account_id"], ["chats.id", "chats.account_id"], ondelete="CASCADE"),
        Index("uq_chat_drafts_chat_id", "chat_id", unique=True, postgresql_where="chat_id IS NOT NULL"),
        Index("uq_chat_drafts_account_id", "account_id", unique=True, postgresql_where="chat_id IS NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    chat_id: Mapped[UUID | None] = mapped_column(UuidType())
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]


class FeedbackRow(Base):
    """What an investor thought of an answer, with their reason; read when answers are evaluated."""

    __tablename__ = "answer_feedback"
    __table_args__ = (
        ForeignKeyConstraint(
            ["message_id", "account_id"], ["chat_messages.id", "chat_messages.account_id"], ondelete="CASCADE"
        ),
        Index("ix_answer_feedback_account_id", "account_id"),
        Index("ix_answer_feedback_created_at", "created_at"),
    )

    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    good: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
