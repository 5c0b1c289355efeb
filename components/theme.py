"""The colours of the desk, once, for everything Streamlit's own theme does not reach (figures, table styles).

Ink on warm paper with a brass accent. Rising is teal-green, falling vermilion: the pair keeps its contrast for
red-green colour-blind eyes, and every use adds a sign, an arrow or a hollow body so that colour is never alone.
"""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True, slots=True)
class Tokens:
    """One mode's colours as ``#RRGGBB``; ``series`` in the order figures hand them out, ``diverging`` low to high."""

    mode: str
    background: str
    surface: str
    text: str
    muted: str
    border: str
    grid: str
    accent: str
    up: str
    down: str
    up_soft: str
    down_soft: str
    neutral: str
    series: tuple[str, ...]
    diverging: tuple[str, ...]


LIGHT = Tokens(
    mode="light",
    background="#FBF8F1",
    surface="#F2ECDF",
    text="#1D2530",
    muted="#5B6069",
    border="#DDD3BF",
    grid="#E9E1D0",
    accent="#86621A",
    up="#0B7467",
    down="#BF3A17",
    up_soft="#E0EFEA",
    down_soft="#F8E3DB",
    neutral="#ECE7DB",
    series=("#86621A", "#2F5D8C", "#0B7467", "#6B4E8E", "#BF3A17", "#4F7A28", "#9C3F6B", "#5B6069"),
    diverging=(
        *("#8E2408", "#BF3A17", "#D9714F", "#EBA68C", "#F5D9CC"),
        *("#D3E7E1", "#94C7BB", "#4FA294", "#0B7467", "#06483F"),
    ),
)

DARK = Tokens(
    mode="dark",
    background="#11161E",
    surface="#1A212C",
    text="#ECE6D8",
    muted="#A3A8B0",
    border="#2E3743",
    grid="#232B36",
    accent="#D9B15F",
    up="#3CB9A5",
    down="#FF7D57",
    up_soft="#12302D",
    down_soft="#3A1E17",
    neutral="#252C37",
    series=("#D9B15F", "#7FB0E0", "#3CB9A5", "#B79BDD", "#FF7D57", "#9CC46B", "#E08DB4", "#A3A8B0"),
    diverging=(
        *("#FF7D57", "#E0623E", "#B54A2D", "#833824", "#4A2A22"),
        *("#1C3B38", "#1F5C55", "#25807A", "#2F9F92", "#3CB9A5"),
    ),
)

# Figures in columns only line up when digits share a width. The chosen segment, pill and tab are written in the
# primary colour, which must be dark enough for white labels on buttons and so is too dark to be read on ink: they
# take the accent. Only constants of this file go into the rules.
_RULES = """<style>
body {{ font-variant-numeric: tabular-nums; }}
button[role="radio"][aria-checked="true"], button[data-variant][data-selected="true"],
[role="tab"][aria-selected="true"] {{ color: {accent} !important; }}
</style>"""


def tokens(mode: str) -> Tokens:
    """The colours of ``mode`` ("light" or "dark")."""
    return DARK if mode == "dark" else LIGHT


def mode() -> str:
    """The investor's mode, "light" until the browser has told us."""
    return "dark" if st.context.theme.type == "dark" else "light"


def active() -> Tokens:
    """The colours of the mode the investor looks at."""
    return tokens(mode())


def apply() -> None:
    """What the theme file cannot say: tabular figures, a readable choice. Called once a run by the app."""
    st.html(_RULES.format(accent=active().accent))
