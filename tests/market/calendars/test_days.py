"""Days of the calendars: sessions, special sessions, holidays, and where the record ends."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.calendars import FIRST_DAY, LAST_DAY, DayKind, calendar, calendar_of
from core.market.errors import BadRange
from core.market.instruments import by_symbol

CODES = ("XBOM", "XNYS", "24/7", "24/5", "XLON", "NOWHERE")
IST = ZoneInfo("Asia/Kolkata")


def ist(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=IST)


def local_hours(code: str, day: date) -> tuple[time, time] | None:
    market = calendar(code)
    bounds = market.session_bounds(day)
    if bounds is None:
        return None
    zone = ZoneInfo(market.timezone)
    return bounds[0].astimezone(zone).time(), bounds[1].astimezone(zone).time()


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2026-11-20", ("09:15", "15:30")),
        ("2010-10-18", ("09:15", "15:30")),  # the pre-open auction moved the start
        ("2010-10-15", ("09:00", "15:30")),
        ("2009-12-31", ("09:55", "15:30")),
        ("2025-10-21", ("13:45", "14:45")),  # Muhurat in the afternoon
        ("2024-11-01", ("18:00", "19:00")),
        ("2023-11-12", ("18:15", "19:15")),  # a Sunday
        ("2020-11-14", ("18:15", "19:15")),  # a Saturday
        ("2026-02-01", ("09:15", "15:30")),  # Union Budget on a Sunday
        ("2025-02-01", ("09:15", "15:30")),
        ("2024-01-20", ("09:15", "15:30")),
        ("2024-03-02", ("09:15", "12:30")),
        ("2013-11-14", ("09:15", "15:30")),
        ("2021-02-24", ("09:15", "17:00")),
    ],
)
def test_indian_sessions_have_their_hours(day: str, hours: tuple[str, str]) -> None:
    expected = (time.fromisoformat(hours[0]), time.fromisoformat(hours[1]))
    assert local_hours("XBOM", date.fromisoformat(day)) == expected


@pytest.mark.parametrize(
    "day",
    ["2026-11-10", "2026-11-24", "2026-01-26", "2026-01-15", "2024-01-22", "2024-05-20", "2013-11-15", "2005-07-28"],
)
def test_indian_holidays_are_known(day: str) -> None:
    market = calendar("XBOM")
    assert market.known_holiday(date.fromisoformat(day))
    assert not market.is_session(date.fromisoformat(day))
    assert market.day(date.fromisoformat(day)).kind is DayKind.HOLIDAY


@pytest.mark.parametrize("day", ["2025-10-21", "2024-11-01", "2013-11-14", "2004-01-01", "2001-01-01"])
def test_a_session_the_record_misses_is_no_holiday(day: str) -> None:
    assert not calendar("XBOM").known_holiday(date.fromisoformat(day))
    assert calendar("XBOM").day(date.fromisoformat(day)).kind is DayKind.SPECIAL


def test_weekends_are_not_called_holidays() -> None:
    assert not calendar("XBOM").known_holiday(date(2026, 11, 21))
    assert calendar("XBOM").day(date(2026, 11, 21)).kind is DayKind.WEEKEND


def test_diwali_2026_is_a_session_of_unknown_hours() -> None:
    day = calendar("XBOM").day(date(2026, 11, 8))
    assert day.kind is DayKind.SPECIAL
    assert day.estimated
    assert "Muhurat" in day.note
    # Known late rather than early: the close is the latest a Muhurat session has had.
    assert local_hours("XBOM", date(2026, 11, 8)) == (time(13, 45), time(19, 30))


def test_beyond_the_record_a_weekday_rule_stands_in_and_says_so() -> None:
    market = calendar("XBOM")
    assert market.recorded is not None
    assert market.recorded[1] >= date(2026, 12, 31)
    beyond = date(2031, 11, 20)
    assert market.is_session(beyond)
    assert market.estimated(beyond)
    assert market.day(beyond).estimated
    republic_day = date(2032, 1, 26)
    assert not market.is_session(republic_day)
    assert not market.known_holiday(republic_day)
    assert market.day(republic_day).estimated
    assert market.is_session(date(1995, 5, 5))
    assert market.estimated(date(1995, 5, 5))
    # New Year 1999 traded; the years before 2000 are not recorded well enough to call any weekday a holiday.
    assert not market.known_holiday(date(1999, 1, 1))
    assert market.recorded[0] == date(2000, 1, 3)


def test_new_york_closes_early_and_moves_with_summer_time() -> None:
    market = calendar("XNYS")
    assert market.day(date(2025, 11, 28)).kind is DayKind.EARLY_CLOSE
    assert local_hours("XNYS", date(2025, 11, 28)) == (time(9, 30), time(13, 0))
    assert market.known_holiday(date(2025, 7, 4))
    assert market.known_holiday(date(2001, 9, 12))
    winter, summer = market.session_bounds(date(2026, 1, 6)), market.session_bounds(date(2026, 7, 7))
    assert winter is not None
    assert summer is not None
    assert (winter[0].hour, summer[0].hour) == (14, 13)


def test_crypto_never_closes() -> None:
    market = calendar("24/7")
    sunday = datetime(2026, 11, 15, 3, 0, tzinfo=UTC)
    assert market.is_open(sunday)
    assert market.next_open(sunday) == datetime(2026, 11, 16, tzinfo=UTC)
    assert not market.known_holiday(date(2026, 12, 25))
    assert len(market.sessions(date(2024, 2, 1), date(2024, 2, 29))) == 29


def test_an_unknown_code_trades_on_weekdays_of_its_timezone() -> None:
    market = calendar("NOWHERE", "Asia/Tokyo")
    assert market.is_open(datetime(2026, 11, 15, 15, 30, tzinfo=UTC))  # Monday morning in Tokyo
    assert not market.is_open(datetime(2026, 11, 13, 15, 30, tzinfo=UTC))  # Saturday morning there
    assert not market.known_holiday(date(2026, 1, 1))
    assert market.estimated(date(2026, 11, 16))


def test_a_wrong_timezone_is_named() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        calendar("NOWHERE", "Mars/Olympus")


def test_a_calendar_is_built_once() -> None:
    assert calendar("XBOM") is calendar("XBOM", "Asia/Kolkata")
    reliance = by_symbol("RELIANCE.NS")
    assert reliance is not None
    assert calendar_of(reliance) is calendar("XBOM")


def test_open_hours_are_half_open() -> None:
    market = calendar("XBOM")
    assert not market.is_open(ist("2026-11-20T09:14:59"))
    assert market.is_open(ist("2026-11-20T09:15:00"))
    assert market.is_open(ist("2026-11-20T15:29:59"))
    assert not market.is_open(ist("2026-11-20T15:30:00"))


def test_next_open_skips_the_weekend_and_the_holiday() -> None:
    market = calendar("XBOM")
    # Friday evening; Monday 23 is a session, Tuesday 24 Guru Nanak Jayanti.
    assert market.next_open(ist("2026-11-20T16:00:00")) == ist("2026-11-23T09:15:00")
    assert market.next_open(ist("2026-11-23T16:00:00")) == ist("2026-11-25T09:15:00")
    assert market.last_close(ist("2026-11-22T12:00:00")) == ist("2026-11-20T15:30:00")


def test_sessions_are_inclusive_and_leave_closed_days_out() -> None:
    found = calendar("XBOM").sessions(date(2026, 11, 6), date(2026, 11, 11))
    assert found == [date(2026, 11, 6), date(2026, 11, 8), date(2026, 11, 9), date(2026, 11, 11)]
    assert calendar("XBOM").sessions(date(2026, 11, 11), date(2026, 11, 6)) == []


def test_a_year_of_india_has_about_250_sessions() -> None:
    for year in range(2000, 2027):
        assert 238 <= len(calendar("XBOM").sessions(date(year, 1, 1), date(year, 12, 31))) <= 256


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2100, 1, 1), date.min, date.max])
def test_days_outside_the_calendar_are_refused_with_the_span(code: str, day: date) -> None:
    with pytest.raises(BadRange, match="1900-01-01 to 2099-12-31"):
        calendar(code).session_bounds(day)


def test_moments_without_timezone_are_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        calendar("XBOM").is_open(datetime(2026, 11, 20, 10, 0))  # noqa: DTZ001
    with pytest.raises(TypeError, match="not a moment"):
        calendar("XBOM").is_session(datetime(2026, 11, 20, 10, 0, tzinfo=UTC))


def test_after_the_last_session_there_is_no_next_open() -> None:
    with pytest.raises(BadRange, match="no session is known after"):
        calendar("24/7").next_open(datetime(2099, 12, 31, 12, tzinfo=UTC))
    with pytest.raises(BadRange, match="no session is known before"):
        calendar("XBOM").last_close(datetime(1900, 1, 1, 0, 0, tzinfo=UTC))


@settings(max_examples=120, deadline=None)
@given(code=st.sampled_from(CODES), day=st.dates(FIRST_DAY, LAST_DAY))
def test_the_answers_about_a_day_agree(code: str, day: date) -> None:
    market = calendar(code)
    bounds, told = market.session_bounds(day), market.day(day)
    assert market.is_session(day) == (bounds is not None) == (market.sessions(day, day) == [day])
    assert (told.opens, told.closes) == (bounds or (None, None))
    if market.known_holiday(day):
        assert bounds is None
        assert not told.estimated
    if bounds is not None:
        opens, closes = bounds
        assert timedelta(0) < closes - opens <= timedelta(days=1)
        assert market.is_open(opens)
        assert market.is_open(closes - timedelta(microseconds=1))


@settings(max_examples=120, deadline=None)
@given(
    code=st.sampled_from(CODES),
    now=st.datetimes(datetime(1900, 1, 10), datetime(2099, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_the_next_open_is_an_open_and_nothing_opens_before_it(code: str, now: datetime) -> None:
    market = calendar(code)
    following, last = market.next_open(now), market.last_close(now)
    assert last <= now < following
    assert market.is_open(following)
    between = [market.session_bounds(day) for day in market.sessions(now.date(), following.date())]
    assert all(bounds is None or bounds[0] <= now or bounds[0] >= following for bounds in between)
