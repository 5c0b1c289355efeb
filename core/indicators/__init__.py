"""Indicators, candle patterns, chart patterns and price levels: pure functions of bars.

`compute(name, bars, **params)` is the face for frames, `core.indicators.arrays` the one for arrays. Nothing
here looks ahead: the values of a row depend on that row and the ones before.
"""

from core.indicators.arrays import OHLCV
from core.indicators.candles import PatternHit, candle_patterns, find_pattern, pattern_arrays, patterns, patterns_found
from core.indicators.errors import BadBars, BadParameter, IndicatorError, UnknownIndicator
from core.indicators.frame import Spec, compute, compute_all, compute_many
from core.indicators.kernels import warm
from core.indicators.model import Column, Indicator, Param
from core.indicators.profile import VolumeProfile, heikin_ashi, volume_profile
from core.indicators.registry import catalogue, find, names

__all__ = [
    "OHLCV",
    "BadBars",
    "BadParameter",
    "Column",
    "Indicator",
    "IndicatorError",
    "Param",
    "PatternHit",
    "Spec",
    "UnknownIndicator",
    "VolumeProfile",
    "candle_patterns",
    "catalogue",
    "compute",
    "compute_all",
    "compute_many",
    "find",
    "find_pattern",
    "heikin_ashi",
    "names",
    "pattern_arrays",
    "patterns",
    "patterns_found",
    "volume_profile",
    "warm",
]
