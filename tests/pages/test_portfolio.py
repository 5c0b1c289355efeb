"""The portfolio pages as an investor meets them: empty, with the sample, filtered, hidden, and in conflict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from core.accounts.model import Account
from core.market.service import Market
from core.portfolio import book, desk, kept, sample, sample_booking
from core.portfolio.model import Kind, Transaction
from tests.pages.conftest import open_page
from tests.pages.people import Browser, hold, press, registered, said


@pytest.fixture(scope="module")
def made() -> dict[str, sample.Sample]:
    """The sample, worked out once: it is the same for every market of these tests."""
    return {}


@pytest.fixture
def here(demo_desk: Market, whole_app: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    desk.forget()
    kept.forget()
    yield hold(monkeypatch)
    desk.forget()
    kept.forget()


@pytest.fixture
def asha(here: Browser) -> Account:
    return here.sign_in(registered())


@pytest.fixture
def sampled(
    asha: Account, demo_desk: Market, made: dict[str, sample.Sample], monkeypatch: pytest.MonkeyPatch
) -> Account:
    if not made:
        made["today"] = sample_booking.prepare(demo_desk)
    monkeypatch.setattr(sample_booking, "sample", lambda *_: made["today"])
    sample_booking.load(asha, demo_desk)
    return asha


def page(name: str, **query: str) -> AppTest:
    at = open_page(f"pages/{name}.py", **query)
    assert not at.exception
    assert not [each.value for each in at.error]
    return at


def figures(at: AppTest) -> dict[str, str]:
    return {each.label: each.value for each in at.metric}


def bought(account: int, symbol: str, units: int, price: str, day: date = date(2026, 3, 2)) -> Transaction:
    return Transaction(
        None, account, Kind.BUY, day, symbol=symbol, quantity=Decimal(units), price=Decimal(price), currency="INR"
    )


def test_an_empty_ledger_offers_three_ways_to_begin(asha: Account) -> None:
    at = page("portfolio")
    assert "Your portfolio is empty" in said(at)
    labels = [button.label for button in at.button]
    assert labels.index("Import a file") < labels.index("Add a transaction") < labels.index("Load the sample")
    press(at, "Load the sample")
    assert "The sample is loaded" in said(at)
    assert figures(at)["Value"].startswith("₹")
    for each in ("holdings", "performance"):
        assert "empty" not in said(page(each))


def test_the_overview_shows_value_and_both_returns_labelled(sampled: Account) -> None:
    at = page("portfolio")
    shown = figures(at)
    assert set(shown) == {"Value", "Today", "Earned since start", "Return a year (XIRR)", "Income, 12 months"}
    assert "Sample" in said(at)
    assert "Simulated" in said(at)
    periods = at.dataframe[0].value
    assert list(periods["Period"])[-1] == "Since start"
    assert periods["Gain"].iloc[-1] == shown["Earned since start"]
    assert periods["XIRR"].iloc[-1] == shown["Return a year (XIRR)"]
    press(at, "How this was computed")
    assert "amount x (1 + rate)" in said(at)


def test_hidden_amounts_never_leave_the_server(sampled: Account) -> None:
    at = page("portfolio")
    value = figures(at)["Value"]
    press(at, "Hide amounts")
    assert figures(at)["Value"] == "••••"
    assert "%" in figures(at)["Return a year (XIRR)"]
    for name in ("holdings", "transactions", "tax"):
        hidden = page(name)
        assert value not in said(hidden)
        amounts = {"Value", "Quantity", "Amount", "Charges", "Gain", "Income", "Received", "Gross"}
        cells = [
            str(each)
            for table in hidden.dataframe
            for column in amounts & set(table.value.columns)
            for each in table.value[column]
        ]
        assert not [each for each in cells if each.strip("+−• ") and " for " not in each and each != "—"]
    at = page("portfolio")
    press(at, "Show amounts")
    assert figures(at)["Value"] == value


def test_the_scope_holds_across_pages(sampled: Account) -> None:
    at = page("portfolio")
    whole = figures(at)["Value"]
    world = next(each for each in book.accounts(sampled) if each.currency == "USD")
    at.multiselect(key="portfolio_accounts").select(world.id).run()
    part = figures(at)["Value"]
    assert part != whole
    at.switch_page("pages/holdings.py").run()
    assert set(at.dataframe[0].value["Symbol"]) == {"MSFT", "AAPL", "BTC-USD"}
    at.switch_page("pages/portfolio.py").run()
    assert figures(at)["Value"] == part


def test_holdings_sort_as_numbers_and_the_unknown_is_a_dash_not_zero(asha: Account) -> None:
    account = book.open_account(asha, "Broker", "broker", "INR")
    book.add(asha, bought(account.id, "RELIANCE.NS", 10, "1200"))
    book.add(asha, bought(account.id, "NOSUCHNAME.NS", 5, "10", date(2024, 1, 2)))
    at = page("holdings")
    frame = at.dataframe[0].value
    assert list(frame["Symbol"]) == ["RELIANCE.NS", "NOSUCHNAME.NS"]
    assert frame["Value"].isna().tolist() == [False, True]
    assert "without NOSUCHNAME.NS, whose value is unknown" in said(at).replace("\\", "")
    assert "1 thing to look at" in [each.proto.label for each in page("portfolio").get("page_link")]


def test_transactions_are_paged_and_filtered_in_the_database(sampled: Account) -> None:
    at = page("transactions")
    assert len(at.dataframe[0].value) == 50
    assert "1 to 50 of 217 transactions" in said(at)
    at.multiselect(key="portfolio_rows_kinds").select(Kind.BONUS).run()
    assert set(at.dataframe[0].value["What"]) == {"Bonus"}
    assert set(at.dataframe[0].value["Quantity"]) == {"1 for 1"}
    at.multiselect(key="portfolio_rows_kinds").unselect(Kind.BONUS).run()
    at.text_input(key="portfolio_rows_search").input("no such thing").run()
    assert "No transaction fits" in said(at)
    assert set(page("transactions", of="MSFT").dataframe[0].value["Instrument"]) == {"MSFT"}


def answer(at: AppTest, label: str) -> AppTest:
    """Press a button inside the drawer: the page is asked to open it in that run as well, as the browser keeps it."""
    at.query_params["new"] = "1"
    return press(at, label)


def test_a_first_transaction_is_entered_by_hand(asha: Account) -> None:
    assert "Open the first one" in said(page("transactions", new="1"))
    book.open_account(asha, "Zerodha", "broker", "INR")
    at = page("transactions", new="1")
    at.selectbox(key="tx_symbol_new").set_value("TCS.NS")
    at.text_input(key="tx_quantity_new").input("ten")
    answer(at, "Add it")
    assert "is no number" in said(at)
    at.text_input(key="tx_quantity_new").input("1,000")
    at.text_input(key="tx_price_new").input("-5")
    answer(at, "Add it")
    assert "is not above zero" in said(at)
    assert book.transactions(asha).total == 0
    at.text_input(key="tx_price_new").input("₹ 3,120.50")
    answer(at, "Add it")
    (row,) = book.transactions(asha).rows
    assert (row.kind, row.symbol, row.quantity, row.price) == (Kind.BUY, "TCS.NS", Decimal(1000), Decimal("3120.50"))
    assert (row.currency, row.isin) == ("INR", "INE467B01029")
    assert "is booked" in said(at)


def test_the_sample_is_taken_back_with_one_click(sampled: Account) -> None:
    at = page("transactions", show="Imports")
    press(at, "Undo this import")
    assert "The sample is taken back: 217 transactions" in said(at)
    assert all(each.closed for each in book.accounts(sampled))
    assert "Your portfolio is empty" in said(page("portfolio"))


def test_what_needs_a_look_opens_its_row(asha: Account) -> None:
    account = book.open_account(asha, "Broker", "broker", "INR")
    sold = Transaction(
        None, account.id, Kind.SELL, date(2026, 3, 2), symbol="TCS.NS", quantity=Decimal(3), price=Decimal(3000),
        currency="INR",
    )  # fmt: skip
    number = book.add(asha, sold).id
    at = page("transactions", show="To look at")
    assert "Sold more than held" in said(at)
    press(at, "Open")
    assert at.text_input(key=f"tx_quantity_{number}_1").value == "3"


def test_tax_and_risk_have_their_figures_or_a_reason(sampled: Account) -> None:
    tax = page("tax")
    assert "not tax advice" in said(tax)
    assert {"Tax on gains, estimated", "Exemption used"} <= set(figures(tax))
    risky = page("risk")
    assert "%" in figures(risky)["Volatility, a year"]
    scenarios = next(each.value for each in risky.dataframe if "If" in each.value.columns)
    assert scenarios["Change"].iloc[0].startswith("−")
    assert "Largest holding" in said(risky)
