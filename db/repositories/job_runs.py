"""SQL about jobs as admins see them: what ran when, how it ended, and trying one again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

STATUSES = ("todo", "doing", "succeeded", "failed", "cancelled", "aborted")

_RUN = (
    "SELECT j.id, j.task_name, j.status::text, j.attempts,"
    " (SELECT min(e.at) FROM jobs.procrastinate_events e WHERE e.job_id = j.id),"
    " (SELECT max(e.at) FROM jobs.procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started'),"
    " (SELECT max(e.at) FROM jobs.procrastinate_events e WHERE e.job_id = j.id"
    "   AND e.type IN ('succeeded', 'failed', 'cancelled', 'aborted') AND j.status NOT IN ('todo', 'doing')),"
    " n.outcome, n.detail FROM jobs.procrastinate_jobs j"
    " LEFT JOIN LATERAL (SELECT outcome, detail FROM task_notes t WHERE t.job_id = j.id ORDER BY t.id DESC LIMIT 1) n"
    " ON true"
)
_FILTER = (
    " WHERE (CAST(:task AS text) IS NULL OR j.task_name = :task)"
    " AND (CAST(:status AS text) IS NULL OR j.status::text = :status)"
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One job, with the last note on it."""

    id: int
    task_name: str
    status: str
    attempts: int
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    detail: str | None


class JobRunRepository:
    """Jobs as admins see them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, task: str | None, status: str | None, offset: int, size: int) -> tuple[tuple[RunRow, ...], int]:
        """Jobs, newest first, and how many there are."""
        chosen = {"task": task, "status": status}
        total = self._session.scalar(text(f"SELECT count(*) FROM jobs.procrastinate_jobs j{_FILTER}"), chosen)  # noqa: S608
        # The page is chosen by its numbers alone: what a row tells is looked up for the rows that are shown.
        numbers = self._session.scalars(
            text(f"SELECT j.id FROM jobs.procrastinate_jobs j{_FILTER} ORDER BY j.id DESC OFFSET :offset LIMIT :size"),  # noqa: S608
            chosen | {"offset": offset, "size": size},
        )
        rows = self._session.execute(
            text(f"{_RUN} WHERE j.id = ANY(:numbers) ORDER BY j.id DESC"),
            {"numbers": list(numbers)},
        )
        return tuple(RunRow(*row) for row in rows), int(total or 0)

    def get(self, number: int) -> RunRow | None:
        """One job, held until the end of the unit of work; None when there is none of that number."""
        held = text("SELECT 1 FROM jobs.procrastinate_jobs WHERE id = :id FOR UPDATE")
        if self._session.scalar(held, {"id": number}) is None:
            return None
        return RunRow(*self._session.execute(text(f"{_RUN} WHERE j.id = :id"), {"id": number}).one())

    def latest(self) -> dict[str, RunRow]:
        """The last job of each task that has begun, by the task's name."""
        rows = self._session.execute(
            text(
                f"{_RUN} JOIN (SELECT max(id) AS id FROM jobs.procrastinate_jobs WHERE status <> 'todo'"  # noqa: S608
                " GROUP BY task_name) last ON last.id = j.id"
            )
        )
        found = [RunRow(*row) for row in rows]
        return {row.task_name: row for row in found}

    def retry(self, number: int, at: datetime) -> None:
        """Put a failed job on the queue again."""
        self._session.execute(text("SET LOCAL search_path TO jobs, public"))
        self._session.execute(
            text("SELECT procrastinate_retry_job_v2(:id, :at, NULL, NULL, NULL)"), {"id": number, "at": at}
        )
        self._session.execute(text("SET LOCAL search_path TO DEFAULT"))

    def waits(self, queueing_lock: str) -> bool:
        """Whether a job with this lock waits."""
        found = self._session.scalar(
            text("SELECT 1 FROM jobs.procrastinate_jobs WHERE status = 'todo' AND queueing_lock = :lock LIMIT 1"),
            {"lock": queueing_lock},
        )
        return found is not None
