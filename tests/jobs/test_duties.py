"""Duties as the queue runs them: noted, paused, tried again, told to admins; and what admins may do about them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from core.accounts import activity
from core.accounts.errors import AlreadyChanged, InvalidInput, NotAllowed
from core.accounts.model import Account
from core.jobs import administration, tasks, timetable
from core.jobs.queue import SEARCH_PATH, defer, make_queue, tasks_of_the_project
from core.jobs.tasks import NAMESPACE, PAUSED, perform
from core.jobs.timetable import DUTIES, Duty, arguments_of
from db.copies import CopyProblem
from db.session import read_session, unit_of_work
from tests.conftest import HeldClock
from tests.operations.people import admin, investor, rows


def duty(do: Callable[..., str], **more: object) -> Duty:
    return Duty("check_alerts", "a test", "* * * * *", do, **more)  # type: ignore[arg-type]


def notes() -> list[tuple[str, str, str]]:
    with read_session() as session:
        found = session.execute(text("SELECT task, outcome, detail FROM task_notes ORDER BY id"))
        return [tuple(row) for row in found]


def work_off(url: str) -> None:
    async def work() -> None:
        queue = make_queue(url, tasks.project_tasks(timetable=False))
        async with queue.open_async():
            await queue.run_worker_async(wait=False)

    asyncio.run(work())


def test_a_duty_that_did_something_leaves_a_note_and_one_that_did_not_leaves_none(fresh_db: str) -> None:
    assert perform(duty(lambda: "3 told"), {}, job_id=7, attempt=0) == "3 told"
    assert perform(duty(lambda: ""), {}, job_id=8, attempt=0) == ""
    assert notes() == [("check_alerts", "done", "3 told")]


def test_the_last_failure_is_told_to_admins_once_an_hour(fresh_db: str, clock: HeldClock) -> None:
    boss = admin()

    def fail() -> str:
        raise CopyProblem("The disk is full.", "Make room.")

    for attempt in (0, 1, 2, 2):
        with pytest.raises(CopyProblem):
            perform(duty(fail, retries=2), {}, job_id=1, attempt=attempt)
    assert [outcome for _, outcome, _ in notes()] == ["failed"] * 4
    assert notes()[0][2] == "The disk is full. Make room."
    told = rows("SELECT account_id, kind FROM inbox")
    assert told == [(boss.id, "job_failed")]
    clock.advance(timedelta(hours=1))
    with pytest.raises(CopyProblem):
        perform(duty(fail), {}, job_id=1, attempt=0)
    assert len(rows("SELECT 1 FROM inbox")) == 2


def test_words_of_strange_errors_are_not_kept(fresh_db: str) -> None:
    def fail() -> str:
        raise RuntimeError("password=hunter2 of asha@example.com")

    with pytest.raises(RuntimeError):
        perform(duty(fail), {}, job_id=1, attempt=0)
    assert notes() == [("check_alerts", "failed", "RuntimeError; the log of the worker says where.")]


def test_a_paused_duty_is_skipped_at_its_times_and_done_by_hand(fresh_db: str) -> None:
    done: list[str] = []

    def do() -> str:
        done.append("done")
        return "done"

    boss = admin()
    state = administration.pause(boss, "check_alerts", True)
    assert state.paused
    assert state.next_run is None
    assert perform(duty(do), {"timestamp": 1}, job_id=1, attempt=0) == PAUSED
    assert done == []
    assert perform(duty(do), {"by_hand": True}, job_id=2, attempt=0) == "done"
    assert not administration.pause(boss, "check_alerts", False).paused
    assert perform(duty(do), {"timestamp": 2}, job_id=3, attempt=0) == "done"
    assert [outcome for _, outcome, _ in notes()] == ["skipped", "done", "done"]
    assert activity.verify().ok
    logged = rows("SELECT action, subject FROM activity_log WHERE action LIKE 'task%' ORDER BY id")
    assert logged == [("task.paused", "task:check_alerts"), ("task.resumed", "task:check_alerts")]


def test_every_duty_runs_on_an_empty_desk(
    fresh_db: str, clock: HeldClock, environment: Callable[..., None], tmp_path: object
) -> None:
    environment(KUBERA_DATA_DIR=str(tmp_path), KUBERA_MARKET="demo")
    for one in DUTIES:
        given = {"version": 0, "over": True} if one.name == "tell_maintenance" else {"timestamp": 0}
        assert isinstance(perform(one, given, job_id=None, attempt=0), str)
    assert {outcome for _, outcome, _ in notes()} <= {"done"}


def test_the_worker_runs_the_project_s_own_tasks(
    fresh_db: str, environment: Callable[..., None], tmp_path: object
) -> None:
    environment(KUBERA_DATA_DIR=str(tmp_path))
    boss = admin()
    number = administration.run_now(boss, "nightly_backup")
    assert number is not None
    assert administration.run_now(boss, "nightly_backup") is None, "one waits already"
    work_off(fresh_db)
    [run] = administration.runs("nightly_backup").rows
    assert run.status == "succeeded", run.detail
    assert run.detail.startswith("kubera-")
    assert run.ended_at is not None
    [state] = [one for one in administration.tasks() if one.name == "nightly_backup"]
    assert (state.last_status, state.last_detail) == ("succeeded", run.detail)


def test_a_failed_job_is_seen_with_its_reason_and_tried_again(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: datetime) -> None:
        raise InvalidInput("test", "It cannot be done.")

    monkeypatch.setattr("core.operations.reports.send_due", fail)
    with unit_of_work() as session:
        number = defer(session, "send_reports")
    assert number is not None
    work_off(fresh_db)
    [run] = administration.runs("send_reports", "failed").rows
    assert (run.detail, run.can_retry) == ("It cannot be done.", True)
    boss = admin()
    administration.retry(boss, number)
    with pytest.raises(InvalidInput, match="did not fail; it is todo"):
        administration.retry(boss, number)
    monkeypatch.setattr("core.operations.reports.send_due", lambda now: None)
    work_off(fresh_db)
    assert [one.status for one in administration.runs("send_reports").rows] == ["succeeded"]


def test_the_list_of_runs_is_paged_and_filtered(fresh_db: str) -> None:
    with unit_of_work() as session:
        for _ in range(7):
            defer(session, "deliver_mail")
        defer(session, "check_alerts")
    first = administration.runs(size=5)
    assert (len(first.rows), first.total) == (5, 8)
    assert [one.task for one in administration.runs("check_alerts").rows] == ["check_alerts"]
    assert administration.runs("deliver_mail", "succeeded").total == 0
    assert len(administration.runs(page=2, size=5).rows) == 3
    with pytest.raises(InvalidInput, match="no task"):
        administration.runs("'; DROP TABLE accounts; --")
    with pytest.raises(InvalidInput, match="no status"):
        administration.runs(status="happy")


def test_the_timetable_is_told_with_its_next_times(fresh_db: str, clock: HeldClock) -> None:
    states = {one.name: one for one in administration.tasks()}
    assert set(states) == {one.name for one in DUTIES} | {"rescue_stalled", "forget_old_jobs"}
    assert states["nightly_backup"].next_run == datetime(2026, 11, 18, 20, 47, tzinfo=UTC)
    assert states["check_alerts"].next_run == datetime(2026, 11, 18, 6, 1, tzinfo=UTC)
    assert states["tell_maintenance"].next_run is None
    assert not states["rescue_stalled"].pausable
    queue = make_queue(fresh_db, tasks_of_the_project())
    crons = {task.task.name: task.cron for task in queue.periodic_registry.periodic_tasks.values()}
    assert crons == {NAMESPACE + one.name: one.cron for one in states.values() if one.cron}


@pytest.mark.parametrize(
    "action",
    [
        lambda who: administration.pause(who, "check_alerts", True),
        lambda who: administration.run_now(who, "check_alerts"),
        lambda who: administration.retry(who, 1),
    ],
)
def test_who_is_no_admin_changes_nothing(fresh_db: str, action: Callable[[Account], object]) -> None:
    with pytest.raises(NotAllowed):
        action(investor())
    assert rows("SELECT 1 FROM switches") == []
    assert rows("SELECT 1 FROM jobs.procrastinate_jobs") == []
    assert rows("SELECT 1 FROM activity_log WHERE action LIKE 'task%'") == []


def test_two_admins_do_not_undo_each_other_unseen(fresh_db: str) -> None:
    boss = admin()
    seen = next(one for one in administration.tasks() if one.name == "send_reports").version
    administration.pause(boss, "send_reports", True, version=seen)
    with pytest.raises(AlreadyChanged):
        administration.pause(boss, "send_reports", False, version=seen)
    assert administration.pause(boss, "send_reports", True).paused, "the same again changes nothing"


def test_what_keeps_the_queue_going_cannot_be_paused(fresh_db: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be paused"):
        administration.pause(admin(), "rescue_stalled", True)
    with pytest.raises(InvalidInput, match="cannot be started by hand"):
        administration.run_now(admin(), "tell_maintenance")


def test_a_broken_log_is_told_to_admins(fresh_db: str) -> None:
    boss = admin()
    with unit_of_work() as session:
        activity.record(session, "rule_changed", actor=None, subject="rule:burst", before=1, after=2)
    with psycopg.connect(fresh_db, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE activity_log SET subject = 'rule:daily' WHERE id = (SELECT max(id) FROM activity_log)"
        )
    assert "whole" not in timetable.verify_log()
    assert timetable.verify_log(), "a second night finds the same and says nothing new"
    assert rows("SELECT account_id, kind FROM inbox") == [(boss.id, "security_alert")]


def test_arguments_reach_the_duty_that_wants_them() -> None:
    backup = next(one for one in DUTIES if one.name == "nightly_backup")
    other = next(one for one in DUTIES if one.name == "tell_maintenance")
    assert arguments_of(backup, {"timestamp": 1_800_000_000}) == {"slot": datetime(2027, 1, 15, 8, 0, tzinfo=UTC)}
    assert arguments_of(backup, {"by_hand": True}) == {"slot": None}
    assert arguments_of(other, {"version": 3, "over": True}) == {"version": 3, "over": True}


def test_a_job_that_kills_its_workers_is_told(fresh_db: str) -> None:
    boss = admin()
    with unit_of_work() as session:
        number = defer(session, "check_alerts")
    with psycopg.connect(fresh_db, autocommit=True, options=SEARCH_PATH) as connection:
        connection.execute(
            "WITH dead AS (INSERT INTO jobs.procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '1 minute') RETURNING id) UPDATE jobs.procrastinate_jobs SET status = 'doing',"
            " attempts = 4, worker_id = (SELECT id FROM dead) WHERE id = %s",
            [number],
        )

    async def rescue() -> int:
        queue = make_queue(fresh_db)
        async with queue.open_async():
            return await tasks.rescue(queue)

    assert asyncio.run(rescue()) == 0
    assert rows("SELECT account_id, kind FROM inbox") == [(boss.id, "job_failed")]
