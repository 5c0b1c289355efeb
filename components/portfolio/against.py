"""A portfolio against an index that received the same money on the same days."""

from __future__ import annotations

import numpy as np
import streamlit as st

from components import theme
from components.figures.drawn import Drawn, Spec
from components.figures.theme import CONFIG, axis_look, base_layout, legend_look
from components.portfolio.amounts import Amounts, rate
from components.portfolio.curve import line_of, thinned
from components.portfolio.reader import Reader
from components.portfolio.reading import INDICES, with_index
from components.portfolio.ticks import money_ticks
from components.states import plain
from core.portfolio.benchmark import Comparison, compare
from core.portfolio.desk import Desk
from core.portfolio.periods import Performance

_HEIGHT = 300


def panel(reader: Reader, desk: Desk, since: Performance) -> None:
    """A choice of index, three figures, and both lines."""
    amounts = reader.amounts
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Against an index with the same money", width="stretch")
        symbol = st.selectbox(
            "Index", list(INDICES), format_func=INDICES.__getitem__, key="index", bind="query-params",
            label_visibility="collapsed", width=160,
        )  # fmt: skip
    found = compare(desk.values, with_index(reader, desk, symbol), symbol, since)
    if found.value is None:
        st.info(f"Unavailable, because {plain(found.because)}", icon=":material/info:")
        return
    with st.grid(3, min_column_width=150, gap="small"):
        with st.container(border=True):
            st.metric("Yours (XIRR)", rate(since.xirr), f"{rate(since.twr)} TWR", delta_color="off", delta_arrow="off")
        with st.container(border=True):
            st.metric(
                f"{INDICES[symbol]} (XIRR)", rate(found.xirr), f"{rate(found.twr)} TWR", delta_color="off",
                delta_arrow="off",
            )  # fmt: skip
        with st.container(border=True):
            ahead = found.ahead
            st.metric(
                "Ahead by" if ahead is None or ahead >= 0 else "Behind by",
                amounts.money(None if ahead is None else abs(ahead)),
                f"{amounts.money(found.value)} in the index",
                delta_color="off",
                delta_arrow="off",
            )
    _lines(found, amounts, INDICES[symbol])
    notes = [found.because] if found.because else []
    if found.price_only:
        notes.append("The index is without its dividends, yours are in.")
    if notes:
        st.caption(f":material/info: {plain(' '.join(notes))}")


def _lines(found: Comparison, amounts: Amounts, name: str) -> None:
    look = theme.active()
    places = thinned(min(1, len(found.days) - 1), len(found.days))
    whole = float(found.own[-1])
    own, index = (amounts.line(values[places], whole) for values in (found.own, found.index))
    stamps = found.days[places].astype("datetime64[ms]").astype(np.int64).astype(np.float64) + 43_200_000.0
    traces: list[Spec] = [
        line_of(name, stamps, index, amounts, {"color": look.series[1], "width": 1.6}),
        line_of("Yours", stamps, own, amounts, {"color": look.accent, "width": 2.2}),
    ]
    both = np.concatenate([own, index])
    both = both[np.isfinite(both)]
    low, high = min(0.0, float(both.min())), float(both.max()) * 1.05
    layout = base_layout(look, _HEIGHT, f"index {name}")
    layout["margin"] = {"l": 8, "r": 60, "t": 8, "b": 28}
    layout["showlegend"] = True
    layout["legend"] = legend_look(look, 1.0)
    layout["xaxis"] = axis_look(look) | {"type": "date", "showgrid": False, "hoverformat": "%a %-d %b %Y"}
    layout["yaxis"] = (
        axis_look(look) | {"side": "right", "range": [low, high], "showspikes": False} | money_ticks(low, high, amounts)
    )
    ahead = "ahead" if own[-1] >= index[-1] else "behind"
    figure = Drawn(traces, layout, f"The portfolio beside {name} with the same money: {ahead} at the end")
    st.plotly_chart(
        figure, theme=None, config=CONFIG | {"displayModeBar": False}, key="portfolio_against", alt=figure.alt
    )
