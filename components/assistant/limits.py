"""What is left of the limits on questions, in a line under the input."""

from __future__ import annotations

import streamlit as st

from core import formats
from core.accounts import limits
from core.accounts.limits import Standing
from core.accounts.model import Account
from core.clock import now

_WORDS = {"burst": "this minute", "chat": "in this chat", "hourly": "this hour", "daily": "today"}
_NEARLY = 0.2


def show(account: Account, chat: str, zone: str) -> None:
    """The tightest rule; nothing for an account without limits."""
    if account.limits_exempt:
        return
    told = words(limits.standing(account, chat), zone)
    if told:
        st.caption(told, text_alignment="center")


def words(standings: tuple[Standing, ...], zone: str) -> str:
    """The rule of which the smallest share is left, and when it returns once it is used up; "" for none."""
    bound = [one for one in standings if one.most and one.left is not None]
    if not bound:
        return ""
    tightest = min(bound, key=lambda one: ((one.left or 0) / (one.most or 1), one.most or 0))
    left, most = tightest.left or 0, tightest.most or 0
    period = _WORDS.get(tightest.rule, tightest.rule)
    if not left:
        back = f", again from {formats.moment(tightest.returns_at, zone, now=now())}" if tightest.returns_at else ""
        return f"No question left {period}{back or '; start a new chat'}."
    marked = ":material/hourglass_bottom: " if left <= most * _NEARLY else ""
    return f"{marked}{left:,} of {most:,} questions left {period}"
