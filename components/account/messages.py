"""The list of the Inbox page: messages newest first, unread ones marked, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from components.account.who import Me
from components.states import empty, plain
from core import formats
from core.accounts.model import Account
from core.clock import now
from core.notices import inbox
from core.notices.kinds import KINDS, Kind
from core.notices.model import Level, Message

A_PAGE = 20
_ALL = ""
_PAGE, _PAGE_OF = "inbox_page", "inbox_page_of"
_ICONS: dict[Level, str] = {
    "info": ":material/info:",
    "good": ":material/check_circle:",
    "warning": ":material/warning:",
    "problem": ":material/error:",
}
_PAGES = {
    "": "pages/market.py",
    "charts": "pages/charts.py",
    "data": "pages/data.py",
    "help": "pages/help.py",
    "account": "pages/account.py",
    "inbox": "pages/inbox.py",
    "admin": "pages/admin.py",
}


def messages(mine: Me) -> None:
    """Filter, list, paging."""
    account = mine.account
    unread = inbox.unread(account.id)
    if not unread and not inbox.messages(account.id, 1, 1).total:
        empty("No message yet", "Sign-ins from new devices, alerts, reports and limits are told here.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Kind",
            (_ALL, *(kind.name for kind in KINDS.values() if _may_come(kind, account))),
            format_func=_kind_words,
            key="inbox_kind",
            bind="query-params",
            width=280,
        )
        if unread and st.button("Mark all as read", icon=":material/done_all:", key="inbox_all_read"):
            inbox.mark_read(account.id, None)
            st.rerun()
    rows, total = _shown(account.id, chosen)
    if not rows:
        empty("Nothing of this kind", "Choose another kind, or all of them.", ":material/filter_alt_off:")
        return
    st.caption(f"{total:,} message{'s' if total != 1 else ''}{f', {unread:,} unread' if not chosen else ''}")
    for message in rows:
        _message(account, message, mine.zone)
    if _pages(total) > 1:
        st.pagination(_pages(total), key=_PAGE)


def _may_come(kind: Kind, account: Account) -> bool:
    return kind.has_inbox and (kind.audience == "investor" or account.is_admin)


def _pages(total: int) -> int:
    return max(1, -(-total // A_PAGE))


def _shown(account_id: int, kind: str) -> tuple[Sequence[Message], int]:
    """The chosen page, or the last one when there are fewer than that by now; and how many messages there are."""
    if st.session_state.get(_PAGE_OF) != kind:
        st.session_state[_PAGE_OF] = kind
        st.session_state.pop(_PAGE, None)
    wanted = int(st.session_state.get(_PAGE, 1))
    if kind:
        found = _of_kind(account_id, kind)
        number = _within(wanted, len(found))
        return found[A_PAGE * (number - 1) : A_PAGE * number], len(found)
    page = inbox.messages(account_id, wanted, A_PAGE)
    number = _within(wanted, page.total)
    if number != wanted:
        page = inbox.messages(account_id, number, A_PAGE)
    return page.rows, page.total


def _within(wanted: int, total: int) -> int:
    number = min(wanted, _pages(total))
    if number != wanted:
        st.session_state[_PAGE] = number
    return number


def _of_kind(account_id: int, kind: str) -> list[Message]:
    found: list[Message] = []
    number, pages = 1, 1
    while number <= pages:
        page = inbox.messages(account_id, number, inbox.MOST_PER_PAGE)
        pages = -(-page.total // page.size)
        found += [message for message in page.rows if message.kind == kind]
        number += 1
    return found


def _kind_words(kind: str) -> str:
    if kind == _ALL:
        return "All kinds"
    return KINDS[kind].title if kind in KINDS else kind.replace("_", " ").capitalize()


def _message(account: Account, message: Message, zone: str) -> None:
    at = now()
    new = message.read_at is None
    with st.container(border=True, gap="xsmall"):
        mark, weight = (":blue-badge[New] ", "**") if new else ("", "")
        when = formats.moment(message.created_at, zone, now=at)
        st.markdown(
            f"{_ICONS[message.level]} {mark}{weight}{plain(message.title)}{weight} :small[:gray[{plain(when)}]]"
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":gray[{plain(message.body)}]" if message.body else "", width="stretch")
            _way(account, message)
            if new and st.button(
                "Mark as read", key=f"inbox_read_{message.id}", icon=":material/done:", type="tertiary"
            ):
                inbox.mark_read(account.id, (message.id,))
                st.rerun()


def _way(account: Account, message: Message) -> None:
    """The button to where a message leads; a path this desk does not know has none."""
    target = destination(message.path)
    if target is None or (target[0] == _PAGES["admin"] and not account.is_admin):
        return
    kind = KINDS.get(message.kind)
    label = kind.action if kind is not None else "Open"
    if st.button(plain(label), key=f"inbox_open_{message.id}", icon=":material/arrow_forward:", type="tertiary"):
        inbox.mark_read(account.id, (message.id,))
        st.switch_page(target[0], query_params=target[1])


def destination(path: str) -> tuple[str, dict[str, str]] | None:
    """The page's file and query of a path within the app; None when it leads to no page of ours."""
    if not path.startswith("/") or path.startswith("//"):
        return None
    parts = urlsplit(path)
    page = _PAGES.get(parts.path.strip("/"))
    return None if page is None else (page, dict(parse_qsl(parts.query)))
