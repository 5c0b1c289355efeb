"""Simulated accounts obey the identities of accounting, and ratios follow from accounts and price."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from core.market.errors import EmptyAnswer
from core.market.instruments import by_symbol, catalogue
from core.market.model import ActionKind, AssetClass, Kind, Period, StatementKind
from core.market.sources.base import Request, ask

COMPANIES = sorted(each.symbol for each in catalogue() if each.asset_class is AssetClass.STOCK)
SAMPLE = ("RELIANCE.NS", "HDFCBANK.NS", "TCS.NS", "HINDUNILVR.NS", "DLF.NS", "IDEA.NS", "AAPL", "JPM", "XOM")


def statements(market, symbol):
    found = defaultdict(dict)
    for each in ask(market, Request(Kind.STATEMENTS, by_symbol(symbol))).data:
        found[each.period, each.kind][each.period_end] = each
    return found


def items(market, symbol, period, kind):
    return {end: each.items for end, each in statements(market, symbol)[period, kind].items()}


@pytest.mark.parametrize("symbol", COMPANIES)
def test_balance_sheets_balance_and_hold_something(market, symbol):
    for period in (Period.QUARTERLY, Period.ANNUAL):
        sheets = items(market, symbol, period, StatementKind.BALANCE)
        assert len(sheets) >= 15
        for sheet in sheets.values():
            assert sheet["total_assets"] == sheet["total_liabilities"] + sheet["total_equity"]
            assert sheet["total_debt"] == sheet["current_debt"] + sheet["long_term_debt"]
            assert sheet["total_equity"] > 0
            assert sheet["cash"] > 0


@pytest.mark.parametrize("symbol", SAMPLE)
def test_the_income_statement_runs_down_to_earnings_per_share(market, symbol):
    for income in items(market, symbol, Period.QUARTERLY, StatementKind.INCOME).values():
        assert income["gross_profit"] == income["total_revenue"] - income["cost_of_revenue"]
        assert income["operating_income"] == income["gross_profit"] - income["operating_expense"]
        assert income["net_income"] == income["pretax_income"] - income["tax_provision"]
        assert income["basic_eps"] * income["basic_average_shares"] == pytest.approx(income["net_income"], rel=1e-12)
        assert 0.03 < income["net_income"] / income["total_revenue"] < 0.45


@pytest.mark.parametrize("symbol", SAMPLE)
def test_cash_at_the_end_is_cash_at_the_start_and_what_flowed(market, symbol):
    flows = items(market, symbol, Period.QUARTERLY, StatementKind.CASH_FLOW)
    sheets = items(market, symbol, Period.QUARTERLY, StatementKind.BALANCE)
    before = None
    for end, flow in flows.items():
        total = flow["operating_cash_flow"] + flow["investing_cash_flow"] + flow["financing_cash_flow"]
        assert total == flow["changes_in_cash"] == flow["cash_at_end"] - flow["cash_at_start"]
        assert flow["cash_at_end"] == sheets[end]["cash"]
        assert flow["free_cash_flow"] == flow["operating_cash_flow"] + flow["capital_expenditure"]
        if before is not None:
            assert flow["cash_at_start"] == flows[before]["cash_at_end"]
            kept = flow["net_income"] + flow["dividends_paid"]
            raised = flow["share_buybacks"] + flow["issuance_of_capital_stock"]
            assert sheets[end]["total_equity"] == sheets[before]["total_equity"] + kept + raised
        before = end


@pytest.mark.parametrize("symbol", SAMPLE)
def test_four_quarters_make_the_year(market, symbol):
    for kind, lines in (
        (StatementKind.INCOME, ("total_revenue", "net_income", "tax_provision")),
        (StatementKind.CASH_FLOW, ("operating_cash_flow", "changes_in_cash", "dividends_paid")),
    ):
        quarters = items(market, symbol, Period.QUARTERLY, kind)
        for end, year in items(market, symbol, Period.ANNUAL, kind).items():
            four = [each for quarter, each in quarters.items() if end - timedelta(days=300) < quarter <= end]
            assert len(four) == 4
            for line in lines:
                assert year[line] == sum(each[line] for each in four)
            if kind is StatementKind.INCOME:
                shares = year["basic_average_shares"]
                assert year["basic_eps"] * shares == pytest.approx(year["net_income"], rel=1e-12)


def test_years_end_in_march_in_india_and_in_december_in_america(market):
    assert {end.month for end in items(market, "TCS.NS", Period.ANNUAL, StatementKind.INCOME)} == {3}
    assert {end.month for end in items(market, "AAPL", Period.ANNUAL, StatementKind.INCOME)} == {12}


@pytest.mark.parametrize("symbol", SAMPLE)
def test_every_statement_has_the_day_it_was_filed_within_the_statutory_time(market, symbol):
    for each in ask(market, Request(Kind.STATEMENTS, by_symbol(symbol))).data:
        assert each.filed_on == each.known_on
        assert not each.known_estimated
        assert timedelta(days=12) <= each.filed_on - each.period_end <= timedelta(days=65)


@pytest.mark.parametrize("symbol", SAMPLE)
def test_dividends_in_the_cash_flow_are_the_actions_of_the_quarter(market, symbol):
    shares = ask(market, Request(Kind.RATIOS, by_symbol(symbol))).data.values["shares_outstanding"]
    actions = ask(market, Request(Kind.ACTIONS, by_symbol(symbol))).data
    ends = sorted(items(market, symbol, Period.QUARTERLY, StatementKind.CASH_FLOW).items())
    for (before, _), (end, flow) in pairwise(ends):
        cash = sum(a.value for a in actions if a.kind is ActionKind.DIVIDEND and before < a.ex_date <= end)
        assert -flow["dividends_paid"] == pytest.approx(cash * shares, abs=1.0)


@pytest.mark.parametrize("symbol", SAMPLE)
@pytest.mark.parametrize("day", [date(2015, 6, 15), date(2021, 11, 3), date(2026, 11, 20)])
def test_ratios_are_those_of_the_price_and_the_accounts_known_that_day(market, symbol, day):
    end = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    instrument = by_symbol(symbol)
    values = ask(market, Request(Kind.RATIOS, instrument, end=end)).data.values
    price = ask(market, Request(Kind.QUOTE, instrument, end=end)).data.price
    known = ask(market, Request(Kind.STATEMENTS, instrument, end=end)).data
    quarters = [each for each in known if each.period is Period.QUARTERLY]
    incomes = [each.items for each in quarters if each.kind is StatementKind.INCOME][-4:]
    sheet = [each.items for each in quarters if each.kind is StatementKind.BALANCE][-1]
    earned = sum(each["net_income"] for each in incomes)
    shares = values["shares_outstanding"]
    assert values["market_cap"] == pytest.approx(price * shares)
    assert values["pe"] == pytest.approx(price * shares / earned)
    assert values["pb"] == pytest.approx(price * shares / sheet["total_equity"])
    assert values["roe"] == pytest.approx(earned / sheet["total_equity"])
    assert values["debt_to_equity"] == pytest.approx(sheet["total_debt"] / sheet["total_equity"])


def test_valuations_are_of_a_sane_order_for_every_company(market):
    for symbol in COMPANIES:
        values = ask(market, Request(Kind.RATIOS, by_symbol(symbol))).data.values
        assert 2.5 < values["pe"] < 160, symbol
        assert 0.03 < values["roe"] < 0.6, symbol
        assert values.get("dividend_yield", 0.0) < 0.08, symbol


def test_before_four_quarters_are_filed_there_are_no_ratios(market):
    end = datetime(2010, 1, 20, tzinfo=UTC)
    with pytest.raises(EmptyAnswer):
        ask(market, Request(Kind.RATIOS, by_symbol("TCS.NS"), end=end))
