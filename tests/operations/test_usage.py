"""Counting how much the desk is used."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

import db.session as database
from core.operations.usage import BOUNDS_MS, Usage, forget_old, percentile, week_of
from db.repositories.operations_usage import UsageRepository
from db.session import read_session, unit_of_work
from tests.conftest import HeldClock

MONDAY = date(2026, 11, 16)
MORNING = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


@pytest.fixture
def counters() -> Iterator[Usage]:
    made = Usage()
    made.begin()
    yield made
    made.end()


def account(session: Session, name: str, created_at: datetime = MORNING) -> int:
    return int(
        session.execute(
            text(
                "INSERT INTO accounts (owner, kind, role, user_name, user_name_key, name, email, email_key,"
                " password_hash, state, state_reason, limits_exempt, created_at, version)"
                " VALUES (encode(sha256(convert_to(:name, 'UTF8')), 'hex'), 'registered', 'investor', :name, :name,"
                " :name, :name || '@example.org', :name || '@example.org', 'x', 'active', '', false, :at, 1)"
                " RETURNING id"
            ),
            {"name": name, "at": created_at},
        ).scalar_one()
    )


def by_day(measure: str, subject: str | None = None) -> list[tuple[date, int]]:
    with read_session() as session:
        rows = UsageRepository(session).by_day(measure, MORNING - timedelta(days=40), subject=subject)
    return [(row.day, row.n) for row in rows]


def test_what_two_processes_count_in_one_hour_adds_up(db: Session, clock: HeldClock, counters: Usage) -> None:
    other = Usage()
    other.begin()
    for ms in (3, 30, 30):
        counters.note_run("Charts", "registered", ms)
    other.note_run("Charts", "registered", 6000)
    other.note_run("Data", "signed_out", 1)
    counters.flush()
    other.end()
    with read_session() as session:
        rows = {row.subject: row for row in UsageRepository(session).by_subject("run", MORNING - timedelta(hours=1))}
        (day,) = UsageRepository(session).by_day("run", MORNING - timedelta(hours=1))
    assert (rows["Charts"].n, rows["Charts"].total_ms) == (4, 6063)
    assert rows["Charts"].buckets[0] == 1
    assert rows["Charts"].buckets[3] == 2
    assert rows["Charts"].buckets[-1] == 1
    assert list(rows) == ["Charts", "Data"], "the most frequent first"
    assert (day.n, sum(day.buckets)) == (5, 5)


def test_an_account_is_counted_once_a_day_and_once_a_week(db: Session, clock: HeldClock, counters: Usage) -> None:
    old = account(db, "old", MORNING - timedelta(days=9))
    new = account(db, "new")
    db.flush()
    for _ in range(3):
        counters.note_active(old, "registered", MORNING - timedelta(days=9))
        counters.note_active(new, "registered", MORNING)
        counters.flush()
    clock.advance(timedelta(days=1))
    counters.note_active(old, "registered", MORNING - timedelta(days=9))
    counters.flush()
    other = Usage()
    other.begin()
    other.note_active(old, "registered", MORNING - timedelta(days=9))
    other.end()
    assert by_day("active", "day") == [(MORNING.date(), 2), (MORNING.date() + timedelta(days=1), 1)]
    assert by_day("active", "week") == [(MONDAY, 2)]
    with read_session() as session:
        found = UsageRepository(session).returned(MORNING - timedelta(days=30))
    assert [(row.registered, row.week, row.n) for row in found] == [
        (MONDAY - timedelta(days=7), MONDAY, 1),
        (MONDAY, MONDAY, 1),
    ]


def test_a_deleted_account_is_left_out(db: Session, clock: HeldClock, counters: Usage) -> None:
    counters.note_active(987_654, "registered", MORNING)
    counters.flush()
    assert by_day("active") == []


def test_errors_in_the_log_are_counted_by_logger_without_their_text(
    db: Session, clock: HeldClock, counters: Usage
) -> None:
    logging.getLogger("core.somewhere").error("secret words %s", "of somebody")
    logging.getLogger("core.somewhere").warning("not this bad")
    counters.flush()
    with read_session() as session:
        (row,) = UsageRepository(session).by_subject("error", MORNING - timedelta(hours=1))
        everything = str(session.execute(text("SELECT usage_counts::text FROM usage_counts")).scalars().all())
    assert (row.subject, row.n) == ("core.somewhere", 1)
    assert "secret" not in everything


def test_nothing_is_kept_before_the_beginning_and_after_the_end(db: Session, clock: HeldClock) -> None:
    made = Usage()
    made.note_view("Charts", "registered")
    made.begin()
    made.end()
    made.note_view("Charts", "registered")
    logging.getLogger("core.somewhere").error("afterwards")
    made.flush()
    assert by_day("view") == []
    assert by_day("error") == []


def test_counts_survive_a_database_that_is_away(
    fresh_db: str, clock: HeldClock, counters: Usage, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = database.DatabaseOptions(url="postgresql://nobody@127.0.0.1:9/none", connect_timeout_s=1)
    with unit_of_work() as session:
        number = account(session, "there")
    counters.note_view("Charts", "registered")
    counters.note_run("Charts", "registered", 7)
    counters.note_active(number, "registered", MORNING)
    options = database._options
    assert options is not None
    database.configure(away)
    counters.flush()
    counters.note_view("Charts", "registered")
    database.configure(options)
    counters.flush()
    assert by_day("view") == [(MORNING.date(), 2)]
    assert by_day("run") == [(MORNING.date(), 1)]
    assert by_day("active", "day") == [(MORNING.date(), 1)]


def test_eight_threads_and_two_processes_lose_nothing(fresh_db: str, clock: HeldClock) -> None:
    both = (Usage(), Usage())
    for one in both:
        one.begin()

    def work(mine: Usage) -> None:
        for step in range(50):
            mine.note_run(f"Page {step % 3}", "registered", 10)
            if step % 20 == 0:
                mine.flush()

    threads = [threading.Thread(target=work, args=(both[i % 2],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in both:
        one.end()
    assert by_day("run") == [(MORNING.date(), 400)]
    assert by_day("error") == []


def test_old_counts_are_forgotten(db: Session, clock: HeldClock, counters: Usage) -> None:
    number = account(db, "there")
    db.flush()
    counters.note_view("Charts", "registered")
    counters.note_active(number, "registered", MORNING)
    counters.flush()
    assert forget_old(MORNING + timedelta(days=18)) == 0
    assert forget_old(MORNING + timedelta(days=30)) == 2, "who was there on the day and in the week"
    assert by_day("view") == [(MORNING.date(), 1)]
    assert forget_old(MORNING + timedelta(days=500)) == 4, "a view and three counts of the account"


@given(st.lists(st.integers(0, 50), min_size=12, max_size=12), st.floats(0.01, 1))
def test_a_percentile_lies_in_the_bucket_that_holds_it(buckets: list[int], share: float) -> None:
    found = percentile(tuple(buckets), share)
    if not sum(buckets):
        assert found is None
        return
    assert found is not None
    bounds = (0.0, *BOUNDS_MS, 2 * BOUNDS_MS[-1])
    below = sum(n for n, top in zip(buckets, bounds[1:], strict=True) if top <= found + 1e-9)
    under = sum(n for n, low in zip(buckets, bounds, strict=False) if low < found - 1e-9)
    assert below <= share * sum(buckets) + 1e-6 or below == share * sum(buckets)
    assert under >= share * sum(buckets) - 1e-6


def test_the_middle_of_one_bucket_is_its_middle() -> None:
    assert percentile((0, 10), 0.5) == pytest.approx(7.5)
    assert week_of(date(2026, 11, 22)) == MONDAY
