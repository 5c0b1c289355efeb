"""What is due when, by market hours (Mumbai trades 03:45 to 10:00 UTC)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.calendars import calendar
from core.market.model import Interval, Kind
from core.market.store.freshness import ALWAYS, SETTLING, due_at

MUMBAI = calendar("XBOM")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "interval", "fetched", "due"),
    [
        (Kind.QUOTE, None, at(18, 6), at(18, 6, 1)),
        (Kind.BARS, Interval.M1, at(18, 6), at(18, 6, 1)),
        (Kind.BARS, Interval.D1, at(18, 6), at(18, 6, 5)),
        (Kind.BARS, Interval.D1, at(18, 10, 5), at(18, 10, 20)),
        (Kind.BARS, Interval.D1, at(18, 10, 20), at(19, 3, 50)),
        (Kind.BARS, Interval.D1, at(18, 23), at(19, 3, 50)),
        (Kind.QUOTE, None, at(20, 12), at(23, 3, 46)),
        (Kind.BARS, Interval.W1, at(21, 12), at(23, 4, 45)),
    ],
)
def test_due(kind: Kind, interval: Interval | None, fetched: datetime, due: datetime) -> None:
    assert due_at(kind, interval, fetched, MUMBAI) == due


def test_a_market_that_never_closes_is_always_refreshed() -> None:
    assert due_at(Kind.QUOTE, None, at(21, 12), calendar("24/7")) == at(21, 12, 1)


@pytest.mark.parametrize("kind", sorted(ALWAYS))
def test_words_do_not_wait_for_the_market(kind: Kind) -> None:
    assert due_at(kind, None, at(21, 12), MUMBAI) == at(21, 12) + ALWAYS[kind]


@settings(max_examples=200, deadline=None)
@given(
    minutes=st.integers(0, 60 * 24 * 30),
    interval=st.sampled_from(list(Interval)),
    kind=st.sampled_from([one for one in Kind if one not in ALWAYS]),
)
def test_due_is_later_and_never_skips_a_session(minutes: int, interval: Interval, kind: Kind) -> None:
    fetched = at(1, 0) + timedelta(minutes=minutes)
    due = due_at(kind, interval, fetched, MUMBAI)
    assert due > fetched
    assert due <= MUMBAI.next_open(fetched) + timedelta(hours=1)
    if not MUMBAI.is_open(fetched) and fetched >= MUMBAI.last_close(fetched) + SETTLING:
        assert due > MUMBAI.next_open(fetched), "a closed market was asked"
