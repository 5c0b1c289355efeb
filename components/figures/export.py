"""A figure as a file: a stand-alone page, PNG or SVG."""

import html
import logging
import os
import shutil
import threading
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

from components.figures.drawn import Drawn
from components.theme import Tokens

log = logging.getLogger(__name__)

WIDTH = 1400
_TITLE_ROOM = 44
_one_at_a_time = threading.Lock()


class ExportFailed(Exception):
    """The browser that draws pictures could not; the message says what to do."""


def chromium() -> str | None:
    """The browser pictures are drawn with, or None. ``BROWSER_PATH`` goes before what is installed."""
    set_path = os.environ.get("BROWSER_PATH")
    if set_path:
        return shutil.which(set_path)
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


def titled(figure: Drawn, tokens: Tokens, title: str) -> go.Figure:
    """An ordinary figure on its own paper, with a line that says what it is and where the numbers come from."""
    spec: dict[str, Any] = figure.to_dict()
    layout = dict(spec["layout"])
    margin = dict(layout.get("margin", {}))
    margin["t"] = margin.get("t", 10) + _TITLE_ROOM
    layout |= {
        "paper_bgcolor": tokens.background,
        "plot_bgcolor": tokens.background,
        "margin": margin,
        "height": int(layout.get("height", 460)) + _TITLE_ROOM,
        "title": {
            "text": html.escape(title),
            "x": 0.01,
            "xanchor": "left",
            "font": {"size": 15, "color": tokens.text},
        },
    }
    return go.Figure({"data": spec["data"], "layout": layout})


def page(figure: Drawn, tokens: Tokens, title: str) -> bytes:
    """One HTML file with the chart and its script inside; opens without a network."""
    body: str = pio.to_html(titled(figure, tokens, title), full_html=False, include_plotlyjs=True, default_width="100%")
    head = (
        f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{html.escape(title)}</title>"
    )
    style = f"<style>body{{margin:0;background:{tokens.background}}}</style>"
    described = html.escape(figure.alt, quote=True)
    return (
        f"<!doctype html><html lang='en'><head>{head}{style}</head>"
        f"<body><main role='figure' aria-label=\"{described}\">{body}</main></body></html>"
    ).encode()


def image(figure: Drawn, tokens: Tokens, title: str, kind: str) -> bytes:
    """``kind`` "png" (twice the pixels) or "svg". Raises ExportFailed without a working browser.

    One picture at a time: each takes a whole browser for about a second.
    """
    if chromium() is None:
        raise ExportFailed("No Chromium or Chrome is installed. Install one or set BROWSER_PATH; HTML works without.")
    drawn = titled(figure, tokens, title)
    with _one_at_a_time:
        try:
            made: bytes = drawn.to_image(format=kind, width=WIDTH, scale=2 if kind == "png" else 1)
        except Exception as error:  # kaleido raises whatever its browser ran into
            log.exception("a picture could not be made")
            raise ExportFailed(
                "The browser on the server could not draw the picture. The HTML file works without."
            ) from error
    return made
