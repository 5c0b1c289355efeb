"""The queue with real workers: each job once, those of the dead again, none twice in a row of waiting ones."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import procrastinate
import psycopg
import pytest
from psycopg import sql

from core.jobs.background import CACHE_BUST, Background
from core.jobs.queue import SEARCH_PATH, defer, make_queue, tasks_of_the_project
from core.jobs.status import queue_status
from core.jobs.tasks import MOST_ATTEMPTS, project_tasks, rescue
from core.jobs.timetable import refresh_watched
from core.market.refresh import RefreshOutcome
from db.session import unit_of_work
from tests.conftest import HeldClock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def log(fresh_db: str) -> str:
    run(fresh_db, "CREATE TABLE public.done (what text, at timestamptz DEFAULT clock_timestamp())")
    return fresh_db


def run(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True, options=SEARCH_PATH) as connection:
        cursor = connection.execute(sql.SQL(statement), values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def recording(url: str) -> procrastinate.Blueprint:
    tasks = procrastinate.Blueprint()

    @tasks.task(name="note")
    def note(what: str) -> None:
        run(url, "INSERT INTO done VALUES (%s)", what)

    @tasks.task(name="fail", retry=procrastinate.RetryStrategy(max_attempts=2, wait=0))
    def fail() -> None:
        run(url, "INSERT INTO done VALUES ('tried')")
        raise RuntimeError("as the test wants")

    return tasks


async def work_off(url: str, workers: int = 1) -> None:
    """Run workers until the queue is empty."""

    async def one() -> None:
        queue = make_queue(url, recording(url))
        async with queue.open_async():
            await queue.run_worker_async(wait=False, concurrency=4)

    await asyncio.gather(*(one() for _ in range(workers)))


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_two_workers_run_each_job_exactly_once(log: str) -> None:
    with unit_of_work() as session:
        for number in range(60):
            assert defer(session, "note", what=str(number)) is not None
    asyncio.run(work_off(log, workers=2))
    done = [row[0] for row in run(log, "SELECT what FROM done")]
    assert sorted(done, key=lambda what: int(str(what))) == [str(number) for number in range(60)]
    assert queue_status().waiting == 0


def test_a_job_of_a_failed_unit_of_work_does_not_exist(log: str) -> None:
    with pytest.raises(ValueError, match="undo"), unit_of_work() as session:  # noqa: PT012
        defer(session, "note", what="never")
        raise ValueError("undo")
    assert queue_status().waiting == 0


def test_a_queueing_lock_admits_one_waiting_job(log: str) -> None:
    with unit_of_work() as session:
        assert defer(session, "note", queueing_lock="one", what="a") is not None
        assert defer(session, "note", queueing_lock="one", what="b") is None
    asyncio.run(work_off(log))
    assert run(log, "SELECT what FROM done") == [("a",)]
    with unit_of_work() as session:
        assert defer(session, "note", queueing_lock="one", what="c") is not None, "free again once it ran"


def test_a_failing_job_is_tried_again_then_counted_as_failed(log: str) -> None:
    with unit_of_work() as session:
        defer(session, "fail")
    rounds = 0
    while queue_status().waiting:
        asyncio.run(work_off(log))
        assert (rounds := rounds + 1) < 10, "it is tried for ever"
    assert len(run(log, "SELECT what FROM done")) == 3, "once, and two retries"
    assert queue_status().failed == 1


def stalled(url: str, attempts: int = 0) -> int:
    """A job that a worker took which then fell silent a minute ago."""
    with unit_of_work() as session:
        number = defer(session, "note", what="rescued")
    assert number is not None
    run(
        url,
        "WITH dead AS (INSERT INTO jobs.procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')"
        " RETURNING id) UPDATE jobs.procrastinate_jobs SET status = 'doing', attempts = %s,"
        " worker_id = (SELECT id FROM dead) WHERE id = %s",
        attempts,
        number,
    )
    return number


async def rescue_now(url: str) -> int:
    queue = make_queue(url)
    async with queue.open_async():
        return await rescue(queue)


def test_the_job_of_a_dead_worker_runs_again(log: str) -> None:
    stalled(log)
    assert asyncio.run(rescue_now(log)) == 1
    asyncio.run(work_off(log))
    assert run(log, "SELECT what FROM done") == [("rescued",)]


def test_the_job_of_a_living_worker_is_left_alone(log: str) -> None:
    number = stalled(log)
    run(log, "UPDATE jobs.procrastinate_workers SET last_heartbeat = now()")
    assert asyncio.run(rescue_now(log)) == 0
    assert run(log, "SELECT status::text FROM jobs.procrastinate_jobs WHERE id = %s", number) == [("doing",)]


def test_a_job_that_kills_its_workers_is_given_up(log: str) -> None:
    number = stalled(log, attempts=MOST_ATTEMPTS - 1)
    assert asyncio.run(rescue_now(log)) == 0
    assert run(log, "SELECT status::text FROM jobs.procrastinate_jobs WHERE id = %s", number) == [("failed",)]


def test_the_timetable_has_the_refresh_and_the_rescue(log: str) -> None:
    queue = make_queue(log, tasks_of_the_project())
    crons = {task.task.name: task.cron for task in queue.periodic_registry.periodic_tasks.values()}
    assert crons["kubera:refresh_watched"] == "*/30 * * * *"
    assert crons["kubera:rescue_stalled"] == "* * * * *"
    assert crons["kubera:forget_old_jobs"] == "17 21 * * *"


def test_the_companion_thread_works_hears_and_survives_a_cut_connection(log: str) -> None:
    heard: list[str | None] = []
    background = Background(log, concurrency=1, on_bust=heard.append)
    background.start()
    try:
        wait_until(lambda: heard == [None] and queue_status().workers == 1)
        assert queue_status().worker == "running"
        run(log, f"NOTIFY {CACHE_BUST}, 'bars TCS.NS'")
        wait_until(lambda: heard == [None, "bars TCS.NS"])
        run(
            log,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        wait_until(lambda: heard == [None, "bars TCS.NS", None])
        run(log, f"NOTIFY {CACHE_BUST}, 'again'")
        wait_until(lambda: heard[-1] == "again")
    finally:
        assert background.stop(45), "the pool of a cut connection takes its time on a busy machine"
    assert "kubera-background" not in {thread.name for thread in threading.enumerate()}
    assert queue_status().worker == "stopped", "it signed off"


def worker_process(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "core", "worker"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_worker_process_works_and_stops_when_told(fresh_db: str) -> None:
    with unit_of_work() as session:
        number = defer(session, "rescue_stalled")
    worker = worker_process(fresh_db)
    try:
        wait_until(lambda: queue_status().workers == 1, 60)
        wait_until(
            lambda: (
                run(fresh_db, "SELECT status::text FROM jobs.procrastinate_jobs WHERE id = %s", number)
                == [("succeeded",)]
            )
        )
        worker.send_signal(signal.SIGTERM)
        out, err = worker.communicate(timeout=30)
    finally:
        worker.kill()
        worker.wait()
    assert worker.returncode == 0
    assert "Traceback" not in err
    assert out == ""
    assert queue_status().workers == 0


def test_the_refresh_asks_the_market_as_of_now(monkeypatch: pytest.MonkeyPatch, clock: HeldClock) -> None:
    asked: list[datetime] = []

    def refresh(now: datetime) -> RefreshOutcome:
        asked.append(now)
        return RefreshOutcome(refreshed=("TCS.NS",), fresh=(), resting=(), failed=())

    monkeypatch.setattr("core.market.refresh.refresh_watched", refresh)
    assert refresh_watched() == "1 refreshed, 0 fresh, 0 resting"
    assert asked == [clock()]


def test_the_worker_refreshes_what_is_watched(fresh_db: str, clock: HeldClock) -> None:
    """With nobody watching anything the job ends well and fetches nothing."""
    with unit_of_work() as session:
        number = defer(session, "refresh_watched")

    async def work() -> None:
        queue = make_queue(fresh_db, project_tasks(timetable=False))
        async with queue.open_async():
            await queue.run_worker_async(wait=False)

    make_queue(fresh_db, tasks_of_the_project())  # an earlier queue, as before a lost connection, takes no task away
    asyncio.run(work())
    assert run(fresh_db, "SELECT status::text FROM jobs.procrastinate_jobs WHERE id = %s", number) == [("succeeded",)]
