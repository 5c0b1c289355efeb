"""The investor's chats: search, pinned ones first, the one that is open marked."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from components.assistant import state
from components.states import plain
from core.accounts.model import Account
from core.assistant import chats
from core.assistant.chats import Chat

_FIRST = 12
_MENU = "analyst_chats"
_SHOWN = "analyst_chats_shown"


def show(account: Account, open_now: UUID | None) -> None:
    """A menu with search and list; its rows are read when it is open."""
    menu = st.popover("Chats", icon=":material/forum:", key=_MENU, on_change="rerun")
    if not menu.open:
        return
    with menu, st.container(gap="xsmall", width=360):
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
            st.caption(f"No chat says “{plain(text)}”." if text else "No chat yet. What you ask is kept here.")
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


def _open(chat_id: UUID) -> None:
    st.session_state[_MENU] = False
    state.open_chat(chat_id)


def _row(chat: Chat, *, is_open: bool) -> None:
    mark = ":material/push_pin: " if chat.pinned else ""
    title = plain(chat.title)
    st.button(
        f"{mark}**{title}**" if is_open else f"{mark}{title}",
        key=f"analyst_chat_{chat.id}",
        type="secondary" if is_open else "tertiary",
        width="stretch",
        on_click=_open,
        args=(chat.id,),
        wrap=False,
    )


def _more(size: int) -> None:
    st.session_state[_SHOWN] = min(size + 2 * _FIRST, chats.MOST_PER_PAGE)
