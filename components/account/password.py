"""Account page, Security: a new password, its strength shown as it is typed."""

from __future__ import annotations

import streamlit as st

from components import origin
from components.account.answers import answered, done
from components.account.who import me
from core.accounts import passwords, profile
from core.accounts.passwords import Strength

_ROUND = "account_password_round"


@st.fragment
def change() -> None:
    """The form. It runs alone while somebody types; what was typed is gone from this session after a change."""
    mine = me()
    account = mine.account
    turn = st.session_state.setdefault(_ROUND, 0)
    with st.container(border=True):
        st.markdown("**Password**")
        current = st.text_input(
            "Current password", type="password", autocomplete="current-password", key=f"account_current_{turn}"
        )
        wrong_current = st.empty()
        new = st.text_input(
            "New password",
            type="password",
            autocomplete="new-password",
            live=True,
            key=f"account_new_{turn}",
            help="12 to 72 bytes. A few unrelated words are better than one with signs in it.",
        )
        wrong_new = st.empty()
        if new:
            strength(passwords.strength(new, (account.user_name, account.name, account.email or "")))
        again = st.text_input(
            "New password again", type="password", autocomplete="new-password", key=f"account_again_{turn}"
        )
        wrong_again = st.empty()
        st.caption("Every other device is signed out, and you get a mail about it.")
        if not st.button("Change password", icon=":material/key:", key="account_password_change"):
            return
        if new != again:
            wrong_again.error("The two new passwords differ. Type the same one twice.", icon=":material/error:")
            return
        fields = {"password": wrong_new, "new": wrong_new, "new_password": wrong_new, "current": wrong_current}
        with answered(fields=fields | {"current_password": wrong_current}):
            profile.change_password(mine.session, current, new, origin.current())
            st.session_state[_ROUND] = turn + 1
            done("Your password is changed. Every other device is signed out.")


def strength(found: Strength) -> None:
    """A bar, the word for it, and what would make the password better."""
    st.progress((found.score + 1) / 5, text=f"Strength: {found.label}")
    for advice in found.advice:
        st.caption(advice)
