"""Inbox: what the desk has to tell whoever is signed in, and their price alerts."""

import streamlit as st

from components import alerts, investor, states
from components.account.messages import messages
from components.account.who import me
from components.frame import inside_app

inside_app()
st.title("Inbox")
with states.part("inbox"):
    mine = me()
    told, prices = st.tabs(["Messages", "Price alerts"], key="box", on_change="rerun", bind="query-params")
    if told.open:
        with told, states.part("messages"):
            messages(mine)
    if prices.open:
        with prices, states.part("alerts"):
            alerts.panel(investor.current())
