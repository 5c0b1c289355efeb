"""The book of one investor: rows are added, changed, removed and restored; nothing is lost and nothing is booked twice.

Every function takes the investor first and touches nobody else's rows. Writers of one book follow one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from core import clock
from core.accounts.model import Account as Investor
from core.accounts.model import Page
from core.portfolio import actions, recurring
from core.portfolio.accounts import accounts, change_account, close_account, open_account
from core.portfolio.assets import add_asset, asset_prices, own_assets, set_asset_price
from core.portfolio.errors import AlreadyBooked
from core.portfolio.kept import ledger_of, revision_of
from core.portfolio.model import FIFO, Kind, Ledger, Matching, Transaction
from core.portfolio.proposals import Proposal, Proposed, accept, dismiss
from core.portfolio.recurring import add_plan, end_plan, plans
from core.portfolio.restriction import restricted
from core.portfolio.stored import from_document, transaction_of
from core.portfolio.writing import Action, Writer, stored_row
from db.repositories.portfolio_changes import ChangeRepository, StoredChange
from db.repositories.portfolio_imports import BatchRepository, MappingRepository, StoredBatch
from db.repositories.portfolio_scope import Person
from db.repositories.portfolio_transactions import TransactionFilter, TransactionRepository
from db.session import read_session, unit_of_work

_LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """A file that was imported.

    Attributes:
        id: the number; None when every row was there already and nothing was stored.
        added, duplicates: rows that came in, and rows that were there already.
        undone_at: when its rows were taken back; None while they count.
    """

    id: int | None
    source: str
    file_name: str
    file_hash: str
    added: int
    duplicates: int
    created_at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to a transaction; "undone" with the whole file it came from."""

    id: int
    at: datetime
    action: Action
    before: Transaction | None
    after: Transaction | None


def add(investor: Investor, transaction: Transaction) -> Transaction:
    """Book a row.

    Returns:
        the row with its number, texts trimmed, the currency of the account where it names none.

    Raises:
        BadTransaction: the row contradicts its kind, or names an account or an asset that is not the investor's.
        AlreadyBooked: the account has a row that the same source calls the same.
    """
    with unit_of_work() as work:
        done = Writer(work, investor).add([transaction])
        if not done:
            raise AlreadyBooked(
                f"{transaction.external_id} of {transaction.on} is in this account already.", "There is nothing to do."
            )
        return done[0]


def add_many(
    investor: Investor, transactions: Sequence[Transaction], *, source: str, file_name: str, file_hash: str
) -> Batch:
    """Book the rows of a file, all of them or none; rows that are there already are left out and counted.

    A row is the same when its account, source and `external_id` are; rows that carry no `external_id` are always new.

    Args:
        source: given to rows that name none ("manual").
        file_hash: sha256 of the file, 64 hex digits.

    Raises:
        BadTransaction: a row contradicts its kind; nothing was stored. The message names the row.
    """
    now = clock.now()
    with unit_of_work() as work:
        writer = Writer(work, investor)
        batches = BatchRepository(work, writer.person)
        number = batches.open(source, file_name[:200], file_hash, now)
        added = writer.add(transactions, source=source, batch_id=number)
        if not added:
            work.rollback()
            return Batch(None, source, file_name[:200], file_hash, 0, len(transactions), now)
        return _batch(batches.count(number, len(added), len(transactions) - len(added)))


def change(investor: Investor, transaction: Transaction) -> Transaction:
    """Write a row anew; `transaction.version` is the one that was read. Where it came from stays as it was.

    Raises:
        BadTransaction, NotFound.
        AlreadyChanged: it was changed, or removed, since it was read; nothing was stored.
    """
    with unit_of_work() as work:
        return Writer(work, investor).change(transaction)


def remove(investor: Investor, transaction_id: int, version: int) -> None:
    """Let a row count no more. It stays to be restored, and the file it came from does not bring it back.

    Raises:
        NotFound, AlreadyChanged.
    """
    with unit_of_work() as work:
        Writer(work, investor).remove(transaction_id, version)


def restore(investor: Investor, transaction_id: int, version: int | None = None) -> Transaction:
    """Let a removed row count again.

    Raises:
        NotFound, AlreadyChanged.
        AlreadyBooked: its file was imported again meanwhile, so it is there.
    """
    with unit_of_work() as work:
        return Writer(work, investor).restore(transaction_id, version)


def transaction(investor: Investor, transaction_id: int) -> Transaction:
    """The row of that number, removed ones too.

    Raises:
        NotFound: there is none.
    """
    with read_session() as work:
        return transaction_of(stored_row(TransactionRepository(work, Person(investor.id)), transaction_id))


def history(investor: Investor, transaction_id: int) -> tuple[Change, ...]:
    """Everything that was done to a row, first things first.

    Raises:
        NotFound: there is none.
    """
    with read_session() as work:
        person = Person(investor.id)
        stored_row(TransactionRepository(work, person), transaction_id)
        return tuple(_change(each) for each in ChangeRepository(work, person).of(transaction_id))


def undo_batch(investor: Investor, batch_id: int) -> int:
    """Take back a file: its rows count no more, and it may be imported again. How many rows counted until now.

    Raises:
        NotFound: there is no such batch.
        AlreadyChanged: it was undone before.
    """
    with unit_of_work() as work:
        return Writer(work, investor).undo(batch_id)


def batches(investor: Investor) -> tuple[Batch, ...]:
    """The imported files, the latest first, undone ones too."""
    with read_session() as work:
        return tuple(_batch(row) for row in BatchRepository(work, Person(investor.id)).all())


def transactions(
    investor: Investor,
    *,
    accounts: Iterable[int] | None = None,
    symbol: str | None = None,
    kinds: Iterable[Kind] | None = None,
    since: date | None = None,
    until: date | None = None,
    tag: str | None = None,
    search: str = "",
    batch_id: int | None = None,
    removed: bool = False,
    page: int = 1,
    size: int = 50,
) -> Page[Transaction]:
    """One page of rows, the latest first.

    Args:
        accounts: of these accounts, on either side of a transfer; None: all.
        search: words that all occur in the symbol, ISIN, note or the broker's name for the row.
        removed: those that were removed instead of those that count.
        page, size: from 1; at most 500 rows.
    """
    number, rows_a_page = max(1, page), min(max(1, size), _LARGEST_PAGE)
    chosen = TransactionFilter(
        None if accounts is None else tuple(accounts),
        symbol,
        None if kinds is None else tuple(each.value for each in kinds),
        since,
        until,
        tag,
        search.replace("\x00", ""),
        batch_id,
        removed,
    )
    with read_session() as work:
        rows, total = TransactionRepository(work, Person(investor.id)).page(chosen, number, rows_a_page)
    return Page(tuple(transaction_of(row) for row in rows), total, number, rows_a_page)


def ledger(
    investor: Investor,
    *,
    accounts: Iterable[int] | None = None,
    tags: Iterable[str] | None = None,
    matching: Matching = FIFO,
    as_of: date | None = None,
) -> Ledger:
    """What follows from the rows; kept in the process until somebody writes.

    Args:
        accounts: only these. Everything is replayed, so that lots that were transferred in keep their cost.
        tags: only rows with any of these tags, and the corporate actions of their instruments.
        as_of: only rows up to that trade date.
    """
    whole = ledger_of(investor, matching, as_of, tags or ())
    return whole if accounts is None else restricted(whole, accounts)


def known_identities(investor: Investor, account_id: int, source: str) -> set[str]:
    """What the rows of one source in one account are called (`external_id`), for a preview of a file."""
    with read_session() as work:
        return TransactionRepository(work, Person(investor.id)).identities(account_id, source)


def proposals(investor: Investor) -> Proposed:
    """Corporate actions that the source knows and the ledger does not, and what fell due by plan, the latest first.

    Nothing fails when a source is away: its instruments are in `unasked`.
    """
    from_source, by_plan = actions.proposals(investor), recurring.proposals(investor)
    found = sorted(
        (*from_source.proposals, *by_plan.proposals), key=lambda each: (each.transaction.on, each.key), reverse=True
    )
    return Proposed(tuple(found), (*from_source.unasked, *by_plan.unasked))


def import_mapping(investor: Investor, signature: str) -> Mapping[str, Any] | None:
    """Which column means what in files with these columns, as the investor said the last time; None when never."""
    with read_session() as work:
        return MappingRepository(work, Person(investor.id)).get(signature)


def remember_mapping(investor: Investor, signature: str, mapping: Mapping[str, Any]) -> None:
    """Remember which column means what in files with these columns; `mapping` is plain JSON."""
    with unit_of_work() as work:
        MappingRepository(work, Person(investor.id)).put(signature, mapping, clock.now())


def _batch(row: StoredBatch) -> Batch:
    return Batch(
        row.id, row.source, row.file_name, row.file_sha256, row.added, row.duplicates, row.created_at, row.undone_at
    )


def _change(row: StoredChange) -> Change:
    return Change(
        cast(int, row.id),
        row.at,
        cast(Action, row.action),
        None if row.before is None else from_document(row.before),
        None if row.after is None else from_document(row.after),
    )


__all__ = [
    "Batch",
    "Change",
    "Proposal",
    "Proposed",
    "accept",
    "accounts",
    "add",
    "add_asset",
    "add_many",
    "add_plan",
    "asset_prices",
    "batches",
    "change",
    "change_account",
    "close_account",
    "dismiss",
    "end_plan",
    "history",
    "import_mapping",
    "known_identities",
    "ledger",
    "open_account",
    "own_assets",
    "plans",
    "proposals",
    "remember_mapping",
    "remove",
    "restore",
    "revision_of",
    "set_asset_price",
    "transaction",
    "transactions",
    "undo_batch",
]
