"""Sign in: for those who came here by the navigation; other pages show the same in place of themselves."""

import streamlit as st

from components import investor
from components.frame import inside_app
from components.gate import came_from
from components.sign_in import desk
from components.states import plain

inside_app()
who = investor.current()
if who.account is None:
    desk.show("Sign in", came_from())
else:
    st.title("You are signed in")
    st.write(f"As **{plain(who.account.name)}** ({plain(who.account.user_name)}).")
    st.page_link("pages/market.py", label="To the markets", icon=":material/monitoring:")
