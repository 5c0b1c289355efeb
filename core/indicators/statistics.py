"""Statistics of one series: regression error, ranks, shape, correlation with itself and with volume."""

from __future__ import annotations

import numpy as np
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import kernels
from core.indicators.arrays import OHLCV
from core.indicators.lines import deviation, ema, filled, lag, ratio, sma
from core.indicators.model import Column, Shelf, length
from core.indicators.numbers import Arrays

shelf = Shelf("statistics")


@shelf.add("zscore", "Z-score", "(c - SMA) / population standard deviation; TA-Lib SMA, STDDEV",
           params=(length(20),), levels=(-2, 2))  # fmt: skip
def standard_score(b: OHLCV, length: int) -> Arrays:
    spread = deviation(b.close, length)
    return (ratio(b.close - sma(b.close, length), spread, 0.0),)


@shelf.add("var", "Variance", "Population, of n closes; TA-Lib VAR", params=(length(20),), scale="other",
           aliases=("variance",))  # fmt: skip
def variance(b: OHLCV, length: int) -> Arrays:
    return (np.maximum(talib.VAR(b.close, length, 1.0), 0.0),)


@shelf.add("avgdev", "Mean absolute deviation", "Mean of |c - SMA| over n bars", params=(length(14),),
           scale="price", aliases=("mad",))  # fmt: skip
def absolute_deviation(b: OHLCV, length: int) -> Arrays:
    return (kernels.mean_deviation(b.close, length)[1],)


@shelf.add("stderr", "Standard error", "Of the closes about the least-squares line, n - 2 degrees of freedom",
           params=(length(21, 3),), scale="other")  # fmt: skip
def standard_error(b: OHLCV, length: int) -> Arrays:
    slope = talib.LINEARREG_SLOPE(b.close, length)
    left = talib.VAR(b.close, length, 1.0) - slope**2 * ((length**2 - 1) / 12.0)
    return (np.sqrt(np.maximum(left, 0.0) * (length / (length - 2.0))),)


@shelf.add("percentrank", "Percent rank", "Percent of the n closes before that are lower", params=(length(100),),
           levels=(10, 90))  # fmt: skip
def rank(b: OHLCV, length: int) -> Arrays:
    return (kernels.percent_rank(b.close, length),)


@shelf.add("skew", "Skewness and kurtosis", "g1 and g2 of n log returns",
           Column("skew", "skewness"), Column("kurtosis", "excess kurtosis"), params=(length(60, 4),),
           levels=(0,), aliases=("kurtosis",))  # fmt: skip
def shape(b: OHLCV, length: int) -> Arrays:
    return kernels.moments(b.log_return, length)


@shelf.add("autocorr", "Autocorrelation of returns", "Correlation of n log returns with those `lag` bars before; "
           "TA-Lib CORREL", params=(length(60, 3), length(1, 1, "lag", "Lag")), levels=(0,))  # fmt: skip
def autocorrelation(b: OHLCV, length: int, lag: int) -> Arrays:
    before = np.full(len(b), np.nan)
    before[lag:] = b.log_return[:-lag]
    return (filled(talib.CORREL(b.log_return, before, length), length + lag),)


@shelf.add("pvcorr", "Price-volume correlation", "Correlation of n closes and volumes; TA-Lib CORREL",
           params=(length(20, 3),), inputs="cv", levels=(0,), aliases=("correl",))  # fmt: skip
def volume_correlation(b: OHLCV, length: int) -> Arrays:
    return (filled(talib.CORREL(b.close, b.volume, length), length - 1),)


@shelf.add("sharpe", "Rolling Sharpe ratio", "Mean / deviation of n log returns, times the root of 252; Sharpe (1966)",
           params=(length(60, 3),), levels=(0,))  # fmt: skip
def rolling_sharpe(b: OHLCV, length: int) -> Arrays:
    spread = deviation(b.log_return, length) * np.sqrt(length / (length - 1.0))
    return (ratio(sma(b.log_return, length) * np.sqrt(252.0), spread, 0.0),)


@shelf.add("ewm_vol", "EWMA volatility", "Root of EMA of squared log returns, lambda = 0.94, annualised, in percent; "
           "RiskMetrics (1996)", params=(length(32),))  # fmt: skip
def riskmetrics(b: OHLCV, length: int) -> Arrays:
    step = b.log_return
    return (np.sqrt(ema(step * step, length) * 252.0) * 100.0,)


@shelf.add("gap", "Opening gap", "100 (open / close before - 1)", Column("gap", "gap", "histogram"), inputs="oc",
           levels=(0,))  # fmt: skip
def opening_gap(b: OHLCV) -> Arrays:
    before = lag(b.close, 1)
    return (ratio(100.0 * (b.open - before), before),)
