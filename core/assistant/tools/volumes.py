"""Volume: against its own average, on up and down days, in which direction money flows, at which price most traded."""

from __future__ import annotations

import numpy as np

from core.assistant.model import Figure, Series, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import INTERVAL_WORDS, load, percentile
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.readings import Told, close_series, last, line_series, main_line, year_of
from core.assistant.tools.tool import body
from core.indicators import volume_profile

AVERAGE = 20


@body("get_volume_analysis")
def get_volume_analysis(evidence: Evidence) -> ToolResult:
    """Volume over the span."""
    loaded = load(evidence, least=AVERAGE + 2)
    volume, close = loaded.column("volume"), loaded.column("close")
    if not np.nansum(volume[loaded.first :]) > 0:
        return evidence.missing(
            f"{loaded.instrument.symbol} has no volume at {loaded.source}: an index or a currency is not traded itself."
        )
    told, per = Told(evidence, loaded), f"{AVERAGE} bars"
    if loaded.forming:
        evidence.warn("The last bar is still forming, so its volume is only what has traded so far.")
    before = volume[-AVERAGE - 1 : -1]
    average = float(np.nanmean(before))
    now = last(volume)
    told.add("volume", now, "shares", "Volume of the last bar")
    told.add("average_volume", average, "shares", f"Average volume of the {AVERAGE} bars before", period=per)
    told.add("relative_volume", now / average if average > 0 else None, "x", "Last volume against that average")
    told.add("volume_percentile", percentile(volume[-year_of(loaded) :], now), "%",
             "Last volume: share of the year at or below", period="1y")  # fmt: skip
    month, quarter = float(np.nanmean(volume[-21:])), float(np.nanmean(volume[-63:])) if len(volume) >= 63 else np.nan
    told.add("volume_trend", 100.0 * (month / quarter - 1.0), "%", "Average of 21 bars against that of 63")
    span_close, span_volume = close[loaded.first :], volume[loaded.first :]
    moves = np.diff(span_close)
    up, down = np.nansum(span_volume[1:][moves > 0]), np.nansum(span_volume[1:][moves < 0])
    if up + down > 0:
        told.add("up_volume_share", 100.0 * up / (up + down), "%", "Share of volume on rising bars", period=loaded.span)
    obv = main_line(loaded, "obv")
    mean = float(np.mean(obv[-AVERAGE:]))
    told.add("obv_trend", "rising" if last(obv) > mean else "falling", "text", f"OBV against its average of {AVERAGE}")
    told.add("mfi", last(main_line(loaded, "mfi", length=14)), "index", "Money flow index (14)")
    told.add("cmf", last(main_line(loaded, "cmf", length=20)), "index", "Chaikin money flow (20)")
    highest = int(np.nanargmax(span_volume)) + loaded.first
    at = loaded.stamp(highest)
    told.add("highest_volume", float(volume[highest]), "shares", "Highest volume of the span", as_of=at,
             period=loaded.span)  # fmt: skip
    told.add("highest_volume_date", at, "date", "Day of the highest volume", as_of=at, period=loaded.span)
    profile = volume_profile(loaded.bars)
    told.add("point_of_control", profile.poc, loaded.unit, "Price most traded at", period=loaded.span)
    told.add("value_area_low", profile.value_low, loaded.unit, "Value area (70 % of volume), low", period=loaded.span)
    told.add(
        "value_area_high", profile.value_high, loaded.unit, "Value area (70 % of volume), high", period=loaded.span
    )
    typical = (loaded.column("high") + loaded.column("low") + close)[loaded.first :] / 3.0
    vwap = float(np.nansum(typical * span_volume) / np.nansum(span_volume))
    told.add("vwap", vwap, loaded.unit, "Volume-weighted average price of the span", period=loaded.span)
    told.add("close", last(close), loaded.unit, "Close")
    told.add("close_vs_vwap", 100.0 * (last(close) / vwap - 1.0), "%", "Close against that average", period=loaded.span)
    evidence.show(volume_figure(evidence, "Volume and price"))
    return evidence.result()


@body("create_volume_chart")
def create_volume_chart(evidence: Evidence) -> ToolResult:
    """Bars of volume, up and down apart, with their average."""
    loaded = load(evidence)
    volume = loaded.column("volume")
    if not np.nansum(volume[loaded.first :]) > 0:
        return evidence.missing(
            f"{loaded.instrument.symbol} has no volume at {loaded.source}, so there is nothing to draw."
        )
    told = Told(evidence, loaded)
    told.add("volume", last(volume), "shares", "Volume of the last bar")
    average = float(np.nanmean(volume[-AVERAGE - 1 : -1])) if len(volume) > AVERAGE else np.nan
    told.add("average_volume", average, "shares", f"Average volume of the {AVERAGE} bars before",
             period=f"{AVERAGE} bars")  # fmt: skip
    told.add("relative_volume", last(volume) / average, "x", "Last volume against that average")
    evidence.show(volume_figure(evidence, "Volume"))
    return evidence.result()


def volume_figure(evidence: Evidence, title: str) -> Figure:
    """The chart of the call's span."""
    loaded = load(evidence)
    volume, close = loaded.column("volume"), loaded.column("close")
    moves = np.concatenate(([0.0], np.sign(np.diff(close))))[loaded.first :]
    kernel = np.nan_to_num(volume)
    sums = np.cumsum(np.concatenate(([0.0], kernel)))
    average = np.full(len(volume), np.nan)
    average[AVERAGE - 1 :] = (sums[AVERAGE:] - sums[:-AVERAGE]) / AVERAGE
    name = name_of(loaded.instrument)
    return Figure(
        "bars",
        f"{name}: {title.lower()}",
        f"Volume of {name}, {INTERVAL_WORDS[loaded.interval.value]} bars, with its average of {AVERAGE}.",
        (
            Series("Volume", loaded.milliseconds(), np.ascontiguousarray(volume[loaded.first :]), "bar", "volume",
                   "shares", colour_by=moves),
            line_series(loaded, f"Average of {AVERAGE}", average, "volume"),
            close_series(loaded),
        ),
        deep_link=links.chart(evidence.symbol, loaded.span, loaded.interval.value),
        unit="shares",
        symbols=(loaded.instrument.symbol,),
    )  # fmt: skip
