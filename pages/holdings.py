"""Holdings: everything that is held, with price, cost, gain and both returns; one opens with its lots."""

import streamlit as st

from components.frame import inside_app
from components.portfolio import frame, held
from components.portfolio.reading import overview_of
from components.states import part

inside_app()

with part("holdings"):
    opened = frame.opened("Holdings")
    if opened is not None:
        reader, desk = opened
        view = overview_of(desk)
        frame.provenance(reader, desk.prices, view)
        pressed = held.table(view.holdings, reader)
        if view.unknown:
            st.caption(":material/info: A dash is unknown, never zero. Transactions, To look at, says what is missing.")
        if pressed is not None:
            held.drawer(reader, desk, pressed)
