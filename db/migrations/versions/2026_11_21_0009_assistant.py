"""Chats with the analyst.

Revision: 0009_assistant
Before: 0008_portfolio
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_assistant"
down_revision = "0008_portfolio"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "chats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chats"),
        sa.UniqueConstraint("id", "account_id", name="uq_chats_id_account_id"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_chats_account_id_accounts", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_chats_account_id", "chats", ["account_id", "pinned", "updated_at"])
    op.create_table(
        "chat_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("chat_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("replaces", sa.BigInteger(), nullable=True),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alive_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_messages"),
        sa.UniqueConstraint("id", "account_id", name="uq_chat_messages_id_account_id"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_chat_messages_account_id_accounts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["chat_id", "account_id"],
            ["chats.id", "chats.account_id"],
            name="fk_chat_messages_chat_id_account_id_chats",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["replaces"], ["chat_messages.id"], name="fk_chat_messages_replaces_chat_messages", ondelete="SET NULL"
        ),
        sa.CheckConstraint("role IN ('user', 'analyst')", name=op.f("ck_chat_messages_role")),
        sa.CheckConstraint("state IN ('done', 'writing', 'stopped', 'failed')", name=op.f("ck_chat_messages_state")),
    )
    op.create_index(
        "uq_chat_messages_position",
        "chat_messages",
        ["chat_id", "position"],
        unique=True,
        postgresql_where=sa.text("NOT superseded"),
    )
    op.create_index("ix_chat_messages_account_id", "chat_messages", ["account_id", "id"])
    op.create_index("ix_chat_messages_chat_id", "chat_messages", ["chat_id", "id"])
    op.create_table(
        "chat_drafts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_drafts"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_chat_drafts_account_id_accounts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["chat_id", "account_id"],
            ["chats.id", "chats.account_id"],
            name="fk_chat_drafts_chat_id_account_id_chats",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "uq_chat_drafts_chat_id",
        "chat_drafts",
        ["chat_id"],
        unique=True,
        postgresql_where=sa.text("chat_id IS NOT NULL"),
    )
    op.create_index(
        "uq_chat_drafts_account_id",
        "chat_drafts",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("chat_id IS NULL"),
    )
    op.create_table(
        "answer_feedback",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_answer_feedback"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_answer_feedback_account_id_accounts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id", "account_id"],
            ["chat_messages.id", "chat_messages.account_id"],
            name="fk_answer_feedback_message_id_account_id_chat_messages",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_answer_feedback_account_id", "answer_feedback", ["account_id"])
    op.create_index("ix_answer_feedback_created_at", "answer_feedback", ["created_at"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("answer_feedback")
    op.drop_table("chat_drafts")
    op.drop_table("chat_messages")
    op.drop_table("chats")
