"""Volume: money flow, accumulation and participation."""

from __future__ import annotations

import numpy as np
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import price_kernels
from core.indicators.arrays import OHLCV
from core.indicators.lines import ema, lag, ratio, rma, sma, total
from core.indicators.model import Column, Shelf, fast_slow, length
from core.indicators.numbers import Arrays, Floats

shelf = Shelf("volume")
SIGNAL = Column("signal", "signal")


def close_location(b: OHLCV) -> Floats:
    """((c - l) - (h - c)) / (h - l), -1..1; 0 for a bar without range."""
    return ratio(2.0 * b.close - b.high - b.low, b.high - b.low, 0.0)


@shelf.add("obv", "On-balance volume", "Volume added on up closes, off on down ones; Granville (1963); TA-Lib OBV",
           inputs="cv")  # fmt: skip
def on_balance(b: OHLCV) -> Arrays:
    return (talib.OBV(b.close, b.volume),)


@shelf.add("ad", "Accumulation/distribution", "Cumulated close location * volume; Chaikin; TA-Lib AD",
           inputs="hlcv")  # fmt: skip
def accumulation(b: OHLCV) -> Arrays:
    return (talib.AD(b.high, b.low, b.close, b.volume),)


@shelf.add("adosc", "Chaikin oscillator", "EMA(3) - EMA(10) of accumulation/distribution; TA-Lib ADOSC",
           params=fast_slow(3, 10), inputs="hlcv", levels=(0,), aliases=("chaikin_oscillator",))  # fmt: skip
def chaikin_oscillator(b: OHLCV, fast: int, slow: int) -> Arrays:
    return (talib.ADOSC(b.high, b.low, b.close, b.volume, max(fast, 2), slow),)


@shelf.add("cmf", "Chaikin money flow", "Sum(close location * volume) / Sum(volume); Chaikin; TA-Lib SUM",
           params=(length(20),), inputs="hlcv", levels=(0,))  # fmt: skip
def chaikin_flow(b: OHLCV, length: int) -> Arrays:
    return (ratio(total(close_location(b) * b.volume, length), total(b.volume, length)),)


@shelf.add("mfi", "Money flow index", "RSI-like share of typical price * volume on up moves; Quong and Soudack (1989)",
           params=(length(14),), inputs="hlcv", levels=(20, 80))  # fmt: skip
def money_flow(b: OHLCV, length: int) -> Arrays:
    # Not by TA-Lib: it answers 0 when the flow of a window is below 1, which small units reach.
    flow = b.typical * b.volume
    move = b.typical - lag(b.typical, 1)
    up = np.where(move > 0.0, flow, 0.0)
    down = np.where(move < 0.0, flow, 0.0)
    up[:1] = down[:1] = np.nan
    gained = total(up, length)
    return (ratio(100.0 * gained, gained + total(down, length)),)


@shelf.add("vpt", "Volume price trend", "Cumulated volume * relative change of close",
           inputs="cv", aliases=("pvt",))  # fmt: skip
def price_trend(b: OHLCV) -> Arrays:
    step = np.zeros(len(b))
    step[1:] = ratio(b.volume[1:] * b.change[1:], b.close[:-1], 0.0)
    return (np.cumsum(step),)


@shelf.add("nvi", "Negative volume index", "Compounds the change of close when volume falls; from 1000; Fosback (1976)",
           Column("nvi", "NVI"), SIGNAL, params=(length(255, 2, "signal", "Signal length"),), inputs="cv")  # fmt: skip
def negative_volume(b: OHLCV, signal: int) -> Arrays:
    line = price_kernels.compounded(b.close, b.volume, False)
    return line, ema(line, signal)


@shelf.add("pvi", "Positive volume index", "Compounds the change of close when volume rises; from 1000; Fosback (1976)",
           Column("pvi", "PVI"), SIGNAL, params=(length(255, 2, "signal", "Signal length"),), inputs="cv")  # fmt: skip
def positive_volume(b: OHLCV, signal: int) -> Arrays:
    line = price_kernels.compounded(b.close, b.volume, True)
    return line, ema(line, signal)


@shelf.add("pvo", "Percentage volume oscillator", "100 (EMA(12) - EMA(26)) / EMA(26) of volume; TA-Lib EMA",
           Column("pvo", "PVO"), SIGNAL, Column("histogram", "histogram", "histogram"),
           params=(*fast_slow(12, 26), length(9, 1, "signal", "Signal length")), inputs="v", levels=(0,))  # fmt: skip
def volume_oscillator(b: OHLCV, fast: int, slow: int, signal: int) -> Arrays:
    far = ema(b.volume, slow)
    line = ratio(100.0 * (ema(b.volume, fast) - far), far, 0.0)
    average = ema(line, signal)
    return line, average, line - average


@shelf.add("eom", "Ease of movement", "Move of the median price / (volume / 10^8 / range), SMA; Arms (1983)",
           params=(length(14, 1),), inputs="hlv", scale="other", levels=(0,), aliases=("emv",))  # fmt: skip
def ease(b: OHLCV, length: int) -> Arrays:
    move = b.median - lag(b.median, 1)
    return (sma(ratio(1e8 * move * (b.high - b.low), b.volume, 0.0), length),)


@shelf.add("efi", "Force index", "EMA of change * volume; Elder (1993); TA-Lib EMA", params=(length(13, 1),),
           inputs="cv", scale="price", levels=(0,), aliases=("force", "force_index"))  # fmt: skip
def force(b: OHLCV, length: int) -> Arrays:
    return (ema(b.change * b.volume, length),)


@shelf.add("kvo", "Klinger oscillator", "EMA(34) - EMA(55) of the volume force; Klinger (1997)",
           Column("kvo", "KVO"), SIGNAL, params=(*fast_slow(34, 55), length(13, 1, "signal", "Signal length")),
           inputs="hlcv", levels=(0,), aliases=("klinger",))  # fmt: skip
def klinger(b: OHLCV, fast: int, slow: int, signal: int) -> Arrays:
    pressure = price_kernels.klinger_force(b.high, b.low, b.close, b.volume)
    line = ema(pressure, fast) - ema(pressure, slow)
    return line, ema(line, signal)


@shelf.add("rvol", "Relative volume", "Volume / SMA of the n bars before", params=(length(20, 1),), inputs="v",
           levels=(1,))  # fmt: skip
def relative_volume(b: OHLCV, length: int) -> Arrays:
    return (ratio(b.volume * length, lag(total(b.volume, length), 1)),)


@shelf.add("vosc", "Volume oscillator", "100 (SMA(5) - SMA(10)) / SMA(10) of volume; TA-Lib SMA",
           params=fast_slow(5, 10), inputs="v", levels=(0,))  # fmt: skip
def simple_volume_oscillator(b: OHLCV, fast: int, slow: int) -> Arrays:
    far = total(b.volume, slow) / slow
    return (ratio(100.0 * (total(b.volume, fast) / fast - far), far),)


@shelf.add("marketfi", "Market facilitation index", "10^6 (h - l) / volume; Williams (1995)",
           Column("marketfi", "BW MFI", "histogram"), inputs="hlv", scale="price", aliases=("bwmfi",))  # fmt: skip
def market_facilitation(b: OHLCV) -> Arrays:
    return (ratio(1e6 * (b.high - b.low), b.volume),)


@shelf.add("vroc", "Volume rate of change", "100 (volume / volume n bars ago - 1)", params=(length(14, 1),),
           inputs="v", levels=(0,))  # fmt: skip
def volume_change(b: OHLCV, length: int) -> Arrays:
    before = lag(b.volume, length)
    return (ratio(100.0 * (b.volume - before), before),)


@shelf.add("vzo", "Volume zone oscillator", "100 EMA(signed volume) / EMA(volume); Khalil (2009)",
           params=(length(14, 1),), inputs="cv", levels=(-40, 40))  # fmt: skip
def volume_zone(b: OHLCV, length: int) -> Arrays:
    signed = np.sign(b.change) * b.volume
    volume = b.volume.copy()
    volume[:1] = np.nan  # the first bar has no direction
    return (ratio(100.0 * ema(signed, length), ema(volume, length), 0.0),)


@shelf.add("tmf", "Twiggs money flow", "Wilder averages of volume * place in the true range; Twiggs (2002)",
           params=(length(21),), inputs="hlcv", levels=(0,), aliases=("twiggs",))  # fmt: skip
def twiggs(b: OHLCV, length: int) -> Arrays:
    before = lag(b.close, 1)
    top, bottom = np.maximum(b.high, before), np.minimum(b.low, before)
    place = ratio(2.0 * b.close - top - bottom, top - bottom, 0.0)
    volume = b.volume.copy()
    volume[:1] = np.nan
    return (ratio(rma(place * volume, length), rma(volume, length), 0.0),)


@shelf.add("vwmacd", "Volume-weighted MACD", "VWMA(12) - VWMA(26), EMA as signal; Dormeier (2011)",
           Column("vwmacd", "VW-MACD"), SIGNAL, Column("histogram", "histogram", "histogram"),
           params=(*fast_slow(12, 26), length(9, 1, "signal", "Signal length")), inputs="cv", scale="price",
           levels=(0,))  # fmt: skip
def weighted_convergence(b: OHLCV, fast: int, slow: int, signal: int) -> Arrays:
    turnover = b.close * b.volume

    def mean(n: int) -> Floats:
        # A window without volume has no weights: the plain mean stands in, so the averages after it live on.
        weight = total(b.volume, n)
        line = ratio(total(turnover, n), weight)
        empty = weight == 0.0
        return np.where(empty, sma(b.close, n), line) if empty.any() else line

    line = mean(fast) - mean(slow)
    average = ema(line, signal)
    return line, average, line - average


@shelf.add("iii", "Intraday intensity", "100 EMA(close location * volume) / EMA(volume); Bostian (1967)",
           params=(length(21, 1),), inputs="hlcv", levels=(0,))  # fmt: skip
def intensity(b: OHLCV, length: int) -> Arrays:
    return (ratio(100.0 * ema(close_location(b) * b.volume, length), ema(b.volume, length), 0.0),)
