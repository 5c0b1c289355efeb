"""The tax report, case by case, by hand; each case names the rule it stands on."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.portfolio.ledger import replay
from core.portfolio.model import Kind, Matching
from core.portfolio.tax.assets import asset_of
from core.portfolio.tax.document import sales_csv, schedule_112a_csv
from core.portfolio.tax.report import report, years
from core.portfolio.tax.rules import RULES, Asset, FinancialYear, Term, rule, term
from core.portfolio.tax.sales import Head, grandfathered_symbols
from core.portfolio.tax.setoff import Losses, set_off
from tests.portfolio.small_ledgers import BROKER, D, Rows, day

Y23, Y24 = FinancialYear(2023), FinancialYear(2024)


@pytest.mark.parametrize(
    ("bought", "sold", "expected"),
    [
        ("2023-01-15", "2024-01-14", Term.SHORT),
        ("2023-01-15", "2024-01-15", Term.SHORT),  # exactly twelve months are not more than twelve
        ("2023-01-15", "2024-01-16", Term.LONG),
        ("2024-02-29", "2025-02-28", Term.SHORT),
        ("2024-02-29", "2025-03-01", Term.LONG),
        ("2023-02-28", "2024-02-29", Term.LONG),
    ],
)
def test_long_term_is_more_than_twelve_calendar_months(bought, sold, expected):
    assert term(day(bought), day(sold), 12) is expected


@pytest.mark.parametrize(
    ("on", "short", "long", "section"),
    [
        ("2018-03-31", "0.15", "0", "10(38)"),
        ("2018-04-01", "0.15", "0.10", "112A"),
        ("2024-07-22", "0.15", "0.10", "112A"),
        ("2024-07-23", "0.20", "0.125", "112A"),
        ("2025-12-01", "0.20", "0.125", "112A"),
    ],
)
def test_rates_change_on_their_day(on, short, long, section):
    found = rule(Asset.EQUITY, day(on))
    assert found is not None
    assert (found.short_rate, found.long_rate, found.long_section) == (D(short), D(long), section)


def test_the_table_leaves_no_day_twice_and_says_where_it_comes_from():
    for asset in {each.asset for each in RULES}:
        spans = [(each.since, each.until) for each in RULES if each.asset is asset]
        for (_, until), (since, _) in itertools.pairwise(spans):
            assert until is not None
            assert (since - until).days == 1
    assert all("Finance" in each.source for each in RULES)
    assert (FinancialYear(2017).exemption, Y23.exemption, Y24.exemption) == (0, 100_000, 125_000)


def test_sales_on_both_sides_of_23_july_2024():
    rows = Rows()
    rows.buy("2022-01-03", "TCS.NS", 300, 3_000)
    rows.buy("2024-05-02", "INFY.NS", 200, 1_400)
    rows.sell("2024-07-22", "TCS.NS", 100, 4_000, fees=100)
    rows.sell("2024-07-23", "TCS.NS", 200, 4_500)
    rows.sell("2024-07-22", "INFY.NS", 100, 1_500)
    rows.sell("2024-07-23", "INFY.NS", 100, 1_600)
    of = report(rows.ledger(), Y24)
    gains = {(line.head, line.rate): line.gain for line in of.lines}
    assert gains == {
        (Head.LONG, D("0.10")): 99_900,
        (Head.LONG, D("0.125")): 300_000,
        (Head.SHORT, D("0.15")): 10_000,
        (Head.SHORT, D("0.20")): 20_000,
    }
    # 1,25,000 free, taken off the gains at 12.5 %.
    assert of.taxable[Head.LONG, D("0.125")] == 175_000
    assert of.tax == D("21875") + D("9990") + D("1500") + D("4000")
    assert of.cess == of.tax * D("0.04")
    assert {each.since for each in of.rules} == {day("2018-04-01"), day("2024-07-23")}


def test_the_exemption_is_one_for_a_person_and_a_year():
    rows = Rows()
    rows.buy("2020-06-01", "ITC.NS", 1_000, 200)
    rows.buy("2020-06-01", "ITC.NS", 1_000, 200, account_id=2)
    rows.sell("2023-06-01", "ITC.NS", 1_000, 260)
    rows.sell("2023-06-01", "ITC.NS", 1_000, 260, account_id=2)
    of = report(rows.ledger(), Y23)
    assert of.set_off.exempt == 100_000
    assert of.tax == D("2000")


@pytest.mark.parametrize(
    ("paid", "fair", "sold", "cost", "gain"),
    [
        (100, 200, 250, 200, 50),  # fair value above cost: it is the cost
        (100, 200, 150, 150, 0),  # but not above what was received
        (250, 200, 150, 250, -100),  # and never below what was paid
        (100, 90, 150, 100, 50),
    ],
)
def test_grandfathering_of_31_january_2018(paid, fair, sold, cost, gain):
    rows = Rows()
    rows.buy("2016-05-02", "ITC.NS", 10, paid)
    rows.sell("2019-05-02", "ITC.NS", 10, sold)
    of = report(rows.ledger(), FinancialYear(2019), fair_values={"ITC.NS": D(fair)})
    (sale,) = of.sales
    assert (sale.cost, sale.gain) == (cost * 10, gain * 10)
    (row,) = of.schedule_112a
    assert (row.acquired, row.transferred, row.actual_cost, row.fair_value) == ("BE", "BE", paid * 10, fair * 10)
    assert row.balance == row.consideration - row.deductions


def test_without_the_price_of_31_january_2018_it_is_asked_for():
    rows = Rows()
    rows.buy("2016-05-02", "ITC.NS", 10, 100)
    rows.buy("2018-02-01", "LT.NS", 10, 100)
    rows.sell("2019-05-02", "ITC.NS", 10, 150)
    rows.sell("2019-05-02", "LT.NS", 10, 150)
    ledger, year = rows.ledger(), FinancialYear(2019)
    assert grandfathered_symbols(ledger, year) == ("ITC.NS",)
    of = report(ledger, year)
    assert [sale.symbol for sale in of.attention] == ["ITC.NS"]
    assert "31 January 2018" in of.attention[0].attention
    assert of.attention[0].gain == 500


def test_a_split_divides_the_price_of_2018_and_a_bonus_does_not():
    rows = Rows()
    rows.buy("2016-05-02", "ITC.NS", 10, 100)
    rows.add(Kind.SPLIT, "2018-09-03", symbol="ITC.NS", ratio_new=5, ratio_old=1)
    rows.add(Kind.BONUS, "2018-10-01", symbol="ITC.NS", ratio_new=1, ratio_old=1)
    rows.sell("2020-02-03", "ITC.NS", 100, 60)
    of = report(rows.ledger(), FinancialYear(2019), fair_values={"ITC.NS": D(400)})
    old, bonus = of.sales
    # 50 of the old units: 400 / 5 = 80 each, not above the 60 received.
    assert (old.cost, old.gain) == (3_000, 0)
    # 50 bonus units: they cost nil and came after 31 January 2018, so all of it is gain.
    assert (bonus.cost, bonus.gain, bonus.fair_value) == (0, 3_000, None)


def test_bonus_units_are_held_since_their_allotment_and_split_units_since_the_purchase():
    rows = Rows()
    rows.buy("2022-01-03", "ITC.NS", 10, 100)
    rows.add(Kind.SPLIT, "2023-05-02", symbol="ITC.NS", ratio_new=2, ratio_old=1)
    rows.add(Kind.BONUS, "2023-06-01", symbol="ITC.NS", ratio_new=1, ratio_old=1)
    rows.sell("2023-12-01", "ITC.NS", 40, 60)
    of = report(rows.ledger(), Y23)
    assert [(sale.head, sale.disposal.quantity, sale.gain) for sale in of.sales] == [
        (Head.LONG, 20, 200),
        (Head.SHORT, 20, 1_200),
    ]


def test_same_day_trades_are_speculative_and_no_capital_gain():
    rows = Rows()
    rows.buy("2024-09-02", "ITC.NS", 10, 100)
    rows.sell("2024-09-02", "ITC.NS", 10, 110, fees=5)
    of = report(rows.ledger(), Y24)
    assert of.sales[0].head is Head.SPECULATIVE
    assert (of.speculative, of.tax) == (95, 0)


def test_crypto_is_taxed_at_thirty_and_its_losses_count_for_nothing():
    rows = Rows()
    rows.buy("2024-05-02", "BTC-INR", 2, 100_000, fees=50)
    rows.sell("2024-06-03", "BTC-INR", 1, 150_000, fees=300)
    rows.sell("2024-06-04", "BTC-INR", 1, 90_000)
    of = report(rows.ledger(), Y24)
    # No deduction but the cost of acquisition: the fee of the sale stays in the gain.
    assert of.crypto == D("150000") - D("100025")
    assert of.tax == of.crypto * D("0.30")
    assert of.set_off.carried == Losses()


def test_what_no_rule_covers_is_said_and_not_computed():
    rows = Rows()
    rows.buy("2022-05-02", "GOLDBEES.NS", 10, 40)
    rows.sell("2024-09-02", "GOLDBEES.NS", 10, 60)
    rows.buy("2022-05-02", "AAPL", 1, 100, account_id=3, currency="USD")
    rows.sell("2024-09-02", "AAPL", 1, 150, account_id=3, currency="USD")
    rows.sell("2024-09-02", "ITC.NS", 1, 400)
    of = report(rows.ledger(), Y24)
    assert {sale.symbol for sale in of.not_covered} == {"GOLDBEES.NS", "AAPL"}
    assert all(sale.attention and sale.gain is None for sale in of.not_covered)
    assert of.tax == 0


def test_units_sold_before_they_were_bought_are_not_covered():
    rows = Rows()
    rows.sell("2024-09-02", "ITC.NS", 5, 400)
    rows.buy("2024-09-10", "ITC.NS", 5, 390)
    of = report(rows.ledger(), Y24)
    assert [sale.head for sale in of.sales] == [Head.NOT_COVERED]
    assert "before it was bought" in of.sales[0].attention


def test_an_unknown_cost_leaves_the_tax_unknown():
    rows = Rows()
    rows.add(Kind.TRANSFER_IN, "2020-01-01", symbol="ITC.NS", quantity=10)
    rows.sell("2024-09-02", "ITC.NS", 10, 400)
    of = report(rows.ledger(), Y24)
    assert of.tax is None
    assert "cost" in of.attention[0].attention
    assert of.schedule_112a == ()


@pytest.mark.parametrize(
    ("symbol", "isin", "expected"),
    [
        ("RELIANCE.NS", "INE002A01018", Asset.EQUITY),
        ("NIFTYBEES.NS", "", Asset.EQUITY),
        ("SOMETHING.BO", "", Asset.EQUITY),
        ("GOLDBEES.NS", "INF204KB17I5", Asset.OTHER_LISTED),
        ("LIQUIDBEES.NS", "", Asset.OTHER_LISTED),
        ("MON100.NS", "", Asset.OTHER_LISTED),
        ("SGBMAY29I.NS", "IN0020210061", Asset.OTHER_LISTED),
        ("AAPL", "US0378331005", Asset.FOREIGN),
        ("BTC-USD", "", Asset.CRYPTO),
        ("OWN:flat", "", Asset.OWN),
        ("^NSEI", "", Asset.UNKNOWN),
        ("not a symbol", "", Asset.UNKNOWN),
    ],
)
def test_what_the_law_takes_a_symbol_for(symbol, isin, expected):
    assert asset_of(symbol, isin) is expected


def test_losses_meet_the_dearest_gains_first_and_long_ones_only_long_ones():
    done = set_off(
        {D("0.15"): D(-300), D("0.20"): D(100)}, {D("0.10"): D(-50), D("0.125"): D(500)}, D(125), Losses(D(20), D(30))
    )
    # Short 300: 100 against 20 %, 200 against long. Long 50. Brought 20 + 30. Then the exemption of 125.
    assert (done.used_short, done.used_long, done.used_brought) == (300, 50, Losses(D(20), D(30)))
    assert done.short == {D("0.20"): 0}
    assert done.long == {D("0.125"): 75}
    assert (done.exempt, done.carried) == (125, Losses())


def test_long_losses_never_meet_short_gains_and_are_carried_forward():
    done = set_off({D("0.20"): D(100)}, {D("0.125"): D(-400)}, D(125_000))
    assert done.short == {D("0.20"): 100}
    assert done.carried == Losses(D(0), D(400))


amounts = st.dictionaries(st.sampled_from([D("0.15"), D("0.20")]), st.integers(-1_000, 1_000).map(D), max_size=2)
longs = st.dictionaries(st.sampled_from([D("0.10"), D("0.125")]), st.integers(-1_000, 1_000).map(D), max_size=2)


@settings(max_examples=40, deadline=None)
@given(amounts, longs, st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_set_off_loses_and_makes_nothing(short, long, exemption, brought_short, brought_long):
    done = set_off(short, long, D(exemption), Losses(D(brought_short), D(brought_long)))
    before = sum(short.values()) + sum(long.values()) - brought_short - brought_long
    after = sum(done.short.values()) + sum(done.long.values()) + done.exempt - done.carried.short - done.carried.long
    assert before == after
    assert all(each >= 0 for each in (*done.short.values(), *done.long.values(), done.exempt, done.carried.short))
    assert done.exempt <= exemption


@pytest.mark.parametrize(
    ("on", "quarter"),
    [
        ("2024-04-01", 0), ("2024-06-15", 0), ("2024-06-16", 1), ("2024-09-15", 1), ("2024-09-16", 2),
        ("2024-12-15", 2), ("2024-12-16", 3), ("2025-03-15", 3), ("2025-03-16", 4), ("2025-03-31", 4),
    ],
)  # fmt: skip
def test_the_quarters_of_advance_tax(on, quarter):
    rows = Rows()
    rows.dividend(on, "ITC.NS", 100, taxes=10)
    of = report(rows.ledger(), Y24)
    assert [each.dividends for each in of.quarters].index(100) == quarter
    assert of.dividends[0].deducted == 10


def test_quarters_add_up_to_the_year():
    rows = Rows()
    rows.buy("2024-01-01", "ITC.NS", 100, 400)
    for on in ("2024-05-01", "2024-08-01", "2024-11-01", "2025-01-15", "2025-03-20"):
        rows.sell(on, "ITC.NS", 20, 450)
    of = report(rows.ledger(), Y24)
    total = sum(sum(each.gains.values()) for each in of.quarters)
    assert total == sum(line.gain for line in of.lines) == 5_000
    assert all(each.gains for each in of.quarters)


def test_another_matching_is_refused():
    rows = Rows()
    rows.buy("2024-01-01", "ITC.NS", 1, 400)
    with pytest.raises(ValueError, match="first in, first out"):
        report(replay((BROKER,), rows.made, matching=Matching.LIFO), Y24)


def test_files_hold_every_row_and_no_formula():
    rows = Rows()
    rows.buy("2020-01-01", "=EVIL.NS", 10, 100, isin="INE000A01010")
    rows.sell("2023-09-02", "=EVIL.NS", 10, 150)
    rows.buy("2020-01-01", "ITC.NS", 10, 100)
    rows.sell("2023-09-02", "ITC.NS", 10, 150, fees="7")
    ledger = replay((BROKER,), [replace(row, fees=D(row.fees)) for row in rows.made])
    of = report(ledger, Y23)
    listed = list(csv.DictReader(io.StringIO(sales_csv(of).decode("utf-8-sig"))))
    assert [row["Symbol"] for row in listed] == ["'=EVIL.NS", "ITC.NS"]
    assert listed[1]["Gain"] == "493.00"
    (schedule,) = csv.DictReader(io.StringIO(schedule_112a_csv(of).decode("utf-8-sig")))
    assert (schedule["Share/Unit acquired"], schedule["Balance"], schedule["No. of Shares/Units"]) == (
        "AE",
        "493.00",
        "10",
    )


def test_years_that_have_something_to_report():
    rows = Rows()
    rows.buy("2020-01-01", "ITC.NS", 10, 100)
    rows.sell("2023-03-31", "ITC.NS", 5, 150)
    rows.dividend("2024-04-01", "ITC.NS", 5)
    assert [year.words for year in years(rows.ledger())] == ["2024-25", "2022-23"]
    assert "advice" in report(rows.ledger(), Y24).notice


def test_a_split_counts_once_also_for_lots_that_moved_to_another_account():
    rows = Rows()
    rows.buy("2016-05-02", "ITC.NS", 10, 10)
    rows.buy("2016-05-02", "ITC.NS", 10, 10, account_id=2)
    rows.add(Kind.SPLIT, "2018-09-03", symbol="ITC.NS", ratio_new=2, ratio_old=1)
    rows.add(Kind.SPLIT, "2018-09-03", symbol="ITC.NS", ratio_new=2, ratio_old=1, account_id=2)
    rows.add(Kind.TRANSFER_OUT, "2019-01-01", symbol="ITC.NS", quantity=20, counter_account_id=2)
    rows.sell("2020-02-03", "ITC.NS", 40, 100, account_id=2)
    of = report(rows.ledger(), FinancialYear(2019), fair_values={"ITC.NS": D(100)})
    assert {sale.cost for sale in of.sales} == {1_000}  # 20 units at 100 / 2


def test_shares_out_of_a_merger_do_not_take_the_price_of_the_new_ones():
    rows = Rows()
    rows.buy("2016-05-02", "OLD.NS", 10, 10)
    rows.add(Kind.MERGER, "2019-01-01", symbol="OLD.NS", other_symbol="NEW.NS", ratio_new=1, ratio_old=1)
    rows.sell("2020-02-03", "NEW.NS", 10, 100)
    (sale,) = report(rows.ledger(), FinancialYear(2019), fair_values={"NEW.NS": D(90)}).sales
    assert (sale.head, sale.cost, sale.fair_value) == (Head.LONG, 100, None)
    assert "merger" in sale.attention


def test_a_fraction_of_a_bonus_paid_in_cash_is_no_day_trade():
    rows = Rows()
    rows.buy("2022-01-03", "ITC.NS", 3, 100)
    rows.add(Kind.BONUS, "2023-06-01", symbol="ITC.NS", ratio_new=1, ratio_old=2, amount=40)
    of = report(rows.ledger(), Y23)
    assert [sale.head for sale in of.sales] == [Head.SHORT]
    assert of.sales[0].gain == 40
