"""A file before and while it is booked, in a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session as Work

from core.accounts.model import Account as Investor
from core.portfolio import book
from core.portfolio.errors import NotFound
from core.portfolio.imports import preview as previews
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.preview import Preview, account_for, choose_instrument, preview
from core.portfolio.kept import forget
from core.portfolio.model import Kind, Transaction
from tests.portfolio.imports.files import (
    DEGIRO_NL,
    FILES,
    GENERIC,
    GROWW,
    KITE_HOLDINGS,
    UPSTOX_REALISED,
    ZERODHA,
    ZERODHA_CONSOLE,
    brief,
    somebody,
    workbook,
)

pytestmark = pytest.mark.usefixtures("clock")
ZERODHA_DAY = date(2023, 4, 5)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


def _booked(investor: Investor, text: str | bytes, *, accept: tuple[int, ...] = ()) -> tuple[Preview, book.Batch]:
    raw = text.encode() if isinstance(text, str) else text
    shown = preview(investor, "file.csv", raw)
    account = account_for(investor, shown)
    return shown, previews.book(investor, shown, account_id=account.id, accept_attention=accept)


def _rows(investor: Investor) -> list[str]:
    return [brief(row) for row in book.ledger(investor).transactions]


def test_a_preview_stores_nothing(db: Work) -> None:
    asha = somebody()
    shown = preview(asha, "tradebook.csv", ZERODHA.encode())
    assert (shown.format, shown.broker, shown.currency, shown.account) == ("zerodha_tradebook", "Zerodha", "INR", None)
    assert shown.counts == {"new": 4, "duplicate": 0, "attention": 0, "rejected": 1}
    assert book.accounts(asha) == ()
    assert book.ledger(asha).transactions == ()


def test_a_file_is_booked_once(db: Work) -> None:
    asha = somebody()
    _, first = _booked(asha, ZERODHA)
    assert (first.added, first.duplicates) == (4, 0)
    before = _rows(asha)
    shown, again = _booked(asha, ZERODHA)
    assert shown.counts == {"new": 0, "duplicate": 4, "attention": 0, "rejected": 1}
    assert (again.id, again.added, again.duplicates) == (None, 0, 4)
    assert _rows(asha) == before
    assert [each.institution for each in book.accounts(asha)] == ["Zerodha"]


def test_a_workbook_of_the_same_trades_adds_what_is_new(db: Work) -> None:
    asha = somebody()
    _booked(asha, ZERODHA)
    shown, batch = _booked(asha, workbook(ZERODHA_CONSOLE), accept=(7,))
    assert shown.counts["duplicate"] == 1
    assert batch.added == 1
    assert [each.name for each in book.own_assets(asha)] == ["Parag Flexi"]
    assert book.own_assets(asha)[0].asset_class == "fund"


def test_undo_lets_the_file_come_again(db: Work) -> None:
    asha = somebody()
    _, first = _booked(asha, ZERODHA)
    assert first.id is not None
    assert book.undo_batch(asha, first.id) == 4
    assert book.ledger(asha).transactions == ()
    _, again = _booked(asha, ZERODHA)
    assert again.added == 4


def test_attention_is_booked_only_where_it_is_accepted(db: Work) -> None:
    asha = somebody()
    shown, batch = _booked(asha, DEGIRO_NL)
    assert shown.counts == {"new": 1, "duplicate": 0, "attention": 1, "rejected": 0}
    assert batch.added == 1
    _, more = _booked(asha, DEGIRO_NL, accept=(3,))
    assert more.added == 1
    assert [(each.symbol, each.name) for each in book.own_assets(asha)] == [
        ("OWN:vanguard-all-world", "VANGUARD ALL-WORLD")
    ]
    assert "2023-04-04 sell OWN:vanguard-all-world 12 @101.56 =1218.72 fees 1 EUR" in _rows(asha)


def test_the_asset_of_an_earlier_file_is_found_by_its_isin(db: Work) -> None:
    asha = somebody()
    _booked(asha, DEGIRO_NL, accept=(3,))
    later = DEGIRO_NL.replace("VANGUARD ALL-WORLD", "VANGUARD FTSE AW").replace("04-04-2023", "05-04-2023")
    shown, _ = _booked(asha, later)
    row = next(row for row in shown.rows if row.transaction and row.transaction.symbol.startswith("OWN:"))
    assert (row.state, row.transaction.symbol if row.transaction else "") == ("new", "OWN:vanguard-all-world")


def test_a_chosen_instrument_is_remembered(db: Work) -> None:
    asha = somebody()
    choose_instrument(asha, "VANGUARD ALL-WORLD", "VWRA.L")
    shown = preview(asha, "t.csv", DEGIRO_NL.encode())
    assert [row.transaction.symbol for row in shown.rows if row.transaction] == ["AAPL", "VWRA.L"]
    assert shown.counts["attention"] == 0
    other = somebody()
    assert preview(other, "t.csv", DEGIRO_NL.encode()).counts["attention"] == 1


def test_holdings_beside_trades_would_count_twice(db: Work) -> None:
    asha = somebody()
    _booked(asha, ZERODHA)
    shown, batch = _booked(asha, KITE_HOLDINGS)
    by_line = {row.line: row for row in shown.rows}
    assert (by_line[2].state, by_line[2].complete) == ("attention", False)
    assert "twice" in by_line[2].reason
    assert (by_line[3].state, batch.added) == ("new", 1)


def test_a_trade_that_came_another_way_is_pointed_out(db: Work) -> None:
    asha = somebody()
    zerodha = book.open_account(asha, "Zerodha", "broker", "INR", "Zerodha")
    book.add(
        asha,
        Transaction(
            None, zerodha.id, Kind.BUY, ZERODHA_DAY, symbol="INFY.NS", quantity=Decimal(10), price=Decimal("1400.5"),
            currency="INR",
        ),
    )  # fmt: skip
    shown = preview(asha, "t.csv", ZERODHA.encode())
    assert shown.account == zerodha
    assert (shown.rows[0].state, shown.rows[0].complete) == ("attention", False)
    assert "source: manual" in shown.rows[0].reason
    assert [row.state for row in shown.rows[1:4]] == ["new"] * 3


def test_one_line_of_two_trades_is_booked_as_two(db: Work) -> None:
    asha = somebody()
    _, batch = _booked(asha, UPSTOX_REALISED)
    assert batch.added == 2
    position = book.ledger(asha).positions[0]
    assert (position.quantity, position.realised) == (0, Decimal("901.5"))


def test_columns_that_nobody_knows_are_mapped_once(db: Work) -> None:
    asha = somebody()
    table = "Wann,Was,Wie viel,Wozu\n2024-01-02,TCS.NS,5,3500\n2024-02-02,TCS.NS,-2,3600\n"
    shown = preview(asha, "x.csv", table.encode())
    assert (shown.format, shown.rows) == ("generic", ())
    assert "the symbol, ISIN or name" in shown.mapping_needed
    assert shown.columns == ("Wann", "Was", "Wie viel", "Wozu")
    assert shown.sample[0] == ("2024-01-02", "TCS.NS", "5", "3500")
    with pytest.raises(BadImport, match="no column was chosen"):
        previews.book(asha, shown, account_id=1)
    mapping = {"date": "Wann", "symbol": "Was", "quantity": "Wie viel", "price": "Wozu"}
    mapped = preview(asha, "x.csv", table.encode(), mapping=mapping)
    assert mapped.counts["new"] == 2
    previews.book(asha, mapped, account_id=account_for(asha, mapped).id)
    later = table.replace("2024-01-02", "2024-01-03")
    again = preview(asha, "y.csv", later.encode()).counts
    assert (again["new"], again["duplicate"]) == (1, 1)
    assert preview(somebody(), "y.csv", later.encode()).mapping_needed


def test_other_people_s_accounts_do_not_exist(db: Work) -> None:
    asha, ravi = somebody(), somebody()
    _booked(asha, ZERODHA)
    theirs = book.accounts(asha)[0].id
    with pytest.raises(NotFound):
        preview(ravi, "t.csv", ZERODHA.encode(), account_id=theirs)
    assert preview(ravi, "t.csv", ZERODHA.encode()).counts["new"] == 4


def test_nothing_is_half_imported(db: Work) -> None:
    """A row that the ledger refuses takes the whole file back."""
    asha = somebody()
    shown = preview(asha, "t.csv", GROWW.encode())
    account = account_for(asha, shown)
    last = next(row for row in reversed(shown.rows) if row.transaction)
    assert last.transaction is not None
    broken = replace(last, transaction=replace(last.transaction, quantity=Decimal(-1)))
    rows = tuple(broken if row is last else row for row in shown.rows)
    with pytest.raises(Exception, match="quantity"):
        previews.book(asha, replace(shown, rows=rows), account_id=account.id)
    assert book.ledger(asha).transactions == ()
    assert book.batches(asha) == ()


def test_a_generic_file_goes_where_it_is_told(db: Work) -> None:
    asha = somebody()
    mine = book.open_account(asha, "Uncle's broker", "broker", "INR")
    shown = preview(asha, "g.csv", GENERIC.encode(), account_id=mine.id)
    assert previews.book(asha, shown, account_id=mine.id).added == 2
    assert {row.account_id for row in book.ledger(asha).transactions} == {mine.id}


def test_an_account_is_opened_in_the_currency_the_file_is_in(db: Work) -> None:
    """Rates of a file are against its account's currency; against another one's they would be wrong."""
    asha = somebody()
    shown = preview(asha, "d.csv", FILES["trading212"].encode())
    assert shown.currency == "EUR"
    assert {row.transaction.rate for row in shown.rows if row.transaction} != {None}
    dollars = book.open_account(asha, "Dollars", "broker", "USD")
    elsewhere = preview(asha, "d.csv", FILES["trading212"].encode(), account_id=dollars.id)
    assert {row.transaction.rate for row in elsewhere.rows if row.transaction} == {None}


def test_a_second_file_of_no_known_broker_sees_the_first(db: Work) -> None:
    asha = somebody()
    _booked(asha, GENERIC)
    shown, again = _booked(asha, GENERIC)
    assert (shown.counts["duplicate"], again.added) == (2, 0)
    assert [each.name for each in book.accounts(asha)] == ["Imported"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 25), min_size=1, max_size=10, unique=True), st.data())
def test_overlapping_halves_make_the_ledger_of_the_whole(db: Work, numbers: list[int], data: st.DataObject) -> None:
    split = data.draw(st.integers(0, len(numbers)))
    overlap = data.draw(st.integers(0, 3))
    head = ZERODHA.splitlines()[0]

    def file(part: list[int]) -> bytes:
        lines = [
            f"TCS,INE467B01029,2024-07-{n:02d},NSE,EQ,EQ,{'buy' if n % 3 else 'sell'},false,{n},3500.25,{n},{n // 2},"
            f"2024-07-{n:02d}T10:00:00"
            for n in part
        ]
        return "\n".join([head, *lines]).encode()

    parts = [numbers[: split + overlap], numbers[split:], numbers]
    halves, whole = somebody(), somebody()
    for investor, files in ((halves, parts[:2]), (whole, parts[2:])):
        for part in files:
            if part:
                _booked(investor, file(part))
    assert sorted(_rows(halves)) == sorted(_rows(whole))
    assert len(_rows(whole)) == len(numbers)
