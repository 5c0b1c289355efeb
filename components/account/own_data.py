"""Account page, Data: a copy of everything held about this account, and its deletion."""

from __future__ import annotations

import streamlit as st

from components import origin
from components.account.answers import answered
from components.account.who import Me
from components.states import plain
from core import formats
from core.accounts import own_data
from core.accounts.errors import InvalidInput
from core.clock import now

_FORMS_PX = 640
_READY = "account_export"


def section(mine: Me) -> None:
    """The copy, then the end."""
    with st.container(width=_FORMS_PX):
        _copy(mine)
        _delete(mine)


def _copy(mine: Me) -> None:
    with st.container(border=True):
        st.markdown("**Everything held about you**")
        st.caption(
            "One ZIP file with every row that belongs to you, as JSON and as CSV. "
            "Secrets (password, tokens, codes) are left out: they are kept as hashes and would tell you nothing."
        )
        ready: tuple[int, bytes] | None = st.session_state.get(_READY)
        if ready is None or ready[0] != mine.account.id:
            if st.button("Prepare my data", icon=":material/folder_zip:", key="account_export_prepare"):
                with answered(), st.spinner("Collecting your data"):
                    st.session_state[_READY] = (mine.account.id, own_data.export(mine.account, origin.current()))
                    st.rerun()
            return
        size = formats.number(len(ready[1]) / 1024, 0 if len(ready[1]) > 10_240 else 1)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                f"Download ({size} KB)",
                ready[1],
                file_name=f"kubera-{mine.account.user_name}-{now():%Y-%m-%d}.zip",
                mime="application/zip",
                on_click="ignore",
                type="primary",
                icon=":material/download:",
                key="account_export_download",
            )
            if st.button("Done", key="account_export_done", type="tertiary"):
                st.session_state.pop(_READY)
                st.rerun()


def _delete(mine: Me) -> None:
    account = mine.account
    with st.expander("Delete this account", icon=":material/delete_forever:", key="account_delete"):
        st.markdown(
            "Your files, layouts, watchlist, preferences, alerts and messages are deleted at once and for good. "
            "The activity log keeps that it happened: a number and a user name, no address."
        )
        with st.form("account_delete_form", border=False):
            typed = st.text_input(
                f"Type your user name: {plain(account.user_name)}",
                autocomplete="off",
                max_chars=64,
                key="account_delete_name",
            )
            wrong_name = st.empty()
            password = ""
            if not account.is_demo:
                password = st.text_input(
                    "Your password", type="password", autocomplete="current-password", key="account_delete_password"
                )
            wrong_password = st.empty()
            if st.form_submit_button("Delete for good", type="primary", icon=":material/delete_forever:"):
                with answered(fields={"user_name": wrong_name, "password": wrong_password}):
                    if typed.strip() != account.user_name:
                        raise InvalidInput(
                            "user_name", "That is not your user name.", f"Type {account.user_name} to confirm."
                        )
                    own_data.delete_account(mine.session, password, origin.current())
                    st.session_state.pop(_READY, None)
                    st.rerun(scope="app")
