from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session as Work

from core.portfolio import book
from core.portfolio.errors import AlreadyBooked, AlreadyChanged, BadAccount, BadTransaction, NotFound
from core.portfolio.kept import forget
from core.portfolio.ledger import replay
from core.portfolio.model import Account, Kind, Transaction
from tests.accounts.persons import person
from tests.portfolio.books import row


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


def _buy(account: Account, on: str = "2024-04-01", **told: object) -> Transaction:
    return row(Kind.BUY, on, "RELIANCE.NS", account_id=account.id, **{"quantity": 10, "price": "2950.15"} | told)


def _file(account: Account, *numbers: int) -> list[Transaction]:
    return [
        _buy(account, f"2024-05-{1 + number % 28:02d}", external_id=f"T{number}", quantity=number) for number in numbers
    ]


def test_an_account_is_opened_renamed_closed_and_opened_again(db: Work) -> None:
    asha = person()
    first = book.open_account(asha, "  Zerodha   Kite ", "broker", "inr", "Zerodha")
    assert (first.name, first.currency, first.version) == ("Zerodha Kite", "INR", 1)
    with pytest.raises(BadAccount, match="already") as taken:
        book.open_account(asha, "ZERODHA KITE", "broker", "INR")
    assert taken.value.field == "name"
    closed = book.close_account(asha, first.id, first.version)
    with pytest.raises(BadTransaction, match="closed"):
        book.add(asha, _buy(first))
    with pytest.raises(AlreadyChanged):
        book.change_account(asha, replace(first, name="Kite"))
    again = book.change_account(asha, replace(closed, closed=False, name="Kite"))
    assert book.accounts(asha) == (again,)
    assert again.version == 3


WRONG_ACCOUNTS = (
    ("name", {"name": "   "}),
    ("name", {"name": "n" * 81}),
    ("kind", {"kind": "vault"}),
    ("currency", {"currency": "rupees"}),
    ("institution", {"institution": "a\x00b"}),
)


def test_an_account_that_cannot_be_names_what_is_wrong(db: Work) -> None:
    asha = person()
    for field, told in WRONG_ACCOUNTS:
        with pytest.raises(BadAccount) as error:
            book.open_account(asha, **{"name": "Kite", "kind": "broker", "currency": "INR"} | told)  # type: ignore[arg-type]
        assert error.value.field == field
        assert error.value.remedy


def test_the_currency_of_an_account_stays_once_it_has_rows(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "USD")
    kite = book.change_account(asha, replace(kite, currency="INR"))
    book.add(asha, _buy(kite))
    with pytest.raises(BadAccount, match="rates against INR"):
        book.change_account(asha, replace(kite, currency="USD"))


def test_what_was_written_comes_back_as_it_was(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    bank = book.open_account(asha, "Bank", "bank", "INR")
    told = [
        _buy(
            kite,
            quantity="0.000000000000000001",
            price="12345678.9012345",
            fees="0.10",
            taxes="1.00",
            isin="INE002A01018",
            note="first — ₹",
            tags=("long term", "core"),
            lots=((7, Decimal("2.5")),),
            at="2024-04-01T04:15:00+00:00",
            external_id="TR-1",
            source="zerodha",
        ),
        row(Kind.TRANSFER_OUT, "2024-04-02", amount=5, account_id=kite.id, counter_account_id=bank.id),
        row(Kind.SPIN_OFF, "2024-04-03", "A.NS", other_symbol="B.NS", ratio_new=1, ratio_old=4, cost_share="0.0468",
            account_id=kite.id),
        row(Kind.BUY, "2024-04-04", "AAPL", quantity=1, price="170.5", currency="USD", rate="83.4125",
            account_id=kite.id),
        row(Kind.TRANSFER_IN, "2024-04-05", "GIFT.NS", quantity=5, price=0, account_id=kite.id),
    ]  # fmt: skip
    for each in told:
        stored = book.add(asha, each)
        assert stored == replace(each, id=stored.id)
        assert book.transaction(asha, stored.id or 0) == stored
        assert book.history(asha, stored.id or 0)[0].after == stored


def test_a_row_without_a_currency_is_in_the_accounts(db: Work) -> None:
    asha = person()
    schwab = book.open_account(asha, "Schwab", "broker", "USD")
    assert book.add(asha, _buy(schwab, currency="")).currency == "USD"


def test_a_file_imported_twice_and_an_overlapping_one_add_nothing_twice(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    first = book.add_many(asha, _file(kite, 1, 2, 3), source="zerodha", file_name="q1.csv", file_hash="a" * 64)
    assert (first.added, first.duplicates) == (3, 0)
    second = book.add_many(asha, _file(kite, 1, 2, 3), source="zerodha", file_name="q1.csv", file_hash="a" * 64)
    assert (second.id, second.added, second.duplicates) == (None, 0, 3)
    third = book.add_many(asha, _file(kite, 3, 4), source="zerodha", file_name="q2.csv", file_hash="b" * 64)
    assert (third.added, third.duplicates) == (1, 1)
    assert [each.file_name for each in book.batches(asha)] == ["q2.csv", "q1.csv"]
    assert book.known_identities(asha, kite.id, "zerodha") == {"T1", "T2", "T3", "T4"}
    assert book.known_identities(asha, kite.id, "groww") == set()
    assert book.transactions(asha).total == 4
    position = book.ledger(asha).position(kite.id, "RELIANCE.NS")
    assert position is not None
    assert position.quantity == 10


def test_the_same_row_twice_in_one_file_is_one(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    batch = book.add_many(asha, _file(kite, 5, 5, 6), source="zerodha", file_name="x", file_hash="c" * 64)
    assert (batch.added, batch.duplicates) == (2, 1)


def test_the_same_number_of_another_broker_or_account_is_another_row(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    groww = book.open_account(asha, "Groww", "broker", "INR")
    for account, source in ((kite, "zerodha"), (kite, "groww"), (groww, "zerodha")):
        done = book.add_many(asha, _file(account, 1), source=source, file_name="x", file_hash="d" * 64)
        assert done.added == 1


def test_one_bad_row_lets_nothing_of_the_file_in_and_is_named(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    rows = [*_file(kite, 1, 2), replace(_file(kite, 3)[0], price=Decimal(-4))]
    with pytest.raises(BadTransaction, match="Row 3: The price -4"):
        book.add_many(asha, rows, source="zerodha", file_name="x", file_hash="e" * 64)
    assert book.transactions(asha).total == 0
    assert book.batches(asha) == ()


def test_undoing_a_file_takes_its_rows_back_and_lets_it_in_again(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    book.add(asha, _buy(kite))
    before = book.ledger(asha)
    batch = book.add_many(asha, _file(kite, 1, 2, 3), source="zerodha", file_name="x", file_hash="f" * 64)
    by_hand = book.transactions(asha, search="T2").rows[0]
    book.remove(asha, by_hand.id or 0, by_hand.version)
    assert book.undo_batch(asha, batch.id or 0) == 2
    assert book.ledger(asha) == before
    assert book.batches(asha)[0].undone_at is not None
    with pytest.raises(AlreadyChanged, match="undone before"):
        book.undo_batch(asha, batch.id or 0)
    with pytest.raises(NotFound):
        book.undo_batch(asha, (batch.id or 0) + 1000)
    again = book.add_many(asha, _file(kite, 1, 2, 3), source="zerodha", file_name="x", file_hash="f" * 64)
    assert again.added == 3
    undone = book.transactions(asha, removed=True, search="T1").rows[0]
    with pytest.raises(AlreadyBooked, match="imported again"):
        book.restore(asha, undone.id or 0)


def test_a_row_removed_by_hand_is_not_brought_back_by_an_overlapping_file(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    book.add_many(asha, _file(kite, 1, 2), source="zerodha", file_name="x", file_hash="1" * 64)
    wrong = book.transactions(asha, search="T1").rows[0]
    book.remove(asha, wrong.id or 0, wrong.version)
    again = book.add_many(asha, _file(kite, 1, 2, 3), source="zerodha", file_name="y", file_hash="2" * 64)
    assert (again.added, again.duplicates) == (1, 2)
    assert "T1" in book.known_identities(asha, kite.id, "zerodha")


def test_removing_and_restoring_restores(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    first, second = book.add(asha, _buy(kite)), book.add(asha, _buy(kite, "2024-06-01"))
    before = book.ledger(asha)
    book.remove(asha, first.id or 0, first.version)
    assert [each.id for each in book.ledger(asha).transactions] == [second.id]
    assert book.transactions(asha, removed=True).rows[0].id == first.id
    back = book.restore(asha, first.id or 0)
    assert replace(back, version=first.version) == first
    assert book.ledger(asha).positions == before.positions
    assert [each.action for each in book.history(asha, first.id or 0)] == ["added", "removed", "restored"]


def test_two_tabs_that_edit_one_row_one_of_them_is_told(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    read = book.add(asha, _buy(kite))
    book.change(asha, replace(read, quantity=Decimal(12)))
    with pytest.raises(AlreadyChanged, match="another tab"):
        book.change(asha, replace(read, quantity=Decimal(99)))
    with pytest.raises(AlreadyChanged):
        book.remove(asha, read.id or 0, read.version)
    now = book.transaction(asha, read.id or 0)
    assert now.quantity == 12
    book.remove(asha, now.id or 0, now.version)
    with pytest.raises(AlreadyChanged, match="removed meanwhile"):
        book.change(asha, replace(now, quantity=Decimal(99)))


def test_editing_history_computes_anew_and_is_written_down(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    bought = book.add(asha, _buy(kite))
    book.add(asha, replace(_buy(kite, "2024-07-01", price="3100"), kind=Kind.SELL))
    gain = book.ledger(asha).position(kite.id, "RELIANCE.NS")
    assert gain is not None
    assert gain.realised == Decimal("1498.50")
    changed = book.change(
        asha, replace(bought, price=Decimal(3000), external_id="forged", source="forged", batch_id=77)
    )
    assert (changed.external_id, changed.source, changed.batch_id) == ("", "manual", None)
    after = book.ledger(asha).position(kite.id, "RELIANCE.NS")
    assert after is not None
    assert after.realised == 1000
    record = book.history(asha, bought.id or 0)
    assert [each.action for each in record] == ["added", "changed"]
    assert record[1].before == bought
    assert record[1].after == changed


def test_what_was_written_down_about_a_row_cannot_be_rewritten(db: Work) -> None:
    asha = person()
    book.add(asha, _buy(book.open_account(asha, "Kite", "broker", "INR")))
    with pytest.raises(DBAPIError, match="stays as it is"):
        db.execute(text("UPDATE transaction_changes SET action = 'removed'"))


def test_pages_of_rows_are_chosen_in_the_database(db: Work) -> None:
    asha = person()
    kite, bank = (book.open_account(asha, name, "broker", "INR") for name in ("Kite", "Bank"))
    for number in range(1, 8):
        book.add(asha, _buy(kite, f"2024-04-{number:02d}", tags=("sip",) if number % 2 else ()))
    book.add(asha, row(Kind.DIVIDEND, "2024-08-01", "TCS.NS", amount=28, account_id=kite.id, note="50% interim_a"))
    book.add(asha, row(Kind.TRANSFER_OUT, "2024-08-02", amount=5, account_id=kite.id, counter_account_id=bank.id))
    first = book.transactions(asha, symbol="RELIANCE.NS", page=1, size=3)
    assert [each.on.day for each in first.rows] == [7, 6, 5]
    assert (first.total, first.number, first.size) == (7, 1, 3)
    assert [each.on.day for each in book.transactions(asha, symbol="RELIANCE.NS", page=3, size=3).rows] == [1]
    assert book.transactions(asha, tag="sip").total == 4
    assert book.transactions(asha, kinds=[Kind.DIVIDEND, Kind.TRANSFER_OUT]).total == 2
    assert book.transactions(asha, since=date(2024, 4, 3), until=date(2024, 4, 5)).total == 3
    assert book.transactions(asha, accounts=[bank.id]).total == 1
    assert book.transactions(asha, accounts=[]).total == 0
    assert book.transactions(asha, search="50% INTERIM_A").total == 1
    assert book.transactions(asha, search="_%").total == 0
    assert book.transactions(asha, page=99).rows == ()


def test_an_own_asset_has_rows_and_prices_of_its_own(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Home", "cash", "INR")
    gold = book.add_asset(asha, "Gold  coins — सोना", "gold", "inr")
    assert (gold.symbol, gold.currency) == ("OWN:gold-coins", "INR")
    assert book.add_asset(asha, "Gold coins", "gold", "INR").symbol == "OWN:gold-coins-2"
    stored = book.add(asha, row(Kind.BUY, "2024-01-05", gold.symbol, quantity=10, price=6200, account_id=kite.id))
    assert stored.symbol == gold.symbol
    book.set_asset_price(asha, gold.symbol, date(2024, 6, 1), Decimal(7100))
    book.set_asset_price(asha, gold.symbol, date(2024, 6, 1), Decimal(7150))
    book.set_asset_price(asha, gold.symbol, date(2024, 1, 5), Decimal(6200))
    assert [(str(each.on), each.price) for each in book.asset_prices(asha, gold.symbol)] == [
        ("2024-01-05", 6200),
        ("2024-06-01", 7150),
    ]
    with pytest.raises(BadTransaction, match="no asset OWN:flat"):
        book.add(asha, row(Kind.BUY, "2024-01-05", "OWN:flat", quantity=1, price=1, account_id=kite.id))
    with pytest.raises(NotFound):
        book.set_asset_price(asha, "OWN:flat", date(2024, 6, 1), Decimal(1))
    with pytest.raises(BadTransaction, match="future"):
        book.set_asset_price(asha, gold.symbol, date(2999, 6, 1), Decimal(1))
    with pytest.raises(BadTransaction, match="no class"):
        book.add_asset(asha, "Painting", "art", "INR")  # type: ignore[arg-type]


def test_a_mapping_is_remembered_and_the_last_one_counts(db: Work) -> None:
    asha, ravi = person("asha"), person("ravi")
    assert book.import_mapping(asha, "date|symbol") is None
    book.remember_mapping(asha, "date|symbol", {"date": 0})
    book.remember_mapping(asha, "date|symbol", {"date": 1, "symbol": 2})
    assert book.import_mapping(asha, "date|symbol") == {"date": 1, "symbol": 2}
    assert book.import_mapping(ravi, "date|symbol") is None


def test_a_ledger_is_kept_and_follows_every_write(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    book.add(asha, _buy(kite))
    first = book.ledger(asha)
    assert book.ledger(asha) is first
    late = book.add(asha, _buy(kite, "2024-09-01"))
    early = book.add(asha, _buy(kite, "2024-01-01"))
    book.change(asha, replace(late, quantity=Decimal(3)))
    book.remove(asha, early.id or 0, early.version)
    book.add_many(asha, _file(kite, 1, 2), source="z", file_name="x", file_hash="9" * 64)
    followed = book.ledger(asha)
    forget()
    assert followed == book.ledger(asha)
    assert book.ledger(asha, as_of=date(2024, 4, 30)).transactions == first.transactions


def test_an_account_renamed_elsewhere_is_renamed_in_the_ledger(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    book.add(asha, _buy(kite))
    book.ledger(asha)
    book.change_account(asha, replace(kite, name="Zerodha"))
    assert [each.name for each in book.ledger(asha).accounts] == ["Zerodha"]


def test_a_database_put_back_to_yesterday_is_not_answered_from_memory(db: Work) -> None:
    asha = person()
    kite = book.open_account(asha, "Kite", "broker", "INR")
    book.add(asha, _buy(kite))
    later = book.add(asha, _buy(kite, "2024-05-01"))
    assert len(book.ledger(asha).transactions) == 2
    db.execute(text("DELETE FROM transaction_changes WHERE transaction_id = :id"), {"id": later.id})
    db.execute(text("DELETE FROM transactions WHERE id = :id"), {"id": later.id})
    db.commit()
    again = book.add(asha, _buy(kite, "2024-06-01"))
    assert [each.id for each in book.ledger(asha).transactions][-1] == again.id
    assert len(book.ledger(asha).transactions) == 2


def test_views_of_accounts_and_tags(db: Work) -> None:
    asha = person()
    kite, groww = (book.open_account(asha, name, "broker", "INR") for name in ("Kite", "Groww"))
    book.add(asha, _buy(kite, tags=("core",)))
    book.add(asha, _buy(kite, "2024-04-02", quantity=5))
    book.add(asha, row(Kind.SPLIT, "2024-05-01", "RELIANCE.NS", ratio_new=2, ratio_old=1, account_id=kite.id))
    book.add(
        asha,
        row(
            Kind.TRANSFER_OUT, "2024-06-01", "RELIANCE.NS", quantity=8, account_id=kite.id, counter_account_id=groww.id
        ),
    )
    moved = book.ledger(asha, accounts=[groww.id])
    assert [each.quantity for each in moved.holdings] == [8]
    assert [str(each.acquired_on) for each in moved.lots] == ["2024-04-01"]
    tagged = book.ledger(asha, tags=["core"])
    assert [each.quantity for each in tagged.holdings] == [20]
    assert book.ledger(asha, tags=["nothing"]).holdings == ()
    whole = book.ledger(asha)
    assert whole == replay(book.accounts(asha), whole.transactions)
