"""The technical summary: a dozen indicators, each with its reading, and how many point which way.

Readings follow the usual rules: RSI and stochastic by zone, MACD and averages by side, ADX by strength (25: Wilder,
1978). The overall word counts votes; it is a summary of the past, never a forecast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.assistant.model import Column, Figure, Table, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import Loaded, load
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.oscillators import rsi_zone
from core.assistant.tools.readings import Told, close_series, columns, in_words, last, line_series, main_line
from core.assistant.tools.tool import body
from core.market.errors import EmptyAnswer

LEAST_BARS = 60
STRONG_TREND = 25.0


@dataclass(frozen=True, slots=True)
class Reading:
    """An indicator read. `vote`: 1 up, -1 down, 0 neither; None takes no part."""

    field: str
    label: str
    value: float
    unit: str
    words: str
    vote: int | None


@dataclass(frozen=True)
class Summary:
    """All readings with the count of votes."""

    readings: tuple[Reading, ...]

    @property
    def up(self) -> int:
        """How many point up."""
        return sum(one.vote == 1 for one in self.readings)

    @property
    def down(self) -> int:
        """How many point down."""
        return sum(one.vote == -1 for one in self.readings)

    @property
    def counted(self) -> int:
        """How many took part."""
        return sum(one.vote is not None for one in self.readings)

    @property
    def score(self) -> float:
        """Up less down over all that took part, percent, -100 to 100."""
        return 100.0 * (self.up - self.down) / self.counted if self.counted else 0.0

    @property
    def words(self) -> str:
        """The score in a word."""
        for least, word in ((50.0, "bullish"), (15.0, "mildly bullish"), (-15.0, "mixed"), (-50.0, "mildly bearish")):
            if self.score > least or (least == -15.0 and self.score >= least):
                return word
        return "bearish"

    def get(self, field: str) -> Reading | None:
        """The reading of a field; None without it."""
        return next((one for one in self.readings if one.field == field), None)


def summarise(loaded: Loaded) -> Summary:
    """Every reading that these bars allow. Raises EmptyAnswer with fewer than `LEAST_BARS` bars."""
    if len(loaded.whole) < LEAST_BARS:
        raise EmptyAnswer(
            loaded.source,
            f"a technical summary needs {LEAST_BARS} bars; {loaded.instrument.symbol} has {len(loaded.whole)}.",
        )
    unit = loaded.unit
    close = last(loaded.column("close"))
    found: list[Reading] = []

    def put(field: str, label: str, value: float, of: str, words: str, vote: int | None) -> None:
        if np.isfinite(value):
            found.append(Reading(field, label, value, of, words, vote))

    rsi = last(main_line(loaded, "rsi", length=14))
    put("rsi", "RSI (14)", rsi, "index", rsi_zone(rsi), -1 if rsi >= 70 else 1 if rsi <= 30 else _side(rsi, 50.0))
    macd = columns(loaded, "macd")
    value, signal = last(macd["macd"]), last(macd["signal"])
    put("macd", "MACD (12, 26, 9)", value, unit, "above its signal line" if value > signal else "below its signal line",
        _side(value, signal))  # fmt: skip
    put("macd_signal", "MACD signal line", signal, unit, "", None)
    for length in (20, 50, 200):
        average = last(main_line(loaded, "sma", length=length))
        put(f"sma_{length}", f"SMA {length}", average, unit, "price above" if close > average else "price below",
            _side(close, average))  # fmt: skip
    ema = last(main_line(loaded, "ema", length=20))
    put("ema_20", "EMA 20", ema, unit, "price above" if close > ema else "price below", _side(close, ema))
    directional = columns(loaded, "adx")
    strength, plus, minus = last(directional["adx"]), last(directional["plus_di"]), last(directional["minus_di"])
    trending = strength >= STRONG_TREND
    put("adx", "ADX (14)", strength, "index",
        ("strong trend " + ("up" if plus > minus else "down")) if trending else "no strong trend",
        _side(plus, minus) if trending else 0)  # fmt: skip
    put("plus_di", "+DI (14)", plus, "index", "", None)
    put("minus_di", "-DI (14)", minus, "index", "", None)
    k = last(main_line(loaded, "stoch"))
    put("stochastic", "Stochastic %K (14, 3)", k, "index",
        "overbought" if k >= 80 else "oversold" if k <= 20 else "neutral",
        -1 if k >= 80 else 1 if k <= 20 else 0)  # fmt: skip
    bands = columns(loaded, "bbands")
    upper, lower = last(bands["upper"]), last(bands["lower"])
    place = 100.0 * (close - lower) / (upper - lower) if upper > lower else np.nan
    put("percent_b", "Bollinger %B (20, 2)", place, "%",
        "above the upper band" if place > 100 else "below the lower band" if place < 0 else "inside the bands",
        -1 if place > 100 else 1 if place < 0 else 0)  # fmt: skip
    atr = last(main_line(loaded, "atr", length=14))
    put("atr", "ATR (14)", atr, unit, "", None)
    put("atr_percent", "ATR (14) in percent of the price", 100.0 * atr / close, "%", "", None)
    line = last(main_line(loaded, "supertrend"))
    put("supertrend", "Supertrend", line, unit, "price above" if close > line else "price below", _side(close, line))
    volume = loaded.column("volume")
    if np.isfinite(volume[-20:]).all() and volume[-20:].sum() > 0:
        obv = main_line(loaded, "obv")
        mean = float(np.mean(obv[-20:]))
        rising = obv[-1] > mean
        put("obv", "On-balance volume", last(obv), "shares", "above its average of 20" if rising else
            "below its average of 20", 1 if rising else -1)  # fmt: skip
    return Summary(tuple(found))


@body("get_technical_indicators")
def get_technical_indicators(evidence: Evidence) -> ToolResult:
    """The summary of one instrument."""
    loaded = load(evidence, span="1y", least=LEAST_BARS)
    summary = summarise(loaded)
    told, words = Told(evidence, loaded), in_words(loaded)
    close = loaded.column("close")
    told.add("close", last(close), loaded.unit, "Close")
    told.add("technical_view", summary.words, "text", f"Technical reading{words}")
    told.add("technical_score", summary.score, "%", "Indicators up less indicators down, of those that vote")
    told.add("indicators_up", summary.up, "count", "Indicators pointing up")
    told.add("indicators_down", summary.down, "count", "Indicators pointing down")
    told.add("indicators_counted", summary.counted, "count", "Indicators that vote")
    for one in summary.readings:
        told.add(one.field, one.value, one.unit, f"{one.label}{words}")
        if one.words:
            told.add(f"{one.field}_reading", one.words, "text", f"{one.label}{words}: reading")
    name = name_of(loaded.instrument)
    evidence.show(
        Table(
            f"{name}: technical summary",
            (Column("Indicator", "text"), Column("Value"), Column("Unit", "text"), Column("Reading", "text")),
            tuple((one.label, one.value, one.unit, one.words) for one in summary.readings),
            note=f"{summary.up} up, {summary.down} down, of {summary.counted} that vote.",
        )
    )
    averages = [(length, main_line(loaded, "sma", length=length)) for length in (50, 200)]
    evidence.show(
        Figure(
            "lines",
            f"{name}: price, averages, RSI",
            f"Close of {name} over a year with SMA 50 and 200 and RSI; the reading is {summary.words}.",
            (
                close_series(loaded),
                *(line_series(loaded, f"SMA {n}", line) for n, line in averages if np.isfinite(line[-1])),
                line_series(loaded, "RSI 14", main_line(loaded, "rsi", length=14), "rsi"),
            ),
            deep_link=links.chart(
                evidence.symbol, "1y", loaded.interval.value, studies=("sma:50", "sma:200", "rsi:14", "macd")
            ),
            unit=loaded.unit,
            symbols=(evidence.symbol,),
        )
    )
    return evidence.result()


def _side(value: float, of: float) -> int:
    return 1 if value > of else -1 if value < of else 0
