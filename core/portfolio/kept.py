"""Replayed ledgers, kept in the process until their revision changes.

A write raises the ledger's revision (`ledger_revisions`), in whatever process it happens; a reader compares one number
and then fetches only the rows that were written since. Rows that come after all others extend what was replayed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from core.accounts.model import Account as Investor
from core.portfolio.accounts import accounts_in
from core.portfolio.ledger import extend, replay
from core.portfolio.model import FIFO, Account, Kind, Ledger, Matching, Transaction
from core.portfolio.stored import transaction_of
from db.repositories.portfolio_scope import REVISION, Person
from db.repositories.portfolio_transactions import TransactionRepository
from db.session import get_url, quick_rows, read_session

_MOST_ROWS = 200_000
"""How many rows all kept ledgers may have together: about 0.4 GB."""
_VIEWS = 6

View = tuple[Matching, date | None, tuple[str, ...]]
_WHOLE: View = (FIFO, None, ())

_CARRIED = frozenset({Kind.SPLIT, Kind.BONUS, Kind.SPIN_OFF, Kind.MERGER, Kind.SYMBOL_CHANGE})
"""Rows that a view of some tags needs whether they are tagged or not."""


@dataclass(slots=True)
class _Copy:
    """One person's rows as of a revision, and what was made of them."""

    revision: int
    accounts: tuple[Account, ...]
    rows: dict[int, Transaction]
    views: OrderedDict[View, Ledger] = field(default_factory=OrderedDict)


_lock = threading.Lock()
_copies: OrderedDict[tuple[str, int], _Copy] = OrderedDict()
_at_work: dict[tuple[str, int], threading.Lock] = {}


def ledger_of(investor: Investor, matching: Matching, as_of: date | None, tags: Iterable[str]) -> Ledger:
    """The ledger as it is now, all accounts.

    Args:
        as_of: only rows up to that trade date; None: all.
        tags: only rows with any of these tags, and the corporate actions of their instruments; none: all rows.
    """
    view: View = (matching, as_of, tuple(sorted(set(tags))))
    key = (get_url(), investor.id)
    with _lock:
        mine = _at_work.setdefault(key, threading.Lock())
    with mine:
        copy = _current(key, investor)
        found = copy.views.get(view)
        if found is None:
            found = replay(copy.accounts, _chosen(copy.rows, view), matching=matching)
            copy.views[view] = found
            while len(copy.views) > _VIEWS:
                copy.views.popitem(last=False)
        else:
            copy.views.move_to_end(view)
        return found


def revision_of(investor: Investor) -> int:
    """The number of the ledger's last write; 0 before the first one."""
    rows = quick_rows(REVISION, {"person": investor.id})
    return int(rows[0][0]) if rows else 0


def forget() -> None:
    """Drop everything that is kept (a restored database, tests)."""
    with _lock:
        _copies.clear()


def _current(key: tuple[str, int], investor: Investor) -> _Copy:
    with _lock:
        kept = _copies.get(key)
        if kept is not None:
            _copies.move_to_end(key)
    if kept is not None and kept.revision == revision_of(investor):
        return kept
    copy = _read(investor, kept)
    with _lock:
        _copies[key] = copy
        _copies.move_to_end(key)
        while len(_copies) > 1 and sum(len(each.rows) for each in _copies.values()) > _MOST_ROWS:
            _copies.popitem(last=False)
    return copy


def _read(investor: Investor, kept: _Copy | None) -> _Copy:
    """What is there now; of a kept copy only what was written since, when it proves to be whole."""
    # The revision is read first: rows that are written meanwhile are then read again the next time, never missed.
    revision = revision_of(investor)
    with read_session() as work:
        repository = TransactionRepository(work, Person(investor.id))
        accounts = accounts_in(work, investor)
        if kept is not None and kept.revision < revision:
            updated = _updated(repository, kept, accounts, revision)
            if updated is not None:
                return updated
        rows = {row.id: transaction_of(row) for row in repository.all() if row.id is not None}
    return _Copy(revision, accounts, rows)


def _updated(
    repository: TransactionRepository, kept: _Copy, accounts: tuple[Account, ...], revision: int
) -> _Copy | None:
    rows = dict(kept.rows)
    added: list[Transaction] = []
    only_added = True
    for stored in repository.since(kept.revision):
        assert stored.id is not None
        before = rows.pop(stored.id, None)
        if stored.removed_at is None:
            rows[stored.id] = transaction_of(stored)
            if before is None:
                added.append(rows[stored.id])
        only_added = only_added and before is None
    if repository.checksum() != (len(rows), sum(row.version for row in rows.values())):
        return None
    copy = _Copy(revision, accounts, rows)
    whole = kept.views.get(_WHOLE)
    if only_added and whole is not None:
        copy.views[_WHOLE] = extend(whole, added, accounts=accounts)
    return copy


def _chosen(rows: dict[int, Transaction], view: View) -> list[Transaction]:
    _, as_of, tags = view
    chosen = [row for row in rows.values() if as_of is None or row.on <= as_of]
    if not tags:
        return chosen
    wanted = set(tags)
    tagged = [row for row in chosen if not wanted.isdisjoint(row.tags)]
    held = {(row.account_id, row.symbol) for row in tagged if row.symbol}
    return tagged + [
        row
        for row in chosen
        if row.kind in _CARRIED and (row.account_id, row.symbol) in held and wanted.isdisjoint(row.tags)
    ]
