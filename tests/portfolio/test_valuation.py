"""Daily values and flows, by hand and as properties."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.portfolio.model import Kind
from core.portfolio.prices import Prices, as_traded, calendar, day_number, snapped
from core.portfolio.valuation import daily, flows, line_flows
from tests.portfolio.small_ledgers import D, Rows, day, prices


def test_value_is_cash_and_quantity_times_price_on_every_day():
    rows = Rows()
    rows.deposit("2024-01-01", 10_000)
    rows.buy("2024-01-02", "A.NS", 10, 100, fees=5)
    rows.sell("2024-01-04", "A.NS", 4, 120)
    held = prices(
        "2023-12-31",
        "2024-01-05",
        {"A.NS": {"2024-01-02": 101, "2024-01-03": 110, "2024-01-04": 121, "2024-01-05": 90}},
    )
    of = daily(rows.ledger(), held, "INR")
    assert of.value.tolist() == [0, 10_000, 8_995 + 1_010, 8_995 + 1_100, 9_475 + 6 * 121, 9_475 + 540]
    assert of.cash.tolist() == [0, 10_000, 8_995, 8_995, 9_475, 9_475]
    moved = flows(of)
    assert moved.into.tolist() == [0, 10_000, 0, 0, 0, 0]
    assert moved.out.sum() == 0


def test_where_cash_is_not_booked_purchases_come_in_and_sales_and_dividends_go_out():
    rows = Rows()
    rows.buy("2024-01-02", "A.NS", 10, 100, fees=5)
    rows.dividend("2024-01-03", "A.NS", 30)
    rows.sell("2024-01-04", "A.NS", 10, 120, fees=7)
    held = prices("2024-01-01", "2024-01-05", {"A.NS": {"2024-01-02": 101, "2024-01-04": 119}})
    of = daily(rows.ledger(), held, "INR")
    assert of.tape.implied
    assert of.value.tolist() == [0, 1_010, 1_010, 0, 0]
    moved = flows(of)
    assert moved.into.tolist() == [0, 1_005, 0, 0, 0]
    assert moved.out.tolist() == [0, 0, 30, 1_193, 0]


def test_no_price_is_unknown_and_never_nothing():
    rows = Rows()
    rows.add(Kind.TRANSFER_IN, "2024-01-02", symbol="A.NS", quantity=10)
    rows.buy("2024-01-02", "B.NS", 1, 50)
    held = prices("2024-01-01", "2024-01-03", {"B.NS": {"2024-01-02": 50}})
    of = daily(rows.ledger(), held, "INR")
    assert of.unknown.tolist() == [False, True, True]
    assert np.isnan(of.value[1])
    assert of.known_value.tolist() == [0, 50, 50]
    lines, gone = of.without_unknown(0, 2)
    assert [asset.symbol for asset in gone] == ["A.NS"]
    assert flows(of, lines).into.tolist() == [0, 50, 0]


def test_a_day_without_trading_keeps_the_last_price_and_counts_its_age():
    held = prices("2024-01-01", "2024-01-07", {"A.NS": {"2024-01-02": 100, "2024-01-05": 110}})
    price, age = held.carried(["A.NS", "B.NS"])
    assert price[0].tolist()[1:] == [100, 100, 100, 110, 110, 110]
    assert np.isnan(price[0, 0])
    assert age[0].tolist() == [-1, 0, 1, 2, 0, 1, 2]
    assert np.isnan(price[1]).all()
    assert set(age[1].tolist()) == {-1}


def test_a_split_on_a_day_without_trading_does_not_multiply_the_value():
    rows = Rows()
    rows.buy("2024-01-01", "A.NS", 10, 1_000)
    rows.add(Kind.SPLIT, "2024-01-03", symbol="A.NS", ratio_new=10, ratio_old=1)
    held = prices(
        "2024-01-01",
        "2024-01-05",
        {"A.NS": {"2024-01-01": 1_000, "2024-01-05": 101}},
        splits={"A.NS": [("2024-01-03", 10)]},
    )
    of = daily(rows.ledger(), held, "INR")
    assert of.value.tolist() == [10_000, 10_000, 10_000, 10_000, 10_100]
    assert flows(of).into.tolist() == [10_000, 0, 0, 0, 0]


def test_adjusted_closes_go_back_to_what_was_traded_also_for_splits_after_the_last_day():
    days = calendar(day("2024-01-01"), day("2024-01-04"))
    split = (day_number(day("2024-01-03")), 5.0)
    later = (day_number(day("2024-06-01")), 2.0)
    adjusted = np.array([10.0, 11.0, 12.0, 13.0])
    assert as_traded(days, days, adjusted, [split, later], [split, later]).tolist() == [100, 110, 24, 26]


def test_a_late_split_of_the_source_moves_to_the_booked_day_and_doubtful_prices_are_left_out():
    # The vendor says the 5th, the company (and the ledger) the 3rd: prices in between are at an unknown level.
    days = calendar(day("2024-01-01"), day("2024-01-06"))
    given_, booked = [(day_number(day("2024-01-05")), 10.0)], [(day_number(day("2024-01-03")), 10.0)]
    moved, alone = snapped(given_, booked)
    assert (moved, alone) == (tuple(booked), ())
    close = as_traded(days, days, np.array([100.0, 100, 10, 10, 100, 100]), given_, moved)
    assert close[[0, 1, 4, 5]].tolist() == [1_000, 1_000, 100, 100]
    assert np.isnan(close[2:4]).all()
    assert snapped(given_, [(day_number(day("2024-03-05")), 10.0)])[1] != ()
    assert snapped(given_, [(booked[0][0], 3.0)])[0] == tuple(given_)


def test_another_currency_counts_at_the_rate_of_each_day():
    rows = Rows()
    rows.deposit("2024-01-01", 100, account_id=3, currency="USD")
    rows.buy("2024-01-02", "AAPL", 1, 100, account_id=3, currency="USD")
    held = prices(
        "2024-01-01",
        "2024-01-03",
        {"AAPL": {"2024-01-02": 100, "2024-01-03": 110}},
        fx={("USD", "INR"): {"2024-01-01": 80, "2024-01-03": 84}},
        currencies={"AAPL": "USD"},
    )
    of = daily(rows.ledger(), held, "INR")
    assert of.value.tolist() == [8_000, 8_000, 9_240]
    assert flows(of).into.tolist() == [8_000, 0, 0]
    assert daily(rows.ledger(), held, "USD").value.tolist() == [100, 100, 110]


def test_a_missing_rate_makes_the_value_unknown():
    rows = Rows()
    rows.buy("2024-01-02", "AAPL", 1, 100, account_id=3, currency="USD")
    held = prices("2024-01-01", "2024-01-03", {"AAPL": {"2024-01-02": 100}}, currencies={"AAPL": "USD"})
    of = daily(rows.ledger(), held, "INR")
    assert of.unknown.tolist() == [False, True, True]


def test_a_transfer_between_own_accounts_is_no_flow_of_the_whole_and_one_of_each():
    rows = Rows()
    rows.deposit("2024-01-01", 1_000)
    rows.buy("2024-01-01", "A.NS", 10, 100)
    rows.add(Kind.TRANSFER_OUT, "2024-01-03", symbol="A.NS", quantity=4, counter_account_id=2)
    held = prices("2024-01-01", "2024-01-04", {"A.NS": {"2024-01-01": 100, "2024-01-03": 150}})
    ledger = rows.ledger()
    whole = flows(daily(ledger, held, "INR"))
    assert whole.into.tolist() == [1_000, 0, 0, 0]
    assert whole.out.sum() == 0
    one, other = (daily(ledger, held, "INR", accounts=[number]) for number in (1, 2))
    assert flows(one).out.tolist() == [0, 0, 600, 0]
    assert flows(other).into.tolist() == [0, 0, 600, 0]
    assert (one.value + other.value).tolist() == daily(ledger, held, "INR").value.tolist()


def test_a_merger_is_no_flow_of_the_whole_and_one_of_each_symbol():
    rows = Rows()
    rows.buy("2024-01-01", "OLD.NS", 10, 100)
    rows.add(Kind.MERGER, "2024-01-03", symbol="OLD.NS", other_symbol="NEW.NS", ratio_new=1, ratio_old=2)
    held = prices(
        "2024-01-01", "2024-01-04", {"OLD.NS": {"2024-01-01": 100}, "NEW.NS": {"2024-01-03": 204, "2024-01-04": 210}}
    )
    of = daily(rows.ledger(), held, "INR")
    assert of.value.tolist() == [1_000, 1_000, 1_020, 1_050]
    assert flows(of).into.tolist() == [1_000, 0, 0, 0]
    new = flows(of, of.lines(["NEW.NS"]))
    assert new.into.tolist() == [0, 0, 1_020, 0]
    assert flows(of, of.lines(["OLD.NS"])).out.tolist() == [0, 0, 1_000, 0]


def test_quotes_replace_the_last_day_and_nonsense_is_left_out():
    held = prices("2024-01-01", "2024-01-02", {"A.NS": {"2024-01-01": 100}, "B.NS": {"2024-01-01": 7}})
    moment = datetime(2024, 1, 2, 5, tzinfo=UTC)
    with_quotes = held.with_quotes({"A.NS": (101.5, moment), "B.NS": (0.0, moment), "C.NS": (1.0, moment)})
    price, _ = with_quotes.carried(["A.NS", "B.NS", "C.NS"])
    assert price[:2, -1].tolist() == [101.5, 7.0]
    assert np.isnan(price[2, -1])
    assert with_quotes.about["A.NS"].as_of == moment
    assert np.isnan(held.close["A.NS"][-1])


def test_an_own_trade_stands_in_before_the_listing_but_not_for_ever():
    held = prices("2024-01-01", "2024-03-15", {"NEW.NS": {"2024-01-02": 100}})
    own = Prices(held.days, held.close, {}, held.about, {}, {"NEW.NS": ~np.isnan(held.close["NEW.NS"])})
    price, age = own.carried(["NEW.NS"])
    assert price[0, own.at(date(2024, 2, 1))] == 100
    assert np.isnan(price[0, own.at(date(2024, 2, 2))])
    assert age[0, -1] == -1


trades = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "deposit", "withdraw", "dividend", "move"]),
        st.integers(0, 29),
        st.sampled_from(["A.NS", "B.NS"]),
        st.integers(1, 20),
        st.sampled_from([1, 2]),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(trades, st.integers(0, 2**32 - 1))
def test_the_sum_of_accounts_and_of_lines_is_the_whole(made, seed):
    rows = Rows()
    for what, at, symbol, number, account in sorted(made, key=lambda each: each[1]):
        on = f"2024-01-{at + 1:02d}"
        if what == "move":
            rows.add(
                Kind.TRANSFER_OUT,
                on,
                symbol=symbol,
                quantity=number,
                account_id=account,
                counter_account_id=3 - account,
            )
        elif what in {"deposit", "withdraw"}:
            getattr(rows, what)(on, 100 * number, account_id=account)
        elif what == "dividend":
            rows.dividend(on, symbol, number, account_id=account)
        else:
            getattr(rows, what)(on, symbol, number, 100 + at, account_id=account)
    chance = np.random.default_rng(seed)
    days = calendar(day("2023-12-31"), day("2024-01-31"))
    held = prices("2023-12-31", "2024-01-31", {"A.NS": {}, "B.NS": {}})
    close = {name: chance.uniform(50, 200, len(days)) for name in held.close}
    known = Prices(days, close, {}, held.about)
    ledger = rows.ledger()
    whole = daily(ledger, known, "INR")
    parts = [daily(ledger, known, "INR", accounts=[number]) for number in (1, 2)]
    np.testing.assert_allclose(sum(part.value for part in parts), whole.value, atol=1e-6)
    np.testing.assert_allclose(sum(flows(part).net for part in parts), flows(whole).net, atol=1e-6)
    held_now = {symbol: float(sum(p.quantity for p in ledger.positions if p.symbol == symbol)) for symbol in close}
    cash = sum(float(sum(purses.values())) for purses in ledger.cash.values())
    expected = cash + sum(quantity * close[symbol][-1] for symbol, quantity in held_now.items())
    assert whole.value[-1] == pytest.approx(expected, abs=1e-6)
    into, out = line_flows(whole)
    for at in range(len(whole.assets)):
        alone = flows(whole, np.arange(len(whole.assets)) == at)
        np.testing.assert_allclose(into[at] - out[at], alone.net, atol=1e-6)


def test_nothing_at_all_is_worth_nothing():
    of = daily(Rows().ledger(), prices("2024-01-01", "2024-01-03", {}), "INR")
    assert of.value.tolist() == [0, 0, 0]
    assert flows(of).net.tolist() == [0, 0, 0]
    assert D(0) == 0
