"""The Streamlit script: start what must run, look who is there, say which market is on, then the page.

``streamlit run app.py`` alone is enough (demo hosting); ``server.py`` serves the same script with health, sessions and
the worker around it.
"""

import streamlit as st

from components import frame, gate, investor, runtime, session, states, theme
from core.boot import boot, first_page_drawn
from core.settings import SettingsError
from db.session import DatabaseProblem

runtime.tune()
st.set_page_config(page_title="Kubera", page_icon="assets/mark.svg", layout="wide")
theme.apply()

st.logo(f"assets/logo{'-dark' if theme.mode() == 'dark' else ''}.svg", size="large", icon_image="assets/mark.svg")

# Who is signed out is known without the database: the navigation need not wait for the start.
page = st.navigation(gate.pages(None), expanded=True) if session.current_token() is None else None
try:
    boot()
    who = investor.of_this_page()
except SettingsError as error:
    page = page or st.navigation(gate.pages(None), expanded=True)
    st.error("\n\n".join(error.problems), title="A setting is wrong", icon=":material/settings_alert:")
    st.stop()
except DatabaseProblem as problem:
    page = page or st.navigation(gate.pages(None), expanded=True)
    states.database_away(problem)
    st.stop()
page = page or st.navigation(gate.pages(who), expanded=True)

try:
    frame.head(page, who)
    frame.foot(who)
    gate.show(page, who)
except DatabaseProblem as problem:  # it went away since the run began
    states.database_away(problem)
first_page_drawn()
