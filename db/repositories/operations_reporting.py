"""SQL that only reads: the figures of the admin's dashboard and analytics, and what one person's page needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Headcount:
    """Registered people: all of them, those locked out, and those who were seen since a moment."""

    registered: int
    deactivated: int
    seen: int


class ReportingRepository:
    """Counts over everybody's rows, never a row of somebody."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def headcount(self, since: datetime) -> Headcount:
        """How many registered people there are, and how many were seen since then."""
        row = self._session.execute(
            text(
                "SELECT count(*), count(*) FILTER (WHERE state = 'deactivated'),"
                " (SELECT count(*) FROM accounts WHERE last_seen_at >= :since AND kind = 'registered')"
                " FROM accounts WHERE kind = 'registered'"
            ),
            {"since": since},
        ).one()
        return Headcount(int(row[0]), int(row[1]), int(row[2]))

    def registered_by_day(self, since: datetime) -> dict[date, int]:
        """Accounts registered by UTC day."""
        return self._days(
            "SELECT (created_at AT TIME ZONE 'UTC')::date, count(*) FROM accounts"
            " WHERE created_at >= :since AND kind = 'registered' GROUP BY 1",
            since,
        )

    def registered_by_week(self, since: datetime) -> dict[date, int]:
        """Accounts registered by UTC week; weeks are named by their Monday."""
        return self._days(
            "SELECT date_trunc('week', created_at AT TIME ZONE 'UTC')::date, count(*) FROM accounts"
            " WHERE created_at >= :since AND kind = 'registered' GROUP BY 1",
            since,
        )

    def prompts_by_day(self, since: datetime) -> dict[date, int]:
        """Prompts that were let through by UTC day, as far back as they are kept."""
        return self._days(
            "SELECT (at AT TIME ZONE 'UTC')::date, count(*) FROM prompt_events WHERE at >= :since GROUP BY 1", since
        )

    def actions_by_day(self, action: str, since: datetime) -> dict[date, int]:
        """Rows of the activity log with one action by UTC day."""
        return self._days(
            "SELECT (at AT TIME ZONE 'UTC')::date, count(*) FROM activity_log"
            " WHERE action = :action AND at >= :since GROUP BY 1",
            since,
            action=action,
        )

    def failures_by_day(self, since: datetime) -> dict[date, int]:
        """Attempts at jobs that failed, by UTC day."""
        return self._days(
            "SELECT (at AT TIME ZONE 'UTC')::date, count(*) FROM task_notes"
            " WHERE outcome = 'failed' AND at >= :since GROUP BY 1",
            since,
        )

    def counted_since(self) -> datetime | None:
        """The first hour that use was counted in: runs of pages are what is never missing."""
        found = self._session.execute(text("SELECT min(hour) FROM usage_counts WHERE measure = 'run'")).scalar_one()
        assert found is None or isinstance(found, datetime)
        return found

    def report_takers(self) -> dict[str, int]:
        """How many active registered people chose which report."""
        rows = self._session.execute(
            text(
                "SELECT p.report, count(*) FROM preferences p JOIN accounts a ON a.id = p.account_id"
                " WHERE p.report <> 'none' AND a.state = 'active' GROUP BY 1"
            )
        )
        return {str(period): int(n) for period, n in rows}

    def _days(self, statement: str, since: datetime, **more: object) -> dict[date, int]:
        return {day: int(n) for day, n in self._session.execute(text(statement), {"since": since} | more)}
