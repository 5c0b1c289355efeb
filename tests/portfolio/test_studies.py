"""One investor's desk over the simulated market: the calls the pages make, with a real book underneath."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session as Work

from core.accounts.model import Account as Investor
from core.portfolio import book, desk, kept
from core.portfolio.desk import Scope
from core.portfolio.exposure import By
from core.portfolio.model import Kind
from core.portfolio.optimiser import Aim, Frontier, Weights
from core.portfolio.overview import overview
from core.portfolio.periods import Period
from core.portfolio.planning import projection_study, weights_study
from core.portfolio.projection import Projection
from core.portfolio.returns import Unavailable
from core.portfolio.studies import performance_study, risk_study, tax_study
from core.portfolio.tax.rules import FinancialYear
from tests.accounts.persons import person
from tests.conftest import HeldClock
from tests.portfolio.books import row


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    kept.forget()
    desk.forget()
    yield
    desk.forget()


@pytest.fixture
def investor(db: Work, clock: HeldClock) -> Investor:
    clock.set(datetime(2025, 6, 11, 6, 0, tzinfo=UTC))
    someone = person()
    first = book.open_account(someone, "First", "broker", "INR")
    second = book.open_account(someone, "Second", "broker", "INR")
    flat = book.add_asset(someone, "Flat in Pune", "property", "INR")
    book.set_asset_price(someone, flat.symbol, date(2025, 5, 1), Decimal(5_500_000))
    told = [
        row(Kind.BUY, "2023-04-03", "TCS.NS", account_id=first.id, quantity=10, price=3000, tags=("core",)),
        row(Kind.BUY, "2023-04-05", "SBIN.NS", account_id=first.id, quantity=40, price=500),
        row(Kind.DIVIDEND, "2024-07-03", "SBIN.NS", account_id=first.id, amount=500, taxes=50),
        row(Kind.SELL, "2024-08-05", "SBIN.NS", account_id=first.id, quantity=20, price=700),
        row(Kind.BUY, "2023-05-02", "ITC.NS", account_id=second.id, quantity=100, price=400),
        row(Kind.BUY, "2023-05-02", flat.symbol, account_id=second.id, quantity=1, price=5_000_000),
    ]
    for each in told:
        book.add(someone, each)
    return someone


def test_the_overview_of_an_investor_and_of_a_scope(investor: Investor) -> None:
    view = overview(investor)
    assert view.base == "INR"
    assert view.simulated
    assert {each.facts.symbol for each in view.holdings} == {"TCS.NS", "SBIN.NS", "ITC.NS", "OWN:flat-in-pune"}
    assert view.unknown == ()
    assert view.value == sum(each.value or 0 for each in view.holdings)
    assert {each.label for each in view.allocation[By.ACCOUNT]} == {"First", "Second"}
    flat = next(each for each in view.holdings if each.facts.symbol.startswith("OWN:"))
    assert (flat.facts.name, flat.facts.asset_class, flat.value) == ("Flat in Pune", "Property", 5_500_000)
    first, second = (overview(investor, Scope((each.id,))) for each in book.accounts(investor))
    assert first.value + second.value == view.value
    assert {each.facts.symbol for each in overview(investor, Scope(tags=("core",))).holdings} == {"TCS.NS"}


def test_a_new_row_is_seen_at_once_and_nothing_is_loaded_twice(investor: Investor) -> None:
    before = desk.desk(investor)
    assert desk.desk(investor).prices is before.prices
    assert desk.desk(investor).values is before.values
    account = book.accounts(investor)[0]
    book.add(investor, row(Kind.BUY, "2025-06-10", "INFY.NS", account_id=account.id, quantity=1, price=1500))
    assert "INFY.NS" in {each.facts.symbol for each in overview(investor).holdings}


def test_somebody_else_has_a_desk_of_their_own(investor: Investor) -> None:
    assert overview(person("Ravi")).empty


def test_performance_beside_the_index_with_the_same_money(investor: Investor) -> None:
    found = performance_study(investor, period=Period.START)
    assert found.comparison.because == ""
    assert found.comparison.ahead == pytest.approx(found.shown.gain - found.comparison.gain)
    assert sum(each.gain for each in found.contributions.lines) == pytest.approx(found.shown.gain)
    assert set(found.periods) == set(Period)
    assert found.months.years == (2023, 2024, 2025)
    missing = performance_study(investor, benchmark="^NOSUCH")
    assert missing.comparison.value is None
    assert missing.comparison.because


def test_risk_of_what_is_held(investor: Investor) -> None:
    found = risk_study(investor)
    assert not isinstance(found.now.volatility, Unavailable)
    assert not isinstance(found.now.beta, Unavailable)
    assert found.left_out == ("OWN:flat-in-pune",)
    assert len(found.stresses) == 4
    assert {ray.key: ray.state for ray in found.rays}["holding"] == "pointed out"
    assert any(breach.rule == "position" for breach in found.breaches)
    assert found.correlations is not None
    assert risk_study(person("Ravi")).rays == ()


def test_taxes_of_a_year(investor: Investor) -> None:
    found = tax_study(investor, FinancialYear(2024))
    assert [year.words for year in found.years] == ["2024-25"]
    (sale,) = found.report.sales
    assert (sale.symbol, sale.gain, found.asked) == ("SBIN.NS", 4_000, ())
    assert found.report.dividends[0].deducted == 50


def test_weights_for_an_aim_and_the_orders_to_consider(investor: Investor) -> None:
    found = weights_study(investor, Aim.RISK_PARITY, points=3)
    assert isinstance(found.weights, Weights)
    assert set(found.weights.of) == {"TCS.NS", "SBIN.NS", "ITC.NS"}
    assert found.left_out == ("OWN:flat-in-pune",)
    assert sum(found.now.values()) == pytest.approx(1)
    assert isinstance(found.line, Frontier)
    assert found.plan is not None
    assert "OWN:flat-in-pune" not in {each.symbol for each in found.plan.proposals}
    worst = max(abs(each.drift or 0) for each in found.plan.left)
    assert worst <= max(abs(each.drift or 0) for each in found.plan.drifts)
    alone = weights_study(person("Ravi"), Aim.RISK_PARITY)
    assert isinstance(alone.weights, Unavailable)
    assert alone.plan is None


def test_a_projection_of_what_is_held(investor: Investor) -> None:
    found = projection_study(investor, monthly=10_000, years=10, goal=5_000_000, paths=200, years_back=3)
    assert isinstance(found.projection, Projection)
    assert found.left_out == ("OWN:flat-in-pune",)
    assert found.projection.fan[50][0] == pytest.approx(found.start)
    assert 0 <= (found.projection.reached or 0) <= 1
    nothing = projection_study(person("Ravi"), monthly=1_000, years=5)
    assert isinstance(nothing.projection, Unavailable)
