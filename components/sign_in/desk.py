"""What a signed-out browser sees where a sign-in is needed: the ways in, one at a time."""

from types import ModuleType

import streamlit as st

from components import session
from components.sign_in import password, recovery, registration, visitor
from components.states import part
from core.settings import get_settings

_WAY = "sign_in_way"
_SIGN_IN, _REGISTER, _RECOVER = "Sign in", "Create account", "Forgot password"
_WIDTH = 480
_PROBLEMS = {
    "ticket": "The sign-in took too long or was used already. Nothing is lost: sign in once more.",
    "database": "The database did not answer while you were signed in. Try once more in a moment.",
}


def show(title: str, next_path: str) -> None:
    """Draw the ways in; whoever gets in goes on to `next_path`."""
    under_way = next((name for name, way in _ways().items() if way.under_way()), None)
    with st.container(horizontal_alignment="center"), st.container(width=_WIDTH):
        st.title(under_way or title, anchor=False)
        _say_what_went_wrong()
        if not session.lasting():
            st.info(
                "Here a sign-in lasts as long as this tab. Started with `make run`, it lasts for days.",
                icon=":material/timer:",
            )
        with part("sign in"):
            _ways()[under_way or _chosen()].draw(next_path)
        if under_way is None:
            visitor.offer(next_path)


def _ways() -> dict[str, ModuleType]:
    """Modules with `under_way` and `draw`, by what people call them."""
    ways = {_SIGN_IN: password, _REGISTER: registration, _RECOVER: recovery}
    if get_settings().accounts.registration == "off":
        del ways[_REGISTER]
    return ways


def _chosen() -> str:
    return st.segmented_control(
        "Way in", list(_ways()), default=_SIGN_IN, key=_WAY, label_visibility="collapsed", required=True,
        width="stretch", persist_state="session",
    )  # fmt: skip


def _say_what_went_wrong() -> None:
    problem = _PROBLEMS.get(st.query_params.get(session.PROBLEM_PARAMETER, ""))
    if problem:
        st.info(problem, icon=":material/refresh:")
