"""Portfolio: what everything is worth, what it earned and how it is divided; each figure with its source."""

import streamlit as st

from components.frame import inside_app
from components.portfolio import allocation, curve, findings, frame, income, returns, tiles
from components.portfolio.reading import overview_of
from components.states import part

inside_app()

with part("portfolio"):
    opened = frame.opened("Portfolio")
    if opened is not None:
        reader, desk = opened
        amounts = reader.amounts
        view = overview_of(desk)
        frame.provenance(reader, desk.prices, view)
        if view.empty:
            frame.nothing_in_scope()
        else:
            tiles.tiles(view, amounts)
            main, aside = st.columns([1.7, 1], gap="medium")
            with main, part("value"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.subheader("Value and what was paid in", width="stretch")
                    span = st.segmented_control(
                        "Span", list(curve.SPANS), default="All", key="span", bind="query-params",
                        label_visibility="collapsed", required=True,
                    )  # fmt: skip
                curve.value_curve(view.history, amounts, span, key="portfolio_value")
            with aside, part("returns"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.subheader("Returns", width="stretch")
                    returns.how_button(view.performance, desk.values, amounts)
                returns.by_period(view.performance, amounts)
            main, aside = st.columns([1.7, 1], gap="medium")
            with main, part("holdings"):
                st.subheader("Holdings by sector")
                allocation.treemap(view.holdings, amounts)
            with aside, part("allocation"):
                st.subheader("Allocation")
                allocation.divided(view.allocation, amounts)
            main, aside = st.columns([1.7, 1], gap="medium")
            with main, part("income"):
                st.subheader("Income")
                income.months(view.income, amounts)
            with aside:
                st.subheader("Health")
                findings.link(view.findings)
