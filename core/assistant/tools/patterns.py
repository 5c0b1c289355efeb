"""Chart and candle patterns found in the span."""

from __future__ import annotations

from core.assistant.model import Annotation, Column, Level, Scalar, Table, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import load
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.levels import candles
from core.assistant.tools.readings import Told, last
from core.assistant.tools.tool import body
from core.indicators import chart_patterns, patterns_found

CANDLE_BARS = 10
MOST_SHAPES, MOST_CANDLES = 6, 8


@body("get_chart_patterns")
def get_chart_patterns(evidence: Evidence) -> ToolResult:
    """Shapes that changed within the span, newest first, and candle patterns of the last ten bars."""
    loaded = load(evidence, least=30)
    told, frame = Told(evidence, loaded), loaded.whole
    shapes = [
        one
        for one in reversed(chart_patterns(frame))
        if max(one.known_at, one.confirmed_at or 0, one.failed_at or 0) >= loaded.first
    ]
    shapes.sort(key=lambda one: -max(one.known_at, one.confirmed_at or 0, one.failed_at or 0))
    candle_hits = [one for one in patterns_found(frame, last=CANDLE_BARS) if one.kind != "indecision" or one.index >=
                   len(frame) - 3][:MOST_CANDLES]  # fmt: skip
    told.add("close", last(loaded.column("close")), loaded.unit, "Close")
    told.add("chart_pattern_count", len(shapes), "count", "Chart patterns in the span", period=loaded.span)
    told.add("candle_pattern_count", len(candle_hits), "count", f"Candle patterns of the last {CANDLE_BARS} bars")
    rows: list[tuple[Scalar, ...]] = []
    for place, shape in enumerate(shapes[:MOST_SHAPES], 1):
        known = loaded.stamp(shape.known_at)
        field = f"pattern_{place}"
        told.add(field, shape.label, "text", f"Pattern {place}", as_of=known)
        told.add(f"{field}_state", shape.state, "text", f"{shape.label}: state", as_of=known)
        told.add(f"{field}_direction", shape.direction, "text", f"{shape.label}: direction", as_of=known)
        told.add(f"{field}_known", known, "date", f"{shape.label}: known since", as_of=known)
        told.add(f"{field}_target", shape.target, loaded.unit, f"{shape.label}: measured target", as_of=known)
        told.add(f"{field}_invalidation", shape.invalidation, loaded.unit, f"{shape.label}: ends at", as_of=known)
        rows.append((shape.label, shape.direction, shape.state, known, shape.target, shape.invalidation))
    name = name_of(loaded.instrument)
    if rows:
        evidence.show(
            Table(
                f"{name}: chart patterns",
                (Column("Pattern", "text"), Column("Direction", "text"), Column("State", "text"),
                 Column("Known since", "date"), Column("Target", loaded.unit), Column("Ends at", loaded.unit)),
                tuple(rows),
            )
        )  # fmt: skip
    for place, hit in enumerate(candle_hits, 1):
        at = loaded.stamp(hit.index)
        told.add(f"candle_{place}", hit.label, "text", f"Candle pattern {place}", as_of=at)
        told.add(f"candle_{place}_direction", hit.direction, "text", f"{hit.label}: direction", as_of=at)
        told.add(f"candle_{place}_date", at, "date", f"{hit.label}: date", as_of=at)
        told.add(f"candle_{place}_description", hit.description, "text", f"{hit.label}: what it is", as_of=at)
    if candle_hits:
        evidence.show(
            Table(
                f"{name}: candle patterns",
                (Column("Pattern", "text"), Column("Direction", "text"), Column("Date", "date"),
                 Column("What it is", "text")),
                tuple((one.label, one.direction, loaded.stamp(one.index), one.description) for one in candle_hits),
            )
        )  # fmt: skip
    if not shapes and not candle_hits:
        evidence.warn("No pattern of the catalogue was found in this span.")
    lead = shapes[0] if shapes else None
    levels = () if lead is None else (
        Level(lead.target, f"{lead.label}: target", "target"),
        Level(lead.invalidation, f"{lead.label}: ends", "stop"),
    )  # fmt: skip
    marks = () if lead is None else tuple(
        Annotation(loaded.moment(one.index), one.price, one.role) for one in lead.pivots
        if one.index >= max(loaded.first, len(frame) - 400)
    )  # fmt: skip
    what = (
        f"the latest pattern, {lead.label.lower()} ({lead.state}), marked" if lead else "no chart pattern in the span"
    )
    evidence.show(
        candles(
            loaded,
            f"{name}: patterns",
            f"Candles of {name} with {what}.",
            levels=levels,
            annotations=marks,
            deep_link=links.chart(evidence.symbol, loaded.span, loaded.interval.value, marks=("shapes", "patterns")),
        )
    )
    return evidence.result()
