"""Which chat this tab shows, and what is said once after something was done. The chat is in the address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import streamlit as st

from components.account.answers import refused
from core.accounts.errors import AccountError
from db.session import DatabaseProblem

INPUT = "analyst_question"
EDITING = "analyst_editing"
AGAIN = "analyst_again"
"""What could not be sent, to stand in the input again."""
LOOK_AT = "analyst_look_at"
"""The question that should be in sight once."""

_LAST = 0
_SAID = "analyst_said"
_REFUSED = "analyst_refused"


def chat_id() -> UUID | None:
    """The chat in the address; None for a new one, or for what is no id."""
    text = st.query_params.get("chat", "")
    try:
        return UUID(text)
    except ValueError:
        return None


def open_chat(number: UUID | None) -> None:
    """Show another chat from here on; None begins one. For callbacks, or before the run is started again."""
    st.session_state.pop(EDITING, None)
    st.session_state[LOOK_AT] = _LAST
    st.query_params.pop("q", None)
    if number is None:
        st.query_params.pop("chat", None)
    else:
        st.query_params["chat"] = str(number)


@contextmanager
def told() -> Iterator[None]:
    """Do what a button asks for; a refusal is said on top of the next run."""
    try:
        yield
    except (AccountError, DatabaseProblem) as error:
        st.session_state[_REFUSED] = error


def done(text: str) -> None:
    """Say on the next run, once, that something was done."""
    st.session_state[_SAID] = text


def say() -> None:
    """What the last click did, or why it did not."""
    error = st.session_state.pop(_REFUSED, None)
    if isinstance(error, AccountError):
        refused(error)
    elif isinstance(error, DatabaseProblem):
        raise error
    text = st.session_state.pop(_SAID, None)
    if text:
        st.toast(text, icon=":material/check:")


def looked_at(last: int) -> int | None:
    """The number of the question to bring into sight now, once; `last` is the chat's last one."""
    wanted = st.session_state.pop(LOOK_AT, None)
    return last if wanted == _LAST else wanted
