"""Finding an instrument by name while typing, for the chart itself and for comparison."""

from collections.abc import Callable

import streamlit as st

from components import market as cached
from components.charts import address
from components.charts.view import MOST_COMPARED, ChartView
from components.states import part, plain
from core.market.model import Instrument

_FOUND = 7


def _results(text: str, owner: str, key: str, on_pick: Callable[[str], None]) -> None:
    found = cached.market().search(text, owner=owner, limit=_FOUND)
    if not found:
        st.caption(f"Nothing is called “{plain(text)}”. A full symbol such as TCS.NS or BTC-USD can be opened too.")
        if 1 < len(text) <= 20:
            st.button(f"Open {plain(text.upper())}", key=f"{key}_open", on_click=on_pick, args=(text.strip(),))
        return
    for place, instrument in enumerate(found):
        st.button(
            f"**{plain(instrument.symbol)}** {plain(instrument.name)} :gray[{plain(instrument.exchange)}]",
            key=f"{key}_{place}_{instrument.symbol}",
            type="tertiary",
            on_click=on_pick,
            args=(instrument.symbol,),
        )


@st.fragment
def instrument_search(owner: str) -> None:
    """A search field that lists what fits while one types; a click opens it on the chart."""
    text = st.text_input(
        "Find an instrument",
        key="c_search",
        type="search",
        placeholder="Search: tata mot, nifty, btc",
        live=True,
        max_chars=60,
        label_visibility="collapsed",
    )
    if text and text.strip():
        with st.container(border=True, gap="xsmall"), part("search"):
            _results(text.strip(), owner, "c_found", opened)


def opened(symbol: str) -> None:
    """Callback: show ``symbol`` and clear the search."""
    st.session_state["c_search"] = ""
    address.change(symbol=symbol)
    st.rerun("desk")


def compare_menu(view: ChartView, instrument: Instrument, owner: str) -> None:
    """The Compare menu: others on the same chart, all starting at 100."""
    count = f" ({len(view.compare)})" if view.compare else ""
    menu = st.popover(f"Compare{count}", icon=":material/compare_arrows:", key="c_compare", on_change="rerun")
    if not menu.open:
        return
    with menu:
        st.caption(f"Lines rebased to 100 beside {instrument.symbol}. Indicators return when the list is empty.")
        for symbol in view.compare:
            st.button(
                plain(symbol),
                icon=":material/close:",
                icon_position="right",
                key=f"c_drop_{symbol}",
                help="Remove from the comparison",
                on_click=_dropped,
                args=(symbol,),
            )
        if len(view.compare) >= MOST_COMPARED:
            st.caption(f"{MOST_COMPARED} is as many as can be told apart.")
            return
        text = st.text_input(
            "Add to the comparison",
            key="c_compare_search",
            type="search",
            placeholder="Search: infosys, nifty",
            live=True,
            max_chars=60,
            label_visibility="collapsed",
        )
        if text and text.strip():
            with part("compare"):
                _results(text.strip(), owner, "c_with", _compared)
        elif not view.compare and instrument.calendar == "XBOM" and instrument.symbol != "^NSEI":
            st.button("With NIFTY 50", key="c_with_nifty", on_click=_compared, args=("^NSEI",))


def _compared(symbol: str) -> None:
    view = address.current()
    st.session_state["c_compare_search"] = ""
    if symbol not in (view.symbol, *view.compare):
        address.change(compare=(*view.compare, symbol)[:MOST_COMPARED])


def _dropped(symbol: str) -> None:
    view = address.current()
    address.change(compare=tuple(s for s in view.compare if s != symbol))
