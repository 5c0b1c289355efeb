"""Ledgers: accounts, transactions and what was imported.

Revision: 0008_portfolio
Before: 0007_usage
"""

from __future__ import annotations

revision = "0008_portfolio"
down_revision = "0007_usage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""


def downgrade() -> None:
    """Remove them."""
