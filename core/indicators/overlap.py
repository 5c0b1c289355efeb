"""Overlays: averages, bands, channels, volume-weighted prices, pivot points, price transforms."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from talib import MA_Type
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import kernels, price_kernels
from core.indicators.arrays import OHLCV
from core.indicators.lines import (
    ema,
    highest,
    lag,
    lowest,
    ratio,
    rma,
    sma,
    total,
    wma,
)
from core.indicators.model import Column, Shelf, factor, length
from core.indicators.numbers import Arrays, Floats

shelf = Shelf("overlap")
BAND = (("upper", "lower"),)


def bands(middle: str = "middle") -> tuple[Column, Column, Column]:
    """Middle, upper and lower line."""
    return Column(middle, "middle"), Column("upper", "upper"), Column("lower", "lower")


@shelf.add("sma", "Simple moving average", "Mean of the last n closes; TA-Lib SMA", params=(length(20, 1),),
           pane="price", scale="price", aliases=("ma",))  # fmt: skip
def simple(b: OHLCV, length: int) -> Arrays:
    return (sma(b.close, length),)


@shelf.add("ema", "Exponential moving average", "alpha = 2 / (n + 1), seeded with the SMA; TA-Lib EMA",
           params=(length(20, 1),), pane="price", scale="price")  # fmt: skip
def exponential(b: OHLCV, length: int) -> Arrays:
    return (ema(b.close, length),)


@shelf.add("wma", "Weighted moving average", "Weights 1..n, newest heaviest; TA-Lib WMA",
           params=(length(20, 1),), pane="price", scale="price")  # fmt: skip
def linear(b: OHLCV, length: int) -> Arrays:
    return (wma(b.close, length),)


@shelf.add("rma", "Wilder's moving average", "alpha = 1 / n; Wilder (1978); TA-Lib RMA",
           params=(length(14),), pane="price", scale="price", aliases=("smma", "wilder"))  # fmt: skip
def wilder(b: OHLCV, length: int) -> Arrays:
    return (rma(b.close, length),)


@shelf.add("dema", "Double exponential moving average", "2 EMA - EMA(EMA); Mulloy (1994); TA-Lib DEMA",
           params=(length(20),), pane="price", scale="price")  # fmt: skip
def double(b: OHLCV, length: int) -> Arrays:
    return (talib.DEMA(b.close, length),)


@shelf.add("tema", "Triple exponential moving average",
           "3 EMA - 3 EMA(EMA) + EMA(EMA(EMA)); Mulloy (1994); TA-Lib TEMA",
           params=(length(20),), pane="price", scale="price")  # fmt: skip
def triple(b: OHLCV, length: int) -> Arrays:
    return (talib.TEMA(b.close, length),)


@shelf.add("trima", "Triangular moving average", "SMA of an SMA of half the length; TA-Lib TRIMA",
           params=(length(20),), pane="price", scale="price")  # fmt: skip
def triangular(b: OHLCV, length: int) -> Arrays:
    return (talib.TRIMA(b.close, length),)


@shelf.add("kama", "Kaufman's adaptive moving average",
           "Efficiency ratio between EMA(2) and EMA(30) speed; Kaufman (1995); TA-Lib KAMA",
           params=(length(10),), pane="price", scale="price")  # fmt: skip
def kaufman(b: OHLCV, length: int) -> Arrays:
    return (talib.KAMA(b.close, length),)


@shelf.add("t3", "Tillson T3", "Six EMAs with volume factor v; Tillson (1998); TA-Lib T3",
           params=(length(5), factor("vfactor", "Volume factor", 0.7, 0.0, 1.0)),
           pane="price", scale="price")  # fmt: skip
def tillson(b: OHLCV, length: int, vfactor: float) -> Arrays:
    return (talib.T3(b.close, length, vfactor),)


@shelf.add("hma", "Hull moving average", "WMA(2 WMA(n/2) - WMA(n), sqrt n); Hull (2005); TA-Lib HMA",
           params=(length(20, 4),), pane="price", scale="price")  # fmt: skip
def hull(b: OHLCV, length: int) -> Arrays:
    return (talib.HMA(b.close, length),)


@shelf.add("zlema", "Zero-lag moving average",
           "EMA of 2 x - x[(n - 1) / 2 bars ago]; Ehlers and Way (2010); TA-Lib ZLEMA",
           params=(length(20, 3),), pane="price", scale="price")  # fmt: skip
def zero_lag(b: OHLCV, length: int) -> Arrays:
    return (talib.ZLEMA(b.close, length),)


@shelf.add("vwma", "Volume-weighted moving average", "Sum(close * volume) / Sum(volume) over n bars",
           params=(length(20),), inputs="cv", pane="price", scale="price")  # fmt: skip
def volume_weighted(b: OHLCV, length: int) -> Arrays:
    return (ratio(total(b.close * b.volume, length), total(b.volume, length)),)


@lru_cache(maxsize=64)
def _alma_weights(length: int, offset: float, sigma: float) -> Floats:
    place = np.arange(length, dtype=np.float64)
    weights = np.exp(-0.5 * ((place - offset * (length - 1)) / (length / sigma)) ** 2)
    return np.ascontiguousarray(weights / weights.sum())


@shelf.add("alma", "Arnaud Legoux moving average",
           "Gaussian weights centred at offset (n - 1), width n / sigma; Legoux (2009)",
           params=(length(9), factor("offset", "Offset", 0.85, 0.0, 1.0),
                   factor("sigma", "Sigma", 6.0, 1.0, 20.0)), pane="price", scale="price")  # fmt: skip
def arnaud_legoux(b: OHLCV, length: int, offset: float, sigma: float) -> Arrays:
    return (kernels.weighted(b.close, _alma_weights(length, offset, sigma)),)


@shelf.add("mama", "MESA adaptive moving average", "Phase-rate adaptive; Ehlers (2001); TA-Lib MAMA",
           "mama", "fama", params=(factor("fast_limit", "Fast limit", 0.5, 0.01, 0.99),
                                   factor("slow_limit", "Slow limit", 0.05, 0.01, 0.99)),
           pane="price", scale="other", family="cycle")  # fmt: skip
def mesa(b: OHLCV, fast_limit: float, slow_limit: float) -> Arrays:
    mama, fama = talib.MAMA(b.close, fast_limit, slow_limit)
    return mama, fama


@shelf.add("ht_trendline", "Hilbert transform trendline", "Ehlers (2001); TA-Lib HT_TRENDLINE",
           pane="price", scale="other", family="cycle")  # fmt: skip
def instantaneous_trendline(b: OHLCV) -> Arrays:
    return (talib.HT_TRENDLINE(b.close),)


@shelf.add("frama", "Fractal adaptive moving average",
           "alpha = exp(-4.6 (D - 1)), D the fractal dimension of the range; Ehlers (2005)",
           params=(length(16, 4),), inputs="hlc", pane="price", scale="price")  # fmt: skip
def fractal_adaptive(b: OHLCV, length: int) -> Arrays:
    half = length // 2
    top, bottom = highest(b.high, half), lowest(b.low, half)
    near = (top - bottom) / half
    far = lag(near, half)
    whole = (highest(b.high, 2 * half) - lowest(b.low, 2 * half)) / (2 * half)
    usable = (near > 0) & (far > 0) & (whole > 0)
    # Two windows of one slope make x = 2 and dimension 1; a window without range counts as that.
    x = np.full(len(b), 2.0)
    np.divide(near + far, whole, out=x, where=usable)
    alpha = np.clip(np.exp(-4.6 * (np.log(x) / math.log(2.0) - 1.0)), 0.01, 1.0)
    return (kernels.adaptive(b.close, alpha, 2 * half - 1),)


@shelf.add("vidya", "Variable index dynamic average",
           "EMA whose alpha is scaled by |CMO(9)| / 100; Chande (1992)",
           params=(length(14), length(9, 2, "cmo_length", "CMO length")), pane="price", scale="price")  # fmt: skip
def chande_dynamic(b: OHLCV, length: int, cmo_length: int) -> Arrays:
    alpha = np.abs(talib.CMOU(b.close, cmo_length)) / 100.0 * (2.0 / (length + 1))
    return (kernels.adaptive(b.close, alpha, cmo_length),)


@shelf.add("mcginley", "McGinley dynamic", "y + (x - y) / max(1, 0.6 n (x / y)^4); McGinley (1990)",
           params=(length(14),), pane="price", scale="price")  # fmt: skip
def dynamic(b: OHLCV, length: int) -> Arrays:
    return (kernels.mcginley(b.close, length),)


@shelf.add("supersmoother", "Super smoother", "Two-pole Butterworth filter; Ehlers (2013)",
           params=(length(10, 3),), pane="price", scale="price")  # fmt: skip
def two_pole(b: OHLCV, length: int) -> Arrays:
    return (kernels.super_smoother(b.close, length),)


@shelf.add("decycler", "Decycler", "Price less a one-pole high-pass of period n; Ehlers (2015)",
           params=(length(60, 9),), pane="price", scale="price", family="cycle")  # fmt: skip
def without_cycles(b: OHLCV, length: int) -> Arrays:
    return (kernels.decycler(b.close, length),)


@shelf.add("midpoint", "Midpoint", "(highest close + lowest close) / 2; TA-Lib MIDPOINT",
           params=(length(14),), pane="price", scale="price")  # fmt: skip
def mid_close(b: OHLCV, length: int) -> Arrays:
    return (talib.MIDPOINT(b.close, length),)


@shelf.add("midprice", "Midprice", "(highest high + lowest low) / 2; TA-Lib MIDPRICE",
           params=(length(14),), inputs="hl", pane="price", scale="price")  # fmt: skip
def mid_range(b: OHLCV, length: int) -> Arrays:
    return (talib.MIDPRICE(b.high, b.low, length),)


@shelf.add("medprice", "Median price", "(high + low) / 2", inputs="hl", pane="price", scale="price",
           aliases=("hl2",))  # fmt: skip
def median_price(b: OHLCV) -> Arrays:
    return (b.median.copy(),)


@shelf.add("typprice", "Typical price", "(high + low + close) / 3", inputs="hlc", pane="price",
           scale="price", aliases=("hlc3",))  # fmt: skip
def typical_price(b: OHLCV) -> Arrays:
    return (b.typical.copy(),)


@shelf.add("wclprice", "Weighted close", "(high + low + 2 close) / 4; TA-Lib WCLPRICE", inputs="hlc",
           pane="price", scale="price")  # fmt: skip
def weighted_close(b: OHLCV) -> Arrays:
    return (talib.WCLPRICE(b.high, b.low, b.close),)


@shelf.add("avgprice", "Average price", "(open + high + low + close) / 4; TA-Lib AVGPRICE", inputs="ohlc",
           pane="price", scale="price", aliases=("ohlc4",))  # fmt: skip
def average_price(b: OHLCV) -> Arrays:
    return (talib.AVGPRICE(b.open, b.high, b.low, b.close),)


@shelf.add("ha", "Heikin-Ashi", "close = ohlc / 4, open = middle of the previous body; TA-Lib HA",
           "ha_close", "ha_open", "ha_high", "ha_low", inputs="ohlc", pane="price", scale="price",
           aliases=("heikin_ashi",))  # fmt: skip
def heikin_ashi_lines(b: OHLCV) -> Arrays:
    o, h, low, c = talib.HA(b.open, b.high, b.low, b.close)
    return c, o, h, low


@shelf.add("bbands", "Bollinger bands",
           "SMA and k population standard deviations; Bollinger (1983); TA-Lib BBANDS",
           *bands(), Column("percent_b", "%b", "none"), Column("width", "width", "none"),
           params=(length(20), factor("deviations", "Deviations", 2.0, 0.1, 10.0)),
           pane="price", scale="other", fills=BAND, aliases=("bollinger", "bb", "bollinger_bands"))  # fmt: skip
def bollinger(b: OHLCV, length: int, deviations: float) -> Arrays:
    upper, middle, lower = talib.BBANDS(b.close, length, deviations, deviations, MA_Type.SMA)
    return middle, upper, lower, ratio(b.close - lower, upper - lower), ratio(upper - lower, middle)


@shelf.add("keltner", "Keltner channel", "EMA and k ATR; Keltner (1960), Raschke; EMA and ATR by TA-Lib",
           *bands(), params=(length(20, 1), length(10, 2, "atr_length", "ATR length"),
                             factor("multiplier", "Multiplier", 2.0, 0.1, 20.0)),
           inputs="hlc", pane="price", scale="price", fills=BAND, aliases=("kc",))  # fmt: skip
def keltner_channel(b: OHLCV, length: int, atr_length: int, multiplier: float) -> Arrays:
    middle = ema(b.close, length)
    width = talib.ATR(b.high, b.low, b.close, atr_length) * multiplier
    return middle, middle + width, middle - width


@shelf.add("starc", "STARC bands", "SMA and k ATR; Stoller (1980s)", *bands(),
           params=(length(6, 1), length(15, 2, "atr_length", "ATR length"),
                   factor("multiplier", "Multiplier", 2.0, 0.1, 20.0)),
           inputs="hlc", pane="price", scale="price", fills=BAND)  # fmt: skip
def stoller(b: OHLCV, length: int, atr_length: int, multiplier: float) -> Arrays:
    middle = sma(b.close, length)
    width = talib.ATR(b.high, b.low, b.close, atr_length) * multiplier
    return middle, middle + width, middle - width


@shelf.add("donchian", "Donchian channel",
           "Highest high and lowest low of n bars, `offset` bars ago (0: the present bar counts); Donchian; "
           "TA-Lib MAX and MIN",
           *bands(), params=(length(20), length(0, 0, "offset", "Offset")), inputs="hl", pane="price",
           scale="price", fills=BAND, aliases=("dc",))  # fmt: skip
def donchian_channel(b: OHLCV, length: int, offset: int) -> Arrays:
    upper, lower = lag(highest(b.high, length), offset), lag(lowest(b.low, length), offset)
    return (upper + lower) * 0.5, upper, lower


@shelf.add("accbands", "Acceleration bands", "SMA of high (1 + 4 (h - l) / (h + l)); Headley; TA-Lib ACCBANDS",
           *bands(), params=(length(20),), inputs="hlc", pane="price", scale="price", fills=BAND)  # fmt: skip
def acceleration(b: OHLCV, length: int) -> Arrays:
    upper, middle, lower = talib.ACCBANDS(b.high, b.low, b.close, length)
    return middle, upper, lower


@shelf.add("envelope", "Moving average envelope", "SMA and p percent of it", *bands(),
           params=(length(20, 1), factor("percent", "Percent", 2.5, 0.01, 99.0)),
           pane="price", scale="price", fills=BAND)  # fmt: skip
def percent_envelope(b: OHLCV, length: int, percent: float) -> Arrays:
    middle = sma(b.close, length)
    return middle, middle * (1.0 + percent / 100.0), middle * (1.0 - percent / 100.0)


@shelf.add("linreg", "Linear regression line", "End of the least-squares line of n closes; TA-Lib LINEARREG",
           params=(length(14),), pane="price", scale="price", aliases=("lsma", "linearreg"))  # fmt: skip
def regression_end(b: OHLCV, length: int) -> Arrays:
    return (talib.LINEARREG(b.close, length),)


@shelf.add("tsf", "Time series forecast", "The least-squares line one bar on; TA-Lib TSF",
           params=(length(14),), pane="price", scale="price")  # fmt: skip
def regression_forecast(b: OHLCV, length: int) -> Arrays:
    return (talib.TSF(b.close, length),)


@shelf.add("linreg_channel", "Regression channel",
           "LINEARREG and k standard errors of the closes about the line; Raff (1991)", *bands(),
           params=(length(100, 3), factor("deviations", "Deviations", 2.0, 0.1, 10.0)),
           pane="price", scale="other", fills=BAND)  # fmt: skip
def regression_channel(b: OHLCV, length: int, deviations: float) -> Arrays:
    middle = talib.LINEARREG(b.close, length)
    slope = talib.LINEARREG_SLOPE(b.close, length)
    # Residual variance = variance of y minus slope squared times the variance of 0..n-1.
    spread = talib.VAR(b.close, length, 1.0) - slope**2 * ((length**2 - 1) / 12.0)
    width = np.sqrt(np.maximum(spread, 0.0)) * deviations
    return middle, middle + width, middle - width


@shelf.add("alligator", "Alligator",
           "Wilder averages of the median price, 13, 8 and 5 bars, drawn 8, 5 and 3 bars later; Williams (1995)",
           "lips", "teeth", "jaw", inputs="hl", pane="price", scale="price",
           params=(length(5, 2, "fast", "Lips"), length(8, 2, "teeth", "Teeth"),
                   length(13, 2, "slow", "Jaw")))  # fmt: skip
def williams_alligator(b: OHLCV, fast: int, teeth: int, slow: int) -> Arrays:
    return lag(rma(b.median, fast), 3), lag(rma(b.median, teeth), 5), lag(rma(b.median, slow), 8)


@shelf.add("hilo", "Gann HiLo activator", "SMA of lows or highs of the bar before, by the last break; Krausz (1998)",
           "hilo", Column("direction", "direction", "none"), params=(length(13),), inputs="hlc", pane="price",
           scale="other")  # fmt: skip
def gann_hilo(b: OHLCV, length: int) -> Arrays:
    return price_kernels.hilo(b.close, sma(b.high, length), sma(b.low, length))


@shelf.add("sine_wma", "Sine-weighted moving average", "Weights sin(pi j / (n + 1)), j = 1..n",
           params=(length(14),), pane="price", scale="price", aliases=("sinwma",))  # fmt: skip
def sine_weighted(b: OHLCV, length: int) -> Arrays:
    return (kernels.weighted(b.close, _sine_weights(length)),)


@lru_cache(maxsize=64)
def _sine_weights(length: int) -> Floats:
    weights = np.sin(math.pi * np.arange(1, length + 1) / (length + 1))
    return np.ascontiguousarray(weights / weights.sum())
