"""Sending a question: the input at the foot, what is dropped into it, and what a refusal leaves behind."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from components.assistant import dropped, limits, state
from core.accounts.model import Account
from core.assistant import asking, chats, drafts
from db.session import DatabaseProblem

_SHORT_WAIT_S = 0.5
"""An answer that is there so soon is drawn at once, without a state in between."""

_FILLED = "analyst_filled"


def ask(account: Account, question: str, chat_id: UUID | None, *, instead_of: int | None = None) -> bool:
    """Ask, and show the chat it went to; a refusal is said on the next run. Whether it was taken."""
    with state.told():
        asked = asking.ask(account, question, chat_id, instead_of=instead_of)
        state.open_chat(asked.chat_id)
        st.session_state[state.LOOK_AT] = asked.question_id
        asking.wait(asked.answer_id, _SHORT_WAIT_S)
        return True
    return False


def bar(account: Account, chat_id: UUID | None, zone: str) -> None:
    """The input, pinned to the foot, with what is left of the limits under it. Sends what was just typed."""
    _prefill(account, chat_id)
    with st.bottom:
        sent = st.chat_input(
            "Ask the analyst",
            key=state.INPUT,
            accept_file=True,
            file_type=list(dropped.ENDINGS),
        )
        limits.show(account, "" if chat_id is None else str(chat_id), zone)
    if sent is None:
        return
    text, files = (sent, []) if isinstance(sent, str) else (sent.text or "", sent.files or [])
    if files:
        dropped.take(files[0].name, files[0].getvalue())
    if text.strip() and not ask(account, text, chat_id):
        st.session_state.setdefault(state.AGAIN, text)
    if text.strip() or files:
        st.rerun()


def _prefill(account: Account, chat_id: UUID | None) -> None:
    """Put into the input what was asked for in the address, or could not be sent; once, and never send it."""
    again = st.session_state.pop(state.AGAIN, None)
    if again:
        st.session_state[state.INPUT] = again[: chats.LONGEST_QUESTION]
        return
    wanted = st.query_params.get("q", "")
    filled = st.session_state.setdefault(_FILLED, set())
    if wanted and wanted not in filled:
        filled.add(wanted)
        st.session_state[state.INPUT] = chats.cleaned(wanted)[: chats.LONGEST_QUESTION]
        return
    if chat_id in filled:
        return
    filled.add(chat_id)
    try:
        kept = drafts.load(account, chat_id)
    except DatabaseProblem:
        return  # the page says that the database is away
    if kept:
        st.session_state[state.INPUT] = kept
