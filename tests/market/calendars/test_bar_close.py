"""When a bar was complete: with its session, never before its last trade."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.calendars import calendar
from core.market.errors import BadRange
from core.market.model import Interval

IST = "Asia/Kolkata"
NEW_YORK = "America/New_York"


def known_at(code: str, interval: str, start: str, zone: str) -> str:
    index = pd.DatetimeIndex([pd.Timestamp(start, tz=zone)])
    close = calendar(code).bar_close(interval, index, zone)
    assert str(close.tz) == "UTC"
    return str(close[0].tz_convert(zone).strftime("%Y-%m-%d %H:%M"))


@pytest.mark.parametrize(
    ("code", "interval", "start", "zone", "expected"),
    [
        # Intraday bars end after their length or with the session.
        ("XBOM", "1m", "2026-11-20 09:15", IST, "2026-11-20 09:16"),
        ("XBOM", "5m", "2026-11-20 15:25", IST, "2026-11-20 15:30"),
        ("XBOM", "1h", "2026-11-20 15:15", IST, "2026-11-20 15:30"),
        ("XBOM", "1h", "2024-11-01 18:00", IST, "2024-11-01 19:00"),
        ("XBOM", "30m", "2026-11-21 10:00", IST, "2026-11-21 10:30"),  # no session known: its own length
        ("XNYS", "1h", "2025-11-28 12:30", NEW_YORK, "2025-11-28 13:00"),  # early close
        ("24/7", "1h", "2026-11-20 23:30", "UTC", "2026-11-21 00:30"),
        # Daily bars end with their session.
        ("XBOM", "1d", "2026-11-20", IST, "2026-11-20 15:30"),
        ("XBOM", "1d", "2024-11-01", IST, "2024-11-01 19:00"),
        ("XBOM", "1d", "2026-11-10", IST, "2026-11-11 00:00"),  # a bar on a holiday: end of the day
        ("XNYS", "1d", "2026-07-07", NEW_YORK, "2026-07-07 16:00"),
        ("XNYS", "1d", "2026-01-06", NEW_YORK, "2026-01-06 16:00"),
        ("24/7", "1d", "2026-11-20", "UTC", "2026-11-21 00:00"),
        # Weekly bars end with the last session of Monday to Sunday.
        ("XBOM", "1wk", "2026-11-16", IST, "2026-11-20 15:30"),
        ("XBOM", "1wk", "2026-11-02", IST, "2026-11-08 19:30"),  # Diwali Sunday
        ("XBOM", "1wk", "2024-03-25", IST, "2024-03-28 15:30"),  # Good Friday
        ("XBOM", "1wk", "2024-03-26", IST, "2024-03-28 15:30"),  # stamped with its first session
        ("24/7", "1wk", "2026-11-16", "UTC", "2026-11-23 00:00"),
        # Monthly bars end with the last session of the month.
        ("XBOM", "1mo", "2026-11-01", IST, "2026-11-30 15:30"),
        ("XBOM", "1mo", "2024-03-01", IST, "2024-03-28 15:30"),
        ("XNYS", "1mo", "2024-12-02", NEW_YORK, "2024-12-31 16:00"),
        ("24/7", "1mo", "2024-02-01", "UTC", "2024-03-01 00:00"),
    ],
)
def test_a_bar_is_known_at(code: str, interval: str, start: str, zone: str, expected: str) -> None:
    assert known_at(code, interval, start, zone) == expected


def test_many_bars_keep_their_order_and_duplicates() -> None:
    days = ["2026-11-20", "2026-11-18", "2026-11-20"]
    index = pd.DatetimeIndex([pd.Timestamp(day, tz=IST) for day in days]).tz_convert("UTC")
    closes = calendar("XBOM").bar_close(Interval.D1, index, IST)
    assert [str(close.tz_convert(IST)) for close in closes] == [f"{day} 15:30:00+05:30" for day in days]


def test_no_bars_give_no_closes() -> None:
    closes = calendar("XBOM").bar_close("1d", pd.DatetimeIndex([], tz="UTC"), IST)
    assert len(closes) == 0
    assert str(closes.tz) == "UTC"


def test_other_resolutions_mean_the_same() -> None:
    seconds = pd.DatetimeIndex([pd.Timestamp("2026-11-20", tz=IST)]).as_unit("s")
    assert calendar("XBOM").bar_close("1d", seconds, IST)[0] == pd.Timestamp("2026-11-20 10:00", tz="UTC")


def test_naive_and_missing_starts_are_refused() -> None:
    market = calendar("XBOM")
    with pytest.raises(ValueError, match="timezone"):
        market.bar_close("1d", pd.DatetimeIndex(["2026-11-20"]), IST)
    with pytest.raises(ValueError, match="missing"):
        market.bar_close("1d", pd.DatetimeIndex([pd.NaT], tz="UTC"), IST)
    with pytest.raises(ValueError, match="2d"):
        market.bar_close("2d", pd.DatetimeIndex([], tz="UTC"), IST)
    with pytest.raises(BadRange, match="outside"):
        market.bar_close("1d", pd.DatetimeIndex([pd.Timestamp("1850-01-01", tz="UTC")]), IST)


@settings(max_examples=100, deadline=None)
@given(
    code=st.sampled_from(["XBOM", "XNYS", "24/7", "NOWHERE"]),
    interval=st.sampled_from(list(Interval)),
    days=st.lists(st.dates(date(1990, 1, 1), date(2040, 12, 31)), min_size=1, max_size=6),
    minute=st.integers(0, 1439),
)
def test_a_bar_is_never_known_before_it_starts_nor_after_its_nominal_end(
    code: str, interval: Interval, days: list[date], minute: int
) -> None:
    market = calendar(code)
    zone = market.timezone
    offset = timedelta(minutes=minute) if interval.intraday else timedelta(0)
    midnight = [datetime.combine(day, datetime.min.time(), UTC) for day in days]
    starts = pd.DatetimeIndex([m.replace(tzinfo=None) for m in midnight]).tz_localize(zone, nonexistent="shift_forward")
    starts = starts + offset
    closes = market.bar_close(interval, starts, zone)
    length = interval.delta if interval is not Interval.MO1 else timedelta(days=31)
    for start, close in zip(starts, closes, strict=True):
        assert close.to_pydatetime() <= (start + length + timedelta(hours=1)).to_pydatetime()
        if interval is not Interval.W1 and interval is not Interval.MO1:
            # A day late in its week or month may come after the last session of it.
            assert close > start
