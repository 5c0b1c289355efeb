"""A neutral figure as an SVG file, drawn here: lines, areas, candles, bars against time, with levels.

For everything richer (PNG, PDF, interactive HTML) the Charts page has its own export.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape

import numpy as np
from numpy.typing import NDArray

from core.assistant.model import Figure, Series
from core.assistant.tools.bars import Floats

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM, GAP = 1000, 560, 16, 84, 44, 34, 22
_LINES = ("#2a6fdb", "#d9822b", "#0d8050", "#8f398f", "#96622d", "#5c7080")
_UP, _DOWN, _GRID, _INK = "#0d8050", "#c23030", "#e1e8ed", "#182026"
Down = Callable[[float], float]
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def svg(figure: Figure) -> str:
    """The figure as one SVG document. Raises ValueError for a figure without a single known value over time."""
    panes = [pane for pane in _panes(figure) if any(_known(one).size for one in _of(figure, pane))]
    if not panes:
        raise ValueError(f"“{figure.title}” has nothing to draw over time")
    times = np.unique(np.concatenate([_times(one) for pane in panes for one in _of(figure, pane)]))
    weights = [3.0 if pane == panes[0] else 1.0 for pane in panes]
    room = HEIGHT - TOP - BOTTOM - GAP * (len(panes) - 1)
    parts: list[str] = []
    top = float(TOP)
    for pane, weight in zip(panes, weights, strict=True):
        height = room * weight / sum(weights)
        parts += _pane(figure, pane, times, top, height)
        top += height + GAP
    parts += _dates(times)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" font-family="sans-serif" font-size="12"><title>{escape(figure.title)}</title>'
        f'<desc>{escape(figure.alt)}</desc><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
        f'<text x="{LEFT}" y="26" font-size="16" fill="{_INK}">{escape(figure.title)}</text>'
    )
    note = f'<text x="{LEFT}" y="{HEIGHT - 6}" font-size="10" fill="#5c7080">{escape(figure.note)}</text>'
    return head + "".join(parts) + (note if figure.note else "") + "</svg>"


def _panes(figure: Figure) -> list[str]:
    timed = [one for one in figure.series if not isinstance(one.x, tuple)]
    return list(dict.fromkeys(one.pane for one in sorted(timed, key=lambda one: one.pane != "price")))


def _of(figure: Figure, pane: str) -> list[Series]:
    return [one for one in figure.series if one.pane == pane and not isinstance(one.x, tuple)]


def _times(series: Series) -> NDArray[np.int64]:
    assert not isinstance(series.x, tuple)
    return series.x


def _known(series: Series) -> Floats:
    values = series.y if series.ohlc is None else series.ohlc.ravel()
    return values[np.isfinite(values)]


def _pane(figure: Figure, pane: str, times: NDArray[np.int64], top: float, height: float) -> list[str]:
    rows = _of(figure, pane)
    every = np.concatenate([_known(one) for one in rows])
    levels = [one for one in figure.levels if one.pane == pane]
    low, high = float(every.min()), float(every.max())
    if any(one.kind == "bar" for one in rows):
        low, high = min(low, 0.0), max(high, 0.0)
    pad = 0.04 * (high - low) or abs(high) * 0.01 or 1.0
    low, high = low - pad, high + pad
    right = WIDTH - RIGHT

    def down(value: float) -> float:
        return round(top + height * (1.0 - (value - low) / (high - low)), 2)

    def across(time: int) -> float:
        # By place, not by clock: nights and holidays take no room.
        place = int(np.searchsorted(times, time))
        return round(LEFT + (right - LEFT) * (place + 0.5) / len(times), 2)

    out: list[str] = []
    for tick in _ticks(low, high):
        y = down(tick)
        out.append(f'<line x1="{LEFT}" x2="{right}" y1="{y}" y2="{y}" stroke="{_GRID}"/>')
        out.append(f'<text x="{right + 6}" y="{y + 4}" fill="{_INK}">{tick:,.6g}</text>')
    step = (right - LEFT) / len(times)
    colours = iter(_LINES * 4)
    for one in rows:
        xs = [across(int(time)) for time in _times(one)]
        if one.kind == "candle" and one.ohlc is not None:
            out += _candles(xs, one.ohlc, down, step)
        elif one.kind == "bar":
            out += _bars(xs, one, down, step)
        else:
            out += _line(xs, one, down, next(colours), down(low) if one.kind == "area" else None)
    for level in levels:
        if low <= level.price <= high:
            y = down(level.price)
            out.append(f'<line x1="{LEFT}" x2="{right}" y1="{y}" y2="{y}" stroke="#5c7080" stroke-dasharray="5 4"/>')
            out.append(f'<text x="{LEFT + 4}" y="{y - 4}" fill="#5c7080" font-size="10">{escape(level.label)}</text>')
    return out


def _candles(xs: Sequence[float], ohlc: Floats, down: Down, step: float) -> list[str]:
    wide = max(1.0, round(step * 0.7, 2))
    out = []
    for x, (start, high, low, end) in zip(xs, ohlc.tolist(), strict=True):
        if not all(map(math.isfinite, (start, high, low, end))):
            continue
        colour = _UP if end >= start else _DOWN
        top, bottom = down(max(start, end)), down(min(start, end))
        out.append(f'<line x1="{x}" x2="{x}" y1="{down(high)}" y2="{down(low)}" stroke="{colour}"/>')
        tall = max(1.0, round(bottom - top, 2))
        out.append(f'<rect x="{round(x - wide / 2, 2)}" y="{top}" width="{wide}" height="{tall}" fill="{colour}"/>')
    return out


def _bars(xs: Sequence[float], series: Series, down: Down, step: float) -> list[str]:
    wide = max(1.0, round(step * 0.7, 2))
    colours = series.colour_by if series.colour_by is not None else series.y
    out = []
    for x, value, colour in zip(xs, series.y.tolist(), colours.tolist(), strict=True):
        if math.isfinite(value):
            top, bottom = min(down(value), down(0.0)), max(down(value), down(0.0))
            paint = _DOWN if colour < 0 else _UP
            tall = max(0.5, round(bottom - top, 2))
            out.append(
                f'<rect x="{round(x - wide / 2, 2)}" y="{top}" width="{wide}" height="{tall}" fill="{paint}" '
                'fill-opacity="0.55"/>'
            )
    return out


def _line(xs: Sequence[float], series: Series, down: Down, colour: str, floor: float | None) -> list[str]:
    out: list[str] = []
    run: list[str] = []
    for x, value in [*zip(xs, series.y.tolist(), strict=True), (0.0, math.nan)]:
        if math.isfinite(value):
            run.append(f"{x},{down(value)}")
            continue
        if len(run) > 1:
            if floor is not None:
                first, last = run[0].split(",")[0], run[-1].split(",")[0]
                out.append(
                    f'<polygon points="{first},{floor} {" ".join(run)} {last},{floor}" fill="{colour}" '
                    'fill-opacity="0.15"/>'
                )
            out.append(f'<polyline points="{" ".join(run)}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        run = []
    return out


def _ticks(low: float, high: float, about: int = 5) -> list[float]:
    raw = (high - low) / about
    size = 10.0 ** math.floor(math.log10(raw))
    step = size * next(one for one in _STEPS if one * size >= raw)
    first = math.ceil(low / step)
    return [round(number * step, 10) for number in range(first, math.floor(high / step) + 1)]


def _dates(times: NDArray[np.int64]) -> list[str]:
    out = []
    right = WIDTH - RIGHT
    short = times[-1] - times[0] < 10 * 86_400_000
    for place in np.linspace(0, len(times) - 1, num=min(7, len(times))).astype(int):
        moment = datetime.fromtimestamp(int(times[place]) / 1000.0, tz=UTC)
        x = LEFT + (right - LEFT) * (place + 0.5) / len(times)
        words = f"{moment:%d %b %H:%M} UTC" if short else f"{moment:%d %b %Y}"
        anchor = "start" if place == 0 else "end" if place == len(times) - 1 else "middle"
        out.append(f'<text x="{x:.1f}" y="{HEIGHT - 16}" text-anchor="{anchor}" fill="{_INK}">{words}</text>')
    return out
