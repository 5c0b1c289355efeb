"""Volatility: ranges, deviations and range-based estimators of variance."""

from __future__ import annotations

import math

import numpy as np
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import kernels
from core.indicators.arrays import OHLCV
from core.indicators.lines import deviation, ema, highest, lag, lowest, ratio, sma, total
from core.indicators.model import Column, Shelf, factor, length
from core.indicators.numbers import Arrays, Floats

shelf = Shelf("volatility")
YEAR = factor("year", "Bars a year", 252.0, 1.0, 1_000_000.0)


@shelf.add("atr", "Average true range", "Wilder average of the true range; Wilder (1978); TA-Lib ATR",
           params=(length(14, 1),), inputs="hlc", scale="price")  # fmt: skip
def average_true_range(b: OHLCV, length: int) -> Arrays:
    return (talib.ATR(b.high, b.low, b.close, length),)


@shelf.add("natr", "Normalised ATR", "100 ATR / close; Forman (2006); TA-Lib NATR", params=(length(14, 1),),
           inputs="hlc")  # fmt: skip
def normalised_true_range(b: OHLCV, length: int) -> Arrays:
    return (talib.NATR(b.high, b.low, b.close, length),)


@shelf.add("trange", "True range", "max(h - l, |h - c before|, |l - c before|); Wilder (1978)", inputs="hlc",
           scale="price", aliases=("tr",))  # fmt: skip
def true_range(b: OHLCV) -> Arrays:
    return (b.true_range.copy(),)


@shelf.add("stddev", "Standard deviation", "Population, of n closes; TA-Lib STDDEV", params=(length(20),),
           scale="other", aliases=("std",))  # fmt: skip
def standard_deviation(b: OHLCV, length: int) -> Arrays:
    return (deviation(b.close, length),)


@shelf.add("hv", "Historical volatility", "Sample deviation of log returns, annualised, in percent",
           params=(length(20), YEAR), aliases=("historical_volatility",))  # fmt: skip
def historical_volatility(b: OHLCV, length: int, year: float) -> Arrays:
    sample = math.sqrt(length / (length - 1.0))
    return (deviation(b.log_return, length) * (sample * math.sqrt(year) * 100.0),)


def annual(variance: Floats, year: float) -> Floats:
    """Annual volatility in percent of a variance a bar; NaN where an estimate comes out negative."""
    out = np.full(len(variance), np.nan)
    np.sqrt(variance, out=out, where=variance >= 0.0)
    return out * (math.sqrt(year) * 100.0)


def log_ratio(top: Floats, bottom: Floats) -> Floats:
    """Difference of two logarithms; 0 where a price is not positive, so that one bad bar spoils no window."""
    return kernels.difference(top, bottom)


@shelf.add("parkinson", "Parkinson volatility", "Mean of ln(h / l)^2 / (4 ln 2), annualised; Parkinson (1980)",
           params=(length(20), YEAR), inputs="hl")  # fmt: skip
def parkinson_volatility(b: OHLCV, length: int, year: float) -> Arrays:
    return (annual(_mean(log_ratio(b.logs[1], b.logs[2]) ** 2, length) / (4.0 * math.log(2.0)), year),)


@shelf.add("garman_klass", "Garman-Klass volatility",
           "Mean of 0.5 ln(h / l)^2 - (2 ln 2 - 1) ln(c / o)^2, annualised; Garman and Klass (1980)",
           params=(length(20), YEAR), inputs="ohlc")  # fmt: skip
def garman_klass_volatility(b: OHLCV, length: int, year: float) -> Arrays:
    o, h, low, c = b.logs
    body = log_ratio(c, o) ** 2
    daily = 0.5 * log_ratio(h, low) ** 2 - (2.0 * math.log(2.0) - 1.0) * body
    return (annual(_mean(daily, length), year),)


@shelf.add("rogers_satchell", "Rogers-Satchell volatility",
           "Mean of ln(h/c) ln(h/o) + ln(l/c) ln(l/o), annualised; Rogers and Satchell (1991)",
           params=(length(20), YEAR), inputs="ohlc")  # fmt: skip
def rogers_satchell_volatility(b: OHLCV, length: int, year: float) -> Arrays:
    return (annual(_mean(_rogers_satchell(b), length), year),)


def _rogers_satchell(b: OHLCV) -> Floats:
    o, h, low, c = b.logs
    up, down, body = log_ratio(h, o), log_ratio(low, o), log_ratio(c, o)
    return up * (up - body) + down * (down - body)


def _mean(x: Floats, length: int) -> Floats:
    return total(x, length) / length


@shelf.add("yang_zhang", "Yang-Zhang volatility",
           "Overnight variance + k open-to-close variance + (1 - k) Rogers-Satchell; Yang and Zhang (2000)",
           params=(length(20), YEAR), inputs="ohlc")  # fmt: skip
def yang_zhang_volatility(b: OHLCV, length: int, year: float) -> Arrays:
    o, _, _, c = b.logs
    night = log_ratio(o, lag(c, 1))
    night[:1] = np.nan
    day = log_ratio(c, o)
    k = 0.34 / (1.34 + (length + 1.0) / (length - 1.0))
    sample = length / (length - 1.0)
    variance = (
        talib.VAR(night, length, 1.0) * sample
        + k * talib.VAR(day, length, 1.0) * sample
        + (1.0 - k) * _mean(_rogers_satchell(b), length)
    )
    return (annual(variance, year),)


@shelf.add("ulcer", "Ulcer index", "Root mean square of percent below the n-bar high; Martin (1987)",
           params=(length(14),))  # fmt: skip
def ulcer_index(b: OHLCV, length: int) -> Arrays:
    top = highest(b.close, length)
    fall = ratio(100.0 * (b.close - top), top, 0.0)
    return (np.sqrt(_mean(fall * fall, length)),)


@shelf.add("mass", "Mass index", "Sum over n bars of EMA(9) / EMA(EMA(9)) of the range; Dorsey (1992)",
           params=(length(25), length(9, 2, "ema_length", "EMA length")), inputs="hl", levels=(26.5, 27),
           aliases=("massi", "mass_index"))  # fmt: skip
def mass_index(b: OHLCV, length: int, ema_length: int) -> Arrays:
    average = ema(b.high - b.low, ema_length)
    return (total(ratio(average, ema(average, ema_length), 1.0), length),)


@shelf.add("cvi", "Chaikin volatility", "Percent change over m bars of EMA(n) of the range; Chaikin",
           params=(length(10, 1), length(10, 1, "roc_length", "Change length")), inputs="hl",
           levels=(0,), aliases=("chaikin_volatility",))  # fmt: skip
def chaikin_volatility(b: OHLCV, length: int, roc_length: int) -> Arrays:
    average = ema(b.high - b.low, length)
    before = lag(average, roc_length)
    return (ratio(100.0 * (average - before), before),)


@shelf.add("rvi", "Relative volatility index", "RSI of the standard deviation, by direction; Dorsey (1993); TA-Lib RVI",
           params=(length(14), length(10, 2, "deviation_length", "Deviation length")), levels=(40, 60))  # fmt: skip
def relative_volatility(b: OHLCV, length: int, deviation_length: int) -> Arrays:
    return (talib.RVI(b.close, length, deviation_length),)


@shelf.add("adr", "Average daily range", "SMA of high - low; TA-Lib SMA", params=(length(14, 1),), inputs="hl",
           scale="price")  # fmt: skip
def average_range(b: OHLCV, length: int) -> Arrays:
    return (sma(b.high - b.low, length),)


@shelf.add("drawdown", "Drawdown", "Percent below the highest close so far", Column("drawdown", "drawdown", "line"),
           levels=(0,))  # fmt: skip
def from_the_peak(b: OHLCV) -> Arrays:
    return (kernels.drawdown(b.close),)


@shelf.add("semideviation", "Downside deviation", "Root mean square of negative log returns, annualised, in percent; "
           "Sortino (1991)", params=(length(20), YEAR))  # fmt: skip
def downside(b: OHLCV, length: int, year: float) -> Arrays:
    fall = np.minimum(b.log_return, 0.0)
    return (annual(_mean(fall * fall, length), year),)


@shelf.add("vol_ratio", "Volatility ratio", "True range / the true range of n bars together; Schwager (1996)",
           params=(length(14),), inputs="hlc", levels=(0.5,))  # fmt: skip
def schwager_ratio(b: OHLCV, length: int) -> Arrays:
    before = lag(b.close, 1)
    span = highest(np.maximum(b.high, before), length) - lowest(np.minimum(b.low, before), length)
    return (ratio(b.true_range, span, 0.0),)
