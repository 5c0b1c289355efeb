"""A look around without a form: an account of one's own for a day (demo mode only)."""

import streamlit as st

from components import origin, session
from components.account.answers import refused
from components.states import part
from core.accounts import demo
from core.accounts.errors import AccountError
from core.accounts.model import Account
from core.settings import get_settings


def available() -> bool:
    """Whether visitors are let in here."""
    return get_settings().app.env == "demo"


def offer(next_path: str) -> None:
    """Both ways to look around, under the ways in."""
    if not available():
        return
    with st.container(border=True):
        st.markdown("**Only looking?**")
        st.caption("A desk of your own with samples on it, seen by nobody else, gone after a day. No form.")
        with st.container(horizontal=True):
            investor = st.button("Try the desk", key="sign_in_try", icon=":material/explore:")
            admin = st.button("Try as admin", key="sign_in_try_admin", icon=":material/admin_panel_settings:")
    if investor:
        enter(next_path)
    if admin:
        enter("/admin", as_admin=True)


def button(next_path: str) -> None:
    """The one click to a desk of one's own, on top of every page of a signed-out browser."""
    if available() and st.button("Try the desk", type="primary", key="try_the_desk", icon=":material/explore:"):
        enter(next_path)


def enter(next_path: str, *, as_admin: bool = False) -> None:
    """Make a visitor and go on; a refusal is said in place."""
    with part("demo visitor"):
        try:
            session.begin(_made(as_admin=as_admin), next_path)
        except AccountError as error:
            refused(error)


def _made(*, as_admin: bool) -> Account:
    from core.operations import samples

    where = origin.current()
    account = demo.create_admin_visitor(where) if as_admin else demo.create_visitor(where)
    samples.fill(account)
    return account
