"""Account page, Security: the browsers that are signed in, each with its way out."""

from __future__ import annotations

import streamlit as st

from components.account.answers import answered, done
from components.account.who import Me
from components.states import plain
from core import formats
from core.accounts import sessions
from core.accounts.model import Session
from core.clock import now

_A_PAGE = 8


def panel(mine: Me) -> None:
    """Signed-in browsers, this one first, then the one used last; a page at a time."""
    found = sorted(
        sessions.sessions_of(mine.account), key=lambda one: (one.id != mine.session.id, -one.last_seen_at.timestamp())
    )
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Devices** ({len(found)})", width="stretch")
            if len(found) > 1:
                _everywhere(mine, len(found) - 1)
        pages = -(-len(found) // _A_PAGE)
        number = st.session_state.get("account_devices_page", 1)
        start = _A_PAGE * (min(number, pages) - 1)
        for one in found[start : start + _A_PAGE]:
            _device(mine, one)
        if pages > 1:
            st.pagination(pages, key="account_devices_page")


def _device(mine: Me, one: Session) -> None:
    at = now()
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        here = " :green-badge[This browser]" if one.id == mine.session.id else ""
        where = f", from {plain(one.ip)}" if one.ip else ""
        st.markdown(
            f"{plain(one.device or 'A browser')}{here}  \n"
            f":small[:gray[Seen {_ago(formats.age(at - one.last_seen_at))}{where}; "
            f"signed in {formats.moment(one.created_at, mine.zone, now=at)}]]",
            width="stretch",
        )
        if one.id != mine.session.id and st.button(
            "Sign out", key=f"account_out_{one.id}", icon=":material/logout:", type="tertiary"
        ):
            with answered():
                sessions.revoke(mine.account, one.id)
                done(f"{plain(one.device or 'The browser')} is signed out.")


def _ago(age: str) -> str:
    return age if age == "just now" else f"{age} ago"


def _everywhere(mine: Me, others: int) -> None:
    with st.popover("Sign out everywhere else", icon=":material/logout:"):
        st.markdown(
            f"{others} other browser{'s are' if others != 1 else ' is'} signed out at once. This one stays signed in."
        )
        if st.button("Sign them out", type="primary", key="account_out_all"):
            sessions.revoke_all(mine.account.id, keep=mine.session.id, why="signed out everywhere else by the investor")
            done("Every other browser is signed out.")
