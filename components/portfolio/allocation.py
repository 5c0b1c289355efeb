"""How a portfolio is divided: one table a view, and a treemap of what is held."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from components import theme
from components.figures.theme import CONFIG, FONT
from components.overview.sectors import change_colour, readable_on
from components.portfolio.amounts import Amounts
from components.states import empty
from core import formats
from core.portfolio.exposure import By, Slice
from core.portfolio.holdings import Holding
from core.portfolio.returns import Unavailable

VIEWS = {
    "Class": By.CLASS,
    "Sector": By.SECTOR,
    "Account": By.ACCOUNT,
    "Currency": By.CURRENCY,
    "Country": By.COUNTRY,
}
_ROW, _MOST_ROWS = 36, 9
_TREEMAP_HEIGHT = 340
_MOST_BOXES = 60


def _today(each: Holding) -> float | None:
    return None if isinstance(each.today_rate, Unavailable) else each.today_rate


_COLOURS: dict[str, tuple[Callable[[Holding], float | None], float]] = {
    "Today": (_today, 1.0),
    "Since bought": (lambda each: each.unrealised_rate, 15.0),
}
"""The change a box is coloured by, and how many times the scale of a day's changes it has."""


def divided(found: Mapping[By, Sequence[Slice]], amounts: Amounts) -> None:
    """A choice of views and the table of the chosen one."""
    label = st.segmented_control(
        "Divided by", list(VIEWS), default="Class", key="portfolio_divided", label_visibility="collapsed", required=True
    )
    parts = found[VIEWS[label]]
    if not parts:
        empty("Nothing to divide", "Nothing with a known value is in this scope.", ":material/pie_chart:")
        return
    frame = pd.DataFrame(
        {
            label: [each.label for each in parts],
            "Share": [None if each.share is None else 100 * each.share for each in parts],
            "Value": [amounts.compact(each.value) for each in parts],
        }
    )
    frame["Share"] = frame["Share"].astype(float)
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(parts) <= _MOST_ROWS else _ROW * _MOST_ROWS,
        alt=f"Value by {label.lower()}: {parts[0].label} is the largest",
        column_config={
            label: st.column_config.TextColumn(width=130),
            "Share": st.column_config.ProgressColumn(
                format="%.1f%%", min_value=0.0, max_value=max(100 * (each.share or 0) for each in parts), width=130
            ),
            "Value": st.column_config.TextColumn(width=90, alignment="right"),
        },
    )


def treemap(rows: Sequence[Holding], amounts: Amounts) -> None:
    """Holdings as boxes by value within their sector, coloured and signed by their change."""
    moved = any(each.facts.asset_class != "Crypto" and each.today for each in rows)
    label = st.segmented_control(
        "Coloured by", list(_COLOURS), default="Today" if moved else "Since bought", key="portfolio_coloured",
        label_visibility="collapsed", required=True,
    )  # fmt: skip
    _draw(rows, amounts, label)


def _draw(rows: Sequence[Holding], amounts: Amounts, label: str) -> None:
    change_of, full = _COLOURS[label]
    known = [each for each in rows if each.share is not None and each.share > 0]
    if not known:
        empty("No values to draw", "None of the holdings has a known price.", ":material/grid_view:")
        return
    shown, rest = known[:_MOST_BOXES], known[_MOST_BOXES:]
    look = theme.active()
    sectors = list(dict.fromkeys(each.facts.sector for each in shown))
    # Shares, never amounts: what is drawn reaches the browser also while amounts are hidden.
    shares = [round(100 * (each.share or 0), 4) for each in shown]
    sums = [
        sum(share for share, each in zip(shares, shown, strict=True) if each.facts.sector == sector)
        for sector in sectors
    ]
    moves = [change_of(each) for each in shown]
    fills = [change_colour(100 * move / full, look) if move is not None else look.neutral for move in moves]
    texts = [
        f"{share:.1f}% · {formats.change(move) if move is not None else 'unknown'}"
        for share, move in zip(shares, moves, strict=True)
    ]
    over = [f"{amounts.money(each.value)}<br>{text}" for each, text in zip(shown, texts, strict=True)]
    figure = go.Figure(
        go.Treemap(
            ids=[*(f"sector {sector}" for sector in sectors), *(each.facts.symbol for each in shown)],
            labels=[_safe(each) for each in (*sectors, *(each.facts.name for each in shown))],
            parents=[*("" for _ in sectors), *(f"sector {each.facts.sector}" for each in shown)],
            values=[*sums, *shares],
            branchvalues="total",
            text=[*(f"{total:.1f}%" for total in sums), *texts],
            customdata=[*(f"{total:.1f}%" for total in sums), *over],
            texttemplate="<b>%{label}</b><br>%{text}",
            hovertemplate="<b>%{label}</b><br>%{customdata}<extra></extra>",
            marker={
                "colors": [*(look.surface for _ in sectors), *fills],
                "line": {"width": 1, "color": look.background},
                "pad": {"t": 20, "l": 2, "r": 2, "b": 2},
            },
            tiling={"packing": "squarify", "squarifyratio": 1.2, "pad": 1},
            pathbar={"visible": False},
            textfont={
                "color": [*(readable_on(look.surface) for _ in sectors), *(readable_on(fill) for fill in fills)],
                "size": 12,
                "family": FONT,
            },
        )
    )
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        height=_TREEMAP_HEIGHT,
        paper_bgcolor="rgba(0,0,0,0)",
        uniformtext={"minsize": 9, "mode": "hide"},
    )
    st.plotly_chart(
        figure,
        theme=None,
        config=CONFIG | {"displayModeBar": False},
        key="portfolio_treemap",
        alt=f"{len(shown)} holdings by value: {shown[0].facts.name} is the largest with {shares[0]:.1f}%",
    )
    if rest:
        st.caption(f"The {_MOST_BOXES} largest; {len(rest)} smaller ones are on the holdings page.")


def _safe(text: str) -> str:
    # Plotly reads a few HTML tags in labels; names of own assets are the investor's text.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
