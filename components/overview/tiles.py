"""Index tiles and the breadth of the market."""

from collections.abc import Sequence

import streamlit as st

from components import theme
from core import formats
from core.market.views.overview import Breadth, IndexTile

CHART_PAGE = "pages/charts.py"


def index_tiles(tiles: Sequence[IndexTile]) -> None:
    """One tile an index: level, the day's change, 60 sessions as a line, and the way to its chart."""
    with st.grid(min(len(tiles), 6), min_column_width=150, gap="small"):
        for tile in tiles:
            with st.container(border=True, gap="xsmall"):
                decimals = formats.price_decimals(tile.price)
                moved = formats.number(abs(tile.change), decimals, currency=tile.currency)
                st.metric(
                    tile.name,
                    formats.number(tile.price, decimals, currency=tile.currency),
                    # The sign in front decides colour and arrow; the arrow keeps colour from being the only sign.
                    f"{'-' if tile.change < 0 else '+'}{moved} ({abs(tile.change_percent):.2f}%)",
                    chart_data=tile.spark,
                    chart_type="area",
                )
                st.page_link(
                    CHART_PAGE,
                    label="Chart",
                    icon=":material/candlestick_chart:",
                    query_params={"symbol": tile.symbol},
                )


def breadth_bar(breadth: Breadth) -> None:
    """Advances against declines as one bar with its numbers in words."""
    look = theme.active()
    total = max(1, breadth.counted)
    spans = (
        (breadth.advances, look.up, "advanced"),
        (breadth.unchanged, look.border, "unchanged"),
        (breadth.declines, look.down, "declined"),
    )
    # Numbers and theme colours only: nothing of a vendor or an investor goes into this markup.
    segments = "".join(
        f'<span style="flex:{count / total:.4f};background:{colour};height:10px"></span>'
        for count, colour, _ in spans
        if count
    )
    words = ", ".join(f"{count} {word}" for count, _, word in spans)
    style = "display:flex;gap:2px;border-radius:5px;overflow:hidden"
    st.html(f'<div role="img" aria-label="{words}" style="{style}">{segments}</div>')
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(f":green[▲ **{breadth.advances}** advanced]", width="content")
        st.markdown(f":red[▼ **{breadth.declines}** declined]", width="content")
    st.caption(
        f"{breadth.unchanged} unchanged of {breadth.counted} ({breadth.universe}). "
        f"{breadth.highs} at a 52-week high, {breadth.lows} at a low."
    )
