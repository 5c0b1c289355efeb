"""What the parts of the simulated office share: the made-up desk, its log, and one page of many rows."""

from __future__ import annotations

from typing import TypeVar

from core import clock
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.office import demo_people
from core.office.contract import PAGE_SIZE
from core.office.model import EntryRow, Listing, UserRow

T = TypeVar("T")

NO_MAIL = "Nothing was sent: this office is simulated."


class DemoDesk:
    """The made-up desk of one demo admin; what is done changes this one only."""

    def __init__(self, account_id: int, user_name: str) -> None:
        self.account_id = account_id
        self._me = user_name
        self._made = demo_people.make(clock.now())

    def _one(self, account_id: int, version: int | None = None) -> UserRow:
        row = self._made.people.get(account_id)
        if row is None:
            raise InvalidInput("account", f"There is no account {account_id}.", "Go back to the list.")
        if version is not None and version != row.version:
            raise AlreadyChanged(f"{row.user_name} was changed since you looked.", "Look again, then decide.")
        return row

    def _log(self, action: str, subject: str, before: str, after: str) -> None:
        number = self._made.entries[0].id + 1
        entry = EntryRow(number, clock.now(), self._me, action, subject, before, after, "")
        self._made.entries.insert(0, entry)


def paged(rows: list[T], page: int) -> Listing[T]:
    """One page of rows; a page past the end is the last one."""
    number = max(1, min(page, -(-len(rows) // PAGE_SIZE) or 1))
    first = (number - 1) * PAGE_SIZE
    return Listing(tuple(rows[first : first + PAGE_SIZE]), len(rows), number, PAGE_SIZE)
