"""Before the first question: what the analyst does, and questions to begin with."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from components import market as cached
from components.assistant import sending
from components.sign_in import visitor
from components.states import plain
from core.accounts.model import Account
from core.assistant.suggestions import GENERAL, suggestions
from core.clock import now
from db.session import DatabaseProblem

_ROWS_LOOKED_AT = 50
_WHAT = (
    "Ask in your own words, in English or Hinglish, about prices, companies, indicators, news or your own desk. "
    "Every figure in an answer opens the data it came from."
)


def show(account: Account) -> None:
    """An empty chat of somebody who is signed in."""
    st.markdown(_WHAT)
    traded = _traded(account)
    known = tuple(dict.fromkeys((*traded, *_watched(account))))
    _questions(suggestions(known, portfolio=bool(traded), day=now().toordinal()), account)


def signed_out() -> None:
    """The same for somebody who is not: one click on a question makes a desk and puts the question into it."""
    st.title("Analyst", anchor=False)
    st.markdown(_WHAT)
    if not visitor.available():
        return
    st.caption("Questions are asked from a desk of your own. One click makes one for a day, without a form.")
    _questions(GENERAL, None)


def _traded(account: Account) -> tuple[str, ...]:
    """What the last rows of the investor's ledger are about, the latest first."""
    from core.portfolio import book

    try:
        rows = book.transactions(account, size=_ROWS_LOOKED_AT).rows
    except DatabaseProblem:
        return ()  # the questions of everybody do as well
    return tuple(dict.fromkeys(row.symbol for row in rows if row.symbol))


def _watched(account: Account) -> tuple[str, ...]:
    try:
        return cached.market().watched(account.owner)
    except DatabaseProblem:
        return ()  # the questions of everybody do as well


def _questions(texts: tuple[str, ...], account: Account | None) -> None:
    left, right = st.columns(2)
    for place, text in enumerate(texts):
        pressed = (left, right)[place % 2].button(
            plain(text),
            key=f"analyst_begin_{place}",
            icon=":material/chat_bubble:",
            width="stretch",
            on_click=sending.ask if account is not None else None,
            args=(account, text, None) if account is not None else None,
        )
        if pressed and account is None:
            visitor.enter(f"/analyst?{urlencode({'q': text})}")
