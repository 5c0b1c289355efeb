"""My strategies: what was saved and kept, opened again, compared, shared and deleted."""

import streamlit as st

from components.frame import inside_app

inside_app()
st.title("My strategies")
