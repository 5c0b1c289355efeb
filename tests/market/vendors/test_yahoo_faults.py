"""Yahoo refuses, breaks and lies: each ends in one error of ours, over the real yfinance and a real socket."""

from datetime import timedelta
from pathlib import Path

import pytest

from core import clock as the_clock
from core.market.errors import (
    BadRange,
    CredentialsExpired,
    EmptyAnswer,
    MarketError,
    NotCovered,
    ThrottledUntil,
    Unavailable,
    UnknownSymbol,
)
from core.market.instruments import by_symbol, infer
from core.market.model import Bars, Instrument, Interval, Kind, Sourced
from core.market.sources.base import Plan, Raw, Request, ask
from core.market.sources.yahoo import Yahoo
from tests.market.vendors.contract import chain, check_bars
from tests.market.vendors.fake_yahoo import FakeYahoo, Fault


def known(symbol: str) -> Instrument:
    found = by_symbol(symbol)
    assert found is not None
    return found


RELIANCE = known("RELIANCE.NS")
BARS = Request(Kind.BARS, RELIANCE, Interval.D1)


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault.THROTTLED, ThrottledUntil, "too many requests"),
        (Fault.NOT_FOUND, UnknownSymbol, "RELIANCE.NS"),
        (Fault.SERVER_ERROR, Unavailable, "HTTP 503"),
        (Fault.UNAUTHORIZED, CredentialsExpired, "Invalid Crumb"),
        (Fault.EMPTY, EmptyAnswer, "RELIANCE.NS"),
        (Fault.NOTHING, Unavailable, "empty"),
        (Fault.MALFORMED, Unavailable, "not readable JSON"),
        (Fault.TRUNCATED, Unavailable, "not readable JSON"),
        (Fault.DEEP, Unavailable, "not readable JSON"),
        (Fault.HTML, Unavailable, "web page"),
        (Fault.NOT_AN_OBJECT, EmptyAnswer, "RELIANCE.NS"),
        (Fault.REDIRECT, Unavailable, "connection"),
        (Fault.RESET, Unavailable, "connection"),
        (Fault.HUGE, Unavailable, "larger than 32 MB"),
        (Fault.BOMB, Unavailable, "larger than 32 MB"),
        (Fault.OTHER_SYMBOL, Unavailable, "TSLA"),
        (Fault.UNEVEN, Unavailable, "differing lengths"),
        (Fault.OTHER_INTERVAL, Unavailable, "1mo"),
        (Fault.WRONG_SHAPES, Unavailable, "Not used"),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_each_fault_of_the_chart_is_one_error(
    yahoo: Yahoo, fake_yahoo: FakeYahoo, fault: Fault, error: type[MarketError], words: str
) -> None:
    fake_yahoo.fail("chart", fault)
    with pytest.raises(error) as caught:
        ask(yahoo, BARS)
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert {one.__class__.__module__.split(".")[0] for one in chain(caught.value)} == {"core"}


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DRIP], ids=lambda fault: fault.name)
def test_a_vendor_that_never_ends_is_given_up(hasty_yahoo: Yahoo, fake_yahoo: FakeYahoo, fault: Fault) -> None:
    fake_yahoo.fail("chart", fault)
    with pytest.raises(Unavailable, match=r"within 0\.6 s"):
        ask(hasty_yahoo, BARS)


def test_a_refused_connection_is_unavailable(tmp_path: Path, clock: object) -> None:
    with FakeYahoo() as gone:
        address = gone.url
    source = Yahoo(address, timeout=2.0, cache_dir=tmp_path)
    with pytest.raises(Unavailable, match="connection"):
        ask(source, BARS)
    source.close()


def test_it_recovers_by_itself(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("*", Fault.SERVER_ERROR)
    with pytest.raises(Unavailable):
        ask(yahoo, BARS)
    fake_yahoo.heal()
    assert len(ask(yahoo, BARS).data.frame) > 900


def test_throttling_takes_one_request_and_carries_the_time(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("chart", Fault.THROTTLED_WITH_TIME)
    with pytest.raises(ThrottledUntil) as caught:
        ask(yahoo, BARS)
    assert fake_yahoo.count("chart") == 1
    assert caught.value.until == the_clock.now() + timedelta(seconds=90)


def test_throttling_without_a_time_pauses_minutes(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("chart", Fault.THROTTLED)
    with pytest.raises(ThrottledUntil) as caught:
        ask(yahoo, BARS)
    assert timedelta(minutes=1) <= caught.value.until - the_clock.now() <= timedelta(minutes=15)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.SERVER_ERROR, Fault.RESET], ids=lambda fault: fault.name)
def test_bars_need_no_crumb(yahoo: Yahoo, fake_yahoo: FakeYahoo, fault: Fault) -> None:
    fake_yahoo.fail("crumb", fault)
    assert len(ask(yahoo, BARS).data.frame) > 900


def test_a_refusal_in_place_of_a_crumb_is_never_used_as_one(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("crumb", Fault.THROTTLED)
    ask(yahoo, BARS)
    fake_yahoo.heal()
    ask(yahoo, Request(Kind.PROFILE, RELIANCE))
    assert {query.get("crumb") for query in fake_yahoo.asked} <= {None, "a1b2.c3d4"}


def test_company_data_without_a_crumb_is_throttled_when_the_crumb_is(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("crumb", Fault.THROTTLED)
    with pytest.raises(ThrottledUntil):
        ask(yahoo, Request(Kind.PROFILE, RELIANCE))


def test_a_stale_crumb_is_renewed_once(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("summary", Fault.UNAUTHORIZED, times=1)
    assert ask(yahoo, Request(Kind.PROFILE, RELIANCE)).data.name == "Reliance Industries Limited"
    assert fake_yahoo.count("summary") == 2


def test_a_session_that_stays_refused_is_expired(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("summary", Fault.UNAUTHORIZED)
    with pytest.raises(CredentialsExpired, match="Invalid Crumb"):
        ask(yahoo, Request(Kind.PROFILE, RELIANCE))


def test_a_blocked_cookie_host_slows_down_one_call_only(fake_yahoo: FakeYahoo, tmp_path: Path) -> None:
    fake_yahoo.fail("cookie", Fault.HANG)
    fake_yahoo.fail("consent", Fault.HANG)
    source = Yahoo(fake_yahoo.url, timeout=3.0, cache_dir=tmp_path)
    for _ in range(3):
        assert len(ask(source, BARS).data.frame) > 900
    assert fake_yahoo.count("cookie") == 1
    assert fake_yahoo.count("consent") == 1
    source.close()


def test_cookie_and_crumb_are_fetched_once(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    for _ in range(3):
        ask(yahoo, BARS)
        ask(yahoo, Request(Kind.QUOTE, RELIANCE))
    assert fake_yahoo.count("cookie") == 1
    assert fake_yahoo.count("crumb") == 1
    assert fake_yahoo.count("chart") == 3
    assert yahoo.requests_made == len(fake_yahoo.requests) == 8


def test_a_quote_comes_from_the_chart_when_the_session_is_refused_and_says_so(
    yahoo: Yahoo, fake_yahoo: FakeYahoo
) -> None:
    fake_yahoo.fail("quote", Fault.UNAUTHORIZED)
    quote = ask(yahoo, Request(Kind.QUOTE, RELIANCE))
    assert quote.data.price == fake_yahoo.listings["RELIANCE.NS"].close(the_clock.now())
    assert [warning.kind for warning in quote.warnings] == ["short_quote"]


def test_a_throttled_quote_asks_nothing_more(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("quote", Fault.THROTTLED)
    with pytest.raises(ThrottledUntil):
        ask(yahoo, Request(Kind.QUOTE, RELIANCE))
    assert fake_yahoo.count("chart") == 0


def test_past_results_may_fail_alone_and_that_is_said(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("calendar", Fault.SERVER_ERROR)
    events = ask(yahoo, Request(Kind.EVENTS, RELIANCE))
    assert [warning.kind for warning in events.warnings] == ["past_results_missing"]
    assert {event.kind for event in events.data} == {"results", "ex_dividend", "dividend_pay"}


def test_an_unknown_symbol_is_unknown_by_every_kind(yahoo: Yahoo) -> None:
    nobody = infer("NOBODY.NS")
    for kind in (Kind.BARS, Kind.QUOTE, Kind.ACTIONS, Kind.PROFILE, Kind.RATIOS, Kind.HOLDERS):
        with pytest.raises(UnknownSymbol, match=r"NOBODY\.NS"):
            ask(yahoo, Request(kind, nobody))
    for kind in (Kind.STATEMENTS, Kind.NEWS):
        with pytest.raises(EmptyAnswer):
            ask(yahoo, Request(kind, nobody))


def test_a_lie_about_times_is_left_out_and_told(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("chart", Fault.NEGATIVE_TIMES)
    bars: Sourced[Bars] = ask(yahoo, BARS)
    check_bars(bars.data, the_clock.now())
    assert [warning.kind for warning in bars.warnings] == ["bad_time"]


def test_rows_without_a_close_are_left_out_and_told(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    whole = ask(yahoo, BARS).data.frame
    fake_yahoo.fail("chart", Fault.NULLS)
    bars = ask(yahoo, BARS)
    assert len(bars.data.frame) == len(whole) - 1
    assert [warning.kind for warning in bars.warnings] == ["no_price"]


def test_text_where_a_number_belongs_is_no_number(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.fail("chart", Fault.TEXT_FOR_NUMBERS)
    bars = ask(yahoo, BARS)
    check_bars(bars.data, the_clock.now())
    assert [warning.kind for warning in bars.warnings] == ["no_price"]


@pytest.mark.parametrize("payload", [None, [], {}, "text", 7, {"chart": 1}, {"chart": {"result": [None]}}, True])
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.MEMBERS}])
def test_parsing_survives_any_json(offline_yahoo: Yahoo, kind: Kind, payload: object) -> None:
    instrument = RELIANCE if offline_yahoo.covers(kind, RELIANCE, None) else None
    request = Request(kind, instrument, Interval.D1, text="gainers")
    plan: Plan = offline_yahoo.plan(request)
    raw = Raw(tuple(payload for _ in plan.calls), the_clock.now())
    with pytest.raises((EmptyAnswer, Unavailable, UnknownSymbol)):
        offline_yahoo.parse(plan, raw)


def test_a_redirect_to_another_host_is_not_followed(yahoo: Yahoo) -> None:
    from core.market.sources.yahoo.session import ForeignHost, YahooSession

    session = YahooSession(None, max_body=1000)
    with session.operation(1.0):
        for address in (
            "https://example.com/x",
            "https://notyahoo.com/",
            "http://127.0.0.1/",
            "https://yahoo.com.evil/",
        ):
            with pytest.raises(ForeignHost):
                session.get(address)
    session.close()


def test_warming_asks_nobody(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    assert yahoo.requests_made == 0
    yahoo.warm()
    assert yahoo.requests_made == 0
    assert fake_yahoo.requests == []


def test_probe_never_raises(hasty_yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    assert hasty_yahoo.probe().ok
    for fault in (Fault.THROTTLED, Fault.SERVER_ERROR, Fault.HTML, Fault.RESET, Fault.OTHER_SYMBOL, Fault.EMPTY):
        fake_yahoo.fail("chart", fault)
        probe = hasty_yahoo.probe()
        assert not probe.ok
        assert isinstance(probe.error, MarketError)
    fake_yahoo.fail("chart", Fault.HANG)
    assert not hasty_yahoo.probe(timeout=0.2).ok


def test_words_of_a_range_refusal_reach_the_investor(yahoo: Yahoo) -> None:
    plan = yahoo.plan(BARS)
    words = "1m data not available for startTime=1 and endTime=2. Only 8 days worth of 1m granularity data are allowed."
    payload = {"chart": {"result": None, "error": {"code": "Unprocessable Entity", "description": words}}}
    with pytest.raises(BadRange, match="8 days worth"):
        yahoo.parse(plan, Raw((payload,), the_clock.now()))


def test_own_instruments_and_odd_symbols_are_never_sent_out(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    from dataclasses import replace

    for odd in (
        replace(RELIANCE, owner="someone"),
        replace(RELIANCE, symbol="../../etc/passwd"),
        replace(RELIANCE, symbol="A B"),
    ):
        assert not yahoo.covers(Kind.BARS, odd, Interval.D1)
        with pytest.raises(NotCovered):
            ask(yahoo, Request(Kind.BARS, odd, Interval.D1))
    assert fake_yahoo.requests == []
