"""How fast the admin page answers with 100,000 accounts and a million log rows.

The database of bench_limits, and on it 100,000 sessions, mails, refusals and jobs and 30 days of counted use, all by
COPY, durable as in production. Every list is asked for its first page, a far page and with each filter; a section is
everything its part of the page asks for. Baseline in the same run: `SELECT 1` through the same session. Target: 300 ms
at p95 for each.
"""

import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from operator import itemgetter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["KUBERA_MARKET"] = "demo"  # no vendor is probed meanwhile

from sqlalchemy import text

import db.session as database
from core.clock import clock_at
from core.office.real import RealOffice
from db.embedded import ensure, release
from db.migrations import upgrade
from tests.bench import bench_limits as base

NOW = base.NOW
SESSIONS = MAILS = REFUSALS = JOBS = 100_000
PAGES = ("Market", "Charts", "Data", "Help", "Account", "Inbox")
STATES = ("sent",) * 95 + ("failed", "failed", "queued", "unconfirmed", "cancelled")
TARGET = 300.0

chance = random.Random(2)


def sessions() -> Iterator[tuple[object, ...]]:
    """A signed-in browser of most accounts."""
    for number in range(1, SESSIONS + 1):
        seen = NOW - timedelta(minutes=number % 4000)
        yield (
            uuid.UUID(int=number),
            number,
            f"{number:064x}",
            "Chrome on Windows",
            "203.0.113.7",
            seen - timedelta(days=1),
            seen,
            seen + timedelta(days=3),
            seen + timedelta(days=30),
        )


def mails() -> Iterator[tuple[object, ...]]:
    """A month of mails."""
    for number in range(MAILS):
        at = NOW - timedelta(seconds=number * 25)
        state = STATES[number % len(STATES)]
        address = f"user{number}@example.in"
        yield (
            "welcome",
            str(number),
            None,
            address,
            "Somebody",
            "Welcome to Kubera",
            "",
            state,
            1,
            "",
            at,
            at,
            at + timedelta(days=1),
        )


def refusals() -> Iterator[tuple[object, ...]]:
    """Three months of limits that were reached."""
    rules = [("burst", 10), ("hourly", 150), ("sign_in_ip", 60)]
    for number in range(REFUSALS):
        at = NOW - timedelta(minutes=number)
        rule, most = rules[number % 3]
        who = chance.randrange(1, base.ACCOUNTS) if rule != "sign_in_ip" else None
        yield who, f"account:{who}" if who else "203.0.113.9", rule, most, at, at, at, 1 + number % 4


def jobs() -> Iterator[tuple[object, ...]]:
    """A week of jobs."""
    for number in range(1, JOBS + 1):
        status = "failed" if number % 200 == 0 else "succeeded"
        yield number, "default", "kubera:deliver_mail" if number % 2 else "kubera:check_alerts", "{}", status, 0


def events() -> Iterator[tuple[object, ...]]:
    """What happened to them."""
    for number in range(1, JOBS + 1):
        at = NOW - timedelta(seconds=(JOBS - number) * 6)
        yield number, "deferred", at
        yield number, "started", at
        yield number, "failed" if number % 200 == 0 else "succeeded", at


def notes() -> Iterator[tuple[object, ...]]:
    """How they ended, in words."""
    for number in range(1, JOBS + 1):
        at = NOW - timedelta(seconds=(JOBS - number) * 6)
        failed = number % 200 == 0
        task = "deliver_mail" if number % 2 else "check_alerts"
        yield number, task, "failed" if failed else "done", "The server did not answer" if failed else "", at, 0.2


def used() -> Iterator[tuple[object, ...]]:
    """Thirty days of counted use, hour by hour."""
    start = NOW.replace(minute=0, second=0, microsecond=0)
    for back in range(30 * 24):
        hour = start - timedelta(hours=back)
        for page in PAGES:
            for kind in ("registered", "demo_visitor", "signed_out"):
                yield hour, "run", page, kind, 500, 9000.0, [50, 100, 200, 80, 40, 20, 5, 3, 1, 1, 0, 0]
                yield hour, "view", page, kind, 80, 0.0, []
        yield hour, "error", "core.market", "", 1, 0.0, []
        if hour.astimezone(UTC).hour == 0:
            yield hour, "active", "day", "registered", 4000, 0.0, []
            yield hour, "returned", "2026-11-02", "registered", 40, 0.0, []


TABLES: dict[str, tuple[str, Callable[[], Iterator[tuple[object, ...]]]]] = {
    "sessions": (
        "id, account_id, token_hash, device, ip, created_at, last_seen_at, idle_until, expires_at",
        sessions,
    ),
    "outbox": (
        "kind, key, account_id, recipient, recipient_name, subject, device, state, attempts, problem, created_at,"
        " next_at, not_after",
        mails,
    ),
    "limit_violations": ("account_id, subject, rule, most, minute, first_at, last_at, times", refusals),
    "jobs.procrastinate_jobs": ("id, queue_name, task_name, args, status, attempts", jobs),
    "jobs.procrastinate_events": ("job_id, type, at", events),
    "task_notes": ("job_id, task, outcome, detail, at, seconds", notes),
    "usage_counts": ("hour, measure, subject, kind, n, total_ms, buckets", used),
}


def fill() -> None:
    """Build the database; prompts come in the order of time, as people ask them."""
    columns, prompts = base.TABLES["prompt_events"]
    base.TABLES["prompt_events"] = (columns, lambda: iter(sorted(prompts(), key=itemgetter(1))))
    base.fill()
    for table, (columns, rows) in TABLES.items():
        began = time.perf_counter()
        with database.raw_connection() as raw, raw.cursor() as cursor:
            raw.execute("SET LOCAL session_replication_role = replica")  # the queue's triggers would tell of each job
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows():
                    copy.write_row(row)
        print(f"{'filled ' + table:<62}{time.perf_counter() - began:>9.1f} s")
    with database.get_engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
        connection.execute(text("CHECKPOINT"))


def measure() -> None:
    """Time every question of the page."""
    office = RealOffice(base.account(1, "admin"))
    rounds = 40

    def ask(what: str, question: Callable[[], object]) -> None:
        base.line(what, base.times(question, rounds), TARGET)

    base.line("SELECT 1 (baseline)", base.times(base.select_one, 1000))
    ask("dashboard", office.dashboard)
    ask("analytics", office.analytics)
    for sort in ("last_seen", "created", "user_name", "name"):
        ask(f"users by {sort}", lambda sort=sort: office.users(sort=sort, descending=False))
    ask("users, the last page", lambda: office.users(page=4000))
    ask("users, search: a few", lambda: office.users(search="user4321"))
    ask("users, search: everybody", lambda: office.users(search="example"))
    ask("users, search: nobody", lambda: office.users(search="zzzz"))
    ask("users, admins", lambda: office.users(role="admin"))
    ask("users, active", lambda: office.users(state="active"))
    ask("users, deactivated", lambda: office.users(state="deactivated"))
    ask("a person", lambda: (office.person(4321), office.entries(subject="account:4321")))
    ask("limits", office.rules)
    ask("violations", office.violations)
    ask("violations, the last page", lambda: office.violations(page=4000))
    ask("violations of a person", lambda: office.violations(account_id=4321))
    ask("tasks", office.tasks)
    ask("runs", office.runs)
    ask("runs, the last page", lambda: office.runs(page=4000))
    ask("runs, failed", lambda: office.runs(status="failed"))
    ask("outbox", lambda: (office.mail_counts(), office.mails()))
    ask("outbox, failed", lambda: office.mails(state="failed"))
    ask("outbox, the last page", lambda: office.mails(page=4000))
    ask("sources", office.sources)
    ask("reports", office.reports)
    ask("activity log", lambda: (office.actions(), office.entries()))
    ask("activity log, an action", lambda: office.entries(action="rare.action"))
    ask("activity log, a common action", lambda: office.entries(action="area1.action1"))
    ask("activity log, a user", lambda: office.entries(who="user77"))
    ask("activity log, one day", lambda: office.entries(since=NOW.date(), until=NOW.date()))
    ask("activity log, a far page", lambda: office.entries(page=400))


def main() -> None:
    """Build, measure, clean up."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        folder = Path(home) / "data"
        url = ensure(folder)
        upgrade(url)
        database.configure(database.DatabaseOptions(url=url, statement_timeout_s=300))
        try:
            with clock_at(NOW):
                fill()
                measure()
        finally:
            database.dispose()
            release(folder)
            until = time.monotonic() + 20
            while any(folder.rglob("postmaster.pid")) and time.monotonic() < until:
                time.sleep(0.1)


if __name__ == "__main__":
    main()
