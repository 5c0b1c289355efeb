"""A file dropped into the chat: a broker's goes to the portfolio's import, prices become an instrument of one's own.

It is looked at, never booked or kept without a click.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from components import gate
from components.assistant import state
from components.imports import summary, symbol_of
from components.market import forget, market
from components.states import part, plain
from core.accounts.model import Account
from core.market.instruments import infer

ENDINGS = ("csv", "tsv", "txt", "xlsx", "parquet", "gz")
MOST_BYTES = 10 * 1024 * 1024

_KEPT = "analyst_dropped"
_BROKER_PAGES = ("imports", "transactions", "portfolio")
"""Where a broker's file is imported: the first of these that there is."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file and what it was taken for; `words` say why, or of which broker."""

    name: str
    data: bytes = field(repr=False)
    kind: Literal["broker", "prices", "too large"]
    words: str


def take(name: str, data: bytes) -> None:
    """Look at a file and offer what can be done with it on the next run."""
    st.session_state[_KEPT] = look_at(name, data)


def look_at(name: str, data: bytes) -> Dropped:
    """What a file is, by its content."""
    if len(data) > MOST_BYTES:
        return Dropped(name, b"", "too large", f"{len(data) / 2**20:.0f} MB")
    from core.portfolio.imports.errors import BadImport  # every broker's format: for whoever drops a file
    from core.portfolio.imports.read import recognise

    try:
        found = recognise(name, data)
    except BadImport as error:
        return Dropped(name, data, "prices", str(error))
    return Dropped(name, data, "broker", found.format.title)


def offer(account: Account) -> None:
    """The card about the file that was dropped last, until something was done with it."""
    kept: Dropped | None = st.session_state.get(_KEPT)
    if kept is None:
        return
    with st.container(border=True), part("dropped"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/attach_file: **{plain(kept.name)}**", width="stretch")
            st.button("Dismiss", key="dropped_away", icon=":material/close:", type="tertiary", on_click=_dismiss)
        match kept.kind:
            case "broker":
                _broker(kept)
            case "prices":
                _prices(account, kept)
            case _:
                st.caption(f"It has {kept.words}; files of up to {MOST_BYTES // 2**20} MB can be dropped here.")
                st.page_link("pages/data.py", label="Import it on the Data page", icon=":material/database:")


def _dismiss() -> None:
    st.session_state.pop(_KEPT, None)


def _broker(kept: Dropped) -> None:
    st.markdown(f"This is a broker's file: {plain(kept.words)}. Its trades go into your portfolio, after a preview.")
    entry = next(one for path in _BROKER_PAGES for one in gate.ENTRIES if one.path == path)
    st.page_link(f"pages/{entry.file}.py", label=f"Import it on the page {entry.title}", icon=entry.icon)
    st.caption("Choose the same file there: nothing is booked from a chat.")


def _prices(account: Account, kept: Dropped) -> None:
    st.markdown("If it holds prices of one instrument, it can become one of your own, to ask about and to chart.")
    with st.form("dropped_prices", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input("Symbol", symbol_of(kept.name), max_chars=24, key="dropped_symbol", width=220)
        wanted = st.form_submit_button("Import prices", type="primary", icon=":material/upload_file:")
    if wanted:
        symbol = (typed or "").strip().upper()
        report = market().import_file(kept.name, kept.data, symbol, None, owner=account.owner)
        forget()
        _dismiss()
        state.done(summary(report, infer(symbol).timezone))
        st.session_state[state.AGAIN] = f"How is {report.symbol} doing?"
        st.rerun()
