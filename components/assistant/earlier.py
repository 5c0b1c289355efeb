"""What stood in a chat before something was asked anew."""

from __future__ import annotations

from uuid import UUID

import streamlit as st

from components.assistant.wording import quoted, safe
from core import formats
from core.accounts.model import Account
from core.assistant import chats
from core.clock import now


def show(account: Account, chat_id: UUID, zone: str) -> None:
    """Folded away; read only when it is opened, and left out when there is none."""
    folded = st.expander(
        "Earlier versions", key=f"versions_{chat_id}", icon=":material/history:", on_change="rerun", type="compact"
    )
    if not folded.open:
        return
    with folded:
        for message in chats.earlier_versions(account, chat_id):
            at = formats.moment(message.created_at, zone, now=now())
            if message.role == "user":
                st.markdown(f"**{quoted(message.text)}** :small[:gray[{at}]]")
            else:
                st.markdown(safe(message.text) if message.text else ":gray[no answer]")
