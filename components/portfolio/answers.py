"""What a form of the portfolio answers: done, said once on the next run; or refused, with what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.states import plain
from core.portfolio.errors import AlreadyBooked, AlreadyChanged, BadAccount, BadTransaction, LedgerError

_DONE = "portfolio_done"


@contextmanager
def answered(*, fields: Mapping[str, DeltaGenerator] | None = None) -> Iterator[None]:
    """Run what a form asked for. A refusal is written under its field (`fields`: name to an `st.empty`) or here."""
    try:
        yield
    except LedgerError as error:
        place = (fields or {}).get(error.field) if isinstance(error, BadTransaction | BadAccount) else None
        words = plain(f"{error.message} {error.remedy}".strip())
        if isinstance(error, AlreadyChanged | AlreadyBooked):
            (place or st).warning(words, icon=":material/sync_problem:")
        else:
            (place or st).error(words, icon=":material/error:")


def done(text: str) -> NoReturn:
    """Start the page again and say `text` (Markdown of ours, values escaped) on top of it once."""
    note(text)
    st.rerun(scope="app")


def note(text: str, *, refused: bool = False) -> None:
    """Say `text` (Markdown of ours, values escaped) on top of the run that follows; for callbacks."""
    st.session_state[_DONE] = (text, refused)


def say_done() -> None:
    """What the last form did, if it did something."""
    text, refused = st.session_state.pop(_DONE, (None, False))
    if text is None:
        return
    if refused:
        st.warning(text, icon=":material/sync_problem:")
    else:
        st.success(text, icon=":material/check_circle:")
