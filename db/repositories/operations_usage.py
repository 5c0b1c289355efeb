"""SQL about how much the desk is used: adding counts, and the figures an admin reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.orm import Session

from db.tables.usage import ActivePeriod, UsageCount

BUCKETS = 12
"""How many buckets durations are counted in."""


@dataclass(frozen=True, slots=True)
class Count:
    """One row to add to what was counted already; see `db.tables.usage.UsageCount`."""

    hour: datetime
    measure: str
    subject: str
    kind: str
    n: int
    total_ms: float = 0.0
    buckets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day's sum of one measure; `buckets` added up element by element."""

    day: date
    n: int
    total_ms: float
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """What a subject (a page, a logger) came to in a span."""

    subject: str
    n: int
    total_ms: float
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CohortRow:
    """How many of those who registered in one week were there in another; both are Mondays."""

    registered: date
    week: date
    n: int


_ADD = text(
    "INSERT INTO usage_counts AS u (hour, measure, subject, kind, n, total_ms, buckets)"
    " VALUES (:hour, :measure, :subject, :kind, :n, :total_ms, :buckets)"
    " ON CONFLICT (hour, measure, subject, kind) DO UPDATE SET n = u.n + excluded.n,"
    " total_ms = u.total_ms + excluded.total_ms, buckets = ("
    "   SELECT coalesce(array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY i), '{}')"
    "   FROM unnest(u.buckets, excluded.buckets) WITH ORDINALITY AS pair(a, b, i))"
)


# One sum a bucket is several times as quick as taking the arrays apart and putting them together again.
_SUMS: tuple[ColumnElement[Any], ...] = (
    func.sum(UsageCount.n),
    func.sum(UsageCount.total_ms),
    *(func.sum(UsageCount.buckets[number]) for number in range(1, BUCKETS + 1)),
)


def _known(buckets: Sequence[int | None]) -> tuple[int, ...]:
    """The sums of buckets; none for what was counted without durations."""
    return tuple(int(one or 0) for one in buckets) if any(one is not None for one in buckets) else ()


class UsageRepository:
    """What was counted, for writing and for reading."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, counts: Sequence[Count]) -> None:
        """Add to what is there. Rows are taken in one order by everybody, so that two processes cannot lock up."""
        for one in sorted(counts, key=lambda row: (row.hour, row.measure, row.subject, row.kind)):
            self._session.execute(
                _ADD,
                {
                    "hour": one.hour,
                    "measure": one.measure,
                    "subject": one.subject,
                    "kind": one.kind,
                    "n": one.n,
                    "total_ms": one.total_ms,
                    "buckets": list(one.buckets),
                },
            )

    def first_time(self, accounts: Sequence[int], period: str, starts: date) -> tuple[int, ...]:
        """Remember that these accounts were there; those of them that had not been in this period. Accounts that were
        deleted meanwhile are left out."""
        rows = self._session.execute(
            text(
                "INSERT INTO active_periods (account_id, period, starts)"
                " SELECT a.id, :period, :starts FROM accounts a WHERE a.id = ANY(:accounts) ORDER BY a.id FOR KEY SHARE"
                " ON CONFLICT DO NOTHING RETURNING account_id"
            ),
            {"accounts": sorted(accounts), "period": period, "starts": starts},
        )
        return tuple(int(row[0]) for row in rows)

    def by_day(
        self, measure: str, since: datetime, *, subject: str | None = None, kind: str | None = None
    ) -> tuple[DayRow, ...]:
        """Sums by UTC day, oldest first; days without anything are left out."""
        day = func.date(func.timezone("UTC", UsageCount.hour))
        chosen = select(day, *_SUMS).where(UsageCount.measure == measure, UsageCount.hour >= since)
        if subject is not None:
            chosen = chosen.where(UsageCount.subject == subject)
        if kind is not None:
            chosen = chosen.where(UsageCount.kind == kind)
        rows = self._session.execute(chosen.group_by(day).order_by(day))
        return tuple(DayRow(row[0], int(row[1]), float(row[2]), _known(row[3:])) for row in rows)

    def active_by_day(self, since: datetime) -> dict[date, int]:
        """Registered people who were there, by UTC day."""
        return {row.day: row.n for row in self.by_day("active", since, subject="day", kind="registered")}

    def errors_by_day(self, since: datetime) -> dict[date, int]:
        """Errors in the log, by UTC day."""
        return {row.day: row.n for row in self.by_day("error", since)}

    def runs(self, since: datetime) -> tuple[DayRow, ...]:
        """Runs of pages, by UTC day."""
        return self.by_day("run", since)

    def by_subject(self, measure: str, since: datetime, limit: int = 50) -> tuple[SubjectRow, ...]:
        """Sums by subject, the most frequent first."""
        rows = self._session.execute(
            select(UsageCount.subject, *_SUMS)
            .where(UsageCount.measure == measure, UsageCount.hour >= since)
            .group_by(UsageCount.subject)
            .order_by(_SUMS[0].desc(), UsageCount.subject)
            .limit(limit)
        )
        return tuple(SubjectRow(row[0], int(row[1]), float(row[2]), _known(row[3:])) for row in rows)

    def by_kind(self, measure: str, since: datetime, *, subject: str | None = None) -> dict[str, int]:
        """Sums by kind of people."""
        rows = self._session.execute(
            text(
                "SELECT kind, sum(n)::bigint FROM usage_counts"
                " WHERE measure = :measure AND hour >= :since"
                " AND (CAST(:subject AS text) IS NULL OR subject = :subject)"
                " GROUP BY kind ORDER BY kind"
            ),
            {"measure": measure, "since": since, "subject": subject},
        )
        return {kind: int(n) for kind, n in rows}

    def returned(self, since: datetime) -> tuple[CohortRow, ...]:
        """Who came back in which week, by the week of registration."""
        rows = self._session.execute(
            text(
                "SELECT subject::date, (hour AT TIME ZONE 'UTC')::date, sum(n)::bigint FROM usage_counts"
                " WHERE measure = 'returned' AND hour >= :since GROUP BY 1, 2 ORDER BY 1, 2"
            ),
            {"since": since},
        )
        return tuple(CohortRow(registered, week, int(n)) for registered, week, n in rows)

    def forget(self, counts_before: datetime, periods_before: date) -> int:
        """Delete what is older; the number of rows."""
        counts = self._session.execute(
            delete(UsageCount).where(UsageCount.hour < counts_before).returning(UsageCount.hour)
        ).all()
        periods = self._session.execute(
            delete(ActivePeriod).where(ActivePeriod.starts < periods_before).returning(ActivePeriod.account_id)
        ).all()
        return len(counts) + len(periods)
