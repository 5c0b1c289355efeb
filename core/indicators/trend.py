"""Trend: direction, strength and trailing stops."""

from __future__ import annotations

import numpy as np
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import kernels, price_kernels
from core.indicators.arrays import OHLCV
from core.indicators.lines import ema, filled, highest, lag, lowest, ratio, sma, total
from core.indicators.model import Column, Shelf, factor, fast_slow, length
from core.indicators.numbers import Arrays

shelf = Shelf("trend")
HIDDEN = Column("direction", "direction", "none")


@shelf.add("adx", "Average directional index", "Wilder (1978); TA-Lib ADX, PLUS_DI, MINUS_DI",
           Column("adx", "ADX"), Column("plus_di", "+DI"), Column("minus_di", "-DI"),
           params=(length(14),), inputs="hlc", levels=(25,), aliases=("dmi",))  # fmt: skip
def average_directional(b: OHLCV, length: int) -> Arrays:
    return (
        talib.ADX(b.high, b.low, b.close, length),
        talib.PLUS_DI(b.high, b.low, b.close, length),
        talib.MINUS_DI(b.high, b.low, b.close, length),
    )


@shelf.add("adxr", "ADX rating", "(ADX + ADX n - 1 bars ago) / 2; Wilder (1978); TA-Lib ADXR",
           params=(length(14),), inputs="hlc", levels=(25,))  # fmt: skip
def directional_rating(b: OHLCV, length: int) -> Arrays:
    return (talib.ADXR(b.high, b.low, b.close, length),)


@shelf.add("dx", "Directional movement index", "100 |+DI - -DI| / (+DI + -DI); Wilder (1978); TA-Lib DX",
           params=(length(14),), inputs="hlc", levels=(25,))  # fmt: skip
def directional_index(b: OHLCV, length: int) -> Arrays:
    return (talib.DX(b.high, b.low, b.close, length),)


@shelf.add("dm", "Directional movement", "Wilder's sums of up and down movement; TA-Lib PLUS_DM, MINUS_DM",
           Column("plus_dm", "+DM"), Column("minus_dm", "-DM"), params=(length(14),), inputs="hl",
           scale="price")  # fmt: skip
def directional_movement(b: OHLCV, length: int) -> Arrays:
    return talib.PLUS_DM(b.high, b.low, length), talib.MINUS_DM(b.high, b.low, length)


@shelf.add("aroon", "Aroon", "Bars since the n-bar high and low, as a percentage; Chande (1995); TA-Lib AROON",
           Column("up", "up"), Column("down", "down"), params=(length(25),), inputs="hl",
           levels=(30, 70))  # fmt: skip
def aroon_lines(b: OHLCV, length: int) -> Arrays:
    down, up = talib.AROON(b.high, b.low, length)
    return up, down


@shelf.add("aroonosc", "Aroon oscillator", "Aroon up less Aroon down; Chande (1995); TA-Lib AROONOSC",
           params=(length(25),), inputs="hl", levels=(0,))  # fmt: skip
def aroon_oscillator(b: OHLCV, length: int) -> Arrays:
    return (talib.AROONOSC(b.high, b.low, length),)


@shelf.add("vortex", "Vortex indicator", "Sums of |h - l before| and |l - h before| over true range; "
           "Botes and Siepman (2010)", Column("plus_vi", "+VI"), Column("minus_vi", "-VI"),
           params=(length(14),), inputs="hlc", levels=(1,))  # fmt: skip
def vortex_lines(b: OHLCV, length: int) -> Arrays:
    span = total(b.true_range, length)
    up = np.abs(b.high - lag(b.low, 1))
    down = np.abs(b.low - lag(b.high, 1))
    return ratio(total(up, length), span, 0.0), ratio(total(down, length), span, 0.0)


@shelf.add("supertrend", "Supertrend", "Median price and k ATR, trailing; Seban; TA-Lib SUPERTREND",
           "supertrend", HIDDEN, params=(length(10), factor("multiplier", "Multiplier", 3.0, 0.1, 20.0)),
           inputs="hlc", pane="price", scale="other")  # fmt: skip
def super_trend(b: OHLCV, length: int, multiplier: float) -> Arrays:
    line, side = talib.SUPERTREND(b.high, b.low, b.close, length, multiplier)
    return line, np.where(np.isnan(line), np.nan, side)


@shelf.add("psar", "Parabolic SAR", "Wilder (1978); TA-Lib SAR", Column("psar", "parabolic SAR", "dots"),
           params=(factor("acceleration", "Acceleration", 0.02, 0.001, 1.0),
                   factor("maximum", "Maximum", 0.2, 0.01, 1.0)),
           inputs="hl", pane="price", scale="price", aliases=("sar",))  # fmt: skip
def parabolic(b: OHLCV, acceleration: float, maximum: float) -> Arrays:
    return (talib.SAR(b.high, b.low, acceleration, maximum),)


@shelf.add("ichimoku", "Ichimoku cloud",
           "Middles of 9, 26 and 52 bars; spans stand 26 bars after the bars they come from, the chikou is drawn "
           "26 bars before; Hosoda (1969)",
           Column("tenkan", "tenkan-sen"), Column("kijun", "kijun-sen"), Column("senkou_a", "senkou span A"),
           Column("senkou_b", "senkou span B"), Column("chikou", "chikou span", "line", "displacement"),
           params=(*fast_slow(9, 26), length(52, 2, "senkou", "Senkou B length"),
                   length(26, 0, "displacement", "Displacement")),
           inputs="hlc", pane="price", scale="price", fills=(("senkou_a", "senkou_b"),))  # fmt: skip
def ichimoku_cloud(b: OHLCV, fast: int, slow: int, senkou: int, displacement: int) -> Arrays:
    def middle(n: int) -> np.ndarray:
        return (highest(b.high, n) + lowest(b.low, n)) * 0.5

    tenkan, kijun = middle(fast), middle(slow)
    return (
        tenkan,
        kijun,
        lag((tenkan + kijun) * 0.5, displacement),
        lag(middle(senkou), displacement),
        b.close.copy(),
    )


@shelf.add("chandelier", "Chandelier exit", "n-bar high less k ATR, n-bar low plus k ATR; LeBeau (1999)",
           Column("long", "long exit"), Column("short", "short exit"),
           params=(length(22), factor("multiplier", "Multiplier", 3.0, 0.1, 20.0)),
           inputs="hlc", pane="price", scale="price")  # fmt: skip
def chandelier_exit(b: OHLCV, length: int, multiplier: float) -> Arrays:
    width = talib.ATR(b.high, b.low, b.close, length) * multiplier
    return highest(b.high, length) - width, lowest(b.low, length) + width


@shelf.add("cksp", "Chande Kroll stop", "n-bar extremes of (n-bar high - k ATR) and (low + k ATR); "
           "Chande and Kroll (1994)", Column("long", "long stop"), Column("short", "short stop"),
           params=(length(10), factor("multiplier", "Multiplier", 1.0, 0.1, 20.0),
                   length(9, 2, "smooth", "Stop length")), inputs="hlc", pane="price", scale="price")  # fmt: skip
def chande_kroll(b: OHLCV, length: int, multiplier: float, smooth: int) -> Arrays:
    width = talib.ATR(b.high, b.low, b.close, length) * multiplier
    return (
        lowest(lowest(b.low, length) + width, smooth),
        highest(highest(b.high, length) - width, smooth),
    )


@shelf.add("vstop", "Volatility stop", "k ATR from the best close since the reversal; Wilder (1978)",
           Column("vstop", "volatility stop", "dots"), HIDDEN,
           params=(length(7), factor("multiplier", "Multiplier", 3.0, 0.1, 20.0)),
           inputs="hlc", pane="price", scale="other")  # fmt: skip
def wilder_stop(b: OHLCV, length: int, multiplier: float) -> Arrays:
    return price_kernels.volatility_stop(b.close, talib.ATR(b.high, b.low, b.close, length) * multiplier)


@shelf.add("dpo", "Detrended price oscillator", "close n / 2 + 1 bars ago less SMA(n); TA-Lib SMA",
           params=(length(20),), scale="price", levels=(0,))  # fmt: skip
def detrended(b: OHLCV, length: int) -> Arrays:
    return (lag(b.close, length // 2 + 1) - sma(b.close, length),)


@shelf.add("stc", "Schaff trend cycle", "Two smoothed stochastics of MACD(23, 50); Schaff (1999)",
           params=(length(10), *fast_slow(23, 50), factor("smoothing", "Smoothing", 0.5, 0.01, 1.0)),
           levels=(25, 75))  # fmt: skip
def schaff(b: OHLCV, length: int, fast: int, slow: int, smoothing: float) -> Arrays:
    x = ema(b.close, fast) - ema(b.close, slow)
    for _ in range(2):
        low = lowest(x, length)
        span = highest(x, length) - low
        # Rounding of the two averages leaves ulps on a flat price: no range, no position in it.
        span[span < 1e-12 * np.abs(b.close)] = 0.0
        x = kernels.smooth(ratio(100.0 * (x - low), span), smoothing)
    return (x,)


@shelf.add("vhf", "Vertical horizontal filter", "n-bar range of closes / sum of |changes|; White (1991)",
           params=(length(28),), levels=(0.35,))  # fmt: skip
def vertical_horizontal(b: OHLCV, length: int) -> Arrays:
    span = highest(b.close, length) - lowest(b.close, length)
    return (ratio(span, total(np.abs(b.change), length), 0.0),)


@shelf.add("er", "Efficiency ratio", "|close - close n bars ago| / sum of |changes|; Kaufman (1995)",
           params=(length(10),))  # fmt: skip
def efficiency(b: OHLCV, length: int) -> Arrays:
    move = np.abs(b.close - lag(b.close, length))
    return (ratio(move, total(np.abs(b.change), length), 0.0),)


@shelf.add("chop", "Choppiness index", "100 log10(sum of true range / n-bar range) / log10 n; Dreiss (1993)",
           params=(length(14),), inputs="hlc", levels=(38.2, 61.8), aliases=("choppiness",))  # fmt: skip
def choppiness(b: OHLCV, length: int) -> Arrays:
    # The true high and low take in the close before, so the ratio is never below 1.
    before = lag(b.close, 1)
    span = highest(np.maximum(b.high, before), length) - lowest(np.minimum(b.low, before), length)
    share = ratio(total(b.true_range, length), span)
    return (100.0 * np.log10(share) / np.log10(length),)


@shelf.add("td_setup", "DeMark setup count", "Closes in a row above or below the close 4 bars ago; DeMark (1994)",
           Column("td_setup", "setup count", "histogram"), params=(length(4, 1),), levels=(-9, 9))  # fmt: skip
def demark_setup(b: OHLCV, length: int) -> Arrays:
    return (price_kernels.td_setup(b.close, length),)


@shelf.add("wad", "Williams accumulation/distribution",
           "Cumulated distance of the close from the true low or high; Williams (1972); TA-Lib WAD",
           inputs="hlc", scale="price")  # fmt: skip
def williams_accumulation(b: OHLCV) -> Arrays:
    return (talib.WAD(b.high, b.low, b.close),)


@shelf.add("linreg_slope", "Regression slope", "Slope per bar of the least-squares line; TA-Lib LINEARREG_SLOPE",
           params=(length(14),), scale="price", levels=(0,), aliases=("slope",))  # fmt: skip
def regression_slope(b: OHLCV, length: int) -> Arrays:
    return (talib.LINEARREG_SLOPE(b.close, length),)


@shelf.add("linreg_angle", "Regression angle", "Slope in degrees; TA-Lib LINEARREG_ANGLE",
           params=(length(14),), scale="other", levels=(0,))  # fmt: skip
def regression_angle(b: OHLCV, length: int) -> Arrays:
    return (talib.LINEARREG_ANGLE(b.close, length),)


@shelf.add("r2", "R squared of the trend", "Squared correlation of close and time over n bars; TA-Lib CORREL",
           params=(length(14, 3),), aliases=("rsquared",))  # fmt: skip
def trend_fit(b: OHLCV, length: int) -> Arrays:
    return (filled(talib.CORREL(b.close, np.arange(len(b), dtype=np.float64), length) ** 2, length - 1),)
