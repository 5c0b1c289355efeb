"""Registration and recovery have the same three steps: an address, its code, then what is to be set."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from components import origin
from components.account.answers import answered
from components.sign_in import code
from core.accounts import codes
from core.accounts.model import CodeRequest, Origin


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is: the request for a code, then the proof that it was right."""

    request: CodeRequest
    proof: str | None = None


def reached(key: str) -> Progress | None:
    """How far the flow of that name is; None before its first step."""
    found = st.session_state.get(key)
    return found if isinstance(found, Progress) else None


def leave(key: str) -> None:
    """Begin that flow again."""
    st.session_state.pop(key, None)


def headline(step: int, words: str) -> None:
    """Which of the three steps this is."""
    st.progress(step / 3, text=f"Step {step} of 3: {words}")


def address(key: str, start: Callable[[str, Origin], CodeRequest], button: str) -> None:
    """First step: the address a code is sent to."""
    with st.form(f"{key}_address", border=False, enter_to_submit=True):
        # The check of the browser would refuse addresses our own one takes; ours says why.
        email = st.text_input("E-mail", type="email", key=f"{key}_email", max_chars=254, validate="")
        wrong = st.empty()
        pressed = st.form_submit_button(button, type="primary", width="stretch")
    if pressed:
        with answered(fields={"email": wrong}):
            st.session_state[key] = Progress(start(email.strip(), origin.current()))
            st.rerun()


def confirm(key: str, progress: Progress, prove: Callable[..., str]) -> None:
    """Second step: the code."""
    request = progress.request

    def right(typed: str) -> None:
        st.session_state[key] = replace(progress, proof=prove(request.id, typed, origin.current()))

    def again() -> None:
        st.session_state[key] = Progress(codes.resend(request.id, origin.current()))

    code.entry(
        code.sent_to(request.address),
        confirm=right,
        back=lambda: leave(key),
        resend=again,
        resend_at=request.resend_at,
        shown_on_screen=request.shown_on_screen,
    )
