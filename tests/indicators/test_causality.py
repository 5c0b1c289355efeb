"""Nothing looks ahead: what is said of a bar does not change when later bars are removed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.indicators import catalogue, chart_patterns, compute, levels, liquidation_zones, pattern_arrays, patterns
from core.indicators.arrays import OHLCV, compute_arrays
from core.indicators.shapes import as_of
from tests.indicators.made import sessions, walk

NAMES = [indicator.name for indicator in catalogue()]


def rough(seed: int, n: int = 320) -> pd.DataFrame:
    """Bars with everything real data has: frozen stretches, no volume, missing rows, jumps."""
    rng = np.random.default_rng(seed)
    bars = walk(n, seed, volatility=float(rng.choice([0.002, 0.015, 0.06])))
    start = int(rng.integers(40, n - 60))
    prices = ["open", "high", "low", "close"]
    bars.iloc[start : start + 25, :4] = float(bars["close"].iloc[start])
    bars.iloc[start : start + 25, 4] = 0.0
    bars.loc[bars.index[int(rng.integers(n // 2, n)) :], prices] *= float(rng.choice([0.1, 1.0, 5.0]))
    for row in rng.integers(0, n, 5):
        bars.iloc[row, int(rng.integers(0, 5))] = np.nan
    return bars


def agree(whole: np.ndarray, part: np.ndarray) -> None:
    np.testing.assert_allclose(whole[: len(part)], part, rtol=1e-9, atol=1e-9 * np.nanmax(np.abs(part), initial=1.0))


@pytest.mark.parametrize("name", NAMES)
def test_indicator_values_stand(name: str) -> None:
    for bars in (walk(320), sessions(27, 12)):
        whole = compute(name, bars).to_numpy()
        for cut in (1, 2, 3, 57, 121, 200, 319):
            agree(whole, compute(name, bars.iloc[:cut]).to_numpy())


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 319))
def test_the_whole_catalogue_stands_on_rough_data(seed: int, cut: int) -> None:
    bars = rough(seed)
    whole, part = OHLCV.of(bars), OHLCV.of(bars.iloc[:cut])
    for indicator in catalogue():
        values = compute_arrays(indicator, whole, indicator.defaults)
        for column, before in zip(values, compute_arrays(indicator, part, indicator.defaults), strict=True):
            assert not np.isinf(column).any(), indicator.name
            try:
                agree(column, before)
            except AssertionError as error:
                raise AssertionError(indicator.name) from error


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 319))
def test_all_candle_patterns_stand(seed: int, cut: int) -> None:
    bars = rough(seed)
    whole, part = pattern_arrays(OHLCV.of(bars)), pattern_arrays(OHLCV.of(bars.iloc[:cut]))
    assert len(whole) == 61
    for name, values in whole.items():
        assert np.array_equal(values[:cut], part[name]), name


def test_candle_pattern_frames_stand() -> None:
    bars = walk(500)
    pd.testing.assert_frame_equal(patterns(bars).iloc[:333], patterns(bars.iloc[:333]))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(30, 599))
def test_chart_patterns_stand_from_the_bar_they_were_known(seed: int, cut: int) -> None:
    bars = rough(seed, 600)
    then = [as_of(shape, cut - 1) for shape in chart_patterns(bars)]
    expected = [shape for shape in then if shape is not None]
    seen = chart_patterns(bars.iloc[:cut])
    key = [(s.kind, s.pivots, s.known_at, s.state, s.confirmed_at, s.failed_at, s.invalidation) for s in expected]
    assert [(s.kind, s.pivots, s.known_at, s.state, s.confirmed_at, s.failed_at, s.invalidation) for s in seen] == key


def test_there_are_chart_patterns_to_check() -> None:
    found = [shape for seed in range(12) for shape in chart_patterns(rough(seed, 600))]
    assert len(found) > 30
    assert len({shape.kind for shape in found}) >= 8
    for shape in found:
        assert shape.known_at > shape.end
        assert all(at is None or at >= shape.known_at for at in (shape.confirmed_at, shape.failed_at))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 599))
def test_levels_as_of_a_day_are_those_of_that_day(seed: int, cut: int) -> None:
    bars = rough(seed, 600)
    day = bars.index[cut - 1]
    assert levels(bars, as_of=day) == levels(bars.iloc[:cut])
    assert liquidation_zones(bars, as_of=day) == liquidation_zones(bars.iloc[:cut])
