"""Arrays in and out of Postgres."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.repositories.market_bars import BarBlock, BarRepository, Revisions, microseconds
from db.tables.market import BarChunk

NOW = datetime(2026, 11, 18, tzinfo=UTC)
DAY = 86_400_000_000


def a_block(starts: list[int], level: float = 100.0) -> BarBlock:
    ts = np.array(starts, dtype=np.int64)
    values = level + np.arange(5 * len(starts), dtype=float).reshape(5, -1)
    values[4, ::2] = np.nan
    return BarBlock(ts, values, ts + DAY)


def a_series(bars: BarRepository, symbol: str = "TCS.NS", interval: str = "1d") -> int:
    return bars.put_head(
        symbol=symbol,
        source="scripted",
        interval=interval,
        currency="INR",
        covered=(NOW - timedelta(days=9), NOW),
        as_of=NOW,
        fetched_at=NOW,
        warnings=[("note", "a remark")],
    )


def same(left: BarBlock, right: BarBlock) -> None:
    np.testing.assert_array_equal(left.ts, right.ts)
    np.testing.assert_array_equal(left.values, right.values)
    np.testing.assert_array_equal(left.known_at, right.known_at)


def test_bars_come_back_bit_for_bit(db: Session) -> None:
    bars = BarRepository(db)
    series = a_series(bars)
    block = a_block([day * DAY for day in range(-4000, 20_000, 7)])
    bars.replace(series, "1d", None, None, block)
    same(bars.read([series])[series], block)


def test_a_span_is_half_open(db: Session) -> None:
    bars = BarRepository(db)
    series = a_series(bars)
    bars.replace(series, "1d", None, None, a_block([0, DAY, 2 * DAY, 3 * DAY]))
    assert bars.read([series], DAY, 3 * DAY)[series].ts.tolist() == [DAY, 2 * DAY]
    assert bars.read([series], 10 * DAY, 20 * DAY) == {}


def test_several_series_of_different_intervals_are_read_together(db: Session) -> None:
    bars = BarRepository(db)
    daily, minutes = a_series(bars), a_series(bars, interval="1m")
    bars.replace(daily, "1d", None, None, a_block([0, DAY]))
    bars.replace(minutes, "1m", None, None, a_block([DAY, DAY + 60_000_000]))
    found = bars.read([daily, minutes], DAY, 2 * DAY)
    assert {series: block.ts.tolist() for series, block in found.items()} == {
        daily: [DAY],
        minutes: [DAY, DAY + 60_000_000],
    }


def test_a_head_tells_what_was_put(db: Session) -> None:
    bars = BarRepository(db)
    series = a_series(bars)
    head = bars.heads(["TCS.NS", "INFY.NS"], "scripted", "1d")["TCS.NS"]
    assert (head.id, head.owner, head.currency, head.covered_to) == (series, "", "INR", NOW)
    assert head.warnings == (("note", "a remark"),)
    assert a_series(bars) == series, "the same series twice is one"


starts = st.lists(st.integers(-3000, 3000), max_size=40, unique=True).map(sorted)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(first=starts, second=starts, low=st.integers(-3000, 3000), width=st.integers(1, 4000))
def test_replacing_a_span_touches_nothing_else(
    db: Session, first: list[int], second: list[int], low: int, width: int
) -> None:
    bars = BarRepository(db)
    series = a_series(bars)
    old = a_block([one * DAY for one in first])
    new = a_block([one * DAY for one in second if low <= one < low + width], level=5000.0)
    bars.replace(series, "1d", None, None, old)
    bars.replace(series, "1d", low * DAY, (low + width) * DAY, new)
    kept = old.rows((old.ts < low * DAY) | (old.ts >= (low + width) * DAY))
    joined = BarBlock.joined([kept, new])
    expected = joined.rows(np.argsort(joined.ts))
    same(bars.read([series]).get(series, BarBlock.empty()), expected)


@pytest.mark.parametrize(
    ("starts", "low", "high"), [([DAY, DAY], None, None), ([2 * DAY, DAY], None, None), ([0], DAY, None), ([9], 0, 9)]
)
def test_bars_out_of_order_or_span_are_refused(db: Session, starts: list[int], low: int | None, high: int) -> None:
    bars = BarRepository(db)
    with pytest.raises(ValueError, match="increase strictly"):
        bars.replace(a_series(bars), "1d", low, high, a_block(starts))


def test_the_database_refuses_a_chunk_of_the_wrong_length(db: Session) -> None:
    series = a_series(BarRepository(db))
    db.flush()
    with pytest.raises(IntegrityError, match="length"):
        db.execute(insert(BarChunk).values(series_id=series, chunk=0, n=2, data=b"\0" * 55))


def test_revisions_come_back_in_order_and_scale(db: Session) -> None:
    bars = BarRepository(db)
    series = a_series(bars)
    block = BarBlock(
        np.array([DAY, DAY], dtype=np.int64),
        np.array([[10.0, 20.0]] * 4 + [[100.0, 200.0]]),
        np.array([2 * DAY, 3 * DAY], dtype=np.int64),
    )
    bars.add_revisions(series, Revisions(block, np.array([3 * DAY, 4 * DAY], dtype=np.int64)))
    bars.scale_revisions(series, 0.5, datetime(2026, 1, 1, tzinfo=UTC))
    told = bars.revisions(series)
    assert told.block.values[3].tolist() == [5.0, 10.0]
    assert told.block.values[4].tolist() == [200.0, 400.0]
    assert told.superseded_at.tolist() == [3 * DAY, 4 * DAY]
    assert len(bars.revisions(series, 5 * DAY).block) == 0


def test_microseconds_are_exact_far_from_1970() -> None:
    assert microseconds(datetime(2099, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == 4_102_444_799_999_999
    assert microseconds(datetime(1969, 12, 31, tzinfo=UTC)) == -DAY
