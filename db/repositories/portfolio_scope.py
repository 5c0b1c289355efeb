"""Whose ledger: the one place that decides which person's rows a portfolio repository touches.

Every portfolio repository is made for one person and puts `Person.owns` into each of its statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, text
from sqlalchemy.orm import InstrumentedAttribute, Session

_LOCK = text(
    "INSERT INTO ledger_revisions AS l (account_id, revision) VALUES (:person, 0)"
    " ON CONFLICT (account_id) DO UPDATE SET revision = l.revision RETURNING revision"
)
_NEXT = text(
    "UPDATE ledger_revisions SET revision ="
    " greatest(revision + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
    " WHERE account_id = :person RETURNING revision"
)
REVISION = "SELECT revision FROM ledger_revisions WHERE account_id = %(person)s"
"""For `db.session.quick_rows`: the number that changes whenever the person's ledger was written."""


@dataclass(frozen=True, slots=True)
class Person:
    """The number of the account whose rows these are."""

    id: int

    def owns(self, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """Rows that are this person's."""
        return column == self.id


class LedgerLock:
    """Writers of one person's ledger follow one another: the first statement of a writing unit of work waits here.

    Revisions grow with the clock of the database, so that a restored database never repeats one.
    """

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._parameters: dict[str, Any] = {"person": person.id}
        self._session.execute(_LOCK, self._parameters)

    def next_revision(self) -> int:
        """Count a write; what is written carries this number."""
        return int(self._session.execute(_NEXT, self._parameters).scalar_one())
