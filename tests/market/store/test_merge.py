"""How fetched bars join stored ones."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.store.merge import merge, scaled
from db.repositories.market_bars import KNOWN_NEVER, BarBlock

DAY = 86_400_000_000


def block(closes: list[float], first: int = 0, known: int | None = None) -> BarBlock:
    close = np.array(closes, dtype=float)
    ts = (np.arange(len(closes)) + first) * DAY
    values = np.stack([close, close * 1.01, close * 0.99, close, np.full(len(closes), 1000.0)])
    return BarBlock(ts.astype(np.int64), values, ts + DAY if known is None else np.full(len(closes), known))


def test_the_same_bars_again_change_nothing() -> None:
    old = block([100, 101, 102, 103])
    joined = merge(old, block([100, 101, 102, 103]), covered_to=4 * DAY, now=10 * DAY)
    np.testing.assert_array_equal(joined.block.values, old.values)
    np.testing.assert_array_equal(joined.block.known_at, old.known_at)
    assert len(joined.revised.block) == 0
    assert joined.restated is None
    assert len(joined.absent) == 0


def test_a_vendors_rounding_is_no_correction() -> None:
    old = block([100.004, 101.0, 102.0])
    joined = merge(old, block([100.0, 101.0, 102.0]), covered_to=3 * DAY, now=10 * DAY)
    assert len(joined.revised.block) == 0
    assert joined.block.values[3, 0] == 100.004


def test_a_corrected_bar_keeps_its_old_values_and_the_time_they_held() -> None:
    joined = merge(block([100, 101, 102, 103]), block([100, 150, 102, 103]), covered_to=4 * DAY, now=9 * DAY)
    assert joined.revised.block.ts.tolist() == [DAY]
    assert joined.revised.block.values[3].tolist() == [101]
    assert joined.revised.block.known_at.tolist() == [2 * DAY]
    assert joined.revised.superseded_at.tolist() == [9 * DAY]
    assert joined.block.values[3].tolist() == [100, 150, 102, 103]
    assert joined.block.known_at.tolist() == [DAY, 9 * DAY, 3 * DAY, 4 * DAY]


def test_a_split_restates_the_past_and_is_no_correction() -> None:
    old = block([100, 102, 101, 99, 103])
    new = scaled(block([100, 102, 101, 99, 103, 104]), 0.2)
    joined = merge(old, new, covered_to=5 * DAY, now=20 * DAY)
    assert joined.restated is not None
    assert abs(joined.restated - 0.2) < 1e-9
    assert len(joined.revised.block) == 0
    np.testing.assert_allclose(joined.block.values[3], [20, 20.4, 20.2, 19.8, 20.6, 20.8])
    assert joined.block.known_at[:5].tolist() == old.known_at.tolist()


def test_a_restatement_that_ends_at_its_ex_date_leaves_the_bars_after_it() -> None:
    # The vendor adjusted late: two bars after the ex-date were stored at the new level already.
    old = block([100, 102, 101, 99, 20, 21])
    new = block([20, 20.4, 20.2, 19.8, 20, 21])
    new.values[4, :4] *= 5
    joined = merge(old, new, covered_to=6 * DAY, now=20 * DAY)
    assert joined.restated is not None
    assert len(joined.revised.block.ts) == 0
    np.testing.assert_allclose(joined.block.values[3], [20, 20.4, 20.2, 19.8, 20, 21])


def test_one_wild_bar_is_a_correction_not_a_split() -> None:
    joined = merge(block([100, 101, 102, 103]), block([20, 101, 102, 103]), covered_to=4 * DAY, now=9 * DAY)
    assert joined.restated is None
    assert joined.revised.block.ts.tolist() == [0]


def test_a_forming_bar_is_replaced_without_a_trace() -> None:
    old = block([100, 101])
    old.known_at[1] = KNOWN_NEVER
    joined = merge(old, block([100, 99]), covered_to=2 * DAY, now=9 * DAY)
    assert joined.block.values[3].tolist() == [100, 99]
    assert joined.block.known_at.tolist() == [DAY, 2 * DAY]
    assert len(joined.revised.block) == 0


def test_a_forming_bar_that_never_became_one_is_gone() -> None:
    old = block([100, 101])
    old.known_at[1] = KNOWN_NEVER
    joined = merge(old, block([100]), covered_to=2 * DAY, now=9 * DAY)
    assert joined.block.ts.tolist() == [0]


def test_a_closed_bar_the_vendor_no_longer_tells_stays() -> None:
    old = block([100, 101, 102])
    new = block([100, 101, 102]).rows(np.array([0, 2]))
    joined = merge(old, new, covered_to=3 * DAY, now=9 * DAY)
    assert joined.absent.tolist() == [DAY]
    assert joined.block.values[3].tolist() == [100, 101, 102]


def test_a_bar_told_late_was_not_known_before() -> None:
    old = block([100, 101, 102]).rows(np.array([0, 2]))
    joined = merge(old, block([100, 101, 102]), covered_to=3 * DAY, now=9 * DAY)
    assert joined.block.known_at.tolist() == [DAY, 9 * DAY, 3 * DAY]


def test_unknown_volume_equals_unknown_volume() -> None:
    old, new = block([100, 101, 102]), block([100, 101, 102])
    old.values[4], new.values[4] = np.nan, np.nan
    assert len(merge(old, new, covered_to=3 * DAY, now=9 * DAY).revised.block) == 0


closes = st.lists(st.floats(1, 1e5), min_size=0, max_size=30)


@settings(max_examples=150, deadline=None)
@given(old=closes, new=closes, shift=st.integers(0, 20))
def test_any_two_histories_join_to_one_increasing_series(old: list[float], new: list[float], shift: int) -> None:
    before, after = block(old), block(new, shift)
    joined = merge(before, after, covered_to=len(old) * DAY, now=100 * DAY)
    assert np.all(np.diff(joined.block.ts) > 0)
    assert set(joined.block.ts.tolist()) == set(before.ts.tolist()) | set(after.ts.tolist())
    again = merge(joined.block, after, covered_to=100 * DAY, now=101 * DAY)
    if joined.restated is None:
        np.testing.assert_array_equal(again.block.ts, joined.block.ts)
        assert len(again.revised.block) == 0, "the same answer twice is one correction"
