"""Alerts, reports, backups and what is kept for admins.

Revision: 0006_operations
Before: 0005_notices
"""

from __future__ import annotations

revision = "0006_operations"
down_revision = "0005_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""


def downgrade() -> None:
    """Remove them."""
