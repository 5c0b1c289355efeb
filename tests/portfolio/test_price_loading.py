"""Prices for a ledger from a market that answers by hand: splits, missing vendors, rates, own prices and own trades."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.market.errors import Unavailable
from core.market.model import Action, ActionKind, Bars, Sourced
from core.portfolio.model import Kind
from core.portfolio.price_loading import OwnPrice, daily_volumes, load, pair_symbol, quoted
from core.portfolio.tax.grandfathering import fair_values
from core.portfolio.valuation import daily
from tests.portfolio.small_ledgers import D, Rows, day

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)


class Market:
    """A market with these closes and splits; every other symbol is unavailable."""

    def __init__(self, closes, splits=(), currencies=None, simulated=False):
        self.closes, self.splits, self.currencies = closes, dict(splits), currencies or {}
        self.simulated = simulated
        self.asked = []

    def bars_many(self, symbols, interval, start, end=None, *, owner=None):
        listed = tuple(symbols)
        self.asked.append((listed, start))
        return {symbol: self._bars(symbol, start) for symbol in listed}

    def _bars(self, symbol, start):
        points = {on: each for on, each in self.closes.get(symbol, {}).items() if day(on) >= start}
        if not points:
            return Unavailable("vendor", f"{symbol} did not answer.")
        index = pd.DatetimeIndex([pd.Timestamp(on, tz="Asia/Kolkata").tz_convert("UTC") for on in points], name="ts")
        close = np.array(list(points.values()), dtype=float)
        frame = pd.DataFrame(
            {"open": close, "high": close * 1.1, "low": close, "close": close, "volume": 1_000.0}, index
        )
        actions = tuple(Action(ActionKind.SPLIT, day(on), ratio) for on, ratio in self.splits.get(symbol, ()))
        bars = Bars(symbol, "1d", frame, actions, currency=self.currencies.get(symbol, "INR"))
        return Sourced(bars, "vendor", NOW, NOW, simulated=self.simulated)


def test_prices_are_as_traded_and_the_booked_day_of_a_split_counts():
    rows = Rows()
    rows.buy("2024-01-02", "A.NS", 10, 1_000)
    rows.add(Kind.SPLIT, "2024-01-05", symbol="A.NS", ratio_new=10, ratio_old=1)
    # The vendor has the split a day late and has divided everything before.
    closes = {"A.NS": {"2024-01-02": 100, "2024-01-04": 102, "2024-01-05": 10.3, "2024-01-06": 103, "2024-01-08": 104}}
    market = Market(closes, {"A.NS": [("2024-01-06", 10)]})
    found = load(rows.ledger(), base_currency="INR", until=day("2024-01-08"), service=market)
    of = daily(rows.ledger(), found, "INR")
    # The 5th is doubtful (a tenfold error) and left out: the value of the 4th, at the new level, counts on.
    assert of.value[-7:].tolist() == pytest.approx([10_000, 10_000, 10_200, 10_200, 10_300, 10_300, 10_400])
    assert found.about["A.NS"].source == "vendor"


def test_splits_after_the_last_day_are_undone_too():
    rows = Rows()
    rows.buy("2024-01-02", "A.NS", 10, 1_000)
    market = Market({"A.NS": {"2024-01-02": 100, "2024-02-20": 120}}, {"A.NS": [("2024-02-10", 10)]})
    found = load(rows.ledger(), base_currency="INR", until=day("2024-01-08"), service=market)
    assert daily(rows.ledger(), found, "INR").value[-1] == 10_000


def test_a_vendor_that_fails_leaves_its_symbol_unknown_and_says_why():
    rows = Rows()
    rows.buy("2024-01-02", "A.NS", 10, 100)
    rows.add(Kind.TRANSFER_IN, "2024-01-02", symbol="B.NS", quantity=10)
    found = load(
        rows.ledger(), base_currency="INR", until=day("2024-01-08"), service=Market({"A.NS": {"2024-01-03": 101}})
    )
    of = daily(rows.ledger(), found, "INR")
    assert np.isnan(of.by_symbol["B.NS"][-1])
    assert of.by_symbol["A.NS"].tolist()[-7:] == [1_000, 1_010, 1_010, 1_010, 1_010, 1_010, 1_010]
    assert "did not answer" in found.about["B.NS"].because


def test_text_that_is_no_symbol_is_unknown_and_no_error():
    rows = Rows()
    rows.buy("2024-01-02", "Some Fund (Direct)", 10, 100)
    found = load(rows.ledger(), base_currency="INR", until=day("2024-03-08"), service=Market({}))
    assert np.isnan(daily(rows.ledger(), found, "INR").value[-1])


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({"INR=X": 80}, 80),
        ({"USDINR=X": 80}, None),  # the market's own name for it is INR=X
        ({"INRUSD=X": 0.0125}, 80),
    ],
)
def test_rates_are_found_directly_or_the_other_way_round(pairs, expected):
    rows = Rows()
    rows.buy("2024-01-02", "AAPL", 1, 100, account_id=3, currency="USD")
    closes = {"AAPL": {"2024-01-02": 100}} | {symbol: {"2024-01-02": rate} for symbol, rate in pairs.items()}
    found = load(
        rows.ledger(), base_currency="INR", until=day("2024-01-03"), service=Market(closes, currencies={"AAPL": "USD"})
    )
    value = daily(rows.ledger(), found, "INR").value[-1]
    assert np.isnan(value) if expected is None else value == pytest.approx(100 * expected)


def test_rates_go_through_the_dollar_where_there_is_no_pair():
    rows = Rows()
    rows.buy("2024-01-02", "SAP.DE", 1, 100, account_id=3, currency="EUR")
    closes = {"SAP.DE": {"2024-01-02": 100}, "EURUSD=X": {"2024-01-02": 1.1}, "INR=X": {"2024-01-02": 80}}
    found = load(
        rows.ledger(),
        base_currency="INR",
        until=day("2024-01-03"),
        service=Market(closes, currencies={"SAP.DE": "EUR"}),
    )
    assert daily(rows.ledger(), found, "INR").by_symbol["SAP.DE"][-1] == pytest.approx(8_800)
    assert (pair_symbol("USD", "INR"), pair_symbol("EUR", "INR")) == ("INR=X", "EURINR=X")


def test_a_rate_the_row_states_stands_in_where_the_market_has_none():
    rows = Rows()
    rows.buy("2024-01-02", "AAPL", 1, 100, currency="USD", rate=D(83))
    closes = {"AAPL": {"2024-01-02": 100}}
    found = load(
        rows.ledger(), base_currency="INR", until=day("2024-01-03"), service=Market(closes, currencies={"AAPL": "USD"})
    )
    assert daily(rows.ledger(), found, "INR").value[-1] == 8_300


def test_pence_are_not_pounds():
    rows = Rows()
    rows.buy("2024-01-02", "VOD.L", 10, 0.7, account_id=3, currency="GBP")
    closes = {"VOD.L": {"2024-01-02": 70}, "GBPINR=X": {"2024-01-02": 100}}
    found = load(
        rows.ledger(), base_currency="INR", until=day("2024-01-03"), service=Market(closes, currencies={"VOD.L": "GBp"})
    )
    assert daily(rows.ledger(), found, "INR").by_symbol["VOD.L"][-1] == pytest.approx(700)


def test_own_assets_have_the_prices_the_investor_gave():
    rows = Rows()
    rows.buy("2024-01-02", "OWN:flat", 1, 5_000_000)
    given = {"OWN:flat": [OwnPrice(date(2024, 2, 1), D(5_200_000))]}
    found = load(rows.ledger(), base_currency="INR", until=day("2024-02-10"), own_prices=given, service=Market({}))
    of = daily(rows.ledger(), found, "INR")
    assert (of.value[found.at(day("2024-01-31"))], of.value[-1]) == (5_000_000, 5_200_000)
    assert found.about["OWN:flat"].source == "own prices"


def test_own_prices_never_mix_into_a_series_a_source_has():
    rows = Rows()
    rows.buy("2024-01-02", "A.NS", 1, 100)
    given = {"A.NS": [OwnPrice(date(2024, 1, 4), D(900))]}
    market = Market({"A.NS": {"2024-01-03": 101}})
    found = load(rows.ledger(), base_currency="INR", until=day("2024-01-05"), own_prices=given, service=market)
    assert daily(rows.ledger(), found, "INR").value[-1] == 101


def test_prices_by_themselves_and_joined():
    market = Market({"^NSEI": {"2024-01-02": 20_000}, "A.NS": {"2024-01-03": 50}})
    index = quoted(["^NSEI"], day("2024-01-01"), base_currency="INR", until=day("2024-01-04"), service=market)
    other = quoted(["A.NS"], day("2024-01-01"), base_currency="INR", until=day("2024-01-04"), service=market)
    both = other.joined(index)
    assert both.carried(["^NSEI", "A.NS"])[0][:, -1].tolist() == [20_000, 50]
    shorter = quoted(["A.NS"], day("2024-01-02"), base_currency="INR", until=day("2024-01-04"), service=market)
    with pytest.raises(ValueError, match="do not fit"):
        both.joined(shorter)


def test_usual_volumes_and_their_absence():
    points = {(day("2024-01-02") + timedelta(days=at)).isoformat(): 10 for at in range(6)}
    market = Market({"A.NS": points, "NEW.NS": {"2024-01-02": 1}})
    assert daily_volumes(["A.NS", "NEW.NS", "X.NS"], until=day("2024-01-10"), service=market) == {"A.NS": 1_000}


def test_the_high_of_31_january_2018_is_as_traded_that_day():
    closes = {
        "A.NS": {"2018-01-31": 100, "2018-02-01": 500},
        "B.NS": {"2018-01-29": 40},
        "LATE.NS": {"2018-02-05": 40},
    }
    market = Market(closes, {"A.NS": [("2019-06-03", 5)]})
    found = fair_values(["A.NS", "B.NS", "LATE.NS", "GONE.NS"], service=market)
    assert found == {"A.NS": D("550.0"), "B.NS": D("44.0")}
    assert fair_values(["A.NS"], service=Market(closes, simulated=True)) == {}
