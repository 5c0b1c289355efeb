"""What admins see and do about background work: tasks, their runs, trying again, pausing, starting now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from croniter import croniter  # type: ignore[import-untyped]
from psycopg.types.json import Jsonb

from core import clock
from core.accounts import activity
from core.accounts.authorisation import require_admin
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.accounts.model import Account, Origin, Page
from core.jobs.tasks import NAMESPACE, OWN_ABOUT, OWN_CRONS, switch_name
from core.jobs.timetable import DUTIES
from db.repositories.job_runs import STATUSES, JobRunRepository
from db.repositories.job_runs import RunRow as StoredRun
from db.repositories.jobs import JobRepository
from db.repositories.operations import SwitchRepository
from db.session import read_session, unit_of_work

MOST_PER_PAGE = 200

_ABOUT = {duty.name: duty.about for duty in DUTIES} | OWN_ABOUT
_CRONS = {duty.name: duty.cron for duty in DUTIES} | OWN_CRONS
_PAUSABLE = {duty.name for duty in DUTIES if duty.pausable}


@dataclass(frozen=True, slots=True)
class TaskState:
    """A kind of background work, now.

    Attributes:
        cron: when it runs, in UTC; "" for on demand only.
        pausable: whether `pause` accepts it.
        last_run: when its last job began.
        last_status: "doing", "succeeded", "failed", or "skipped" (it was paused); None when it never ran.
        last_detail: what it did or why it failed; "" when there was nothing to say.
        next_run: its next time; None while it is paused or when it runs on demand only.
        version: of its switch, to be given back with `pause`.
    """

    name: str
    about: str
    cron: str
    paused: bool
    pausable: bool
    last_run: datetime | None
    last_status: str | None
    last_detail: str
    next_run: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Run:
    """One job.

    Attributes:
        status: "todo", "doing", "succeeded", "failed", "cancelled", "aborted", or "skipped" (its task was paused).
        attempts: how often it was tried again.
        detail: what the last attempt did or why it failed.
        can_retry: what `retry` would accept.
    """

    id: int
    task: str
    status: str
    attempts: int
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    detail: str
    can_retry: bool


def tasks() -> tuple[TaskState, ...]:
    """Every kind of background work.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    now = clock.now()
    with read_session() as session:
        switches = SwitchRepository(session).of_prefix(switch_name(""))
        latest = JobRunRepository(session).latest()
    states = []
    for name, cron in _CRONS.items():
        switch, last = switches.get(switch_name(name)), latest.get(NAMESPACE + name)
        rests = switch is not None and not switch.on
        states.append(
            TaskState(
                name,
                _ABOUT[name],
                cron,
                rests,
                name in _PAUSABLE,
                last.started_at or last.ended_at if last else None,
                _status(last) if last else None,
                (last.detail or "") if last else "",
                croniter(cron, now.astimezone(UTC)).get_next(datetime) if cron and not rests else None,
                switch.version if switch else 0,
            )
        )
    return tuple(states)


def runs(task: str | None = None, status: str | None = None, page: int = 1, size: int = 25) -> Page[Run]:
    """Jobs of the last week, newest first.

    Args:
        task: of this task only.
        status: one of "todo", "doing", "succeeded", "failed", "cancelled", "aborted".

    Raises:
        InvalidInput: no such task or status.
        DatabaseProblem: the database does not answer.
    """
    if task is not None:
        _known(task)
    if status is not None and status not in STATUSES:
        raise InvalidInput("status", f"“{status[:30]}” is no status of a job.", f"Use one of {', '.join(STATUSES)}.")
    size, number = max(1, min(size, MOST_PER_PAGE)), max(1, page)
    with read_session() as session:
        rows, total = JobRunRepository(session).page(
            None if task is None else NAMESPACE + task, status, (number - 1) * size, size
        )
    return Page(tuple(_run(row) for row in rows), total, number, size)


def retry(actor: Account, job_id: int, *, origin: Origin | None = None) -> None:
    """Put a failed job on the queue again.

    Raises:
        NotAllowed: `actor` is no admin.
        InvalidInput: there is none of that number, it did not fail, or the same work waits already.
        DatabaseProblem: the database does not answer.
    """
    require_admin(actor)
    with unit_of_work() as session:
        require_admin(actor, session)
        repository = JobRunRepository(session)
        row = repository.get(job_id)
        if row is None:
            raise InvalidInput("job", f"There is no job {job_id}.", "It may have been deleted; look at the list.")
        name = row.task_name.removeprefix(NAMESPACE)
        if row.status != "failed":
            raise InvalidInput("job", f"Job {job_id} did not fail; it is {row.status}.", "Start the task instead.")
        if repository.waits(name):
            raise InvalidInput("job", f"{name} waits already.", "Nothing needs to be done.")
        repository.retry(job_id, clock.now())
        activity.record(
            session,
            "job.retried",
            actor=actor,
            subject=f"job:{job_id}",
            before={"status": "failed", "task": name},
            after={"status": "todo", "task": name},
            origin=origin,
        )


def pause(
    actor: Account, task: str, paused: bool, *, version: int | None = None, origin: Origin | None = None
) -> TaskState:
    """Let a task rest at its times, or go on; what is started by hand runs all the same.

    Args:
        version: of the state it was decided on; None decides on whatever it is.

    Returns:
        The task as it is now.

    Raises:
        NotAllowed: `actor` is no admin.
        InvalidInput: no such task, or one that cannot rest.
        AlreadyChanged: somebody else changed it since.
        DatabaseProblem: the database does not answer.
    """
    require_admin(actor)
    _known(task)
    if task not in _PAUSABLE:
        raise InvalidInput("task", f"{task} cannot be paused.", "The others depend on it.")
    with unit_of_work() as session:
        require_admin(actor, session)
        repository = SwitchRepository(session)
        before = repository.get(switch_name(task))
        if version is not None and version != before.version:
            raise _changed(task)
        if before.on == paused:
            if repository.put(switch_name(task), not paused, actor.id, clock.now(), before.version) is None:
                raise _changed(task)
            activity.record(
                session,
                "task.paused" if paused else "task.resumed",
                actor=actor,
                subject=f"task:{task}",
                before={"paused": not before.on},
                after={"paused": paused},
                origin=origin,
            )
    return next(state for state in tasks() if state.name == task)


def run_now(actor: Account, task: str, *, origin: Origin | None = None) -> int | None:
    """Put a task on the queue now, paused or not.

    Returns:
        The job's number; None when one waits already.

    Raises:
        NotAllowed: `actor` is no admin.
        InvalidInput: no such task, or one that has to be told something.
        DatabaseProblem: the database does not answer.
    """
    require_admin(actor)
    _known(task)
    if not _CRONS[task]:
        raise InvalidInput("task", f"{task} cannot be started by hand.", "It is started where it is needed.")
    arguments = {"timestamp": 0} if task in OWN_CRONS else {"by_hand": True}
    with unit_of_work() as session:
        require_admin(actor, session)
        number = JobRepository(session).add(NAMESPACE + task, task, Jsonb(arguments))
        if number is not None:
            activity.record(
                session,
                "task.started",
                actor=actor,
                subject=f"task:{task}",
                after={"job": number},
                origin=origin,
            )
        return number


def _known(task: str) -> None:
    if task not in _CRONS:
        raise InvalidInput("task", f"There is no task “{task[:40]}”.", f"There are {', '.join(_CRONS)}.")


def _changed(task: str) -> AlreadyChanged:
    return AlreadyChanged(f"Somebody else changed {task} meanwhile.", "Look at it again, then decide.")


def _status(row: StoredRun) -> str:
    return "skipped" if row.status == "succeeded" and row.outcome == "skipped" else row.status


def _run(row: StoredRun) -> Run:
    return Run(
        row.id,
        row.task_name.removeprefix(NAMESPACE),
        _status(row),
        row.attempts,
        row.queued_at,
        row.started_at,
        row.ended_at,
        row.detail or "",
        row.status == "failed",
    )
