"""The desk under maintenance: what everybody reads, and a calm page for investors that comes back by itself.

What an investor had typed and chosen is kept while the page is away, and given back with it. Streamlit forgets the
value of a field that a run did not draw; so the values are laid aside before the first such run and put back before the
first run that draws the page again. Files not yet imported have to be chosen again, and text in a form that was not
sent has to be typed again: only the browser had them.
"""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from components import preferences
from components.gate import LAID_ASIDE
from components.investor import Investor
from components.states import plain
from core import formats
from core.clock import now
from core.operations import maintenance
from core.operations.maintenance import Maintenance

_LOOKS_EVERY_S = 5
_SETTABLE = frozenset(
    {
        *("bool_value", "double_value", "int_value", "string_value"),
        *("double_array_value", "int_array_value", "string_array_value"),
    }
)
"""Kinds of widget values that may be put back: not presses of buttons, files, selections in charts and tables."""


def banner(paused: Maintenance, investor: Investor) -> None:
    """What everybody reads while the desk is closed; admins, who stay in, also what investors see."""
    account = investor.account
    inside = account is not None and account.is_admin
    st.warning(
        f"{plain(paused.message)}{_until(paused, investor)}"
        + ("  \nInvestors see this in place of their pages. You stay in." if inside else ""),
        title="The desk is closed for maintenance",
        icon=":material/construction:",
    )


def notice() -> None:
    """In place of a page: nothing is lost, and nothing is to be done."""
    _lay_aside()
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(":material/bookmark_added: **Your work is kept**", text_alignment="center")
        st.caption(
            "What you stored is safe, and this page comes back by itself as you left it. "
            "Only text in a form you had not sent has to be typed again.",
            text_alignment="center",
        )
    _wait()


@st.fragment(run_every=_LOOKS_EVERY_S)
def _wait() -> None:
    if maintenance.current() is None:
        st.rerun(scope="app")


def _until(paused: Maintenance, investor: Investor) -> str:
    if paused.until is None or paused.overdue:
        return ""
    return f"  \nIt should be over by {formats.moment(paused.until, _zone(investor), now=now())}."


def _zone(investor: Investor) -> str:
    if investor.account is not None:
        return preferences.zone(investor.account)
    browser = st.context.timezone
    try:
        return ZoneInfo(browser).key if isinstance(browser, str) else "Asia/Kolkata"
    except (ZoneInfoNotFoundError, ValueError):
        return "Asia/Kolkata"


def _lay_aside() -> None:
    context = get_script_run_ctx()
    if LAID_ASIDE in st.session_state or context is None:
        return
    state = context.session_state._state
    drawn = state._new_widget_state.widget_metadata
    kept: dict[str, Any] = {}
    for widget_id, key in state._key_id_mapper.id_key_mapping.items():
        if widget_id in drawn and drawn[widget_id].value_type in _SETTABLE and key in st.session_state:
            kept[key] = st.session_state[key]
    st.session_state[LAID_ASIDE] = kept


def give_back() -> None:
    """Put back what was laid aside, before the page is drawn again."""
    kept: dict[str, Any] | None = st.session_state.pop(LAID_ASIDE, None)
    for key, value in (kept or {}).items():
        if key not in st.session_state:
            st.session_state[key] = value
