"""What keeps the desk going: price alerts, reports that were sent, switches, and what became of jobs.

The queue's own rows live in the schema `jobs`; `task_notes` adds what its package does not keep: why a job failed, and
that a paused task was skipped.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Identity, Index, Integer, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

ALERT_CONDITIONS = ("above", "below", "crosses", "change_pct")
ALERT_STATES = ("armed", "fired", "paused", "expired")
REPORT_PERIODS = ("daily", "weekly", "monthly")
NOTE_OUTCOMES = ("done", "skipped", "failed")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


class AlertRow(Base):
    """A price an investor wants to be told of.

    `level` is a price in the instrument's currency, or (change_pct) percent of the previous close with its sign.
    `last_value` is the last price (or percentage) it was compared with, `last_value_at` when the market said it; a
    price from before `armed_at` never fires it.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint(_one_of("condition", ALERT_CONDITIONS), name="condition"),
        CheckConstraint(_one_of("state", ALERT_STATES), name="state"),
        CheckConstraint("condition = 'change_pct' OR level > 0", name="level"),
        Index("ix_alerts_account_id", "account_id", "id"),
        Index("ix_alerts_checked", "symbol", postgresql_where="state = 'armed' OR (state = 'fired' AND repeat)"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    symbol: Mapped[str] = mapped_column(Text)
    condition: Mapped[str] = mapped_column(Text)
    level: Mapped[Decimal] = mapped_column(Numeric)
    note: Mapped[str] = mapped_column(Text)
    repeat: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    armed_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    fired_at: Mapped[datetime | None]
    fired_count: Mapped[int] = mapped_column(Integer)
    last_value: Mapped[Decimal | None] = mapped_column(Numeric)
    last_value_at: Mapped[datetime | None]


class ReportSent(Base):
    """A report that was handed to the outbox; `key` names the stretch of time it is about, so that it goes out once."""

    __tablename__ = "reports_sent"
    __table_args__ = (
        CheckConstraint(_one_of("period", REPORT_PERIODS), name="period"),
        Index("ix_reports_sent_sent_at", "sent_at"),
    )

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    sent_at: Mapped[datetime]


class ReportSchedule(Base):
    """Whether reports of a period are sent, and at which hour (0 to 23, local to the investor) to whoever chose none.

    A period without a row is sent at the hour that core/operations/reports.py names.
    """

    __tablename__ = "report_schedule"
    __table_args__ = (
        CheckConstraint(_one_of("period", REPORT_PERIODS), name="period"),
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
    )

    period: Mapped[str] = mapped_column(Text, primary_key=True)
    on: Mapped[bool] = mapped_column(Boolean)
    hour: Mapped[int] = mapped_column(Integer)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer)


class Switch(Base):
    """Something an admin turned on or off: "task:NAME" or "source:NAME". What has no row is on."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    on: Mapped[bool] = mapped_column(Boolean)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer)


class TaskNote(Base):
    """What became of one attempt at a job, in words that hold no secret and no personal data."""

    __tablename__ = "task_notes"
    __table_args__ = (
        CheckConstraint(_one_of("outcome", NOTE_OUTCOMES), name="outcome"),
        Index("ix_task_notes_job_id", "job_id"),
        Index("ix_task_notes_task_at", "task", "at"),
        Index("ix_task_notes_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    task: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    seconds: Mapped[Decimal] = mapped_column(Numeric(12, 3))
