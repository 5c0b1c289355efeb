"""Alpha Vantage refuses with HTTP 200, breaks and repeats our key: told apart, and the key is never seen again."""

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core import clock as the_clock
from core.market.errors import (
    CredentialsExpired,
    EmptyAnswer,
    MarketError,
    NotCovered,
    ThrottledUntil,
    Unavailable,
    UnknownSymbol,
)
from core.market.instruments import by_symbol
from core.market.model import Interval, Kind
from core.market.sources.alpha_vantage import AlphaVantage
from core.market.sources.base import Raw, Request, ask
from tests.market.vendors.contract import everything_said
from tests.market.vendors.fake_alpha_vantage import (
    DAILY_LIMIT,
    INVALID_CALL,
    INVALID_KEY,
    KEY,
    MINUTE_LIMIT,
    PREMIUM,
    FakeAlphaVantage,
    Fault,
)

FOUND = by_symbol("AAPL")
assert FOUND is not None
APPLE = FOUND
BARS = Request(Kind.BARS, APPLE, Interval.D1)
BURST = (
    "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly "
    "(1 request per second). You may subscribe to any of the premium plans to lift the free key rate limit "
    "(25 requests per day), raise the per-second burst limit, and instantly unlock all premium endpoints"
)
FULL_SIZE = "The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY endpoint."


@pytest.mark.parametrize(
    ("field", "words", "error", "told"),
    [
        ("Information", DAILY_LIMIT, ThrottledUntil, "25 requests per day"),
        ("Note", MINUTE_LIMIT, ThrottledUntil, "5 calls per minute"),
        ("Information", BURST, ThrottledUntil, "1 request per second"),
        ("Information", PREMIUM, NotCovered, "premium endpoint"),
        ("Information", FULL_SIZE, NotCovered, "premium feature"),
        ("Information", "The **demo** API key is for demo purposes only.", CredentialsExpired, "ALPHA_VANTAGE_API_KEY"),
        ("Error Message", INVALID_KEY, CredentialsExpired, "ALPHA_VANTAGE_API_KEY"),
        ("Error Message", INVALID_CALL, UnknownSymbol, "AAPL"),
        ("Error Message", "the server is on fire, apikey={key}", CredentialsExpired, "on fire"),
        ("Error Message", "Something else went wrong", Unavailable, "Something else"),
        ("Information", "We are moving house", Unavailable, "moving house"),
    ],
)
def test_each_sentence_is_one_error_and_none_repeats_the_key(
    alpha: AlphaVantage,
    fake_alpha: FakeAlphaVantage,
    caplog: pytest.LogCaptureFixture,
    field: str,
    words: str,
    error: type[MarketError],
    told: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    fake_alpha.say("*", field, words)
    with pytest.raises(error) as caught:
        ask(alpha, BARS)
    assert type(caught.value) is error
    assert told in str(caught.value)
    assert KEY not in everything_said(caught.value, caplog)


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault.THROTTLED, ThrottledUntil, "too many requests"),
        (Fault.SERVER_ERROR, Unavailable, "HTTP 503"),
        (Fault.REDIRECT, Unavailable, "HTTP 302"),
        (Fault.EMPTY, Unavailable, "no time series"),
        (Fault.NOTHING, Unavailable, "empty"),
        (Fault.MALFORMED, Unavailable, "not readable JSON"),
        (Fault.TRUNCATED, Unavailable, "not readable JSON"),
        (Fault.DEEP, Unavailable, "not readable JSON"),
        (Fault.NOT_AN_OBJECT, Unavailable, "not an object"),
        (Fault.HTML, Unavailable, "web page"),
        (Fault.RESET, Unavailable, "connection"),
        (Fault.HUGE, Unavailable, "larger than 32 MB"),
        (Fault.BOMB, Unavailable, "larger than 32 MB"),
        (Fault.OTHER_SYMBOL, Unavailable, "TSLA"),
        (Fault.WRONG_SHAPES, EmptyAnswer, "AAPL"),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
def test_each_fault_is_one_error_and_none_shows_the_key(
    alpha: AlphaVantage,
    fake_alpha: FakeAlphaVantage,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
    error: type[MarketError],
    words: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    fake_alpha.fail("*", fault)
    with pytest.raises(error) as caught:
        ask(alpha, BARS)
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert fake_alpha.queries[0]["apikey"] == KEY
    assert KEY not in everything_said(caught.value, caplog)


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DRIP], ids=lambda fault: fault.name)
def test_a_vendor_that_never_ends_is_given_up(
    hasty_alpha: AlphaVantage, fake_alpha: FakeAlphaVantage, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    caplog.set_level(logging.DEBUG)
    fake_alpha.fail("*", fault)
    with pytest.raises(Unavailable, match=r"within 0\.6 s") as caught:
        ask(hasty_alpha, BARS)
    assert KEY not in everything_said(caught.value, caplog)


def test_a_refused_connection_shows_no_key(caplog: pytest.LogCaptureFixture, clock: object) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeAlphaVantage() as gone:
        address = gone.url
    source = AlphaVantage(KEY, address, timeout=2.0)
    with pytest.raises(Unavailable, match="connection") as caught:
        ask(source, BARS)
    assert KEY not in everything_said(caught.value, caplog)
    source.close()


def test_a_wrong_address_shows_no_key(caplog: pytest.LogCaptureFixture, clock: object) -> None:
    for address in ("http://[::bad", "nonsense", "http://127.0.0.1:99999", "ftp://127.0.0.1"):
        source = AlphaVantage(KEY, address, timeout=2.0)
        with pytest.raises(Unavailable) as caught:
            ask(source, BARS)
        assert KEY not in everything_said(caught.value, caplog)
        source.close()


def test_no_log_and_no_representation_shows_the_key_when_all_is_well(
    alpha: AlphaVantage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    plan = alpha.plan(BARS)
    sourced = alpha.parse(plan, alpha.fetch(plan))
    assert any(record.name == "httpx" for record in caplog.records)
    said = "\n".join(record.getMessage() + repr(record.args) for record in caplog.records)
    assert KEY not in said + repr(alpha) + str(alpha) + repr(plan) + repr(sourced)


def test_a_day_s_limit_pauses_until_the_vendor_s_midnight(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    fake_alpha.say("*", "Information", DAILY_LIMIT)
    with pytest.raises(ThrottledUntil) as caught:
        ask(alpha, BARS)
    assert caught.value.until == datetime(2026, 11, 19, 0, 5, tzinfo=ZoneInfo("America/New_York"))


def test_a_minute_s_limit_pauses_a_minute(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    for words in (MINUTE_LIMIT, BURST):
        fake_alpha.say("*", "Note", words)
        with pytest.raises(ThrottledUntil) as caught:
            ask(alpha, BARS)
        assert caught.value.until == the_clock.now() + timedelta(minutes=1)


@pytest.mark.parametrize(
    "payload", [None, [], {}, "text", 7, {"Time Series (Daily)": 1}, {"Global Quote": []}, {"feed": {}}]
)
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.SEARCH, Kind.MOVERS}])
def test_parsing_survives_any_json(offline_alpha: AlphaVantage, kind: Kind, payload: object) -> None:
    request = Request(kind, APPLE, Interval.D1)
    if not offline_alpha.covers(kind, APPLE, Interval.D1):
        with pytest.raises(NotCovered):
            offline_alpha.plan(request)
        return
    plan = offline_alpha.plan(request)
    calls = len(plan.calls[0].groups[-1])
    raw = Raw(tuple(payload for _ in range(calls)), the_clock.now())
    if kind is Kind.ACTIONS and isinstance(payload, dict):
        assert offline_alpha.parse(plan, raw).data == ()
        return
    with pytest.raises((EmptyAnswer, Unavailable, UnknownSymbol)):
        offline_alpha.parse(plan, raw)


def test_probe_never_raises_and_costs_no_request_of_the_day(
    hasty_alpha: AlphaVantage, fake_alpha: FakeAlphaVantage
) -> None:
    assert hasty_alpha.probe().ok
    assert fake_alpha.requests == ["other"]
    fake_alpha.fail("*", Fault.HANG)
    probe = hasty_alpha.probe(timeout=0.2)
    assert not probe.ok
    assert isinstance(probe.error, Unavailable)
    assert not AlphaVantage(None, fake_alpha.url, timeout=1.0).probe().ok
