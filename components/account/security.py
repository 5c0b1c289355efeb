"""Account page, Security: password, authenticator app and devices."""

from __future__ import annotations

import streamlit as st

from components.account import authenticator, devices, password
from components.account.who import Me

_FORMS_PX = 640


def section(mine: Me) -> None:
    """What protects this account, and where it is open."""
    with st.container(width=_FORMS_PX):
        if mine.account.kind == "registered":
            password.change()
            authenticator.panel()
        else:
            st.info(
                "A demo desk has no password: whoever has this browser has the desk. "
                "A registered account is protected by a password and, if you like, an authenticator app.",
                icon=":material/lock_open:",
            )
        devices.panel(mine)
