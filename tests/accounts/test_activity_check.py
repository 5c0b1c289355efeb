"""Somebody with a superuser's rights changes the log behind its triggers: each way is found, and said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.accounts import activity, activity_check
from core.accounts.activity import Verification
from db.repositories.activity import ActivityRepository, EntryRow, row_hash
from db.session import unit_of_work
from tests.accounts.limit_people import KEY, person
from tests.conftest import HeldClock

ROWS = 12


@pytest.fixture
def written(
    db: Session, clock: HeldClock, environment: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Session:
    """A log of twelve rows, read back five at a time."""
    environment(KUBERA_SECRET_KEY=KEY)
    monkeypatch.setattr(activity_check, "BATCH", 5)
    admin = person("admin")
    for number in range(1, ROWS + 1):
        with unit_of_work() as session:
            activity.record(session, "thing.done", actor=admin, subject=f"thing:{number}", after={"n": number})
    assert activity.verify().ok
    return db


def tamper(db: Session, *statements: str) -> Verification:
    """What the check says after a superuser ran the statements with triggers off; they are undone again."""
    with db.begin_nested() as changed:
        db.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            db.execute(text(statement))
        found = activity.verify()
        changed.rollback()
    return found


def hash_of(db: Session, row: int) -> str:
    """The hash of a row, in hex."""
    found = ActivityRepository(db).after(row - 1, row, 1)
    return found[0].hash.hex() if found else "00" * 32


CHANGES = [
    "at = at + interval '1 microsecond'",
    "action = 'thing.undone'",
    "actor_id = actor_id + 1",
    "actor_id = NULL",
    "actor_name = 'Somebody'",
    "subject = 'thing:70'",
    "before = '{}'",
    "after = '[70]'",
    "after = NULL",
    "ip = '203.0.113.9'",
    "user_agent = 'another'",
    "hash = sha256('else')",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_column_is_found_at_its_row(written: Session, change: str) -> None:
    for row in range(1, ROWS + 1):
        found = tamper(written, f"UPDATE activity_log SET {change} WHERE id = {row}")
        assert (found.ok, found.first_bad, found.rows) == (False, row, row - 1)
        assert f"Row {row} " in found.what
        assert "changed" in found.what
    assert activity.verify().ok


@pytest.mark.parametrize(
    ("where", "first", "what"),
    [
        ("id = 1", 1, "Row 1 is missing: deleted."),
        ("id = 7", 7, "Row 7 is missing: deleted."),
        ("id BETWEEN 4 AND 9", 4, "Rows 4 to 9 are missing: deleted."),
        ("id = 12", 12, "Row 12 is missing: the end of the log was cut off."),
        ("id > 5", 6, "Rows 6 to 12 are missing: the end of the log was cut off."),
        ("true", 1, "Rows 1 to 12 are missing: the end of the log was cut off."),
    ],
)
def test_deleted_rows_are_found_wherever_they_were(written: Session, where: str, first: int, what: str) -> None:
    assert tamper(written, f"DELETE FROM activity_log WHERE {where}") == Verification(
        first - 1, False, first, what, hash_of(written, first - 1)
    )


def test_deleted_rows_are_found_when_the_rest_is_renumbered(written: Session) -> None:
    found = tamper(
        written,
        "DELETE FROM activity_log WHERE id = 7",
        "UPDATE activity_log SET id = -id WHERE id > 7",  # in two steps: rows are changed in no certain order
        "UPDATE activity_log SET id = -id - 1 WHERE id < 0",
    )
    assert (found.ok, found.first_bad) == (False, 7)


def test_a_row_written_anew_with_a_right_hash_is_found_by_the_next_one(written: Session) -> None:
    forged = replace(ActivityRepository(written).after(6, 7, 1)[0], subject="thing:70")
    digest = row_hash(7, forged, forged.previous).hex()
    found = tamper(
        written,
        f"UPDATE activity_log SET subject = 'thing:70', hash = decode('{digest}', 'hex') WHERE id = 7",
    )
    assert (found.ok, found.first_bad) == (False, 8)
    assert "does not continue row 7" in found.what


def test_the_last_row_written_anew_with_a_right_hash_is_found_by_the_head(written: Session) -> None:
    forged = replace(ActivityRepository(written).after(11, 12, 1)[0], subject="thing:70")
    digest = row_hash(ROWS, forged, forged.previous).hex()
    found = tamper(
        written,
        f"UPDATE activity_log SET subject = 'thing:70', hash = decode('{digest}', 'hex') WHERE id = {ROWS}",
    )
    assert (found.ok, found.first_bad) == (False, ROWS)
    assert "the head was moved to" in found.what


COPY_OF_LAST = (
    "INSERT INTO activity_log SELECT {id}, at, action, actor_id, actor_name, subject, before, after, ip, user_agent,"
    " hash, hash FROM activity_log WHERE id = 12"
)


def test_rows_inserted_behind_the_head_or_before_the_first_are_found(written: Session) -> None:
    behind = tamper(written, COPY_OF_LAST.format(id=13))
    assert (behind.ok, behind.first_bad) == (False, 13)
    assert "behind the head" in behind.what
    before = tamper(written, COPY_OF_LAST.format(id=-3))
    assert (before.ok, before.first_bad) == (False, -3)
    assert "before the first" in before.what


def test_a_number_given_twice_is_found(written: Session) -> None:
    found = tamper(written, "ALTER TABLE activity_log DROP CONSTRAINT pk_activity_log", COPY_OF_LAST.format(id=12))
    assert not found.ok


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM activity_head", "head row of the log is gone"),
        ("UPDATE activity_head SET last_id = 13", "Row 13 is missing"),
        ("UPDATE activity_head SET last_id = 11", "not the one the head was moved to"),
        ("UPDATE activity_head SET last_hash = sha256('else')", "not the one the head was moved to"),
    ],
)
def test_a_changed_head_is_found(written: Session, statement: str, what: str) -> None:
    found = tamper(written, statement)
    assert not found.ok
    assert what in found.what


def test_swapped_rows_are_found(written: Session) -> None:
    found = tamper(
        written,
        "UPDATE activity_log SET id = 1000 WHERE id = 4",
        "UPDATE activity_log SET id = 4 WHERE id = 5",
        "UPDATE activity_log SET id = 5 WHERE id = 1000",
    )
    assert (found.ok, found.first_bad) == (False, 4)


def test_a_log_cut_back_together_with_its_head_is_told_by_a_hash_kept_elsewhere(written: Session) -> None:
    noted = activity.verify()
    found = tamper(
        written,
        "DELETE FROM activity_log WHERE id = 12",
        "UPDATE activity_head SET last_id = 11, last_hash = (SELECT hash FROM activity_log WHERE id = 11)",
    )
    assert found.ok, "inside the database nothing contradicts it"
    assert found.rows < noted.rows
    assert found.last_hash != noted.last_hash


def test_an_empty_log_is_whole(db: Session) -> None:
    assert activity.verify() == Verification(0, True, None, "Every row is as it was written.", "00" * 32)


def test_rows_added_while_it_is_checked_do_not_disturb(written: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    real = activity_check._problem

    def problem(row: EntryRow, number: int, previous: bytes) -> str | None:
        if number == 6:
            with unit_of_work() as session:
                activity.record(session, "meanwhile", actor=None, subject="x")
        return real(row, number, previous)

    monkeypatch.setattr(activity_check, "_problem", problem)
    assert activity.verify().rows == ROWS
    monkeypatch.undo()
    assert activity.verify().rows == ROWS + 1
