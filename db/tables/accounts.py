"""People: accounts, signed-in browsers, one-time codes, tickets, second factors and preferences.

Nothing here opens anything when read: passwords are bcrypt hashes, tokens and tickets their SHA-256, codes keyed
hashes, authenticator secrets encrypted. Columns marked `secret` never leave the database, not even in a person's own
export. docs/accounts.md tells the story of each table.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

SECRET: dict[str, Any] = {"secret": True}
"""Marks a column that is left out of exports."""


class AccountRow(Base):
    """A person, or a demo visitor. `owner` owns their files, watches and layouts.

    `user_name_key` and `email_key` are the forms that are compared and unique. `version` counts changes by admins.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("kind IN ('registered', 'demo_visitor', 'demo_admin')", name="kind"),
        CheckConstraint("role IN ('investor', 'admin')", name="role"),
        CheckConstraint("state IN ('active', 'deactivated')", name="state"),
        CheckConstraint("owner ~ '^[0-9a-f]{64}$'", name="owner"),
        CheckConstraint("(kind = 'registered') = (expires_at IS NULL)", name="expiry"),
        CheckConstraint("kind <> 'registered' OR (email IS NOT NULL AND password_hash IS NOT NULL)", name="complete"),
        CheckConstraint("kind = 'registered' OR role = 'investor'", name="demo_role"),
        CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email"),
        Index("ix_accounts_last_seen_at", text("last_seen_at DESC NULLS LAST"), text("id DESC")),
        Index("ix_accounts_created_at", "created_at", "id"),
        Index("ix_accounts_name", text("lower(name)"), "id"),
        Index("ix_accounts_expires_at", "expires_at", postgresql_where="expires_at IS NOT NULL"),
        Index("ix_accounts_admins", "id", postgresql_where="role = 'admin'"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    user_name: Mapped[str] = mapped_column(Text)
    user_name_key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    email_key: Mapped[str | None] = mapped_column(Text, unique=True)
    password_hash: Mapped[str | None] = mapped_column(Text, info=SECRET)
    password_changed_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(Text)
    state_reason: Mapped[str] = mapped_column(Text)
    limits_exempt: Mapped[bool]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)


class SessionRow(Base):
    """A signed-in browser. `token_hash` is the SHA-256 of what its cookie holds, 64 hex digits."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_account_id", "account_id"),
        Index("ix_sessions_idle_until", "idle_until"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(Text, unique=True, info=SECRET)
    device: Mapped[str] = mapped_column(Text)
    ip: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_until: Mapped[datetime]
    expires_at: Mapped[datetime]


class KnownDevice(Base):
    """A browser that an account was signed in with before: another one is worth a mail."""

    __tablename__ = "known_devices"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    device: Mapped[str] = mapped_column(Text, primary_key=True, info=SECRET)
    label: Mapped[str] = mapped_column(Text)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class TicketRow(Base):
    """The step from a checked password to a cookie: valid for seconds, in one browser, once."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_account_id", "account_id"),
        Index("ix_tickets_expires_at", "expires_at"),
    )

    digest: Mapped[str] = mapped_column(Text, primary_key=True, info=SECRET)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    binding_hash: Mapped[str] = mapped_column(Text, info=SECRET)
    next_path: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class CodeRow(Base):
    """A one-time code that was asked for, and, once it was told, the proof that it was.

    `digest` is empty where no code can be right: nobody has that address, or an authenticator app answers instead.
    `seen_at` is the latest moment the row was looked at: a clock set back does not make it younger.
    """

    __tablename__ = "codes"
    __table_args__ = (
        CheckConstraint("purpose IN ('registration', 'recovery', 'sign_in', 'email_change')", name="purpose"),
        CheckConstraint("channel IN ('email', 'totp')", name="channel"),
        Index("ix_codes_account_id", "account_id"),
        Index("ix_codes_expires_at", "expires_at"),
        Index("ix_codes_proof_digest", "proof_digest", unique=True, postgresql_where="proof_digest IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(Text)
    address_key: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text, info=SECRET)
    attempts: Mapped[int] = mapped_column(SmallInteger)
    resends: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    resend_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    proof_digest: Mapped[str | None] = mapped_column(Text, info=SECRET)
    proof_expires_at: Mapped[datetime | None]


class Authenticator(Base):
    """An authenticator app (RFC 6238). `last_step` is the last time step whose code was used: none is used twice."""

    __tablename__ = "authenticators"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """A code to sign in with when the authenticator app is lost; each works once."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(Text, primary_key=True, info=SECRET)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PreferenceRow(Base):
    """What an investor told about themselves, and how they like to see things."""

    __tablename__ = "preferences"
    __table_args__ = (CheckConstraint("report_hour BETWEEN 0 AND 23", name="report_hour"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    risk_tolerance: Mapped[str] = mapped_column(Text)
    horizon: Mapped[str] = mapped_column(Text)
    experience: Mapped[str] = mapped_column(Text)
    base_currency: Mapped[str] = mapped_column(Text)
    number_format: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    default_model: Mapped[str] = mapped_column(Text)
    privacy: Mapped[bool]
    report: Mapped[str] = mapped_column(Text)
    report_hour: Mapped[int] = mapped_column(SmallInteger)
    saved_at: Mapped[datetime]
