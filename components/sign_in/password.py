"""Signing in with name and password, and the second proof where one is asked for."""

import streamlit as st

from components import origin, session
from components.account.answers import refused
from components.sign_in import code
from core.accounts import codes, sign_in
from core.accounts.errors import AccountError
from core.accounts.sign_in import Accepted, SecondFactorNeeded

_CHALLENGE = "sign_in_challenge"


def under_way() -> bool:
    """Whether a second proof is waited for."""
    return _CHALLENGE in st.session_state


def draw(next_path: str) -> None:
    """The form, or the second step."""
    if under_way():
        _second_step(next_path)
        return
    with st.form("sign_in", border=False, enter_to_submit=True):
        login = st.text_input("User name or e-mail", key="sign_in_login", max_chars=254, autocomplete="username")
        password = st.text_input(
            "Password", type="password", key="sign_in_password", max_chars=200, autocomplete="current-password"
        )
        wrong = st.empty()
        pressed = st.form_submit_button("Sign in", type="primary", width="stretch")
    if not pressed:
        return
    if not login.strip() or not password:
        wrong.error("Type your user name or e-mail address, and your password.", icon=":material/edit_note:")
        return
    try:
        _go_on(sign_in.sign_in(login.strip(), password, origin.current()), next_path)
    except AccountError as error:
        refused(error, wrong)


def _go_on(answer: Accepted | SecondFactorNeeded, next_path: str) -> None:
    if isinstance(answer, Accepted):
        st.session_state.pop(_CHALLENGE, None)
        session.begin(answer.account, next_path)
    else:
        st.session_state[_CHALLENGE] = answer
        st.rerun()


def _second_step(next_path: str) -> None:
    challenge: SecondFactorNeeded = st.session_state[_CHALLENGE]
    mailed = challenge.kind == "email"
    code.entry(
        code.sent_to(challenge.address)
        if mailed
        else "Type the code your authenticator app shows now, or one of your recovery codes.",
        confirm=lambda typed: _go_on(
            sign_in.confirm_second_factor(challenge.challenge_id, typed, origin.current()), next_path
        ),
        back=lambda: st.session_state.pop(_CHALLENGE, None),
        resend=(lambda: _send_again(challenge)) if mailed else None,
        resend_at=challenge.resend_at,
        shown_on_screen=challenge.shown_on_screen,
    )
    if not mailed and st.button("Send me a code by e-mail instead", key="sign_in_by_mail", type="tertiary"):
        try:
            _keep(challenge, codes.to_email(challenge.challenge_id, origin.current()))
        except AccountError as error:
            refused(error)
        else:
            st.rerun()


def _send_again(challenge: SecondFactorNeeded) -> None:
    _keep(challenge, codes.resend(challenge.challenge_id, origin.current()))


def _keep(challenge: SecondFactorNeeded, request: codes.CodeRequest) -> None:
    st.session_state[_CHALLENGE] = SecondFactorNeeded(
        challenge_id=challenge.challenge_id,
        kind="email",
        resend_at=request.resend_at,
        shown_on_screen=request.shown_on_screen,
        address=request.address,
        expires_at=request.expires_at,
    )
