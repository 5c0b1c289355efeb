"""Maintenance: seen at once, ended by an admin alone, changed by one admin at a time, told to whom it concerns once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.accounts import activity
from core.accounts.errors import AlreadyChanged, InvalidInput, NotAllowed
from core.accounts.model import Account, Kind
from core.notices import inbox, outbox
from core.operations import maintenance
from db.session import read_session, unit_of_work
from tests.accounts.limit_people import KEY, person
from tests.conftest import HeldClock

START = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
UNTIL = START + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _fresh(environment: Callable[..., None]) -> Iterator[None]:
    environment(KUBERA_SECRET_KEY=KEY)
    maintenance.forget()
    yield
    maintenance.forget()


def test_the_desk_is_open_until_somebody_closes_it(db: Session, clock: HeldClock) -> None:
    assert maintenance.current() is None
    assert maintenance.state() == maintenance.State(None, 0)


def test_closing_and_opening_are_seen_at_once_and_logged(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    assert maintenance.current() is None
    made = maintenance.start(admin, "We move to a larger server.", UNTIL, 0)
    assert maintenance.current() == made
    assert (made.message, made.until, made.started_by) == ("We move to a larger server.", UNTIL, admin.user_name)
    assert (made.started_at, made.version) == (START, 1)
    maintenance.end(admin, made.version)
    assert maintenance.current() is None
    assert maintenance.state().version == 2
    log = activity.entries(admin, subject="maintenance")
    assert [entry.action for entry in log.rows] == ["maintenance.ended", "maintenance.started"]
    assert log.rows[1].after == {"message": "We move to a larger server.", "until": UNTIL.isoformat()}


def test_the_message_of_a_running_maintenance_can_be_changed(db: Session, clock: HeldClock) -> None:
    first, second = person("admin"), person("admin")
    maintenance.start(first, "An hour.", UNTIL, 0)
    clock.advance(timedelta(minutes=50))
    changed = maintenance.start(second, "It takes longer.", None, 1)
    assert (changed.message, changed.until, changed.version) == ("It takes longer.", None, 2)
    assert (changed.started_by, changed.started_at) == (first.user_name, START)
    entry = activity.entries(first).rows[0]
    assert (entry.action, entry.actor_name) == ("maintenance.changed", second.user_name)
    assert entry.before == {"message": "An hour.", "until": UNTIL.isoformat()}


def test_it_lasts_until_it_is_ended_whatever_the_clock_says(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    made = maintenance.start(admin, "An hour.", UNTIL, 0)
    for moment in (UNTIL + timedelta(seconds=1), START - timedelta(days=365), START + timedelta(days=365)):
        clock.set(moment)
        maintenance.forget()
        found = maintenance.current()
        assert found == made
        assert found is not None
        assert found.overdue == (moment > UNTIL)


def test_what_another_process_did_is_seen_after_the_announcement(fresh_db: str, clock: HeldClock) -> None:
    admin = person("admin")
    assert maintenance.current() is None
    with psycopg.connect(fresh_db, autocommit=True) as connection:
        connection.execute("LISTEN cache_bust")
        with unit_of_work() as session:  # as another process would: this one's memory is not told
            session.execute(
                text("UPDATE maintenance SET active = true, message = 'm', started_at = :at, version = 1"),
                {"at": START},
            )
        assert maintenance.current() is None, "it was read within this second"
        maintenance.forget()
        assert maintenance.current() is not None
        maintenance.end(admin, 1)
        assert [one.payload for one in connection.notifies(timeout=5, stop_after=1)] == [maintenance.TOPIC]


def test_memory_is_asked_instead_of_the_database_for_a_second(
    db: Session, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    real = maintenance.state
    monkeypatch.setattr(maintenance, "state", lambda: reads.append(1) or real())
    for _ in range(100):
        maintenance.current()
    assert 1 <= len(reads) <= 3, "once, unless this machine needed more than a second for it"
    now = maintenance.time.monotonic()
    monkeypatch.setattr(maintenance.time, "monotonic", lambda: now + 1.5)
    before = len(reads)
    maintenance.current()
    assert len(reads) == before + 1


def test_a_change_while_it_is_read_is_not_overlooked(
    db: Session, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = person("admin")
    real = maintenance.state

    def overtaken() -> maintenance.State:
        found = real()
        monkeypatch.setattr(maintenance, "state", real)
        maintenance.start(admin, "Just now.", None, 0)
        return found

    monkeypatch.setattr(maintenance, "state", overtaken)
    maintenance.current()
    found = maintenance.current()
    assert found is not None
    assert found.message == "Just now."


def test_of_two_admins_at_once_one_is_told(fresh_db: str, clock: HeldClock) -> None:
    admins = [person("admin"), person("admin")]
    gate = threading.Barrier(2)

    def start(admin: Account) -> str:
        gate.wait(10)
        try:
            return maintenance.start(admin, f"by {admin.id}", UNTIL, 0).message
        except AlreadyChanged as error:
            return error.message

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(start, admins))
    assert results[0] == "Somebody else started, changed or ended maintenance meanwhile."
    assert results[1].startswith("by ")
    assert activity.entries(admins[0]).total == 1


def test_stale_versions_change_nothing(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    for version in (-1, 1, 99):
        with pytest.raises(AlreadyChanged):
            maintenance.start(admin, "m", None, version)
    maintenance.start(admin, "m", None, 0)
    for version in (0, 2):
        with pytest.raises(AlreadyChanged):
            maintenance.end(admin, version)
    assert maintenance.current() is not None
    maintenance.end(admin, 1)
    with pytest.raises(AlreadyChanged, match="open already"):
        maintenance.end(admin, 2)


@pytest.mark.parametrize("message", ["", "  \n", "\x00\u202e"])
def test_a_message_is_needed(db: Session, clock: HeldClock, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        maintenance.start(person("admin"), message, UNTIL, 0)
    assert caught.value.field == "message"
    assert maintenance.state().version == 0


def test_a_message_is_cleaned_and_bounded(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    made = maintenance.start(admin, "One\r\ntwo\x00\x1b[31m<b>three</b>" + "x" * 900, UNTIL, 0)
    assert made.message.startswith("One\ntwo [31m<b>three</b>")
    assert len(made.message) <= maintenance.LONGEST_MESSAGE
    with pytest.raises(InvalidInput, match="too long"):
        maintenance.start(admin, "x" * 100_000, UNTIL, 1)


@pytest.mark.parametrize(
    "until",
    [START, START - timedelta(hours=1), START + timedelta(days=7, seconds=1), datetime(2026, 11, 19)],  # noqa: DTZ001
)
def test_an_end_lies_within_a_week(db: Session, clock: HeldClock, until: datetime) -> None:
    with pytest.raises(InvalidInput) as caught:
        maintenance.start(person("admin"), "m", until, 0)
    assert caught.value.field == "until"


@pytest.mark.parametrize("kind", ["registered", "demo_visitor", "demo_admin"])
def test_only_admins_close_and_open_the_desk(db: Session, clock: HeldClock, kind: Kind) -> None:
    somebody, admin = person(kind=kind), person("admin")
    with pytest.raises(NotAllowed):
        maintenance.start(somebody, "m", UNTIL, 0)
    maintenance.start(admin, "m", UNTIL, 0)
    with pytest.raises(NotAllowed):
        maintenance.end(somebody, 1)
    assert maintenance.current() is not None


def queued() -> list[dict[str, object]]:
    with read_session() as session:
        rows = session.execute(
            text("SELECT args FROM jobs.procrastinate_jobs WHERE task_name = :task ORDER BY id"),
            {"task": maintenance.TELL_TASK},
        )
        return [row[0] for row in rows]


def test_beginning_and_end_queue_the_telling(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    maintenance.start(admin, "m", UNTIL, 0)
    maintenance.start(admin, "another message", UNTIL, 1)
    maintenance.end(admin, 2)
    assert queued() == [{"version": 1, "over": False}, {"version": 3, "over": True}]


def test_whoever_was_here_lately_is_told_once(db: Session, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_BATCH", 2)
    admin = person("admin", last_seen_at=START - timedelta(days=300))
    here = [person(last_seen_at=START - timedelta(days=day)) for day in (0, 10, 29)]
    away = [
        person(last_seen_at=START - timedelta(days=31)),
        person(kind="demo_visitor"),
        person(state="deactivated"),
    ]
    maintenance.start(admin, "We move.", UNTIL, 0)
    assert maintenance.tell(version=1, over=False) == 4
    assert maintenance.tell(version=1, over=False) == 4, "a job that runs again"
    for account in (admin, *here):
        (message,) = inbox.messages(account.id).rows
        assert message.kind == "maintenance_announced"
        assert "We move." in message.body
    assert [inbox.messages(account.id).total for account in away] == [0, 0, 0]
    assert outbox.entries().total == 4
    maintenance.end(admin, 1)
    assert maintenance.tell(version=1, over=False) == 0, "it is over: nobody need be told that it begins"
    assert maintenance.tell(version=2, over=True) == 4
    assert [message.kind for message in inbox.messages(here[0].id).rows] == [
        "maintenance_over",
        "maintenance_announced",
    ]


def test_an_end_is_not_told_when_the_desk_was_closed_again(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    maintenance.start(admin, "m", UNTIL, 0)
    maintenance.end(admin, 1)
    maintenance.start(admin, "again", UNTIL, 2)
    assert maintenance.tell(version=2, over=True) == 0
    assert maintenance.tell(version=3, over=False) == 1
