"""Outbox: every mail, where it stands, and what can be done about it."""

import streamlit as st

from components.admin import asking, desk
from components.admin.asking import Ask
from components.admin.listing import page_number, pager, table
from components.states import empty
from core import formats
from core.office.contract import Office
from core.office.model import MailRow, MailText

RETRY, CANCEL, READ = "Send again", "Do not send", "Preview"
_READING = "admin_mail_reading"

WORDS = {
    "queued": "Waiting",
    "claimed": "Being sent",
    "handing_over": "Being handed over",
    "sent": "Sent",
    "failed": "Failed",
    "unconfirmed": "Not confirmed",
    "cancelled": "Cancelled",
    "on_screen": "Shown on screen",
    "no_server": "No mail server",
    "expired": "Too late to send",
}


def words(state: str) -> str:
    """A state in words."""
    return WORDS.get(state, state.replace("_", " ").capitalize())


def draw(office: Office) -> None:
    """The section."""
    counts = office.mail_counts()
    with st.container(horizontal=True):
        for state, n in counts.items():
            st.metric(words(state), formats.number(n, 0), border=True, width="content")
    state = st.selectbox(
        "State",
        ["Any", *counts],
        key="admin_mail_state",
        format_func=lambda s: s if s == "Any" else words(s),
        width=220,
    )
    key, page = page_number("admin_mail_page", state)
    found = office.mails(state=None if state == "Any" else state, page=page)
    if not found.rows:
        empty(
            "No mail", "Codes, notices and reports are listed here once they are written.", ":material/outgoing_mail:"
        )
        return
    rows = found.rows

    def chosen(row: int, label: str) -> None:
        _act(rows[row], label)

    table(
        {
            "When": [desk.when(row.created_at) for row in rows],
            "Kind": [row.kind.replace("_", " ").capitalize() for row in rows],
            "To": [row.to for row in rows],
            "State": [words(row.state) for row in rows],
            "Tries": [row.attempts for row in rows],
            "Next try": [desk.when(row.next_try_at) if row.next_try_at else "" for row in rows],
            "What the server said": [row.error for row in rows],
        },
        "Mails, newest first",
        key="admin_mail_action",
        actions=[_menu(row) for row in rows],
        on_action=chosen,
    )
    pager(key, found, "mail", "mails")
    reading = st.session_state.get(_READING)
    if any(row.id == reading for row in rows):
        st.caption("What this kind of mail says, with made-up values. What was really said is sealed, for admins too.")
        mail_text(office.mail_text(reading))


def mail_text(mail: MailText) -> None:
    """A mail as plain text: nothing in it is drawn, run or loaded."""
    with st.container(border=True):
        st.caption("Subject")
        st.code(mail.subject, language=None, wrap_lines=True)
        st.caption("Text")
        st.code(mail.text, language=None, wrap_lines=True)


def _menu(row: MailRow) -> list[str]:
    menu = [READ]
    if row.can_retry:
        menu.append(RETRY)
    if row.can_cancel:
        menu.append(CANCEL)
    return menu


def _act(row: MailRow, label: str) -> None:
    if label == READ:
        st.session_state[_READING] = row.id
    elif label == RETRY:
        twice = " It may have arrived already: the server did not confirm it." if row.state == "unconfirmed" else ""
        asking.ask(
            Ask(
                "Send this mail again?",
                f"{row.subject}, to {row.to}.{twice}",
                "Send again",
                lambda office, _: office.retry_mail(row.id),
            )
        )
    elif label == CANCEL:
        asking.ask(
            Ask(
                "Leave this mail unsent?",
                f"{row.subject}, to {row.to}. It can be sent later with “{RETRY}”.",
                "Do not send",
                lambda office, _: office.cancel_mail(row.id),
            )
        )
