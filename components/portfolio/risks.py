"""Risk on screen: figures of today's holdings, drawdown, correlations, concentration, stress and the X-ray."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from components import theme
from components.figures.drawn import Drawn, packed
from components.figures.theme import CONFIG, axis_look, base_layout, see_through
from components.overview.sectors import mixed
from components.portfolio.amounts import Amounts, rate, reason
from components.portfolio.curve import thinned
from components.states import empty, plain
from core import formats
from core.portfolio.returns import Unavailable
from core.portfolio.risk import Concentration, Correlations, Risk, Series, underwater
from core.portfolio.stress import Stress
from core.portfolio.xray import SHOWN, Ray

_BARE = CONFIG | {"displayModeBar": False}
_MOST_WRITTEN = 10
"""With more holdings than this, numbers in the cells would run into one another on a phone; hovering tells them."""
_ICONS = {"pointed out": ":material/error:", "unknown": ":material/help:", "passed": ":material/check_circle:"}
_COLOURS = {"pointed out": "orange", "unknown": "gray", "passed": "green"}


def figures(found: Risk, index: str) -> None:
    """Volatility, ratios, beta, tails and the deepest fall; what is missing says why."""
    fall = found.drawdown
    shown: list[tuple[str, str, str]] = [
        ("Volatility, a year", rate(found.volatility, signed=False), reason(found.volatility)),
        ("Sharpe", _plain(found.sharpe), reason(found.sharpe)),
        ("Sortino", _plain(found.sortino), reason(found.sortino)),
        (f"Beta to {index}", _plain(found.beta), reason(found.beta)),
        ("Deepest fall", formats.UNKNOWN if isinstance(fall, Unavailable) else rate(fall.depth), reason(fall)),
    ]
    shown += [
        (f"Bad day, {formats.percent(one.level, 0)}", rate(-one.historical), _tail(one.conditional, one.parametric))
        for one in found.tails
    ]
    with st.grid(len(shown), min_column_width=128, gap="small"):
        for label, value, told in shown:
            with st.container(border=True):
                st.metric(label, value, help=plain(told) if told else None)
    if found.first is not None and found.last is not None:
        st.caption(
            f"Of {found.days} daily returns that today's holdings, in today's weights, had from "
            f"{formats.day(found.first)} to {formats.day(found.last)}; riskless rate "
            f"{formats.percent(found.riskless, 1)}."
        )


def _plain(value: float | Unavailable) -> str:
    return formats.UNKNOWN if isinstance(value, Unavailable) else formats.number(value, 2)


def _tail(conditional: float, parametric: float) -> str:
    return (
        f"Value at risk of a day, from the days themselves. Beyond it a day lost {formats.percent(conditional)} on "
        f"average (CVaR); normally distributed returns would say {formats.percent(parametric)}."
    )


def falls(of: Series) -> None:
    """How far below its last peak the value was."""
    if len(of.returns) == 0:
        empty("No daily returns yet", "Prices of what is held are missing.", ":material/trending_down:")
        return
    look = theme.active()
    depth = underwater(of)
    days = of.days[len(of.days) - len(depth) :] if len(depth) <= len(of.days) else of.days
    depth = depth[len(depth) - len(days) :]
    places = thinned(0, len(days))
    stamps = days[places].astype("datetime64[ms]").astype(np.int64).astype(np.float64) + 43_200_000.0
    layout = base_layout(look, 220, "drawdown")
    layout["margin"] = {"l": 8, "r": 52, "t": 8, "b": 28}
    layout["xaxis"] = axis_look(look) | {"type": "date", "showgrid": False, "hoverformat": "%a %-d %b %Y"}
    layout["yaxis"] = axis_look(look) | {"side": "right", "tickformat": ".0%", "showspikes": False}
    trace = {
        "type": "scatter", "mode": "lines", "x": packed(stamps), "y": packed(np.round(depth[places], 5)),
        "fill": "tozeroy", "fillcolor": see_through(look.down, 0.18), "line": {"color": look.down, "width": 1.4},
        "hovertemplate": "%{y:.2%}<extra></extra>", "name": "Below the peak",
    }  # fmt: skip
    figure = Drawn([trace], layout, f"Fall below the last peak; at worst {formats.percent(float(depth.min()))}")
    st.plotly_chart(figure, theme=None, config=_BARE, key="portfolio_falls", alt=figure.alt)


def related(found: Correlations, names: dict[str, str]) -> None:
    """Correlations of daily returns as a heatmap."""
    if len(found.symbols) < 2:
        empty("No pairs to compare", "It takes two holdings.", ":material/grid_on:")
        return
    look = theme.active()
    labels = [names.get(symbol, symbol) for symbol in found.symbols]
    layout = base_layout(look, 90 + 26 * len(labels), "correlations")
    layout["margin"] = {"l": 100, "r": 8, "t": 8, "b": 84}
    layout["hovermode"] = "closest"
    bare = {"showspikes": False, "showgrid": False, "type": "category"}
    layout["xaxis"] = axis_look(look) | bare | {"tickangle": -45}
    layout["yaxis"] = axis_look(look) | bare | {"autorange": "reversed"}
    texts = [["" if np.isnan(each) else f"{each:.2f}" for each in row] for row in found.matrix]
    scale = [
        [0.0, mixed(look.background, look.down, 0.55)],
        [0.5, look.background],
        [1.0, mixed(look.background, look.up, 0.55)],
    ]
    trace = {
        "type": "heatmap", "x": labels, "y": labels, "zmin": -1, "zmax": 1, "colorscale": scale,
        "z": [[None if np.isnan(each) else round(float(each), 3) for each in row] for row in found.matrix],
        "text": texts, "texttemplate": "%{text}" if len(labels) <= _MOST_WRITTEN else "", "showscale": False,
        "hovertemplate": "%{y} and %{x}: %{z:.2f}<extra></extra>", "xgap": 1, "ygap": 1,
        "textfont": {"size": 10, "color": look.text},
    }  # fmt: skip
    figure = Drawn([trace], layout, f"Correlations of the daily returns of {len(labels)} holdings")
    st.plotly_chart(figure, theme=None, config=_BARE, key="portfolio_related", alt=figure.alt)


def concentrated(found: Concentration | Unavailable) -> None:
    """How much lies in few holdings."""
    if isinstance(found, Unavailable):
        st.caption(f":material/info: Unavailable, because {plain(found.because)}")
        return
    st.markdown(
        f"The five largest are **{formats.percent(found.top5, 1)}**. It is like "
        f"**{formats.number(found.effective, 1)}** equal holdings (Herfindahl {formats.number(found.herfindahl, 3)})."
    )


def scenarios(rows: Sequence[Stress], amounts: Amounts) -> None:
    """What each scenario would do, and how much of the holdings it speaks of."""
    frame = pd.DataFrame(
        {
            "If": [each.words for each in rows],
            "Change": [rate(each.change) for each in rows],
            "Amount": [
                amounts.signed(None if isinstance(each.amount, Unavailable) else round(each.amount, 2)) for each in rows
            ],
            "Covers": [formats.percent(each.covered, 0) for each in rows],
            "How": [reason(each.change) or each.assumption for each in rows],
        }
    )
    right = st.column_config.TextColumn(alignment="right", width=96)
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        column_config={
            "If": st.column_config.TextColumn(width=270), "Change": right, "Amount": right, "Covers": right,
            "How": st.column_config.TextColumn(width="large"),
        },
        alt="Scenarios and what today's holdings would do in them",
    )  # fmt: skip


def rays(found: Sequence[Ray]) -> None:
    """The X-ray: what is pointed out first, with what to do."""
    if not found:
        empty("Nothing to look through", "It takes a holding.", ":material/radiology:")
        return
    with st.grid(2, min_column_width=300, gap="small"):
        for each in found:
            with st.container(border=True):
                colour = _COLOURS[each.state]
                remedy = f" {plain(each.remedy)}" if each.state == "pointed out" and each.remedy else ""
                st.markdown(
                    f"{_ICONS[each.state]} **{plain(each.title)}** :{colour}-badge[{SHOWN[each.state]}]  \n"
                    f":small[{plain(each.detail)}{remedy}]"
                )
