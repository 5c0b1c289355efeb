"""Writing to one investor's book: one writer at a time, every change written down beside what it changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, cast

from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts.model import Account as Investor
from core.portfolio.accounts import no_account
from core.portfolio.errors import AlreadyBooked, AlreadyChanged, BadTransaction, NotFound
from core.portfolio.model import OWN, Account, Transaction
from core.portfolio.stored import account_of, document_of, stored_transaction, transaction_of
from db.repositories.portfolio_accounts import LedgerAccountRepository
from db.repositories.portfolio_assets import AssetRepository
from db.repositories.portfolio_changes import ChangeRepository, StoredChange
from db.repositories.portfolio_imports import BatchRepository
from db.repositories.portfolio_scope import LedgerLock, Person
from db.repositories.portfolio_transactions import StoredTransaction, TransactionRepository

Action = Literal["added", "changed", "removed", "restored", "undone"]


class Writer:
    """A writing unit of work of one investor's book; others who write to the same book wait for its end."""

    def __init__(self, work: Work, investor: Investor) -> None:
        self.person = Person(investor.id)
        self._lock = LedgerLock(work, self.person)
        self._rows = TransactionRepository(work, self.person)
        self._changes = ChangeRepository(work, self.person)
        self._accounts = {row.id: account_of(row) for row in LedgerAccountRepository(work, self.person).all()}
        self._assets = AssetRepository(work, self.person)
        self._batches = BatchRepository(work, self.person)
        self._now = clock.now()

    def add(
        self, rows: Sequence[Transaction], *, source: str = "manual", batch_id: int | None = None
    ) -> list[Transaction]:
        """Store rows that are not there yet; those that were stored, in their order, as they were checked.

        Args:
            source: for rows that name none.
            batch_id: the file they come from.
        """
        own = self._assets.symbols() if any(_names_own(row) for row in rows) else set()
        checked = []
        for number, row in enumerate(rows, 1):
            try:
                checked.append(self._checked(row, own))
            except BadTransaction as error:
                if len(rows) == 1:
                    raise
                raise BadTransaction(error.field, f"Row {number}: {error.message}", error.remedy) from error
        wanted = [
            stored_transaction(row)._replace(
                source=source if row.source == "manual" else row.source, batch_id=batch_id or row.batch_id
            )
            for row in checked
        ]
        new = self._new(wanted)
        if not new:
            return []
        numbers = self._rows.add([wanted[place] for place in new], self._lock.next_revision(), self._now)
        done = [
            replace(checked[place], id=number, source=wanted[place].source, batch_id=wanted[place].batch_id, version=1)
            for place, number in zip(new, numbers, strict=True)
            if number is not None
        ]
        self._write_down("added", [(None, row) for row in done])
        return done

    def _new(self, rows: Sequence[StoredTransaction]) -> list[int]:
        """Places of the rows that are neither stored nor twice among these; the unique index has the last word."""
        sources = {(row.ledger_account_id, row.source) for row in rows if row.external_id}
        known = {
            (account, source, identity)
            for account, source in sources
            for identity in self._rows.identities(account, source)
        }
        new: list[int] = []
        for place, row in enumerate(rows):
            key = (row.ledger_account_id, row.source, row.external_id)
            if row.external_id and key in known:
                continue
            known.add(key)
            new.append(place)
        return new

    def change(self, wanted: Transaction) -> Transaction:
        """Write a row over the version it was read in."""
        before = self._read(wanted.id or 0)
        was = transaction_of(before)
        row = self._checked(
            replace(wanted, source=was.source, external_id=was.external_id, batch_id=was.batch_id),
            self._assets.symbols() if _names_own(wanted) else set(),
            was=was,
        )
        if self._rows.identity_taken(stored_transaction(row)):
            raise AlreadyBooked(
                f"The account has the row {row.external_id} of this source already.", "Remove one of the two."
            )
        done = self._rows.change(stored_transaction(row), self._lock.next_revision(), self._now)
        if done is None:
            raise _changed_elsewhere(before)
        self._write_down("changed", [(was, transaction_of(done))])
        return transaction_of(done)

    def remove(self, number: int, version: int) -> None:
        """Let a row count no more."""
        before = self._read(number)
        done = self._rows.remove(number, version, self._lock.next_revision(), self._now)
        if done is None:
            raise _changed_elsewhere(before)
        self._write_down("removed", [(transaction_of(before), None)])

    def restore(self, number: int, version: int | None) -> Transaction:
        """Let a removed row count again."""
        before = self._read(number)
        if before.removed_at is None:
            raise AlreadyChanged(f"The row of {before.traded_on} counts already.", "There is nothing to do.")
        if self._rows.identity_taken(before):
            raise AlreadyBooked(
                f"The row {before.external_id} of {before.traded_on} was imported again meanwhile.",
                "It is in the ledger; there is nothing to do.",
            )
        done = self._rows.restore(
            number, before.version if version is None else version, self._lock.next_revision(), self._now
        )
        if done is None:
            raise _changed_elsewhere(before)
        self._write_down("restored", [(None, transaction_of(done))])
        return transaction_of(done)

    def undo(self, batch_id: int) -> int:
        """Take back the rows of a file; how many counted until now."""
        if not self._batches.undo(batch_id, self._now):
            if any(each.id == batch_id for each in self._batches.all()):
                raise AlreadyChanged("This import was undone before.", "There is nothing to do.")
            raise NotFound(f"There is no import {batch_id} in this ledger.", "Look at the list of imports.")
        gone = self._rows.remove_batch(batch_id, self._lock.next_revision(), self._now)
        self._write_down("undone", [(transaction_of(row), None) for row in gone])
        return len(gone)

    def _read(self, number: int) -> StoredTransaction:
        return stored_row(self._rows, number)

    def _checked(self, row: Transaction, own: set[str], was: Transaction | None = None) -> Transaction:
        account = self._account("account_id", row.account_id, was)
        if row.counter_account_id is not None:
            self._account("counter_account_id", row.counter_account_id, was)
        if not row.currency.strip():
            row = replace(row, currency=account.currency)
        row = row.checked()
        for name in ("symbol", "other_symbol"):
            symbol = getattr(row, name)
            if symbol.startswith(OWN) and symbol not in own:
                raise BadTransaction(name, f"You have no asset {symbol}.", "Add it to your own assets first.")
        return row

    def _account(self, field: str, number: int, was: Transaction | None) -> Account:
        account = self._accounts.get(number)
        if account is None:
            missing = no_account(number)
            raise BadTransaction(field, missing.message, missing.remedy)
        if account.closed and (was is None or number not in {was.account_id, was.counter_account_id}):
            raise BadTransaction(field, f"{account.name} is closed.", "Open it again, or choose another account.")
        return account

    def _write_down(self, action: Action, pairs: Iterable[tuple[Transaction | None, Transaction | None]]) -> None:
        self._changes.add(
            [
                StoredChange(
                    cast(int, (after or before).id),  # type: ignore[union-attr]  # one of the two is there
                    self._now,
                    action,
                    None if before is None else document_of(before),
                    None if after is None else document_of(after),
                )
                for before, after in pairs
            ]
        )


def stored_row(rows: TransactionRepository, number: int) -> StoredTransaction:
    """The row of that number, removed ones too.

    Raises:
        NotFound: the person has none.
    """
    found = rows.get(number) if abs(number) < 2**63 else None
    if found is None:
        raise NotFound(f"There is no transaction {number} in this ledger.", "Look at the list of transactions.")
    return found


def _changed_elsewhere(row: StoredTransaction) -> AlreadyChanged:
    what = f"The {row.kind.replace('_', ' ')} of {row.traded_on}"
    if row.removed_at is not None:
        return AlreadyChanged(f"{what} was removed meanwhile.", "Restore it first, then change it.")
    return AlreadyChanged(
        f"{what} was changed in another tab or by another device.", "Look at it again, then change it."
    )


def _names_own(row: Transaction) -> bool:
    return row.symbol.startswith(OWN) or row.other_symbol.startswith(OWN)
