"""The price chart: bars or lines, volume, studies over and under the price, and what is marked on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.figures.axis import TimeAxis, time_axis
from components.figures.drawn import Drawn, Spec, numbers, packed, whole
from components.figures.marks import Marks, mark_layers
from components.figures.studies import Study, study_decimals, study_traces
from components.figures.theme import axis_look, base_layout, legend_look, overlay_colours, see_through
from components.theme import Tokens
from core import formats
from core.indicators import heikin_ashi
from core.market.model import Interval

PRICE_HEIGHT = 460
PANE_HEIGHT = 132
_GAP = 12
_TOP, _BOTTOM = 10, 34
_VOLUME_SHARE = 0.2


@dataclass(frozen=True)
class Rebased:
    """An instrument's closes on the chart's bars, shape (bars,), 100 where all compared first have a price."""

    symbol: str
    values: NDArray[np.float64] = field(repr=False)


@dataclass(frozen=True)
class PriceFigure:
    """What to draw. ``frame`` holds the bars (open, high, low, close, volume; aware index), at least one.

    ``kind`` is candles, heikin-ashi, line or area. With ``compare`` (the symbol's own first) all are lines from 100.
    ``revision`` names the view whose zoom is to be kept. ``compact`` leaves out legends and the range of studies.
    """

    symbol: str
    frame: pd.DataFrame = field(repr=False)
    interval: Interval
    timezone: str
    currency: str
    kind: str = "candles"
    volume: bool = True
    log: bool = False
    studies: tuple[Study, ...] = ()
    compare: tuple[Rebased, ...] = ()
    marks: Marks = field(default_factory=Marks, repr=False)
    revision: str = ""
    height: int = PRICE_HEIGHT
    compact: bool = False


def price_figure(view: PriceFigure, tokens: Tokens) -> Drawn:
    """The finished figure. Raises ValueError for an empty frame: the caller shows its own empty state."""
    if view.frame.empty:
        raise ValueError("a price figure needs at least one bar")
    axis = time_axis(_index(view.frame), view.interval, view.timezone)
    colours = cycle(overlay_colours(tokens))
    panes = [s for s in view.studies if not s.over_price]
    layout = _layout(view, axis, panes, tokens)
    data: list[Spec] = []
    decimals = formats.price_decimals(float(view.frame["close"].iloc[-1]))
    if view.compare:
        data += _compared(view, axis, colours)
        span = _span_of(data, decimals)
    else:
        shown = heikin_ashi(view.frame) if view.kind == "heikin-ashi" else view.frame
        data += _price(view, shown, axis, tokens, decimals)
        over = [s for s in view.studies if s.over_price]
        span = _span(shown, view.kind)
        for study in over:
            data += study_traces(study, axis, tokens, yaxis="y", legend="legend", colours=colours, decimals=decimals)
            span = _widened(span, study)
        traces, shapes, notes = mark_layers(view.marks, view.frame, axis, tokens, decimals)
        data += traces
        layout["shapes"] = [*layout.get("shapes", []), *shapes]
        layout["annotations"] = [*layout.get("annotations", []), *notes]
    if view.volume and not view.compare and _has_volume(view.frame):
        data.append(_volume(view.frame, axis, tokens, layout))
    layout["yaxis"] |= _price_range(span, view, with_volume="yaxis2" in layout)
    _last_price(view, layout, tokens, decimals)
    for number, study in enumerate(panes, start=4):
        pane_colours = cycle(overlay_colours(tokens))
        data += study_traces(
            study,
            axis,
            tokens,
            yaxis=f"y{number}",
            legend=f"legend{number}",
            colours=pane_colours,
            decimals=study_decimals(study, decimals),
        )
    return Drawn(data, layout, _alt(view))


def _index(frame: pd.DataFrame) -> pd.DatetimeIndex:
    index = frame.index
    assert isinstance(index, pd.DatetimeIndex)
    return index


def _has_volume(frame: pd.DataFrame) -> bool:
    return bool(np.nansum(frame["volume"].to_numpy(dtype=float)) > 0)


def figure_height(panes: int, price: int = PRICE_HEIGHT) -> int:
    """Pixels a chart with so many panes under the price takes."""
    return price + panes * (PANE_HEIGHT + _GAP) + _TOP + _BOTTOM


def _layout(view: PriceFigure, axis: TimeAxis, panes: list[Study], tokens: Tokens) -> Spec:
    height = figure_height(len(panes), view.height)
    inner = float(height - _TOP - _BOTTOM)
    layout = base_layout(tokens, height, view.revision)
    look = axis_look(tokens)
    lowest = f"y{3 + len(panes)}" if panes else "y"
    layout["xaxis"] = (
        look
        | axis.layout()
        | {
            "anchor": lowest,
            "domain": [0, 1],
            "rangeslider": {"visible": False},
            "showline": True,
            "spikemode": "across",
            "range": [axis.at(0) - axis.half, axis.end + _room(view, axis)],
        }
    )
    layout |= {"hoversubplots": "axis", "hoversort": "trace"}
    side = look | {"side": "right", "automargin": False}
    price_bottom = 1.0 - view.height / inner
    price_format = f",.{formats.price_decimals(float(view.frame['close'].iloc[-1]))}f"
    layout["yaxis"] = side | {
        "domain": [price_bottom, 1],
        "tickformat": "" if view.compare else _tick_format(view.frame),
        "hoverformat": price_format,
        "spikemode": "across",
    }
    if view.marks.profile is not None:
        # Volume by price grows from the right edge over a third of the pane.
        widest = float(np.nanmax(view.marks.profile.volumes)) or 1.0
        layout["xaxis2"] = {"overlaying": "x", "range": [3 * widest, 0], "visible": False, "fixedrange": True}
    # Marks that belong to a moment, not to a price, stand on an axis of their own along the pane's foot.
    layout["yaxis3"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
    if not view.compact:
        layout["showlegend"] = True
        layout["legend"] = legend_look(tokens, 1.0)
    top = price_bottom
    for number, study in enumerate(panes, start=4):
        top -= _GAP / inner
        bottom = top - PANE_HEIGHT / inner
        layout[f"yaxis{number}"] = (
            side
            | {
                "domain": [max(bottom, 0.0), top],
                "nticks": 4,
                "anchor": "x",
                "tickformat": _pane_ticks(study),
                "spikemode": "across",
            }
            | _pane_range(study)
        )
        layout[f"legend{number}"] = legend_look(tokens, top)
        layout.setdefault("shapes", []).extend(_levels(study, number, tokens))
        layout["shapes"].append(_rule(top + _GAP / inner / 2, tokens))
        top = bottom
    return layout


def _room(view: PriceFigure, axis: TimeAxis) -> float:
    """Air to the right of the last bar, a fiftieth of the chart."""
    return 0.0 if view.compact else max(2.0, len(axis.x) / 50) * 2 * axis.half


def _tick_format(frame: pd.DataFrame) -> str:
    high = float(np.nanmax(frame["high"].to_numpy(dtype=float)))
    low = float(np.nanmin(frame["low"].to_numpy(dtype=float)))
    step = (high - low) / 6
    if step <= 0 or not np.isfinite(step):
        return ",.2f"
    return f",.{int(np.clip(np.ceil(-np.log10(step)), 0, 8))}f"


def _pane_ticks(study: Study) -> str:
    values = np.abs(study.values.to_numpy(dtype=float))
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    if top >= 10_000:
        return ".3~s"
    return ",.0f" if top >= 20 else ",.2~f" if top >= 0.1 else ".2~g"


def _pane_range(study: Study) -> Spec:
    """Values and reference levels in sight, with head room for the pane's legend."""
    shown = [c.name for c in study.indicator.columns if c.draw != "none"]
    values = study.values[shown].to_numpy(dtype=float)
    values = np.concatenate([values[np.isfinite(values)], np.asarray(study.indicator.levels, dtype=float)])
    if not values.size:
        return {}
    low, high = float(values.min()), float(values.max())
    room = (high - low) or abs(high) * 0.1 or 1.0
    return {"range": [low - 0.08 * room, high + 0.22 * room]}


def _levels(study: Study, number: int, tokens: Tokens) -> Iterator[Spec]:
    for level in study.indicator.levels:
        yield {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "yref": f"y{number}",
            "y0": level,
            "y1": level,
            "line": {"color": tokens.muted, "width": 1, "dash": "dot"},
            "opacity": 0.6,
            "layer": "below",
        }


def _rule(y: float, tokens: Tokens) -> Spec:
    line = {"color": tokens.border, "width": 1}
    return {"type": "line", "xref": "paper", "yref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}


def _price(view: PriceFigure, shown: pd.DataFrame, axis: TimeAxis, tokens: Tokens, decimals: int) -> list[Spec]:
    place: Spec = {"x": axis.packed, "yaxis": "y", "showlegend": False, "name": view.symbol}
    columns = {c: numbers(shown[c].to_numpy(dtype=float), decimals) for c in ("open", "high", "low", "close")}
    digits = f",.{decimals}f"
    if view.kind in ("line", "area"):
        trace: Spec = {
            "type": "scatter",
            "mode": "lines",
            "y": columns["close"],
            "line": {"color": tokens.accent, "width": 1.8},
            "hovertemplate": f"%{{y:{digits}}}",
        }
        if view.kind == "area":
            trace |= {"fill": "tozeroy", "fillcolor": see_through(tokens.accent, 0.13)}
        return [place | trace]
    # Hollow bodies rise and filled ones fall: readable without telling the two colours apart.
    return [
        place
        | columns
        | {
            "type": "candlestick",
            "increasing": {"line": {"color": tokens.up, "width": 1.2}, "fillcolor": tokens.background},
            "decreasing": {"line": {"color": tokens.down, "width": 1.2}, "fillcolor": tokens.down},
            "whiskerwidth": 0,
            "hovertemplate": (
                f"O %{{open:{digits}}}  H %{{high:{digits}}}<br>L %{{low:{digits}}}  C %{{close:{digits}}}"
            ),
        }
    ]


def _volume(frame: pd.DataFrame, axis: TimeAxis, tokens: Tokens, layout: Spec) -> Spec:
    volume = frame["volume"].to_numpy(dtype=float)
    rising = (frame["close"].to_numpy(dtype=float) >= frame["open"].to_numpy(dtype=float)).astype(np.uint8)
    layout["yaxis2"] = {
        "overlaying": "y",
        "range": [0, float(np.nanmax(volume)) / _VOLUME_SHARE],
        "visible": False,
        "fixedrange": True,
    }
    scale = [[0, see_through(tokens.down, 0.42)], [1, see_through(tokens.up, 0.3)]]
    return {
        "type": "bar",
        "name": "Volume",
        "textposition": "none",  # else plotly looks for a text colour that can be read on each bar, and logs about it
        "x": axis.packed,
        "y": whole(volume),
        "yaxis": "y2",
        "showlegend": False,
        "marker": {"color": packed(rising), "colorscale": scale, "cmin": 0, "cmax": 1, "line": {"width": 0}},
        "hovertemplate": "%{y:.3s}",
    }


def _compared(view: PriceFigure, axis: TimeAxis, colours: Iterator[str]) -> list[Spec]:
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": line.symbol,
            "x": axis.packed,
            "y": numbers(line.values, 2),
            "yaxis": "y",
            "legend": "legend",
            "connectgaps": True,
            "line": {"color": next(colours), "width": 2.2 if place == 0 else 1.6},
            "hovertemplate": "%{y:,.2f}",
        }
        for place, line in enumerate(view.compare)
    ]


Span = tuple[float, float]


def _span(frame: pd.DataFrame, kind: str) -> Span:
    low, high = ("close", "close") if kind in ("line", "area") else ("low", "high")
    return float(np.nanmin(frame[low].to_numpy(dtype=float))), float(np.nanmax(frame[high].to_numpy(dtype=float)))


def _span_of(data: list[Spec], decimals: int) -> Span:
    import base64

    lows, highs = [], []
    for trace in data:
        raw = np.frombuffer(base64.b64decode(trace["y"]["bdata"]), dtype=trace["y"]["dtype"])
        if np.isfinite(raw).any():
            lows.append(float(np.nanmin(raw)))
            highs.append(float(np.nanmax(raw)))
    return (round(min(lows), decimals), round(max(highs), decimals)) if lows else (99.0, 101.0)


def _widened(span: Span, study: Study) -> Span:
    """Room for a study's lines, but never so much that the bars become a thin strip."""
    shown = [c.name for c in study.indicator.columns if c.draw != "none"]
    values = study.values[shown].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    if not values.size:
        return span
    low, high = span
    reach = 0.35 * (high - low)
    return max(min(low, float(values.min())), low - reach), min(max(high, float(values.max())), high + reach)


def _price_range(span: Span, view: PriceFigure, *, with_volume: bool) -> Spec:
    low, high = span
    log = view.log and low > 0
    if log:
        low, high = float(np.log10(low)), float(np.log10(high))
    room = (high - low) or abs(high) * 0.01 or 1.0
    foot = (_VOLUME_SHARE + 0.04 if with_volume else 0.06) * room
    bounds = {"range": [low - foot, high + 0.08 * room], "autorange": False}
    return bounds | ({"type": "log", "dtick": "D2" if high - low > 0.8 else None} if log else {})


def _last_price(view: PriceFigure, layout: Spec, tokens: Tokens, decimals: int) -> None:
    """A tag with the last price on the axis and a line leading to it."""
    if view.compare:
        return
    close = view.frame["close"].to_numpy(dtype=float)
    known = close[np.isfinite(close)]
    if not known.size:
        return
    last = float(known[-1])
    falling = known.size > 1 and last < known[-2]
    colour = tokens.down if falling else tokens.up
    log = layout["yaxis"].get("type") == "log"
    y = float(np.log10(last)) if log else last
    # Both are named so that the browser can move them with the forming bar.
    tag: Spec = {
        "name": "last",
        "xref": "paper",
        "x": 1,
        "xanchor": "left",
        "yref": "y",
        "y": y,
        "text": formats.number(last, decimals, currency=view.currency),
        "showarrow": False,
        "font": {"size": 11, "color": tokens.background},
        "bgcolor": colour,
        "borderpad": 2,
    }
    line = {"name": "last", "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": last, "y1": last}
    line |= {"line": {"color": colour, "width": 1, "dash": "dot"}, "opacity": 0.7}
    layout.setdefault("annotations", []).append(tag)
    layout.setdefault("shapes", []).append(line)


_KINDS = {"candles": "Candles", "heikin-ashi": "Heikin-Ashi candles", "line": "Line", "area": "Area"}


def _alt(view: PriceFigure) -> str:
    """The message in a sentence or two: direction over the range, extremes, last price, studies shown."""
    frame, currency = view.frame, view.currency
    close = frame["close"].to_numpy(dtype=float)
    known = close[np.isfinite(close)]
    index = _index(frame)
    span = f"from {formats.day(index[0], view.timezone)} to {formats.day(index[-1], view.timezone)}"
    if not known.size:
        return f"{view.symbol} {span}: no prices."
    change = known[-1] / known[0] - 1.0 if known[0] > 0 else float("nan")
    word = "up" if change > 0 else "down" if change < 0 else "unchanged"
    head = f"{view.symbol} {word} {formats.percent(abs(change))} {span}"
    if view.compare:
        others: list[Any] = []
        for other in view.compare[1:]:
            seen = other.values[np.isfinite(other.values)]
            end = formats.percent(seen[-1] / 100 - 1, signed=True) if seen.size else "no prices"
            others.append(f"{other.symbol} {end}")
        return f"{head}, compared with {', '.join(others)}."
    low, high = (
        float(np.nanmin(frame["low"].to_numpy(dtype=float))),
        float(np.nanmax(frame["high"].to_numpy(dtype=float))),
    )
    tail = f"; with {', '.join(s.title for s in view.studies)}" if view.studies else ""
    return (
        f"{head}, last {formats.money(float(known[-1]), currency)}, between {formats.money(low, currency)} and "
        f"{formats.money(high, currency)}. {_KINDS.get(view.kind, 'Chart')}{tail}."
    )
