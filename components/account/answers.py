"""What a form answers: done, said once on the next run; or refused, said beside the field it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.states import plain
from core.accounts.errors import AccountError, CodeRefused, InvalidInput, LimitReached, NotAllowed

_DONE = "account_done"


@contextmanager
def answered(*, fields: Mapping[str, DeltaGenerator] | None = None) -> Iterator[None]:
    """Run what a form asked for. A refusal is written under its field (``fields``: name to an ``st.empty``) or here."""
    try:
        yield
    except AccountError as error:
        refused(error, _place(error, fields or {}))


def _place(error: AccountError, fields: Mapping[str, DeltaGenerator]) -> DeltaGenerator | None:
    match error:
        case InvalidInput():
            return fields.get(error.field)
        case CodeRefused():
            return fields.get("code")
        case NotAllowed():
            # What a form with a password is refused for is that password.
            return fields.get("current") or fields.get("password")
        case _:
            return None


def refused(error: AccountError, place: DeltaGenerator | None = None) -> None:
    """Show a refusal: what happened and what to do next; waiting is calmer than an error."""
    words = plain(f"{error.message} {error.remedy}".strip())
    if isinstance(error, LimitReached):
        (place or st).warning(words, icon=":material/hourglass_top:")
    else:
        (place or st).error(words, icon=":material/error:")


def done(text: str) -> NoReturn:
    """Start the page again and say ``text`` (Markdown of ours, values escaped) on top of it once."""
    st.session_state[_DONE] = text
    st.rerun(scope="app")


def say_done() -> None:
    """What the last form did, if it did something."""
    text = st.session_state.pop(_DONE, None)
    if text is not None:
        st.success(text, icon=":material/check_circle:")
