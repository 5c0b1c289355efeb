"""Account page, Security: the authenticator app, its recovery codes, and taking both away again."""

from __future__ import annotations

import io

import segno
import streamlit as st

from components import origin
from components.account.answers import answered, done
from components.account.who import me
from core.accounts import second_factor
from core.accounts.second_factor import TotpSetup

_SETUP = "account_totp_setup"
_CODES = "account_recovery_codes"


@st.fragment
def panel() -> None:
    """Set up, confirm, see what is left, renew, remove."""
    account = me().account
    fresh: tuple[str, ...] | None = st.session_state.get(_CODES)
    setup: TotpSetup | None = st.session_state.get(_SETUP)
    with st.container(border=True):
        st.markdown("**Authenticator app**")
        if fresh is not None:
            _shown_once(account.user_name, fresh)
        elif account.totp:
            _standing()
        elif setup is not None:
            _confirm(setup)
        else:
            _offer()


def _offer() -> None:
    st.caption(
        "A code from an app on your phone besides your password. Any app that reads standard QR codes (TOTP) will do."
    )
    if st.button("Set up", icon=":material/qr_code_2:", key="account_totp_begin"):
        with answered():
            st.session_state[_SETUP] = second_factor.begin(me().account)
            st.rerun()


def qr_code(text: str) -> bytes:
    """``text`` as a QR code: a PNG, dark on white in both modes because cameras expect it, quiet zone included."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=5, border=4, dark="#1D2530", light="#fff")
    return picture.getvalue()


def _confirm(setup: TotpSetup) -> None:
    st.markdown("1. Point the app's camera at this picture, or type the key.")
    st.image(qr_code(setup.uri), alt="QR code for the authenticator app; the key below says the same", width=220)
    st.code(" ".join(setup.secret[i : i + 4] for i in range(0, len(setup.secret), 4)), language=None, wrap_lines=True)
    st.markdown("2. Type the code the app shows.")
    with st.form("account_totp_confirm", border=False):
        code = st.text_input(
            "Code from the app",
            max_chars=12,
            autocomplete="one-time-code",
            placeholder="6 digits",
            key="account_totp_code",
        )
        wrong = st.empty()
        if st.form_submit_button("Turn it on", type="primary", icon=":material/verified_user:"):
            with answered(fields={"code": wrong}):
                st.session_state[_CODES] = second_factor.confirm(me().account, code, origin.current())
                st.session_state.pop(_SETUP)
                st.rerun(scope="app")
    if st.button("Not now", key="account_totp_stop", type="tertiary"):
        st.session_state.pop(_SETUP)
        st.rerun()


def _shown_once(user_name: str, fresh: tuple[str, ...]) -> None:
    st.warning(
        "Keep these recovery codes where your phone is not. Each signs you in once when the app is lost. "
        "They are not shown again.",
        icon=":material/save:",
    )
    text = "\n".join(fresh)
    st.code(text, language=None)
    with st.container(horizontal=True):
        st.download_button(
            "Download",
            f"Recovery codes of {user_name} at Kubera\nEach works once.\n\n{text}\n",
            file_name="kubera-recovery-codes.txt",
            mime="text/plain",
            on_click="ignore",
            icon=":material/download:",
            key="account_codes_download",
        )
        if st.button("I have kept them", type="primary", key="account_codes_kept"):
            st.session_state.pop(_CODES)
            st.rerun(scope="app")


def _standing() -> None:
    account = me().account
    left = second_factor.recovery_codes_left(account)
    st.markdown(":green-badge[:material/verified_user: On] A code from your app is asked for at every sign-in.")
    if left > 2:
        st.caption(f"{left} recovery codes are left.")
    else:
        st.warning(
            f"{left or 'No'} recovery code{'s are' if left != 1 else ' is'} left. Make new ones before you need them.",
            icon=":material/warning:",
        )
    with st.expander("New recovery codes", icon=":material/autorenew:"), st.form("account_codes_new", border=False):
        password = st.text_input(
            "Your password", type="password", autocomplete="current-password", key="account_codes_password"
        )
        wrong = st.empty()
        st.caption("The old ones stop working.")
        if st.form_submit_button("Make new ones"):
            with answered(fields={"password": wrong}):
                st.session_state[_CODES] = second_factor.new_recovery_codes(account, password, origin.current())
                st.rerun()
    with st.expander("Remove the app", icon=":material/no_encryption:"), st.form("account_totp_remove", border=False):
        password = st.text_input(
            "Your password", type="password", autocomplete="current-password", key="account_remove_password"
        )
        wrong_password = st.empty()
        code = st.text_input(
            "Code from the app, or a recovery code",
            max_chars=32,
            autocomplete="one-time-code",
            key="account_remove_code",
        )
        wrong_code = st.empty()
        if st.form_submit_button("Remove"):
            with answered(fields={"password": wrong_password, "code": wrong_code}):
                second_factor.remove(account, password, code, origin.current())
                done("The authenticator app is removed. Your password alone signs you in now.")
