"""Prices at another day's level."""

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.model import Action, ActionKind
from core.market.store.adjust import for_dividends, later_splits, undo_later_splits
from tests.market.store.scripted import a_split, sessions, split, wandering

START, END = date(2024, 1, 1), date(2024, 12, 31)
ZONE = "Asia/Kolkata"


def cash(day: date, value: float) -> Action:
    return Action(ActionKind.DIVIDEND, day, value, "INR")


def test_undoing_a_split_gives_back_what_was_on_screen() -> None:
    before = wandering(sessions(START, END))
    after = split(before, 5.0)
    back, actions = undo_later_splits(after, [a_split(date(2025, 3, 1), 5.0)], date(2024, 12, 31))
    pd.testing.assert_frame_equal(back, before)
    assert actions == ()


def test_a_split_on_the_day_itself_had_happened() -> None:
    frame = wandering(sessions(START, END))
    actions = [a_split(date(2024, 12, 31), 2.0)]
    back, known = undo_later_splits(frame, actions, date(2024, 12, 31))
    assert back is frame
    assert known == tuple(actions)


def test_cash_is_brought_to_the_level_of_the_day() -> None:
    frame = wandering(sessions(START, END))
    actions = [cash(date(2024, 6, 3), 2.0), a_split(date(2025, 1, 10), 10.0)]
    _, known = undo_later_splits(frame, actions, date(2024, 12, 31))
    assert [one.value for one in known] == [20.0]


def test_two_later_splits_multiply() -> None:
    assert later_splits([a_split(date(2025, 1, 1), 2.0), a_split(date(2026, 1, 1), 5.0)], date(2024, 1, 1)) == 10.0
    assert later_splits([a_split(date(2025, 1, 1), 2.0), a_split(date(2026, 1, 1), 5.0)], date(2025, 1, 1)) == 5.0


def test_a_dividend_lowers_the_prices_before_it_by_its_share_of_the_last_close() -> None:
    index = sessions(date(2024, 1, 1), date(2024, 1, 5))
    frame = wandering(index)
    frame["close"] = [100.0, 110.0, 120.0, 119.0, 121.0][: len(frame)]
    ex = index[3].tz_convert(ZONE).date()
    adjusted = for_dividends(frame, [cash(ex, 12.0)], ZONE)
    np.testing.assert_allclose(adjusted["close"], [90.0, 99.0, 108.0, 119.0, 121.0][: len(frame)])
    assert adjusted["volume"].equals(frame["volume"])


def test_a_payment_without_a_bar_before_or_after_changes_nothing() -> None:
    frame = wandering(sessions(START, END))
    actions = [cash(date(2023, 5, 1), 3.0), cash(date(2025, 5, 1), 3.0)]
    pd.testing.assert_frame_equal(for_dividends(frame, actions, ZONE), frame)


def test_a_payment_larger_than_the_price_is_not_believed() -> None:
    frame = wandering(sessions(START, END))
    pd.testing.assert_frame_equal(for_dividends(frame, [cash(date(2024, 6, 3), 1e9)], ZONE), frame)


@settings(max_examples=60, deadline=None)
@given(ratio=st.sampled_from([2.0, 3.0, 5.0, 10.0, 1.5]), share=st.floats(0.001, 0.2), at=st.integers(1, 40))
def test_total_returns_do_not_depend_on_the_price_level(ratio: float, share: float, at: int) -> None:
    frame = wandering(sessions(date(2024, 1, 1), date(2024, 3, 20)))
    ex = frame.index[at].tz_convert(ZONE).date()
    value = float(frame["close"].iloc[at - 1]) * share
    plain = for_dividends(frame, [cash(ex, value)], ZONE)["close"].pct_change().to_numpy()[1:]
    scaled = for_dividends(split(frame, ratio), [cash(ex, value / ratio)], ZONE)["close"].pct_change().to_numpy()[1:]
    np.testing.assert_allclose(plain, scaled, rtol=1e-9, atol=1e-12)
