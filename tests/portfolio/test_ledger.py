"""Cases that other trackers got wrong, computed by hand, each named after what happened."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.portfolio.ledger import extend, replay
from core.portfolio.model import Disposal, Kind, Ledger, Matching, Position, Transaction
from tests.portfolio.books import BANK, EVERYWHERE, INDIA, SECOND, STATES, day, played, row

D = Decimal
INFY = "INFY.NS"


def _held(ledger: Ledger, symbol: str = INFY, account: int = INDIA.id) -> Position:
    found = ledger.position(account, symbol)
    assert found is not None
    return found


def _found(ledger: Ledger) -> list[tuple[str, int | None]]:
    return [(each.kind, each.transaction_id) for each in ledger.findings]


def _gains(disposals: tuple[Disposal, ...]) -> list[tuple[str, str, Decimal, Decimal | None, Decimal]]:
    return [(str(d.held_since), str(d.sold_on), d.quantity, d.cost, d.proceeds) for d in disposals]


def test_bonus_halves_the_average_and_is_no_gain() -> None:
    ledger = played(
        row(Kind.BUY, "2023-01-10", INFY, quantity=100, price=1500, fees=50, taxes=150),
        row(Kind.BONUS, "2024-02-15", INFY, ratio_new=1, ratio_old=1),
        row(Kind.SELL, "2024-03-01", INFY, quantity=150, price=800),
    )
    position = _held(ledger)
    assert position.quantity == 50
    assert position.average_cost == D(751), "150,200 over 200 units"
    assert position.realised == 150 * 800 - 150 * 751
    assert _gains(ledger.disposals) == [
        ("2023-01-10", "2024-03-01", 100, D(150050), D(80000)),
        ("2024-02-15", "2024-03-01", 50, D(0), D(40000)),
    ]
    assert ledger.disposals[1].origin is Kind.BONUS


def test_split_keeps_what_was_paid_and_since_when_it_is_held() -> None:
    ledger = played(
        row(Kind.BUY, "2020-05-04", INFY, quantity=7, price="731.30"),
        row(Kind.SPLIT, "2022-09-01", INFY, ratio_new=5, ratio_old=1),
    )
    (lot,) = _held(ledger).lots
    assert (lot.quantity, lot.cost, lot.unit_cost) == (35, D("5119.10"), D("146.26"))
    assert lot.held_since == lot.acquired_on == day("2020-05-04")


def test_split_with_fractional_shares_paid_in_cash() -> None:
    ledger = played(
        row(Kind.BUY, "2020-05-04", INFY, quantity=11, price=300),
        row(Kind.SPLIT, "2022-09-01", INFY, ratio_new=3, ratio_old=2, amount="105.50"),
    )
    position = _held(ledger)
    assert position.quantity == 16
    assert position.invested == 3200
    assert position.realised == D("105.50") - 100
    assert _gains(ledger.disposals) == [("2020-05-04", "2022-09-01", D("0.5"), D(100), D("105.50"))]
    assert ledger.findings == ()


def test_reverse_split_whose_fraction_nobody_paid_says_so_and_keeps_it() -> None:
    ledger = played(
        row(Kind.BUY, "2020-05-04", INFY, quantity=103, price=10),
        row(Kind.SPLIT, "2022-09-01", INFY, ratio_new=1, ratio_old=10),
    )
    assert _held(ledger).quantity == D("10.3")
    assert _held(ledger).invested == 1030
    assert _found(ledger) == [("fraction_left", 2)]
    assert "0.3" in ledger.findings[0].detail


def test_fractional_holdings_split_without_a_word() -> None:
    ledger = played(
        row(Kind.BUY, "2020-05-04", "AAPL", quantity="1.2345", price=100),
        row(Kind.SPLIT, "2020-08-31", "AAPL", ratio_new=4, ratio_old=1),
    )
    assert _held(ledger, "AAPL").quantity == D("4.938")
    assert ledger.findings == ()


def test_split_of_thirds_adds_up_to_the_last_digit() -> None:
    ledger = played(
        *(row(Kind.BUY, f"2020-05-{d:02d}", INFY, quantity=1, price=10) for d in (4, 5, 6, 7)),
        row(Kind.SPLIT, "2022-09-01", INFY, ratio_new=1, ratio_old=3, amount=4),
        row(Kind.SELL, "2022-09-02", INFY, quantity=1, price=30),
    )
    position = _held(ledger)
    assert position.quantity == 0
    assert position.lots == ()
    assert position.invested == 0
    assert position.realised == 4 + 30 - 40


def test_a_split_that_disagrees_with_the_broker_says_so() -> None:
    ledger = played(
        row(Kind.BUY, "2020-05-04", INFY, quantity=90, price=10),
        row(Kind.SPLIT, "2022-09-01", INFY, ratio_new=2, ratio_old=1, quantity=200),
    )
    assert _held(ledger).quantity == 180
    assert _found(ledger) == [("split_mismatch", 2)]


def test_units_bought_on_the_day_of_a_split_are_not_split() -> None:
    ledger = played(
        row(Kind.BUY, "2022-08-31", INFY, quantity=10, price=1000),
        row(Kind.BUY, "2022-09-01", INFY, quantity=10, price=500),
        row(Kind.SPLIT, "2022-09-01", INFY, ratio_new=2, ratio_old=1),
    )
    assert _held(ledger).quantity == 30
    assert _held(ledger).average_cost == 500


def test_sell_before_buy_goes_below_zero_and_is_covered_later() -> None:
    sale = row(Kind.SELL, "2024-01-10", INFY, quantity=10, price=120)
    alone = played(sale)
    assert _held(alone).quantity == -10
    assert _held(alone).average_cost == 120
    assert _held(alone).realised == 0
    assert _found(alone) == [("sold_unheld", 1)]
    assert "sells 10 that were never bought" in alone.findings[0].detail
    covered = played(sale, row(Kind.BUY, "2024-02-10", INFY, quantity=15, price=100))
    position = _held(covered)
    assert (position.quantity, position.invested, position.realised) == (5, 500, 200)
    (gain,) = covered.disposals
    assert (gain.short, gain.sold_on, gain.acquired_on) == (True, day("2024-01-10"), day("2024-02-10"))
    assert (gain.quantity, gain.proceeds, gain.cost) == (10, 1200, 1000)
    assert _found(covered) == [("sold_unheld", 1)]


def test_selling_more_than_is_held_realises_what_is_known() -> None:
    ledger = played(
        row(Kind.BUY, "2024-01-01", INFY, quantity=6, price=100),
        row(Kind.SELL, "2024-01-10", INFY, quantity=10, price=120, fees=10),
    )
    position = _held(ledger)
    assert position.quantity == -4
    assert position.realised == D("1190") * 6 / 10 - 600
    assert position.invested == -D("1190") * 4 / 10
    assert len(ledger.disposals) == 1
    assert "sells 4 that" in ledger.findings[0].detail


def test_day_trading_short_with_times_is_a_gain_and_no_finding() -> None:
    ledger = played(
        row(Kind.BUY, "2024-01-10", INFY, quantity=10, price=100, at="2024-01-10T09:00:00+00:00"),
        row(Kind.SELL, "2024-01-10", INFY, quantity=10, price=120, at="2024-01-10T04:00:00+00:00"),
    )
    assert _held(ledger).quantity == 0
    assert _held(ledger).realised == 200
    assert ledger.findings == ()
    assert ledger.disposals[0].short


def test_same_day_round_trip_without_times_buys_first() -> None:
    ledger = played(
        row(Kind.SELL, "2024-01-10", INFY, quantity=10, price=120),
        row(Kind.BUY, "2024-01-10", INFY, quantity=10, price=100),
    )
    assert _held(ledger).quantity == 0
    assert _held(ledger).realised == 200
    assert ledger.findings == ()
    assert not ledger.disposals[0].short


def test_dividend_after_sale_is_income_of_what_is_gone() -> None:
    ledger = played(
        row(Kind.BUY, "2024-01-10", INFY, quantity=10, price=100),
        row(Kind.SELL, "2024-06-05", INFY, quantity=10, price=110),
        row(Kind.DIVIDEND, "2024-06-28", INFY, quantity=10, price="28", taxes="28.00"),
    )
    position = _held(ledger)
    assert (position.quantity, position.income, position.taxes) == (0, 280, 28)
    assert ledger.holdings == ()
    assert ledger.findings == ()


def test_transfer_in_without_cost_is_unknown_and_not_free() -> None:
    ledger = played(
        row(Kind.BUY, "2024-01-10", INFY, quantity=10, price=100),
        row(Kind.TRANSFER_IN, "2024-02-10", INFY, quantity=30),
        row(Kind.SELL, "2024-03-10", INFY, quantity=20, price=150),
    )
    position = _held(ledger)
    assert position.average_cost is None
    assert (position.quantity, position.unknown_quantity, position.invested) == (20, 15, 500)
    assert (position.realised, position.realised_unknown) == (5 * 150 - 500, 15 * 150)
    assert [each.cost for each in ledger.disposals] == [1000, None]
    assert [each.cost for each in position.lots] == [None]
    assert _found(ledger) == [("missing_cost", 2)]
    arrived = next(each for each in ledger.flows if each.symbol)
    assert (arrived.what, arrived.amount, arrived.quantity) == ("unknown", 0, 30)


def test_a_gift_that_cost_nothing_is_not_unknown() -> None:
    ledger = played(row(Kind.TRANSFER_IN, "2024-02-10", INFY, quantity=30, price=0))
    assert _held(ledger).average_cost == 0
    assert ledger.findings == ()


def test_transfer_between_brokers_keeps_cost_and_holding_period() -> None:
    ledger = played(
        row(Kind.BUY, "2019-01-10", INFY, quantity=10, price=100),
        row(Kind.BUY, "2023-01-10", INFY, quantity=10, price=300),
        row(Kind.BUY, "2023-06-10", INFY, quantity=10, price=500, account_id=SECOND.id),
        row(Kind.TRANSFER_OUT, "2024-01-10", INFY, quantity=15, counter_account_id=SECOND.id),
        row(Kind.SELL, "2024-02-10", INFY, quantity=20, price=400, account_id=SECOND.id),
    )
    assert [(str(d.held_since), d.quantity, d.cost) for d in ledger.disposals] == [
        ("2023-06-10", 10, 5000),
        ("2019-01-10", 10, 1000),
    ], "first in first out by the day of credit, with the holding period of the first purchase"
    left = _held(ledger, account=SECOND.id)
    assert [(str(each.held_since), each.quantity, each.cost) for each in left.lots] == [("2023-01-10", 5, 1500)]
    assert _held(ledger).invested == 1000, "15 of 20 left at the average of 200"
    assert left.invested == 8000 - 20 * D(8000) / 25
    assert ledger.disposals[0].account_id == SECOND.id


def test_a_transfer_entered_on_both_sides_is_pointed_out() -> None:
    ledger = played(
        row(Kind.BUY, "2019-01-10", INFY, quantity=10, price=100),
        row(Kind.TRANSFER_OUT, "2024-01-10", INFY, quantity=4, counter_account_id=SECOND.id),
        row(Kind.TRANSFER_IN, "2024-01-12", INFY, quantity=4, account_id=SECOND.id, counter_account_id=INDIA.id),
    )
    assert _found(ledger) == [("transfer_twice", 3)]


def test_sending_off_what_was_never_there_says_so() -> None:
    ledger = played(
        row(Kind.TRANSFER_OUT, "2024-01-10", INFY, quantity=4, counter_account_id=SECOND.id),
        row(Kind.BUY, "2024-02-10", INFY, quantity=4, price=100),
    )
    assert _found(ledger) == [("sold_unheld", 1)]
    assert _held(ledger).quantity == 0
    assert _held(ledger).invested == 0
    assert ledger.disposals == ()
    arrived = _held(ledger, account=SECOND.id)
    assert (arrived.quantity, arrived.unknown_quantity) == (4, 4)


def test_currency_gap_keeps_dollars_apart_and_never_takes_them_for_rupees() -> None:
    ledger = played(
        row(Kind.DEPOSIT, "2024-01-01", amount=100000),
        row(Kind.BUY, "2024-01-10", "AAPL", quantity=2, price=180, currency="USD"),
    )
    assert ledger.cash[INDIA.id] == {"INR": 100000, "USD": -360}
    assert _held(ledger, "AAPL").currency == "USD"
    assert _held(ledger, "AAPL").lots[0].rate is None
    assert [each.kind for each in ledger.findings] == ["currency_gap", "negative_cash"]


def test_foreign_shares_with_the_rate_of_the_day_move_rupees_and_remember_it() -> None:
    ledger = played(
        row(Kind.DEPOSIT, "2024-01-01", amount=100000),
        row(Kind.BUY, "2024-01-10", "AAPL", quantity=2, price=180, fees=1, currency="USD", rate="83.10"),
        row(Kind.SELL, "2024-06-10", "AAPL", quantity=2, price=190, currency="USD", rate="83.50"),
    )
    assert ledger.cash[INDIA.id] == {"INR": 100000 - D("361") * D("83.10") + 380 * D("83.50")}
    (sale,) = ledger.disposals
    assert (sale.rate_acquired, sale.rate_sold, sale.currency) == (D("83.10"), D("83.50"), "USD")
    assert _held(ledger, "AAPL").realised == 19, "in dollars: the price effect alone"
    assert ledger.findings == ()


def test_one_share_in_two_currencies_is_converted_or_unknown_but_never_mixed() -> None:
    first = row(Kind.BUY, "2024-01-10", "AAPL", quantity=1, price=15000)
    known = played(first, row(Kind.BUY, "2024-01-11", "AAPL", quantity=1, price=180, currency="USD", rate=83))
    assert _held(known, "AAPL").invested == 15000 + 180 * 83
    gap = played(first, row(Kind.BUY, "2024-01-11", "AAPL", quantity=1, price=180, currency="USD"))
    assert (_held(gap, "AAPL").invested, _held(gap, "AAPL").unknown_quantity) == (15000, 1)
    assert {each.kind for each in gap.findings} == {"currency_gap", "mixed_currency"}
    sold = played(first, row(Kind.SELL, "2024-01-11", "AAPL", quantity=1, price=180, currency="USD"))
    assert sold.disposals == ()
    assert _held(sold, "AAPL").realised == 0


def test_an_account_without_deposits_is_paid_into_by_its_purchases() -> None:
    bought = row(Kind.BUY, "2024-01-10", INFY, quantity=10, price=100, fees=5)
    sold = row(Kind.SELL, "2024-02-10", INFY, quantity=10, price=130)
    ledger = played(bought, sold)
    assert ledger.cash == {}
    assert ledger.cash_kept == frozenset()
    assert [(str(each.on), each.amount, each.what) for each in ledger.flows] == [
        ("2024-01-10", 1005, "implied"),
        ("2024-02-10", -1300, "implied"),
    ]
    assert sum(each.cash_change for each in ledger.entries) == 0
    kept = played(bought, sold, row(Kind.DEPOSIT, "2024-03-01", amount=100))
    assert kept.cash[INDIA.id] == {"INR": 395}
    assert [each.what for each in kept.flows] == ["cash"]


def test_missing_deposits_show_as_cash_below_zero() -> None:
    ledger = played(
        row(Kind.DEPOSIT, "2024-01-01", amount=100),
        row(Kind.BUY, "2024-01-10", INFY, quantity=10, price=100),
    )
    assert _found(ledger) == [("negative_cash", None)]
    assert "900 INR" in ledger.findings[0].detail


def test_rights_are_their_own_lot_and_whole() -> None:
    ledger = played(
        row(Kind.BUY, "2019-01-10", INFY, quantity=17, price=100),
        row(Kind.RIGHTS, "2020-05-20", INFY, ratio_new=1, ratio_old=15, price=1257),
    )
    assert [(str(each.held_since), each.quantity, each.cost) for each in _held(ledger).lots] == [
        ("2019-01-10", 17, 1700),
        ("2020-05-20", 1, 1257),
    ]


def test_too_few_for_one_new_unit_buy_none_and_say_so() -> None:
    ledger = played(
        row(Kind.BUY, "2019-01-10", INFY, quantity=14, price=100),
        row(Kind.RIGHTS, "2020-05-20", INFY, ratio_new=1, ratio_old=15, price=1257),
    )
    assert len(ledger.lots) == 1
    assert _found(ledger) == [("nothing_held", 2)]


def test_what_was_sold_early_is_covered_by_what_another_company_turns_into() -> None:
    ledger = played(
        row(Kind.SELL, "2019-01-10", "OLD.NS", quantity=4, price=100),
        row(Kind.BUY, "2019-01-11", INFY, quantity=10, price=30),
        row(Kind.MERGER, "2020-05-20", "OLD.NS", other_symbol=INFY, ratio_new=1, ratio_old=1),
    )
    position = _held(ledger)
    assert (position.quantity, position.invested, position.realised) == (6, 180, 400 - 120)
    assert [(each.quantity, each.cost) for each in position.lots] == [(6, 180)]
    assert [(each.short, each.proceeds, each.cost) for each in ledger.disposals] == [(True, 400, 120)]


def test_spin_off_shares_cost_by_the_published_share_and_keep_the_years() -> None:
    """Reliance and Jio Financial Services, 20 July 2023: one for one, 4.68 % of the cost."""
    ledger = played(
        row(Kind.BUY, "2018-01-10", "RELIANCE.NS", quantity=50, price=1000),
        row(Kind.BUY, "2023-05-10", "RELIANCE.NS", quantity=50, price=2400),
        row(
            Kind.SPIN_OFF,
            "2023-07-20",
            "RELIANCE.NS",
            other_symbol="JIOFIN.NS",
            ratio_new=1,
            ratio_old=1,
            cost_share="0.0468",
        ),
    )
    new = _held(ledger, "JIOFIN.NS")
    assert [(str(each.held_since), each.quantity, each.cost) for each in new.lots] == [
        ("2018-01-10", 50, 2340),
        ("2023-05-10", 50, 5616),
    ]
    assert {str(each.acquired_on) for each in new.lots} == {"2023-07-20"}
    assert new.invested == 170000 * D("0.0468")
    assert _held(ledger, "RELIANCE.NS").invested == 170000 - new.invested


def test_spin_off_without_its_share_leaves_the_cost_where_it_was() -> None:
    ledger = played(
        row(Kind.BUY, "2018-01-10", INFY, quantity=50, price=1000),
        row(Kind.SPIN_OFF, "2023-07-20", INFY, other_symbol="NEW.NS", ratio_new=1, ratio_old=1),
    )
    assert _held(ledger).invested == 50000
    assert _held(ledger, "NEW.NS").average_cost is None
    assert _held(ledger, "NEW.NS").lots[0].cost is None
    assert _found(ledger) == [("missing_cost_share", 2)]


def test_merger_takes_lots_over_with_their_years() -> None:
    """HDFC into HDFC Bank, 13 July 2023: 42 for 25."""
    ledger = played(
        row(Kind.BUY, "2015-03-02", "HDFC.NS", quantity=30, price=1300),
        row(Kind.BUY, "2022-03-02", "HDFCBANK.NS", quantity=10, price=1400),
        row(
            Kind.MERGER,
            "2023-07-13",
            "HDFC.NS",
            other_symbol="HDFCBANK.NS",
            ratio_new=42,
            ratio_old=25,
            quantity=50,
            amount="660.80",
        ),
    )
    bank = _held(ledger, "HDFCBANK.NS")
    assert _held(ledger, "HDFC.NS").quantity == 0
    assert bank.quantity == 60
    assert [(str(each.held_since), each.quantity) for each in bank.lots] == [("2022-03-02", 10), ("2015-03-02", 50)]
    (fraction,) = ledger.disposals
    assert (fraction.symbol, fraction.quantity, str(fraction.held_since)) == ("HDFCBANK.NS", D("0.4"), "2015-03-02")
    assert fraction.cost == D("309.523809523810"), "39,000 x 0.4 / 50.4"


def test_symbol_change_takes_everything_along() -> None:
    ledger = played(
        row(Kind.BUY, "2015-03-02", "OLD.NS", quantity=30, price=100),
        row(Kind.SELL, "2016-03-02", "OLD.NS", quantity=10, price=150),
        row(Kind.DIVIDEND, "2016-06-02", "OLD.NS", amount=60),
        row(Kind.SYMBOL_CHANGE, "2017-03-02", "OLD.NS", other_symbol="NEW.NS"),
    )
    new = _held(ledger, "NEW.NS")
    assert (new.quantity, new.invested, new.realised, new.income) == (20, 2000, 500, 60)
    assert new.lots[0].acquired_on == day("2015-03-02")
    assert _held(ledger, "OLD.NS").realised == 0


def test_return_of_more_capital_than_was_paid_is_a_gain_and_said() -> None:
    ledger = played(
        row(Kind.BUY, "2020-03-02", INFY, quantity=10, price=30),
        row(Kind.RETURN_OF_CAPITAL, "2024-03-02", INFY, amount=400),
    )
    assert (_held(ledger).invested, _held(ledger).realised) == (0, 100)
    assert _held(ledger).lots[0].cost == 0
    assert _found(ledger) == [("capital_exceeds_cost", 2)]


def test_a_corporate_action_without_units_changes_nothing_and_says_so() -> None:
    for kind in (Kind.SPLIT, Kind.BONUS, Kind.SPIN_OFF, Kind.MERGER):
        told = {"other_symbol": "NEW.NS"} if kind in {Kind.SPIN_OFF, Kind.MERGER} else {}
        ledger = played(row(kind, "2024-01-01", INFY, ratio_new=1, ratio_old=1, **told))
        assert _found(ledger) == [("nothing_held", 1)]
        assert ledger.holdings == ()


def test_bought_out_at_a_loss_of_everything() -> None:
    ledger = played(
        row(Kind.BUY, "2020-03-02", INFY, quantity=10, price=30),
        row(Kind.MERGER, "2024-03-02", INFY, price="0.01"),
    )
    assert _held(ledger).quantity == 0
    assert _held(ledger).realised == D("-299.90")


LOTS = (
    row(Kind.BUY, "2021-01-04", INFY, 1, quantity=10, price=100),
    row(Kind.BUY, "2022-01-04", INFY, 2, quantity=10, price=300),
    row(Kind.BUY, "2023-01-04", INFY, 3, quantity=10, price=200),
)


@pytest.mark.parametrize(
    ("matching", "costs", "left"),
    [
        (Matching.FIFO, [1000, 1500], [1500, 2000]),
        (Matching.LIFO, [2000, 1500], [1000, 1500]),
        (Matching.HIFO, [3000, 1000], [1000, 1000]),
        (Matching.AVERAGE, [2000, 1000], [1000, 2000]),
        (Matching.SPECIFIC, [800, 1400], [200, 3000, 600]),
    ],
)
def test_lots_by_method(matching: Matching, costs: list[int], left: list[int]) -> None:
    sale = row(Kind.SELL, "2024-01-04", INFY, 4, quantity=15, price=250, lots=((1, D(8)), (3, D(7))))
    ledger = played(*LOTS, sale, matching=matching)
    assert [each.cost for each in ledger.disposals] == costs
    assert [each.cost for each in _held(ledger).lots] == left
    assert sum(each.proceeds for each in ledger.disposals) == 3750
    assert _held(ledger).realised == 15 * 250 - 15 * 200, "the average is the same whichever lots go"


def test_specific_lots_that_are_gone_leave_the_rest_to_the_order_of_purchase() -> None:
    first = row(Kind.SELL, "2024-01-04", INFY, 4, quantity=10, price=250, lots=((2, D(10)),))
    again = row(Kind.SELL, "2024-01-05", INFY, 5, quantity=5, price=250, lots=((2, D(5)),))
    ledger = played(*LOTS, first, again, matching=Matching.SPECIFIC)
    assert [each.cost for each in ledger.disposals] == [3000, 500]
    assert _found(ledger) == [("lots_missing", 5)]


def test_fees_and_taxes_stand_apart_for_tax() -> None:
    ledger = played(
        row(Kind.BUY, "2023-01-10", INFY, quantity=10, price=100, fees=20, taxes=10),
        row(Kind.SELL, "2023-02-10", INFY, quantity=5, price=200, fees=30, taxes=15),
    )
    (sale,) = ledger.disposals
    assert (sale.cost, sale.proceeds, sale.fees, sale.taxes) == (510, 970, 30, 15)
    assert _held(ledger).realised == 955 - 515
    assert (_held(ledger).fees, _held(ledger).taxes) == (50, 25)


def test_a_row_of_an_account_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="account 99"):
        played(row(Kind.DEPOSIT, "2024-01-01", amount=1, account_id=99))


def test_rows_after_all_others_extend_the_ledger() -> None:
    before = [*LOTS, row(Kind.DEPOSIT, "2023-06-01", "", 4, amount=10000)]
    after = [
        row(Kind.SELL, "2024-01-04", INFY, 5, quantity=15, price=250),
        row(Kind.TRANSFER_OUT, "2024-01-05", INFY, 6, quantity=5, counter_account_id=SECOND.id),
        row(Kind.BUY, "2024-01-06", "AAPL", 7, quantity=1, price=100, account_id=STATES.id, currency="USD"),
    ]
    ledger = replay(EVERYWHERE, before)
    untouched = replay(EVERYWHERE, before)
    assert extend(ledger, after) == replay(EVERYWHERE, before + after)
    assert ledger == untouched, "what was there stays as it was"


@pytest.mark.parametrize(
    "late",
    [
        row(Kind.BUY, "2020-01-04", INFY, 9, quantity=1, price=1),
        row(Kind.DEPOSIT, "2024-01-04", "", 9, amount=1),
        row(Kind.BUY, "2023-01-04", INFY, 0, quantity=1, price=1),
    ],
)
def test_rows_that_change_what_came_before_replay_everything(late: Transaction) -> None:
    assert extend(replay(EVERYWHERE, LOTS), [late]) == replay(EVERYWHERE, [*LOTS, late])


def test_the_bank_pays_for_the_broker() -> None:
    ledger = played(
        row(Kind.OPENING_BALANCE, "2024-01-01", amount=50000, account_id=BANK.id),
        row(Kind.TRANSFER_OUT, "2024-01-02", amount=20000, account_id=BANK.id, counter_account_id=INDIA.id),
        row(Kind.BUY, "2024-01-03", INFY, quantity=10, price=1500),
    )
    assert ledger.cash == {BANK.id: {"INR": 30000}, INDIA.id: {"INR": 5000}}
    assert sum(each.amount for each in ledger.flows) == 50000
