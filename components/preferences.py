"""What a run of a page owes to the investor's preferences; read once in a while, not at every run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.investor import Investor
from core import formats
from core.accounts.model import Account
from core.clock import now
from core.formats import NumberStyle

if TYPE_CHECKING:
    from core.accounts.preferences import Preferences

_KEPT = "investor_preferences"
_STYLE = "investor_number_style"
_FRESH = timedelta(seconds=30)
"""Another tab's change is seen after this long; this tab's own at once."""


def of(account: Account) -> Preferences:
    """The preferences of this run's account; from the session's memory when read a moment ago."""
    kept: tuple[int, datetime, Preferences] | None = st.session_state.get(_KEPT)
    at = now()
    if kept is not None and kept[0] == account.id and abs(at - kept[1]) < _FRESH:
        return kept[2]
    from core.accounts import preferences  # a signed-out page starts without it

    found = preferences.load(account)
    st.session_state[_KEPT] = (account.id, at, found)
    return found


def forget() -> None:
    """The next run reads them again (after they were changed)."""
    st.session_state.pop(_KEPT, None)


def apply(investor: Investor) -> None:
    """Write numbers as this investor wants from here on. Called once a run, after the gate; safe for signed-out."""
    style: NumberStyle = "auto" if investor.account is None else of(investor.account).number_format
    st.session_state[_STYLE] = style
    formats.set_number_style(style)


def zone(account: Account) -> str:
    """The IANA timezone in which this investor reads times."""
    return of(account).timezone


def _reader_prefers() -> NumberStyle | None:
    # A fragment that runs by itself has a thread of its own in which `apply` was never called.
    return None if get_script_run_ctx(suppress_warning=True) is None else st.session_state.get(_STYLE)


formats.ask_reader(_reader_prefers)
