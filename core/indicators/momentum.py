"""Momentum: oscillators of price change and of the place in the range."""

from __future__ import annotations

import numpy as np
from talib import MA_Type
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import kernels, price_kernels
from core.indicators.arrays import OHLCV
from core.indicators.lines import (
    blank,
    ema,
    highest,
    idle,
    lag,
    lowest,
    motionless,
    ratio,
    rma,
    sma,
    total,
    until_first_change,
    wma,
)
from core.indicators.model import Column, Shelf, factor, fast_slow, length
from core.indicators.numbers import Arrays, Floats

shelf = Shelf("momentum")
SIGNAL = Column("signal", "signal")
HISTOGRAM = Column("histogram", "histogram", "histogram")


SYMMETRIC = np.array([1.0, 2.0, 2.0, 1.0]) / 6.0
SMOOTH = length(3, 1, "smooth", "Smoothing")
SIGNAL_3 = length(3, 1, "signal", "Signal length")
SIGNAL_9 = length(9, 1, "signal", "Signal length")


@shelf.add("rsi", "Relative strength index", "100 - 100 / (1 + RS), Wilder averages; Wilder (1978); TA-Lib RSI",
           params=(length(14),), levels=(30, 70))  # fmt: skip
def relative_strength(b: OHLCV, length: int) -> Arrays:
    return (until_first_change(b.close, talib.RSI(b.close, length)),)


@shelf.add("macd", "MACD", "EMA(fast) - EMA(slow), EMA of it as signal; Appel (1979); TA-Lib EMA",
           Column("macd", "MACD"), SIGNAL, HISTOGRAM, params=(*fast_slow(12, 26), SIGNAL_9),
           scale="price", levels=(0,))  # fmt: skip
def convergence(b: OHLCV, fast: int, slow: int, signal: int) -> Arrays:
    line = ema(b.close, fast) - ema(b.close, slow)
    average = ema(line, signal)
    return line, average, line - average


@shelf.add("ppo", "Percentage price oscillator", "MACD in percent of EMA(slow); TA-Lib EMA",
           Column("ppo", "PPO"), SIGNAL, HISTOGRAM, params=(*fast_slow(12, 26), SIGNAL_9),
           levels=(0,))  # fmt: skip
def percentage_oscillator(b: OHLCV, fast: int, slow: int, signal: int) -> Arrays:
    far = ema(b.close, slow)
    line = ratio(100.0 * (ema(b.close, fast) - far), far)
    average = ema(line, signal)
    return line, average, line - average


@shelf.add("apo", "Absolute price oscillator", "SMA(fast) - SMA(slow); TA-Lib APO", params=fast_slow(12, 26),
           scale="price", levels=(0,))  # fmt: skip
def absolute_oscillator(b: OHLCV, fast: int, slow: int) -> Arrays:
    return (sma(b.close, fast) - sma(b.close, slow),)


@shelf.add("stoch", "Stochastic", "%K = 100 (c - low n) / range n, smoothed; %D its SMA; Lane (1950s); TA-Lib STOCH",
           Column("k", "%K"), Column("d", "%D"), params=(length(14, 1), SMOOTH, SIGNAL_3), inputs="hlc",
           levels=(20, 80), aliases=("stochastic",))  # fmt: skip
def stochastic(b: OHLCV, length: int, smooth: int, signal: int) -> Arrays:
    k, d = talib.STOCH(b.high, b.low, b.close, length, smooth, MA_Type.SMA, signal, MA_Type.SMA)
    still = motionless(b.high, b.low, length)
    return blank(k, still), blank(d, still)


@shelf.add("stochf", "Fast stochastic", "%K = 100 (c - low n) / range n; %D its SMA; Lane; TA-Lib STOCHF",
           Column("k", "%K"), Column("d", "%D"), params=(length(14, 1), SIGNAL_3), inputs="hlc",
           levels=(20, 80))  # fmt: skip
def fast_stochastic(b: OHLCV, length: int, signal: int) -> Arrays:
    k, d = talib.STOCHF(b.high, b.low, b.close, length, signal, MA_Type.SMA)
    still = motionless(b.high, b.low, length)
    return blank(k, still), blank(d, still)


@shelf.add("stochrsi", "Stochastic RSI", "Fast stochastic of RSI; Chande and Kroll (1994); TA-Lib RSI, STOCHF",
           Column("k", "%K"), Column("d", "%D"),
           params=(length(14), length(14, 1, "stoch_length", "Stochastic length"), SIGNAL_3),
           levels=(20, 80), aliases=("stoch_rsi",))  # fmt: skip
def stochastic_rsi(b: OHLCV, length: int, stoch_length: int, signal: int) -> Arrays:
    r = until_first_change(b.close, talib.RSI(b.close, length))
    k, d = talib.STOCHF(r, r, r, stoch_length, signal, MA_Type.SMA)
    # While the price stands still so does RSI, but for rounding: no range, no place in it.
    still = highest(r, stoch_length) - lowest(r, stoch_length) < 1e-9
    return blank(k, still), blank(d, still)


@shelf.add("kdj", "KDJ", "Stochastic with Wilder averages, J = 3 K - 2 D; TA-Lib KDJ",
           Column("k", "%K"), Column("d", "%D"), Column("j", "%J"),
           params=(length(9, 1), SMOOTH, SIGNAL_3), inputs="hlc", levels=(20, 80))  # fmt: skip
def kdj_lines(b: OHLCV, length: int, smooth: int, signal: int) -> Arrays:
    k, d, j = talib.KDJ(b.high, b.low, b.close, length, smooth, MA_Type.RMA, signal, MA_Type.RMA)
    still = motionless(b.high, b.low, length)
    return blank(k, still), blank(d, still), blank(j, still)


@shelf.add("willr", "Williams %R", "-100 (high n - c) / range n; Williams (1973); TA-Lib MAX and MIN",
           params=(length(14),), inputs="hlc", levels=(-80, -20), aliases=("williams_r", "williamsr"))  # fmt: skip
def williams_r(b: OHLCV, length: int) -> Arrays:
    top = highest(b.high, length)
    return (ratio(-100.0 * (top - b.close), top - lowest(b.low, length)),)


@shelf.add("cci", "Commodity channel index", "(typical - SMA) / (0.015 mean deviation); Lambert (1980)",
           params=(length(20),), inputs="hlc", levels=(-100, 100))  # fmt: skip
def commodity_channel(b: OHLCV, length: int) -> Arrays:
    mean, apart = kernels.mean_deviation(b.typical, length)
    # Three equal prices do not always add up to three times the price: ulps are not a deviation.
    apart[apart <= 1e-13 * np.abs(mean)] = 0.0
    return (ratio(b.typical - mean, 0.015 * apart, 0.0),)


@shelf.add("cmo", "Chande momentum oscillator", "100 (gains - losses) / (gains + losses), Wilder averages; "
           "Chande (1994); TA-Lib CMO", params=(length(14),), levels=(-50, 50))  # fmt: skip
def chande_momentum(b: OHLCV, length: int) -> Arrays:
    return (until_first_change(b.close, talib.CMO(b.close, length)),)


@shelf.add("roc", "Rate of change", "100 (c / c n bars ago - 1); TA-Lib ROC", params=(length(10, 1),),
           levels=(0,))  # fmt: skip
def rate_of_change(b: OHLCV, length: int) -> Arrays:
    return (roc(b.close, length),)


def roc(x: Floats, n: int) -> Floats:
    """100 (x / x n bars ago - 1); NaN where the earlier value is 0."""
    return kernels.change(x, n)


@shelf.add("mom", "Momentum", "c - c n bars ago; TA-Lib MOM", params=(length(10, 1),), scale="price",
           levels=(0,), aliases=("momentum",))  # fmt: skip
def plain_momentum(b: OHLCV, length: int) -> Arrays:
    return (talib.MOM(b.close, length),)


@shelf.add("tsi", "True strength index", "100 EMA(EMA(change)) / EMA(EMA(|change|)); Blau (1991); TA-Lib EMA",
           Column("tsi", "TSI"), SIGNAL, params=(*fast_slow(13, 25), length(13, 1, "signal", "Signal length")),
           levels=(-25, 0, 25))  # fmt: skip
def true_strength(b: OHLCV, fast: int, slow: int, signal: int) -> Arrays:
    top = ema(ema(b.change, slow), fast)
    line = ratio(100.0 * top, ema(ema(np.abs(b.change), slow), fast), 0.0)
    return line, ema(line, signal)


@shelf.add("uo", "Ultimate oscillator", "Buying pressure over true range, 3 lengths; Williams (1976); TA-Lib ULTOSC",
           params=(length(7, 1, "fast", "Fast length"), length(14, 1, "medium", "Medium length"),
                   length(28, 2, "slow", "Slow length")), inputs="hlc", levels=(30, 70),
           aliases=("ultosc",))  # fmt: skip
def ultimate(b: OHLCV, fast: int, medium: int, slow: int) -> Arrays:
    return (blank(talib.ULTOSC(b.high, b.low, b.close, fast, medium, slow), idle(b.true_range, slow)),)


@shelf.add("ao", "Awesome oscillator", "SMA(5) - SMA(34) of the median price; Williams (1995); TA-Lib SMA",
           Column("ao", "AO", "histogram"), params=fast_slow(5, 34), inputs="hl", scale="price", levels=(0,),
           aliases=("awesome",))  # fmt: skip
def awesome(b: OHLCV, fast: int, slow: int) -> Arrays:
    return (sma(b.median, fast) - sma(b.median, slow),)


@shelf.add("ac", "Accelerator oscillator", "AO less its SMA(5); Williams (1995); TA-Lib SMA",
           Column("ac", "AC", "histogram"), params=(*fast_slow(5, 34), length(5, 1, "signal", "Signal length")),
           inputs="hl", scale="price", levels=(0,))  # fmt: skip
def accelerator(b: OHLCV, fast: int, slow: int, signal: int) -> Arrays:
    line = sma(b.median, fast) - sma(b.median, slow)
    return (line - sma(line, signal),)


@shelf.add("kst", "Know sure thing", "Weighted sum of four smoothed rates of change; Pring (1992)",
           Column("kst", "KST"), SIGNAL, params=(SIGNAL_9,), levels=(0,))  # fmt: skip
def know_sure_thing(b: OHLCV, signal: int) -> Arrays:
    parts = [sma(roc(b.close, n), m) for n, m in ((10, 10), (15, 10), (20, 10), (30, 15))]
    line = parts[0] + 2.0 * parts[1] + 3.0 * parts[2] + 4.0 * parts[3]
    return line, sma(line, signal)


@shelf.add("trix", "TRIX", "Percent change of a triple EMA; Hutson (1983); TA-Lib TRIX",
           Column("trix", "TRIX"), SIGNAL, params=(length(15, 1), SIGNAL_9), levels=(0,))  # fmt: skip
def triple_rate(b: OHLCV, length: int, signal: int) -> Arrays:
    line = talib.TRIX(b.close, length)
    return line, ema(line, signal)


@shelf.add("coppock", "Coppock curve", "WMA(10) of ROC(14) + ROC(11); Coppock (1962); TA-Lib WMA",
           params=(*fast_slow(11, 14), length(10, 1, "smooth", "Smoothing")), levels=(0,))  # fmt: skip
def coppock_curve(b: OHLCV, fast: int, slow: int, smooth: int) -> Arrays:
    return (wma(roc(b.close, fast) + roc(b.close, slow), smooth),)


@shelf.add("fisher", "Fisher transform", "0.5 ln((1 + v) / (1 - v)) of the smoothed place in the range; Ehlers (2002)",
           Column("fisher", "Fisher"), SIGNAL, params=(length(9),), inputs="hl", levels=(-1.5, 1.5))  # fmt: skip
def fisher_transform(b: OHLCV, length: int) -> Arrays:
    low = lowest(b.median, length)
    line = kernels.fisher(ratio(b.median - low, highest(b.median, length) - low, 0.5))
    return line, lag(line, 1)


@shelf.add("rvgi", "Relative vigor index", "Symmetric averages of c - o over h - l; Ehlers (2002)",
           Column("rvgi", "RVGI"), SIGNAL, params=(length(10),), inputs="ohlc", levels=(0,),
           aliases=("vigor",))  # fmt: skip
def vigor(b: OHLCV, length: int) -> Arrays:
    def symmetric(x: Floats) -> Floats:
        return kernels.weighted(x, SYMMETRIC)

    span = total(symmetric(b.high - b.low), length)
    line = ratio(total(symmetric(b.close - b.open), length), span, 0.0)
    return line, symmetric(line)


@shelf.add("smi", "Stochastic momentum index", "Distance from the middle of the range, twice smoothed; Blau (1993)",
           Column("smi", "SMI"), SIGNAL,
           params=(length(13), *fast_slow(2, 25), SIGNAL_9), inputs="hlc", levels=(-40, 40))  # fmt: skip
def stochastic_momentum(b: OHLCV, length: int, fast: int, slow: int, signal: int) -> Arrays:
    top, bottom = highest(b.high, length), lowest(b.low, length)
    apart = ema(ema(b.close - 0.5 * (top + bottom), slow), fast)
    line = ratio(200.0 * apart, ema(ema(top - bottom, slow), fast), 0.0)
    return line, ema(line, signal)


@shelf.add("imi", "Intraday momentum index", "100 up bodies / all bodies over n bars; Chande (1994)",
           params=(length(14),), inputs="oc", levels=(30, 70))  # fmt: skip
def intraday_momentum(b: OHLCV, length: int) -> Arrays:
    body = b.close - b.open
    up, down = total(np.maximum(body, 0.0), length), total(np.maximum(-body, 0.0), length)
    return (ratio(100.0 * up, up + down, 50.0),)


@shelf.add("bop", "Balance of power", "(c - o) / (h - l), SMA; Livshin (2001)",
           params=(length(14, 1),), inputs="ohlc", levels=(0,))  # fmt: skip
def balance(b: OHLCV, length: int) -> Arrays:
    return (sma(ratio(b.close - b.open, b.high - b.low, 0.0), length),)


@shelf.add("qstick", "QStick", "SMA of c - o; Chande (1994); TA-Lib SMA", params=(length(10, 1),), inputs="oc",
           scale="price", levels=(0,))  # fmt: skip
def quick_stick(b: OHLCV, length: int) -> Arrays:
    return (sma(b.close - b.open, length),)


@shelf.add("eri", "Elder ray", "High and low less EMA(n); Elder (1989); TA-Lib EMA",
           Column("bull", "bull power", "histogram"), Column("bear", "bear power", "histogram"),
           params=(length(13, 1),), inputs="hlc", scale="price", levels=(0,), aliases=("elder_ray",))  # fmt: skip
def elder_ray(b: OHLCV, length: int) -> Arrays:
    average = ema(b.close, length)
    return b.high - average, b.low - average


@shelf.add("fosc", "Forecast oscillator", "100 (c - TSF of the bar before) / c; Chande (1994); TA-Lib TSF",
           params=(length(14),), levels=(0,), aliases=("cfo",))  # fmt: skip
def forecast(b: OHLCV, length: int) -> Arrays:
    return (ratio(100.0 * (b.close - lag(talib.TSF(b.close, length), 1)), b.close),)


@shelf.add("crsi", "Connors RSI", "Mean of RSI(3), RSI(2) of the streak, percent rank of the change; Connors (2012)",
           params=(length(3), length(2, 2, "streak", "Streak length"), length(100, 2, "rank", "Rank length")),
           levels=(10, 90), aliases=("connors_rsi",))  # fmt: skip
def connors(b: OHLCV, length: int, streak: int, rank: int) -> Arrays:
    run = price_kernels.streak(b.close)
    parts = talib.RSI(b.close, length) + talib.RSI(run, streak) + kernels.percent_rank(roc(b.close, 1), rank)
    return (until_first_change(b.close, parts / 3.0),)


@shelf.add("lrsi", "Laguerre RSI", "RSI over a four-element Laguerre filter; Ehlers (2004)",
           params=(factor("gamma", "Gamma", 0.5, 0.0, 0.99),), levels=(0.2, 0.8),
           aliases=("laguerre_rsi",))  # fmt: skip
def laguerre(b: OHLCV, gamma: float) -> Arrays:
    return (kernels.laguerre_rsi(b.close, gamma),)


@shelf.add("rmi", "Relative momentum index", "RSI of the change over m bars; Altman (1993)",
           params=(length(14), length(5, 1, "momentum", "Momentum length")), levels=(30, 70))  # fmt: skip
def relative_momentum(b: OHLCV, length: int, momentum: int) -> Arrays:
    move = talib.MOM(b.close, momentum)
    up = rma(np.maximum(move, 0.0), length)
    return (ratio(100.0 * up, up + rma(np.maximum(-move, 0.0), length), 50.0),)


@shelf.add("squeeze", "Squeeze momentum",
           "LINEARREG of c less the mean of the range middle and the SMA; `on` while the Bollinger bands lie inside "
           "the Keltner channel; Carter (2005)",
           Column("squeeze", "momentum", "histogram"), Column("on", "squeeze on", "none"),
           params=(length(20, 3), factor("deviations", "Deviations", 2.0, 0.1, 10.0),
                   factor("multiplier", "Multiplier", 1.5, 0.1, 10.0)),
           inputs="hlc", scale="other", levels=(0,))  # fmt: skip
def squeeze_momentum(b: OHLCV, length: int, deviations: float, multiplier: float) -> Arrays:
    upper, middle, _ = talib.BBANDS(b.close, length, deviations, deviations, MA_Type.SMA)
    width = sma(b.true_range, length) * multiplier
    centre = 0.5 * (0.5 * (highest(b.high, length) + lowest(b.low, length)) + middle)
    on = np.where(np.isnan(width), np.nan, (upper - middle < width).astype(np.float64))
    return talib.LINEARREG(b.close - centre, length), on


@shelf.add("pgo", "Pretty good oscillator", "(c - SMA) / EMA of true range; Johnson", params=(length(14),),
           inputs="hlc", levels=(-3, 3))  # fmt: skip
def pretty_good(b: OHLCV, length: int) -> Arrays:
    return (ratio(b.close - sma(b.close, length), ema(b.true_range, length), 0.0),)


@shelf.add("psl", "Psychological line", "Percent of the last n closes above the one before",
           params=(length(12),), levels=(25, 75))  # fmt: skip
def psychological(b: OHLCV, length: int) -> Arrays:
    up = (b.change > 0.0).astype(np.float64)
    up[:1] = np.nan
    return (blank(100.0 * sma(up, length), idle(np.abs(b.change), length)),)


@shelf.add("bias", "Bias", "100 (c / SMA - 1)", params=(length(26),), levels=(0,),
           aliases=("disparity",))  # fmt: skip
def distance_from_mean(b: OHLCV, length: int) -> Arrays:
    mean = sma(b.close, length)
    return (ratio(100.0 * (b.close - mean), mean),)


@shelf.add("cog", "Centre of gravity", "Weighted centre of the last n median prices; Ehlers (2002)",
           Column("cog", "centre of gravity"), SIGNAL, params=(length(10),), inputs="hl",
           family="cycle")  # fmt: skip
def centre_of_gravity(b: OHLCV, length: int) -> Arrays:
    line = kernels.gravity(b.median, length)
    return line, lag(line, 1)


@shelf.add("wavetrend", "Wave trend", "EMA of (typical - EMA) / (0.015 EMA|...|), SMA(4) as signal; LazyBear (2014)",
           Column("wavetrend", "wave trend"), SIGNAL,
           params=(length(10, 1), length(21, 1, "smooth", "Average length"), length(4, 1, "signal", "Signal length")),
           inputs="hlc", levels=(-60, 60))  # fmt: skip
def wave_trend(b: OHLCV, length: int, smooth: int, signal: int) -> Arrays:
    apart = b.typical - ema(b.typical, length)
    apart[np.abs(apart) < 1e-13 * np.abs(b.typical)] = 0.0
    line = ema(ratio(apart, 0.015 * ema(np.abs(apart), length), 0.0), smooth)
    return line, sma(line, signal)
