"""The outbox, the inbox and what people choose to be told.

Revision: 0005_notices
Before: 0004_limits
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005_notices"
down_revision = "0004_limits"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _account(table: str, nullable: bool = False) -> tuple[Any, ...]:
    return (
        sa.Column("account_id", sa.BigInteger(), nullable=nullable),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id_accounts"), ondelete="CASCADE"
        ),
    )


def upgrade() -> None:
    op.create_table(
        "outbox",
        _id(),
        _text("kind"),
        _text("key"),
        *_account("outbox", nullable=True),
        _text("recipient"),
        _text("recipient_name"),
        _text("subject"),
        _text("device"),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        _text("state"),
        _text("claim", True),
        _time("claimed_at", True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _text("problem"),
        _time("created_at"),
        _time("next_at"),
        _time("not_after"),
        _time("sent_at", True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'handing_over', 'sent', 'failed', 'unconfirmed', 'expired', 'cancelled',"
            " 'on_screen', 'no_server')",
            name=op.f("ck_outbox_state"),
        ),
    )
    op.create_index("uq_outbox_kind_key", "outbox", ["kind", "key"], unique=True)
    op.create_index(
        "ix_outbox_pending",
        "outbox",
        ["not_after", "id"],
        postgresql_where=sa.text("state IN ('queued', 'no_server')"),
    )
    op.create_index(
        "ix_outbox_on_screen", "outbox", ["device", "id"], postgresql_where=sa.text("state = 'on_screen'")
    )
    op.create_index("ix_outbox_account_id", "outbox", ["account_id"])
    op.create_index("ix_outbox_state_id", "outbox", ["state", "id"])
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])

    op.create_table(
        "inbox",
        _id(),
        *_account("inbox"),
        _text("kind"),
        _text("key"),
        _text("level"),
        _text("title"),
        _text("body"),
        _text("path"),
        _time("created_at"),
        _time("read_at", True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
    )
    op.create_index("uq_inbox_account_id_kind_key", "inbox", ["account_id", "kind", "key"], unique=True)
    op.create_index("ix_inbox_account_id_id", "inbox", ["account_id", "id"])
    op.create_index("ix_inbox_unread", "inbox", ["account_id"], postgresql_where=sa.text("read_at IS NULL"))
    op.create_index("ix_inbox_created_at", "inbox", ["created_at"])

    op.create_table(
        "notice_choices",
        *_account("notice_choices"),
        _text("kind"),
        _time("off_since"),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_notice_choices")),
    )

    op.create_table(
        "mail_server",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("failing_since", True),
        _time("retry_at", True),
        _text("problem"),
        _time("last_success", True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_server")),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_server_single")),
    )


def downgrade() -> None:
    op.drop_table("mail_server")
    op.drop_table("notice_choices")
    op.drop_table("inbox")
    op.drop_table("outbox")
