"""Performance: returns by period and month, against an index with the same money, and who made them."""

import streamlit as st

from components.frame import inside_app
from components.portfolio import against, frame, months, returns, sources
from components.states import part
from core.portfolio import periods
from core.portfolio.periods import Period

inside_app()

PERIODS = (*periods.ASKED[:-1], Period.THREE_YEARS, Period.FIVE_YEARS, Period.START)

with part("performance"):
    opened = frame.opened("Performance")
    if opened is not None:
        reader, desk = opened
        amounts = reader.amounts
        frame.provenance(reader, desk.prices)
        if not desk.ledger.entries:
            frame.nothing_in_scope()
        else:
            found = periods.performances(desk.values, PERIODS)
            main, aside = st.columns([1.7, 1], gap="medium")
            with main, part("index"):
                against.panel(reader, desk, found[Period.START])
            with aside, part("returns"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.subheader("Returns", width="stretch")
                    returns.how_button(found, desk.values, amounts)
                returns.by_period(found, amounts)
            with part("months"):
                st.subheader("Months")
                months.matrix(periods.months(desk.values))
            with part("sources"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.subheader("What made the result", width="stretch")
                    period = st.selectbox(
                        "Period", list(found), list(found).index(Period.START), format_func=lambda one: one.words,
                        key="portfolio_sources_period", label_visibility="collapsed", width=170,
                    )  # fmt: skip
                sources.panel(desk, found[period], amounts)
