"""Every action asks once, then says what it did and, where it can, offers to take it back.

st.button("Deactivate", on_click=asking.ask, args=(Ask(...),))    # in a section
asking.banner(); ...; asking.dialog()                              # once a run, by the page
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from components.admin import desk
from components.states import plain
from core.accounts.errors import AccountError
from core.clock import now
from core.market.errors import MarketError
from core.office.contract import Office
from core.office.model import Done
from db.session import DatabaseProblem

REASON_MOST = 300
UNDO_FOR = timedelta(minutes=2)
"""How long a change offers to be taken back; later it is changed back like any other change."""

_ASK = "admin_ask"
_DONE = "admin_done"
_REFUSED = "admin_refused"
_REASON = "admin_reason"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question before an action.

    Attributes:
        title, text: what is going to happen, to whom; plain text.
        verb: what the confirming button says.
        act: carries it out, given the office of the moment and the reason typed.
        reason: the label of a field for a reason that must be given; "" when none is needed.
    """

    title: str
    text: str
    verb: str
    act: Callable[[Office, str], Done]
    reason: str = ""


def ask(question: Ask) -> None:
    """Put a question; as `on_click` of the button that starts an action."""
    st.session_state[_ASK] = question
    for key in (_REFUSED, _DONE, _REASON):
        st.session_state.pop(key, None)


def refuse(text: str) -> None:
    """Say, in place of what was done, why something could not be."""
    st.session_state.pop(_ASK, None)
    st.session_state[_REFUSED] = text


def dialog() -> None:
    """Show the question that stands, if one does."""
    question = st.session_state.get(_ASK)
    if isinstance(question, Ask):
        st.dialog(plain(question.title), on_dismiss=forget)(_body)(question)


def banner() -> None:
    """Say what was done last, with the way back while there is one."""
    refused = st.session_state.get(_REFUSED)
    if refused and _ASK not in st.session_state:
        st.warning(plain(refused), icon=":material/block:")
    held = st.session_state.get(_DONE)
    if held is None:
        return
    done, at = held
    with st.container(horizontal=True, vertical_alignment="center", key="admin_done_bar"):
        st.success(plain(done.message), icon=":material/check:", width="stretch")
        if done.undo is not None and now() - at < UNDO_FOR:
            st.button("Undo", icon=":material/undo:", on_click=_undo, key="admin_undo")
        st.button("Close", icon=":material/close:", type="tertiary", on_click=forget, key="admin_done_close")


def forget() -> None:
    """Drop the question, the last outcome and the way back."""
    for key in (_ASK, _DONE, _REFUSED, _REASON):
        st.session_state.pop(key, None)


def _body(question: Ask) -> None:
    st.markdown(plain(question.text))
    if question.reason:
        st.text_area(
            question.reason, key=_REASON, max_chars=REASON_MOST, placeholder="Kept in the activity log", height=90
        )
    if refused := st.session_state.get(_REFUSED):
        st.warning(plain(refused), icon=":material/block:")
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.button("Cancel", on_click=forget, key="admin_ask_cancel")
        st.button(question.verb, type="primary", on_click=_carry_out, key="admin_ask_confirm")
    if _ASK not in st.session_state:
        st.rerun()


def _carry_out() -> None:
    question = st.session_state.get(_ASK)
    if not isinstance(question, Ask):
        return
    reason = str(st.session_state.get(_REASON) or "").strip()
    if question.reason and not reason:
        st.session_state[_REFUSED] = f"{question.reason} is missing: say why, for the activity log."
        return
    if _tried(lambda: question.act(desk.office(), reason)):
        st.session_state.pop(_ASK, None)


def _undo() -> None:
    held = st.session_state.get(_DONE)
    if held is None:
        return
    done: Done
    at: datetime
    done, at = held
    st.session_state.pop(_DONE, None)
    undo = done.undo
    if undo is None or now() - at >= UNDO_FOR:
        st.session_state[_REFUSED] = "The time to undo this has passed. Change it back where you changed it."
        return
    _tried(lambda: undo(desk.office()))


def _tried(action: Callable[[], Done]) -> bool:
    try:
        done = action()
    except (AccountError, DatabaseProblem, MarketError) as error:
        st.session_state[_REFUSED] = str(error)
        return False
    st.session_state.pop(_REFUSED, None)
    st.session_state[_DONE] = (done, now())
    return True
