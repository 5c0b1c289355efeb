"""Coverage stays one piece, and only what is missing is asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.model import Interval
from core.market.store.spans import BEGINNING, Span, covered_after, missing, overlap

BASE = datetime(2026, 1, 1, tzinfo=UTC)


def days(start: float, end: float) -> Span:
    return Span(BASE + timedelta(days=start), BASE + timedelta(days=end))


def test_nothing_stored_asks_for_all_of_it() -> None:
    assert missing(None, days(0, 10), Interval.D1) == (days(0, 10),)


def test_what_is_covered_is_not_asked_again() -> None:
    assert missing(days(0, 100), days(10, 90), Interval.D1) == ()
    assert missing(days(0, 100), days(0, 100), Interval.D1) == ()


def test_a_new_end_is_asked_with_its_overlap() -> None:
    (tail,) = missing(days(0, 100), days(0, 103), Interval.D1)
    assert tail == Span(days(0, 100).end - overlap(Interval.D1), days(0, 103).end)


def test_an_earlier_beginning_is_asked_alone() -> None:
    (head,) = missing(days(50, 100), days(0, 100), Interval.M5)
    assert head.start == days(0, 0).start
    assert head.end == days(50, 50).start + overlap(Interval.M5)


def test_a_hole_longer_than_vendors_keep_minutes_is_left() -> None:
    covered, wanted = days(0, 5), days(60, 62)
    assert missing(covered, wanted, Interval.M1) == (wanted,)
    assert covered_after(covered, wanted, Interval.M1) == wanted
    assert covered_after(wanted, covered, Interval.M1) == wanted, "the later piece is what is kept up to date"


def test_a_daily_hole_is_always_filled() -> None:
    (gap,) = missing(days(0, 5), days(600, 620), Interval.D1)
    assert gap.start <= days(5, 5).start
    assert gap.end == days(620, 620).start


edges = st.integers(0, 3000)
spans = st.tuples(edges, edges).map(sorted).map(lambda pair: days(pair[0] / 4, pair[1] / 4))


@settings(max_examples=200, deadline=None)
@given(covered=st.none() | spans, wanted=spans, interval=st.sampled_from(list(Interval)))
def test_fetching_what_is_missing_covers_what_is_wanted(covered: Span | None, wanted: Span, interval: Interval) -> None:
    after = covered
    for gap in missing(covered, wanted, interval):
        assert gap.start <= gap.end
        after = covered_after(after, gap, interval)
    if wanted.start < wanted.end:
        assert after is not None
        assert missing(after, wanted, interval) == () or after.end > wanted.end, "asked again for ever"
    if covered is not None and after is not None and interval is Interval.D1:
        assert after.holds(covered), "what was covered was forgotten"


@settings(max_examples=200, deadline=None)
@given(covered=spans, wanted=spans)
def test_no_more_is_fetched_than_the_hole_and_its_overlap(covered: Span, wanted: Span) -> None:
    again = overlap(Interval.D1)
    for gap in missing(covered, wanted, Interval.D1):
        inside = min(gap.end, covered.end) - max(gap.start, covered.start)
        assert inside <= again


@pytest.mark.parametrize("interval", list(Interval))
def test_the_beginning_of_time_is_before_any_market(interval: Interval) -> None:
    (gap,) = missing(None, Span(BEGINNING, BASE), interval)
    assert gap.start.year == 1900
