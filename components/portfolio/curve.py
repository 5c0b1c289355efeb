"""The value of a portfolio over time, with what was paid in beneath it."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from components import theme
from components.figures.drawn import Drawn, Spec, packed
from components.figures.theme import CONFIG, axis_look, base_layout, legend_look, see_through
from components.portfolio.amounts import Amounts
from components.portfolio.ticks import money_ticks
from core import formats
from core.portfolio.overview import History

_HEIGHT = 320
_MOST_POINTS = 420
_STEPS: Spec = {"shape": "hv"}
SPANS: dict[str, int | None] = {"1M": 31, "6M": 183, "1Y": 366, "3Y": 1097, "All": None}


def value_curve(history: History, amounts: Amounts, span: str, key: str) -> None:
    """Draw it for the last days of `span`."""
    days = SPANS[span]
    # The day before anything was there has a value of nothing; the line begins with the first money.
    start = 1 if days is None else max(1, len(history.days) - days)
    places = thinned(min(start, len(history.days) - 1), len(history.days))
    figure = _figure(history, places, amounts, span)
    st.plotly_chart(figure, theme=None, config=CONFIG | {"displayModeBar": False}, key=key, alt=figure.alt)


def thinned(start: int, end: int) -> NDArray[np.int64]:
    """Positions from `start` to `end` (not included), at most some hundred, both ends among them."""
    if end - start <= _MOST_POINTS:
        return np.arange(start, end)
    return np.unique(np.linspace(start, end - 1, _MOST_POINTS).round().astype(np.int64))


def _figure(history: History, places: NDArray[np.int64], amounts: Amounts, span: str) -> Drawn:
    look = theme.active()
    whole = float(history.known[-1])
    name = "Value of what is known" if np.isnan(history.value[places]).any() else "Value"
    value = amounts.line(history.known[places], whole)
    paid = amounts.line(history.contributed[places], whole)
    stamps = history.days[places].astype("datetime64[ms]").astype(np.int64).astype(np.float64) + 43_200_000.0
    both = np.concatenate([value, paid])
    both = both[np.isfinite(both)]
    low, high = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
    pad = (high - low or abs(high) or 1.0) * 0.06
    bottom = max(0.0, low - pad) if low >= 0 else low - pad
    traces: list[Spec] = [
        line_of(
            "Paid in, net", stamps, paid, amounts, {"color": look.muted, "width": 1.5, "dash": "dot", "shape": "hv"}
        ),
        line_of(name, stamps, value, amounts, {"color": look.accent, "width": 2.2}),
    ]
    traces[1] |= {"fill": "tonexty", "fillcolor": see_through(look.accent, 0.10)}
    layout = base_layout(look, _HEIGHT, f"value {span}")
    layout["margin"] = {"l": 8, "r": 60, "t": 8, "b": 28}
    layout["showlegend"] = True
    layout["legend"] = legend_look(look, 1.0)
    layout["xaxis"] = axis_look(look) | {"type": "date", "showgrid": False, "hoverformat": "%a %-d %b %Y"}
    layout["yaxis"] = (
        axis_look(look)
        | {"side": "right", "range": [bottom, high + pad], "showspikes": False}
        | money_ticks(bottom, high + pad, amounts)
    )
    first, last = formats.day(history.days[places[0]].astype(object)), formats.day(history.days[-1].astype(object))
    told = "" if amounts.private else f", {amounts.money(history.known[-1])} at the end"
    return Drawn(traces, layout, f"Value of the portfolio and what was paid in, {first} to {last}{told}")


def line_of(name: str, stamps: NDArray[np.float64], values: NDArray[np.float64], amounts: Amounts, line: Spec) -> Spec:
    """A line of values (already in percent while amounts are hidden) at `stamps`, in milliseconds since 1970."""
    texts = [
        formats.UNKNOWN if not np.isfinite(each) else f"{each:.1f}%" if amounts.private else amounts.money(float(each))
        for each in values
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": packed(stamps),
        "y": packed(np.round(values, 2)),
        "text": texts,
        "hovertemplate": "%{text}",
        "line": line,
        "connectgaps": False,
    }
