"""How much the desk is used: counts by the hour, and which accounts were there on which day and in which week.

Nothing here says what somebody looked at: pages are counted for all people of a kind together.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Double, ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class UsageCount(Base):
    """Something that happened `n` times in one hour, to one kind of people.

    `measure` is "run" (a page's script ran; `total_ms` and `buckets` say how long), "view" (a tab opened a page for the
    first time that day), "error" (a line of the log; `subject` is the logger), "active" (an account was there for the
    first time in a "day" or "week") or "returned" (the same for a week; `subject` is the week it registered in).
    """

    __tablename__ = "usage_counts"
    __table_args__ = (Index("ix_usage_counts_measure_hour", "measure", "hour"), CheckConstraint("n > 0", name="some"))

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
    total_ms: Mapped[float] = mapped_column(Double)
    buckets: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class ActivePeriod(Base):
    """An account was there in a day or week: kept for a few weeks, so that each is counted once."""

    __tablename__ = "active_periods"
    __table_args__ = (
        CheckConstraint("period IN ('day', 'week')", name="period"),
        Index("ix_active_periods_starts", "starts"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    starts: Mapped[date] = mapped_column(Date, primary_key=True)
