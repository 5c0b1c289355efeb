"""The demo market as a source: what it covers, what it refuses, how it labels itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.market.errors import BadRange, EmptyAnswer, NotCovered, UnknownSymbol
from core.market.instruments import by_symbol, catalogue, infer
from core.market.model import AssetClass, Interval, Kind
from core.market.sources.base import Request, Source, ask

RELIANCE = by_symbol("RELIANCE.NS")
NIFTY = by_symbol("^NSEI")


def test_it_has_the_shape_of_a_source(market):
    assert isinstance(market, Source)
    assert market.configured()
    assert (market.name, market.label, market.simulated) == ("demo", "Simulated", True)


def test_at_least_75_instruments_of_every_class_trade(market):
    covered = [each for each in catalogue() if market.covers(Kind.BARS, each, Interval.D1)]
    assert len(covered) == len(catalogue()) >= 75
    assert {each.asset_class for each in covered} >= {AssetClass.STOCK, AssetClass.INDEX, AssetClass.CRYPTO}


@pytest.mark.parametrize("kind", sorted(Kind))
@pytest.mark.parametrize("instrument", [RELIANCE, by_symbol("AAPL"), NIFTY, by_symbol("BTC-USD"), None])
def test_every_covered_kind_is_answered_and_labelled_simulated(market, friday, kind, instrument):
    request = Request(kind, instrument, text="tata steel" if kind is Kind.SEARCH else "")
    if not market.covers(kind, instrument, None):
        with pytest.raises(NotCovered):
            ask(market, request)
        return
    answer = ask(market, request)
    assert answer.data is not None
    assert (answer.source, answer.simulated, answer.stale) == ("demo", True, False)
    assert [each.kind for each in answer.warnings] == ["simulated"]
    assert answer.as_of <= answer.fetched_at == friday


def test_a_company_has_every_kind_that_is_asked_of_one_instrument(market):
    lists = {Kind.SEARCH, Kind.MOVERS, Kind.TRENDING, Kind.SECTORS, Kind.MEMBERS}
    assert {each for each in Kind if market.covers(each, RELIANCE, None)} == set(Kind) - lists


def test_a_symbol_outside_the_catalogue_is_unknown(market):
    with pytest.raises(UnknownSymbol, match=r"NOSUCHCOMPANY\.NS"):
        ask(market, Request(Kind.BARS, infer("NOSUCHCOMPANY.NS")))


def test_an_investors_own_instrument_is_never_simulated(market):
    own = replace(RELIANCE, owner="someone")
    assert not market.covers(Kind.BARS, own, Interval.D1)
    with pytest.raises(UnknownSymbol):
        ask(market, Request(Kind.BARS, own))


def test_a_variant_of_a_catalogue_entry_gets_the_same_prices(market):
    variant = replace(RELIANCE, sector="Technology", name="Another")
    assert ask(market, Request(Kind.BARS, variant)).data.frame.equals(
        ask(market, Request(Kind.BARS, RELIANCE)).data.frame
    )


def test_a_company_trades_in_mumbai_as_on_the_national_exchange(market):
    listing = infer("RELIANCE.BO")
    for kind in (Kind.BARS, Kind.QUOTE, Kind.PROFILE, Kind.RATIOS, Kind.RATINGS):
        assert ask(market, Request(kind, listing)).data.symbol == "RELIANCE.BO"
    there, here = (ask(market, Request(Kind.BARS, each)).data.frame for each in (listing, RELIANCE))
    assert there.equals(here)
    assert {each.symbol for each in ask(market, Request(Kind.EVENTS, listing)).data} == {"RELIANCE.BO"}
    assert {each.symbols for each in ask(market, Request(Kind.NEWS, listing)).data} == {("RELIANCE.BO",)}
    assert not market.covers(Kind.BARS, infer("NOSUCHCOMPANY.BO"), None)


@pytest.mark.parametrize(
    ("start", "end", "interval", "message"),
    [
        (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC), Interval.D1, "Put the start first"),
        (datetime(2027, 5, 1, tzinfo=UTC), None, Interval.D1, "in the future"),
        (datetime(2026, 5, 1), None, Interval.D1, "no timezone"),  # noqa: DTZ001 - that is the point
        (datetime(2012, 5, 1, tzinfo=UTC), None, Interval.M1, "at most 400 days"),
    ],
)
def test_a_range_that_cannot_be_served_says_why(market, start, end, interval, message):
    with pytest.raises(BadRange, match=message):
        ask(market, Request(Kind.BARS, RELIANCE, interval, start, end))


def test_a_span_without_sessions_is_empty(market):
    saturday = datetime(2026, 11, 14, tzinfo=UTC)
    with pytest.raises(EmptyAnswer, match=r"RELIANCE\.NS"):
        ask(market, Request(Kind.BARS, RELIANCE, Interval.D1, saturday, saturday + timedelta(hours=12)))


def test_before_2010_there_is_nothing(market):
    with pytest.raises(EmptyAnswer):
        ask(market, Request(Kind.BARS, RELIANCE, Interval.D1, None, datetime(2009, 6, 1, tzinfo=UTC)))
    with pytest.raises(EmptyAnswer):
        ask(market, Request(Kind.QUOTE, RELIANCE, end=datetime(2009, 6, 1, tzinfo=UTC)))


def test_the_quote_is_the_last_daily_bar(market, friday):
    bars = ask(market, Request(Kind.BARS, RELIANCE)).data.frame
    quote = ask(market, Request(Kind.QUOTE, RELIANCE)).data
    last = bars.iloc[-1]
    assert (quote.open, quote.high, quote.low, quote.price) == (last["open"], last["high"], last["low"], last["close"])
    assert quote.volume == last["volume"]
    assert quote.previous_close == bars["close"].iloc[-2]
    assert quote.time == friday
    year = bars[bars.index > bars.index[-1] - timedelta(days=364, hours=1)]
    assert quote.high_52w == year["high"].max()
    assert quote.low_52w == year["low"].min()


def test_a_closed_markets_quote_is_dated_at_its_close(market):
    quote = ask(market, Request(Kind.QUOTE, by_symbol("AAPL")))
    assert quote.as_of == quote.data.time == datetime(2026, 11, 19, 21, 0, tzinfo=UTC)


def test_movers_are_in_order_and_within_the_limit(market):
    gainers = ask(market, Request(Kind.MOVERS, text="gainers", limit=7)).data
    losers = ask(market, Request(Kind.MOVERS, text="losers", limit=7)).data
    active = ask(market, Request(Kind.MOVERS, text="active", limit=50)).data
    assert len(gainers) == len(losers) == 7
    assert [each.change_percent for each in gainers] == sorted((each.change_percent for each in gainers), reverse=True)
    assert [each.change_percent for each in losers] == sorted(each.change_percent for each in losers)
    traded = [each.price * each.volume for each in active]
    assert traded == sorted(traded, reverse=True)


def test_members_are_the_nifty_fifty_and_say_they_are_simulated(market):
    found = ask(market, Request(Kind.MEMBERS, NIFTY)).data
    assert len(found) == 50
    assert "RELIANCE.NS" in {each.symbol for each in found}
    assert all("Simulated" in each.source_note for each in found)


def test_search_finds_only_what_the_demo_market_has(market):
    assert ask(market, Request(Kind.SEARCH, text="tata steel", limit=5)).data[0].symbol == "TATASTEEL.NS"
