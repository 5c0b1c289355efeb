"""Time- and money-weighted returns: golden cases by hand, traps known from other trackers, pyxirr's own samples."""

import csv
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.portfolio.explain import explain
from core.portfolio.model import Kind
from core.portfolio.periods import Period, first_day, months, performance, performances
from core.portfolio.prices import Prices, calendar
from core.portfolio.returns import Unavailable, day_returns, other_rates, xirr
from core.portfolio.valuation import daily
from tests.portfolio.small_ledgers import Rows, day, every_day, prices
from tests.shared import SHARED


def test_time_weighted_return_does_not_depend_on_when_money_came():
    # 100 -> 110 (+10 %), then a large deposit, then -50 %, then +100 %: 1.1 x 0.5 x 2 - 1 = 10 %.
    rows = Rows()
    rows.deposit("2024-01-01", 1_000)
    rows.buy("2024-01-01", "A.NS", 10, 100)
    rows.deposit("2024-01-03", 11_000)
    rows.buy("2024-01-03", "A.NS", 100, 110)
    held = prices(
        "2023-12-31",
        "2024-01-05",
        {"A.NS": {"2024-01-01": 100, "2024-01-02": 110, "2024-01-04": 55, "2024-01-05": 110}},
    )
    of = daily(rows.ledger(), held, "INR")
    shown = performance(of, day("2023-12-31"), day("2024-01-05"))
    assert shown.twr == pytest.approx(0.10)
    assert shown.gain == pytest.approx(100.0)
    assert (shown.into, shown.out, shown.end_value) == (12_000, 0, 12_100)


def test_money_weighted_return_by_hand():
    # 1000 paid in, 1100 a year later: 10 % a year.
    assert xirr([day("2023-01-01"), day("2024-01-01")], [-1_000, 1_100]) == pytest.approx(0.10)
    # Twice 1000 a year apart, 2310 another year later: 1000 x 1.1^2 + 1000 x 1.1 = 2310.
    years = [day("2023-01-01"), day("2024-01-01"), day("2024-12-31")]
    assert xirr(years, [-1_000, -1_000, 2_310]) == pytest.approx(0.10)


@pytest.mark.parametrize(
    ("days", "amounts", "because"),
    [
        ([], [], "No money"),
        (["2024-01-01"], [-5], "on one day"),
        (["2024-01-01", "2024-01-01"], [-5, 6], "on one day"),
        (["2024-01-01", "2024-06-01"], [-5, -6], "lost"),
        (["2024-01-01", "2024-06-01"], [-5, 0], "lost"),
        (["2024-01-01", "2024-06-01"], [5, 6], "Nothing was paid in"),
        (["2024-01-01", "2024-06-01"], [float("nan"), 6], "unknown"),
    ],
)
def test_xirr_says_why_there_is_none(days, amounts, because):
    answer = xirr([day(each) for each in days], amounts)
    assert isinstance(answer, Unavailable)
    assert because in answer.because


def test_almost_everything_lost_is_a_rate_and_everything_is_not():
    year = [day("2023-01-01"), day("2024-01-01")]
    assert xirr(year, [-1_000, 0.5]) == pytest.approx(-0.9995)
    assert isinstance(xirr(year, [-1_000, 0.0]), Unavailable)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-0.6, 3.0),
    st.lists(st.tuples(st.integers(0, 3_000), st.floats(1, 1e6)), min_size=1, max_size=20, unique_by=lambda x: x[0]),
)
def test_xirr_finds_the_rate_that_made_the_flows(rate, paid):
    end = date(2024, 1, 1)
    days = [end - timedelta(days=1 + back) for back, _ in paid]
    worth = sum(amount * (1 + rate) ** ((end - on).days / 365) for on, (_, amount) in zip(days, paid, strict=True))
    found = xirr([*days, end], [*(-amount for _, amount in paid), worth])
    assert found == pytest.approx(rate, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    []
    if SHARED is None
    else [
        (row["sample"], float(row["expected"]))
        for row in csv.DictReader((SHARED / "oracles" / "xirr" / "expected.csv").read_text().splitlines())
        if row["test"] == "test_xirr_samples" and (SHARED / "oracles" / "xirr" / "samples" / row["sample"]).is_file()
    ],
)
def test_xirr_of_known_samples(name, expected):
    assert SHARED is not None
    rows = [
        row
        for row in csv.reader((SHARED / "oracles" / "xirr" / "samples" / name).read_text().splitlines())
        if len(row) == 2
    ]
    rows = [row for row in rows if row[0][:1].isdigit()]
    answer = xirr([_date(row[0]) for row in rows], [float(row[1]) for row in rows])
    assert answer == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_flows_that_fit_several_rates_are_told():
    # 100 (1 + r)^2 - 230 (1 + r) + 132 = 0 for 10 % and 20 %.
    years = [day("2023-01-01"), day("2024-01-01"), day("2024-12-31")]
    assert other_rates(years, [-100, 230, -132]) == pytest.approx((0.10, 0.20), abs=0.02)
    assert other_rates(years, [-100, -100, 230]) == ()
    rate = xirr(years, [-100, 230, -132])
    assert any(rate == pytest.approx(each, abs=1e-6) for each in (0.10, 0.20))


def _date(text):
    return date.fromisoformat(text.strip()[:10])


def test_a_round_trip_within_a_day_is_a_return_on_what_it_took():
    # Incident: trackers that divide by yesterday's value show infinity for the first day.
    rows = Rows()
    rows.buy("2024-01-02", "A.NS", 10, 100)
    rows.sell("2024-01-02", "A.NS", 10, 101)
    held = prices("2024-01-01", "2024-01-03", {"A.NS": {"2024-01-02": 105}})
    shown = performance(daily(rows.ledger(), held, "INR"), day("2024-01-01"), day("2024-01-03"))
    assert shown.twr == pytest.approx(0.01)
    assert shown.gain == pytest.approx(10)
    assert isinstance(shown.xirr, Unavailable)


def test_a_switch_needs_its_capital_once():
    # 1000 in A at yesterday's close; sold at 1000 and put into B, which gains 10 % until the evening.
    value, into, out = np.array([1_000.0, 1_100.0]), np.array([1_000.0, 1_000.0]), np.array([0.0, 1_000.0])
    assert day_returns(value, into, out)[1] == pytest.approx(0.10)


def test_dividend_after_the_sale_counts_as_gain_and_breaks_nothing():
    rows = Rows()
    rows.buy("2024-01-02", "A.NS", 10, 100)
    rows.sell("2024-01-03", "A.NS", 10, 110)
    rows.dividend("2024-02-01", "A.NS", 25)
    held = prices("2024-01-01", "2024-02-02", {"A.NS": {"2024-01-02": 100, "2024-01-03": 110}})
    of = daily(rows.ledger(), held, "INR")
    shown = performance(of, day("2024-01-01"), day("2024-02-02"))
    assert shown.gain == pytest.approx(125)
    assert shown.twr == pytest.approx(0.10)
    assert shown.xirr != 0


def test_everything_lost_is_minus_hundred_per_cent_and_stays_so():
    rows = Rows()
    rows.deposit("2024-01-01", 1_000)
    rows.add(Kind.FEE, "2024-01-05", amount=1_000)
    of = daily(rows.ledger(), prices("2023-12-31", "2024-01-10", {}), "INR")
    shown = performance(of, day("2023-12-31"), day("2024-01-10"))
    assert shown.twr == pytest.approx(-1.0)
    assert isinstance(shown.xirr, Unavailable)
    assert "lost" in shown.xirr.because


def test_less_than_nothing_has_no_return():
    rows = Rows()
    rows.deposit("2024-01-01", 1_000)
    rows.add(Kind.FEE, "2024-01-05", amount=1_500)
    of = daily(rows.ledger(), prices("2023-12-31", "2024-01-10", {}), "INR")
    shown = performance(of, day("2023-12-31"), day("2024-01-10"))
    assert isinstance(shown.twr, Unavailable)
    assert "6 Jan 2024" in shown.twr.because or "06 Jan 2024" in shown.twr.because


def test_a_holding_without_price_is_left_out_and_named():
    rows = Rows()
    rows.buy("2024-01-01", "A.NS", 10, 100)
    rows.add(Kind.TRANSFER_IN, "2024-01-02", symbol="X.NS", quantity=5)
    held = prices("2023-12-31", "2024-01-03", {"A.NS": {"2024-01-01": 100, "2024-01-03": 120}})
    of = daily(rows.ledger(), held, "INR")
    shown = performance(of, day("2023-12-31"), day("2024-01-03"))
    assert shown.without == ("X.NS",)
    assert shown.twr == pytest.approx(0.2)
    alone = performance(of, day("2023-12-31"), day("2024-01-03"), of.lines(["X.NS"]))
    assert alone.gain is None
    assert isinstance(alone.twr, Unavailable)


def test_a_bonus_halves_the_price_and_not_the_return():
    rows = Rows()
    rows.buy("2024-01-01", "A.NS", 10, 100)
    rows.add(Kind.BONUS, "2024-01-03", symbol="A.NS", ratio_new=1, ratio_old=1)
    held = prices("2023-12-31", "2024-01-04", {"A.NS": {"2024-01-01": 100, "2024-01-03": 50, "2024-01-04": 55}})
    shown = performance(daily(rows.ledger(), held, "INR"), day("2023-12-31"), day("2024-01-04"))
    assert shown.twr == pytest.approx(0.10)
    assert shown.gain == pytest.approx(100)


def test_crypto_trades_on_weekends_and_today_is_the_last_session():
    rows = Rows()
    rows.buy("2024-01-01", "A.NS", 1, 100)
    friday = prices("2023-12-31", "2024-01-07", {"A.NS": {"2024-01-01": 100, "2024-01-04": 100, "2024-01-05": 110}})
    shown = performances(daily(rows.ledger(), friday, "INR"), [Period.TODAY])[Period.TODAY]
    assert (shown.start, shown.twr) == (day("2024-01-04"), pytest.approx(0.10))
    rows.buy("2024-01-01", "BTC-USD", 1, 50)
    coins = prices(
        "2023-12-31",
        "2024-01-07",
        {
            "A.NS": {"2024-01-01": 100, "2024-01-05": 110},
            "BTC-USD": {"2024-01-01": 50, "2024-01-06": 50, "2024-01-07": 66},
        },
    )
    shown = performances(daily(rows.ledger(), coins, "INR"), [Period.TODAY])[Period.TODAY]
    assert shown.start == day("2024-01-06")
    assert shown.gain == pytest.approx(16)


@pytest.mark.parametrize(
    ("period", "until", "expected"),
    [
        (Period.TODAY, "2026-11-18", "2026-11-17"),
        (Period.WEEK, "2026-11-18", "2026-11-11"),
        (Period.MONTH, "2026-03-31", "2026-02-28"),
        (Period.YEAR_TO_DATE, "2026-11-18", "2025-12-31"),
        (Period.FINANCIAL_YEAR, "2026-03-31", "2025-03-31"),
        (Period.FINANCIAL_YEAR, "2026-04-01", "2026-03-31"),
        (Period.YEAR, "2024-02-29", "2023-02-28"),
        (Period.START, "2026-11-18", "2019-12-31"),
        (Period.FIVE_YEARS, "2022-01-01", "2019-12-31"),
    ],
)
def test_where_a_period_begins(period, until, expected):
    assert first_day(period, day(until), day("2020-01-01")) == day(expected)


def test_the_monthly_matrix_links_to_the_whole():
    rows = Rows()
    rows.buy("2023-11-10", "A.NS", 10, 100)
    chance = np.random.default_rng(7)
    days = calendar(day("2023-11-01"), day("2024-02-20"))
    close = {"A.NS": 100 * np.exp(np.cumsum(chance.normal(0, 0.02, len(days))))}
    close["A.NS"][9] = 100.0
    held = Prices(days, close, {}, prices("2023-11-01", "2023-11-02", {"A.NS": {}}).about)
    of = daily(rows.ledger(), held, "INR")
    matrix = months(of)
    assert matrix.years == (2023, 2024)
    assert np.isnan(matrix.rates[0, :10]).all()
    assert np.isnan(matrix.rates[1, 2:]).all()
    whole = performance(of, day("2023-11-09"), day("2024-02-20")).twr
    assert np.prod(1 + matrix.totals) - 1 == pytest.approx(whole)


def test_an_explanation_lists_the_flows_and_they_add_up():
    rows = Rows()
    rows.deposit("2022-01-01", 1_000)
    rows.deposit("2023-01-01", 500)
    rows.withdraw("2023-06-01", 200)
    rows.buy("2022-01-01", "A.NS", 10, 100)
    held = prices("2021-12-31", "2024-01-01", {"A.NS": {"2022-01-01": 100, "2024-01-01": 130}})
    of = daily(rows.ledger(), held, "INR")
    shown = performance(of, day("2021-12-31"), day("2024-01-01"))
    money = explain(of, shown, "xirr")
    assert [step.what for step in money.steps] == [
        "value at the start", "paid in", "paid in", "taken out", "value at the end",
    ]  # fmt: skip
    assert [step.amount for step in money.steps] == [0, -1_000, -500, 200, 1_600]
    assert money.check == pytest.approx(0, abs=1e-4)
    linked = explain(of, shown, "twr")
    product = np.prod([step.factor for step in linked.steps if step.factor is not None])
    assert product - 1 == pytest.approx(linked.result)
    assert "value before" in linked.formula
    short = explain(of, shown, "xirr", most=2)
    assert (len(short.steps), short.left_out) == (3, 3) or short.left_out == 3


def test_an_account_without_cash_says_so_in_the_explanation():
    rows = Rows()
    rows.buy("2024-01-01", "A.NS", 1, 100)
    held = prices("2023-12-31", "2024-02-01", {"A.NS": every_day("2024-01-01", "2024-02-01", 100)})
    of = daily(rows.ledger(), held, "INR")
    told = explain(of, performance(of, day("2023-12-31"), day("2024-02-01")), "xirr")
    assert any("not booked" in sentence for sentence in told.convention)
