"""The queue: procrastinate on our database, its tables in the schema `jobs`."""

from __future__ import annotations

from typing import Any

import procrastinate
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from core.jobs.status import STALLED_S
from db.repositories.jobs import JobRepository

SEARCH_PATH = "-c search_path=jobs,public -c timezone=UTC"
HEARTBEAT_S = 5.0


def make_queue(url: str, *blueprints: procrastinate.Blueprint) -> procrastinate.App:
    """A queue on a database, knowing the tasks of the given blueprints. Open it before use.

    Args:
        url: the database's address as psycopg knows it.
        blueprints: task collections; usually `tasks_of_the_project()`.
    """
    connector = procrastinate.PsycopgConnector(
        conninfo=url,
        min_size=1,
        max_size=6,
        timeout=4,  # also how long a stop waits for a database that is away
        kwargs={"options": SEARCH_PATH, "application_name": "kubera worker", "connect_timeout": 5},
    )
    app = procrastinate.App(
        connector=connector,
        worker_defaults={
            "fetch_job_polling_interval": 1.0,  # a lock that is given back sends no notification
            "update_heartbeat_interval": HEARTBEAT_S,
            "stalled_worker_timeout": STALLED_S,
            "shutdown_graceful_timeout": 10.0,
            "install_signal_handlers": False,
        },
    )
    for blueprint in blueprints:
        app.add_tasks_from(blueprint, namespace="kubera")
    return app


def tasks_of_the_project() -> procrastinate.Blueprint:
    """The tasks that every worker of the project runs, with their times of day; new for each queue."""
    from core.jobs.tasks import project_tasks

    return project_tasks()


def defer(session: Session, task: str, *, queueing_lock: str | None = None, **arguments: Any) -> int | None:
    """Put a job on the queue inside the caller's unit of work: it exists if, and only if, that commits.

    Args:
        session: an open unit of work.
        task: the task's name, such as "refresh_watched".
        queueing_lock: at most one waiting job may carry it.
        arguments: what the task takes; anything JSON can hold.

    Returns:
        The job's number, or None when a job with this queueing lock is waiting already.
    """
    return JobRepository(session).add(f"kubera:{task}", queueing_lock, Jsonb(arguments))
