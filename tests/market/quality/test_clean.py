"""Clean data stays as it is: the first thing a repair must be able to do is nothing."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.market.model import Instrument, Interval, Treatment
from core.market.quality import inspect
from tests.market.quality.series import APPLE, BITCOIN, LONDON, RELIANCE, clean, with_dividends

CHANGED = (Treatment.REPAIRED, Treatment.REJECTED)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([RELIANCE, APPLE, LONDON, BITCOIN]),
    st.sampled_from([0.004, 0.015, 0.03]),
)
def test_a_clean_series_is_not_touched(seed: int, instrument: Instrument, sigma: float) -> None:
    frame = clean(seed, 150, instrument=instrument, sigma=sigma)
    result = inspect(frame, instrument=instrument, interval="1d", source="yahoo")
    pd.testing.assert_frame_equal(result.frame, frame, check_freq=False, rtol=0, atol=0)
    assert [finding for finding in result.findings if finding.treatment in CHANGED] == []
    assert (result.repaired, result.rejected) == (0, 0)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(5, 140), st.floats(0.001, 0.06)), max_size=6, unique_by=lambda one: one[0] // 12),
)
def test_honest_dividends_are_not_touched(seed: int, paid: list[tuple[int, float]]) -> None:
    frame = clean(seed, 150)
    paid = sorted(paid)
    rows = [row for row, _ in paid]
    assume(all(later - row > 6 for row, later in itertools.pairwise(rows)))  # within a week it would be a twin note
    frame, actions = with_dividends(frame, rows, [share * frame["close"].iloc[row] for row, share in paid])
    result = inspect(frame, instrument=RELIANCE, interval=Interval.D1, actions=actions, source="yahoo")
    assert result.actions == tuple(actions)
    np.testing.assert_array_equal(result.frame["adj_close"], frame["adj_close"])


def test_a_real_crash_and_a_real_rush_are_kept() -> None:
    frame = clean(3, 150)
    # Falls by two thirds within the day and stays; a year's gain in a day with a long bar, and half of it back.
    frame.iloc[60:, :4] *= 0.33
    frame.iloc[60, frame.columns.get_loc("open")] = frame["close"].iloc[59]
    frame.iloc[60, frame.columns.get_loc("high")] = frame["close"].iloc[59] * 1.01
    before = frame["close"].iloc[99]
    frame.iloc[100, :4] = [before * 1.02, before * 2.1, before, before * 2.0]
    frame.iloc[101, :4] = [before * 1.9, before * 1.95, before * 0.95, before * 1.1]
    result = inspect(frame, instrument=RELIANCE, interval="1d", source="yahoo")
    np.testing.assert_array_equal(result.frame["close"], frame["close"])
    assert result.repaired == 0


def test_a_split_already_adjusted_for_is_left_alone() -> None:
    from core.market.model import Action, ActionKind

    frame = clean(5, 150)
    split = Action(ActionKind.SPLIT, frame.index[70].tz_convert("Asia/Kolkata").date(), 5.0)
    result = inspect(frame, instrument=RELIANCE, interval="1d", actions=[split], source="yahoo")
    np.testing.assert_array_equal(result.frame["close"], frame["close"])


@pytest.mark.parametrize("interval", ["1m", "5m", "1h", "1wk", "1mo"])
def test_other_intervals_are_not_held_to_the_calendar(interval: str) -> None:
    step = {"1m": "1min", "5m": "5min", "1h": "1h", "1wk": "7D", "1mo": "MS"}[interval]
    index = pd.date_range(
        "2021-01-01" if interval == "1mo" else "2021-01-04", periods=60, freq=step, tz="Asia/Kolkata"
    ).tz_convert("UTC")
    frame = clean(1, 60).set_axis(index.rename("ts"))
    result = inspect(frame, instrument=RELIANCE, interval=interval, source="yahoo")
    assert result.findings == ()
    np.testing.assert_array_equal(result.frame.to_numpy(), frame.to_numpy())


value = st.one_of(st.floats(), st.sampled_from([0.0, -1.0, 1e-300, 1e300, np.nan, np.inf]))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), value, value, value, value, value), max_size=25),
    st.sampled_from([Interval.D1, Interval.M5, Interval.W1]),
    st.booleans(),
)
def test_nothing_raises_and_a_second_inspection_repairs_nothing(
    rows: list[tuple[float, ...]], interval: Interval, adjusted: bool
) -> None:
    index = pd.to_datetime(
        [pd.Timestamp("2021-03-01", tz="UTC") + pd.Timedelta(days=int(row[0])) for row in rows], utc=True
    )
    frame = pd.DataFrame(
        [row[1:] for row in rows],
        columns=["open", "high", "low", "close", "volume"],
        index=pd.DatetimeIndex(index),
        dtype=float,
    )
    if adjusted:
        frame["adj_close"] = frame["close"] * 0.9
    once = inspect(frame, instrument=RELIANCE, interval=interval, source="yahoo")
    assert len(once.frame) + once.rejected == len(frame)
    assert once.frame.index.is_unique
    assert once.frame.index.is_monotonic_increasing
    assert (once.frame["close"] > 0).all()
    assert (once.frame["high"] >= once.frame[["open", "close", "low"]].max(axis=1)).all()
    assert (once.frame["low"] <= once.frame[["open", "close"]].min(axis=1)).all()
    twice = inspect(once.frame, instrument=RELIANCE, interval=interval, actions=once.actions, source="yahoo")
    assert [finding for finding in twice.findings if finding.treatment in CHANGED] == []
    pd.testing.assert_frame_equal(twice.frame, once.frame)


def test_odd_frames() -> None:
    for frame in (
        pd.DataFrame(),
        pd.DataFrame({"close": [1.0, 2.0]}, index=["2021-03-01", "nonsense"]),
        pd.DataFrame({"close": ["1", "x"], "open": [None, "2"]}, index=pd.DatetimeIndex(["2021-03-01", "2021-03-02"])),
        pd.DataFrame([[1.0, 2.0]], columns=["close", "close"], index=pd.DatetimeIndex(["2021-03-01"])),
    ):
        result = inspect(frame, instrument=RELIANCE, interval="1d", source="yahoo")
        assert len(result.frame) + result.rejected == len(frame)
        assert list(result.frame.columns) == ["open", "high", "low", "close", "volume"]
