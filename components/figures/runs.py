"""Figures of a backtest over time: equity and drawdown, rolling figures, several runs side by side."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.figures.axis import time_axis
from components.figures.drawn import Drawn, Spec, numbers
from components.figures.theme import axis_look, base_layout, legend_look, see_through
from components.theme import Tokens
from core import formats
from core.backtest.study import Curves, Rolling
from core.market.model import Interval

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A named line over its own bars: values (bars,), aware index."""

    name: str
    index: pd.DatetimeIndex
    values: Values = field(repr=False)


def equity_figure(
    curves: Curves, interval: Interval, timezone: str, currency: str, title: str, tokens: Tokens
) -> Drawn:
    """Equity beside holding the instrument, and how far both are under their highest, on one time axis."""
    axis = time_axis(curves.index, interval, timezone)
    layout = base_layout(tokens, 400, f"equity {title} {curves.index[0]} {curves.index[-1]}")
    look = axis_look(tokens)
    layout["xaxis"] = look | axis.layout() | {"anchor": "y2", "domain": [0, 1], "spikemode": "across"}
    side = look | {"side": "right"}
    layout["yaxis"] = side | {"domain": [0.33, 1.0], "tickformat": "~s"}
    layout["yaxis2"] = side | {"domain": [0.0, 0.27], "tickformat": ".0%", "rangemode": "tozero"}
    layout |= {"hoversubplots": "axis", "hoversort": "trace", "showlegend": True, "legend": legend_look(tokens, 0.995)}
    shared: Spec = {"type": "scatter", "mode": "lines", "x": axis.packed}
    money = "%{y:,.0f}"
    data: list[Spec] = [
        shared
        | {
            "name": "Buy and hold",
            "y": numbers(curves.holding, 0),
            "line": {"color": tokens.muted, "width": 1.2, "dash": "dot"},
            "hovertemplate": money,
        },
        shared
        | {
            "name": "Strategy",
            "y": numbers(curves.equity, 0),
            "line": {"color": tokens.accent, "width": 1.9},
            "hovertemplate": money,
        },
        shared
        | {
            "name": "Buy and hold under its peak",
            "yaxis": "y2",
            "y": numbers(curves.holding_drawdown, 4),
            "line": {"color": tokens.muted, "width": 1, "dash": "dot"},
            "hovertemplate": "%{y:.1%}",
            "showlegend": False,
        },
        shared
        | {
            "name": "Under its peak",
            "yaxis": "y2",
            "y": numbers(curves.drawdown, 4),
            "line": {"color": tokens.down, "width": 1},
            "fill": "tozeroy",
            "fillcolor": see_through(tokens.down, 0.16),
            "hovertemplate": "%{y:.1%}",
            "showlegend": False,
        },
    ]
    first, last = float(curves.equity[0]), float(curves.equity[-1])
    alt = (
        f"Equity of {title}: from {formats.money(first, currency, decimals=0)} to "
        f"{formats.money(last, currency, decimals=0)}, at worst {formats.percent(float(curves.drawdown.min()))} under "
        f"its highest; buying and holding ends at {formats.money(float(curves.holding[-1]), currency, decimals=0)}."
    )
    return Drawn(data, layout, alt)


def rolling_figure(found: Rolling, interval: Interval, timezone: str, tokens: Tokens) -> Drawn:
    """Sharpe ratio, volatility and beta over a moving window, a pane each."""
    axis = time_axis(found.index, Interval.D1 if interval.intraday else interval, timezone)
    layout = base_layout(tokens, 380, f"rolling {found.index[0]} {found.index[-1]}")
    look = axis_look(tokens)
    layout["xaxis"] = look | axis.layout() | {"anchor": "y3", "domain": [0, 1], "spikemode": "across"}
    panes = (
        ("Sharpe ratio", found.sharpe, tokens.accent, [0.70, 1.0], "%{y:.2f}", "", 3),
        ("Volatility", found.volatility, tokens.series[1], [0.36, 0.64], "%{y:.1%}", ".0%", 4),
        ("Beta", found.beta, tokens.series[3], [0.0, 0.30], "%{y:.2f}", "", 3),
    )
    data: list[Spec] = []
    notes: list[Spec] = []
    for k, (name, values, colour, domain, hover, ticks, digits) in enumerate(panes, start=1):
        number = "" if k == 1 else str(k)
        zero = {"zeroline": True, "zerolinecolor": tokens.border}
        layout[f"yaxis{number}"] = look | zero | {"side": "right", "domain": domain, "tickformat": ticks, "nticks": 4}
        data.append(
            {
                "type": "scatter", "mode": "lines", "name": name, "x": axis.packed, "y": numbers(values, digits),
                "yaxis": f"y{number}", "line": {"color": colour, "width": 1.4}, "hovertemplate": hover,
            }
        )  # fmt: skip
        notes.append(
            {
                "text": name, "xref": "paper", "yref": "paper", "x": 0.004, "y": domain[1], "xanchor": "left",
                "yanchor": "top", "showarrow": False, "font": {"size": 11, "color": tokens.text},
            }
        )  # fmt: skip
    layout |= {"annotations": notes, "hoversubplots": "axis", "hoversort": "trace"}
    return Drawn(data, layout, f"Sharpe ratio, volatility and beta over the last {found.sessions} sessions.")


def growth_figure(lines: tuple[Line, ...], timezone: str, tokens: Tokens) -> Drawn:
    """What one unit became in each of several runs. Lines have bars of their own."""
    layout = base_layout(tokens, 380, "compare " + " ".join(one.name for one in lines))
    look = axis_look(tokens)
    layout["xaxis"] = look | {"type": "date"}
    layout["yaxis"] = look | {"side": "right", "tickformat": ".2f", "type": "log"}
    layout |= {"showlegend": True, "legend": legend_look(tokens, 1.0) | {"y": 1.02, "yanchor": "bottom"}}
    layout["margin"] = layout["margin"] | {"t": 40 + 14 * len(lines)}
    data: list[Spec] = []
    for k, one in enumerate(lines):
        axis = time_axis(one.index, Interval.D1, timezone)
        data.append(
            {
                "type": "scatter", "mode": "lines", "name": one.name, "x": axis.packed, "y": numbers(one.values, 3),
                "line": {
                    "color": tokens.series[k % len(tokens.series)], "width": 1.6,
                    "dash": "solid" if k < len(tokens.series) else "dot",
                },
                "hovertemplate": "%{y:.3f}",
            }
        )  # fmt: skip
    ends = ", ".join(f"{one.name} {float(one.values[-1]):.2f}" for one in lines)
    return Drawn(data, layout, f"What one unit became: {ends}.")
