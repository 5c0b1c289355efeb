"""Limits and what became of them, the activity log, and the state of the system.

Which rules there are is code (`core.accounts.limit_rules`); a row in `limit_rules` exists once an admin changed one.
docs/limits.md tells the story of each table.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class LimitRule(Base):
    """A rule whose number an admin changed; `version` counts the changes."""

    __tablename__ = "limit_rules"
    __table_args__ = (CheckConstraint("most >= 0", name="most"),)

    rule: Mapped[str] = mapped_column(Text, primary_key=True)
    most: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(Text)


class LimitOverride(Base):
    """Another number of one rule for one account, until a day or for good; `most` NULL: the rule does not apply."""

    __tablename__ = "limit_overrides"
    __table_args__ = (CheckConstraint("most >= 0", name="most"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    rule: Mapped[str] = mapped_column(Text, primary_key=True)
    most: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(Text)


class PromptEvent(Base):
    """One prompt that was let through."""

    __tablename__ = "prompt_events"
    __table_args__ = (
        Index("ix_prompt_events_account_id_at", "account_id", "at"),
        Index("ix_prompt_events_at", "at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    at: Mapped[datetime]


class ChatPrompts(Base):
    """How many prompts a chat has had; it outlives the events, because a full chat stays full."""

    __tablename__ = "chat_prompts"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    chat: Mapped[str] = mapped_column(Text, primary_key=True)
    used: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime]


class GuardEvent(Base):
    """One guarded action that was let through. `key` is a keyed hash of rule and subject: no address is kept here."""

    __tablename__ = "guard_events"
    __table_args__ = (Index("ix_guard_events_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class LimitViolation(Base):
    """Refusals of one subject by one rule within one minute, counted. `subject` is written so that an admin can act."""

    __tablename__ = "limit_violations"
    __table_args__ = (
        UniqueConstraint("subject", "rule", "minute"),
        Index("ix_limit_violations_minute", "minute", "id"),
        Index("ix_limit_violations_account_id", "account_id", "minute", "id"),
        Index("ix_limit_violations_rule", "rule", "minute", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    most: Mapped[int] = mapped_column(Integer)
    minute: Mapped[datetime]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(Integer)


class ActivityEntry(Base):
    """One thing that was done, chained to the one before it. Triggers refuse every change.

    `before` and `after` are JSON as text, because the hash covers the very characters. `id` has no gaps.
    """

    __tablename__ = "activity_log"
    __table_args__ = (
        Index("ix_activity_log_at", "at", "id"),
        Index("ix_activity_log_action", "action", "at", "id"),
        Index("ix_activity_log_subject", "subject", "at", "id"),
        Index("ix_activity_log_actor", text("lower(actor_name)"), "at", "id"),
        Index("ix_activity_log_actor_action", text("lower(actor_name)"), "action", "at", "id"),
        Index("ix_activity_log_actor_id", "actor_id", "at", "id", postgresql_where="actor_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    ip: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class ActivityHead(Base):
    """Where the log ends: one row, moved forward by every entry, so that a tail that was cut off is missed."""

    __tablename__ = "activity_head"
    __table_args__ = (CheckConstraint("one = 1", name="one"),)

    one: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[bytes] = mapped_column(LargeBinary)


class MaintenanceState(Base):
    """Whether the desk is closed for maintenance: one row; `version` counts the changes."""

    __tablename__ = "maintenance"
    __table_args__ = (CheckConstraint("one = 1", name="one"),)

    one: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    active: Mapped[bool]
    message: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    started_by: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
