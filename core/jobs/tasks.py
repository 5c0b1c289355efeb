"""The tasks of the queue: each duty of the timetable, wrapped so that what became of it is known.

An attempt that did something or failed leaves a note (`db.tables.operations.TaskNote`). A paused duty is skipped at its
times, and the note says so; what an admin starts by hand runs all the same. The last failed attempt is told to admins.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import procrastinate
from procrastinate.jobs import Status

from core import clock
from core.jobs.failures import in_words, tell_of_failure
from core.jobs.status import STALLED_S
from core.jobs.timetable import DUTIES, Duty, arguments_of
from db.repositories.operations import SwitchRepository, TaskNoteRepository
from db.session import DatabaseProblem, read_session, unit_of_work

_log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
"""A job whose worker died this often is taken for the cause, and marked failed."""

PAUSED = "paused by an admin"
NAMESPACE = "kubera:"
RESCUE, FORGET = "rescue_stalled", "forget_old_jobs"
OWN_CRONS = {RESCUE: "* * * * *", FORGET: "17 21 * * *"}
"""The queue's own tasks; they keep the others going and cannot be paused."""

OWN_ABOUT = {RESCUE: "Jobs whose worker died, again", FORGET: "What is known of jobs that ended a week ago"}

_KEEP_HOURS = 7 * 24


def switch_name(task: str) -> str:
    """The switch (`db.tables.operations.Switch`) that pauses a task."""
    return f"task:{task}"


def perform(duty: Duty, given: dict[str, Any], *, job_id: int | None, attempt: int) -> str:
    """Do a duty once and note what became of it.

    Args:
        given: the job's arguments; "by_hand" runs a paused duty too.
        attempt: 0 for the first one of this job.

    Returns:
        What was done, in words; "" for nothing.

    Raises:
        Exception: what the duty raised, after it was noted; the queue decides about another attempt.
    """
    began = time.perf_counter()
    if duty.pausable and not given.get("by_hand") and paused(duty.name):
        _note(job_id, duty.name, "skipped", PAUSED, began)
        return PAUSED
    try:
        done = duty.do(**arguments_of(duty, given))
    except Exception as error:
        words = in_words(error)
        _note(job_id, duty.name, "failed", words, began)
        if attempt >= duty.retries:
            _tell(duty.name, words, attempt + 1)
        raise
    if done:
        _log.info("%s: %s", duty.name, done)
        _note(job_id, duty.name, "done", done, began)
    return done


def paused(task: str) -> bool:
    """Whether an admin lets a task rest.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with read_session() as session:
        return not SwitchRepository(session).get(switch_name(task)).on


async def rescue_stalled(context: procrastinate.JobContext, timestamp: int = 0) -> int:  # noqa: ARG001
    """Put the jobs of workers that died back on the queue; the number of them."""
    return await rescue(context.app)


async def forget_old_jobs(context: procrastinate.JobContext, timestamp: int = 0) -> None:  # noqa: ARG001
    """Delete what is known of jobs that ended a week ago."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=_KEEP_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


def project_tasks(*, timetable: bool = True) -> procrastinate.Blueprint:
    """The tasks with their times of day, for one queue: a queue renames what it takes, so each gets its own.

    Args:
        timetable: False leaves the times out, for a queue that only does what it is given.
    """
    tasks = procrastinate.Blueprint()
    for duty in DUTIES:
        retry = procrastinate.RetryStrategy(max_attempts=duty.retries, wait=duty.wait_s) if duty.retries else False
        made = tasks.task(name=duty.name, queueing_lock=duty.name, lock=duty.name, retry=retry, pass_context=True)(
            _wrapped(duty)
        )
        if duty.cron and timetable:
            tasks.periodic(cron=duty.cron, periodic_id=duty.name)(made)
    rescuing = tasks.task(name=RESCUE, queueing_lock=RESCUE, lock=RESCUE, pass_context=True)(rescue_stalled)
    forgetting = tasks.task(name=FORGET, queueing_lock=FORGET, pass_context=True)(forget_old_jobs)
    if timetable:
        tasks.periodic(cron=OWN_CRONS[RESCUE], periodic_id=RESCUE)(rescuing)
        tasks.periodic(cron=OWN_CRONS[FORGET], periodic_id=FORGET)(forgetting)
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
            name = job.task_name.removeprefix(NAMESPACE)
            words = "Its worker died each time; it may be the cause."
            await asyncio.to_thread(_note, job.id, name, "failed", words, time.perf_counter())
            await asyncio.to_thread(_tell, name, words, job.attempts + 1)
            continue
        _log.warning("Job %s (%s) lost its worker; it is run again.", job.id, job.task_name)
        await app.job_manager.retry_job_by_id_async(job.id, retry_at=clock.now())
        rescued += 1
    return rescued


def _wrapped(duty: Duty) -> Callable[..., str]:
    def task(context: procrastinate.JobContext, **given: Any) -> str:
        return perform(duty, given, job_id=context.job.id, attempt=context.job.attempts)

    task.__doc__ = duty.do.__doc__
    return task


def _note(job_id: int | None, task: str, outcome: str, detail: str, began: float) -> None:
    try:
        with unit_of_work() as session:
            TaskNoteRepository(session).add(
                job_id, task, outcome, detail[:1000], clock.now(), time.perf_counter() - began
            )
    except DatabaseProblem as problem:
        # The job's own outcome matters more than the note on it.
        _log.warning("What became of %s could not be noted: %s", task, problem)


def _tell(task: str, words: str, attempts: int) -> None:
    try:
        tell_of_failure(task, words, attempts)
    except DatabaseProblem as problem:
        _log.warning("Admins could not be told that %s failed: %s", task, problem)
