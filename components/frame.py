"""The app around a page."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.pages_manager import PagesManager

from components import gate, scope, session
from components.investor import Investor
from components.states import part, plain
from core import boot, formats


def inside_app() -> None:
    """Start the run again when a page's file was run without ``app.py`` around it. Every page calls this first.

    Streamlit takes a folder named pages/ for its older kind of app until the first ``st.navigation`` has run, so under
    ``streamlit run app.py`` a deep link as the process's very first request runs the page's file alone. A session
    that holds something already is not started again, or a button just pressed would be forgotten.
    """
    if not PagesManager.uses_pages_directory:
        return
    PagesManager.uses_pages_directory = False
    if not st.session_state:
        st.rerun()
    boot.boot()


def head(page: StreamlitPage, investor: Investor) -> None:
    """What stands over every page: which market this is, and the one click to a desk of one's own."""
    # What only concerns people who are signed in is imported for the first of them.
    if investor.account is None:
        formats.set_number_style("auto")
    else:
        from components import adoption, preferences

        preferences.apply(investor)
        adoption.offer(investor)
    entry = gate.entry_of(page)
    if entry.readers == "signed out" or not entry.read_by(investor):
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        # Wide enough for all badges on a line; on a phone the button moves below them.
        with st.container(gap="xsmall", width=680), part("scope"):
            scope.bar()
        if investor.account is None:
            from components.sign_in import visitor

            visitor.button(gate.address(page))


def foot(investor: Investor) -> None:
    """Who is signed in, and the way out, at the foot of the navigation."""
    if investor.account is None:
        return
    with st.sidebar, st.container(gap="xsmall"):
        st.caption(f":material/account_circle: **{plain(investor.account.name)}**  \n{plain(_known_as(investor))}")
        leave = st.button("Sign out", key="sign_out", icon=":material/logout:", width="stretch")
    if leave:
        session.close()


def _known_as(investor: Investor) -> str:
    assert investor.account is not None
    if investor.account.is_demo:
        return "A demo desk, gone after a day"
    return f"{investor.account.user_name}, admin" if investor.account.is_admin else investor.account.user_name
