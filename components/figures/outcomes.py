"""Figures of a backtest's outcomes: months, spread of trades, trades on the price, and a grid of variants."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from components.figures.axis import time_axis
from components.figures.drawn import Drawn, Spec, numbers, packed
from components.figures.price import PriceFigure, price_figure
from components.figures.theme import axis_look, base_layout
from components.theme import Tokens
from core import formats
from core.backtest.study import Months, Spread

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ROW = 24


@dataclass(frozen=True)
class Grid:
    """A figure by two parameters: `values` (rows, columns), NaN where there is none."""

    metric: str
    unit: str
    x_name: str
    y_name: str
    x: tuple[Any, ...]
    y: tuple[Any, ...]
    values: NDArray[np.float64] = field(repr=False)


def months_figure(found: Months, tokens: Tokens) -> Drawn:
    """Returns by year and month, the year's own beside them; the newest year on top."""
    table = np.column_stack([found.returns, found.totals])[::-1]
    known = table[np.isfinite(table[:, :12]).any(axis=1)][:, :12]
    reach = float(np.nanquantile(np.abs(known), 0.95)) if known.size and np.isfinite(known).any() else 0.01
    text = [["" if np.isnan(one) else "0" if abs(one) < 5e-5 else f"{100 * one:+.1f}" for one in row] for row in table]
    years = [str(year) for year in found.years[::-1]]
    layout = base_layout(tokens, 60 + _ROW * len(years), f"months {years[0]} {years[-1]}")
    look = axis_look(tokens) | {"showgrid": False, "showspikes": False, "fixedrange": True}
    layout["xaxis"] = look | {"type": "category", "side": "top", "tickangle": 0}
    layout["yaxis"] = look | {"type": "category", "autorange": "reversed"}
    layout |= {"hovermode": "closest", "dragmode": False}
    layout["margin"] = {"l": 40, "r": 8, "t": 28, "b": 8}
    heat: Spec = {
        "type": "heatmap",
        "x": [*_MONTHS, "Year"],
        "y": years,
        "z": packed(np.round(table, 5).ravel()) | {"shape": f"{table.shape[0]}, {table.shape[1]}"},
        "text": text,
        "texttemplate": "%{text}",
        "textfont": {"size": 10.5},
        "zmin": -max(reach, 0.001),
        "zmax": max(reach, 0.001),
        "colorscale": _scale(tokens),
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "%{x} %{y}: %{z:+.2%}<extra></extra>",
        "hoverongaps": False,
    }
    best, worst = (float(f(found.returns)) for f in (np.nanmax, np.nanmin))
    alt = f"Returns by month: the best {formats.percent(best)}, the worst {formats.percent(worst)}."
    return Drawn([heat], layout, alt)


def spread_figure(found: Spread, tokens: Tokens) -> Drawn:
    """How many trades returned how much, losers and winners in their colours."""
    middle = (found.edges[1:] + found.edges[:-1]) / 2.0
    layout = base_layout(tokens, 260, "spread")
    look = axis_look(tokens)
    layout["xaxis"] = look | {"tickformat": ".1%" if np.ptp(found.edges) < 0.1 else ".0%", "showgrid": False}
    layout["yaxis"] = look | {"side": "right", "rangemode": "tozero", "tickformat": "d"}
    layout |= {"hovermode": "closest", "bargap": 0.06}
    bars: Spec = {
        "type": "bar",
        "x": numbers(middle, 6),
        "y": packed(found.counts.astype(np.int32)),
        "marker": {"color": [tokens.up if x > 0 else tokens.down for x in middle]},
        "customdata": [[f"{a:+.1%}", f"{b:+.1%}"] for a, b in zip(found.edges[:-1], found.edges[1:], strict=True)],
        "hovertemplate": "%{customdata[0]} to %{customdata[1]}: %{y} trades<extra></extra>",
    }
    count, wins = int(found.counts.sum()), int(found.counts[middle > 0].sum())
    return Drawn([bars], layout, f"Returns of {count} trades; {wins} of them made money.")


def trades_figure(view: PriceFigure, trades: pd.DataFrame, tokens: Tokens) -> Drawn:
    """Entries and exits of the trades over the price. `view.frame` holds the drawn bars."""
    base = price_figure(view, tokens)
    index = view.frame.index
    assert isinstance(index, pd.DatetimeIndex)
    axis = time_axis(index, view.interval, view.timezone)
    digits = formats.price_decimals(float(view.frame["close"].iloc[-1]))
    traces: list[Spec] = []
    for side, opens, colour, symbols in (
        ("long", "Bought", tokens.up, ("triangle-up", "triangle-down-open")),
        ("short", "Sold short", tokens.down, ("triangle-down", "triangle-up-open")),
    ):
        mine = trades[trades["side"] == side]
        ways = (("entry", opens, symbols[0]), ("exit", "Left", symbols[1]))
        for what, word, symbol in ways:
            some = mine if what == "entry" else mine[mine["reason"] != "open"]
            some = some.drop_duplicates(f"{what}_time") if what == "entry" else some
            at = index.get_indexer(pd.DatetimeIndex(some[f"{what}_time"]).tz_convert(index.tz))
            some, at = some[at >= 0], at[at >= 0]
            if not len(some):
                continue
            told = [_told(row, what) for row in some.itertuples()]
            traces.append(
                {
                    "type": "scatter", "mode": "markers", "name": word, "x": packed(axis.x[at]),
                    "y": numbers(some[f"{what}_price"].to_numpy(), digits), "text": told, "showlegend": False,
                    "marker": {
                        "symbol": symbol, "size": 10, "color": colour if what == "entry" else tokens.text,
                        "line": {"width": 1.4, "color": tokens.background if what == "entry" else tokens.text},
                    },
                    "hovertemplate": f"{word} %{{y:,.{digits}f}}%{{text}}<extra></extra>",
                }
            )  # fmt: skip
    shown = len(trades[pd.DatetimeIndex(trades["entry_time"]) >= index[0]]) if len(trades) else 0
    return Drawn([*base.spec["data"], *traces], base.spec["layout"], f"{base.alt} With {shown} trades marked.")


def _told(row: Any, what: str) -> str:
    if what == "entry":
        return ""
    made = row.pnl / (row.quantity * row.entry_price)
    return f", {row.reason.replace('_', ' ')}, {made:+.2%} in {row.bars} bars"


def grid_figure(grid: Grid, tokens: Tokens) -> Drawn:
    """A sweep as a heatmap; with one row, as a line."""
    layout = base_layout(tokens, 420, f"grid {grid.metric} {grid.x_name} {grid.y_name}")
    look = axis_look(tokens) | {"showspikes": False, "showgrid": False}
    fmt = "+.1%" if grid.unit == "fraction" else ".2f"
    layout["xaxis"] = look | {"type": "category", "title": {"text": grid.x_name, "font": {"size": 12}}}
    layout["margin"] = {"l": 56, "r": 16, "t": 10, "b": 48}
    layout["hovermode"] = "closest"
    if len(grid.y) == 1:
        values = grid.values[0]
        layout["yaxis"] = look | {"tickformat": fmt, "showgrid": True, "zeroline": True, "zerolinecolor": tokens.border}
        bars: Spec = {
            "type": "bar",
            "x": [str(one) for one in grid.x],
            "y": numbers(values, 6),
            "marker": {"color": [tokens.up if one > 0 else tokens.down for one in np.nan_to_num(values)]},
            "hovertemplate": f"{grid.x_name} %{{x}}: %{{y:{fmt}}}<extra></extra>",
        }
        return Drawn([bars], layout, _said(grid))
    layout["yaxis"] = look | {"type": "category", "title": {"text": grid.y_name, "font": {"size": 12}}}
    known = grid.values[np.isfinite(grid.values)]
    reach = max(float(np.abs(known).max()) if known.size else 1.0, 1e-9)
    heat: Spec = {
        "type": "heatmap",
        "x": [str(one) for one in grid.x],
        "y": [str(one) for one in grid.y],
        "z": packed(np.round(grid.values, 6).ravel()) | {"shape": f"{grid.values.shape[0]}, {grid.values.shape[1]}"},
        "zmin": -reach,
        "zmax": reach,
        "colorscale": _scale(tokens),
        "colorbar": {"thickness": 10, "outlinewidth": 0, "tickformat": fmt, "tickfont": {"size": 10}},
        "hovertemplate": f"{grid.x_name} %{{x}}, {grid.y_name} %{{y}}: %{{z:{fmt}}}<extra></extra>",
        "hoverongaps": False,
    }
    if grid.values.size <= 150:
        heat |= {"texttemplate": f"%{{z:{fmt}}}", "textfont": {"size": 10}}
    return Drawn([heat], layout, _said(grid))


def _said(grid: Grid) -> str:
    if not np.isfinite(grid.values).any():
        return f"{grid.metric} by {grid.x_name}: no combination has one."
    row, column = np.unravel_index(int(np.nanargmax(grid.values)), grid.values.shape)
    where = f"{grid.x_name} {grid.x[column]}" + (f" and {grid.y_name} {grid.y[row]}" if len(grid.y) > 1 else "")
    best = float(grid.values[row, column])
    told = formats.percent(best) if grid.unit == "fraction" else f"{best:.2f}"
    names = f"{grid.x_name} and {grid.y_name}" if len(grid.y) > 1 else grid.x_name
    return f"{grid.metric} by {names}: highest, {told}, at {where}."


def _scale(tokens: Tokens) -> list[list[Any]]:
    low, high = tokens.diverging[:5], tokens.diverging[5:]
    if tokens.mode == "dark":  # the brightest ones leave no contrast to the numbers on them
        low, high = low[1:], high[:-1]
    colours = [*low, tokens.neutral, *high]
    return [[k / (len(colours) - 1), colour] for k, colour in enumerate(colours)]
