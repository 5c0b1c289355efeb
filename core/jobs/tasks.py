"""The tasks, each safe to run twice: a job may be repeated after its worker died.

Times of day are UTC. Whether a market is open is the market's own business, not the timetable's.
"""

from __future__ import annotations

import logging

import procrastinate
from procrastinate.jobs import Status

from core import clock
from core.jobs.status import STALLED_S

_log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
"""A job whose worker died this often is taken for the cause, and marked failed."""

_KEEP_HOURS = 7 * 24


def refresh_watched(timestamp: int = 0) -> str:  # noqa: ARG001 - the timetable's slot
    """Fetch what is new for the instruments somebody watches, as far as their markets are open."""
    from core.market.refresh import refresh_watched as refresh

    outcome = refresh(clock.now())
    _log.info("Refreshed watched instruments: %s", outcome)
    return str(outcome)


async def rescue_stalled(context: procrastinate.JobContext, timestamp: int = 0) -> int:  # noqa: ARG001
    """Put the jobs of workers that died back on the queue; the number of them."""
    return await rescue(context.app)


async def forget_old_jobs(context: procrastinate.JobContext, timestamp: int = 0) -> None:  # noqa: ARG001
    """Delete what is known of jobs that ended a week ago."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=_KEEP_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


def project_tasks() -> procrastinate.Blueprint:
    """The tasks with their times of day, for one queue: a queue renames what it takes, so each gets its own."""
    tasks = procrastinate.Blueprint()
    retry = procrastinate.RetryStrategy(max_attempts=2, wait=60)
    once = "refresh_watched"
    refresh = tasks.task(name=once, queueing_lock=once, lock=once, retry=retry)(refresh_watched)
    tasks.periodic(cron="*/30 * * * *", periodic_id=once)(refresh)
    once = "rescue_stalled"
    rescuing = tasks.task(name=once, queueing_lock=once, lock=once, pass_context=True)(rescue_stalled)
    tasks.periodic(cron="* * * * *", periodic_id=once)(rescuing)
    once = "forget_old_jobs"
    forgetting = tasks.task(name=once, queueing_lock=once, pass_context=True)(forget_old_jobs)
    tasks.periodic(cron="17 21 * * *", periodic_id=once)(forgetting)
    return tasks


async def rescue(app: procrastinate.App, silent_for: float = STALLED_S) -> int:
    """Put jobs back whose worker has sent no sign of life for `silent_for` seconds.

    Returns:
        How many were put back; jobs that were tried too often are marked failed and not counted.
    """
    rescued = 0
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_for):
        assert job.id is not None
        if job.attempts + 1 >= MOST_ATTEMPTS:
            _log.error("Job %s (%s) lost its worker %s times; it is given up.", job.id, job.task_name, job.attempts + 1)
            await app.job_manager.finish_job_by_id_async(job.id, status=Status.FAILED, delete_job=False)
            continue
        _log.warning("Job %s (%s) lost its worker; it is run again.", job.id, job.task_name)
        await app.job_manager.retry_job_by_id_async(job.id, retry_at=clock.now())
        rescued += 1
    return rescued
