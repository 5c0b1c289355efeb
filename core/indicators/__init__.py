"""Indicators, candle patterns, chart patterns and price levels: pure functions of bars.

`compute(name, bars, **params)` is the face for frames, `core.indicators.arrays` the one for arrays. Nothing
here looks ahead: the values of a row depend on that row and the ones before.
"""

from core.indicators.arrays import OHLCV
from core.indicators.candles import PatternHit, candle_patterns, find_pattern, pattern_arrays, patterns, patterns_found
from core.indicators.errors import BadBars, BadParameter, IndicatorError, UnknownIndicator
from core.indicators.frame import Spec, compute, compute_all, compute_many
from core.indicators.liquidation import LiquidationZone, liquidation_price, liquidation_zones
from core.indicators.model import Column, Indicator, Param
from core.indicators.price_levels import Level, levels
from core.indicators.profile import VolumeProfile, heikin_ashi, volume_profile
from core.indicators.registry import catalogue, find, names
from core.indicators.shapes import ChartPattern, chart_patterns
from core.indicators.warming import warm

__all__ = [
    "OHLCV",
    "BadBars",
    "BadParameter",
    "ChartPattern",
    "Column",
    "Indicator",
    "IndicatorError",
    "Level",
    "LiquidationZone",
    "Param",
    "PatternHit",
    "Spec",
    "UnknownIndicator",
    "VolumeProfile",
    "candle_patterns",
    "catalogue",
    "chart_patterns",
    "compute",
    "compute_all",
    "compute_many",
    "find",
    "find_pattern",
    "heikin_ashi",
    "levels",
    "liquidation_price",
    "liquidation_zones",
    "names",
    "pattern_arrays",
    "patterns",
    "patterns_found",
    "volume_profile",
    "warm",
]
