"""Who is looking: the one place where pages learn whose files, watchlist and layouts these are.

Signed in, it is the account of the session whose token this browser holds; the session is looked up once in every
script run and in every fragment run, so an ended one shows nothing more. Signed out, it is the browser itself: the
server gives every browser a random HttpOnly cookie whose SHA-256 owns what it stores, so the database never holds what
would open another browser's desk. Under `streamlit run app.py` alone that owner lasts as long as the tab.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from components import origin
from components import session as browser
from core.accounts.model import Account, Session
from db.session import DatabaseProblem

_LOOKED_UP = "investor_of_this_run"
_SHOWN_TO = "investor_shown_to"


@dataclass(frozen=True, slots=True)
class Investor:
    """The person at this browser.

    Attributes:
        owner: 64 hex digits; owns files, watchlist and layouts.
        lasting: False when what is stored ends with the tab.
        account: None for a signed-out browser.
        session: the sign-in of `account`.
    """

    owner: str
    lasting: bool
    account: Account | None = None
    session: Session | None = None


def current() -> Investor:
    """The investor of this run.

    In a fragment run that finds another person than the page was drawn for, the whole page is run again instead.

    Raises:
        DatabaseProblem: somebody claims to be signed in and the database cannot tell.
    """
    context = get_script_run_ctx()
    # Streamlit makes new cursors for every run: what was found out belongs to the run that has the same ones.
    run = context.cursors if context is not None else None
    kept = st.session_state.get(_LOOKED_UP)
    if kept is not None and run is not None and kept[0] is run:
        return kept[1]
    in_fragment = context is not None and bool(context.fragment_ids_this_run)
    try:
        found = _look_up()
    except DatabaseProblem:
        if in_fragment:
            st.rerun(scope="app")  # which says that the database is away, and waits for it
        raise
    st.session_state[_LOOKED_UP] = (run, found)
    if in_fragment and st.session_state.get(_SHOWN_TO, found.owner) != found.owner:
        st.rerun(scope="app")
    return found


def guard() -> Investor:
    """The same, for fragments that need nobody's name: one that outlived its sign-in runs the whole page again."""
    return current()


def of_this_page() -> Investor:
    """The investor of a run of the whole app; a tab that changed hands forgets everything typed and shown before."""
    found = current()
    before = st.session_state.get(_SHOWN_TO)
    if before is not None and before != found.owner:
        held = st.session_state.get(browser.TAB_SESSION)
        browser.forget_all()
        if held is not None:
            st.session_state[browser.TAB_SESSION] = held
    st.session_state[_SHOWN_TO] = found.owner
    return found


def _look_up() -> Investor:
    held = browser.current_token()
    if held is not None:
        from core.accounts import sessions

        found = sessions.lookup(held)
        if found is not None:
            return Investor(found.account.owner, True, found.account, found)
    # What a browser stores while nobody is signed in belongs to the browser.
    return Investor(origin.device(), origin.device_lasts())
