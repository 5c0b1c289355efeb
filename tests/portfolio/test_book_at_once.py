"""Several tabs, devices and imports at the same moment, with real commits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any

from core.accounts.model import Account as Investor
from core.portfolio import book
from core.portfolio.errors import AlreadyBooked, AlreadyChanged, LedgerError
from core.portfolio.kept import forget
from core.portfolio.ledger import replay
from core.portfolio.model import Kind, Transaction
from tests.accounts.persons import person
from tests.portfolio.books import row


def _at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each came to, errors of the ledger as values."""
    ready = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        ready.wait(timeout=30)
        try:
            return act()
        except LedgerError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def _desk() -> tuple[Investor, int]:
    forget()
    asha = person()
    return asha, book.open_account(asha, "Kite", "broker", "INR").id


def _file(account: int, numbers: range) -> list[Transaction]:
    return [
        row(Kind.BUY, "2024-05-06", "INFY.NS", quantity=1, price=1500, account_id=account, external_id=f"T{number}")
        for number in numbers
    ]


def test_the_same_file_and_overlapping_ones_imported_at_once_add_each_row_once(fresh_db: str) -> None:
    asha, kite = _desk()
    files = [_file(kite, numbers) for numbers in (range(40), range(40), range(20, 60), range(59, -1, -1))]
    done = _at_once(
        [
            lambda rows=rows: book.add_many(asha, rows, source="zerodha", file_name="f.csv", file_hash="0" * 64)
            for rows in files
        ]
    )
    assert sum(batch.added for batch in done) == 60
    assert sum(batch.added + batch.duplicates for batch in done) == sum(map(len, files))
    ledger = book.ledger(asha)
    assert sorted(each.external_id for each in ledger.transactions) == sorted(f"T{number}" for number in range(60))
    assert [each.quantity for each in ledger.holdings] == [60]


def test_of_tabs_that_edit_one_row_at_once_one_wins_and_the_others_are_told(fresh_db: str) -> None:
    asha, kite = _desk()
    read = book.add(asha, row(Kind.BUY, "2024-05-06", "INFY.NS", quantity=1, price=1500, account_id=kite))
    answers = _at_once(
        [
            lambda units=units: book.change(asha, replace(read, quantity=Decimal(units)))  # type: ignore[misc]
            for units in (2, 3, 4)
        ]
        + [lambda: book.remove(asha, read.id or 0, read.version)]
    )
    refused = [each for each in answers if isinstance(each, AlreadyChanged)]
    assert len(refused) == 3
    assert len(book.history(asha, read.id or 0)) == 2, "one change was written down, that of the winner"


def test_a_proposal_accepted_twice_at_once_is_booked_once(fresh_db: str) -> None:
    asha, kite = _desk()
    action = row(
        Kind.SPLIT,
        "2024-05-06",
        "INFY.NS",
        ratio_new=2,
        ratio_old=1,
        account_id=kite,
        source="action",
        external_id="split INFY.NS 2024-05-06",
    )
    answers = _at_once([lambda: book.add(asha, action)] * 3)
    assert sum(isinstance(each, AlreadyBooked) for each in answers) == 2
    assert book.transactions(asha).total == 1


def test_readers_never_see_half_of_what_is_written(fresh_db: str) -> None:
    asha, kite = _desk()
    both = [
        [replace(one, external_id=f"{file}-{one.external_id}") for one in _file(kite, range(10))] for file in range(4)
    ]

    def write(rows: list[Transaction]) -> object:
        return book.add_many(asha, rows, source="z", file_name="f", file_hash="0" * 64)

    seen = _at_once(
        [lambda rows=rows: write(rows) for rows in both]  # type: ignore[misc]
        + [lambda: [len(book.ledger(asha).transactions) for _ in range(8)] for _ in range(2)]
    )
    counts = [count for answer in seen if isinstance(answer, list) for count in answer]
    assert all(count % 10 == 0 for count in counts)
    whole = book.ledger(asha)
    assert len(whole.transactions) == 40
    assert whole == replay(book.accounts(asha), whole.transactions)


def test_two_investors_write_at_once_without_waiting_for_or_seeing_each_other(fresh_db: str) -> None:
    asha, kite = _desk()
    ravi = person("ravi")
    groww = book.open_account(ravi, "Kite", "broker", "INR").id

    def write(investor: Investor, account: int) -> int:
        done = book.add_many(investor, _file(account, range(30)), source="z", file_name="f", file_hash="0" * 64)
        return done.added

    assert _at_once([lambda: write(asha, kite), lambda: write(ravi, groww)]) == [30, 30]
    assert {each.account_id for each in book.ledger(asha).transactions} == {kite}
    assert {each.account_id for each in book.ledger(ravi).transactions} == {groww}
