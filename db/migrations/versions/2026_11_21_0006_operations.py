"""Alerts, reports that were sent, switches, and what became of jobs.

Revision: 0006_operations
Before: 0005_notices
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006_operations"
down_revision = "0005_notices"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, kind: Any, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _belongs(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id_accounts"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _number("account_id", sa.BigInteger()),
        _text("symbol"),
        _text("condition"),
        _number("level", sa.Numeric()),
        _text("note"),
        _flag("repeat"),
        _text("state"),
        _time("created_at"),
        _time("armed_at"),
        _time("expires_at", True),
        _time("fired_at", True),
        _number("fired_count", sa.Integer()),
        _number("last_value", sa.Numeric(), True),
        _time("last_value_at", True),
        _belongs("alerts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.CheckConstraint(
            "condition IN ('above', 'below', 'crosses', 'change_pct')", name=op.f("ck_alerts_condition")
        ),
        sa.CheckConstraint("state IN ('armed', 'fired', 'paused', 'expired')", name=op.f("ck_alerts_state")),
        sa.CheckConstraint("condition = 'change_pct' OR level > 0", name=op.f("ck_alerts_level")),
    )
    op.create_index("ix_alerts_account_id", "alerts", ["account_id", "id"])
    op.create_index(
        "ix_alerts_checked",
        "alerts",
        ["symbol"],
        postgresql_where=sa.text("state = 'armed' OR (state = 'fired' AND repeat)"),
    )
    op.create_table(
        "reports_sent",
        _number("account_id", sa.BigInteger()),
        _text("period"),
        _text("key"),
        _time("sent_at"),
        _belongs("reports_sent"),
        sa.PrimaryKeyConstraint("account_id", "period", "key", name=op.f("pk_reports_sent")),
        sa.CheckConstraint("period IN ('daily', 'weekly', 'monthly')", name=op.f("ck_reports_sent_period")),
    )
    op.create_index("ix_reports_sent_sent_at", "reports_sent", ["sent_at"])
    op.create_table(
        "report_schedule",
        _text("period"),
        _flag("on"),
        _number("hour", sa.Integer()),
        _number("changed_by", sa.BigInteger(), True),
        _time("changed_at"),
        _number("version", sa.Integer()),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_report_schedule")),
        sa.CheckConstraint("period IN ('daily', 'weekly', 'monthly')", name=op.f("ck_report_schedule_period")),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_report_schedule_hour")),
    )
    op.create_table(
        "switches",
        _text("name"),
        _flag("on"),
        _number("changed_by", sa.BigInteger(), True),
        _time("changed_at"),
        _number("version", sa.Integer()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switches")),
    )
    op.create_table(
        "task_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _number("job_id", sa.BigInteger(), True),
        _text("task"),
        _text("outcome"),
        _text("detail"),
        _time("at"),
        _number("seconds", sa.Numeric(12, 3)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_notes")),
        sa.CheckConstraint("outcome IN ('done', 'skipped', 'failed')", name=op.f("ck_task_notes_outcome")),
    )
    op.create_index("ix_task_notes_job_id", "task_notes", ["job_id"])
    op.create_index("ix_task_notes_task_at", "task_notes", ["task", "at"])
    op.create_index("ix_task_notes_at", "task_notes", ["at"])


def downgrade() -> None:
    for table in ("task_notes", "switches", "report_schedule", "reports_sent", "alerts"):
        op.drop_table(table)
