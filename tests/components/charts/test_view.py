"""The view in the address bar: read, written, corrected."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from components.charts.view import KINDS, MARKS, RANGES, ChartView, checked, fitted, from_query, study, to_query, warmed
from core.indicators import BadParameter, catalogue, find
from core.market.model import Interval

TODAY = date(2026, 11, 20)
studies = some.sampled_from(catalogue()).map(lambda i: checked(i, {}))
views = some.builds(
    ChartView,
    symbol=some.sampled_from(["TCS.NS", "M&M.NS", "^NSEI", "BTC-USD", "INR=X", "BRK-B"]),
    range=some.sampled_from(RANGES),
    interval=some.sampled_from([i.value for i in Interval]),
    kind=some.sampled_from(KINDS),
    studies=some.lists(studies, max_size=4, unique=True).map(tuple),
    compare=some.lists(some.sampled_from(["INFY.NS", "^NSEI", "AAPL"]), unique=True).map(tuple),
    marks=some.lists(some.sampled_from(MARKS), unique=True).map(tuple),
    log=some.booleans(),
    volume=some.booleans(),
    dividends=some.booleans(),
    frames=some.booleans(),
    table=some.booleans(),
)


@given(views)
@settings(max_examples=150, deadline=None)
def test_a_written_address_reads_as_the_same_view(view: ChartView) -> None:
    read, notes = from_query(to_query(view))
    assert (read, notes) == (view, ())


def test_the_link_of_the_readme() -> None:
    query = {"symbol": "TCS.NS", "range": "1y", "interval": "1d", "type": "candles", "ind": "sma:20,rsi:14"}
    view, notes = from_query(query)
    assert notes == ()
    assert [s.text() for s in view.studies] == ["sma:20", "rsi:14"]
    assert to_query(view) == query


def test_days_of_a_custom_range_survive() -> None:
    view, _ = from_query({"symbol": "TCS.NS", "from": "2025-01-01", "to": "2025-06-30"})
    assert (view.range, view.start, view.end) == ("custom", date(2025, 1, 1), date(2025, 6, 30))
    assert from_query(to_query(view))[0] == view
    assert from_query({"range": "custom"})[0].range == "1y", "a custom range without days is a year"


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"symbol": "x" * 90}, "is not a symbol"),
        ({"range": "forever"}, "range=forever"),
        ({"from": "31.12.2025"}, "from=31.12.2025 is not a day"),
        ({"ind": "rsi:abc"}, "length"),
        ({"ind": "rssi"}, "rsi"),
    ],
)
def test_what_makes_no_sense_is_named(query: dict[str, str], word: str) -> None:
    view, notes = from_query(query)
    assert len(notes) == 1
    assert word in notes[0]
    assert view.symbol == "RELIANCE.NS"


@given(
    some.dictionaries(
        some.sampled_from([*to_query(ChartView()), "ind", "marks", "log", "from"]), some.text(max_size=60)
    )
)
@settings(max_examples=200, deadline=None)
def test_no_address_whatever_breaks_the_page(query: dict[str, str]) -> None:
    view, _ = from_query(query)
    assert from_query(to_query(view))[0] == view


@given(views)
@settings(max_examples=200, deadline=None)
def test_a_corrected_view_needs_no_further_correction(view: ChartView) -> None:
    once, why = fitted(view, TODAY)
    assert (why is None) == (once == view)
    assert fitted(once, TODAY) == (once, None)


def test_short_bars_are_only_asked_for_as_far_back_as_they_are_kept() -> None:
    view, why = fitted(ChartView(range="3mo", interval="5m"), TODAY)
    assert view.interval == "1h"
    assert why is not None
    assert "5 minutes bars" in why
    assert warmed(view, date(2024, 11, 25), TODAY) is not None


def test_an_average_is_warm_at_the_left_edge() -> None:
    view = ChartView(studies=(study("sma:200"),))
    start = date(2025, 11, 19)
    early = warmed(view, start, TODAY)
    assert early is not None
    assert (start - early).days > 200 * 7 / 5
    assert warmed(ChartView(), start, TODAY) == start


def test_more_values_than_parameters_and_values_out_of_range_are_refused() -> None:
    with pytest.raises(BadParameter, match="length"):
        study("sma:0")
    with pytest.raises(BadParameter, match="value 2"):
        study("sma:20:30")
    assert checked(find("sma"), {"length": ""}).params == study("sma").params
