"""Support and resistance, pivot points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.assistant.model import Column, Figure, Level, Table, ToolResult, Zone
from core.assistant.tools import links
from core.assistant.tools.bars import Loaded, load
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.readings import Told, in_words, last, main_line
from core.assistant.tools.tool import body
from core.indicators import Level as Found
from core.indicators import levels as levels_of

MOST = 3


@dataclass(frozen=True)
class Levels:
    """The levels nearest to the price, nearest first, at most `MOST` a side."""

    close: float
    supports: tuple[Found, ...]
    resistances: tuple[Found, ...]


def nearest(loaded: Loaded) -> Levels:
    """Support below and resistance above the last close, by `core.indicators.levels` over the span's bars."""
    close = last(loaded.column("close"))
    found = levels_of(loaded.bars, limit=24)
    supports = sorted((one for one in found if one.price <= close), key=lambda one: -one.price)
    resistances = sorted((one for one in found if one.price > close), key=lambda one: one.price)
    return Levels(close, tuple(supports[:MOST]), tuple(resistances[:MOST]))


@body("get_support_resistance")
def get_support_resistance(evidence: Evidence) -> ToolResult:
    """Levels the market turned at, and the classic pivot points of the last full bar."""
    loaded = load(evidence, least=15)
    found = nearest(loaded)
    told, words = Told(evidence, loaded), in_words(loaded)
    told.add("close", found.close, loaded.unit, f"Close{words}")
    for side, rows in (("support", found.supports), ("resistance", found.resistances)):
        for place, level in enumerate(rows, 1):
            field, label = f"{side}_{place}", f"{side.capitalize()} {place}"
            told.add(field, level.price, loaded.unit, label)
            away = 100.0 * (level.price / found.close - 1.0)
            told.add(f"{field}_distance", away, "%", f"{label}: distance from the close")
            told.add(f"{field}_strength", level.strength, "index", f"{label}: strength (0 to 100)")
            told.add(f"{field}_touches", level.touches, "count", f"{label}: turns there")
            told.add(f"{field}_last_touch", level.last_touch.date(), "date", f"{label}: last turn")
    if not found.supports:
        evidence.warn("No turn below the price in this span: the price stands at its lowest, or the span is short.")
    if not found.resistances:
        evidence.warn("No turn above the price in this span: the price stands at its highest, or the span is short.")
    _pivots(told, loaded)
    if not found.supports and not found.resistances and len(loaded.bars) < 15:
        return evidence.missing(
            f"{loaded.instrument.symbol} has {len(loaded.bars)} bars; levels need 15. Widen the range."
        )
    name = name_of(loaded.instrument)
    rows = (*reversed(found.resistances), *found.supports)
    evidence.show(
        Table(
            f"{name}: support and resistance",
            (Column("Level", "text"), Column("Price", loaded.unit), Column("From the close", "%"),
             Column("Strength", "index"), Column("Turns", "count"), Column("Last turn", "date")),
            tuple(
                (one.kind, one.price, 100.0 * (one.price / found.close - 1.0), one.strength, one.touches,
                 one.last_touch.date())
                for one in rows
            ),
        )
    )  # fmt: skip
    evidence.show(
        candles(
            loaded,
            f"{name}: support and resistance",
            f"Candles of {name}, {len(found.supports)} supports below and {len(found.resistances)} resistances above.",
            levels=tuple(Level(one.price, one.kind.capitalize(), one.kind) for one in rows),
            zones=tuple(Zone(one.low, one.high, one.kind.capitalize(), one.kind, strength=one.strength / 100.0)
                        for one in rows),
            deep_link=links.chart(evidence.symbol, "1y", loaded.interval.value, marks=("levels",)),
        )
    )  # fmt: skip
    return evidence.result()


def candles(loaded: Loaded, title: str, alt: str, **parts: object) -> Figure:
    """A figure of candles over the span (at most its last 400 bars), with further parts of `Figure`."""
    from core.assistant.model import Series

    first = max(loaded.first, len(loaded.whole) - 400)
    frame = loaded.whole.iloc[first:]
    prices = np.ascontiguousarray(frame[["open", "high", "low", "close"]].to_numpy(dtype=np.float64))
    series = Series("Price", loaded.milliseconds(first), prices[:, 3].copy(), "candle", "price", loaded.unit, prices)
    more = parts.pop("series", ())
    assert isinstance(more, tuple)
    return Figure(
        "candles", title, alt, (series, *more), unit=loaded.unit, symbols=(loaded.instrument.symbol,),
        **parts,  # type: ignore[arg-type]
    )  # fmt: skip


def _pivots(told: Told, loaded: Loaded) -> None:
    """Classic pivots of the bar before the last: P = (h + l + c) / 3 and its first two supports and resistances."""
    frame = loaded.whole
    if len(frame) < 2:
        return
    bar = frame.iloc[-2]
    high, low, close = float(bar["high"]), float(bar["low"]), float(bar["close"])
    pivot = (high + low + close) / 3.0
    rows = (
        ("pivot", pivot, "Pivot point"),
        ("pivot_r1", 2.0 * pivot - low, "Pivot R1"),
        ("pivot_r2", pivot + (high - low), "Pivot R2"),
        ("pivot_s1", 2.0 * pivot - high, "Pivot S1"),
        ("pivot_s2", pivot - (high - low), "Pivot S2"),
    )
    at = loaded.stamp(-2)
    for field, value, label in rows:
        told.add(field, value, loaded.unit, f"{label} (of {at})", as_of=at)


def atr_of(loaded: Loaded, length: int = 14) -> float:
    """Average true range at the last bar, NaN with too few bars."""
    return last(main_line(loaded, "atr", length=length))
