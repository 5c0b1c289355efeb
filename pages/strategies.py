"""My strategies: what was saved and kept, opened again, compared, shared and deleted."""

import streamlit as st

from components import investor, theme
from components.backtest import shelf
from components.backtest.refusals import refusals
from components.frame import inside_app

inside_app()
st.title("My strategies")
account = investor.current().account
if account is not None:
    with refusals("strategies"):
        shelf.strategies(account)
    st.subheader("Kept backtests")
    with refusals("runs"):
        shelf.runs(account, theme.mode())
