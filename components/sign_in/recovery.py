"""A new password for somebody who forgot theirs: address, code, new password. Every earlier sign-in ends."""

import streamlit as st

from components import origin
from components.account.answers import answered
from components.account.password import strength
from components.sign_in import enter, steps
from core.accounts import passwords, recovery

_KEY, _DONE = "recovery", "recovery_done"


def under_way() -> bool:
    """Whether a code was asked for, or the password was just set."""
    return steps.reached(_KEY) is not None


def draw(_next_path: str) -> None:
    """The step somebody is at."""
    progress = steps.reached(_KEY)
    if progress is None:
        if st.session_state.pop(_DONE, False):
            st.success("Your password is set, and every earlier sign-in has ended.", icon=":material/check_circle:")
        steps.headline(1, "your e-mail")
        steps.address(_KEY, recovery.start, "Send me a code")
    elif progress.proof is None:
        steps.headline(2, "the code")
        steps.confirm(_KEY, progress, recovery.confirm)
    else:
        steps.headline(3, "a new password")
        _last_step(progress.request.address, progress.proof)


@st.fragment
def _last_step(email: str, proof: str) -> None:
    with enter.fields():
        password = st.text_input(
            "New password",
            type="password",
            key="recovery_password",
            max_chars=200,
            autocomplete="new-password",
            live=True,
            help="12 to 72 bytes. A few unrelated words are better than one with signs in it.",
        )
        wrong = st.empty()
        if password:
            strength(passwords.strength(password, (email,)))
        with st.container(horizontal=True):
            pressed = enter.button("Set password")
            if st.button("Begin again", type="tertiary", key="recovery_back"):
                steps.leave(_KEY)
                st.rerun(scope="app")
    if not pressed:
        return
    with answered(fields={"password": wrong, "new_password": wrong}):
        recovery.finish(proof, password, origin.current())
        steps.leave(_KEY)
        st.session_state[_DONE] = True
        st.rerun(scope="app")
