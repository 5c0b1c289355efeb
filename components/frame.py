"""The app around a page."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from core import boot


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
