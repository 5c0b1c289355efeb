"""The sector treemap and the sectors' performance."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import theme
from components.figures.theme import CONFIG, FONT
from components.theme import Tokens
from core import formats
from core.market.views.overview import SectorRow, TreemapRow, weighed

_FULL_COLOUR = 3.0  # percent of change at which a box has the full colour
_HEIGHT = 440


def mixed(low: str, high: str, share: float) -> str:
    """The colour ``share`` (0 to 1) of the way from ``low`` to ``high``, both ``#RRGGBB``."""
    ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (low, high)]
    parts = (round(a + (b - a) * min(1.0, max(0.0, share))) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{part:02X}" for part in parts)


def change_colour(percent: float, look: Tokens) -> str:
    """Neutral at no change, the rising or falling colour at three percent and beyond."""
    end = look.up if percent > 0 else look.down
    return mixed(look.neutral, end, np.sqrt(abs(percent) / _FULL_COLOUR))


def readable_on(fill: str) -> str:
    """Ink or paper, whichever has the higher WCAG contrast on ``fill``."""
    channels = [int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    # Equal contrast with black and white lies at a luminance of about 0.18 (WCAG 2.1).
    return "#11161E" if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.18 else "#FFFFFF"


def treemap(rows: Sequence[TreemapRow], title: str) -> None:
    """Companies as boxes by market value within their sectors, coloured and signed by the day's change."""
    look = theme.active()
    by_sector = weighed(rows)
    sectors, means = list(by_sector.weights), by_sector.changes
    labels = [title, *sectors, *(row.name for row in rows)]
    percents = [by_sector.change, *means.values(), *(row.change_percent for row in rows)]
    fills = [look.surface, *(look.surface for _ in sectors), *(change_colour(row.change_percent, look) for row in rows)]
    texts = [f"{formats.arrow(p)} {p:+.2f}%".replace("-", "−") for p in percents]
    figure = go.Figure(
        go.Treemap(
            ids=["all", *(f"sector {sector}" for sector in sectors), *(row.symbol for row in rows)],
            labels=labels,
            parents=["", *("all" for _ in sectors), *(f"sector {row.sector}" for row in rows)],
            values=[sum(by_sector.weights.values()), *by_sector.weights.values(), *(row.weight for row in rows)],
            branchvalues="total",
            text=texts,
            texttemplate="<b>%{label}</b><br>%{text}",
            hovertemplate="<b>%{label}</b><br>%{text}<extra></extra>",
            marker={
                "colors": fills,
                "line": {"width": 1, "color": look.background},
                "pad": {"t": 22, "l": 2, "r": 2, "b": 2},
            },
            tiling={"packing": "squarify", "squarifyratio": 1.2, "pad": 1},
            pathbar={"visible": False},
            textfont={"color": [readable_on(fill) for fill in fills], "size": 13, "family": FONT},
        )
    )
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        height=_HEIGHT,
        paper_bgcolor="rgba(0,0,0,0)",
        uniformtext={"minsize": 9, "mode": "hide"},
    )
    best = max(sectors, key=means.__getitem__)
    worst = min(sectors, key=means.__getitem__)
    st.plotly_chart(
        figure,
        theme=None,
        config=CONFIG | {"displayModeBar": False},
        key="treemap",
        alt=f"{title} by market value: {best} strongest ({means[best]:+.2f}%), {worst} weakest ({means[worst]:+.2f}%)",
    )


def performance(rows: Sequence[SectorRow]) -> None:
    """Sectors over a day, a week, a month and a year; every cell signed."""
    frame = pd.DataFrame(
        {
            "Sector": [row.sector for row in rows],
            "Day": [row.day for row in rows],
            "Week": [row.week for row in rows],
            "Month": [row.month for row in rows],
            "Year": [row.year for row in rows],
        }
    )
    look = theme.active()
    spans = ["Day", "Week", "Month", "Year"]
    # A column without any known change would hold None, which compares with nothing; NaN does.
    frame = frame.astype(dict.fromkeys(spans, float))
    styled = frame.style.map(
        lambda value: f"color: {look.up if value > 0 else look.down if value < 0 else look.muted}", subset=spans
    )
    column = {span: st.column_config.NumberColumn(format="%+.1f%%", width=56) for span in spans}
    st.dataframe(
        styled,
        hide_index=True,
        height="content",
        column_config=column | {"Sector": st.column_config.TextColumn(width=136)},
        alt="Performance of sectors over a day, a week, a month and a year, members weighing alike",
    )
