"""Turns what the core finds on bars (events, patterns, zones, volume by price) into marks a figure can draw."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from components import market as cached
from components.figures.marks import EventMark, Flag, Marks, Outline, Profile, Zone
from core import formats, indicators
from core.indicators import IndicatorError
from core.market.errors import MarketError
from core.market.model import Action, ActionKind, AssetClass, Bars, Instrument, Sourced

_FLAG_BARS = 130
_MOST_FLAGS = 40
_MOST_ZONES = 6
_MOST_SHAPES = 3
_LEVERAGES = (10, 25, 50, 100)


def marks_of(
    chosen: tuple[str, ...], frame: pd.DataFrame, sourced: Sourced[Bars], instrument: Instrument
) -> tuple[Marks, list[str]]:
    """The chosen marks over ``frame`` and a sentence on each kind that could not be had."""
    problems: list[str] = []
    found: dict[str, object] = {}
    for mark in chosen:
        try:
            if mark == "events":
                found["events"] = events(frame, sourced, instrument)
            elif mark == "patterns":
                found["flags"] = flags(frame)
            elif mark == "shapes":
                found["outlines"] = outlines(frame)
            elif mark == "levels":
                found["zones"] = (*found.get("zones", ()), *levels(frame, instrument))  # type: ignore[misc]
            elif mark == "liquidations":
                if instrument.asset_class is not AssetClass.CRYPTO:
                    problems.append("Liquidation zones are estimated for crypto only.")
                    continue
                found["zones"] = (*found.get("zones", ()), *liquidations(frame, instrument))  # type: ignore[misc]
            elif mark == "profile":
                found["profile"] = profile(frame)
        except (IndicatorError, MarketError) as error:
            problems.append(str(error))
    return Marks(**found), problems  # type: ignore[arg-type]


def events(frame: pd.DataFrame, sourced: Sourced[Bars], instrument: Instrument) -> tuple[EventMark, ...]:
    """Dividends and splits that came with the bars, and results where the source knows them."""
    first = frame.index[0]
    marks = [_action(action, instrument) for action in sourced.data.actions]
    if instrument.asset_class is AssetClass.STOCK and instrument.owner is None:
        for event in cached.market().events(instrument.symbol).data:
            if event.kind == "results":
                told = f"Results {formats.day(event.on)}"
                if event.actual is not None and event.estimate is not None:
                    told += f": {event.actual:g} per share, {event.estimate:g} expected"
                marks.append(EventMark(_noon(event.on, instrument), "R", told))
    return tuple(mark for mark in marks if mark.time >= first)


def _action(action: Action, instrument: Instrument) -> EventMark:
    when = _noon(action.ex_date, instrument)
    day = formats.day(action.ex_date)
    if action.kind is ActionKind.SPLIT:
        return EventMark(when, "S", f"Split {action.value:g} for 1, {day}")
    word = "Dividend" if action.kind is ActionKind.DIVIDEND else "Capital gain"
    amount = formats.money(action.value, action.currency or instrument.currency)
    return EventMark(when, "D", f"{word} {amount} a share, ex {day}")


def _noon(day: date, instrument: Instrument) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(instrument.timezone)).astimezone(UTC)


def flags(frame: pd.DataFrame) -> tuple[Flag, ...]:
    """Candle patterns of the last bars that lean one way, the strongest and newest first."""
    sides = {"bullish": 1, "bearish": -1}
    hits = [h for h in indicators.patterns_found(frame, last=_FLAG_BARS) if str(h.direction) in sides]
    hits.sort(key=lambda h: (h.strength, h.index), reverse=True)
    return tuple(Flag(h.time, sides[str(h.direction)], h.label) for h in hits[:_MOST_FLAGS])


def outlines(frame: pd.DataFrame) -> tuple[Outline, ...]:
    """The newest chart patterns that have not failed, with the pivots they rest on."""
    shapes = [shape for shape in indicators.chart_patterns(frame) if shape.state != "failed"][-_MOST_SHAPES:]
    sides = {"bullish": 1, "bearish": -1}
    drawn = []
    for shape in shapes:
        swings = tuple((point.time, point.price) for point in shape.pivots)
        edges = (((line.start.time, line.start.price), (line.end.time, line.end.price)) for line in shape.lines)
        drawn.append(
            Outline(
                lines=(swings, *edges),
                label=f"{shape.label} ({shape.state})",
                direction=sides.get(shape.direction, 0),
                dashed=shape.state == "forming",
            )
        )
    return tuple(drawn)


def levels(frame: pd.DataFrame, instrument: Instrument) -> tuple[Zone, ...]:
    """The strongest support and resistance zones."""
    found = indicators.levels(frame, limit=_MOST_ZONES)
    return tuple(
        Zone(
            level.low,
            level.high,
            f"{str(level.kind).capitalize()} {formats.number(level.price, currency=instrument.currency)}, "
            f"{level.touches} touches",
            str(level.kind),
            level.strength,
        )
        for level in found
    )


def liquidations(frame: pd.DataFrame, instrument: Instrument) -> tuple[Zone, ...]:
    """Where leveraged positions would be closed, an estimate from entry clusters."""
    span = float(frame["high"].max() - frame["low"].min())
    low, high = float(frame["low"].min()) - 0.3 * span, float(frame["high"].max()) + 0.3 * span
    # They come strongest first; far ones would only squeeze the chart.
    found = [z for z in indicators.liquidation_zones(frame, leverages=_LEVERAGES) if low < z.price < high]
    return tuple(
        Zone(
            z.low,
            z.high,
            f"{z.leverage:g}x {z.side}s {formats.number(z.price, 0, currency=instrument.currency)} (estimate)",
            str(z.side),
            z.intensity,
        )
        for z in found[:_MOST_ZONES]
    )


def profile(frame: pd.DataFrame) -> Profile:
    """Volume by price over the drawn bars."""
    found = indicators.volume_profile(frame, bins=48)
    return Profile(np.asarray(found.edges), np.asarray(found.volume), found.poc, found.value_low, found.value_high)
