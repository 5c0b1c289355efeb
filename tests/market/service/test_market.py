"""The service over the simulated market, which market is on, and the Market page's view."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from core.market.errors import InputError, NotConfigured, Unavailable
from core.market.model import AssetClass, Bars, Interval, Quote, Sourced
from core.market.refresh import refresh_watched
from core.market.router import ModeSwitch, Router
from core.market.sources.base import Source
from core.market.views.overview import REGIONS, Missing, TreemapRow, market_overview, weighed
from db.session import DatabaseOptions, configure, dispose, unit_of_work
from tests.market.store.scripted import ScriptedSource, sessions, wandering

SYMBOL = "RELIANCE.NS"


def scripted(**options: object) -> ScriptedSource:
    history = {(SYMBOL, Interval.D1): wandering(sessions(date(2025, 1, 1), date(2026, 12, 31)))}
    return ScriptedSource(history, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("interval", [one.value for one in Interval])
def test_simulated_bars_of_every_interval_say_so(make_market, clock, interval: str) -> None:
    answer = make_market(mode="demo").bars("reliance", interval, date(2026, 11, 2))
    assert answer.simulated
    assert answer.source == "demo"
    assert any(warning.kind == "simulated" for warning in answer.warnings)
    assert answer.data.interval == interval
    assert answer.data.frame.index[-1] <= pd.Timestamp(clock())


def test_the_simulated_past_replays(make_market, clock) -> None:
    market = make_market(mode="demo")
    moment = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
    replay = market.bars(SYMBOL, as_of=moment)
    clock.set(moment)
    then = market.bars(SYMBOL)
    pd.testing.assert_frame_equal(replay.data.frame, then.data.frame)
    assert replay.as_of == datetime(2026, 11, 17, 10, 0, tzinfo=UTC)


def test_with_the_simulated_market_on_no_vendor_is_asked(make_market, clock) -> None:
    source = scripted()
    market = make_market(source, mode="demo")
    market.bars(SYMBOL)
    market.quote(SYMBOL)
    market.quotes([SYMBOL])
    market.bars_many([SYMBOL])
    assert source.asked == []
    assert market.mode().label == "Simulated"
    assert {state.name: state.state for state in market.sources()} == {"scripted": "off", "demo": "ok", "file": "ok"}


def test_with_the_live_market_on_nothing_is_simulated(make_market, clock) -> None:
    source = scripted(error=lambda: Unavailable("scripted", "down"))
    market = make_market(source)
    with pytest.raises(Unavailable):
        market.bars(SYMBOL)
    with pytest.raises(Unavailable):
        market.quote(SYMBOL)
    answers = market.bars_many([SYMBOL, "TCS.NS"])
    assert all(not isinstance(answer, Sourced) for answer in answers.values())


def test_a_simulated_series_can_be_asked_for_by_name(make_market, clock) -> None:
    assert make_market(scripted()).bars(SYMBOL, source="demo").simulated


def test_a_source_that_is_none_or_off(make_market, clock) -> None:
    market = make_market(scripted(on=False))
    with pytest.raises(InputError, match="scripted, demo, file"):
        market.bars(SYMBOL, source="bloomberg")
    with pytest.raises(NotConfigured):
        market.bars(SYMBOL, source="scripted")


def test_dividends_reinvested(make_market, clock) -> None:
    market = make_market(mode="demo")
    paid = next(
        one.symbol
        for one in market.instruments(asset_class="stock")
        if any(action.kind == "dividend" for action in market.bars(one.symbol, "1d", date(2025, 1, 1)).data.actions)
    )
    plain = market.bars(paid, "1d", date(2025, 1, 1)).data
    adjusted = market.bars(paid, "1d", date(2025, 1, 1), adjust="dividends").data
    assert adjusted.adjustment == "dividends"
    assert adjusted.frame["close"].iloc[0] < plain.frame["close"].iloc[0]
    assert adjusted.frame["close"].iloc[-1] == plain.frame["close"].iloc[-1]
    with pytest.raises(InputError, match="splits or dividends"):
        market.bars(paid, adjust="magic")


def test_quotes_of_many_are_stored_once_and_served(make_market, clock) -> None:
    class Batch(ScriptedSource):
        batches = 0

        def quotes(self, instruments):
            type(self).batches += 1
            now = clock()
            return {one.symbol: Sourced(Quote(one.symbol, 5.0, now, "INR"), self.name, now, now) for one in instruments}

    source = Batch({})
    market = make_market(source)
    symbols = ["TCS.NS", "INFY.NS", SYMBOL]
    assert {answer.data.price for answer in market.quotes(symbols).values()} == {5.0}
    market.quotes(symbols)
    assert Batch.batches == 1
    assert source.asked == []
    clock.advance(timedelta(seconds=61))
    market.quotes(symbols)
    assert Batch.batches == 2


def test_movers_lists_are_known_by_name(make_market, clock) -> None:
    market = make_market(scripted())
    assert [one.symbol for one in market.movers("gainers", limit=1).data] == ["TCS.NS"]
    with pytest.raises(InputError, match="gainers, losers or active"):
        market.movers("richest")


def test_members_and_instruments_of_an_index(make_market, clock) -> None:
    market = make_market(mode="demo")
    members = market.members("^NSEI").data
    assert 48 <= len(members) <= 52
    stocks = market.instruments(asset_class=AssetClass.STOCK, index="^NSEI")
    assert {one.symbol for one in stocks} <= {member.symbol for member in members}
    with pytest.raises(InputError):
        market.members("BTC-USD")


def test_many_bars_wait_once_for_a_vendor_that_hangs(make_market, clock) -> None:
    symbols = ["TCS.NS", "INFY.NS", SYMBOL, "HDFCBANK.NS", "ITC.NS", "SBIN.NS"]
    hanging = scripted(name="first", slow_s=6.0)
    market = make_market(hanging, timeout_s=0.5)
    began = time.monotonic()
    answers = market.bars_many(symbols)
    assert time.monotonic() - began < 5.5, "each symbol waited for itself"
    assert all(isinstance(answer, Unavailable) for answer in answers.values())


def test_many_bars_go_to_the_next_source_and_say_so(make_market, clock) -> None:
    down = scripted(name="first", error=lambda: Unavailable("first", "no route"))
    other = scripted(name="second", label="Second")
    answers = make_market(down, other).bars_many([SYMBOL, "TCS.NS"])
    assert answers[SYMBOL].source == "second"
    assert any(warning.kind == "other_source" for warning in answers[SYMBOL].warnings)
    assert "no route" in str(answers["TCS.NS"]), "the first refusal is the one told"
    assert len(down.asked) == 2, "a vendor was asked twice for one question"


# -- which market is on ------------------------------------------------------------------------------------------


@dataclass
class Answer:
    ok: bool
    error: str | None = None


def test_auto_asks_once_in_the_background_and_again_after_five_minutes(clock) -> None:
    answers = [Answer(False, "refused"), Answer(True)]
    asked: list[int] = []
    done = threading.Event()

    def probe() -> Answer:
        asked.append(1)
        done.set()
        return answers[len(asked) - 1]

    switch = ModeSwitch("auto", probe, clock)
    first = switch.mode()
    assert (first.live, first.label) == (False, "Simulated")
    assert "refused" in first.reason
    for _ in range(20):
        switch.mode()
    assert len(asked) == 1
    clock.advance(timedelta(minutes=6))
    switch.mode()
    until = time.monotonic() + 10
    while not switch.mode().live:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert len(asked) == 2


def test_a_probe_that_hangs_does_not_hang_the_page(clock) -> None:
    release = threading.Event()
    switch = ModeSwitch("auto", lambda: Answer(release.wait(30)), clock)
    began = time.monotonic()
    assert not switch.mode().live
    assert time.monotonic() - began < 6
    release.set()


def test_live_and_demo_are_taken_at_their_word(clock) -> None:
    assert ModeSwitch("live", None, clock).mode().live
    assert not ModeSwitch("demo", None, clock).mode().live


def test_the_order_of_sources_depends_on_the_class() -> None:
    from core.market.instruments import by_symbol
    from core.market.model import Kind

    both: list[Source] = [ScriptedSource({}, name="alpha_vantage"), ScriptedSource({}, name="yahoo")]
    router = Router(both)
    stock, index = by_symbol(SYMBOL), by_symbol("^NSEI")
    assert [one.name for one in router.candidates(Kind.BARS, stock)] == ["yahoo", "alpha_vantage"]
    assert [one.name for one in router.candidates(Kind.BARS, index)] == ["yahoo"]
    assert [one.name for one in router.candidates(Kind.MOVERS, None)] == ["yahoo", "alpha_vantage"]


# -- the refresh job ---------------------------------------------------------------------------------------------


def test_only_what_trades_is_refreshed_and_failures_do_not_stop_it(make_market, clock) -> None:
    source = scripted()
    source.history[("BTC-USD", Interval.D1)] = wandering(
        pd.date_range("2026-01-01", "2026-12-31", tz="UTC", name="ts").as_unit("ns")
    )
    market = make_market(source)
    for symbol in (SYMBOL, "TCS.NS", "BTC-USD", "AAPL"):
        market.watch(symbol, "ann")
        market.watch(symbol, "bob")
    first = refresh_watched(clock(), market)
    assert first.refreshed == ("BTC-USD", SYMBOL)
    assert first.resting == ("AAPL",)
    assert [symbol for symbol, _ in first.failed] == ["TCS.NS"]
    second = refresh_watched(clock(), market)
    assert (second.refreshed, second.fresh) == ((), ("BTC-USD", SYMBOL))
    clock.set(datetime(2026, 11, 18, 10, 30, tzinfo=UTC))
    assert SYMBOL in refresh_watched(clock(), market).refreshed, "the settled close was not fetched"
    clock.set(datetime(2026, 11, 18, 12, 0, tzinfo=UTC))
    assert SYMBOL in refresh_watched(clock(), market).resting


def test_the_simulated_market_needs_no_refresh(make_market, clock) -> None:
    market = make_market(mode="demo")
    market.watch(SYMBOL, "ann")
    assert refresh_watched(clock(), market).fresh == (SYMBOL,)


# -- the Market page's view --------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_the_overview_of_the_simulated_market(make_market, clock, region: str) -> None:
    market = make_market(mode="demo")
    view = market_overview(market, region)
    assert view.simulated
    assert view.sources_used == ("demo",)
    assert not isinstance(view.tiles, Missing)
    assert view.tiles[0].symbol == REGIONS[region].indices[0]
    assert all(len(tile.spark) == 60 for tile in view.tiles)
    assert not isinstance(view.breadth, Missing)
    assert view.breadth.advances + view.breadth.declines + view.breadth.unchanged == view.breadth.counted
    assert not isinstance(view.treemap, Missing)
    bars = market.bars(view.treemap[0].symbol).data.frame["close"]
    assert view.treemap[0].change_percent == pytest.approx(100 * (bars.iloc[-1] / bars.iloc[-2] - 1))
    assert not isinstance(view.gainers, Missing)
    changes = [mover.change_percent for mover in view.gainers]
    assert changes == sorted(changes, reverse=True)
    assert pickle.loads(pickle.dumps(view)).region == region


def test_sectors_of_a_treemap_weigh_their_members() -> None:
    rows = [
        TreemapRow("A", "A", "Banks", 300.0, 1.0, 10.0),
        TreemapRow("B", "B", "Energy", 100.0, -4.0, 10.0),
        TreemapRow("C", "C", "Banks", 100.0, 5.0, 10.0),
    ]
    found = weighed(rows)
    assert found.weights == {"Banks": 400.0, "Energy": 100.0}
    assert found.changes == {"Banks": 2.0, "Energy": -4.0}
    assert found.change == 0.8


def test_a_silent_vendor_leaves_reasons_in_place_of_parts(make_market, clock) -> None:
    view = market_overview(make_market(scripted(error=lambda: Unavailable("scripted", "no route"))), "us")
    for part in (view.tiles, view.breadth, view.treemap, view.gainers, view.news):
        assert isinstance(part, Missing)
        assert "no route" in part.reason or "paused" in part.reason
    assert view.as_of is None


def test_a_region_that_is_none(make_market, clock) -> None:
    with pytest.raises(InputError, match="india, us, crypto"):
        market_overview(make_market(mode="demo"), "mars")


def test_the_bars_of_a_view_are_the_services(make_market, clock) -> None:
    answer = make_market(mode="demo").bars_many([SYMBOL])[SYMBOL]
    assert isinstance(answer, Sourced)
    assert isinstance(answer.data, Bars)


# -- the database away -------------------------------------------------------------------------------------------


def test_prices_of_the_simulated_market_need_no_database(make_market, clock, fresh_db: str) -> None:
    market = make_market(mode="demo")
    configure(DatabaseOptions(url="postgresql://nobody@127.0.0.1:1/none", connect_timeout_s=1))
    try:
        assert market.bars(SYMBOL).simulated
        view = market_overview(market)
        assert isinstance(view.states, Missing)
        assert "database" in view.states.reason
        assert not isinstance(view.breadth, Missing)
    finally:
        dispose()
        configure(DatabaseOptions(url=fresh_db))
        with unit_of_work():
            pass
