"""Strategies that follow trends by more than one cross: breakouts of channels, clouds, strength."""

from __future__ import annotations

import numpy as np

from core.backtest.signals import Signals, position_codes
from core.backtest.stops import Stops
from core.backtest.strategies.events import fell_below, rose_above
from core.backtest.strategy import SHORT, Library
from core.backtest.tape import Tape
from core.indicators.kernels import kernel
from core.indicators.model import Param, factor, fast_slow, length
from core.indicators.numbers import Floats

library = Library("trend")


def _both(up: np.ndarray, out: np.ndarray, down: np.ndarray, back: np.ndarray, short: str) -> Signals:
    """Long signals, and the mirrored short ones when asked for."""
    if short == "yes":
        return Signals.of(up, out, down, back)
    return Signals.of(up, out)


@library.add(
    "donchian", "Donchian breakout (turtle)",
    "Buy what closes above the highest high of the last weeks, leave at the lowest low of fewer.",
    "Donchian (1960); Faith (2003), The original Turtle trading rules (20 and 10 days)",
    length(20, 2, "length", "Entry length"), length(10, 2, "exit", "Exit length"), SHORT,
)  # fmt: skip
def donchian(tape: Tape, length: int, exit: int, short: str) -> Signals:  # noqa: A002
    _, upper, lower = tape.lines("donchian", length=length, offset=1)
    _, top, bottom = tape.lines("donchian", length=exit, offset=1)
    c = tape.close
    return _both(c > upper, c < bottom, c < lower, c > top, short)


@library.add(
    "keltner_breakout", "Keltner breakout", "A close outside the band of ATRs begins a move; its middle ends it.",
    "Keltner (1960), How to make money in commodities; bands after Raschke",
    length(20, 1), factor("multiplier", "ATR multiple", 2.0, 0.1, 20.0), SHORT,
)  # fmt: skip
def keltner_breakout(tape: Tape, length: int, multiplier: float, short: str) -> Signals:
    middle, upper, lower = tape.lines("keltner", length=length, multiplier=multiplier)
    c = tape.close
    return _both(c > upper, c < middle, c < lower, c > middle, short)


@library.add(
    "bollinger_breakout", "Bollinger breakout", "A close above the upper band begins a move; the middle band ends it.",
    "Bollinger (2001), Bollinger on Bollinger bands, method I",
    length(20), factor("deviations", "Deviations", 2.0, 0.1, 10.0), SHORT,
)  # fmt: skip
def bollinger_breakout(tape: Tape, length: int, deviations: float, short: str) -> Signals:
    middle, upper, lower, _, _ = tape.lines("bbands", length=length, deviations=deviations)
    c = tape.close
    return _both(c > upper, c < middle, c < lower, c > middle, short)


@library.add(
    "high_52w", "52-week high",
    "Prices near their high of the year go on rising, as investors are slow to believe them.",
    "George and Hwang (2004), The 52-week high and momentum investing",
    length(252, 20), factor("near", "Within this % of the high", 2.0, 0.0, 50.0),
    factor("leave", "Leave this % below it", 15.0, 0.1, 90.0),
)  # fmt: skip
def high_52w(tape: Tape, length: int, near: float, leave: float) -> Signals:
    top = tape.lines("donchian", length=length)[1]
    c = tape.close
    return Signals.of(c >= top * (1.0 - near / 100.0), c < top * (1.0 - leave / 100.0))


@library.add(
    "ichimoku", "Ichimoku cloud",
    "Long above the cloud with the conversion line over the base line, out below the base.",
    "Hosoda (1969); Elliott (2007), Ichimoku charts",
    *fast_slow(9, 26), length(52, 2, "senkou", "Senkou B length"), SHORT,
)  # fmt: skip
def ichimoku(tape: Tape, fast: int, slow: int, senkou: int, short: str) -> Signals:
    tenkan, kijun, span_a, span_b, _ = tape.lines("ichimoku", fast=fast, slow=slow, senkou=senkou, displacement=slow)
    c = tape.close
    top, bottom = np.maximum(span_a, span_b), np.minimum(span_a, span_b)
    return _both((c > top) & (tenkan > kijun), c < kijun, (c < bottom) & (tenkan < kijun), c > kijun, short)


@library.add(
    "adx_trend", "ADX trend", "Follow the stronger directional movement while the ADX says there is a trend.",
    "Wilder (1978), New concepts in technical trading systems",
    length(14), factor("threshold", "Least ADX", 25.0, 1.0, 90.0), SHORT,
)  # fmt: skip
def adx_trend(tape: Tape, length: int, threshold: float, short: str) -> Signals:
    adx, plus, minus = tape.lines("adx", length=length)
    strong = adx > threshold
    return _both(strong & (plus > minus), plus < minus, strong & (plus < minus), plus > minus, short)


@library.add(
    "squeeze", "Squeeze release", "After the bands have been narrow, follow the momentum with which they open.",
    "Carter (2005), Mastering the trade",
    length(20, 3), factor("multiplier", "Keltner multiple", 1.5, 0.1, 10.0), SHORT,
)  # fmt: skip
def squeeze(tape: Tape, length: int, multiplier: float, short: str) -> Signals:
    momentum, on = tape.lines("squeeze", length=length, multiplier=multiplier)
    freed = np.zeros(len(tape), dtype=bool)
    freed[1:] = (on[:-1] == 1.0) & (on[1:] == 0.0)
    up, down = freed & (momentum > 0.0), freed & (momentum < 0.0)
    return _both(up, momentum < 0.0, down, momentum > 0.0, short)


@library.add(
    "obv_trend", "On-balance volume", "Volume leads price: be in while on-balance volume is above its own average.",
    "Granville (1963), New key to stock market profits",
    length(50),
)  # fmt: skip
def obv_trend(tape: Tape, length: int) -> Signals:
    obv = tape.line("obv")
    mean = _mean(obv, length)
    return Signals.of(rose_above(obv, mean), fell_below(obv, mean))


@library.add(
    "trend_pullback", "Pullback in a trend", "Above the long average, buy a close below the short one; leave above it.",
    "Connors and Alvarez (2009), Short term trading strategies that work",
    length(200, 10, "trend", "Trend length"), length(10, 2, "pullback", "Pullback length"),
    stops=Stops(stop_percent=10.0),
)  # fmt: skip
def trend_pullback(tape: Tape, trend: int, pullback: int) -> Signals:
    c = tape.close
    slow, quick = tape.line("sma", length=trend), tape.line("sma", length=pullback)
    return Signals.of((c > slow) & (c < quick), c > quick)


@library.add(
    "volatility_breakout", "Volatility breakout",
    "A rise beyond the close by a share of the average range goes on for a while: a stop order catches it.",
    "Williams (1999), Long-term secrets to short-term trading",
    length(5, 1), factor("share", "Share of the ATR", 0.5, 0.05, 10.0),
    stops=Stops(max_bars=3),
)  # fmt: skip
def volatility_breakout(tape: Tape, length: int, share: float) -> Signals:
    step = tape.line("atr", length=length) * share
    known = np.isfinite(step)
    return Signals.of(known, triggers=tape.close + step)


@library.add(
    "heikin_ashi", "Heikin-Ashi runs",
    "So many averaged candles of one colour in a row are a trend; one against it ends it.",
    "Valcu (2004), Using the heikin-ashi technique",
    Param("run", "Candles in a row", 3, 1, 50), SHORT,
)  # fmt: skip
def heikin_ashi(tape: Tape, run: int, short: str) -> Signals:
    close, open_, _, _ = tape.lines("ha")
    side = _runs(np.sign(close - open_), run)
    if short != "yes":
        side = np.where(side < 0.0, 0.0, side)
    return Signals(position_codes(side))


@kernel
def _runs(colour: Floats, run: int) -> Floats:
    """1 or -1 after `run` candles of that colour, until one of the other; 0 before and between."""
    n = len(colour)
    out = np.zeros(n)
    count, last, side = 0, 0.0, 0.0
    for i in range(n):
        c = colour[i]
        if c != 0.0 and c == last:
            count += 1
        elif c != 0.0:
            count, last = 1, c
        if side != 0.0 and c == -side:
            side = 0.0
        if count >= run and last != 0.0:
            side = last
        out[i] = side
    return out


@kernel
def _mean(x: Floats, length: int) -> Floats:
    """Mean of the last `length` values that are known; NaN until there are so many."""
    n = len(x)
    out = np.full(n, np.nan)
    kept = np.empty(length)
    total, seen = 0.0, 0
    for i in range(n):
        if np.isnan(x[i]):
            continue
        if seen >= length:
            total -= kept[seen % length]
        kept[seen % length] = x[i]
        total += x[i]
        seen += 1
        if seen >= length:
            out[i] = total / length
    return out
