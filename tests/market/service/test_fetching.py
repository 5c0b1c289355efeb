"""What is fetched, what is stored, and what a past day reads (held clock: Wednesday 2026-11-18, 11:30 in Mumbai)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from core.market.errors import BadRange, EmptyAnswer, ThrottledUntil, Unavailable, UnknownSymbol
from core.market.model import BAR_COLUMNS, Action, ActionKind, Interval, Kind
from db.session import DatabaseAway, DatabaseOptions, configure, read_session
from tests.market.store.scripted import ScriptedSource, a_split, a_statement, sessions, split, wandering

SYMBOL = "RELIANCE.NS"
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)


def scripted(**options: object) -> ScriptedSource:
    history = {(SYMBOL, Interval.D1): wandering(sessions(FIRST, LAST))}
    return ScriptedSource(history, **options)  # type: ignore[arg-type]


def bar_requests(source: ScriptedSource) -> list[object]:
    return [request for request in source.asked if request.kind is Kind.BARS]


def settle(happened: Callable[[], bool]) -> None:
    """Wait for a background refresh."""
    until = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < until, "the background refresh never came"
        time.sleep(0.02)


def test_a_second_read_asks_nobody(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    first = market.bars(SYMBOL, "1d", date(2026, 1, 1))
    again = market.bars(SYMBOL, "1d", date(2025, 1, 1))
    assert len(source.asked) == 1
    assert first.source == again.source == "scripted"
    assert not again.stale
    told = again.data.frame
    expected = source.history[(SYMBOL, Interval.D1)].loc["2024-12-31 18:30":"2026-11-17 18:30"]
    pd.testing.assert_frame_equal(told, expected, check_freq=False)
    assert list(told.columns) == list(BAR_COLUMNS)
    assert str(told.index.tz) == "UTC"
    assert told.index.name == "ts"


def test_stale_bars_are_served_at_once_and_only_the_end_is_fetched(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    market.bars(SYMBOL)
    clock.set(datetime(2026, 11, 19, 6, 0, tzinfo=UTC))
    source.slow_s = 0.5
    began = time.monotonic()
    served = market.bars(SYMBOL)
    assert time.monotonic() - began < 0.45, "a page waited for a refresh"
    assert served.stale
    assert served.fetched_at == datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
    settle(lambda: not market.bars(SYMBOL).stale)
    fresh = market.bars(SYMBOL)
    assert fresh.data.frame.index[-1] == pd.Timestamp("2026-11-18 18:30", tz="UTC")
    tail = bar_requests(source)[-1]
    assert len(bar_requests(source)) == 2
    assert tail.start >= datetime(2026, 11, 1, tzinfo=UTC), "more than the end and its overlap was asked"


def test_a_closed_market_has_nothing_to_refresh(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    clock.set(datetime(2026, 11, 20, 11, 0, tzinfo=UTC))
    market.bars(SYMBOL)
    for hours in (1, 20, 50):
        clock.set(datetime(2026, 11, 20, 11, 0, tzinfo=UTC) + timedelta(hours=hours))
        assert not market.bars(SYMBOL).stale
    assert len(source.asked) == 1


def test_the_forming_bar_is_shown_now_and_never_in_the_past(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    assert market.bars(SYMBOL).data.frame.index[-1] == pd.Timestamp("2026-11-17 18:30", tz="UTC")
    # Nothing was fetched since: of that day only a forming bar is stored, which is no closed bar of it.
    clock.set(datetime(2026, 11, 30, 2, 0, tzinfo=UTC))
    source.error = lambda: Unavailable("scripted", "down")
    seen = market.bars(SYMBOL, as_of=datetime(2026, 11, 18, 9, 0, tzinfo=UTC))
    assert seen.data.frame.index[-1] == pd.Timestamp("2026-11-16 18:30", tz="UTC")
    assert seen.as_of == datetime(2026, 11, 17, 10, 0, tzinfo=UTC)


def test_a_correction_is_seen_from_its_day_on(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    market.bars(SYMBOL)
    before = source.history[(SYMBOL, Interval.D1)]
    corrected = before.copy()
    bar = pd.Timestamp("2026-11-16 18:30", tz="UTC")
    corrected.loc[bar, "close"] = before.loc[bar, "close"] * 1.003
    source.history[(SYMBOL, Interval.D1)] = corrected
    clock.set(datetime(2026, 11, 19, 6, 0, tzinfo=UTC))
    market.refresh(SYMBOL)
    now = market.bars(SYMBOL).data.frame
    then = market.bars(SYMBOL, as_of=datetime(2026, 11, 18, 12, 0, tzinfo=UTC)).data.frame
    later = market.bars(SYMBOL, as_of=datetime(2026, 11, 19, 6, 0, tzinfo=UTC)).data.frame
    assert now.loc[bar, "close"] == corrected.loc[bar, "close"]
    assert later.loc[bar, "close"] == corrected.loc[bar, "close"]
    assert then.loc[bar, "close"] == before.loc[bar, "close"]
    kinds = [finding.kind for finding in market.findings(SYMBOL)]
    assert "revised" in kinds


def test_a_split_restates_the_series_and_the_past_reads_as_it_did(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    screen = market.bars(SYMBOL, end=date(2026, 11, 17)).data.frame
    untouched = source.history[(SYMBOL, Interval.D1)]
    day = date(2026, 11, 23)
    source.history[(SYMBOL, Interval.D1)] = split(untouched, 5.0)
    source.actions[SYMBOL] = (a_split(day, 5.0),)
    clock.set(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
    market.refresh(SYMBOL)
    now = market.bars(SYMBOL)
    np.testing.assert_allclose(now.data.frame["close"].iloc[0], untouched["close"].iloc[0] / 5.0)
    assert [action.ex_date for action in now.data.actions] == [day]
    assert bar_requests(source)[-1].start is None, "the whole series was not fetched anew"
    past = market.bars(SYMBOL, end=date(2026, 11, 17), as_of=date(2026, 11, 17))
    pd.testing.assert_frame_equal(past.data.frame, screen)
    assert past.data.actions == ()
    on_the_day = market.bars(SYMBOL, as_of=day)
    np.testing.assert_allclose(on_the_day.data.frame["close"].iloc[0], untouched["close"].iloc[0] / 5.0)
    assert "restated" in [finding.kind for finding in market.findings(SYMBOL)]
    assert "revised" not in [finding.kind for finding in market.findings(SYMBOL)]


def test_when_the_vendor_no_longer_tells_the_past_it_is_rescaled(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    market.bars(SYMBOL)
    untouched = source.history[(SYMBOL, Interval.D1)]
    after = split(untouched, 2.0)
    source.history[(SYMBOL, Interval.D1)] = after.loc["2026-11-10":]
    source.actions[SYMBOL] = (a_split(date(2026, 11, 23), 2.0),)
    clock.set(datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
    market.refresh(SYMBOL)
    now = market.bars(SYMBOL).data.frame
    np.testing.assert_allclose(now["close"], after.loc[now.index, "close"], rtol=1e-9)
    np.testing.assert_allclose(now["volume"], after.loc[now.index, "volume"], rtol=1e-9)


def test_a_vendor_that_answers_with_another_symbol_is_not_believed(make_market, clock) -> None:
    class Liar(ScriptedSource):
        def _bars(self, request, now):
            answer = super()._bars(request, now)
            object.__setattr__(answer.data, "symbol", "TCS.NS")
            return answer

    market = make_market(Liar({(SYMBOL, Interval.D1): wandering(sessions(FIRST, LAST))}))
    with pytest.raises(Unavailable, match="nothing was stored"):
        market.bars(SYMBOL)
    with read_session() as session:
        assert session.execute(text("SELECT count(*) FROM series")).scalar_one() == 0
        assert session.execute(text("SELECT count(*) FROM bar_chunks")).scalar_one() == 0


def test_a_silent_vendor_leaves_the_stored_series_with_its_age(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    kept = market.bars(SYMBOL)
    clock.set(datetime(2026, 11, 19, 6, 0, tzinfo=UTC))
    source.error = lambda: Unavailable("scripted", "connection refused")
    market.bars(SYMBOL)
    settle(lambda: any(state.last_error for state in market.sources()))
    served = market.bars(SYMBOL)
    assert served.stale
    assert served.fetched_at == kept.fetched_at
    pd.testing.assert_frame_equal(served.data.frame, kept.data.frame)


def test_another_source_answers_whole_and_labelled(make_market, clock) -> None:
    down = scripted(name="first", label="First", error=lambda: Unavailable("first", "down"))
    other = scripted(name="second", label="Second")
    market = make_market(down, other)
    answer = market.bars(SYMBOL)
    assert answer.source == "second"
    assert any(warning.kind == "other_source" and "down" in warning.detail for warning in answer.warnings)
    down.error = None
    clock.advance(timedelta(minutes=11))
    assert market.bars(SYMBOL).source == "first"
    with read_session() as session:
        rows = session.execute(text("SELECT source, count(*) FROM series GROUP BY source ORDER BY source")).all()
    assert [tuple(row) for row in rows] == [("first", 1), ("second", 1)], "two sources met in one series"


def test_three_failures_leave_the_vendor_alone_and_one_answer_forgives(make_market, clock) -> None:
    source = scripted(error=lambda: Unavailable("scripted", "HTTP 503"))
    market = make_market(source)
    for _ in range(3):
        with pytest.raises(Unavailable, match="503"):
            market.quote(SYMBOL)
    with pytest.raises(ThrottledUntil, match="paused"):
        market.quote(SYMBOL)
    assert len(source.asked) == 3, "a paused vendor was asked"
    state = next(one for one in market.sources() if one.name == "scripted")
    assert (state.state, state.calls_today) == ("cooling", 3)
    assert state.until == clock() + timedelta(seconds=30)
    clock.advance(timedelta(seconds=31))
    with pytest.raises(Unavailable):
        market.quote(SYMBOL)
    state = next(one for one in market.sources() if one.name == "scripted")
    assert state.until == clock() + timedelta(seconds=60), "the pause did not grow"
    clock.advance(timedelta(seconds=61))
    source.error = None
    assert market.quote(SYMBOL).data.price == 100.0
    state = next(one for one in market.sources() if one.name == "scripted")
    assert (state.state, state.until) == ("ok", None)


def test_the_vendors_own_pause_is_kept(make_market, clock) -> None:
    until = clock() + timedelta(minutes=7)
    source = scripted(error=lambda: ThrottledUntil("scripted", until))
    market = make_market(source)
    with pytest.raises(ThrottledUntil):
        market.quote(SYMBOL)
    clock.advance(timedelta(minutes=6))
    with pytest.raises(ThrottledUntil):
        market.bars(SYMBOL)
    assert len(source.asked) == 1


def test_an_unknown_symbol_is_asked_once_and_hurts_no_vendor(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    for _ in range(5):
        with pytest.raises(UnknownSymbol):
            market.bars("TCS.NS")
    assert len(source.asked) == 1
    assert next(one for one in market.sources() if one.name == "scripted").state == "ok"
    clock.advance(timedelta(minutes=2))
    with pytest.raises(UnknownSymbol):
        market.bars("TCS.NS")
    assert len(source.asked) == 2


def test_many_series_are_read_at_once_and_failures_are_values(make_market, clock) -> None:
    source = scripted()
    source.history[("INFY.NS", Interval.D1)] = wandering(sessions(FIRST, LAST, "INFY.NS"), seed=2)
    market = make_market(source)
    found = market.bars_many([SYMBOL, "infy", "TCS.NS", "no such thing at all"])
    assert list(found) == [SYMBOL, "infy", "TCS.NS", "no such thing at all"] or set(found) == {
        SYMBOL,
        "infy",
        "TCS.NS",
        "no such thing at all",
    }
    assert found["infy"].data.symbol == "INFY.NS"
    assert isinstance(found["TCS.NS"], UnknownSymbol)
    assert isinstance(found["no such thing at all"], UnknownSymbol)


def test_statements_are_known_from_their_filing(make_market, clock) -> None:
    source = scripted(
        statements=(
            a_statement(date(2026, 6, 30), date(2026, 7, 20), 1.0),
            a_statement(date(2026, 9, 30), date(2026, 10, 21), 2.0),
        )
    )
    market = make_market(source)
    assert len(market.statements(SYMBOL).data) == 2
    assert [one.items["total_revenue"] for one in market.statements(SYMBOL, as_of=date(2026, 10, 20)).data] == [1.0]
    assert market.statements(SYMBOL, as_of=date(2026, 7, 19)).data == ()
    assert len(source.asked) == 1


def test_documents_keep_what_they_said_before(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    first_day = clock().date()
    assert market.profile(SYMBOL).data.name.endswith("100.0")
    source.price = 200.0
    clock.advance(timedelta(days=8))
    market.profile(SYMBOL)
    settle(lambda: market.profile(SYMBOL).data.name.endswith("200.0"))
    assert market.profile(SYMBOL, as_of=first_day).data.name.endswith("100.0")
    with pytest.raises(EmptyAnswer, match="received by then"):
        market.profile(SYMBOL, as_of=date(2020, 1, 1))
    with read_session() as session:
        assert session.execute(text("SELECT count(*) FROM documents WHERE kind = 'profile'")).scalar_one() == 2


def test_the_same_words_again_are_no_new_row(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    market.profile(SYMBOL)
    clock.advance(timedelta(days=8))
    settle(lambda: not market.profile(SYMBOL).stale)
    with read_session() as session:
        assert session.execute(text("SELECT count(*) FROM documents")).scalar_one() == 1
    assert len(source.asked) == 2


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2027, 1, 1), None, "future"),
        (date(2026, 5, 1), date(2026, 4, 1), "not before"),
        (date(1800, 1, 1), None, "cannot be a bar's day"),
        (datetime(2026, 1, 1), None, "no timezone"),  # noqa: DTZ001 - that is the point
    ],
)
def test_impossible_spans_name_the_remedy(make_market, clock, start, end, words) -> None:
    source = scripted()
    with pytest.raises(BadRange, match=words):
        make_market(source).bars(SYMBOL, "1d", start, end)
    assert source.asked == []


def test_a_read_after_the_first_touches_only_stored_rows(make_market, clock) -> None:
    """The whole of a day is in the store: the vendor may be gone for good."""
    source = scripted()
    market = make_market(source)
    market.bars(SYMBOL)
    source.error = lambda: Unavailable("scripted", "gone")
    past = market.bars(SYMBOL, "1d", date(2026, 10, 1), date(2026, 10, 31))
    assert not past.stale
    assert past.data.frame.index[0] == pd.Timestamp("2026-09-30 18:30", tz="UTC")
    assert len(source.asked) == 1


def test_a_past_day_asked_first_fetches_the_whole_history_once(make_market, clock) -> None:
    source = scripted()
    market = make_market(source)
    past = market.bars(SYMBOL, as_of=date(2025, 6, 2))
    assert past.data.frame.index[-1].tz_convert("Asia/Kolkata").date() == date(2025, 6, 2)
    now = market.bars(SYMBOL)
    assert not now.stale
    assert now.data.frame.index[-1] == pd.Timestamp("2026-11-17 18:30", tz="UTC")
    assert len(source.asked) == 1


def test_a_weekly_series_reads_at_the_price_level_of_its_past_too(make_market, clock) -> None:
    source = scripted()
    index = sessions(FIRST, LAST)
    mondays = index[index.tz_convert("Asia/Kolkata").weekday == 0]
    weeks = wandering(mondays)
    source.history[(SYMBOL, Interval.W1)] = split(weeks, 5.0)
    source.actions[SYMBOL] = (a_split(date(2026, 11, 10), 5.0),)
    market = make_market(source)
    past = market.bars(SYMBOL, "1wk", as_of=date(2026, 11, 9)).data.frame
    np.testing.assert_allclose(past["close"].iloc[0], weeks["close"].iloc[0])
    now = market.bars(SYMBOL, "1wk").data.frame
    np.testing.assert_allclose(now["close"].iloc[0], weeks["close"].iloc[0] / 5.0)


def test_an_action_the_vendor_takes_back_is_gone_now(make_market, clock) -> None:
    source = scripted()
    source.actions[SYMBOL] = (Action(ActionKind.DIVIDEND, date(2026, 11, 12), 500.0, "INR"),)
    market = make_market(source)
    assert [one.value for one in market.bars(SYMBOL).data.actions] == [500.0]
    source.actions[SYMBOL] = (Action(ActionKind.DIVIDEND, date(2026, 11, 12), 5.0, "INR"),)
    clock.set(datetime(2026, 11, 19, 6, 0, tzinfo=UTC))
    market.refresh(SYMBOL)
    assert [one.value for one in market.bars(SYMBOL).data.actions] == [5.0]
    with read_session() as session:
        rows = session.execute(text("SELECT value, withdrawn_at IS NULL FROM actions ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [(500.0, False), (5.0, True)]


def test_the_database_away_and_back(make_market, clock, fresh_db: str) -> None:
    source = scripted()
    market = make_market(source)
    market.bars(SYMBOL)
    configure(DatabaseOptions(url="postgresql://nobody@127.0.0.1:1/none", connect_timeout_s=1))
    try:
        with pytest.raises(DatabaseAway, match="does not answer"):
            market.bars(SYMBOL)
        with pytest.raises(DatabaseAway):
            market.watch(SYMBOL, "ann")
    finally:
        configure(DatabaseOptions(url=fresh_db))
    assert market.bars(SYMBOL).source == "scripted"
    assert len(source.asked) == 1
