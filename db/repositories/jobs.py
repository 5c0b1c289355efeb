"""SQL about the queue, whose tables belong to its package and live in the schema `jobs`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


class JobRepository:
    """The queue's rows, as far as the project looks at them itself."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def workers(self, silent_for: float) -> tuple[int, datetime | None]:
        """How many workers gave a sign of life within `silent_for` seconds, and the latest sign of all."""
        row = self._session.execute(
            text(
                "SELECT count(*) FILTER (WHERE last_heartbeat > now() - make_interval(secs => :silent)),"
                " max(last_heartbeat) FROM jobs.procrastinate_workers"
            ),
            {"silent": silent_for},
        ).one()
        return int(row[0]), row[1]

    def counts(self) -> tuple[int, int, int]:
        """Jobs waiting, jobs running, and jobs that failed in the last 24 hours."""
        row = self._session.execute(
            text(
                "SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),"
                " count(*) FILTER (WHERE status = 'failed' AND EXISTS (SELECT FROM jobs.procrastinate_events e"
                "   WHERE e.job_id = j.id AND e.type = 'failed' AND e.at > now() - interval '1 day'))"
                " FROM jobs.procrastinate_jobs j"
            )
        ).one()
        return int(row[0]), int(row[1]), int(row[2])

    def add(self, task: str, queueing_lock: str | None, arguments: Any) -> int | None:
        """Insert a waiting job; None when one with this queueing lock is waiting already."""
        # The queue's trigger functions name its tables without a schema. ON CONFLICT cannot name the partial index's
        # predicate through the package's own function, so the row is inserted here.
        self._session.execute(text("SET LOCAL search_path TO jobs, public"))
        number = self._session.scalar(
            text(
                "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)"
                " VALUES ('default', :task, 0, :queueing_lock, :arguments) ON CONFLICT DO NOTHING RETURNING id"
            ),
            {"task": task, "queueing_lock": queueing_lock, "arguments": arguments},
        )
        self._session.execute(text("SET LOCAL search_path TO DEFAULT"))
        return None if number is None else int(number)
