"""Risk figures against numbers worked out by hand and against numpy on simulated returns."""

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from core.portfolio import stress
from core.portfolio.exposure import By, facts
from core.portfolio.gains import gains
from core.portfolio.holdings import holdings
from core.portfolio.overview import compose
from core.portfolio.prices import About, Prices, calendar
from core.portfolio.returns import Unavailable
from core.portfolio.risk import (
    Series,
    concentration,
    correlations,
    drawdown,
    history,
    measure,
    price_returns,
    share_of_risk,
    tail,
    today,
    underwater,
)
from core.portfolio.valuation import daily
from tests.portfolio.small_ledgers import Rows, day, prices


def made(seed, n, *columns, first="2022-01-03"):
    """Prices of random walks on weekdays, one for each (symbol, deviation)."""
    chance = np.random.default_rng(seed)
    days = calendar(day(first), date.fromordinal(day(first).toordinal() + n - 1))
    weekday = (days + 3) % 7 < 5
    close = {}
    for symbol, deviation in columns:
        walk = 100 * np.exp(np.cumsum(np.where(weekday, chance.normal(0.0003, deviation, n), 0.0)))
        close[symbol] = np.where(weekday, walk, np.nan)
    return Prices(days, close, {}, {symbol: About("INR", "hand") for symbol, _ in columns})


def series(returns):
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-01") + len(returns))
    return Series(days, np.asarray(returns, dtype=float))


def test_figures_of_a_known_series():
    returns = np.tile([0.01, -0.005], 60)
    found = measure(series(returns), riskless=0.0)
    assert found.volatility == pytest.approx(returns.std(ddof=1) * math.sqrt(252))
    assert found.sharpe == pytest.approx(0.0025 / returns.std(ddof=1) * math.sqrt(252))
    assert found.sortino == pytest.approx(0.0025 / math.sqrt(np.mean(np.minimum(returns, 0) ** 2)) * math.sqrt(252))
    assert isinstance(found.beta, Unavailable)


def test_too_few_days_give_no_figures():
    found = measure(series([0.01] * 29))
    assert isinstance(found.volatility, Unavailable)
    assert "29" in found.volatility.because
    assert found.tails == ()
    flat = measure(series([0.0] * 40))
    assert isinstance(flat.sharpe, Unavailable)
    assert flat.volatility == 0


def test_tails_by_hand_and_by_the_normal_distribution():
    returns = np.arange(-50, 51) / 1_000.0
    found = tail(returns, 0.95)
    assert found.historical == pytest.approx(0.045)
    assert found.conditional == pytest.approx(np.mean([0.05, 0.049, 0.048, 0.047, 0.046, 0.045]))
    spread = returns.std(ddof=1)
    assert found.parametric == pytest.approx(1.6448536 * spread)
    assert found.parametric_conditional == pytest.approx(2.0627128 * spread)


def test_drawdown_and_the_way_back():
    found = drawdown(series([0.10, -0.20, -0.10, 0.40, 0.01]))
    assert not isinstance(found, Unavailable)
    assert found.depth == pytest.approx(0.8 * 0.9 - 1)
    assert (found.peak, found.trough, found.back) == (day("2024-01-01"), day("2024-01-03"), day("2024-01-04"))
    lost = drawdown(series([-0.5, 0.1]))
    assert not isinstance(lost, Unavailable)
    assert (lost.peak, lost.back) == (day("2023-12-31"), None)
    assert underwater(series([0.1, -0.5])).tolist() == pytest.approx([0, -0.5])


def test_beta_of_twice_the_market_is_two():
    chance = np.random.default_rng(3)
    market = series(chance.normal(0, 0.01, 200))
    twice = Series(market.days[50:], 2 * market.returns[50:])
    found = measure(twice, benchmark=market)
    assert found.beta == pytest.approx(2)
    assert found.correlation == pytest.approx(1)


def test_history_of_a_holding_is_its_price_history_whatever_was_paid_in():
    known = made(1, 200, ("A.NS", 0.02))
    rows = Rows()
    rows.buy("2022-01-04", "A.NS", 10, round(float(known.close["A.NS"][1]), 6))
    rows.buy("2022-03-01", "A.NS", 500, round(float(known.close["A.NS"][57]), 6))
    found = history(daily(rows.ledger(), known, "INR"))
    expected = known.close["A.NS"][~np.isnan(known.close["A.NS"])]
    expected = expected[2:] / expected[1:-1] - 1
    np.testing.assert_allclose(found.returns[1:], expected, atol=1e-4)
    assert len(found.returns) == len(expected) + 1


def test_correlations_match_numpy_and_short_histories_are_unknown():
    known = made(2, 300, ("A.NS", 0.02), ("B.NS", 0.01), ("NEW.NS", 0.01))
    known.close["NEW.NS"][:-20] = np.nan
    found = correlations(known, ["A.NS", "B.NS", "NEW.NS"], "INR")
    _, returns = price_returns(known, ["A.NS", "B.NS"], "INR")
    assert found.matrix[0, 1] == pytest.approx(np.corrcoef(returns, rowvar=False)[0, 1])
    assert found.matrix[0, 0] == pytest.approx(1)
    assert np.isnan(found.matrix[2]).all()


def test_a_split_is_no_return():
    known = prices(
        "2024-01-01",
        "2024-01-05",
        {"A.NS": {"2024-01-01": 100, "2024-01-02": 110, "2024-01-03": 22, "2024-01-04": 22, "2024-01-05": 33}},
        splits={"A.NS": [("2024-01-03", 5)]},
    )
    _, returns = price_returns(known, ["A.NS"], "INR")
    assert returns[:, 0] == pytest.approx([0.1, 0.0, 0.0, 0.5])


def portfolio(known, **quantities):
    rows = Rows()
    for symbol, quantity in quantities.items():
        rows.buy(known.first.isoformat(), f"{symbol}.NS", quantity, 100)
    ledger = rows.ledger()
    of = daily(ledger, known, "INR")
    return holdings(ledger, known, of, gains(ledger, known, "INR"))


def test_concentration_of_equal_and_of_unequal_holdings():
    known = prices("2024-01-01", "2024-01-02", {f"S{at}.NS": {"2024-01-01": 100} for at in range(10)})
    equal = concentration(portfolio(known, **{f"S{at}": 1 for at in range(10)}))
    assert not isinstance(equal, Unavailable)
    assert (equal.herfindahl, equal.effective, equal.top5) == pytest.approx((0.1, 10, 0.5))
    lean = concentration(portfolio(known, S0=8, S1=2))
    assert not isinstance(lean, Unavailable)
    assert lean.herfindahl == pytest.approx(0.68)
    assert isinstance(concentration(()), Unavailable)


def test_shares_of_risk_add_up_and_the_wild_one_leads():
    known = made(4, 400, ("A.NS", 0.03), ("B.NS", 0.005))
    found = share_of_risk(portfolio(known, A=10, B=10), known, "INR")
    assert not isinstance(found, Unavailable)
    assert sum(found.values()) == pytest.approx(1)
    assert found["A.NS"] > 0.8


def test_todays_holdings_mix_by_todays_weights_and_cash_moves_nothing():
    known = made(5, 400, ("A.NS", 0.02), ("B.NS", 0.01))
    held = portfolio(known, A=10, B=10)
    found, left_out = today(held, known, "INR")
    values = {each.facts.symbol: float(each.value or 0) for each in held}
    _, returns = price_returns(known, ["A.NS", "B.NS"], "INR")
    weights = np.array([values["A.NS"], values["B.NS"]]) / sum(values.values())
    np.testing.assert_allclose(found.returns, returns @ weights)
    half, _ = today(held, known, "INR", cash=sum(values.values()))
    np.testing.assert_allclose(half.returns, found.returns / 2)
    assert left_out == ()


def test_stress_by_beta_by_history_and_by_assumption():
    known = made(6, 400, ("TCS.NS", 0.02), ("SBIN.NS", 0.01))
    held = portfolio(known, TCS=10, SBIN=10)
    found = stress.market_fall(held, {"TCS.NS": 1.5}, 0.2)
    shocks = {each.symbol: each.change for each in found.shocks}
    assert shocks == {"TCS.NS": pytest.approx(-0.3), "SBIN.NS": None}
    assert found.change == pytest.approx(-0.3)
    assert 0 < found.covered < 1
    rates = stress.rate_rise(held, 2)
    assert {each.symbol: each.change for each in rates.shocks} == {"TCS.NS": -0.10, "SBIN.NS": -0.12}
    past = prices("2020-01-01", "2020-04-01", {"TCS.NS": {"2020-01-14": 200, "2020-03-23": 150}})
    crash = stress.crisis(held, past, stress.CRISES[1], betas={"SBIN.NS": 1.0}, market_fall=-0.38)
    assert {each.symbol: each.change for each in crash.shocks} == {"TCS.NS": -0.25, "SBIN.NS": -0.38}
    unknown = stress.crisis(held, past, stress.CRISES[0])
    assert isinstance(unknown.change, Unavailable)


def test_the_overview_adds_up_and_says_what_it_does_not_know():
    known = prices(
        "2024-01-01",
        "2024-01-20",
        {"TCS.NS": {"2024-01-02": 100, "2024-01-19": 120}, "SBIN.NS": {"2024-01-02": 50}},
    )
    rows = Rows()
    rows.deposit("2024-01-02", 10_000)
    rows.buy("2024-01-02", "TCS.NS", 10, 100)
    rows.buy("2024-01-02", "SBIN.NS", 10, 50)
    rows.buy("2024-01-02", "GONE.NS", 1, 70)
    rows.dividend("2024-01-10", "TCS.NS", 20)
    view = compose(rows.ledger(), known, "INR")
    assert view.value == 1_200 + 500 + (10_000 - 1_570 + 20)
    assert view.unknown == ("GONE.NS",)
    assert view.cash_value == 8_450
    for by in By:
        assert sum(part.value for part in view.allocation[by]) == view.value, by
        assert sum(part.share or 0 for part in view.allocation[by]) == pytest.approx(1)
    assert view.income[-1].amount == 20
    kinds = {(each.kind, each.symbol) for each in view.findings}
    assert {("no_price", "GONE.NS"), ("stale_price", "SBIN.NS")} <= kinds
    assert view.holdings[0].facts.symbol == "TCS.NS"
    assert view.holdings[-1].value is None
    assert view.history.days[0] == np.datetime64("2024-01-01")
    assert view.history.contributed[-1] == 10_000
    assert not view.empty
    assert compose(Rows().ledger(), known, "INR").empty


def test_facts_are_known_or_unknown_and_never_guessed():
    assert facts("TCS.NS").sector == "Technology"
    assert facts("ZZZUNKNOWN.NS").sector == "Unknown"
    assert facts("ZZZUNKNOWN.NS").country == "India"
    assert facts("no symbol at all").asset_class == "Unknown"
    assert facts("OWN:gold-coins", currency="INR").name == "Gold coins"
    assert isinstance(Decimal(1), Decimal)
