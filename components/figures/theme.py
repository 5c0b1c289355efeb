"""The one look of all figures: paper, ink, grid and hover box from the desk's colours."""

from components.figures.drawn import Spec
from components.theme import Tokens

FONT = '"Source Sans", "Source Sans Pro", "Source Sans 3", sans-serif'

# Zooming by wheel would catch a page that is being scrolled; the buttons and a dragged box are enough.
CONFIG: Spec = {
    "displaylogo": False,
    "scrollZoom": False,
    "doubleClick": "reset",
    "modeBarButtonsToRemove": ["toImage", "lasso2d", "select2d", "autoScale2d"],
    "responsive": True,
}


def overlay_colours(tokens: Tokens) -> tuple[str, ...]:
    """Colours for lines over prices: the palette without those that mean up and down."""
    return tuple(c for c in tokens.series if c not in (tokens.up, tokens.down))


def see_through(colour: str, alpha: float) -> str:
    """``#RRGGBB`` as an rgba() with the given opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def base_layout(tokens: Tokens, height: int, revision: str) -> Spec:
    """Layout every figure starts from. ``revision`` names the view: zoom is kept while it stays the same."""
    return {
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": tokens.muted},
        "margin": {"l": 8, "r": 64, "t": 10, "b": 34},
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": tokens.surface,
            "bordercolor": tokens.border,
            "font": {"family": FONT, "size": 12, "color": tokens.text},
            "namelength": 28,
        },
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": tokens.muted,
            "activecolor": tokens.accent,
            "orientation": "h",
        },
        "dragmode": "zoom",
        "uirevision": revision,
    }


def axis_look(tokens: Tokens) -> Spec:
    """Lines, ticks and crosshair shared by x and y axes."""
    return {
        "gridcolor": tokens.grid,
        "linecolor": tokens.border,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"size": 11, "color": tokens.muted},
        "showspikes": True,
        "spikecolor": tokens.muted,
        "spikethickness": -2,
        "spikedash": "dot",
        "spikesnap": "cursor",
    }


def legend_look(tokens: Tokens, top: float) -> Spec:
    """A legend lying in the upper left corner of a pane whose top edge is at ``top`` (paper units)."""
    return {
        "x": 0.004,
        "y": top,
        "xanchor": "left",
        "yanchor": "top",
        "orientation": "h",
        "bgcolor": see_through(tokens.background, 0.72),
        "borderwidth": 0,
        "font": {"size": 11, "color": tokens.text},
        "itemwidth": 30,
        "tracegroupgap": 4,
    }
