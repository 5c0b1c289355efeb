"""How much the desk is used.

Revision: 0007_usage
Before: 0006_operations
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_usage"
down_revision = "0006_operations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "usage_counts",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("total_ms", sa.Double(), nullable=False),
        sa.Column("buckets", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("hour", "measure", "subject", "kind", name="pk_usage_counts"),
        sa.CheckConstraint("n > 0", name=op.f("ck_usage_counts_some")),
    )
    op.create_index("ix_usage_counts_measure_hour", "usage_counts", ["measure", "hour"])
    op.create_table(
        "active_periods",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "period", "starts", name="pk_active_periods"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_active_periods_account_id_accounts", ondelete="CASCADE"
        ),
        sa.CheckConstraint("period IN ('day', 'week')", name=op.f("ck_active_periods_period")),
    )
    op.create_index("ix_active_periods_starts", "active_periods", ["starts"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("active_periods")
    op.drop_table("usage_counts")
