"""Prompt limits, the activity log and the state of the system.

Revision: 0004_limits
Before: 0003_accounts
"""

from __future__ import annotations

revision = "0004_limits"
down_revision = "0003_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""


def downgrade() -> None:
    """Remove them."""
