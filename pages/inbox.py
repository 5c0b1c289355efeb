"""Inbox: what the desk has to tell whoever is signed in."""

import streamlit as st

from components import states
from components.account.messages import messages
from components.account.who import me
from components.frame import inside_app

inside_app()
st.title("Inbox")
with states.part("inbox"):
    messages(me())
