"""What a browser stored before its person signed in: offered to the account once, right after signing in."""

from datetime import timedelta

import streamlit as st

from components import origin
from components.account.answers import refused
from components.charts.loading import forget as forget_charts
from components.investor import Investor
from components.market import forget, market
from components.states import part
from core import formats
from core.accounts import adoption
from core.accounts.errors import AccountError
from core.clock import now

_DECIDED = "adoption_decided"
_OFFERED_FOR = timedelta(minutes=10)


def offer(investor: Investor) -> None:
    """Ask whether the browser's own files and layouts shall become the account's; a demo's would be gone in a day."""
    account, signed_in = investor.account, investor.session
    if account is None or signed_in is None or account.is_demo or st.session_state.get(_DECIDED):
        return
    if now() - signed_in.created_at > _OFFERED_FOR:
        return
    with part("adoption"):
        browser = origin.device()
        found = _words(browser)
        if not found:
            st.session_state[_DECIDED] = True
            return
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/move_to_inbox: This browser holds {found} from before you signed in.", width="stretch"
            )
            take = st.button("Take into my account", key="adoption_take", type="primary")
            leave = st.button("Leave", key="adoption_leave", type="tertiary")
        if take:
            try:
                adoption.adopt(account, browser)
            except AccountError as error:
                refused(error)
                return
            forget()
            forget_charts()
        if take or leave:
            st.session_state[_DECIDED] = True
            st.rerun()


def _words(owner: str) -> str:
    service = market()
    counted = (
        (len(service.own_instruments(owner)), "file", "files"),
        (len(service.layouts(owner)), "chart layout", "chart layouts"),
        (len(service.watched(owner)), "watched instrument", "watched instruments"),
    )
    return ", ".join(
        f"{formats.number(count, 0)} {one if count == 1 else many}" for count, one, many in counted if count
    )
