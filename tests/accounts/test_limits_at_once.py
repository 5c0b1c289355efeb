"""Limits counted by many at the same moment: threads, processes, transactions that wait for each other."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from core.accounts import limits
from core.accounts.errors import AlreadyChanged, LimitReached
from core.accounts.model import Account
from db.repositories.limits import lock_key
from db.session import read_session, unit_of_work
from tests.accounts.limit_people import KEY, person
from tests.conftest import HeldClock

ROOT = Path(__file__).resolve().parents[2]

PROCESS = """
import sys
from dataclasses import replace
from datetime import UTC, datetime

import db.session as database
from core.accounts import limits
from core.accounts.errors import LimitReached
from core.accounts.model import Account
from core.clock import clock_at

url, number = sys.argv[1:]
database.configure(database.DatabaseOptions(url=url, application_name="another process"))
at = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
account = Account(int(number), "0" * 64, "registered", "investor", "a", "a", None, "active", at)
print("ready", flush=True)
sys.stdin.readline()
taken = 0
with clock_at(at):
    for attempt in range(20):
        try:
            limits.take(account, "chat")
            taken += 1
        except LimitReached:
            pass
        try:
            limits.guard("code_address", "a@b.in")
            taken += 100
        except LimitReached:
            pass
print(taken, flush=True)
"""


@pytest.fixture(autouse=True)
def _key(environment: Callable[..., None]) -> None:
    environment(KUBERA_SECRET_KEY=KEY)


def passes(action: Callable[[], object]) -> bool:
    try:
        action()
    except LimitReached:
        return False
    return True


def at_once(action: Callable[[], object], times: int) -> int:
    """How many of `times` calls at the same moment were let through."""
    gate = threading.Barrier(8)

    def share() -> int:
        gate.wait(10)
        return sum(passes(action) for _ in range(times // 8))

    with ThreadPoolExecutor(8) as pool:
        return sum(future.result() for future in [pool.submit(share) for _ in range(8)])


def test_of_forty_prompts_at_once_exactly_ten_are_let_through(fresh_db: str, clock: HeldClock) -> None:
    account, admin = person(), person("admin")
    assert at_once(lambda: limits.take(account, "chat"), 40) == 10
    with read_session() as session:
        assert session.scalar(text("SELECT count(*) FROM prompt_events")) == 10
        assert session.scalar(text("SELECT used FROM chat_prompts")) == 10
    assert sum(row.times for row in limits.violations(admin).rows) == 30


def test_of_a_hundred_guesses_at_once_exactly_the_allowed_ones_are_let_through(fresh_db: str, clock: HeldClock) -> None:
    admin = person("admin")
    assert at_once(lambda: limits.guard("code_guess", "somebody"), 104) == 30
    assert sum(row.times for row in limits.violations(admin).rows) == 74


def test_many_threads_wait_their_turn_even_when_there_are_more_than_connections(
    fresh_db: str, clock: HeldClock
) -> None:
    account = person()
    with ThreadPoolExecutor(40) as pool:
        results = list(pool.map(lambda _: passes(lambda: limits.take(account, "chat")), range(40)))
    assert results.count(True) == 10


def test_accounts_do_not_wait_for_each_other(fresh_db: str, clock: HeldClock) -> None:
    slow, quick = person(), person()
    with unit_of_work() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key("account", str(slow.id))})
        with ThreadPoolExecutor(1) as pool:
            assert len(pool.submit(limits.take, quick, "chat").result(10)) == 4


def test_processes_count_together(fresh_db: str, clock: HeldClock) -> None:
    account = person()
    command = [sys.executable, "-c", PROCESS, fresh_db, str(account.id)]
    others = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"KUBERA_SECRET_KEY": KEY},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    taken = sum(int(other.communicate(timeout=60)[0]) for other in others)
    assert [other.returncode for other in others] == [0, 0]
    assert divmod(taken, 100) == (5, 10), "five codes and ten prompts, whoever came first"


def test_of_two_admins_changing_one_rule_at_once_one_is_told(fresh_db: str, clock: HeldClock) -> None:
    admins = [person("admin"), person("admin")]
    for version in range(5):
        gate = threading.Barrier(2)

        def change(admin: Account, version: int = version, gate: threading.Barrier = gate) -> str:
            gate.wait(10)
            try:
                return limits.set_rule(admin, "burst", 20 + admin.id, version).changed_by
            except AlreadyChanged as error:
                return error.message

        with ThreadPoolExecutor(2) as pool:
            results = sorted(pool.map(change, admins), key=lambda said: "meanwhile" in said)
        assert results[0] in {admin.user_name for admin in admins}
        assert results[1] == "“Questions a minute” was changed meanwhile."
    assert limits.rules(admins[0])[0].version == 5
