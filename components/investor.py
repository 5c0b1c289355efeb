"""Who is looking: the one place where pages learn whose files, watchlist and layouts these are.

The server gives every browser a random HttpOnly cookie (``server.py``); its SHA-256 is the owner of what is stored, so
the database never holds what would open another browser's desk. Under ``streamlit run app.py`` alone there is no
such cookie and the owner lasts as long as the tab.
"""

import hashlib
import secrets
from dataclasses import dataclass

import streamlit as st

VISITOR_COOKIE = "kubera_visitor"
_TAB_TOKEN = "investor_tab_token"  # noqa: S105  (the name of a session key)


@dataclass(frozen=True, slots=True)
class Investor:
    """The person at this browser. ``owner`` is 64 hex digits; ``lasting`` is False when it ends with the tab."""

    owner: str
    lasting: bool


def current() -> Investor:
    """The investor of this run."""
    cookie = st.context.cookies.get(VISITOR_COOKIE)
    # Outside a browser (tests, first handshake) the cookie jar may hold things that are not text.
    if isinstance(cookie, str) and 32 <= len(cookie) <= 128:
        return Investor(hashlib.sha256(cookie.encode()).hexdigest(), lasting=True)
    if _TAB_TOKEN not in st.session_state:
        st.session_state[_TAB_TOKEN] = secrets.token_urlsafe(32)
    return Investor(hashlib.sha256(st.session_state[_TAB_TOKEN].encode()).hexdigest(), lasting=False)
