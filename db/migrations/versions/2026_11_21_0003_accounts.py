"""People, their sessions, codes, tickets and preferences.

Revision: 0003_accounts
Before: 0002_jobs
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003_accounts"
down_revision = "0002_jobs"
branch_labels = None
depends_on = None

_TABLES = (
    "accounts",
    "sessions",
    "known_devices",
    "tickets",
    "codes",
    "authenticators",
    "recovery_codes",
    "preferences",
)


def _time(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _bool(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _small(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.SmallInteger(), nullable=False)


def _account(nullable: bool = False) -> sa.Column[Any]:
    return sa.Column("account_id", sa.BigInteger(), nullable=nullable)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.id"], name=f"fk_{table}_account_id_accounts", ondelete="CASCADE"
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _text("owner"),
        _text("kind"),
        _text("role"),
        _text("user_name"),
        _text("user_name_key"),
        _text("name"),
        _text("email", True),
        _text("email_key", True),
        _text("password_hash", True),
        _time("password_changed_at", True),
        _text("state"),
        _text("state_reason"),
        _bool("limits_exempt"),
        _time("created_at"),
        _time("last_seen_at", True),
        _time("expires_at", True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("owner", name="uq_accounts_owner"),
        sa.UniqueConstraint("user_name_key", name="uq_accounts_user_name_key"),
        sa.UniqueConstraint("email_key", name="uq_accounts_email_key"),
        _check("accounts", "kind", "kind IN ('registered', 'demo_visitor', 'demo_admin')"),
        _check("accounts", "role", "role IN ('investor', 'admin')"),
        _check("accounts", "state", "state IN ('active', 'deactivated')"),
        _check("accounts", "owner", "owner ~ '^[0-9a-f]{64}$'"),
        _check("accounts", "expiry", "(kind = 'registered') = (expires_at IS NULL)"),
        _check(
            "accounts", "complete", "kind <> 'registered' OR (email IS NOT NULL AND password_hash IS NOT NULL)"
        ),
        _check("accounts", "demo_role", "kind = 'registered' OR role = 'investor'"),
        _check("accounts", "email", "(email IS NULL) = (email_key IS NULL)"),
    )
    op.create_index(
        "ix_accounts_last_seen_at", "accounts", [sa.text("last_seen_at DESC NULLS LAST"), sa.text("id DESC")]
    )
    op.create_index("ix_accounts_created_at", "accounts", ["created_at", "id"])
    op.create_index("ix_accounts_name", "accounts", [sa.text("lower(name)"), "id"])
    op.create_index(
        "ix_accounts_expires_at", "accounts", ["expires_at"], postgresql_where=sa.text("expires_at IS NOT NULL")
    )
    op.create_index("ix_accounts_admins", "accounts", ["id"], postgresql_where=sa.text("role = 'admin'"))

    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        _account(),
        _text("token_hash"),
        _text("device"),
        _text("ip"),
        _time("created_at"),
        _time("last_seen_at"),
        _time("idle_until"),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        _of_account("sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_index("ix_sessions_idle_until", "sessions", ["idle_until"])

    op.create_table(
        "known_devices",
        _account(),
        _text("device"),
        _text("label"),
        _time("first_seen_at"),
        _time("last_seen_at"),
        sa.PrimaryKeyConstraint("account_id", "device", name="pk_known_devices"),
        _of_account("known_devices"),
    )

    op.create_table(
        "tickets",
        _text("digest"),
        _account(),
        _text("binding_hash"),
        _text("next_path"),
        _time("created_at"),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("digest", name="pk_tickets"),
        _of_account("tickets"),
    )
    op.create_index("ix_tickets_account_id", "tickets", ["account_id"])
    op.create_index("ix_tickets_expires_at", "tickets", ["expires_at"])

    op.create_table(
        "codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("purpose"),
        _text("channel"),
        _account(nullable=True),
        _text("address"),
        _text("address_key"),
        _text("digest"),
        _small("attempts"),
        _small("resends"),
        _time("created_at"),
        _time("seen_at"),
        _time("resend_at"),
        _time("expires_at"),
        _time("used_at", True),
        _text("proof_digest", True),
        _time("proof_expires_at", True),
        sa.PrimaryKeyConstraint("id", name="pk_codes"),
        _of_account("codes"),
        _check("codes", "purpose", "purpose IN ('registration', 'recovery', 'sign_in', 'email_change')"),
        _check("codes", "channel", "channel IN ('email', 'totp')"),
    )
    op.create_index("ix_codes_account_id", "codes", ["account_id"])
    op.create_index("ix_codes_expires_at", "codes", ["expires_at"])
    op.create_index(
        "ix_codes_proof_digest",
        "codes",
        ["proof_digest"],
        unique=True,
        postgresql_where=sa.text("proof_digest IS NOT NULL"),
    )

    op.create_table(
        "authenticators",
        _account(),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _time("created_at"),
        _time("confirmed_at", True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_authenticators"),
        _of_account("authenticators"),
    )

    op.create_table(
        "recovery_codes",
        _account(),
        _text("digest"),
        _time("created_at"),
        _time("used_at", True),
        sa.PrimaryKeyConstraint("account_id", "digest", name="pk_recovery_codes"),
        _of_account("recovery_codes"),
    )

    op.create_table(
        "preferences",
        _account(),
        _text("risk_tolerance"),
        _text("horizon"),
        _text("experience"),
        _text("base_currency"),
        _text("number_format"),
        _text("timezone"),
        _text("default_model"),
        _bool("privacy"),
        _text("report"),
        _small("report_hour"),
        _time("saved_at"),
        sa.PrimaryKeyConstraint("account_id", name="pk_preferences"),
        _of_account("preferences"),
        _check("preferences", "report_hour", "report_hour BETWEEN 0 AND 23"),
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
