"""Proof that the activity log is whole: every hash is computed again, from the first row to the head."""

from __future__ import annotations

from dataclasses import dataclass

from db.repositories.activity import FIRST_PREVIOUS, ActivityRepository, EntryRow, Extent, row_hash
from db.session import read_session

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of checking the log.

    Attributes:
        rows: how many rows were found whole, from the first on.
        ok: all of them are.
        first_bad: the first row that is not, or is missing; None when all are, or it cannot be said.
        what: what is wrong and since where, or that nothing is.
        last_hash: 64 hex digits of the last whole row. Kept elsewhere, it proves that the log was not written anew.
    """

    rows: int
    ok: bool
    first_bad: int | None
    what: str
    last_hash: str


def verify() -> Verification:
    """Check the whole log, in batches; rows that are added meanwhile are left for the next time.

    Raises:
        DatabaseProblem: the database is away or busy.
    """
    with read_session() as session:
        head = ActivityRepository(session).extent()
    if head is None:
        return Verification(0, False, None, "The head row of the log is gone, so its end is unknown.", "")
    checked, previous = 0, FIRST_PREVIOUS
    if head.oldest < 1:
        return _found(0, previous, head.oldest, f"Row {head.oldest} stands before the first: it was inserted by hand.")
    while checked < head.last_id:
        with read_session() as session:
            rows = ActivityRepository(session).after(checked, head.last_id, BATCH)
        if not rows:
            return _found(checked, previous, checked + 1, _cut(checked + 1, head))
        for row in rows:
            problem = _problem(row, checked + 1, previous)
            if problem is not None:
                return _found(checked, previous, checked + 1, problem)
            checked, previous = row.id, row.hash
    if previous != head.last_hash:
        return _found(
            checked - 1, previous, checked, f"Row {checked} is not the one the head was moved to: it was replaced."
        )
    if head.newest > head.last_id:
        return _found(
            checked, previous, checked + 1, f"Row {checked + 1} stands behind the head: it was inserted by hand."
        )
    if head.count != head.last_id:
        return _found(checked, previous, None, f"There are {head.count} rows with {head.last_id} numbers: some twice.")
    return Verification(checked, True, None, "Every row is as it was written.", previous.hex())


def _found(rows: int, previous: bytes, first_bad: int | None, what: str) -> Verification:
    return Verification(max(rows, 0), False, first_bad, what, previous.hex())


def _problem(row: EntryRow, number: int, previous: bytes) -> str | None:
    if row.id != number:
        gone = f"Row {number} is" if row.id == number + 1 else f"Rows {number} to {row.id - 1} are"
        return f"{gone} missing: deleted."
    if row_hash(row.id, row, row.previous) != row.hash:
        return f"Row {row.id} ({row.action}) is not what was written: changed."
    if row.previous != previous:
        return f"Row {row.id} ({row.action}) does not continue row {number - 1}: it or the rows before were replaced."
    return None


def _cut(number: int, head: Extent) -> str:
    gone = f"Row {number} is" if number == head.last_id else f"Rows {number} to {head.last_id} are"
    return f"{gone} missing: the end of the log was cut off."
