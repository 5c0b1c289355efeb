"""Analyst: ask in one's own words; answers with their tools, figures, and the evidence of every number."""

import streamlit as st

from components import investor, preferences
from components.assistant import dropped, earlier, head, live, messages, sending, state, welcome
from components.frame import inside_app
from components.states import part
from core.assistant import chats

inside_app()

account = investor.current().account
if account is None:
    welcome.signed_out()
else:
    with part("analyst"):
        zone = preferences.zone(account)
        chat_id = state.chat_id()
        sending.bar(account, chat_id, zone)
        chat = chats.get(account, chat_id) if chat_id is not None else None
        if chat_id is not None and chat is None:
            state.open_chat(None)
            st.warning("That chat is not there any more. This is a new one.", icon=":material/chat_error:")
        head.show(account, chat)
        state.say()
        if chat is None:
            welcome.show(account)
            dropped.offer(account)
        else:
            standing = chats.messages(account, chat.id)
            if any(one.replaces is not None for one in standing):
                earlier.show(account, chat.id, zone)
            messages.show(account, standing, zone)
            dropped.offer(account)
            if standing and standing[-1].state == "writing":
                live.show(chat.id, standing[-1].id)
            else:
                live.follow(chat.id, chat.version)
