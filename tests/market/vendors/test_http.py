"""The HTTP caller: bounded, capped, and polite about Retry-After."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock as the_clock
from core.market.errors import Unavailable
from core.market.sources.addresses import is_loopback
from core.market.sources.http import Caller, pause_until, read_json
from tests.market.vendors.fake_alpha_vantage import FakeAlphaVantage, Fault

MINUTE = timedelta(minutes=1)


def test_a_small_cap_is_kept(fake_alpha: FakeAlphaVantage) -> None:
    with (
        Caller("vendor", fake_alpha.url, timeout=5.0, max_body=100) as caller,
        pytest.raises(Unavailable, match="vendor: the answer is larger"),
    ):
        caller.get("/query", {"function": "TIME_SERIES_DAILY", "symbol": "AAPL", "apikey": "CANARY0KEY7Q2Z"})


def test_it_can_be_used_again_after_a_failure(fake_alpha: FakeAlphaVantage) -> None:
    with Caller("vendor", fake_alpha.url, timeout=5.0) as caller:
        fake_alpha.fail("*", Fault.RESET, times=1)
        with pytest.raises(Unavailable):
            caller.get("/query", {})
        assert caller.get("/query", {}).status == 200


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, MINUTE),
        ("90", timedelta(seconds=90)),
        ("0", timedelta(seconds=1)),
        ("999999999", MINUTE),
        ("99999999", timedelta(days=1)),
        ("soon", MINUTE),
        ("-5", MINUTE),
        ("Wed, 18 Nov 2026 06:05:00 GMT", timedelta(minutes=5)),
        ("Wed, 18 Nov 2020 06:05:00 GMT", timedelta(seconds=1)),
        ("Wed, 18 Nov 2099 06:05:00 GMT", timedelta(days=1)),
        ("Wed, 18 Nov 2026 06:05:00 -0000", timedelta(minutes=5)),
    ],
)
def test_pauses(clock: object, header: str | None, expected: timedelta) -> None:
    assert pause_until(header, MINUTE) - the_clock.now() == expected


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_no_header_gives_a_pause_out_of_bounds(header: str) -> None:
    before = the_clock.now()
    until = pause_until(header, MINUTE)
    assert timedelta(0) < until - before
    assert until - the_clock.now() <= timedelta(days=1)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_unavailable(body: bytes) -> None:
    try:
        read_json("vendor", body)
    except Unavailable as error:
        assert "vendor" in str(error)  # noqa: PT017 - either outcome is right


def test_loopback() -> None:
    assert is_loopback("http://127.0.0.1:9000/x")
    assert is_loopback("http://localhost")
    assert not is_loopback("https://www.alphavantage.co")
    assert not is_loopback("http://[::bad")
    assert not is_loopback(None)
