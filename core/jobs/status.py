"""What is known about the queue and its workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.repositories.jobs import JobRepository
from db.session import read_session

STALLED_S = 30.0
"""A worker that was silent this many seconds counts as dead; its jobs are run again."""


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """The queue at one moment.

    Attributes:
        workers: workers that gave a sign of life in the last half minute.
        last_heartbeat: the latest sign of life of any worker, UTC; None when there was none.
        waiting: jobs that wait, those for later included.
        running: jobs a worker has taken.
        failed: jobs that ended in failure in the last 24 hours.
    """

    workers: int
    last_heartbeat: datetime | None
    waiting: int
    running: int
    failed: int

    @property
    def worker(self) -> str:
        """ "running" or "stopped"."""
        return "running" if self.workers else "stopped"


def queue_status() -> QueueStatus:
    """Ask the database.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with read_session() as session:
        repository = JobRepository(session)
        workers, last = repository.workers(STALLED_S)
        waiting, running, failed = repository.counts()
    return QueueStatus(workers, last, waiting, running, failed)
