"""Everything in a ledger to a file and back: nothing is lost, nothing is doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session as Work

from core.accounts.model import Account as Investor
from core.portfolio import book
from core.portfolio.exports import ExportFormat, export, file_name
from core.portfolio.imports import preview as previews
from core.portfolio.kept import forget
from core.portfolio.model import Kind, Ledger, Transaction
from tests.portfolio.imports.files import somebody

FORMS: tuple[ExportFormat, ...] = ("csv", "xlsx", "json")

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget()


def _ledger(investor: Investor) -> None:
    """A little of everything, with texts that spreadsheets and separators trip over."""
    kite = book.open_account(investor, "Kite; “main”", "broker", "INR", "Zerodha")
    bank = book.open_account(investor, "=Bank", "bank", "INR")
    states = book.open_account(investor, "Schwab", "broker", "USD", "Charles Schwab")
    gold = book.add_asset(investor, "Gold, grandmother's", "gold", "INR").symbol
    book.set_asset_price(investor, gold, date(2024, 5, 1), Decimal("6543.210"))
    book.set_asset_price(investor, gold, date(2024, 6, 1), Decimal("0.00000012"))

    def row(kind: Kind, account: int, on: str, **told: object) -> Transaction:
        return Transaction(None, account, kind, date.fromisoformat(on), **{"currency": "INR", **told})  # type: ignore[arg-type]

    first = book.add(
        investor,
        row(Kind.BUY, kite.id, "2024-04-01", symbol="TCS.NS", quantity=Decimal("10"), price=Decimal("3500.1234567"),
            fees=Decimal("20.5"), taxes=Decimal("3.10"), isin="INE467B01029", note="=SUM(A1)\n-second, \"line\"",
            tags=("+long", "family"), at=datetime(2024, 4, 1, 4, 45, 30, tzinfo=UTC)),
    )  # fmt: skip
    second = book.add(
        investor, row(Kind.BUY, kite.id, "2024-04-02", symbol="TCS.NS", quantity=Decimal(5), price=Decimal(3600))
    )
    assert first.id is not None
    assert second.id is not None
    more = [
        row(Kind.SELL, kite.id, "2024-06-03", symbol="TCS.NS", quantity=Decimal(4), price=Decimal(3900),
            lots=((second.id, Decimal(3)), (first.id, Decimal(1)))),
        row(Kind.TRANSFER_IN, kite.id, "2024-03-01", amount=Decimal("100000"), counter_account_id=bank.id),
        row(Kind.BUY, states.id, "2024-04-05", symbol="BRK-B", quantity=Decimal("0.333333333"),
            amount=Decimal("133.33"), currency="USD", rate=Decimal("1"), note="'quoted"),
        row(Kind.SPLIT, kite.id, "2024-07-01", symbol="TCS.NS", ratio_new=Decimal(2), ratio_old=Decimal(1)),
        row(Kind.SPIN_OFF, states.id, "2024-07-02", symbol="BRK-B", other_symbol="AAPL", ratio_new=Decimal(1),
            ratio_old=Decimal(4), cost_share=Decimal("0.125"), currency="USD"),
        row(Kind.ADJUSTMENT, bank.id, "2024-07-03", amount=Decimal("-0.01"), note="@rounding"),
        row(Kind.BUY, bank.id, "2024-05-02", symbol=gold, quantity=Decimal(3), price=Decimal("6000")),
    ]  # fmt: skip
    for one in more:
        book.add(investor, one)
    fills = [
        row(Kind.BUY, kite.id, "2024-08-01", symbol="INFY.NS", quantity=Decimal(1), price=Decimal(1500),
            external_id=name, source="zerodha_tradebook")
        for name in ("NSE:2024-08-01:1", "NSE:2024-08-01:2")
    ]  # fmt: skip
    book.add_many(investor, fills, source="zerodha_tradebook", file_name="t.csv", file_hash="0" * 64)


def _facts(ledger: Ledger) -> tuple[list[object], ...]:
    """A ledger without the numbers that a database gives."""
    names = {account.id: account.name for account in ledger.accounts}
    lots = {row.id: (row.on, row.symbol, row.quantity) for row in ledger.transactions}
    rows = [
        replace(
            row,
            id=None,
            account_id=0,
            counter_account_id=None,
            batch_id=None,
            version=1,
            lots=(),
            source="",
            external_id=row.external_id if row.external_id.startswith("NSE") else "",
        )
        for row in ledger.transactions
    ]
    return (
        [(account.name, account.kind, account.currency, account.institution) for account in ledger.accounts],
        list(rows),
        [(names[row.account_id], names.get(row.counter_account_id or 0)) for row in ledger.transactions],
        [[(lots[number], quantity) for number, quantity in row.lots] for row in ledger.transactions],
        [(names[p.account_id], p.symbol, p.quantity, p.invested, p.realised, p.income) for p in ledger.positions],
        [(names[account], dict(purse)) for account, purse in ledger.cash.items()],
    )


def _import(investor: Investor, data: bytes) -> book.Batch:
    shown = previews.preview(investor, "export", data)
    assert shown.format == "kubera"
    assert shown.counts["rejected"] == shown.counts["attention"] == 0
    return previews.book(investor, shown)


@pytest.mark.parametrize("form", FORMS)
def test_an_export_makes_the_same_ledger_elsewhere(db: Work, form: ExportFormat) -> None:
    asha, ravi = somebody(), somebody()
    _ledger(asha)
    batch = _import(ravi, export(asha, form))
    mine, theirs = book.ledger(asha), book.ledger(ravi)
    assert batch.added == len(mine.transactions) == 11
    assert _facts(theirs) == _facts(mine)
    assert book.own_assets(ravi) == book.own_assets(asha)
    symbol = book.own_assets(asha)[0].symbol
    assert book.asset_prices(ravi, symbol) == book.asset_prices(asha, symbol)


@pytest.mark.parametrize("form", FORMS)
def test_an_export_adds_nothing_where_it_came_from(db: Work, form: ExportFormat) -> None:
    asha = somebody()
    _ledger(asha)
    before = book.ledger(asha).transactions
    batch = _import(asha, export(asha, form))
    assert (batch.added, batch.duplicates) == (0, 11)
    assert book.ledger(asha).transactions == before
    assert len(book.accounts(asha)) == 3


def test_an_export_imported_twice_adds_nothing_twice(db: Work) -> None:
    asha, ravi = somebody(), somebody()
    _ledger(asha)
    data = export(asha, "json")
    _import(ravi, data)
    again = _import(ravi, data)
    assert (again.added, again.duplicates) == (0, 11)
    assert _import(ravi, export(ravi, "csv")).added == 0


def test_a_closed_account_stays_closed(db: Work) -> None:
    asha, ravi = somebody(), somebody()
    account = book.open_account(asha, "Old", "broker", "EUR")
    book.close_account(asha, account.id, account.version)
    document = orjson.loads(export(asha, "json"))
    assert document["records"] == [
        {"record": "account", "account": "Old", "kind": "broker", "currency": "EUR", "closed": "yes"}
    ]
    _import(ravi, export(asha, "json"))
    assert [(each.name, each.closed) for each in book.accounts(ravi)] == [("Old", True)]
    assert file_name("csv") == "kubera-2026-11-18.csv"


def test_other_people_s_rows_are_not_in_it(db: Work) -> None:
    asha, ravi = somebody(), somebody()
    _ledger(asha)
    assert orjson.loads(export(ravi, "json"))["records"] == []


def test_formulas_are_defused_in_spreadsheets(db: Work) -> None:
    asha = somebody()
    _ledger(asha)
    text = export(asha, "csv").decode("utf-8-sig")
    assert "'=Bank" in text
    assert ",=" not in text
    assert "-0.01" in text


def test_there_are_three_forms(db: Work) -> None:
    with pytest.raises(ValueError, match="csv, xlsx and json"):
        export(somebody(), "pdf")  # type: ignore[arg-type]  # what a caller without types may say


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=20)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.dates(date(2000, 1, 1), date(2026, 1, 1)),
            st.decimals("0.000001", 10**9, places=6),
            st.decimals("0.0001", 10**6, places=4),
            _TEXT,
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(FORMS),
)
def test_any_numbers_and_notes_come_back(
    db: Work, rows: list[tuple[date, Decimal, Decimal, str]], form: ExportFormat
) -> None:
    asha, ravi = somebody(), somebody()
    account = book.open_account(asha, "A", "broker", "INR")
    made = [
        Transaction(
            None, account.id, Kind.BUY, on, symbol="TCS.NS", quantity=quantity, price=price, currency="INR", note=note
        )
        for on, quantity, price, note in rows
    ]
    book.add_many(asha, made, source="manual", file_name="", file_hash="")
    _import(ravi, export(asha, form))
    assert _facts(book.ledger(ravi)) == _facts(book.ledger(asha))
