"""The Streamlit script: start what must run, say which market is on, then the page.

``streamlit run app.py`` alone is enough (demo hosting); ``server.py`` serves the same script with health, sessions and
the worker around it.
"""

import streamlit as st

from components import scope, states, theme
from core.boot import boot, first_page_drawn
from core.settings import SettingsError
from db.session import DatabaseProblem

st.set_page_config(page_title="Kubera", page_icon="assets/mark.svg", layout="wide")
theme.apply()

PAGES = {
    "Markets": [
        st.Page(
            "pages/market.py",
            title="Market",
            icon=":material/monitoring:",
            default=True,
            help="Indices, breadth, sectors, movers, results and news at a glance.",
        ),
        st.Page(
            "pages/charts.py",
            title="Charts",
            icon=":material/candlestick_chart:",
            help="Candles, indicators, patterns and levels of any instrument.",
        ),
    ],
    "Desk": [
        st.Page(
            "pages/data.py",
            title="Data",
            icon=":material/database:",
            help="Your own files, what was found wrong with data, and where data comes from.",
        ),
        st.Page(
            "pages/help.py",
            title="Help",
            icon=":material/help:",
            help="What each page does, deep links, words and sources.",
        ),
    ],
}

page = st.navigation(PAGES)
st.logo(f"assets/logo{'-dark' if theme.mode() == 'dark' else ''}.svg", size="large", icon_image="assets/mark.svg")

try:
    boot()
except SettingsError as error:
    st.error("\n\n".join(error.problems), title="A setting is wrong", icon=":material/settings_alert:")
    st.stop()
except DatabaseProblem as problem:
    states.database_away(problem)
    st.stop()

with states.part("scope"):
    scope.bar()
page.run()
first_page_drawn()
