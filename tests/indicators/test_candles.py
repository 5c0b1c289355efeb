"""Candle patterns: found where they are drawn, named, and explained."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import talib

from core.indicators import UnknownIndicator, candle_patterns, find_pattern, pattern_arrays, patterns, patterns_found
from core.indicators.arrays import OHLCV
from tests.indicators.made import frame, walk


def after_a_fall(*last: tuple[float, float, float, float]) -> pd.DataFrame:
    """Twenty falling candles of two points with a body of one, then the given (open, high, low, close)."""
    rows = [(140 - i, 140.5 - i, 138.5 - i, 139 - i) for i in range(20)] + list(last)
    o, h, low, c = (list(column) for column in zip(*rows, strict=True))
    return frame(o, h, low, c, [1000.0] * len(rows))


def test_all_of_talibs_patterns_are_here_once() -> None:
    codes = [pattern.code for pattern in candle_patterns()]
    assert sorted(codes) == sorted(talib.get_function_groups()["Pattern Recognition"])
    assert len({p.name for p in candle_patterns()}) == len({p.looks for p in candle_patterns()}) == 61
    assert all(1 <= p.bars <= 5 and p.name.isidentifier() for p in candle_patterns())


def test_a_bullish_engulfing() -> None:
    bars = after_a_fall((120.0, 120.5, 118.5, 119.0), (118.8, 121.5, 118.6, 121.0))
    hits = [hit for hit in patterns_found(bars) if hit.name == "engulfing"]
    assert [hit.index for hit in hits] == [21]
    hit = hits[0]
    assert (hit.direction, hit.strength, hit.bars, hit.first, hit.time) == ("bullish", 100, 2, 20, bars.index[21])
    assert hit.description.startswith("Engulfing: a body that covers")
    assert hit.description.endswith("read as a bullish reversal.")


def test_a_hammer_and_a_doji() -> None:
    hammer = after_a_fall((119.4, 119.7, 115.5, 119.6))
    assert patterns(hammer, ["hammer"]).iloc[-1, 0] == 100
    doji = after_a_fall((119.0, 121.0, 117.0, 119.0))
    found = {hit.name: hit for hit in patterns_found(doji, last=1)}
    assert found["doji"].direction == "neutral"
    assert "indecision" in found["doji"].description
    grave = after_a_fall((119.0, 122.0, 119.0, 119.0))
    assert {h.name: h.direction for h in patterns_found(grave, last=1)}["gravestone_doji"] == "bearish"


def test_values_are_talibs_within_the_scale() -> None:
    bars = walk(800, 5)
    arrays = pattern_arrays(OHLCV.of(bars))
    prices = [bars[name].to_numpy() for name in ("open", "high", "low", "close")]
    for pattern in candle_patterns():
        raw = getattr(talib, pattern.code)(*prices)
        assert np.array_equal(arrays[pattern.name], np.clip(raw, -100, 100)), pattern.name


def test_frame_and_selection() -> None:
    bars = walk(300)
    whole = patterns(bars)
    assert whole.shape == (300, 61)
    assert whole.index.equals(bars.index)
    assert whole.to_numpy().min() >= -100
    assert whole.to_numpy().max() <= 100
    some = patterns(bars, ["CDLDOJI", "engulfing", "3whitesoldiers"])
    assert list(some.columns) == ["doji", "engulfing", "three_white_soldiers"]
    pd.testing.assert_series_equal(some["doji"], whole["doji"])
    hits = patterns_found(bars)
    assert len(hits) <= int((whole != 0).to_numpy().sum())
    assert [h.index for h in hits] == sorted((h.index for h in hits), reverse=True)
    assert patterns_found(bars, last=10) == [h for h in hits if h.index >= 290]


def test_an_unknown_pattern_offers_near_ones() -> None:
    assert find_pattern("Morning Star").name == "morning_star"
    with pytest.raises(UnknownIndicator, match="did you mean"):
        patterns(walk(50), ["engulfed"])
