"""Mails of a demo without a mail server: shown to the browser that caused them, and to nobody else."""

from __future__ import annotations

import streamlit as st

from components import origin
from components.states import part, plain
from core import formats
from core.clock import now
from core.notices import outbox

_EVERY_S = 5
_SHOWN = 5


def panel(*, expanded: bool = True) -> None:
    """The mails this browser caused within the hour, newest first, five at most; looks again every few seconds.

    Draws nothing where a mail server is configured.
    """
    if outbox.mode() == "on_screen":
        _panel(expanded)


@st.fragment(run_every=_EVERY_S)
def _panel(expanded: bool) -> None:
    with part("mail on screen"):
        mails = outbox.on_screen(origin.current().device)
        with st.expander(
            "Mails on screen (no mail server is configured)",
            expanded=expanded,
            icon=":material/mark_email_unread:",
            key="mails_on_screen",
        ):
            if not mails:
                st.caption("Nothing yet. What this demo would have sent to you appears here, and only in this browser.")
            for mail in mails[:_SHOWN]:
                with st.container(border=True, gap="xsmall"):
                    st.markdown(f"**{plain(mail.subject)}**")
                    age = formats.age(now() - mail.created_at)
                    st.text(f"To {mail.to}, {age if age == 'just now' else f'{age} ago'}")
                    if mail.code is None:
                        st.code(mail.text, language=None, wrap_lines=True)
                        continue
                    st.code(mail.code, language=None, width="content")
                    with st.expander("The whole mail", key=f"mail_on_screen_{mail.id}"):
                        st.code(mail.text, language=None, wrap_lines=True)
