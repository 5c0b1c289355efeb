"""Vendors that send anything in the place of prices: bars that keep the contract come out, or one error of ours."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.market.errors import MarketError
from core.market.instruments import by_symbol
from core.market.model import Interval, Kind
from core.market.sources.alpha_vantage import AlphaVantage
from core.market.sources.base import Plan, Raw, Request
from core.market.sources.yahoo import Yahoo
from tests.market.vendors.contract import check_bars

NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
RELIANCE, APPLE = by_symbol("RELIANCE.NS"), by_symbol("AAPL")
YAHOO = Yahoo("http://127.0.0.1:1", timeout=0.1, cache_dir=Path("unused"))
ALPHA = AlphaVantage("CANARY0KEY7Q2Z", "http://127.0.0.1:1", timeout=0.1)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

odd = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats() | st.text(max_size=6)


def mostly(likely: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One in ten is anything at all: with more of it no row would be left to look at."""
    return st.integers(0, 9).flatmap(lambda place: odd if place == 0 else likely)


second = mostly(st.integers(-2_300_000_000, 1_900_000_000))
cell = mostly(st.floats(-10, 10_000))


@st.composite
def charts(draw: st.DrawFn) -> dict[str, Any]:
    size = draw(st.integers(0, 8))
    names = ("open", "high", "low", "close", "volume")
    quote = {name: draw(st.lists(cell, min_size=size, max_size=size)) for name in names}
    event = st.dictionaries(st.sampled_from(["date", "amount", "numerator", "denominator", "splitRatio"]), second)
    events = draw(
        st.dictionaries(st.sampled_from(["dividends", "splits"]), st.dictionaries(st.text(max_size=2), event))
    )
    regular = {"start": draw(second)}
    meta = {"symbol": "RELIANCE.NS", "currency": draw(odd), "currentTradingPeriod": {"regular": regular}}
    stamps = draw(st.lists(second, min_size=size, max_size=size))
    result = {"meta": meta, "timestamp": stamps, "indicators": {"quote": [quote]}, "events": events}
    return {"chart": {"result": [result], "error": None}}


@pytest.mark.parametrize("interval", list(Interval))
@QUICK
@given(payload=charts())
def test_any_chart(interval: Interval, payload: dict[str, Any]) -> None:
    plan = Plan(Request(Kind.BARS, RELIANCE, interval), ())
    try:
        sourced = YAHOO.parse(plan, Raw((payload,), NOW))
    except MarketError:
        return
    check_bars(sourced.data, NOW.replace(minute=5))
    assert sourced.as_of <= NOW


likely_day = st.dates(date(1990, 1, 1), date(2026, 11, 17))
label = (
    likely_day.map(str)
    | st.dates().map(str)
    | st.datetimes().map(lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}")
    | st.text(max_size=12)
)
names = st.sampled_from(
    ["1. open", "2. high", "3. low", "4. close", "5. volume", "7. dividend amount", "8. split coefficient", "x"]
)
words = mostly(st.floats(-10, 10_000).map(str))


@pytest.mark.parametrize("interval", [Interval.M5, Interval.D1, Interval.W1, Interval.MO1])
@QUICK
@given(
    rows=st.dictionaries(label, st.dictionaries(names, words, max_size=8), max_size=8),
    splits=st.lists(st.dictionaries(st.sampled_from(["effective_date", "split_factor"]), label | words), max_size=3),
)
def test_any_time_series(interval: Interval, rows: dict[str, Any], splits: list[dict[str, Any]]) -> None:
    plan = Plan(Request(Kind.BARS, APPLE, interval), ())
    series = {"Meta Data": {"2. Symbol": "AAPL"}, "Time Series": rows}
    try:
        sourced = ALPHA.parse(plan, Raw((series, {"data": splits}), NOW))
    except MarketError:
        return
    check_bars(sourced.data, NOW)
    assert sourced.as_of <= NOW
