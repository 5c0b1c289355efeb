"""How long a tradebook of 5,000 rows takes to read and to book, alone and for 50 investors at once.

Own server in a temporary folder, durable as in production. Baselines in the same run: the file's cells by the csv
module (nothing understood), and the bare COPY of as many rows. Checked while measuring: no error, every row booked once
for each investor, and the same file again adds nothing. `bench_imports.py 1000` takes shorter files.
"""

from __future__ import annotations

import csv
import io
import random
import resource
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import db.session as database
from core import clock
from core.accounts import people
from core.accounts.model import Account
from core.portfolio import book
from core.portfolio.imports import preview as previews
from core.portfolio.imports import read
from core.portfolio.imports.examined import Present, examine
from core.portfolio.imports.instruments import Resolver
from db.embedded import ensure, release
from db.migrations import upgrade
from db.repositories.accounts_people import NewPerson, PeopleRepository

ROWS, INVESTORS, THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000, 50, 50
SYMBOLS = ("RELIANCE", "TCS", "INFY", "SUZLON", "ITC", "SBIN", "WIPRO", "YESBANK", "LT", "ONGC")
HEAD = (
    "symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
    "order_execution_time"
)


def tradebook(rows: int) -> bytes:
    """A Zerodha tradebook of that many fills over ten years."""
    rnd = random.Random(11)
    lines = [HEAD]
    for number in range(rows):
        day = f"{2015 + number * 10 // rows}-{rnd.randint(1, 12):02d}-{rnd.randint(1, 28):02d}"
        side = "buy" if rnd.random() < 0.7 else "sell"
        lines.append(
            f"{rnd.choice(SYMBOLS)},,{day},NSE,EQ,EQ,{side},false,{rnd.randint(1, 99)}.000000,"
            f"{rnd.randint(100, 4000)}.500000,{10_000_000 + number},{number // 3},{day}T10:{number % 60:02d}:00"
        )
    return "\n".join(lines).encode()


def investor(number: int) -> Account:
    """A person without the time that a password takes."""
    name = f"bench{number}"
    with database.unit_of_work() as work:
        added = PeopleRepository(work).add(
            NewPerson(
                owner=secrets.token_hex(32),
                kind="registered",
                role="investor",
                user_name=name,
                user_name_key=name,
                name=name,
                email=f"{name}@example.com",
                email_key=f"{name}@example.com",
                password_hash="none",
                created_at=clock.now(),
                expires_at=None,
            )
        )
        assert added is not None
        return people.get(added, work)


def cpu(what: Callable[[], object], times: int = 5) -> float:
    """The least CPU time of a call, in milliseconds."""
    taken = []
    for _ in range(times):
        before = time.process_time()
        what()
        taken.append(time.process_time() - before)
    return 1000 * min(taken)


def whole(person: Account, data: bytes) -> book.Batch:
    """A file as the page books it: preview, account, booking."""
    shown = previews.preview(person, "tradebook.csv", data)
    return previews.book(person, shown, account_id=previews.account_for(person, shown).id)


def copied(rows: list[list[str]]) -> None:
    """As many rows by COPY into a bare table."""
    with database.raw_connection() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bare (a text, b text, c text, d numeric, e numeric, f text) ON COMMIT DROP")
        with cursor.copy("COPY bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row((row[0], row[2], row[6], row[8], row[9], row[10]))


def at_once(data: bytes) -> tuple[list[float], list[str], float]:
    """Fifty investors booking at the same moment: seconds of each, what went wrong, seconds in all."""
    crowd = [investor(number) for number in range(1, INVESTORS + 1)]
    seconds: list[float] = []
    errors: list[str] = []
    gate = threading.Barrier(THREADS)

    def run(person: Account) -> None:
        gate.wait()
        began = time.perf_counter()
        try:
            batch = whole(person, data)
            if batch.added != ROWS:
                errors.append(f"{person.user_name}: {batch.added} rows")
        except Exception as error:  # noqa: BLE001 - every kind of failure is counted
            errors.append(f"{person.user_name}: {error!r}")
        seconds.append(time.perf_counter() - began)

    threads = [threading.Thread(target=run, args=(person,)) for person in crowd]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = time.perf_counter() - began
    for person in crowd[:3]:
        again = whole(person, data)
        if (again.added, again.duplicates) != (0, ROWS):
            errors.append(f"{person.user_name}: again {again.added} added")
    return seconds, errors, total


def main() -> None:
    """Print one line a measurement."""
    data = tradebook(ROWS)
    cells = list(csv.reader(io.StringIO(data.decode())))[1:]
    naive = cpu(lambda: list(csv.reader(io.StringIO(data.decode()))))
    recognised = read.recognise("t.csv", data)
    parsed = read.parse(recognised.sheet, recognised.format)
    told = {
        "recognise": cpu(lambda: read.recognise("t.csv", data)),
        "read rows": cpu(lambda: read.parse(recognised.sheet, recognised.format)),
        "name, resolve, check": cpu(lambda: examine(parsed, recognised.format, Resolver(), Present(), "INR")),
    }
    sys.stdout.write(f"{ROWS:,} rows; CPU ms, beside {naive:.0f} ms for the csv module alone\n")
    for name, ms in told.items():
        sys.stdout.write(f"  {name:<24}{ms:8.0f} ms  x{ms / naive:.1f}\n")
    with tempfile.TemporaryDirectory(prefix="kubera-bench-", ignore_cleanup_errors=True) as folder:
        url = ensure(Path(folder) / "pg")
        try:
            upgrade(url)
            database.configure(
                database.DatabaseOptions(url=url, application_name="bench", pool_size=10, patience_s=60.0)
            )
            bare = cpu(lambda: copied(cells), 3)
            one = investor(0)
            began, began_cpu = time.perf_counter(), time.process_time()
            whole(one, data)
            sys.stdout.write(
                f"one investor: {time.perf_counter() - began:.1f} s, {time.process_time() - began_cpu:.1f} s of"
                f" CPU in this process (bare COPY {bare:.0f} ms)\n"
            )
            seconds, errors, total = at_once(data)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            sys.stdout.write(
                f"{INVESTORS} at once: {total:.1f} s in all, median {statistics.median(seconds):.1f} s,"
                f" {INVESTORS * ROWS / total:,.0f} rows/s, {len(errors)} errors, {peak:,.0f} MB at most\n"
            )
            for error in errors[:10]:
                sys.stdout.write(f"  {error}\n")
        finally:
            database.dispose()
            release(Path(folder) / "pg")


if __name__ == "__main__":
    main()
