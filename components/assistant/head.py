"""Over a chat: its title and what can be done with it: rename, pin, save as a file, delete."""

from __future__ import annotations

import re

import streamlit as st

from components.assistant import listing, saving, state
from components.states import part, plain
from core.accounts.model import Account
from core.assistant import chats
from core.assistant.chats import Chat

_RENAME, _PIN, _UNPIN, _MARKDOWN, _HTML, _DELETE = (
    ":material/edit: Rename",
    ":material/push_pin: Pin",
    ":material/keep_off: Unpin",
    ":material/markdown: Save as Markdown",
    ":material/html: Save as HTML",
    ":material/delete: Delete",
)


def show(account: Account, chat: Chat | None) -> None:
    """The title; the way to other chats; the menu of a chat that has begun."""
    chosen: str | None = None
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if chat is None:
            st.title("Analyst", anchor=False, width="stretch")
        else:
            st.header(plain(chat.title), anchor=False, width="stretch")
        with st.container(horizontal=True, gap="xsmall", width="content"):
            if chat is not None:
                st.button(
                    "New chat", key="analyst_new", icon=":material/edit_square:", on_click=state.open_chat, args=(None,)
                )
            with part("chats"):
                listing.show(account, None if chat is None else chat.id)
            if chat is not None:
                chosen = st.menu_button(
                    "More",
                    (_RENAME, _UNPIN if chat.pinned else _PIN, _MARKDOWN, _HTML, _DELETE),
                    key=f"analyst_menu_{chat.id}",
                    icon=":material/more_horiz:",
                    help="Rename, pin, save or delete this chat",
                )
    if chat is None:
        return
    match chosen:
        case None:
            return
        case str() if chosen in {_PIN, _UNPIN}:
            with state.told():
                chats.pin(account, chat.id, chosen == _PIN)
            st.rerun()
        case str() if chosen == _RENAME:
            _rename(account, chat)
        case str() if chosen == _DELETE:
            _delete(account, chat)
        case _:
            _save(account, chat, as_html=chosen == _HTML)


@st.dialog("Rename this chat")
def _rename(account: Account, chat: Chat) -> None:
    with st.form("analyst_rename", border=False):
        title = st.text_input("Title", chat.title, max_chars=chats.LONGEST_TITLE)
        if st.form_submit_button("Rename", type="primary"):
            with state.told():
                chats.rename(account, chat.id, title)
            st.rerun()


@st.dialog("Delete this chat?")
def _delete(account: Account, chat: Chat) -> None:
    st.markdown(f"“{plain(chat.title)}”, with {chat.questions} question{'s' if chat.questions != 1 else ''}, for good.")
    with st.container(horizontal=True):
        if st.button("Delete", type="primary", icon=":material/delete:"):
            with state.told():
                chats.delete(account, chat.id)
                state.open_chat(None)
                state.done("The chat is deleted.")
            st.rerun()
        if st.button("Keep it"):
            st.rerun()


@st.dialog("Save this chat")
def _save(account: Account, chat: Chat, *, as_html: bool) -> None:
    kind, ending, mime = ("HTML", "html", "text/html") if as_html else ("Markdown", "md", "text/markdown")
    st.markdown(
        "One page with questions, answers, figures and evidence; it opens without a network."
        if as_html
        else "Questions, answers, tables and evidence as text. Figures are described and linked."
    )
    with st.spinner("Writing the file"):
        content = saving.page(account, chat) if as_html else saving.text(account, chat)
    name = re.sub(r"[^a-z0-9]+", "-", chat.title.casefold()).strip("-")[:48] or "chat"
    st.download_button(
        f"Download {kind}",
        content,
        file_name=f"kubera-{name}.{ending}",
        mime=mime,
        on_click="ignore",
        type="primary",
        icon=":material/download:",
    )
