"""Where a request comes from, for limits, the list of devices and the activity log."""

import secrets
from collections.abc import Sequence

import streamlit as st

from components.cookies import VISITOR_COOKIE, hash_of, token
from core.accounts.model import Origin
from core.settings import get_settings

_USER_AGENT_CHARACTERS = 400
TAB_TOKEN = "investor_tab_token"  # noqa: S105
"""Where a tab without cookies keeps its own name in `st.session_state`."""


def current() -> Origin:
    """The origin of this tab, as it was when its connection was made."""
    headers = st.context.headers
    peer = st.context.ip_address
    return Origin(
        # Streamlit answers None for this machine itself.
        ip=client_address(
            peer if isinstance(peer, str) else "127.0.0.1",
            headers.get_all("X-Forwarded-For"),
            get_settings().accounts.trusted_proxies,
        ),
        user_agent=user_agent(headers.get("User-Agent")),
        device=device(),
    )


def device() -> str:
    """This browser, as the sha256 of its visitor's cookie; under `streamlit run app.py` alone, this tab."""
    visitor = token(st.context.cookies, VISITOR_COOKIE)
    if visitor is not None:
        return hash_of(visitor)
    if TAB_TOKEN not in st.session_state:
        st.session_state[TAB_TOKEN] = secrets.token_urlsafe(32)
    return hash_of(st.session_state[TAB_TOKEN])


def device_lasts() -> bool:
    """Whether the browser is still the same one when the tab is closed."""
    return token(st.context.cookies, VISITOR_COOKIE) is not None


def client_address(peer: str, forwarded_for: Sequence[str], trusted_proxies: int) -> str:
    """The browser's address.

    Every proxy appends whom it was called by to X-Forwarded-For. Of that list only what our own proxies wrote can be
    believed: the entry `trusted_proxies` from the right. What a browser wrote into the header itself stands further
    left. Without proxies of ours, or with a list that is too short, the peer of the connection is the answer.
    """
    if trusted_proxies < 1:
        return peer
    entries = [entry.strip() for line in forwarded_for for entry in line.split(",") if entry.strip()]
    if len(entries) < trusted_proxies:
        return peer
    return entries[-trusted_proxies][:64]


def user_agent(header: object) -> str:
    """What the browser calls itself, without control characters, cut to 400 characters."""
    if not isinstance(header, str):
        return ""
    return "".join(character for character in header if character.isprintable())[:_USER_AGENT_CHARACTERS]
