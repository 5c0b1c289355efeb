"""Account page, Profile: name, user name and the e-mail address, which changes only with a code sent to the new one."""

from __future__ import annotations

import streamlit as st

from components import mail_on_screen, origin
from components.account.answers import answered, done
from components.account.who import Me
from components.states import plain
from core import formats
from core.accounts import codes, profile
from core.accounts.model import CodeRequest
from core.clock import now

_EMAIL_REQUEST = "account_email_request"
_FORMS_PX = 640


def section(mine: Me) -> None:
    """Everything about how this account is called and reached."""
    account = mine.account
    with st.container(width=_FORMS_PX):
        _standing(mine)
        with st.form("account_name", enter_to_submit=True):
            name = st.text_input("Name", account.name, max_chars=80, autocomplete="name", key="account_name_text")
            wrong = st.empty()
            st.caption("How this desk and its mails greet you. Nobody else sees it, apart from admins.")
            if st.form_submit_button("Save name", icon=":material/save:"):
                with answered(fields={"name": wrong}):
                    saved = profile.change_name(account, name, origin.current())
                    done(f"Your name is {plain(saved.name)} now.")
        if account.kind == "registered":
            _user_name(mine)
            _email(mine)
        else:
            st.caption(f"Your user name here is {plain(account.user_name)}.")


def _standing(mine: Me) -> None:
    account = mine.account
    if account.expires_at is not None:
        ends = formats.moment(account.expires_at, mine.zone, now=now())
        st.info(
            f"This demo desk ends {ends}, with everything in it. "
            "It has no e-mail address and no password: it is open in this browser only. "
            "Sign out and create an account for a desk that stays.",
            icon=":material/hourglass_bottom:",
            title="A desk for a day",
        )
        return
    words = "Admin" if account.role == "admin" else "Investor"
    st.caption(f"{words} since {formats.day(account.created_at, mine.zone)}.")


def _user_name(mine: Me) -> None:
    account = mine.account
    with st.form("account_user_name"):
        user_name = st.text_input(
            "User name",
            account.user_name,
            max_chars=32,
            autocomplete="username",
            key="account_user_name_text",
        )
        wrong = st.empty()
        st.caption("You sign in with it, or with your e-mail address. 3 to 32 letters, digits, dots, dashes.")
        if st.form_submit_button("Save user name", icon=":material/save:"):
            with answered(fields={"user_name": wrong}):
                renamed = profile.change_user_name(account, user_name, origin.current())
                done(f"Your user name is {plain(renamed.user_name)} now.")


def _email(mine: Me) -> None:
    request: CodeRequest | None = st.session_state.get(_EMAIL_REQUEST)
    with st.container(border=True):
        st.markdown("**E-mail address**")
        # As plain text: Markdown would make a link of it.
        st.text(mine.account.email or "")
        if request is None:
            _new_address(mine)
        else:
            _code(mine, request)


def _new_address(mine: Me) -> None:
    with st.form("account_email", border=False):
        address = st.text_input(
            "New e-mail address",
            max_chars=254,
            type="email",
            autocomplete="email",
            placeholder="you@example.com",
            key="account_email_text",
        )
        wrong_address = st.empty()
        password = st.text_input(
            "Your password", type="password", autocomplete="current-password", key="account_email_password"
        )
        wrong_password = st.empty()
        st.caption("A code goes to the new address. The old one is told about the change.")
        if st.form_submit_button("Send the code", icon=":material/forward_to_inbox:"):
            fields = {"email": wrong_address, "new_email": wrong_address, "password": wrong_password}
            with answered(fields=fields):
                st.session_state[_EMAIL_REQUEST] = profile.start_email_change(
                    mine.account, password, address, origin.current()
                )
                st.rerun()


def _code(mine: Me, request: CodeRequest) -> None:
    at = now()
    if request.expires_at <= at:
        st.session_state.pop(_EMAIL_REQUEST)
        st.warning("The code has expired. Ask for a new one.", icon=":material/timer_off:")
        _new_address(mine)
        return
    until = formats.clock_time(request.expires_at, mine.zone)
    st.text(f"A code went to {request.address}. It is good until {until}.")
    with st.form("account_email_code", border=False):
        code = st.text_input(
            "Code from the mail",
            max_chars=12,
            autocomplete="one-time-code",
            placeholder="6 digits",
            key="account_email_code_text",
        )
        wrong = st.empty()
        if st.form_submit_button("Change the address", type="primary", icon=":material/check:"):
            with answered(fields={"code": wrong}):
                changed = profile.confirm_email_change(mine.account, request.id, code, origin.current())
                st.session_state.pop(_EMAIL_REQUEST)
                done(f"Your e-mail address is {plain(changed.email or '')} now.")
    with st.container(horizontal=True):
        if st.button("Send a new code", key="account_email_again", icon=":material/refresh:"):
            with answered():
                st.session_state[_EMAIL_REQUEST] = codes.resend(request.id, origin.current())
                st.rerun()
        if st.button("Keep the old address", key="account_email_stop", type="tertiary"):
            st.session_state.pop(_EMAIL_REQUEST)
            st.rerun()
    if request.shown_on_screen:
        mail_on_screen.panel()
