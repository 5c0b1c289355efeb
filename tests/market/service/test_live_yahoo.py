"""The whole way over a real socket: service, store, Yahoo's real client code, a Yahoo on the loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.market.errors import InputError, MarketError, SourceError
from core.market.model import Sourced
from core.market.sources.yahoo import Yahoo
from core.market.views.overview import Missing, market_overview
from tests.market.vendors.fake_yahoo import FakeYahoo, Fault

SYMBOL = "RELIANCE.NS"


@pytest.fixture
def fake_yahoo(clock: object) -> Iterator[FakeYahoo]:
    with FakeYahoo() as vendor:
        yield vendor


@pytest.fixture
def yahoo(fake_yahoo: FakeYahoo, tmp_path: Path) -> Iterator[Yahoo]:
    source = Yahoo(fake_yahoo.url, timeout=10.0, cache_dir=tmp_path)
    yield source
    source.close()


def test_bars_are_fetched_once_then_only_their_end(make_market, yahoo, fake_yahoo, clock) -> None:
    market = make_market(yahoo, timeout_s=30.0)
    first = market.bars(SYMBOL)
    calls = fake_yahoo.count("chart")
    assert first.source == "yahoo"
    assert not first.simulated
    assert len(first.data.frame) > 700
    market.bars(SYMBOL, "1d", date(2026, 1, 1))
    assert fake_yahoo.count("chart") == calls
    clock.set(datetime(2026, 11, 19, 6, 0, tzinfo=UTC))
    assert market.refresh(SYMBOL)
    later = market.bars(SYMBOL)
    assert later.data.frame.index[-1] > first.data.frame.index[-1]
    shared = first.data.frame.index[:-1]
    np.testing.assert_array_equal(later.data.frame.loc[shared], first.data.frame.loc[shared])


@pytest.mark.parametrize("interval", ["1m", "5m", "1h", "1wk", "1mo"])
def test_every_interval_is_stored_and_read_back(make_market, yahoo, fake_yahoo, clock, interval: str) -> None:
    market = make_market(yahoo, timeout_s=30.0)
    start = clock().date() - timedelta(days=5 if interval == "1m" else 50)
    first = market.bars(SYMBOL, interval, start)
    calls = fake_yahoo.count("chart")
    again = market.bars(SYMBOL, interval, start + timedelta(days=1))
    assert fake_yahoo.count("chart") == calls, "covered bars were asked for again"
    assert again.data.frame.index[-1] == first.data.frame.index[-1]
    assert first.data.frame.index.is_monotonic_increasing
    clock.advance(timedelta(hours=2))
    market.bars(SYMBOL, interval, start)
    until = time.monotonic() + 30
    while (seen := market.bars(SYMBOL, interval, start)).stale:
        assert time.monotonic() < until, seen.warnings
        time.sleep(0.05)
    assert seen.fetched_at > first.fetched_at


def test_company_data_is_kept(make_market, yahoo, fake_yahoo, clock) -> None:
    market = make_market(yahoo, timeout_s=30.0)
    for read in (market.profile, market.statements, market.ratios, market.actions, market.holders, market.news):
        first = read(SYMBOL)
        asked = len(fake_yahoo.asked)
        assert read(SYMBOL).data == first.data
        assert len(fake_yahoo.asked) == asked, f"{read.__name__} was asked twice"


def test_quotes_of_many_are_one_call(make_market, yahoo, fake_yahoo, clock) -> None:
    market = make_market(yahoo, timeout_s=30.0)
    symbols = [SYMBOL, "TCS.NS", "AAPL"]
    answers = market.quotes(symbols)
    assert all(isinstance(answer, Sourced) for answer in answers.values())
    assert fake_yahoo.count("quote") == 1
    assert market.quote(SYMBOL).data == answers[SYMBOL].data
    assert fake_yahoo.count("quote") == 1


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.RESET, Fault.TRUNCATED, Fault.HTML])
def test_a_faulty_yahoo_leaves_what_is_stored(make_market, yahoo, fake_yahoo, clock, fault: Fault) -> None:
    market = make_market(yahoo, timeout_s=30.0)
    kept = market.bars(SYMBOL)
    clock.set(datetime(2026, 11, 19, 6, 0, tzinfo=UTC))
    fake_yahoo.fail("chart", fault)
    with pytest.raises(SourceError):
        market.refresh(SYMBOL)
    served = market.bars(SYMBOL)
    assert served.stale
    assert served.data.frame.equals(kept.data.frame)


def test_the_page_of_the_live_market_names_what_is_missing(make_market, yahoo, fake_yahoo, clock) -> None:
    view = market_overview(make_market(yahoo, timeout_s=30.0), "us")
    assert view.mode.live
    assert not view.simulated
    assert view.sources_used == ("yahoo",)
    assert not isinstance(view.treemap, Missing)
    assert "AAPL" in {row.symbol for row in view.treemap}


def test_an_unknown_symbol_is_an_input_error(make_market, yahoo, fake_yahoo, clock) -> None:
    with pytest.raises(MarketError, match="ZZZZ"):
        make_market(yahoo, timeout_s=30.0).bars("ZZZZ.NS")


def test_minutes_without_a_start_are_fetched_once(make_market, yahoo, fake_yahoo, clock) -> None:
    market = make_market(yahoo, timeout_s=30.0)
    first = market.bars(SYMBOL, "5m")
    calls = fake_yahoo.count("chart")
    assert market.bars(SYMBOL, "5m").data.frame.equals(first.data.frame)
    assert fake_yahoo.count("chart") == calls


def test_names_the_catalogue_lacks_are_searched_at_the_vendor(make_market, yahoo, fake_yahoo, clock) -> None:
    market = make_market(yahoo, timeout_s=30.0)
    found = market.search_sources("  Reliance ")
    assert SYMBOL in {one.symbol for one in found.data}
    market.search_sources("reliance")
    assert fake_yahoo.count("search") == 1
    with pytest.raises(InputError, match="two characters"):
        market.search_sources("r")
