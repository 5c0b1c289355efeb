"""The analyst's figures (`core.assistant.model.Figure`) drawn in the desk's one theme, sized for a message."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.figures.axis import TimeAxis, time_axis, wall_milliseconds
from components.figures.drawn import Drawn, Spec, numbers, whole
from components.figures.theme import axis_look, base_layout, overlay_colours, see_through
from components.overview.sectors import change_colour, readable_on
from components.theme import Tokens
from core import formats
from core.assistant.model import Annotation, Figure, Level, Series, Zone
from core.market.model import Interval

PRICE_HEIGHT = 300
PANE_HEIGHT = 110
_GAP, _TOP, _BOTTOM = 12, 24, 30
_DAY = 86_400_000
_NOON = _DAY // 2
_BIG = 1e6
_TICKS = 5
_DIVERGING = ("down", "neutral", "up")

_RISES = frozenset({"support", "entry", "target", "long", "demand"})
_FALLS = frozenset({"resistance", "stop", "short", "supply"})


def drawn(figure: Figure, tokens: Tokens, timezone: str) -> Drawn:
    """The finished figure.

    Args:
        timezone: the exchange's IANA zone, for bars within a day.

    Raises:
        ValueError: there is nothing to draw; the caller says so.
    """
    shown = [one for one in figure.series if len(one.x) and np.asarray(one.y).size]
    if not shown:
        raise ValueError("a figure needs a value to draw")
    match figure.kind:
        case "pie":
            return _pie(figure, shown[0], tokens)
        case "heatmap":
            return _heatmap(figure, shown[0], tokens)
        case "treemap":
            return _treemap(figure, shown[0], tokens)
        case _:
            words = isinstance(shown[0].x, tuple)
            return _columns(figure, shown, tokens) if words else _over_time(figure, shown, tokens, timezone)


# -- over time -------------------------------------------------------------------------------------------------------


def _over_time(figure: Figure, series: Sequence[Series], tokens: Tokens, timezone: str) -> Drawn:
    series = [one for one in series if not isinstance(one.x, tuple)]
    place = _Place(series, timezone)
    panes = list(dict.fromkeys(one.pane for one in series))
    panes.sort(key=lambda one: one != "price")
    axes = {pane: "y" if number == 0 else f"y{number + 1}" for number, pane in enumerate(panes)}
    layout = _pane_layout(series, panes, place, tokens, filled=figure.kind == "area")
    colours = cycle(overlay_colours(tokens))
    data = [trace for one in series for trace in _trace(one, figure, place, axes[one.pane], tokens, colours)]
    shapes: list[Spec] = []
    notes: list[Spec] = []
    for zone in figure.zones:
        _mark_zone(zone, place, tokens, shapes, notes)
    for level in figure.levels:
        if level.pane in axes:
            _mark_level(level, axes[level.pane], figure.unit, tokens, shapes, notes)
    notes += [_note(one, place, tokens) for one in figure.annotations]
    layout["shapes"], layout["annotations"] = shapes, notes
    return Drawn(data, layout, figure.alt)


class _Place:
    """Where moments stand on the axis: exchange days at noon, moments within a day on the exchange's wall clock."""

    def __init__(self, series: Sequence[Series], timezone: str) -> None:
        stamps = np.unique(np.concatenate([np.asarray(one.x, dtype=np.int64) for one in series]))
        self.daily = bool(np.all(stamps % _DAY == 0))
        self.timezone = "UTC" if self.daily else timezone
        step = float(np.median(np.diff(stamps))) / _DAY if len(stamps) > 1 else 1.0
        self.interval = (
            (Interval.MO1 if step >= 20 else Interval.W1 if step >= 5 else Interval.D1) if self.daily else Interval.M5
        )
        index = pd.DatetimeIndex(pd.to_datetime(stamps, unit="ms", utc=True))
        self.axis: TimeAxis = time_axis(index, self.interval, self.timezone)
        self._stamps = stamps

    def of(self, stamps: NDArray[np.int64]) -> NDArray[np.float64]:
        """Positions of bars, which are on the axis."""
        return np.asarray(self.axis.x[np.searchsorted(self._stamps, stamps)], dtype=np.float64)

    def at(self, moment: datetime) -> float:
        """Position of any moment."""
        wall = float(wall_milliseconds(pd.DatetimeIndex([moment.astimezone(UTC)]), self.timezone)[0])
        return float(np.floor(wall / _DAY) * _DAY + _NOON) if self.daily else wall


def _pane_layout(
    series: Sequence[Series], panes: Sequence[str], place: _Place, tokens: Tokens, *, filled: bool
) -> Spec:
    inner = PRICE_HEIGHT + (len(panes) - 1) * (PANE_HEIGHT + _GAP)
    layout = base_layout(tokens, inner + _TOP + _BOTTOM, "")
    look = axis_look(tokens)
    named = len(series) > 1
    layout |= {
        "margin": {"l": 4, "r": 60, "t": _TOP if named else 8, "b": _BOTTOM},
        "showlegend": named,
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.0,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 11, "color": tokens.text},
        },
        "hoversubplots": "axis",
        "dragmode": False,
    }
    last = "y" if len(panes) == 1 else f"y{len(panes)}"
    layout["xaxis"] = (
        look
        | place.axis.layout()
        | {
            "anchor": last,
            "rangeslider": {"visible": False},
            "showline": True,
            "fixedrange": True,
            "spikemode": "across",
            "range": [place.axis.at(0) - place.axis.half, place.axis.end + place.axis.half],
        }
    )
    top = 1.0
    for number, pane in enumerate(panes):
        height = (PRICE_HEIGHT if number == 0 else PANE_HEIGHT) / inner
        axis = "yaxis" if number == 0 else f"yaxis{number + 1}"
        members = [one for one in series if one.pane == pane]
        layout[axis] = look | {
            "side": "right",
            "automargin": True,
            "domain": [max(top - height, 0.0), top],
            "nticks": 6 if number == 0 else 4,
            "fixedrange": True,
            "anchor": "x",
        }
        layout[axis] |= _ticks(members, zero=any(one.kind == "bar" for one in members))
        if filled or any(one.kind == "area" for one in members):
            layout[axis] |= _around(members)
        top -= height + _GAP / inner
    return layout


def _trace(one: Series, figure: Figure, place: _Place, axis: str, tokens: Tokens, colours: cycle[str]) -> list[Spec]:
    stamps = np.asarray(one.x, dtype=np.int64)
    values = np.asarray(one.y, dtype=np.float64)
    decimals = _decimals(values)
    base: Spec = {"name": html.escape(one.name), "x": place.of(stamps).tolist(), "yaxis": axis, "xaxis": "x"}
    hover = f"%{{y:,.{decimals}f}}{'%' if one.unit == '%' else ''}"
    if one.kind == "candle" and one.ohlc is not None:
        prices = {
            name: numbers(one.ohlc[:, column], decimals) for column, name in enumerate(("open", "high", "low", "close"))
        }
        digits = f",.{decimals}f"
        return [
            base
            | prices
            | {
                "type": "candlestick",
                "increasing": {"line": {"color": tokens.up, "width": 1.1}, "fillcolor": tokens.background},
                "decreasing": {"line": {"color": tokens.down, "width": 1.1}, "fillcolor": tokens.down},
                "whiskerwidth": 0,
                "showlegend": False,
                "hovertemplate": (
                    f"O %{{open:{digits}}}  H %{{high:{digits}}}<br>L %{{low:{digits}}}  C %{{close:{digits}}}"
                ),
            }
        ]
    if one.kind == "bar":
        return [
            base
            | {
                "type": "bar",
                "y": whole(values),
                "textposition": "none",
                "marker": {"color": _bar_colours(one, values, tokens), "line": {"width": 0}},
                "hovertemplate": "%{customdata}",
                "customdata": [_short(value, one.unit) for value in values],
            }
        ]
    first = one is figure.series[0]
    colour = tokens.accent if first else next(colours)
    if not first and colour == tokens.accent:
        colour = next(colours)
    if one.kind == "dots":
        marker = {"size": 7, "color": colour}
        return [
            base
            | {"type": "scatter", "mode": "markers", "marker": marker, "y": numbers(values, decimals)}
            | {"hovertemplate": hover}
        ]
    line: Spec = {
        "type": "scatter",
        "mode": "lines",
        "y": numbers(values, decimals),
        "line": {"color": colour, "width": 1.8 if first else 1.4},
        "hovertemplate": hover,
        "connectgaps": False,
    }
    if one.kind == "area" or (figure.kind == "area" and first):
        line |= {"fill": "tozeroy", "fillcolor": see_through(colour, 0.13)}
    return [base | line]


def _bar_colours(one: Series, values: NDArray[np.float64], tokens: Tokens) -> list[str]:
    sign = values if one.colour_by is None else np.asarray(one.colour_by, dtype=np.float64)
    if one.colour_by is None and not bool(np.any(values < 0)):
        return [see_through(tokens.accent, 0.75)] * len(values)
    up, down, none = see_through(tokens.up, 0.7), see_through(tokens.down, 0.8), see_through(tokens.muted, 0.6)
    return [up if value > 0 else down if value < 0 else none for value in sign]


def _mark_level(level: Level, axis: str, unit: str, tokens: Tokens, shapes: list[Spec], notes: list[Spec]) -> None:
    colour = tokens.up if level.kind in _RISES else tokens.down if level.kind in _FALLS else tokens.muted
    shapes.append(
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": axis,
            "y0": level.price,
            "y1": level.price,
            "line": {"color": colour, "width": 1, "dash": "dot"},
        }
    )
    words = html.escape(level.label)
    if axis == "y":
        words = f"{words} {html.escape(_short(level.price, unit))}"
    notes.append(_label(words, axis, level.price, colour, tokens))


def _mark_zone(zone: Zone, place: _Place, tokens: Tokens, shapes: list[Spec], notes: list[Spec]) -> None:
    colour = tokens.up if zone.kind in _RISES else tokens.down if zone.kind in _FALLS else tokens.accent
    solid = 0.06 + 0.14 * min(max(zone.strength, 0.0), 1.0)
    span: Spec = {"xref": "paper", "x0": 0, "x1": 1}
    if zone.start is not None:
        span = {"xref": "x", "x0": place.at(zone.start), "x1": place.axis.end}
        if zone.end is not None:
            span["x1"] = min(place.at(zone.end), place.axis.end)
    shapes.append(
        span
        | {
            "type": "rect",
            "yref": "y",
            "y0": zone.low,
            "y1": zone.high,
            "fillcolor": see_through(colour, solid),
            "line": {"color": see_through(colour, 0.5), "width": 1},
            "layer": "below",
        }
    )
    if zone.label:
        notes.append(_label(html.escape(zone.label), "y", (zone.low + zone.high) / 2, colour, tokens))


def _label(words: str, axis: str, y: float, colour: str, tokens: Tokens) -> Spec:
    return {
        "xref": "paper",
        "x": 0.005,
        "xanchor": "left",
        "yref": axis,
        "y": y,
        "yanchor": "bottom",
        "text": words,
        "showarrow": False,
        "font": {"size": 10, "color": colour},
        "bgcolor": see_through(tokens.background, 0.55),
        "borderpad": 1,
    }


def _note(one: Annotation, place: _Place, tokens: Tokens) -> Spec:
    below = one.direction == "up"
    colour = {"up": tokens.up, "down": tokens.down}.get(one.direction, tokens.text)
    return {
        "xref": "x",
        "x": place.at(one.time),
        "yref": "y",
        "y": one.price,
        "text": html.escape(one.text),
        "showarrow": True,
        "arrowhead": 2,
        "arrowsize": 0.9,
        "arrowwidth": 1,
        "arrowcolor": colour,
        "ax": 0,
        "ay": 26 if below else -26,
        "font": {"size": 10, "color": colour},
        "bgcolor": see_through(tokens.background, 0.7),
    }


# -- by name ---------------------------------------------------------------------------------------------------------


def _columns(figure: Figure, series: Sequence[Series], tokens: Tokens) -> Drawn:
    layout = base_layout(tokens, PRICE_HEIGHT + _BOTTOM, "")
    look = axis_look(tokens) | {"showspikes": False, "fixedrange": True}
    layout |= {
        "margin": {"l": 4, "r": 60, "t": _TOP, "b": _BOTTOM},
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": len(series) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"},
        "bargap": 0.05 if figure.kind == "histogram" else 0.3,
        "xaxis": look | {"type": "category", "automargin": True, "showgrid": False},
        "yaxis": look | {"side": "right", "automargin": True} | _ticks(series, zero=True),
    }
    several = len(series) > 1
    data: list[Spec] = []
    for one, colour in zip(series, cycle(overlay_colours(tokens)), strict=False):
        assert isinstance(one.x, tuple)
        values = np.asarray(one.y, dtype=np.float64)
        texts = [_short(value, one.unit) for value in values]
        base: Spec = {"name": html.escape(one.name), "x": [html.escape(name) for name in one.x], "customdata": texts}
        if one.kind in {"line", "dots", "area"}:
            mode = "markers" if one.kind == "dots" else "lines+markers"
            look_of: Spec = {"type": "scatter", "mode": mode, "line": {"color": colour, "width": 1.8}}
        else:
            fill = [see_through(colour, 0.85)] * len(values) if several else _bar_colours(one, values, tokens)
            show = not several and len(values) <= 12
            look_of = {
                "type": "bar",
                "marker": {"color": fill, "line": {"width": 0}},
                "text": texts if show else None,
                "textposition": "outside" if show else "none",
                "cliponaxis": False,
            }
        hover = "%{x}: %{customdata}" + (f"<extra>{html.escape(one.name)}</extra>" if several else "<extra></extra>")
        data.append(base | look_of | {"y": _gaps(values), "hovertemplate": hover})
    shapes: list[Spec] = []
    notes: list[Spec] = []
    for level in figure.levels:
        _mark_level(level, "y", figure.unit, tokens, shapes, notes)
    layout["shapes"], layout["annotations"] = shapes, notes
    return Drawn(data, layout, figure.alt)


def _pie(figure: Figure, one: Series, tokens: Tokens) -> Drawn:
    assert isinstance(one.x, tuple)
    values = np.nan_to_num(np.asarray(one.y, dtype=np.float64))
    layout = base_layout(tokens, PRICE_HEIGHT + 20, "") | {
        "margin": {"l": 8, "r": 8, "t": 12, "b": 12},
        "hovermode": "closest",
        "showlegend": True,
        "legend": {"font": {"size": 11, "color": tokens.text}, "bgcolor": "rgba(0,0,0,0)"},
    }
    colours = [tokens.series[place % len(tokens.series)] for place in range(len(values))]
    trace: Spec = {
        "type": "pie",
        "labels": [html.escape(name) for name in one.x],
        "values": values.tolist(),
        "hole": 0.55,
        "sort": False,
        "direction": "clockwise",
        "textinfo": "percent",
        "customdata": [_short(value, one.unit) for value in values],
        "hovertemplate": "%{label}: %{customdata} (%{percent})<extra></extra>",
        "marker": {"colors": colours, "line": {"color": tokens.background, "width": 2}},
        "textfont": {"color": [readable_on(colour) for colour in colours], "size": 11},
    }
    return Drawn([trace], layout, figure.alt)


def _heatmap(figure: Figure, one: Series, tokens: Tokens) -> Drawn:
    assert isinstance(one.x, tuple)
    grid = np.asarray(one.y, dtype=np.float64).reshape(len(one.rows) or 1, len(one.x))
    reach = float(np.nanmax(np.abs(grid))) if np.isfinite(grid).any() else 1.0
    scale = [[place / 2, getattr(tokens, name)] for place, name in enumerate(_DIVERGING)]
    layout = base_layout(tokens, min(640, 90 + 34 * max(1, len(grid))), "")
    look = axis_look(tokens) | {"showspikes": False, "showgrid": False, "fixedrange": True, "automargin": True}
    layout |= {
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": look | {"type": "category", "side": "bottom"},
        "yaxis": look | {"type": "category", "autorange": "reversed"},
    }
    texts = [[_short(value, one.unit or figure.unit) for value in row] for row in grid]
    trace: Spec = {
        "type": "heatmap",
        "x": [html.escape(name) for name in one.x],
        "y": [html.escape(name) for name in one.rows],
        "z": [_gaps(row) for row in grid],
        "zmid": 0,
        "zmin": -reach,
        "zmax": reach,
        "colorscale": scale,
        "showscale": False,
        "text": texts,
        "texttemplate": "%{text}" if grid.size <= 150 else "",
        "hovertemplate": "%{y}, %{x}: %{text}<extra></extra>",
        "xgap": 1,
        "ygap": 1,
    }
    return Drawn([trace], layout, figure.alt)


def _treemap(figure: Figure, one: Series, tokens: Tokens) -> Drawn:
    assert isinstance(one.x, tuple)
    changes = np.zeros(len(one.x)) if one.colour_by is None else np.nan_to_num(np.asarray(one.colour_by, dtype=float))
    fills = [change_colour(float(value), tokens) for value in changes]
    parents = one.rows or ("",) * len(one.x)
    texts = [f"{formats.arrow(value)} {formats.number(value, 2, signed=True)}%" for value in changes]
    layout = base_layout(tokens, 380, "") | {"margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "hovermode": "closest"}
    trace: Spec = {
        "type": "treemap",
        "labels": [html.escape(name) for name in one.x],
        "parents": [html.escape(name) for name in parents],
        "values": np.nan_to_num(np.asarray(one.y, dtype=np.float64)).tolist(),
        "text": texts if one.colour_by is not None else [_short(value, one.unit) for value in one.y],
        "texttemplate": "<b>%{label}</b><br>%{text}",
        "hovertemplate": "<b>%{label}</b><br>%{text}<extra></extra>",
        "marker": {"colors": fills, "line": {"width": 1, "color": tokens.background}},
        "textfont": {"color": [readable_on(fill) for fill in fills], "size": 12},
        "pathbar": {"visible": False},
    }
    return Drawn([trace], layout, figure.alt)


# -- numbers ---------------------------------------------------------------------------------------------------------


def _decimals(values: NDArray[np.float64]) -> int:
    known = values[np.isfinite(values)]
    return formats.price_decimals(float(np.max(np.abs(known)))) if known.size else 2


def _gaps(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _short(value: float, unit: str) -> str:
    if not np.isfinite(value):
        return formats.UNKNOWN
    if unit == "%":
        return f"{formats.number(value, 1)}%"
    money = len(unit) == 3 and unit.isupper()
    if abs(value) >= _BIG:
        return formats.compact(value, unit if money else "")
    if money:
        return formats.money(value, unit)
    digits = 0 if float(value).is_integer() and abs(value) >= 10 else 2
    return formats.number(value, digits)


def _around(series: Sequence[Series]) -> Spec:
    """The span of the values: filling an area down to zero would press a price flat."""
    values = np.concatenate([np.asarray(one.y, dtype=np.float64).ravel() for one in series])
    known = values[np.isfinite(values)]
    if not known.size:
        return {}
    low, high = float(known.min()), float(known.max())
    room = 0.06 * ((high - low) or abs(high) or 1.0)
    return {"range": [low - room, high + room]}


def _ticks(series: Sequence[Series], *, zero: bool) -> Spec:
    """Large values are labelled as they are written elsewhere (lakh, crore); the rest is left to the axis."""
    values = np.concatenate([np.asarray(one.y, dtype=np.float64).ravel() for one in series])
    known = values[np.isfinite(values)]
    unit = next((one.unit for one in series if one.unit), "")
    if not known.size or float(np.max(np.abs(known))) < _BIG:
        return {"ticksuffix": "%"} if unit == "%" else {}
    low, high = float(known.min()), float(known.max())
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    span = (high - low) or abs(high)
    rough = span / _TICKS
    size = 10.0 ** np.floor(np.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    places = np.arange(np.ceil(low / step) * step, high + step / 2, step)
    currency = unit if len(unit) == 3 and unit.isupper() else ""
    return {"tickvals": places.tolist(), "ticktext": [formats.compact(float(place), currency) for place in places]}
