"""Yahoo's bars become ours: exchange midnights, whole periods, split-adjusted, with the actions inside the span."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core import clock as the_clock
from core.market.errors import BadRange, EmptyAnswer
from core.market.instruments import by_symbol
from core.market.model import Action, ActionKind, Bars, Instrument, Interval, Kind, Sourced
from core.market.sources.base import Raw, Request, ask
from core.market.sources.yahoo import Yahoo
from tests.market.vendors.fake_yahoo import FakeYahoo
from tests.market.vendors.yahoo_payloads import indian


def known(symbol: str) -> Instrument:
    found = by_symbol(symbol)
    assert found is not None
    return found


RELIANCE, APPLE, NIFTY, RUPEE = (known(symbol) for symbol in ("RELIANCE.NS", "AAPL", "^NSEI", "INR=X"))
OPENS = 3 * 3600 + 45 * 60  # 09:15 in Mumbai, in seconds of the UTC day


def at(day: str, seconds: int = OPENS) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) + seconds


def payload(
    stamps: list[int], closes: list[float | None], interval: str = "1d", symbol: str = "RELIANCE.NS", **more: Any
) -> dict[str, Any]:
    quote = {
        "open": [None if close is None else close - 1 for close in closes],
        "high": [None if close is None else close + 2 for close in closes],
        "low": [None if close is None else close - 2 for close in closes],
        "close": closes,
        "volume": [10 * (place + 1) for place in range(len(closes))],
    }
    meta = {"symbol": symbol, "currency": "INR", "dataGranularity": interval, **more.pop("meta", {})}
    result = {"meta": meta, "timestamp": stamps, "indicators": {"quote": [quote]}, **more}
    return {"chart": {"result": [result], "error": None}}


def parsed(
    yahoo: Yahoo,
    *payloads: dict[str, Any],
    interval: Interval = Interval.D1,
    instrument: Instrument = RELIANCE,
    **span: datetime,
) -> Sourced[Bars]:
    plan = yahoo.plan(Request(Kind.BARS, instrument, interval, **span))
    return yahoo.parse(plan, Raw(payloads, the_clock.now()))


def starts(bars: Bars) -> list[str]:
    index = pd.DatetimeIndex(bars.frame.index)
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in index.tz_convert("Asia/Kolkata")]


def test_daily_bars_start_at_exchange_midnight(offline_yahoo: Yahoo) -> None:
    bars = parsed(offline_yahoo, payload([at("2026-11-12"), at("2026-11-13")], [100.0, 101.0])).data
    assert starts(bars) == ["2026-11-12 00:00", "2026-11-13 00:00"]
    assert bars.frame.index[0] == pd.Timestamp("2026-11-11 18:30", tz="UTC")
    assert bars.frame["close"].tolist() == [100.0, 101.0]
    assert bars.frame["volume"].tolist() == [10.0, 20.0]


def test_midnight_follows_the_change_of_the_clock(offline_yahoo: Yahoo) -> None:
    winter, summer = at("2026-01-15", 14 * 3600 + 1800), at("2026-07-15", 13 * 3600 + 1800)
    bars = parsed(offline_yahoo, payload([winter, summer], [1.0, 2.0], symbol="AAPL"), instrument=APPLE).data
    assert [moment.hour for moment in bars.frame.index] == [5, 4]


def test_days_stamped_on_the_evening_before_belong_to_the_next_day(offline_yahoo: Yahoo) -> None:
    evening = int(datetime(2026, 11, 11, 23, 0, tzinfo=UTC).timestamp()) - 19_800  # 23:00 in Mumbai
    bars = parsed(offline_yahoo, payload([evening, at("2026-11-13")], [1.0, 2.0])).data
    assert starts(bars) == ["2026-11-12 00:00", "2026-11-13 00:00"]


def test_the_running_day_in_two_rows_is_one_bar_with_the_latest_values(offline_yahoo: Yahoo) -> None:
    live = int(the_clock.now().timestamp()) - 30
    bars = parsed(offline_yahoo, payload([at("2026-11-17"), at("2026-11-18"), live], [1.0, 2.0, 3.0])).data
    assert starts(bars) == ["2026-11-17 00:00", "2026-11-18 00:00"]
    assert bars.frame["close"].iloc[-1] == 3.0


def test_a_running_bar_speaks_of_now_and_a_finished_one_of_its_close(offline_yahoo: Yahoo) -> None:
    running = parsed(offline_yahoo, payload([at("2026-11-17"), at("2026-11-18")], [1.0, 2.0]))
    assert running.as_of == the_clock.now()
    finished = parsed(offline_yahoo, payload([at("2026-11-16"), at("2026-11-17")], [1.0, 2.0]))
    assert finished.as_of == datetime(2026, 11, 17, 10, 0, tzinfo=UTC)


def test_the_running_week_in_two_rows_is_one_bar(offline_yahoo: Yahoo) -> None:
    monday, live = at("2026-11-16", -19_800), int(the_clock.now().timestamp()) - 30
    bars = parsed(offline_yahoo, payload([monday, live], [100.0, 110.0], "1wk"), interval=Interval.W1).data
    row = bars.frame.iloc[0]
    assert len(bars.frame) == 1
    assert (row["open"], row["high"], row["low"], row["close"], row["volume"]) == (99.0, 112.0, 98.0, 110.0, 30.0)


def test_a_week_starts_on_its_first_session(offline_yahoo: Yahoo) -> None:
    # 2024-01-22 and 2024-01-26 were holidays of the Indian exchanges.
    bars = parsed(offline_yahoo, payload([at("2024-01-22", -19_800)], [100.0], "1wk"), interval=Interval.W1).data
    assert starts(bars) == ["2024-01-23 00:00"]


def test_a_month_starts_on_its_first_session(offline_yahoo: Yahoo) -> None:
    bars = parsed(offline_yahoo, payload([at("2024-06-01", -19_800)], [100.0], "1mo"), interval=Interval.MO1).data
    assert starts(bars) == ["2024-06-03 00:00"]


def test_half_hours_count_from_the_opening_and_are_made_of_quarters(offline_yahoo: Yahoo) -> None:
    quarters = [at("2026-11-17") + 900 * step for step in range(5)]
    trading = {"currentTradingPeriod": {"regular": {"start": at("2026-11-18")}}}
    found = parsed(
        offline_yahoo, payload(quarters, [1.0, 2.0, 3.0, 4.0, 5.0], "15m", meta=trading), interval=Interval.M30
    ).data
    assert starts(found) == ["2026-11-17 09:15", "2026-11-17 09:45", "2026-11-17 10:15"]
    assert found.frame["open"].tolist() == [0.0, 2.0, 4.0]
    assert found.frame["close"].tolist() == [2.0, 4.0, 5.0]
    assert found.frame["high"].tolist() == [4.0, 6.0, 7.0]
    assert found.frame["volume"].tolist() == [30.0, 70.0, 50.0]


def test_the_span_is_half_open(offline_yahoo: Yahoo) -> None:
    stamps = [at("2026-11-11"), at("2026-11-12"), at("2026-11-13")]
    start = datetime(2026, 11, 11, 18, 30, tzinfo=UTC)
    bars = parsed(offline_yahoo, payload(stamps, [1.0, 2.0, 3.0]), start=start, end=start + timedelta(days=1)).data
    assert bars.frame["close"].tolist() == [2.0]


def test_overlapping_answers_join_and_the_later_wins(offline_yahoo: Yahoo) -> None:
    first = payload([at("2026-11-17"), at("2026-11-17", OPENS + 60)], [1.0, 2.0], "1m")
    second = payload([at("2026-11-17", OPENS + 60), at("2026-11-17", OPENS + 120)], [2.5, 3.0], "1m")
    bars = parsed(offline_yahoo, first, second, interval=Interval.M1).data
    assert bars.frame["close"].tolist() == [1.0, 2.5, 3.0]


def test_unsorted_rows_are_sorted(offline_yahoo: Yahoo) -> None:
    bars = parsed(offline_yahoo, payload([at("2026-11-13"), at("2026-11-12")], [2.0, 1.0])).data
    assert bars.frame["close"].tolist() == [1.0, 2.0]


def test_years_before_1970_are_kept(offline_yahoo: Yahoo) -> None:
    bars = parsed(offline_yahoo, payload([at("1962-01-02")], [7.0])).data
    assert starts(bars) == ["1962-01-02 00:00"]


def test_bars_from_the_future_are_left_out_and_told(offline_yahoo: Yahoo) -> None:
    found = parsed(offline_yahoo, payload([at("2026-11-17"), at("2027-06-01")], [1.0, 2.0]))
    assert len(found.data.frame) == 1
    assert [warning.kind for warning in found.warnings] == ["bad_time"]


def test_actions_of_the_span_come_along(offline_yahoo: Yahoo) -> None:
    events = {
        "dividends": {"a": {"amount": 5.5, "date": at("2026-11-13")}, "b": {"amount": 9.0, "date": at("2020-01-02")}},
        "splits": {
            "c": {"date": at("2026-11-12"), "numerator": 1, "denominator": 5},
            "d": {"date": at("2026-11-16"), "splitRatio": "3:2"},
            "e": {"date": at("2026-11-16"), "numerator": 1, "denominator": 0},
        },
        "capitalGains": "nonsense",
    }
    found = parsed(
        offline_yahoo, payload([at("2026-11-12"), at("2026-11-13"), at("2026-11-16")], [1.0, 2.0, 3.0], events=events)
    )
    assert found.data.actions == (
        Action(ActionKind.SPLIT, date(2026, 11, 12), 0.2),
        Action(ActionKind.DIVIDEND, date(2026, 11, 13), 5.5, "INR"),
        Action(ActionKind.SPLIT, date(2026, 11, 16), 1.5),
    )


def test_currencies_have_no_volume_and_indices_have_what_yahoo_says(yahoo: Yahoo) -> None:
    assert ask(yahoo, Request(Kind.BARS, RUPEE, Interval.D1)).data.frame["volume"].isna().all()
    assert ask(yahoo, Request(Kind.BARS, NIFTY, Interval.D1)).data.frame["volume"].notna().all()


def test_a_symbol_that_exists_without_prices_is_empty(offline_yahoo: Yahoo) -> None:
    empty = {"meta": {"symbol": "RELIANCE.NS", "currency": None}, "indicators": {"quote": [{}], "adjclose": [{}]}}
    with pytest.raises(EmptyAnswer, match=r"RELIANCE\.NS"):
        parsed(offline_yahoo, {"chart": {"result": [empty], "error": None}})


@pytest.mark.parametrize(
    ("interval", "days"),
    [(Interval.M1, 30), (Interval.M5, 60), (Interval.M15, 60), (Interval.M30, 60), (Interval.H1, 730)],
)
def test_intraday_reach_is_said_before_yahoo_is_asked(
    yahoo: Yahoo, fake_yahoo: FakeYahoo, interval: Interval, days: int
) -> None:
    now = the_clock.now()
    with pytest.raises(BadRange, match=f"{interval.value} bars for {days} days"):
        yahoo.plan(Request(Kind.BARS, RELIANCE, interval, start=now - timedelta(days=days + 5)))
    past = now - timedelta(days=days + 100)
    with pytest.raises(BadRange):
        yahoo.plan(Request(Kind.BARS, RELIANCE, interval, end=past))
    assert yahoo.plan(Request(Kind.BARS, RELIANCE, interval, start=now - timedelta(days=days))).calls
    assert fake_yahoo.requests == []


def test_minutes_are_asked_week_by_week(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    bars = ask(yahoo, Request(Kind.BARS, RELIANCE, Interval.M1)).data
    assert fake_yahoo.count("chart") == 5
    spans = [(int(query["period1"]), int(query["period2"])) for query in fake_yahoo.asked if "period1" in query]
    assert all(end - start <= 7 * 86_400 for start, end in spans)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    sessions = {moment.date() for moment in bars.frame.index}
    assert len(sessions) >= 20
    assert np.diff(bars.frame.index.asi8).min() == 60 * 10**9


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC)),
        (datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC)),
        (datetime(2030, 1, 1, tzinfo=UTC), None),
        (datetime(2026, 11, 17), None),  # noqa: DTZ001 - the missing timezone is the point
    ],
    ids=["swapped", "empty", "future", "naive"],
)
def test_impossible_spans_are_refused(offline_yahoo: Yahoo, start: datetime, end: datetime | None) -> None:
    for kind in (Kind.BARS, Kind.ACTIONS):
        with pytest.raises(BadRange):
            offline_yahoo.plan(Request(kind, RELIANCE, Interval.D1, start=start, end=end))


def test_a_daily_request_covers_whole_exchange_days(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    # From Tuesday 06:00 to Wednesday 08:00 in Mumbai: Tuesday's midnight lies before the start, Wednesday's inside.
    start, end = datetime(2026, 11, 10, 0, 30, tzinfo=UTC), datetime(2026, 11, 11, 2, 30, tzinfo=UTC)
    bars = ask(yahoo, Request(Kind.BARS, RELIANCE, Interval.D1, start=start, end=end)).data
    assert starts(bars) == ["2026-11-11 00:00"]


def test_splits_and_dividends_of_all_time(yahoo: Yahoo) -> None:
    actions = ask(yahoo, Request(Kind.ACTIONS, RELIANCE)).data
    assert [(action.kind.value, str(action.ex_date), action.value) for action in actions] == [
        ("dividend", "2024-08-19", 5.0),
        ("split", "2024-10-28", 2.0),
        ("dividend", "2025-08-14", 5.5),
    ]


def test_many_quotes_take_one_call_a_hundred(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    asked = [RELIANCE, APPLE, NIFTY, known("TATASTEEL.NS")]
    found = yahoo.quotes(asked)
    assert fake_yahoo.count("quote") == 1
    assert {symbol: type(quote).__name__ for symbol, quote in found.items()} == {
        "RELIANCE.NS": "Sourced",
        "AAPL": "Sourced",
        "^NSEI": "Sourced",
        "TATASTEEL.NS": "UnknownSymbol",
    }


def test_an_ampersand_in_a_symbol_reaches_yahoo_whole(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    mahindra = known("M&M.NS")
    fake_yahoo.add(indian("M&M.NS", "Mahindra & Mahindra Limited", 3000.0))
    for kind in (Kind.BARS, Kind.QUOTE, Kind.PROFILE, Kind.STATEMENTS, Kind.NEWS):
        assert ask(yahoo, Request(kind, mahindra, Interval.D1)).data


@pytest.mark.parametrize(("interval", "seconds"), [(Interval.M5, 300), (Interval.H1, 3600)])
def test_the_running_intraday_bar_in_two_rows_is_one_bar(
    offline_yahoo: Yahoo, interval: Interval, seconds: int
) -> None:
    begins = at("2026-11-18")
    trading = {"currentTradingPeriod": {"regular": {"start": begins}}}
    live = begins + seconds + seconds // 2 + 7
    rows = payload([begins, begins + seconds, live], [100.0, 110.0, 90.0], interval.value, meta=trading)
    frame = parsed(offline_yahoo, rows, interval=interval).data.frame
    assert [int(moment.timestamp()) for moment in frame.index] == [begins, begins + seconds]
    assert frame.iloc[-1][["open", "high", "low", "close"]].tolist() == [109.0, 112.0, 88.0, 90.0]


def test_a_live_row_alone_starts_its_bar_on_the_grid(offline_yahoo: Yahoo) -> None:
    begins = at("2026-11-18")
    rows = payload(
        [begins, begins + 317], [1.0, 2.0], "5m", meta={"currentTradingPeriod": {"regular": {"start": begins}}}
    )
    frame = parsed(offline_yahoo, rows, interval=Interval.M5).data.frame
    assert [int(moment.timestamp()) for moment in frame.index] == [begins, begins + 300]


def test_another_timezone_than_ours_is_told(offline_yahoo: Yahoo) -> None:
    def kinds(zone: str) -> list[str]:
        rows = payload([at("2026-11-17")], [1.0], meta={"exchangeTimezoneName": zone})
        return [warning.kind for warning in parsed(offline_yahoo, rows).warnings]

    assert kinds("Asia/Kolkata") == kinds("Asia/Calcutta") == kinds("Nowhere/Land") == []
    assert kinds("America/New_York") == ["timezone"]
