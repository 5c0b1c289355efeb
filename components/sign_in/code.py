"""The field for a one-time code: enter it, have another one sent, or go back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import streamlit as st

from components import mail_on_screen
from components.account.answers import refused
from core.accounts.errors import AccountError
from core.clock import now

_ROUND = "code_round"


def entry(
    said: str,
    *,
    confirm: Callable[[str], None],
    back: Callable[[], None],
    resend: Callable[[], None] | None,
    resend_at: datetime,
    shown_on_screen: bool,
    label: str = "Code",
) -> None:
    """Draw the form and do what is asked.

    Args:
        said: where the code is, for people.
        confirm: called with what was typed; keeps what follows from it, or raises `AccountError`.
        back: called when somebody wants to begin again.
        resend: sends another code; None where none can be sent.
        resend_at: when `resend` may be called.
        shown_on_screen: mails are shown on this page because there is no mail server.
    """
    st.write(said)
    turn = st.session_state.setdefault(_ROUND, 0)
    with st.form(f"code_{turn}", border=False, enter_to_submit=True):
        typed = st.text_input(
            label, key=f"code_typed_{turn}", max_chars=40, autocomplete="one-time-code", placeholder="6 digits"
        )
        wrong = st.empty()
        pressed = st.form_submit_button("Confirm", type="primary", width="stretch")
    if pressed:
        with _refused_at(wrong):
            confirm(typed.strip())
            st.rerun()
    with st.container(horizontal=True):
        if st.button("Back", key="code_back", type="tertiary", icon=":material/arrow_back:"):
            back()
            st.rerun()
        if resend is not None:
            # Only a button that waits counts down; afterwards nothing runs by itself.
            waits = resend_at > now()
            st.fragment(_another, run_every=1 if waits else None)(resend, resend_at)
    if shown_on_screen:
        mail_on_screen.panel()


def _another(resend: Callable[[], None], resend_at: datetime) -> None:
    seconds = (resend_at - now()).total_seconds()
    label = f"Send another in {int(seconds) + 1} s" if seconds > 0 else "Send another"
    pressed = st.button(
        label, key="code_resend", disabled=seconds > 0, type="tertiary", icon=":material/forward_to_inbox:"
    )
    if pressed:
        with _refused_at(st.empty()):
            resend()
            st.rerun(scope="app")


@contextmanager
def _refused_at(place: object) -> Iterator[None]:
    try:
        yield
    except AccountError as error:
        refused(error, place)  # type: ignore[arg-type]


def sent_to(address: str) -> str:
    """The sentence that says where a code went; the same whether or not the address has an account."""
    # As code, an address becomes no link and nothing in it is formatted.
    shown = address.replace("`", "'")
    return f"A code is on its way to `{shown}`. It is good for 10 minutes."
