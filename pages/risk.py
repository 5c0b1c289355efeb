"""Risk: how today's holdings move, together and with the market, what a crisis would do, and what stands out."""

import streamlit as st

from components.frame import inside_app
from components.portfolio import frame, risks
from components.portfolio.reading import INDICES, of_crises, overview_of, with_index
from components.states import part
from core.portfolio import risk, stress
from core.portfolio.benchmark import returns_of
from core.portfolio.xray import xray

inside_app()

RISKLESS = 0.065
MOST_RELATED = 24

with part("risk"):
    opened = frame.opened("Risk")
    if opened is not None:
        reader, desk = opened
        view = overview_of(desk)
        frame.provenance(reader, desk.prices, view)
        if not view.holdings:
            frame.nothing_in_scope()
        else:
            index = st.selectbox(
                "Market", list(INDICES), format_func=INDICES.__getitem__, key="index", bind="query-params",
                label_visibility="collapsed", width=170,
            )  # fmt: skip
            prices = with_index(reader, desk, index)
            cash = float(view.cash_value or 0)
            today, left_out = risk.today(view.holdings, prices, desk.base, cash=cash)
            market = returns_of(prices, index, desk.base)
            found = risk.measure(today, riskless=RISKLESS, benchmark=market)
            largest = [each for each in view.holdings if each.value is not None][:MOST_RELATED]
            related = risk.correlations(prices, [each.facts.symbol for each in largest], desk.base)
            with part("figures"):
                risks.figures(found, INDICES[index])
                if left_out:
                    st.caption(f":material/info: Without {', '.join(left_out)}: no known value.")
            main, aside = st.columns([1, 1], gap="medium")
            with main, part("falls"):
                st.subheader("Below the last peak")
                risks.falls(today)
                st.subheader("Concentration")
                risks.concentrated(risk.concentration(view.holdings))
            with aside, part("related"):
                st.subheader("Moving together")
                risks.related(related, {each.facts.symbol: each.facts.name for each in largest})
            with part("stress"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.subheader("If it happened again", width="stretch")
                    fall = st.slider(
                        "The market falls by", 5, 60, 20, 5, format="%d%%", key="portfolio_fall", width=260
                    )
                symbols = tuple(each.facts.symbol for each in view.holdings)
                past = of_crises(symbols, reader.mine.account.owner, not view.simulated)
                betas = stress.betas(view.holdings, prices, market, desk.base)
                rows = [
                    stress.market_fall(view.holdings, betas, fall / 100, cash=cash),
                    stress.rate_rise(view.holdings, 1.0, cash=cash),
                    *(stress.crisis(view.holdings, past, each, cash=cash) for each in stress.CRISES),
                ]
                risks.scenarios(rows, reader.amounts)
            with part("X-ray"):
                st.subheader("X-ray")
                risks.rays(xray(view, risk=found, related=related))
