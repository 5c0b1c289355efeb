"""How fast a session is checked with 100,000 accounts and as many sessions, and what a rush of sign-ins costs pages.

Own server in a temporary folder, durable as in production, filled by COPY. Baselines in the same run: `SELECT 1`
through a read session, and the same way a check goes. Targets: a session check 1 ms at p95, a page of accounts 300 ms,
and with 200 sign-ins a minute a page's p95 not more than half again as long. The "page" is what a warm chart page
costs: a session check and 11 ms of CPU.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import text

import db.session as database
from core import clock
from core.accounts import administration, passwords, people, sessions, sign_in
from core.accounts.model import Origin
from db.embedded import ensure, release
from db.migrations import upgrade

PEOPLE = 100_000
LOOKS, WARM_UP = 3000, 300
PAGE_CPU_S = 0.011
SIGN_INS_A_MINUTE = 200
RUSH_S = 20.0
PASSWORD = "tidal lantern 47 orchard"

chance = random.Random(1)


def token(number: int) -> str:
    """The token of the session of an account."""
    return f"{number:043d}"


def fill() -> None:
    """Accounts 1 to PEOPLE, the first an admin, each with a session."""
    now = clock.now()
    hashed = passwords.hash_password(PASSWORD)
    with database.raw_connection() as connection, connection.cursor() as cursor:
        columns = "owner, kind, role, user_name, user_name_key, name, email, email_key, password_hash, state"
        more = "state_reason, limits_exempt, created_at, last_seen_at, version"
        with cursor.copy(f"COPY accounts ({columns}, {more}) FROM STDIN") as copy:
            for number in range(1, PEOPLE + 1):
                name, email = f"person{number}", f"person{number}@example.com"
                role = "admin" if number == 1 else "investor"
                made = now - timedelta(minutes=number)
                copy.write_row(
                    (f"{number:064x}", "registered", role, name, name, f"Person {number}", email, email, hashed,
                     "active", "", False, made, made, 1)
                )  # fmt: skip
        columns = "id, account_id, token_hash, device, ip, created_at, last_seen_at, idle_until, expires_at"
        with cursor.copy(f"COPY sessions ({columns}) FROM STDIN") as copy:
            for number in range(1, PEOPLE + 1):
                held = hashlib.sha256(token(number).encode()).hexdigest()
                until = now + timedelta(days=3)
                copy.write_row(
                    (UUID(int=number), number, held, "Firefox on Linux", "203.0.113.7", now, now, until, until)
                )
    with database.unit_of_work() as work:
        work.execute(text("ANALYZE"))


def timed(act: Callable[[int], object], number: int, warm_up: int) -> list[float]:
    """Milliseconds of each call after the first ones."""
    taken = []
    for index in range(number + warm_up):
        began = time.perf_counter()
        act(index)
        taken.append(1000 * (time.perf_counter() - began))
    return taken[warm_up:]


def p(taken: list[float], share: float) -> float:
    """A quantile."""
    return statistics.quantiles(taken, n=100)[round(share * 100) - 1]


def say(name: str, taken: list[float], target: float | None = None) -> bool:
    """One line, and whether the target is met at p95."""
    met = target is None or p(taken, 0.95) <= target
    aim = "" if target is None else f"   target p95 {target:g} ms: {'met' if met else 'MISSED'}"
    print(f"{name:<44} p50 {p(taken, 0.5):8.3f} ms   p95 {p(taken, 0.95):8.3f} ms{aim}")
    return met


def select_one(_: int) -> None:
    """The baseline."""
    with database.read_session() as work:
        work.execute(text("SELECT 1")).one()


def quick_one(_: int) -> None:
    """The baseline on the way of a session check."""
    database.quick_rows("SELECT 1", {})


def look(_: int) -> None:
    """A session check."""
    assert sessions.lookup(token(chance.randrange(1, PEOPLE))) is not None


def page(index: int) -> None:
    """What a warm chart page costs."""
    look(index)
    until = time.thread_time() + PAGE_CPU_S
    while time.thread_time() < until:
        json.dumps(list(range(200)))


def pages_for(seconds: float) -> list[float]:
    """Pages asked for three times a second, one after the other."""
    taken = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        page(0)
        taken.append(1000 * (time.perf_counter() - began))
        time.sleep(0.05)
    return taken


def rush(stop: threading.Event, done: list[float]) -> None:
    """Sign-ins at an even pace, each of another person from another place."""
    threads = []
    began = time.perf_counter()
    for number in _paced(stop, began):
        threads.append(threading.Thread(target=_sign_in, args=(number, done)))
        threads[-1].start()
    for one in threads:
        one.join()


def _paced(stop: threading.Event, began: float) -> Iterator[int]:
    number = 0
    while not stop.wait(max(0.0, began + number * 60 / SIGN_INS_A_MINUTE - time.perf_counter())):
        number += 1
        yield number


def _sign_in(number: int, done: list[float]) -> None:
    began = time.perf_counter()
    origin = Origin(f"10.{number % 250}.{number // 250}.1", "", hashlib.sha256(str(number).encode()).hexdigest())
    outcome = sign_in.sign_in(f"person{number + 1}", PASSWORD, origin)
    assert isinstance(outcome, sign_in.Accepted)
    ticket = sessions.issue_ticket(outcome.account, origin, binding="x", next_path="/")
    sessions.redeem_ticket(ticket, "x", origin)
    done.append(1000 * (time.perf_counter() - began))


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    with tempfile.TemporaryDirectory(prefix="kubera-bench-", ignore_cleanup_errors=True) as home:
        url = ensure(Path(home))
        upgrade(url)
        database.configure(database.DatabaseOptions(url=url))
        fill()
        good = True
        say("SELECT 1 in a read session (baseline)", timed(select_one, LOOKS, WARM_UP))
        say("SELECT 1 as a check goes (baseline)", timed(quick_one, LOOKS, WARM_UP))
        good &= say(f"session check, {PEOPLE:,} accounts", timed(look, LOOKS, WARM_UP), 1.0)
        admin = people.get(1)
        listed = timed(lambda i: administration.users(admin, page=1 + i % 50), 40, 3)
        good &= say("admins' page of accounts", listed, 300)
        listed = timed(lambda i: administration.users(admin, search=f"son{i + 777}"), 40, 3)
        good &= say("admins' page of accounts, searched", listed, 300)
        quiet = pages_for(RUSH_S)
        stop, done = threading.Event(), list[float]()
        rushing = threading.Thread(target=rush, args=(stop, done))
        rushing.start()
        busy = pages_for(RUSH_S)
        stop.set()
        rushing.join()
        say("a page, nobody signing in", quiet)
        say(f"a sign-in, {SIGN_INS_A_MINUTE} a minute ({len(done)} done)", done)
        good &= say(f"a page, {SIGN_INS_A_MINUTE} signing in a minute", busy, 1.5 * p(quiet, 0.95))
        database.dispose()
        release(Path(home))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
