"""What is marked on a price chart: events, patterns, price zones, volume by price."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.figures.axis import TimeAxis
from components.figures.drawn import Spec, numbers, whole
from components.figures.theme import see_through
from components.theme import Tokens


@dataclass(frozen=True, slots=True)
class EventMark:
    """Something that happened on a day: a letter on the chart's foot, a sentence in the hover."""

    time: datetime
    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A candle pattern at a bar; ``direction`` is 1 bullish, -1 bearish, 0 neither."""

    time: datetime
    direction: int
    text: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A band of prices. ``role`` is support, resistance, long or short; ``strength`` 0 to 100 sets how solid it is."""

    low: float
    high: float
    label: str
    role: str
    strength: float


@dataclass(frozen=True, slots=True)
class Outline:
    """Lines of a chart pattern through (time, price) points, solid or dashed; the label ends the first line."""

    lines: tuple[tuple[tuple[datetime, float], ...], ...]
    label: str
    direction: int
    dashed: bool = False


@dataclass(frozen=True)
class Profile:
    """Volume by price: shape (bins,) volumes between ``edges`` (bins + 1), the busiest price and the value area."""

    edges: NDArray[np.float64] = field(repr=False)
    volumes: NDArray[np.float64] = field(repr=False)
    busiest: float
    value_low: float
    value_high: float


@dataclass(frozen=True)
class Marks:
    """Everything marked on one chart."""

    events: tuple[EventMark, ...] = ()
    flags: tuple[Flag, ...] = ()
    zones: tuple[Zone, ...] = ()
    outlines: tuple[Outline, ...] = ()
    profile: Profile | None = None


Layers = tuple[list[Spec], list[Spec], list[Spec]]


def mark_layers(marks: Marks, frame: pd.DataFrame, axis: TimeAxis, tokens: Tokens, decimals: int) -> Layers:
    """Traces, shapes and annotations for ``marks`` over ``frame``; what lies outside the bars is left out."""
    traces: list[Spec] = []
    shapes: list[Spec] = []
    notes: list[Spec] = []
    rows = _Rows(frame, axis)
    if marks.profile is not None:
        traces.append(_profile(marks.profile, tokens))
        shapes.append(_busiest(marks.profile, tokens))
    for zone in marks.zones:
        band, note = _zone(zone, tokens)
        shapes.append(band)
        notes.append(note)
    traces += _flags(marks.flags, frame, rows, tokens, decimals)
    traces += [t for outline in marks.outlines for t in _outline(outline, rows, tokens, decimals)]
    traces += _events(marks.events, rows, tokens)
    return traces, shapes, notes


class _Rows:
    """Finds the bar a moment belongs to: the last one starting at or before it."""

    def __init__(self, frame: pd.DataFrame, axis: TimeAxis) -> None:
        index = frame.index
        assert isinstance(index, pd.DatetimeIndex)
        self.starts = index.as_unit("ms").asi8
        self.axis = axis

    def row(self, time: datetime) -> int | None:
        stamp = int(pd.Timestamp(time).timestamp() * 1000)
        row = int(np.searchsorted(self.starts, stamp, side="right")) - 1
        if row < 0 or stamp > self.starts[-1] + self.axis.interval.seconds * 1000 * 1.2:
            return None
        return row


def _flags(flags: tuple[Flag, ...], frame: pd.DataFrame, rows: _Rows, tokens: Tokens, decimals: int) -> list[Spec]:
    """One marker a bar and direction, however many patterns meet there."""
    found: dict[int, dict[int, list[str]]] = {1: defaultdict(list), -1: defaultdict(list), 0: defaultdict(list)}
    for flag in flags:
        row = rows.row(flag.time)
        if row is not None:
            found[flag.direction][row].append(flag.text)
    low = frame["low"].to_numpy(dtype=float)
    high = frame["high"].to_numpy(dtype=float)
    gap = 0.018 * float(np.nanmax(high) - np.nanmin(low))
    looks = {
        1: ("triangle-up", tokens.up, "Bullish", low - gap),
        -1: ("triangle-down", tokens.down, "Bearish", high + gap),
        0: ("diamond-open", tokens.muted, "Pattern", high + gap),
    }
    traces = []
    for direction, bars in found.items():
        if not bars:
            continue
        symbol, colour, name, where = looks[direction]
        order = sorted(bars)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [rows.axis.at(r) for r in order],
                "y": numbers(where[order], decimals),
                "text": [", ".join(bars[r]) for r in order],
                "hovertemplate": "%{text}",
                "marker": {"symbol": symbol, "size": 8, "color": colour},
                "showlegend": False,
            }
        )
    return traces


def _events(events: tuple[EventMark, ...], rows: _Rows, tokens: Tokens) -> list[Spec]:
    by_bar: dict[int, list[EventMark]] = defaultdict(list)
    for event in events:
        row = rows.row(event.time)
        if row is not None:
            by_bar[row].append(event)
    if not by_bar:
        return []
    order = sorted(by_bar)
    return [
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": "Events",
            "x": [rows.axis.at(r) for r in order],
            "y": [0.035] * len(order),
            "yaxis": "y3",
            "text": ["".join(dict.fromkeys(e.letter for e in by_bar[r])) for r in order],
            "customdata": ["<br>".join(e.text for e in by_bar[r]) for r in order],
            "hovertemplate": "%{customdata}",
            "textfont": {"size": 9, "color": tokens.background},
            "marker": {"symbol": "circle", "size": 15, "color": tokens.muted, "line": {"width": 0}},
            "showlegend": False,
        }
    ]


def _zone(zone: Zone, tokens: Tokens) -> tuple[Spec, Spec]:
    colour = tokens.up if zone.role in ("support", "long") else tokens.down
    solid = 0.05 + 0.12 * min(max(zone.strength, 0.0), 100.0) / 100
    band: Spec = {
        "type": "rect",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": "y",
        "y0": zone.low,
        "y1": zone.high,
        "fillcolor": see_through(colour, solid),
        # Estimates (where leveraged positions would be closed) are dashed, observed zones are not.
        "line": {
            "color": see_through(colour, 0.5),
            "width": 1,
            "dash": "dash" if zone.role in ("long", "short") else "solid",
        },
        "layer": "below",
    }
    note: Spec = {
        "xref": "paper",
        # On the left: the bars that matter now are on the right.
        "x": 0.004,
        "xanchor": "left",
        "yref": "y",
        "y": (zone.low + zone.high) / 2,
        "text": zone.label,
        "showarrow": False,
        "font": {"size": 10, "color": colour},
        "bgcolor": see_through(tokens.background, 0.7),
        "borderpad": 1,
    }
    return band, note


def _outline(outline: Outline, rows: _Rows, tokens: Tokens, decimals: int) -> list[Spec]:
    colour = tokens.up if outline.direction > 0 else tokens.down if outline.direction < 0 else tokens.accent
    traces: list[Spec] = []
    for number, line in enumerate(outline.lines):
        placed = [(rows.row(time), price) for time, price in line]
        points = [(rows.axis.at(row), price) for row, price in placed if row is not None]
        if len(points) < 2:
            continue
        labelled = number == 0
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+text" if labelled else "lines",
                "name": outline.label,
                "x": [x for x, _ in points],
                "y": numbers([y for _, y in points], decimals),
                "text": [""] * (len(points) - 1) + [outline.label] if labelled else None,
                "textposition": "top left",
                "textfont": {"size": 11, "color": colour},
                "line": {"color": colour, "width": 1.4, "dash": "dash" if outline.dashed else "solid"},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    return traces


def _profile(profile: Profile, tokens: Tokens) -> Spec:
    middle = (profile.edges[:-1] + profile.edges[1:]) / 2
    inside = (middle >= profile.value_low) & (middle <= profile.value_high)
    return {
        "type": "bar",
        "orientation": "h",
        "name": "Volume by price",
        "x": whole(profile.volumes),
        "y": numbers(middle, 4),
        "width": float(np.min(np.diff(profile.edges))) * 0.92,
        "xaxis": "x2",
        "yaxis": "y",
        "marker": {
            "color": [see_through(tokens.accent, 0.3 if v else 0.14) for v in inside],
            "line": {"width": 0},
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _busiest(profile: Profile, tokens: Tokens) -> Spec:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": "y",
        "y0": profile.busiest,
        "y1": profile.busiest,
        "line": {"color": tokens.accent, "width": 1, "dash": "dashdot"},
        "opacity": 0.8,
    }
