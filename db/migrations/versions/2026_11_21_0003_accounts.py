"""People, their sessions, codes, tickets and preferences.

Revision: 0003_accounts
Before: 0002_jobs
"""

from __future__ import annotations

revision = "0003_accounts"
down_revision = "0002_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""


def downgrade() -> None:
    """Remove them."""
