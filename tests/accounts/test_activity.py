"""The activity log: what is kept, what is hidden, who may read it, and that it goes with its transaction."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.accounts import activity
from core.accounts.errors import NotAllowed
from core.accounts.model import Account, Origin
from db.session import DatabaseProblem, unit_of_work
from tests.accounts.limit_people import KEY, person
from tests.conftest import HeldClock

START = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _key(environment: Callable[..., None]) -> None:
    environment(KUBERA_SECRET_KEY=KEY)


def record(action: str = "thing.done", **values: Any) -> None:
    with unit_of_work() as session:
        activity.record(session, action, **({"actor": None, "subject": "thing:1"} | values))


def log(actor: Account, **only: Any) -> list[str]:
    return [entry.action for entry in activity.entries(actor, size=500, **only).rows]


def table_of(pieces: Any) -> list[dict[str, str]]:
    whole = b"".join(pieces)
    assert whole.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(whole.decode("utf-8-sig"), newline="")))


def test_an_entry_tells_who_did_what_to_whom_from_where(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    record(
        "role.changed",
        actor=admin,
        subject="account:7",
        before={"role": "investor"},
        after={"role": "admin"},
        origin=Origin("203.0.113.7", "Mozilla/5.0", "f" * 64),
    )
    (entry,) = activity.entries(admin).rows
    assert (entry.id, entry.at, entry.action, entry.subject) == (1, START, "role.changed", "account:7")
    assert (entry.actor_id, entry.actor_name) == (admin.id, admin.user_name)
    assert (entry.before, entry.after) == ({"role": "investor"}, {"role": "admin"})
    assert (entry.ip, entry.user_agent) == ("203.0.113.7", "Mozilla/5.0")
    assert len(entry.hash) == 64


def test_the_system_itself_has_no_name(db: Session, clock: HeldClock) -> None:
    record("backup.made", actor=None, subject="backup")
    (entry,) = activity.entries(person("admin")).rows
    assert (entry.actor_id, entry.actor_name, entry.before, entry.after) == (None, "", None, None)


def test_what_is_rolled_back_was_never_done(fresh_db: str, clock: HeldClock) -> None:
    admin = person("admin")

    def fail() -> None:
        with unit_of_work() as session:
            activity.record(session, "thing.done", actor=admin, subject="thing:1")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        fail()
    record("other.done")
    assert log(admin) == ["other.done"]
    assert activity.verify().ok


def test_a_savepoint_takes_its_entries_with_it_or_hands_them_on(fresh_db: str, clock: HeldClock) -> None:
    admin = person("admin")
    with unit_of_work() as session:
        activity.record(session, "outside", actor=admin, subject="x")
        with session.begin_nested():
            activity.record(session, "kept", actor=admin, subject="x")
            with session.begin_nested():
                activity.record(session, "kept.deeper", actor=admin, subject="x")
        undone = session.begin_nested()
        activity.record(session, "undone", actor=admin, subject="x")
        with session.begin_nested():
            activity.record(session, "undone.deeper", actor=admin, subject="x")
        undone.rollback()
        activity.record(session, "after", actor=admin, subject="x")
    assert log(admin) == ["after", "kept.deeper", "kept", "outside"]
    assert activity.verify() == activity.Verification(
        4, True, None, "Every row is as it was written.", activity.entries(admin).rows[0].hash
    )


def test_a_session_that_commits_twice_writes_each_entry_once(fresh_db: str, clock: HeldClock) -> None:
    admin = person("admin")
    with unit_of_work() as session:
        activity.record(session, "first", actor=admin, subject="x")
        session.commit()
        activity.record(session, "second", actor=admin, subject="x")
        session.rollback()
        activity.record(session, "third", actor=admin, subject="x")
    assert log(admin) == ["third", "first"]


def test_an_entry_that_cannot_be_written_undoes_the_action(fresh_db: str, clock: HeldClock) -> None:
    admin, target = person("admin"), person()
    with unit_of_work() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("DELETE FROM activity_head"))

    def deactivate() -> None:
        with unit_of_work() as session:
            session.execute(text("UPDATE accounts SET state = 'deactivated' WHERE id = :id"), {"id": target.id})
            activity.record(session, "account.deactivated", actor=admin, subject="x")

    with pytest.raises(RuntimeError, match="lost its head row"):
        deactivate()
    with unit_of_work() as session:
        assert session.scalar(text("SELECT state FROM accounts WHERE id = :id"), {"id": target.id}) == "active"


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Change:
    """Something with fields."""

    name: str
    new_password: str


def test_values_are_written_as_text_and_secrets_not_at_all(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    record(
        before={
            "password": "hunter2",
            "newPassword": "hunter2",
            "api_key": "hunter2",
            "Authorization": "hunter2",
            "recovery-codes": ["hunter2"],
            "nested": [{"TOTP_SECRET": "hunter2", "code": 123456}],
            "has_password": True,
            "token": None,
            "codec": "h264",
        },
        after={
            "day": date(2026, 11, 18),
            "at": START,
            "price": Decimal("12.50"),
            "id": UUID(int=5),
            "colour": Colour.RED,
            "set": {"b", "a"},
            "nan": float("nan"),
            "change": Change("Asha", "hunter2"),
            3: (1, 2.5),
        },
    )
    (entry,) = activity.entries(admin).rows
    assert "hunter2" not in str(entry)
    assert entry.before == {
        "password": "***",
        "newPassword": "***",
        "api_key": "***",
        "Authorization": "***",
        "recovery-codes": "***",
        "nested": [{"TOTP_SECRET": "***", "code": "***"}],
        "has_password": True,
        "token": None,
        "codec": "h264",
    }
    assert entry.after == {
        "day": "2026-11-18",
        "at": START.isoformat(),
        "price": "12.50",
        "id": str(UUID(int=5)),
        "colour": "red",
        "set": ["a", "b"],
        "nan": "nan",
        "change": {"name": "Asha", "new_password": "***"},
        "3": [1, 2.5],
    }


def test_what_is_not_json_is_refused_where_it_is_recorded(db: Session) -> None:
    with unit_of_work() as session:
        with pytest.raises(TypeError, match="a bytes cannot be written"):
            activity.record(session, "x", actor=None, subject="x", after={"file": b"raw"})
        for action, subject in (("", "x"), ("x", " ")):
            with pytest.raises(ValueError, match="needs an action and a subject"):
                activity.record(session, action, actor=None, subject=subject)


def test_what_is_too_long_is_cut_or_left_out_and_says_so(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    deep: Any = "bottom"
    for _ in range(50):
        deep = [deep]
    record(
        "a" * 500,
        subject="s" * 5000,
        before={"text": "x" * 50_000},
        after=deep,
        origin=Origin("i" * 900, "u" * 9000),
    )
    (entry,) = activity.entries(admin).rows
    assert [len(text) for text in (entry.action, entry.subject, entry.ip, entry.user_agent)] == [80, 200, 64, 400]
    assert entry.before == {"left_out": "50011 characters of JSON"}
    assert "bottom" not in str(entry.after)
    assert activity.verify().ok


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(value=JSON)
def test_any_json_can_be_masked_and_masking_twice_is_masking_once(value: Any) -> None:
    once = activity.masked(value)
    assert activity.masked(once) == once


@pytest.mark.parametrize(
    "hostile", ["\x00", "a\r\nb", "\u202e", "'; DROP TABLE activity_log; --", "<b>", "💥", "\ud800"]
)
def test_hostile_text_is_kept_harmless_and_the_chain_holds(db: Session, clock: HeldClock, hostile: str) -> None:
    admin = person("admin")
    record(f"x{hostile}", subject=f"x{hostile}", after={hostile: hostile}, origin=Origin(hostile, hostile))
    (entry,) = activity.entries(admin).rows
    assert entry.after == {hostile: hostile}
    assert all(character.isprintable() for character in entry.action + entry.subject + entry.ip + entry.user_agent)
    assert activity.verify().ok


def test_entries_are_paged_newest_first_and_know_how_many_there_are(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    for number in range(11):
        record(f"thing.{number}")
    first, second, past = (activity.entries(admin, page=page, size=4) for page in (1, 3, 9))
    assert [entry.id for entry in first.rows] == [11, 10, 9, 8]
    assert [entry.id for entry in second.rows] == [3, 2, 1]
    assert past.rows == ()
    assert (first.total, first.number, first.size, first.exact) == (11, 1, 4, True)
    assert activity.entries(admin, page=-5, size=0).size == 1


def test_entries_are_filtered_by_each_and_all_conditions(db: Session, clock: HeldClock) -> None:
    admin, other = person("admin"), person("admin")
    for number, (who, action, subject) in enumerate(
        [(admin, "a", "s"), (other, "a", "s"), (admin, "b", "s"), (admin, "a", "t"), (None, "a", "s")]
    ):
        clock.set(START + timedelta(hours=number))
        record(action, actor=who, subject=subject)

    def ids(**only: Any) -> list[int]:
        page = activity.entries(admin, **only)
        assert page.total == len(page.rows)
        return [entry.id for entry in page.rows]

    assert ids(action="a") == [5, 4, 2, 1]
    assert ids(subject="t") == [4]
    assert ids(who=admin.user_name.upper()) == [4, 3, 1]
    assert ids(who=other.id) == [2]
    assert ids(since=START + timedelta(hours=1), until=START + timedelta(hours=3)) == [3, 2]
    assert ids(action="a", subject="s", who=admin.id) == [1]
    assert ids(action="' OR 1=1 --") == []
    assert activity.actions(admin) == ("a", "b")
    assert [entry.id for entry in activity.about(other.id)] == [2]


def test_many_filtered_entries_are_counted_up_to_a_bound(
    db: Session, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = person("admin")
    monkeypatch.setattr(activity, "MOST_COUNTED", 5)
    with unit_of_work() as session:
        for _ in range(8):
            activity.record(session, "a", actor=admin, subject="s")
    page = activity.entries(admin, action="a", page=2, size=5)
    assert (page.total, page.exact, [entry.id for entry in page.rows]) == (5, False, [3, 2, 1])
    assert activity.entries(admin).exact


def test_the_export_holds_what_the_filter_says_and_is_itself_logged(
    db: Session, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "_EXPORT_BATCH", 3)
    admin = person("admin")
    for number in range(8):
        record("a" if number % 2 else "b", after={"n": number})
    rows = table_of(activity.export_csv(admin, action="a"))
    assert [row["id"] for row in rows] == ["2", "4", "6", "8"]
    assert rows[0]["after"] == '{"n":1}'
    assert rows[0]["at"] == START.isoformat()
    newest = activity.entries(admin).rows[0]
    assert (newest.action, newest.after) == ("activity.exported", {"action": "a"})
    everything = table_of(activity.export_csv(admin))
    assert len(everything) == 10
    assert {len(row["sha256"]) for row in everything} == {64}


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_exported_cell_begins_a_formula(db: Session, clock: HeldClock, start: str) -> None:
    admin = person("admin")
    evil = f'{start}HYPERLINK("http://evil.example","x")'
    record(evil, subject=evil, after=evil, origin=Origin(evil, evil))
    (row, _) = table_of(activity.export_csv(admin))
    assert [row[name] for name in ("action", "subject", "user_agent")] == [f"'{evil}"] * 3
    assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())


def test_no_admin_no_export_before_the_first_piece(db: Session) -> None:
    with pytest.raises(NotAllowed):
        activity.export_csv(person())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity_log SET action = 'else'",
        "UPDATE activity_log SET action = 'else' WHERE false",
        "DELETE FROM activity_log WHERE id = 1",
        "TRUNCATE activity_log",
        "DELETE FROM activity_head",
        "TRUNCATE activity_head",
        "UPDATE activity_head SET last_id = 0",
        "UPDATE activity_head SET last_hash = decode('00', 'hex')",
    ],
)
def test_the_database_refuses_to_change_what_was_written(fresh_db: str, clock: HeldClock, statement: str) -> None:
    record()

    def change() -> None:
        with unit_of_work() as session:
            session.execute(text(statement))

    with pytest.raises(Exception, match=r"only ever added to|moves forward only") as caught:
        change()
    assert not isinstance(caught.value, DatabaseProblem)
    assert activity.verify().rows == 1


def test_entries_written_at_once_stand_in_one_unbroken_chain(fresh_db: str, clock: HeldClock) -> None:
    admin = person("admin")

    def write(number: int) -> None:
        with unit_of_work() as session:
            for part in range(3):
                activity.record(session, f"thing.{number}.{part}", actor=admin, subject="x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    assert activity.verify().rows == 72
    assert activity.verify().ok
    written = log(admin)[::-1]
    for start in range(0, 72, 3):
        number = written[start].split(".")[1]
        assert written[start : start + 3] == [f"thing.{number}.{part}" for part in range(3)]


def test_the_log_makes_nobody_wait_for_each_other_crosswise(fresh_db: str, clock: HeldClock) -> None:
    """One writes to the log and then needs a row; the other holds the row and then writes to the log."""
    target = person()
    recorded, holding = threading.Event(), threading.Event()
    change = text("UPDATE accounts SET name = name || :mark WHERE id = :id")

    def log_then_row() -> None:
        with unit_of_work() as session:
            activity.record(session, "one", actor=None, subject="x")
            session.flush()
            recorded.set()
            assert holding.wait(10)
            session.execute(change, {"mark": "1", "id": target.id})

    def row_then_log() -> None:
        with unit_of_work() as session:
            assert recorded.wait(10)
            session.execute(change, {"mark": "2", "id": target.id})
            holding.set()
            activity.record(session, "two", actor=None, subject="x")

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(log_then_row), pool.submit(row_then_log)]:
            future.result(20)
    assert log(person("admin")) == ["one", "two"], "in the order in which they were done"


def test_a_clock_set_back_does_not_disorder_the_log(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    record("first")
    clock.set(START - timedelta(days=1))
    record("second")
    assert log(admin) == ["second", "first"]
    assert activity.verify().ok


def test_what_an_account_did_and_what_was_done_to_it_is_told_to_it(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    record("signed.in", actor=account, subject="session:1")
    record("role.changed", actor=admin, subject=activity.account_subject(account.id))
    record("unrelated", actor=admin, subject="x")
    told: list[Mapping[str, Any] | str] = [entry.action for entry in activity.about(account.id)]
    assert told == ["signed.in", "role.changed"]
