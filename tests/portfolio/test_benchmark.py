"""An index with the same flows, and whose gain it was."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.portfolio.attribution import brinson, by_group, contributions
from core.portfolio.benchmark import compare, returns_of
from core.portfolio.model import Kind
from core.portfolio.periods import performance
from core.portfolio.returns import Unavailable
from core.portfolio.valuation import daily
from tests.portfolio.small_ledgers import Rows, day, prices


def test_the_index_gets_the_same_money_on_the_same_days():
    rows = Rows()
    rows.buy("2023-01-02", "A.NS", 10, 100)
    rows.buy("2023-07-03", "A.NS", 10, 100)
    rows.sell("2023-10-02", "A.NS", 5, 110)
    known = prices(
        "2023-01-01",
        "2024-01-02",
        {
            "A.NS": {"2023-01-02": 100, "2023-07-03": 100, "2023-10-02": 110, "2024-01-02": 120},
            "^NSEI": {"2023-01-02": 100, "2023-07-03": 125, "2023-09-29": 110, "2024-01-02": 150},
        },
    )
    of = daily(rows.ledger(), known, "INR")
    shown = performance(of, day("2023-01-01"), day("2024-01-02"))
    found = compare(of, known, "^NSEI", shown)
    units = 1_000 / 100 + 1_000 / 125 - 550 / 110
    assert found.value == pytest.approx(units * 150)
    assert found.gain == pytest.approx(units * 150 - 2_000 + 550)
    assert found.ahead == pytest.approx(shown.gain - found.gain)
    assert found.twr == pytest.approx(0.5)
    assert found.price_only
    assert found.own[-1] == 1_800
    assert len(found.days) == len(found.own) == len(found.index)


def test_holding_the_index_itself_is_no_lead():
    rows = Rows()
    rows.buy("2023-01-02", "NIFTYBEES.NS", 10, 100)
    rows.buy("2023-06-01", "NIFTYBEES.NS", 3, 90)
    points = {"2023-01-02": 100, "2023-05-31": 90, "2024-01-02": 150}
    known = prices("2023-01-01", "2024-01-02", {"NIFTYBEES.NS": points})
    of = daily(rows.ledger(), known, "INR")
    shown = performance(of, day("2023-01-01"), day("2024-01-02"))
    found = compare(of, known, "NIFTYBEES.NS", shown)
    assert found.ahead == pytest.approx(0)
    assert found.xirr == pytest.approx(shown.xirr)
    assert found.twr == pytest.approx(shown.twr)


def test_an_index_without_prices_at_the_start_says_so():
    rows = Rows()
    rows.buy("2023-01-02", "A.NS", 10, 100)
    known = prices("2023-01-01", "2023-02-01", {"A.NS": {"2023-01-02": 100}, "^NSEI": {"2023-01-10": 100}})
    of = daily(rows.ledger(), known, "INR")
    found = compare(of, known, "^NSEI", performance(of, day("2023-01-01"), day("2023-02-01")))
    assert found.value is None
    assert "beginning" in found.because
    gone = compare(of, known, "^GSPC", performance(of, day("2023-01-01"), day("2023-02-01")))
    assert isinstance(gone.xirr, Unavailable)
    assert "no prices" in gone.because


def test_taking_out_more_than_the_index_would_have_is_said():
    rows = Rows()
    rows.buy("2023-01-02", "A.NS", 10, 100)
    rows.sell("2023-01-03", "A.NS", 10, 300)
    known = prices(
        "2023-01-01", "2023-01-05", {"A.NS": {"2023-01-02": 100}, "^NSEI": {"2023-01-02": 100, "2023-01-05": 101}}
    )
    of = daily(rows.ledger(), known, "INR")
    found = compare(of, known, "^NSEI", performance(of, day("2023-01-01"), day("2023-01-05")))
    assert "debt" in found.because
    assert found.value < 0


def test_returns_of_an_index_in_another_currency():
    known = prices(
        "2024-01-01",
        "2024-01-03",
        {"^GSPC": {"2024-01-01": 100, "2024-01-02": 110, "2024-01-03": 110}},
        fx={("USD", "INR"): {"2024-01-01": 80, "2024-01-02": 80, "2024-01-03": 88}},
        currencies={"^GSPC": "USD"},
    )
    assert returns_of(known, "^GSPC", "INR").returns == pytest.approx([0.1, 0.1])


def test_contributions_add_up_to_the_whole():
    rows = Rows()
    rows.deposit("2024-01-02", 2_000)
    rows.buy("2024-01-02", "TCS.NS", 10, 100)
    rows.buy("2024-01-02", "SBIN.NS", 5, 100)
    rows.dividend("2024-01-10", "SBIN.NS", 15)
    rows.add(Kind.FEE, "2024-01-11", amount=5)
    known = prices(
        "2024-01-01",
        "2024-01-20",
        {"TCS.NS": {"2024-01-02": 100, "2024-01-20": 130}, "SBIN.NS": {"2024-01-02": 100, "2024-01-20": 80}},
    )
    of = daily(rows.ledger(), known, "INR")
    shown = performance(of, day("2024-01-01"), day("2024-01-20"))
    found = contributions(of, shown)
    assert [(each.symbol, each.gain) for each in found.lines] == [("TCS.NS", 300), ("INR", -5), ("SBIN.NS", -85)]
    assert found.gain == pytest.approx(shown.gain)
    assert sum(each.share for each in found.lines) == pytest.approx(found.rate)
    groups = by_group(found, {"TCS.NS": "Technology"})
    assert {each.label: each.gain for each in groups} == {"Technology": 300, "Cash": -5, "Unknown": -85}


weights = st.lists(st.floats(0.01, 1), min_size=1, max_size=5)


@settings(max_examples=30, deadline=None)
@given(weights, weights, st.integers(0, 1_000))
def test_effects_add_up_to_the_difference(own, other, seed):
    chance = np.random.default_rng(seed)
    ours = {f"S{at}": (each / sum(own), float(chance.normal(0, 0.1))) for at, each in enumerate(own)}
    theirs = {f"S{at}": (each / sum(other), float(chance.normal(0, 0.1))) for at, each in enumerate(other)}
    found = brinson(ours, theirs)
    assert not isinstance(found, Unavailable)
    difference = sum(w * r for w, r in ours.values()) - sum(w * r for w, r in theirs.values())
    assert sum(each.total for each in found) == pytest.approx(difference)


def test_weights_that_do_not_add_up_are_refused():
    found = brinson({"A": (0.5, 0.1)}, {"A": (1.0, 0.1)})
    assert isinstance(found, Unavailable)
    assert "own" in found.because
