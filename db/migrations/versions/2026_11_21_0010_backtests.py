"""Strategies and runs that are kept.

Revision: 0010_backtests
Before: 0009_assistant
"""

from __future__ import annotations

revision = "0010_backtests"
down_revision = "0009_assistant"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""


def downgrade() -> None:
    """Remove them."""
