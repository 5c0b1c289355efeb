"""Any indicator of the catalogue as traces, drawn from what it says of itself: columns, hints, levels and fills."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from components.figures.axis import TimeAxis
from components.figures.drawn import Spec, numbers, packed
from components.figures.theme import see_through
from components.theme import Tokens
from core.indicators import Indicator


@dataclass(frozen=True)
class Study:
    """An indicator with its parameters and its values over the bars of the chart, shape (bars, columns)."""

    indicator: Indicator
    params: Mapping[str, Any]
    values: pd.DataFrame = field(repr=False)

    @property
    def over_price(self) -> bool:
        """True if it shares the price pane."""
        return self.indicator.pane == "price"

    @property
    def title(self) -> str:
        """Short name with the parameters that were set: RSI 14, MACD 12 26 9."""
        shown = [_short(self.params.get(p.name)) for p in self.indicator.params if p.kind != "date"]
        return " ".join([self.indicator.name.upper(), *(s for s in shown if s)])

    @property
    def key(self) -> str:
        """What tells this study from others on the chart."""
        return f"{self.indicator.name}:{sorted(self.params.items(), key=str)}"


def _short(value: Any) -> str:
    if value is None or isinstance(value, pd.Timestamp):
        return ""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def study_decimals(study: Study, price_decimals: int) -> int:
    """Decimals for the hover: the price's for lines in price units, else by the size of the values."""
    if study.over_price:
        return price_decimals
    finite = np.abs(study.values.to_numpy(dtype=float))
    finite = finite[np.isfinite(finite)]
    size = float(np.median(finite)) if finite.size else 1.0
    if size >= 100_000:
        return 0
    return 2 if size >= 1 else 4


def study_traces(
    study: Study,
    axis: TimeAxis,
    tokens: Tokens,
    *,
    yaxis: str,
    legend: str,
    colours: Iterator[str],
    decimals: int,
) -> list[Spec]:
    """Traces of one study, one legend entry for all. Fills lie between the two columns the indicator names.

    The two edges of a fill share a colour; reference levels are left to the pane.
    """
    traces: list[Spec] = []
    filled_to = {second: first for first, second in study.indicator.fills}
    several = len(study.indicator.columns) > 1
    given: dict[str, str] = {}
    for column in _fill_order(study):
        if column.draw == "none":
            continue
        pair = filled_to.get(column.name, column.name)
        colour = given.setdefault(pair, given[pair] if pair in given else next(colours))
        values = _placed(study, column.name, column.shift)
        trace: Spec = {
            "name": f"{study.indicator.name.upper()} {column.label}" if several else study.title,
            "x": axis.packed,
            "y": numbers(values, decimals),
            "yaxis": yaxis,
            "legend": legend,
            "legendgroup": study.key,
            "showlegend": False,
            "hovertemplate": f"%{{y:,.{decimals}f}}",
        }
        if column.draw == "histogram":
            trace |= _bars(values, tokens)
        elif column.draw == "dots":
            trace |= {"type": "scatter", "mode": "markers", "marker": {"size": 4, "color": colour}}
        else:
            line: Spec = {"color": colour, "width": 1.5}
            if column.draw == "step":
                line["shape"] = "hv"
            trace |= {"type": "scatter", "mode": "lines", "line": line}
            if column.name in filled_to and traces:
                trace |= {"fill": "tonexty", "fillcolor": see_through(colour, 0.09)}
        traces.append(trace)
    return [_legend_entry(study, traces, legend), *traces] if traces else []


def _legend_entry(study: Study, traces: list[Spec], legend: str) -> Spec:
    """The study's name with its parameters, standing for all its lines; a click hides them together."""
    first = next((t for t in traces if "line" in t), traces[0])
    colour = first.get("line", first.get("marker", {})).get("color")
    return {
        "type": "scatter",
        "mode": "lines",
        "name": study.title,
        "x": [None],
        "y": [None],
        "legend": legend,
        "legendgroup": study.key,
        "yaxis": traces[0]["yaxis"],
        "line": {"color": colour if isinstance(colour, str) else None, "width": 2},
        "hoverinfo": "skip",
    }


def _fill_order(study: Study) -> list[Any]:
    """Columns so that the second of each filled pair directly follows the first, as plotly's fill needs."""
    columns = {c.name: c for c in study.indicator.columns}
    order: list[str] = []
    for first, second in study.indicator.fills:
        order += [name for name in (first, second) if name in columns and name not in order]
    order += [name for name in columns if name not in order]
    return [columns[name] for name in order]


def _placed(study: Study, name: str, shift: str) -> Any:
    """Values of a column where a chart wants them; ``shift`` names the parameter that moves them to the left."""
    values = study.values[name].to_numpy(dtype=float)
    bars = int(study.params.get(shift, 0)) if shift else 0
    if bars <= 0:
        return values
    moved = np.full(len(values), np.nan)
    if bars < len(values):
        moved[:-bars] = values[bars:]
    return moved


def _bars(values: Any, tokens: Tokens) -> Spec:
    """Columns from zero; rising ones solid, falling ones faint, so that colour is not the only sign of momentum."""
    change = np.diff(values, prepend=values[:1])
    code = (np.where(values >= 0, 0, 2) + np.where((change >= 0) == (values >= 0), 0, 1)).astype(np.uint8)
    scale = (tokens.up, see_through(tokens.up, 0.45), tokens.down, see_through(tokens.down, 0.45))
    stops = [[(i + edge) / 4, colour] for i, colour in enumerate(scale) for edge in (0, 1)]
    return {
        "type": "bar",
        "textposition": "none",
        "marker": {"color": packed(code), "colorscale": stops, "cmin": -0.5, "cmax": 3.5, "line": {"width": 0}},
    }
