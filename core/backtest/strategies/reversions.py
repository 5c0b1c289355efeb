"""Strategies that bet on a return: what fell too far comes back."""

from __future__ import annotations

import numpy as np

from core.backtest.signals import Signals
from core.backtest.stops import Stops
from core.backtest.strategies.events import fell_below, rose_above
from core.backtest.strategy import SHORT, Library
from core.backtest.tape import Tape
from core.indicators.candles import candle_patterns
from core.indicators.model import Param, factor, length
from core.indicators.numbers import Floats

library = Library("reversion")


def _turn(tape: Tape, line: Floats, low: float, high: float, short: str) -> Signals:
    """In when the line climbs back over `low`, out when it comes back under `high`; mirrored for short."""
    up = rose_above(line, tape.level(low))
    down = fell_below(line, tape.level(high))
    return Signals.of(up, down, down, up) if short == "yes" else Signals.of(up, down)


@library.add(
    "rsi_reversal", "RSI reversal",
    "Buy when the RSI climbs back out of the oversold zone, sell when it leaves the overbought one.",
    "Wilder (1978), New concepts in technical trading systems",
    length(14), factor("low", "Oversold", 30.0, 1.0, 60.0), factor("high", "Overbought", 70.0, 40.0, 99.0), SHORT,
)  # fmt: skip
def rsi_reversal(tape: Tape, length: int, low: float, high: float, short: str) -> Signals:
    return _turn(tape, tape.line("rsi", length=length), low, high, short)


@library.add(
    "rsi2", "Two-period RSI in a trend",
    "Above the long average, buy a two-day RSI near zero; leave above the short average.",
    "Connors and Alvarez (2009), Short term trading strategies that work",
    length(2), factor("low", "Oversold", 10.0, 1.0, 50.0), length(200, 10, "trend", "Trend length"),
    length(5, 2, "exit", "Exit length"),
)  # fmt: skip
def rsi2(tape: Tape, length: int, low: float, trend: int, exit: int) -> Signals:  # noqa: A002
    c = tape.close
    rising = c > tape.line("sma", length=trend)
    return Signals.of(rising & (tape.line("rsi", length=length) < low), c > tape.line("sma", length=exit))


@library.add(
    "bollinger_reversion", "Bollinger reversion", "A close below the lower band comes back to the middle.",
    "Bollinger (2001), Bollinger on Bollinger bands, method III",
    length(20), factor("deviations", "Deviations", 2.0, 0.1, 10.0), SHORT,
)  # fmt: skip
def bollinger_reversion(tape: Tape, length: int, deviations: float, short: str) -> Signals:
    middle, upper, lower, _, _ = tape.lines("bbands", length=length, deviations=deviations)
    c = tape.close
    if short == "yes":
        return Signals.of(c < lower, c > middle, c > upper, c < middle)
    return Signals.of(c < lower, c > middle)


@library.add(
    "zscore_reversion", "Z-score reversion", "Buy far below the mean of the last weeks, leave at the mean.",
    "Poterba and Summers (1988), Mean reversion in stock prices",
    length(20), factor("entry", "Entry at", 2.0, 0.1, 10.0), factor("leave", "Exit at", 0.0, -5.0, 5.0), SHORT,
)  # fmt: skip
def zscore_reversion(tape: Tape, length: int, entry: float, leave: float, short: str) -> Signals:
    z = tape.line("zscore", length=length)
    if short == "yes":
        return Signals.of(z < -entry, z > -leave, z > entry, z < leave)
    return Signals.of(z < -entry, z > -leave)


@library.add(
    "stochastic", "Stochastic", "Buy when %K crosses %D upwards in the oversold zone, sell at the mirrored cross.",
    "Lane (1984), Lane's stochastics",
    length(14, 1), length(3, 1, "signal", "Signal length"),
    factor("low", "Oversold", 20.0, 1.0, 50.0), factor("high", "Overbought", 80.0, 50.0, 99.0), SHORT,
)  # fmt: skip
def stochastic(tape: Tape, length: int, signal: int, low: float, high: float, short: str) -> Signals:
    k, d = tape.lines("stoch", length=length, signal=signal)
    up = rose_above(k, d) & (d < low)
    down = fell_below(k, d) & (d > high)
    return Signals.of(up, down, down, up) if short == "yes" else Signals.of(up, down)


@library.add(
    "cci_reversal", "CCI reversal", "Buy when the CCI climbs back over its lower threshold, sell under its upper one.",
    "Lambert (1980), Commodity channel index",
    length(20), factor("threshold", "Threshold", 100.0, 1.0, 500.0), SHORT,
)  # fmt: skip
def cci_reversal(tape: Tape, length: int, threshold: float, short: str) -> Signals:
    return _turn(tape, tape.line("cci", length=length), -threshold, threshold, short)


@library.add(
    "williams_r", "Williams %R",
    "Buy when %R climbs back over the oversold line, sell when it falls under the overbought one.",
    "Williams (1973), How I made one million dollars",
    length(14), factor("low", "Oversold", -80.0, -99.0, -50.0), factor("high", "Overbought", -20.0, -50.0, -1.0), SHORT,
)  # fmt: skip
def williams_r(tape: Tape, length: int, low: float, high: float, short: str) -> Signals:
    return _turn(tape, tape.line("willr", length=length), low, high, short)


@library.add(
    "mfi_reversal", "Money flow reversal", "The RSI's bet with volume: money that fled comes back.",
    "Quong and Soudack (1989), Volume-weighted RSI: money flow",
    length(14), factor("low", "Oversold", 20.0, 1.0, 50.0), factor("high", "Overbought", 80.0, 50.0, 99.0), SHORT,
)  # fmt: skip
def mfi_reversal(tape: Tape, length: int, low: float, high: float, short: str) -> Signals:
    return _turn(tape, tape.line("mfi", length=length), low, high, short)


@library.add(
    "vwap_reversion", "VWAP reversion", "A close well below the volume-weighted price of the period comes back to it.",
    "Berkowitz, Logue and Noser (1988), The total cost of transactions on the NYSE (VWAP as fair price)",
    Param("period", "Restart", "auto", kind="choice",
          choices=("auto", "session", "week", "month", "quarter", "year")),
    factor("deviations", "Deviations", 2.0, 0.1, 10.0), SHORT,
)  # fmt: skip
def vwap_reversion(tape: Tape, period: str, deviations: float, short: str) -> Signals:
    if period == "auto":  # a session has one bar when bars are days: there the month does
        period = "session" if tape.intraday else "month"
    vwap, upper, lower = tape.lines("vwap", period=period, deviations=deviations)
    c = tape.close
    # The first bar of a period is its own VWAP: without a spread there is no band yet.
    wide = upper > lower * (1.0 + 1e-9)
    if short == "yes":
        return Signals.of(wide & (c < lower), c >= vwap, wide & (c > upper), c <= vwap)
    return Signals.of(wide & (c < lower), c >= vwap)


@library.add(
    "gap_fade", "Gap fade", "A session that opened far below the last close and still closed there recovers in days.",
    "Lehmann (1990), Fads, martingales, and market efficiency (short-term reversal)",
    factor("gap", "Least gap, %", 2.0, 0.1, 50.0), Param("hold", "Bars to hold", 3, 1, 250), SHORT,
)  # fmt: skip
def gap_fade(tape: Tape, gap: float, hold: int, short: str) -> Signals:
    opened = tape.line("gap")
    lower, higher = (opened <= -gap) & (tape.close < tape.open), (opened >= gap) & (tape.close > tape.open)
    left_low, left_high = _later(lower, hold), _later(higher, hold)
    if short == "yes":
        return Signals.of(lower, left_low, higher, left_high)
    return Signals.of(lower, left_low)


@library.add(
    "falling_days", "Days in a row",
    "After so many falling closes in a row within a rising trend, the next move is up.",
    "Connors and Alvarez (2009), Short term trading strategies that work",
    Param("days", "Falling closes", 3, 1, 20), length(200, 2, "trend", "Trend length"),
    length(5, 2, "exit", "Exit length"),
)  # fmt: skip
def falling_days(tape: Tape, days: int, trend: int, exit: int) -> Signals:  # noqa: A002
    c = tape.close
    down = np.zeros(len(tape), dtype=np.int64)
    down[1:] = c[1:] < c[:-1]
    total = np.cumsum(down)
    in_row = np.zeros(len(tape), dtype=bool)
    if len(tape) > days:
        in_row[days:] = total[days:] - total[:-days] == days
    return Signals.of(in_row & (c > tape.line("sma", length=trend)), c > tape.line("sma", length=exit))


@library.add(
    "candle_pattern", "Candle pattern",
    "Trade one of the 61 candle patterns: in at its bullish form, out at its bearish one.",
    "Nison (1991), Japanese candlestick charting techniques; Morris (1992)",
    Param("pattern", "Pattern", "engulfing", kind="choice", choices=tuple(one.name for one in candle_patterns())),
    SHORT,
    stops=Stops(max_bars=10),
)  # fmt: skip
def candle_pattern(tape: Tape, pattern: str, short: str) -> Signals:
    value = tape.pattern(pattern)
    up, down = value > 0.0, value < 0.0
    return Signals.of(up, down, down, up) if short == "yes" else Signals.of(up, down)


def _later(flags: np.ndarray, bars: int) -> np.ndarray:
    """The flags `bars` later, unless a new one stands there."""
    out = np.zeros(len(flags), dtype=bool)
    out[bars:] = flags[:-bars]
    return np.asarray(out & ~flags)
