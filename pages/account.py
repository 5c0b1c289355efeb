"""Account: profile, security, preferences, notices, limits and the data of whoever is signed in."""

import streamlit as st

from components import states
from components.account import limits, notices, own_data, profile, security, settings
from components.account.answers import say_done
from components.account.who import me
from components.frame import inside_app

inside_app()
SECTIONS = {
    "Profile": profile.section,
    "Security": security.section,
    "Preferences": settings.section,
    "Notices": notices.section,
    "Limits": limits.section,
    "Data": own_data.section,
}

st.title("Account")
with states.part("account"):
    mine = me()
    say_done()
    tabs = st.tabs(list(SECTIONS), key="section", on_change="rerun", bind="query-params")
    for tab, (name, section) in zip(tabs, SECTIONS.items(), strict=True):
        if tab.open:
            with tab, states.part(f"account {name}"):
                section(mine)
