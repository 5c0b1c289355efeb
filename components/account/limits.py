"""Account page, Limits: what is left, and when it returns."""

from __future__ import annotations

import streamlit as st

from components.account.who import Me
from core import formats
from core.accounts import limits
from core.accounts.limits import Standing
from core.clock import now

_FORMS_PX = 640
_WORDS = {
    "burst": ("Questions in a minute", "Short bursts, so that one browser cannot hold up the others."),
    "chat": ("Questions in one chat", "A new chat begins with all of them."),
    "hourly": ("Questions in an hour", "Counted back from now, not from the full hour."),
    "daily": ("Questions in 24 hours", "Counted back from now, not from midnight."),
}


def section(mine: Me) -> None:
    """One bar a rule."""
    with st.container(width=_FORMS_PX):
        if mine.account.limits_exempt:
            st.success("No limit applies to your account.", icon=":material/all_inclusive:")
            return
        st.caption("Limits keep the desk quick for everybody. You are told when one is reached.")
        for standing in limits.standing(mine.account):
            _bar(standing, mine.zone)


def _bar(standing: Standing, zone: str) -> None:
    title, about = _WORDS.get(standing.rule, (standing.rule.replace("_", " ").capitalize(), ""))
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.markdown(f"**{title}**", width="content")
            if standing.most is None or standing.left is None:
                st.markdown("No limit for you", width="content")
                return
            st.markdown(f"{standing.left:,} of {standing.most:,} left", width="content")
        st.progress(standing.left / standing.most if standing.most else 0.0)
        if standing.returns_at is not None:
            back = formats.moment(standing.returns_at, zone, now=now())
            about = f"{'Again from' if not standing.left else 'One more from'} {back}. {about}"
        st.caption(about)
