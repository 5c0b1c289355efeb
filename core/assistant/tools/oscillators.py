"""RSI, MACD and Bollinger bands: the value, its place in the stock's own year, the last crossing."""

from __future__ import annotations

import numpy as np

from core.assistant.errors import BadArguments
from core.assistant.model import Annotation, Figure, Level, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import Floats, Loaded, load, percentile
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.readings import (
    Told,
    close_series,
    columns,
    divergence,
    in_words,
    last,
    last_cross,
    latest_of,
    line_series,
    main_line,
    year_of,
)
from core.assistant.tools.tool import body
from core.market.errors import EmptyAnswer

OVERBOUGHT, OVERSOLD, MIDDLE = 70.0, 30.0, 50.0
_SHOWN = "6mo"


@body("get_rsi")
def get_rsi(evidence: Evidence) -> ToolResult:
    """Wilder's relative strength index (1978)."""
    length = evidence.whole("length")
    loaded = _loaded(evidence, length + 2)
    line = main_line(loaded, "rsi", length=length)
    now = _known(last(line), loaded, "RSI", length)
    told, words, year = Told(evidence, loaded), in_words(loaded), year_of(loaded)
    label = f"RSI ({length}){words}"
    told.add("rsi", now, "index", label)
    told.add("rsi_zone", rsi_zone(now), "text", f"{label} zone")
    told.add("rsi_previous", float(line[-2]), "index", f"{label}, bar before")
    of_year = line[-year:]
    told.add("rsi_percentile", percentile(of_year, now), "%", f"{label}: share of the year at or below", period="1y")
    told.add("rsi_high", float(np.nanmax(of_year)), "index", f"{label}: highest of the year", period="1y")
    told.add("rsi_low", float(np.nanmin(of_year)), "index", f"{label}: lowest of the year", period="1y")
    told.add("rsi_overbought_level", OVERBOUGHT, "index", "Overbought from")
    told.add("rsi_oversold_level", OVERSOLD, "index", "Oversold up to")
    cross = latest_of(line, (OVERSOLD, MIDDLE, OVERBOUGHT))
    told.cross(cross, "rsi_cross", "Last crossing of 30, 50 or 70")
    told.add("rsi_divergence", divergence(loaded.column("close"), line), "text", "Divergence from price (50 bars)")
    told.add("close", last(loaded.column("close")), loaded.unit, "Close")
    name = name_of(loaded.instrument)
    evidence.show(
        Figure(
            "lines",
            f"{name}: RSI ({length})",
            f"RSI over {length} bars of {name}, now {now:.1f}, with the price above it.",
            (close_series(loaded), line_series(loaded, f"RSI {length}", line, "rsi")),
            levels=(Level(OVERBOUGHT, "Overbought", pane="rsi"), Level(OVERSOLD, "Oversold", pane="rsi")),
            deep_link=links.chart(evidence.symbol, _SHOWN, loaded.interval.value, studies=(f"rsi:{length}",)),
            unit=loaded.unit,
            symbols=(evidence.symbol,),
        )
    )
    return evidence.result()


def rsi_zone(value: float) -> str:
    """Wilder's zones: overbought from 70, oversold up to 30; between them which side of 50."""
    if value >= OVERBOUGHT:
        return "overbought"
    if value <= OVERSOLD:
        return "oversold"
    return "neutral, leaning up" if value >= MIDDLE else "neutral, leaning down"


@body("get_macd")
def get_macd(evidence: Evidence) -> ToolResult:
    """Appel's moving average convergence divergence (1979)."""
    fast, slow, signal = (evidence.whole(name) for name in ("fast", "slow", "signal"))
    if fast >= slow:
        reason = f"The fast length {fast} is not below the slow one, {slow}."
        raise BadArguments("get_macd", "fast", reason, "Give lengths such as 12 and 26.")
    loaded = _loaded(evidence, slow + signal + 2)
    macd, line, histogram = columns(loaded, "macd", fast=fast, slow=slow, signal=signal).values()
    now = _known(last(histogram), loaded, "MACD", slow + signal)
    told, words, close = Told(evidence, loaded), in_words(loaded), loaded.column("close")
    label = f"MACD ({fast}, {slow}, {signal}){words}"
    told.add("macd", last(macd), loaded.unit, label)
    told.add("macd_signal", last(line), loaded.unit, f"{label} signal line")
    told.add("macd_histogram", now, loaded.unit, f"{label} histogram")
    told.add("macd_histogram_previous", float(histogram[-2]), loaded.unit, f"{label} histogram, bar before")
    told.add("macd_percent", 100.0 * last(macd) / last(close), "%", f"{label} in percent of the price")
    told.add("macd_state", "above its signal line" if now > 0 else "below its signal line", "text", f"{label}: state")
    rising = abs(now) > abs(float(histogram[-2]))
    momentum = ("bullish" if now > 0 else "bearish") + (" and strengthening" if rising else " and fading")
    told.add("macd_momentum", momentum, "text", f"{label}: momentum")
    share = percentile(np.abs(histogram[-year_of(loaded) :]), abs(now))
    told.add("macd_histogram_percentile", share, "%", "Histogram's size: share of the year at or below", period="1y")
    cross = last_cross(macd, line)
    told.cross(cross, "macd_cross", "Last crossing of the signal line")
    told.cross(last_cross(macd, 0.0), "macd_zero_cross", "Last crossing of zero")
    if cross is not None:
        since = 100.0 * (last(close) / float(close[cross.row]) - 1.0)
        told.add("change_since_macd_cross", since, "%", "Price since that crossing")
    told.add("close", last(close), loaded.unit, "Close")
    name = name_of(loaded.instrument)
    marks = () if cross is None or cross.row < loaded.first else (
        Annotation(loaded.moment(cross.row), float(close[cross.row]), f"MACD crossed {cross.direction}",
                   cross.direction),
    )  # fmt: skip
    evidence.show(
        Figure(
            "lines",
            f"{name}: MACD ({fast}, {slow}, {signal})",
            f"MACD of {name} with its signal line, now {'above' if now > 0 else 'below'} it.",
            (
                close_series(loaded),
                line_series(loaded, "MACD", macd, "macd"),
                line_series(loaded, "Signal", line, "macd"),
                line_series(loaded, "Histogram", histogram, "macd", "bar"),
            ),
            annotations=marks,
            deep_link=links.chart(
                evidence.symbol, _SHOWN, loaded.interval.value, studies=(f"macd:{fast}:{slow}:{signal}",)
            ),
            unit=loaded.unit,
            symbols=(evidence.symbol,),
        )
    )
    return evidence.result()


@body("get_bollinger_bands")
def get_bollinger_bands(evidence: Evidence) -> ToolResult:
    """Bollinger's bands, %B and band width (2001)."""
    length, width = evidence.whole("length"), evidence.number("width") or 2.0
    loaded = _loaded(evidence, length + 2)
    upper, middle, lower = bollinger(loaded, length, width)
    close = loaded.column("close")
    _known(last(middle), loaded, "Bollinger bands", length)
    told, words, year = Told(evidence, loaded), in_words(loaded), year_of(loaded)
    with np.errstate(divide="ignore", invalid="ignore"):
        place = 100.0 * (close - lower) / (upper - lower)
        wide = 100.0 * (upper - lower) / middle
    label = f"Bollinger ({length}, {width:g}){words}"
    told.add("bollinger_upper", last(upper), loaded.unit, f"{label} upper band")
    told.add("bollinger_middle", last(middle), loaded.unit, f"{label} middle")
    told.add("bollinger_lower", last(lower), loaded.unit, f"{label} lower band")
    told.add("close", last(close), loaded.unit, "Close")
    told.add("percent_b", last(place), "%", f"{label} %B (0 lower band, 100 upper)")
    told.add("band_width", last(wide), "%", f"{label} width in percent of the middle")
    share = percentile(wide[-year:], last(wide))
    told.add("band_width_percentile", share, "%", "Band width: share of the year at or below", period="1y")
    state = band_state(last(place), share)
    told.add("bollinger_state", state, "text", f"{label}: state")
    outside = np.flatnonzero((close > upper) | (close < lower))
    if outside.size:
        row = int(outside[-1])
        at = loaded.stamp(row)
        side = "above the upper band" if close[row] > upper[row] else "below the lower band"
        told.add("bollinger_last_outside", side, "text", "Last close outside the bands", as_of=at)
        told.add("bollinger_last_outside_date", at, "date", "Last close outside the bands: date", as_of=at)
    name = name_of(loaded.instrument)
    evidence.show(
        Figure(
            "lines",
            f"{name}: Bollinger bands ({length}, {width:g})",
            f"Close of {name} within its Bollinger bands: {state}.",
            (
                close_series(loaded),
                line_series(loaded, "Upper band", upper),
                line_series(loaded, "Middle", middle),
                line_series(loaded, "Lower band", lower),
            ),
            deep_link=links.chart(
                evidence.symbol, _SHOWN, loaded.interval.value, studies=(f"bbands:{length}:{width:g}",)
            ),
            unit=loaded.unit,
            symbols=(evidence.symbol,),
        )
    )
    return evidence.result()


def bollinger(loaded: Loaded, length: int, width: float) -> tuple[Floats, Floats, Floats]:
    """Upper band, middle and lower band over all bars."""
    by_name = columns(loaded, "bbands", length=length, deviations=width)
    return by_name["upper"], by_name["middle"], by_name["lower"]


def band_state(place: float, width_percentile: float | None) -> str:
    """Where the close stands in the bands, and whether they are narrow (lowest tenth of the year)."""
    if place > 100.0:
        where = "above the upper band"
    elif place < 0.0:
        where = "below the lower band"
    elif place >= 80.0:
        where = "near the upper band"
    elif place <= 20.0:
        where = "near the lower band"
    else:
        where = "inside the bands"
    squeezed = width_percentile is not None and width_percentile <= 10.0
    return f"{where}, squeezed" if squeezed else where


def _loaded(evidence: Evidence, least: int) -> Loaded:
    return load(evidence, span=_SHOWN, least=max(2, least))


def _known(value: float, loaded: Loaded, what: str, bars: int) -> float:
    if not np.isfinite(value):
        raise EmptyAnswer(
            loaded.source, f"{what} needs more than {bars} bars; {loaded.instrument.symbol} has {len(loaded.whole)}."
        )
    return value
