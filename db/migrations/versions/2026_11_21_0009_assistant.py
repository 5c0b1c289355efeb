"""Chats with the analyst.

Revision: 0009_assistant
Before: 0008_portfolio
"""

from __future__ import annotations

revision = "0009_assistant"
down_revision = "0008_portfolio"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""


def downgrade() -> None:
    """Remove them."""
