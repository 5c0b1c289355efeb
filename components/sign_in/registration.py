"""A new account in three steps: address, code, name and password."""

import streamlit as st

from components import origin, session
from components.account.answers import answered
from components.account.password import strength
from components.sign_in import enter, steps
from core.accounts import passwords, registration

_KEY = "registration"


def under_way() -> bool:
    """Whether a code was sent."""
    return steps.reached(_KEY) is not None


def draw(next_path: str) -> None:
    """The step somebody is at."""
    progress = steps.reached(_KEY)
    if progress is None:
        steps.headline(1, "your e-mail")
        steps.address(_KEY, registration.start, "Send me a code")
    elif progress.proof is None:
        steps.headline(2, "the code")
        steps.confirm(_KEY, progress, registration.confirm)
    else:
        steps.headline(3, "name and password")
        _last_step(progress.request.address, progress.proof, next_path)


@st.fragment
def _last_step(email: str, proof: str, next_path: str) -> None:
    """Runs alone while somebody types, so that the strength follows the typing."""
    with enter.fields():
        # For password managers: whose password this is.
        user_name = st.text_input("User name", key="registration_user_name", max_chars=32, autocomplete="username")
        wrong_user_name = st.empty()
        name = st.text_input("Your name", key="registration_name", max_chars=80, autocomplete="name")
        wrong_name = st.empty()
        password = st.text_input(
            "Password",
            type="password",
            key="registration_password",
            max_chars=200,
            autocomplete="new-password",
            live=True,
            help="12 to 72 bytes. A few unrelated words are better than one with signs in it.",
        )
        wrong_password = st.empty()
        if password:
            strength(passwords.strength(password, (user_name, name, email)))
        with st.container(horizontal=True):
            pressed = enter.button("Create account")
            if st.button("Begin again", type="tertiary", key="registration_back"):
                steps.leave(_KEY)
                st.rerun(scope="app")
    if not pressed:
        return
    fields = {"user_name": wrong_user_name, "name": wrong_name, "password": wrong_password}
    with answered(fields=fields):
        account = registration.finish(proof, user_name=user_name, name=name, password=password, origin=origin.current())
        steps.leave(_KEY)
        session.begin(account, next_path)
