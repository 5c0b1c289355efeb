"""The investor's chats, under the navigation: search, pinned ones first, the one that is open marked."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from components.assistant import state
from components.states import plain
from core.accounts.model import Account
from core.assistant import chats
from core.assistant.chats import Chat

_FIRST = 12
_SHOWN = "analyst_chats_shown"


def show(account: Account, open_now: UUID | None) -> None:
    """In the sidebar: the button for a new chat, the search, the list."""
    with st.sidebar, st.container(gap="xsmall"):
        st.markdown("**Chats**")
        st.button(
            "New chat",
            key="analyst_new",
            icon=":material/edit_square:",
            width="stretch",
            on_click=state.open_chat,
            args=(None,),
        )
        text = (
            st.text_input(
                "Search chats",
                key="analyst_search",
                type="search",
                placeholder="Search chats",
                label_visibility="collapsed",
                max_chars=chats.LONGEST_SEARCH,
                live=True,
            )
            or ""
        ).strip()
        size = int(st.session_state.get(_SHOWN, _FIRST))
        found = chats.listed(account, text, size=size)
        if not found.rows:
            st.caption(f"No chat says “{plain(text)}”." if text else "Your chats are kept here.")
        for chat in found.rows:
            _row(chat, is_open=chat.id == open_now)
        if found.total > len(found.rows):
            st.button(
                f"Show more ({found.total - len(found.rows)})",
                key="analyst_more",
                type="tertiary",
                on_click=_more,
                args=(size,),
            )


def _row(chat: Chat, *, is_open: bool) -> None:
    mark = ":material/push_pin: " if chat.pinned else ""
    title = plain(chat.title)
    st.button(
        f"{mark}**{title}**" if is_open else f"{mark}{title}",
        key=f"analyst_chat_{chat.id}",
        type="secondary" if is_open else "tertiary",
        width="stretch",
        on_click=state.open_chat,
        args=(chat.id,),
        wrap=False,
    )


def _more(size: int) -> None:
    st.session_state[_SHOWN] = min(size + 2 * _FIRST, chats.MOST_PER_PAGE)
