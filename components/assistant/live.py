"""An answer while it is being written: its steps and its text so far, drawn again until it is stored.

The writer lives in the process (`core.assistant.asking`), so a reload or a second tab sees the same.
"""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from components import investor as investors
from components.assistant import state
from components.assistant.messages import ANALYST, arguments, seconds, title_of
from components.assistant.wording import safe
from components.states import part
from core.accounts.model import Account
from core.assistant import asking, chats
from core.assistant.answer import Step

_STATES = {"started": "running", "done": "complete", "failed": "error"}


def show(chat_id: UUID, message_id: int) -> None:
    """The answer on its way; runs the page again when it is there."""
    _writing(chat_id, message_id)


@st.fragment(run_every=0.4)
def _writing(chat_id: UUID, message_id: int) -> None:
    with part("answer on its way"):
        account = investors.current().account
        if account is None or not _on_its_way(account, chat_id, message_id):
            st.rerun(scope="app")
        assert account is not None
        _so_far(account, message_id)


def _so_far(account: Account, message_id: int) -> None:
    now = asking.progress(account, message_id)
    with st.chat_message("Analyst", avatar=ANALYST):
        if now is None:
            st.markdown(":shimmer[Still being written elsewhere]")
        elif not now.steps and not now.text:
            st.markdown(":shimmer[Reading the question]")
        else:
            for step in now.steps:
                _step(step)
            if now.text:
                st.markdown(safe(now.text))
        st.button(
            "Stop",
            key=f"stop_{message_id}",
            icon=":material/stop_circle:",
            on_click=_stop,
            args=(account, message_id),
        )


def _on_its_way(account: Account, chat_id: UUID, message_id: int) -> bool:
    now = asking.progress(account, message_id)
    if now is not None:
        return not now.finished
    return any(one.id == message_id and one.state == "writing" for one in chats.messages(account, chat_id))


def _step(step: Step) -> None:
    ended = f" :gray[{seconds(step.ms)}]" if step.state != "started" else ""
    with st.status(f"{title_of(step.tool)}{ended}", state=_STATES[step.state], type="step"):  # type: ignore[arg-type]
        st.caption(arguments(step.args))


def _stop(account: Account, message_id: int) -> None:
    with state.told():
        asking.stop(account, message_id)


@st.fragment(run_every=5)
def follow(chat_id: UUID, version: int) -> None:
    """Notice what another tab did to this chat, and show it."""
    with part("following"):
        account = investors.current().account
        if account is None:
            st.rerun(scope="app")
        assert account is not None
        now = chats.get(account, chat_id)
        if now is None or now.version != version:
            st.rerun(scope="app")
