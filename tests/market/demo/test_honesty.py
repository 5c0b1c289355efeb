"""The same values in every process, for any span, at any clock: the past never changes and the future never shows."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.instruments import by_symbol
from core.market.model import Interval, Kind
from core.market.sources.base import Request, ask
from core.market.sources.demo import DemoMarket

SYMBOLS = ("RELIANCE.NS", "AAPL", "BTC-USD", "^NSEI", "NIFTYBEES.NS", "INR=X", "^INDIAVIX", "GC=F")
_DIGEST = """
import hashlib, sys
from datetime import UTC, datetime
from core.market.instruments import by_symbol
from core.market.model import Interval, Kind
from core.market.sources.base import Request, ask
from core.market.sources.demo import DemoMarket
now = datetime(2026, 11, 20, 6, 12, 30, tzinfo=UTC)
market = DemoMarket(now=lambda: now)
digest = hashlib.sha256()
for symbol in reversed(%r):
    digest.update(ask(market, Request(Kind.BARS, by_symbol(symbol))).data.frame.to_numpy().tobytes())
    minutes = Request(Kind.BARS, by_symbol(symbol), Interval.M1, datetime(2026, 11, 17, tzinfo=UTC))
    digest.update(ask(market, minutes).data.frame.to_numpy().tobytes())
digest.update(repr(ask(market, Request(Kind.STATEMENTS, by_symbol("TCS.NS"))).data).encode())
print(digest.hexdigest())
"""


def frame(market, symbol, interval=Interval.D1, start=None, end=None):
    return ask(market, Request(Kind.BARS, by_symbol(symbol), interval, start, end)).data.frame


def test_two_processes_and_any_order_of_questions_agree(market):
    digest = hashlib.sha256()
    for symbol in SYMBOLS:
        frame(market, symbol, Interval.H1)
    for symbol in reversed(SYMBOLS):
        digest.update(frame(market, symbol).to_numpy().tobytes())
        digest.update(frame(market, symbol, Interval.M1, datetime(2026, 11, 17, tzinfo=UTC)).to_numpy().tobytes())
    digest.update(repr(ask(market, Request(Kind.STATEMENTS, by_symbol("TCS.NS"))).data).encode())
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONWARNINGS": "ignore"}
    told = subprocess.run(
        [sys.executable, "-c", _DIGEST % (SYMBOLS,)], capture_output=True, text=True, check=True, env=env
    ).stdout
    assert told.strip() == digest.hexdigest()


def test_another_seed_is_another_market(market, friday):
    other = DemoMarket(seed=7, now=lambda: friday)
    assert not np.allclose(frame(market, "TCS.NS")["close"], frame(other, "TCS.NS")["close"])


@settings(max_examples=20, deadline=None)
@given(
    symbol=st.sampled_from(SYMBOLS),
    interval=st.sampled_from([Interval.D1, Interval.H1, Interval.M5]),
    first=st.integers(0, 16 * 365),
    length=st.integers(5, 40),
)
def test_a_span_holds_the_same_bars_whatever_span_is_asked(market, symbol, interval, first, length):
    start = datetime(2010, 1, 5, tzinfo=UTC) + timedelta(days=first)
    end = start + timedelta(days=length)
    narrow = frame(market, symbol, interval, start, end)
    wide = frame(market, symbol, interval, start - timedelta(days=9, hours=5), end + timedelta(days=3))
    pd.testing.assert_frame_equal(narrow, wide[(wide.index >= start) & (wide.index < end)])


@settings(max_examples=8, deadline=None)
@given(symbol=st.sampled_from(SYMBOLS), minute=st.integers(60 * 24 * 60, 16 * 365 * 24 * 60))
def test_what_was_told_in_the_past_is_what_is_told_of_it_today(market, symbol, minute):
    then = datetime(2010, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    told = frame(DemoMarket(now=lambda: then), symbol)
    now = frame(market, symbol)
    # All but the bar that was under way then.
    pd.testing.assert_frame_equal(told.iloc[:-1], now.iloc[: len(told) - 1])
    assert told.index[-1] <= then
    assert told["open"].iloc[-1] == now["open"].iloc[len(told) - 1]


@pytest.mark.parametrize("kind", [Kind.STATEMENTS, Kind.ACTIONS, Kind.INSIDERS, Kind.RATIOS, Kind.HOLDERS, Kind.QUOTE])
@pytest.mark.parametrize("then", [datetime(2019, 5, 17, 12, tzinfo=UTC), datetime(2024, 2, 29, 3, tzinfo=UTC)])
def test_an_end_in_the_past_answers_as_the_clock_would_have_then(market, at, kind, then):
    instrument = by_symbol("INFY.NS")
    assert ask(market, Request(kind, instrument, end=then)).data == ask(at(then), Request(kind, instrument)).data


@pytest.mark.parametrize("symbol", ["INFY.NS", "AAPL"])
def test_past_ratings_news_and_results_do_not_change_later(at, symbol):
    instrument = by_symbol(symbol)
    earlier, later = at(datetime(2025, 6, 2, 12, tzinfo=UTC)), at(datetime(2025, 12, 9, 12, tzinfo=UTC))
    calls = ask(earlier, Request(Kind.RATINGS, instrument)).data.calls
    since = calls[-1].on + timedelta(days=250)
    recent = [call for call in calls if call.on > since]
    assert recent
    assert set(recent) <= set(ask(later, Request(Kind.RATINGS, instrument)).data.calls)
    filed = [event for event in ask(earlier, Request(Kind.EVENTS, instrument)).data if event.actual is not None]
    assert set(filed) <= set(ask(later, Request(Kind.EVENTS, instrument)).data)
    year_ago = datetime(2025, 1, 1, tzinfo=UTC)
    news = ask(earlier, Request(Kind.NEWS, instrument, start=year_ago, limit=500)).data
    assert set(news) <= set(ask(later, Request(Kind.NEWS, instrument, start=year_ago, limit=500)).data)


def test_nothing_is_filed_declared_or_published_before_its_day(at):
    then = datetime(2023, 8, 11, 8, tzinfo=UTC)
    market, today = at(then), then.date()
    for symbol in ("TCS.NS", "SBIN.NS", "MSFT"):
        instrument = by_symbol(symbol)
        assert all(each.known_on <= today for each in ask(market, Request(Kind.STATEMENTS, instrument)).data)
        assert all(each.ex_date <= today for each in ask(market, Request(Kind.ACTIONS, instrument)).data)
        assert all(each.reported_on <= today for each in ask(market, Request(Kind.INSIDERS, instrument)).data)
        assert all(each.on < today for each in ask(market, Request(Kind.RATINGS, instrument)).data.calls)
        assert all(each.published_at <= then for each in ask(market, Request(Kind.NEWS, instrument)).data)
        ahead = [each for each in ask(market, Request(Kind.EVENTS, instrument)).data if each.on > today]
        assert all(each.actual is None for each in ahead if each.kind == "results")


@pytest.mark.parametrize("symbol", ["RELIANCE.NS", "^NSEI", "BTC-USD", "NIFTYBEES.NS"])
def test_while_the_market_trades_only_the_present_minute_moves(at, symbol):
    opened = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
    day = opened.replace(hour=0)
    before = None
    whole = frame(at(opened + timedelta(days=1)), symbol, Interval.M1, day, day + timedelta(days=1))
    for seconds in (20, 45, 61, 95, 3600, 3630):
        now = opened + timedelta(seconds=seconds)
        seen = frame(at(now), symbol, Interval.M1, day)
        pd.testing.assert_frame_equal(seen.iloc[:-1], whole.iloc[: len(seen) - 1])
        present, complete = seen.iloc[-1], whole.iloc[len(seen) - 1]
        assert present["open"] == complete["open"]
        assert complete["low"] <= present["low"] <= present["close"] <= present["high"] <= complete["high"]
        assert not present["volume"] > complete["volume"]
        if before is not None:
            pd.testing.assert_frame_equal(before.iloc[:-1], seen.iloc[: len(before) - 1])
        before = seen
        today = frame(at(now), symbol).iloc[-1]
        assert today["open"] == seen["open"].iloc[0] if symbol != "BTC-USD" else True
        assert today["close"] == seen["close"].iloc[-1]
        assert today["high"] == seen["high"].max()
        assert today["low"] == seen["low"].min()


def test_the_day_is_the_same_while_it_runs_and_after(at):
    before_open = datetime(2026, 11, 20, 3, 44, tzinfo=UTC)
    assert frame(at(before_open), "TCS.NS").index[-1] == pd.Timestamp("2026-11-18 18:30", tz="UTC")
    after = frame(at(datetime(2026, 11, 20, 10, 0, tzinfo=UTC)), "TCS.NS").iloc[-1]
    last = frame(at(datetime(2026, 11, 20, 9, 59, 59, 999_999, tzinfo=UTC)), "TCS.NS").iloc[-1]
    assert abs(last["close"] / after["close"] - 1.0) < 1e-3
    later = frame(at(datetime(2026, 11, 25, 10, 0, tzinfo=UTC)), "TCS.NS")
    pd.testing.assert_series_equal(later.loc[after.name], after)
