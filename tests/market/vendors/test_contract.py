"""Every source keeps the contract of core.market.sources.base, kind by kind."""

from pathlib import Path

import pytest

from core import clock as the_clock
from core.market.errors import MarketError, NotConfigured, NotCovered
from core.market.instruments import by_symbol
from core.market.model import Instrument, Interval, Kind
from core.market.sources.alpha_vantage import AlphaVantage
from core.market.sources.base import Request, Source, ask
from core.market.sources.demo import DemoMarket
from core.market.sources.yahoo import Yahoo
from tests.market.vendors.contract import MARKET_TEXT, check_shape
from tests.market.vendors.fake_alpha_vantage import FakeAlphaVantage
from tests.market.vendors.fake_yahoo import FakeYahoo

SYMBOLS = ("RELIANCE.NS", "AAPL", "BTC-USD", "^NSEI", "INR=X")
SOURCES = ("yahoo", "alpha_vantage", "demo")


def known(symbol: str) -> Instrument:
    found = by_symbol(symbol)
    assert found is not None
    return found


@pytest.fixture
def source(request: pytest.FixtureRequest) -> Source:
    name = request.param
    if name == "demo":
        request.getfixturevalue("clock")
        return DemoMarket()
    chosen = request.getfixturevalue({"yahoo": "yahoo", "alpha_vantage": "alpha"}[name])
    assert isinstance(chosen, Source)
    return chosen


@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_it_is_a_source_with_a_name_and_a_label(source: Source) -> None:
    assert isinstance(source, Source)
    assert source.name
    assert source.label
    assert source.configured()
    assert source.simulated is (source.name == "demo")


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_what_it_covers_of_an_instrument_it_answers_in_shape(source: Source, symbol: str) -> None:
    instrument = known(symbol)
    answered = set()
    for kind in Kind:
        if kind is not Kind.BARS and source.covers(kind, instrument, None):
            check_shape(kind, ask(source, Request(kind, instrument)), source, the_clock.now())
            answered.add(kind)
    assert Kind.QUOTE in answered or symbol == "^NSEI"


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_bars_of_every_interval_it_covers_are_in_shape(source: Source, symbol: str) -> None:
    instrument = known(symbol)
    for interval in Interval:
        if source.covers(Kind.BARS, instrument, interval):
            sourced = ask(source, Request(Kind.BARS, instrument, interval))
            check_shape(Kind.BARS, sourced, source, the_clock.now())
            assert sourced.data.interval is interval
            assert sourced.data.symbol == symbol


@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_market_wide_kinds_are_in_shape(source: Source) -> None:
    for kind in Kind:
        if source.covers(kind, None, None):
            text = MARKET_TEXT.get(kind, "") if source.name != "demo" else MARKET_TEXT.get(kind, "").split(":")[0]
            check_shape(kind, ask(source, Request(kind, text=text)), source, the_clock.now())


@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_what_it_does_not_cover_it_refuses_with_an_error_of_ours(source: Source) -> None:
    instrument = known("RELIANCE.NS")
    for kind in Kind:
        if not source.covers(kind, instrument, None):
            with pytest.raises(MarketError):
                ask(source, Request(kind, instrument))
        if not source.covers(kind, None, None):
            with pytest.raises(NotCovered):
                ask(source, Request(kind))


@pytest.mark.parametrize("source", SOURCES, indirect=True)
def test_parse_is_pure(source: Source) -> None:
    plan = source.plan(Request(Kind.BARS, known("AAPL"), Interval.D1))
    raw = source.fetch(plan)
    first, second = source.parse(plan, raw), source.parse(plan, raw)
    assert first.data.frame.equals(second.data.frame)
    assert first.data.actions == second.data.actions
    assert first.as_of == second.as_of


def test_without_a_key_alpha_vantage_says_which_setting_is_missing(fake_alpha: FakeAlphaVantage) -> None:
    for key in (None, "", "  "):
        source = AlphaVantage(key, fake_alpha.url, timeout=1.0)
        assert not source.configured()
        with pytest.raises(NotConfigured) as caught:
            source.plan(Request(Kind.QUOTE, known("AAPL")))
        assert caught.value.setting == "ALPHA_VANTAGE_API_KEY"
        assert "ALPHA_VANTAGE_API_KEY" in str(caught.value)
    assert fake_alpha.requests == []


def test_two_yahoos_keep_apart(fake_yahoo: FakeYahoo, tmp_path: Path) -> None:
    with FakeYahoo() as other:
        one = Yahoo(fake_yahoo.url, timeout=5.0, cache_dir=tmp_path)
        two = Yahoo(other.url, timeout=5.0, cache_dir=tmp_path)
        ask(one, Request(Kind.QUOTE, known("AAPL")))
        ask(two, Request(Kind.QUOTE, known("AAPL")))
        ask(one, Request(Kind.QUOTE, known("AAPL")))
        assert fake_yahoo.count("quote") == 2
        assert other.count("quote") == 1
        one.close()
        two.close()
