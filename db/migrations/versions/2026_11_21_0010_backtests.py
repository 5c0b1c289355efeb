"""Strategies and runs that are kept.

Revision: 0010_backtests
Before: 0009_assistant
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_backtests"
down_revision = "0009_assistant"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "strategies",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("recipe", postgresql.JSONB(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_strategies"),
        sa.UniqueConstraint("link", "version", name="uq_strategies_link_version"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_strategies_account_id_accounts", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_strategies_account_id", "strategies", ["account_id", "id"])
    op.create_table(
        "backtests",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("inputs_fingerprint", sa.Text(), nullable=False),
        sa.Column("data_fingerprint", sa.Text(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_bar", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_bar", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bars", sa.Integer(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("curve", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backtests"),
        sa.UniqueConstraint("link", name="uq_backtests_link"),
        sa.UniqueConstraint(
            "account_id", "inputs_fingerprint", "data_fingerprint", "code_version", name="uq_backtests_same_run"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_backtests_account_id_accounts", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_backtests_account_id", "backtests", ["account_id", "id"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("backtests")
    op.drop_table("strategies")
