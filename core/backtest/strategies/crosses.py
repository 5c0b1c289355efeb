"""Strategies that follow the cross of two lines: in the trend's direction, from cross to cross."""

from __future__ import annotations

from core.backtest.strategy import Library, Line
from core.backtest.tape import Tape
from core.indicators.model import Param, fast_slow, length
from core.indicators.numbers import Floats

library = Library("trend")


def _of(name: str, column: str = "", *params: str) -> Line:
    """A column of an indicator whose parameters are called as the strategy's."""
    return Line(params, lambda tape, **values: tape.line(name, column, **values))


def _renamed(name: str, **names: str) -> Line:
    """An indicator's main line; `names` maps its parameters to the strategy's."""
    back = {strategy: own for own, strategy in names.items()}
    return Line(tuple(back), lambda tape, **values: tape.line(name, **{back[k]: v for k, v in values.items()}))


def _close(tape: Tape) -> Floats:
    return tape.close


def _zero(tape: Tape) -> Floats:
    return tape.level(0.0)


CLOSE = Line((), _close)
ZERO = Line((), _zero)

library.add_cross(
    "sma_cross", "Moving-average cross", "A rising trend shows when the short average climbs over the long one.",
    "Brock, Lakonishok and LeBaron (1992), Simple technical trading rules (Journal of Finance 47)",
    _renamed("sma", length="fast"), _renamed("sma", length="slow"), *fast_slow(20, 50),
)  # fmt: skip
library.add_cross(
    "ema_cross", "Exponential moving-average cross", "The cross of two averages that weigh recent prices more.",
    "Appel (1979), after Brock, Lakonishok and LeBaron (1992)",
    _renamed("ema", length="fast"), _renamed("ema", length="slow"), *fast_slow(12, 26),
)  # fmt: skip
library.add_cross(
    "price_cross", "Price over its average", "Be in while the price is above its long average, out below it.",
    "Faber (2007), A quantitative approach to tactical asset allocation (there: 10 months, month ends)",
    CLOSE, _of("sma", "", "length"), length(200, 2),
)  # fmt: skip
library.add_cross(
    "kama_trend", "Price over the adaptive average", "Kaufman's average stays put in noise and follows trends.",
    "Kaufman (1995), Smarter trading",
    CLOSE, _of("kama", "", "length"), length(10),
)  # fmt: skip
library.add_cross(
    "macd", "MACD", "Momentum turns when the MACD line crosses its signal line.",
    "Appel (1979), The moving average convergence-divergence method",
    _of("macd", "", "fast", "slow", "signal"), _of("macd", "signal", "fast", "slow", "signal"),
    *fast_slow(12, 26), length(9, 1, "signal", "Signal length"),
)  # fmt: skip
library.add_cross(
    "supertrend", "Supertrend", "A trailing band of ATRs: long while the close holds above it.",
    "Seban (2008)",
    _of("supertrend", "direction", "length", "multiplier"), ZERO,
    length(10), Param("multiplier", "ATR multiple", 3.0, 0.1, 20.0, "float"),
)  # fmt: skip
library.add_cross(
    "psar", "Parabolic stop and reverse", "Long while the price is above the parabolic stop.",
    "Wilder (1978), New concepts in technical trading systems",
    CLOSE, _of("psar", "", "acceleration", "maximum"),
    Param("acceleration", "Acceleration", 0.02, 0.001, 1.0, "float"),
    Param("maximum", "Most acceleration", 0.2, 0.01, 1.0, "float"),
)  # fmt: skip
library.add_cross(
    "momentum", "Time-series momentum", "What rose over the last year tends to go on rising for months.",
    "Moskowitz, Ooi and Pedersen (2012), Time series momentum",
    _of("roc", "", "length"), ZERO, length(252, 1),
)  # fmt: skip
library.add_cross(
    "aroon", "Aroon", "An uptrend keeps making new highs more recently than new lows.",
    "Chande (1995), The time price oscillator",
    _of("aroonosc", "", "length"), ZERO, length(25),
)  # fmt: skip
library.add_cross(
    "vortex", "Vortex", "The positive vortex movement over the negative one begins an uptrend.",
    "Botes and Siepman (2010), The vortex indicator",
    _of("vortex", "plus_vi", "length"), _of("vortex", "minus_vi", "length"), length(14),
)  # fmt: skip
library.add_cross(
    "trix", "TRIX", "The rate of change of a triple average crosses its signal line.",
    "Hutson (1983), Good TRIX",
    _of("trix", "", "length", "signal"), _of("trix", "signal", "length", "signal"),
    length(15, 1), length(9, 1, "signal", "Signal length"),
)  # fmt: skip
library.add_cross(
    "linreg_trend", "Regression slope", "Long while the least-squares line of the closes rises.",
    "Chande and Kroll (1994), The new technical trader",
    _of("linreg_slope", "", "length"), ZERO, length(60, 3),
)  # fmt: skip
