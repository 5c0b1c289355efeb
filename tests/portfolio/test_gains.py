"""What positions earned: realised apart from not, price apart from currency, and nothing left over."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.portfolio.gains import gains, totals
from core.portfolio.model import Kind
from core.portfolio.periods import performance
from core.portfolio.valuation import daily
from tests.portfolio.small_ledgers import D, Rows, day, every_day, prices


def test_a_rupee_position_by_hand():
    rows = Rows()
    rows.buy("2024-01-01", "A.NS", 10, 100, fees=10, taxes=2)
    rows.sell("2024-01-03", "A.NS", 4, 150, fees=5, taxes=1)
    rows.dividend("2024-01-04", "A.NS", 30, taxes=3)
    held = prices("2023-12-31", "2024-01-05", {"A.NS": {"2024-01-01": 100, "2024-01-04": 160}})
    (found,) = gains(rows.ledger(), held, "INR")
    assert found.quantity == 6
    assert found.value == 960
    assert found.invested == D("607.2")
    assert found.unrealised is not None
    assert found.unrealised.total == D("352.8")
    assert found.realised is not None
    assert found.realised.total == D("189.2")  # 600 - 5 - 1 received, 404.8 spent
    assert (found.income, found.charges, found.fees, found.taxes) == (30, 3, 15, 6)
    assert found.total == D("569.0")
    assert found.age == 1


def test_a_foreign_position_divides_into_price_and_currency_without_rest():
    rows = Rows()
    rows.buy("2024-01-01", "AAPL", 10, 100, account_id=3, currency="USD")
    rows.sell("2024-01-03", "AAPL", 4, 120, account_id=3, currency="USD")
    held = prices(
        "2023-12-31",
        "2024-01-05",
        {"AAPL": {"2024-01-01": 100, "2024-01-05": 110}},
        fx={("USD", "INR"): {"2024-01-01": 80, "2024-01-03": 82, "2024-01-05": 85}},
        currencies={"AAPL": "USD"},
    )
    (found,) = gains(rows.ledger(), held, "INR")
    assert found.invested == 6 * 100 * 80
    assert found.value == 6 * 110 * 85
    assert found.unrealised is not None
    assert (found.unrealised.price, found.unrealised.currency) == (6 * 10 * 80, 6 * 110 * 5)
    assert found.unrealised.total == found.value - found.invested
    assert found.realised is not None
    assert (found.realised.price, found.realised.currency) == (4 * 20 * 80, 4 * 120 * 2)


def test_the_rate_that_was_paid_counts_for_the_cost():
    rows = Rows()
    rows.buy("2024-01-01", "AAPL", 10, 100, currency="USD", rate=D("83.5"))
    held = prices(
        "2023-12-31",
        "2024-01-02",
        {"AAPL": {"2024-01-01": 100}},
        fx={("USD", "INR"): {"2024-01-01": 80}},
        currencies={"AAPL": "USD"},
    )
    (found,) = gains(rows.ledger(), held, "INR")
    assert found.invested == D("83500.0")
    assert found.unrealised is not None
    assert (found.unrealised.price, found.unrealised.currency) == (0, -3_500)


def test_units_moved_to_another_account_keep_their_cost_in_rupees():
    rows = Rows()
    rows.buy("2024-01-01", "AAPL", 10, 100, account_id=3, currency="USD")
    rows.add(
        Kind.TRANSFER_OUT, "2024-01-03", symbol="AAPL", quantity=10, account_id=3, counter_account_id=2, currency="USD"
    )
    held = prices(
        "2023-12-31",
        "2024-01-05",
        {"AAPL": {"2024-01-01": 100}},
        fx={("USD", "INR"): {"2024-01-01": 80, "2024-01-03": 90}},
        currencies={"AAPL": "USD"},
    )
    found = {each.account_id: each for each in gains(rows.ledger(), held, "INR")}
    assert (found[3].invested, found[3].quantity) == (0, 0)
    assert found[2].invested == 80_000
    assert found[2].unrealised is not None
    assert found[2].unrealised.currency == 10_000


@pytest.mark.parametrize("what", ["price", "rate", "cost"])
def test_what_is_unknown_is_said_and_not_nothing(what):
    rows = Rows()
    if what == "cost":
        rows.add(Kind.TRANSFER_IN, "2024-01-01", symbol="AAPL", quantity=10, account_id=3, currency="USD")
    else:
        rows.buy("2024-01-01", "AAPL", 10, 100, account_id=3, currency="USD")
    held = prices(
        "2023-12-31",
        "2024-01-02",
        {"AAPL": {} if what == "price" else {"2024-01-01": 100}},
        fx={} if what == "rate" else {("USD", "INR"): {"2024-01-01": 80}},
        currencies={"AAPL": "USD"},
    )
    (found,) = gains(rows.ledger(), held, "INR")
    assert found.unrealised is None
    assert found.total is None
    assert found.because
    assert (found.value is None) == (what != "cost")
    assert totals([found], rows.ledger(), held, "INR").unknown == ("AAPL",)


def test_interest_and_charges_without_a_symbol_are_in_the_totals():
    rows = Rows()
    rows.deposit("2024-01-01", 1_000)
    rows.add(Kind.INTEREST, "2024-01-02", amount=50, taxes=5)
    rows.add(Kind.FEE, "2024-01-03", amount=20)
    held = prices("2023-12-31", "2024-01-04", {})
    ledger = rows.ledger()
    of = totals(gains(ledger, held, "INR"), ledger, held, "INR")
    assert (of.income, of.charges, of.fees, of.taxes, of.total) == (50, 25, 20, 5, 25)


moves = st.lists(
    st.tuples(st.sampled_from(["buy", "sell", "dividend", "bonus"]), st.integers(1, 20), st.integers(50, 150)),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(moves, st.booleans())
def test_the_parts_of_the_gain_are_what_the_account_gained(made, foreign):
    # Value less contributions must be unrealised + realised + income - charges, whatever happened.
    rows = Rows()
    account = {"account_id": 3, "currency": "USD"} if foreign else {}
    held_units = 0
    for at, (what, number, price) in enumerate(made):
        on = f"2024-01-{at + 2:02d}"
        if what == "buy":
            held_units += number
            rows.buy(on, "AAPL", number, price, fees=1, **account)
        elif what == "sell" and held_units >= number:
            held_units -= number
            rows.sell(on, "AAPL", number, price, taxes=1, **account)
        elif what == "dividend" and held_units:
            rows.dividend(on, "AAPL", number, taxes=0.5, **account)
        elif what == "bonus" and held_units:
            held_units *= 2
            rows.add(Kind.BONUS, on, symbol="AAPL", ratio_new=1, ratio_old=1, **account)
    fx = {f"2024-01-{at:02d}": 80 + at for at in range(1, 32)}
    held = prices(
        "2024-01-01",
        "2024-01-31",
        {"AAPL": every_day("2024-01-02", "2024-01-31", 101)},
        fx={("USD", "INR"): fx},
        currencies={"AAPL": "USD" if foreign else "INR"},
    )
    ledger = rows.ledger()
    of = totals(gains(ledger, held, "INR"), ledger, held, "INR")
    shown = performance(daily(ledger, held, "INR"), day("2024-01-01"), day("2024-01-31"))
    assert shown.gain is not None
    assert float(of.total) == pytest.approx(shown.gain, abs=1e-6)
    assert isinstance(of.total, Decimal)
