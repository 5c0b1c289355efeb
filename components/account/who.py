"""Whose account the page shows, looked up again in every run of the script and of every part that runs alone."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import investor, preferences
from components.states import empty
from core.accounts.model import Account, Session


@dataclass(frozen=True, slots=True)
class Me:
    """The signed-in investor: account, the session of this browser, and the IANA zone they read times in."""

    account: Account
    session: Session
    zone: str


def me() -> Me:
    """Who is signed in now; ends the run, saying so, when nobody is."""
    found = investor.current()
    if found.account is None or found.session is None:
        empty("You are signed out", "Sign in again to see your account.", ":material/lock:")
        st.stop()
    return Me(found.account, found.session, preferences.zone(found.account))
