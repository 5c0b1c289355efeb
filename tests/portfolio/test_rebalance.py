"""Rebalancing proposals: cash first, whole units, taxes estimated, nothing guessed."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.portfolio.gains import gains
from core.portfolio.holdings import holdings
from core.portfolio.model import Kind
from core.portfolio.rebalance import Costs, Target, drifts, rebalance
from core.portfolio.valuation import daily
from tests.portfolio.small_ledgers import D, Rows, day, every_day, prices

FREE = Costs(D(0))


def desk(quantities, price=100, unknown=()):
    rows = Rows()
    for symbol, quantity in quantities.items():
        rows.buy("2023-01-02", symbol, quantity, 50)
    for symbol in unknown:
        rows.add(Kind.TRANSFER_IN, "2023-01-02", symbol=symbol, quantity=1)
    known = prices(
        "2023-01-01", "2023-01-10", {symbol: every_day("2023-01-02", "2023-01-10", price) for symbol in quantities}
    )
    ledger = rows.ledger()
    return holdings(ledger, known, daily(ledger, known, "INR"), gains(ledger, known, "INR")), ledger.lots


def at(price, *symbols):
    return {symbol: D(price) for symbol in symbols}


def test_drift_by_hand():
    held, _ = desk({"TCS.NS": 6, "SBIN.NS": 3})
    found = {
        each.symbol: each for each in drifts(held, [Target("TCS.NS", D("0.5")), Target("ITC.NS", D("0.2"))], D(100))
    }
    assert (found["TCS.NS"].share, found["TCS.NS"].drift) == (D("0.6"), D("0.1"))
    assert found["SBIN.NS"].drift == D("0.3")
    assert found["ITC.NS"].drift == D("-0.2")


def test_a_full_rebalance_sells_what_is_over_and_buys_what_is_under():
    held, lots = desk({"TCS.NS": 60, "SBIN.NS": 40})
    targets = [Target("TCS.NS", D("0.5")), Target("SBIN.NS", D("0.5"))]
    plan = rebalance(held, targets, D(0), at(100, "TCS.NS", "SBIN.NS"), day("2023-01-10"), costs=FREE, lots=lots)
    assert [(each.side, each.symbol, each.quantity) for each in plan.proposals] == [
        ("sell", "TCS.NS", 10),
        ("buy", "SBIN.NS", 10),
    ]
    sale = plan.proposals[0]
    assert (sale.gain, sale.tax) == (500, D("75.00"))  # short-term, 15 % before 23 July 2024
    assert (plan.cash_after, plan.tax) == (0, 75)
    assert all(abs(each.drift or 0) == 0 for each in plan.left)


def test_the_rate_of_tax_follows_the_day_and_the_time_held():
    held, lots = desk({"TCS.NS": 100})
    targets = [Target("TCS.NS", D("0.5"))]
    for on, tax in (("2023-06-01", 375), ("2024-01-03", 250), ("2024-08-01", D("312.5"))):
        plan = rebalance(held, targets, D(0), at(100, "TCS.NS"), day(on), costs=FREE, lots=lots)
        assert plan.tax == tax, on


def test_buy_only_never_sells():
    held, lots = desk({"TCS.NS": 90, "SBIN.NS": 10})
    targets = [Target("TCS.NS", D("0.5")), Target("SBIN.NS", D("0.5"))]
    plan = rebalance(
        held, targets, D(1_000), at(100, "TCS.NS", "SBIN.NS"), day("2023-01-10"), mode="buy only", costs=FREE, lots=lots
    )
    assert [(each.side, each.symbol, each.quantity) for each in plan.proposals] == [("buy", "SBIN.NS", 10)]
    assert plan.tax == 0
    assert "not enough cash" in plan.problems[0]


def test_costs_and_the_reserve_are_never_overspent():
    held, _ = desk({"TCS.NS": 10})
    plan = rebalance(
        held, [Target("TCS.NS", D("0.2")), Target("ITC.NS", D("0.8"))], D(1_000), at(100, "TCS.NS", "ITC.NS"),
        day("2023-01-10"), mode="buy only", costs=Costs(D("0.01"), D(20)), reserve=D(300),
    )  # fmt: skip
    (bought,) = plan.proposals
    assert bought.quantity == 6  # 7 would cost 700 + 7 + 20
    assert plan.cash_after == 1_000 - 600 - 6 - 20
    assert plan.costs == 26


def test_a_small_drift_and_a_small_order_are_left_alone():
    held, _ = desk({"TCS.NS": 505, "SBIN.NS": 495})
    targets = [Target("TCS.NS", D("0.5")), Target("SBIN.NS", D("0.5"))]
    assert rebalance(held, targets, D(0), at(100, "TCS.NS", "SBIN.NS"), day("2023-01-10")).proposals == ()
    plan = rebalance(
        held, targets, D(0), at(100, "TCS.NS", "SBIN.NS"), day("2023-01-10"), band=D(0), smallest=D(1_000), costs=FREE
    )
    assert plan.proposals == ()


def test_what_has_no_price_is_left_and_said():
    held, lots = desk({"TCS.NS": 10}, unknown=["GONE.NS"])
    plan = rebalance(held, [Target("NEW.NS", D("0.5"))], D(1_000), at(100, "TCS.NS"), day("2023-01-10"), lots=lots)
    assert any("GONE.NS" in problem for problem in plan.problems)
    assert any("NEW.NS" in problem for problem in plan.problems)
    assert [each.symbol for each in plan.proposals] == ["TCS.NS"]
    assert plan.proposals[0].quantity == 10


def test_crypto_trades_in_fractions_and_its_tax_is_thirty():
    held, lots = desk({"BTC-INR": 2}, price=100)
    plan = rebalance(
        held, [Target("BTC-INR", D("0.25"))], D(0), at(100, "BTC-INR"), day("2023-05-01"), costs=FREE, lots=lots
    )
    assert plan.proposals[0].quantity == D("1.5")
    assert plan.tax == D("1.5") * 50 * D("0.30")


def test_an_asset_no_rule_covers_leaves_the_tax_unknown():
    held, lots = desk({"GOLDBEES.NS": 10})
    plan = rebalance(held, [], D(0), at(100, "GOLDBEES.NS"), day("2023-05-01"), lots=lots)
    assert plan.tax is None
    assert "No tax rule" in plan.proposals[0].note


@pytest.mark.parametrize("shares", [["0.7", "0.4"], ["-0.1", "0.5"]])
def test_targets_that_cannot_be_are_refused(shares):
    with pytest.raises(ValueError, match="targets"):
        rebalance((), [Target(f"S{at}", D(share)) for at, share in enumerate(shares)], D(100), {}, day("2023-01-10"))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=4),
    st.integers(0, 20_000),
    st.lists(st.integers(0, 25), min_size=4, max_size=4),
    st.booleans(),
)
def test_no_plan_overspends_oversells_or_drifts_further(units, cash, shares, full):
    names = ["TCS.NS", "SBIN.NS", "ITC.NS", "LT.NS"]
    held, lots = desk(dict(zip(names, units, strict=False)))
    targets = [Target(name, Decimal(share) / 100) for name, share in zip(names, shares, strict=True)]
    plan = rebalance(
        held, targets, D(cash), at(100, *names), day("2023-01-10"), mode="full" if full else "buy only", lots=lots
    )
    assert plan.cash_after >= 0
    owned = {each.facts.symbol: each.quantity for each in held}
    for each in plan.proposals:
        assert each.quantity > 0
        assert each.side == "buy" or each.quantity <= owned[each.symbol]
    before = {each.symbol: abs(each.drift or 0) for each in plan.drifts}
    assert all(abs(each.drift or 0) <= before[each.symbol] + D("1e-9") for each in plan.left)
