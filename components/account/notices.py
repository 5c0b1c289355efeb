"""Account page, Notices: which mails are wanted, kind by kind, and when reports come."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import streamlit as st

from components import investor
from components import preferences as kept
from components.account.answers import answered, done
from components.account.who import Me
from components.states import part
from core.accounts import preferences
from core.accounts.preferences import Report
from core.notices import choices
from core.notices.kinds import KINDS

_FORMS_PX = 640
_REPORTS: dict[Report, str] = {
    "none": "No report",
    "daily": "Every day",
    "weekly": "Every week",
    "monthly": "Every month",
}


def section(mine: Me) -> None:
    """Reports, then the kinds by group."""
    account = mine.account
    with st.container(width=_FORMS_PX):
        if account.email is None:
            st.info("A demo desk has no e-mail address: everything comes to the inbox.", icon=":material/inbox:")
        _reports(mine)
        wanted = choices.get(account.id, admin=account.is_admin)
        if account.email is not None:
            _mails(wanted)
        with st.expander("Always sent: what the safety of your account needs", icon=":material/shield:"):
            for kind in KINDS.values():
                if kind.essential and kind.has_mail and (kind.audience == "investor" or account.is_admin):
                    st.markdown(f"**{kind.title}**  \n:small[:gray[{kind.about}]]")


def _reports(mine: Me) -> None:
    before = kept.of(mine.account)
    with st.form("account_reports"):
        st.markdown("**Reports**")
        often, hour = st.columns(2)
        frequency = often.selectbox(
            "How often",
            tuple(_REPORTS),
            tuple(_REPORTS).index(before.report),
            format_func=_REPORTS.__getitem__,
            key="account_report",
        )
        at = hour.selectbox(
            "At",
            tuple(range(24)),
            before.report_hour,
            format_func=lambda one: f"{one:02}:00",
            key="account_report_hour",
            help=f"In your timezone, {before.timezone}.",
        )
        if st.form_submit_button("Save reports", icon=":material/save:"):
            with answered():
                preferences.save(mine.account, replace(before, report=frequency, report_hour=at))
                kept.forget()
                done("Saved when your reports come.")


def _mails(wanted: dict[str, bool]) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Mails you want**", width="stretch")
            every = all(wanted.values())
            st.button(
                "None of these" if every else "All of these",
                key="account_notices_all",
                type="tertiary",
                on_click=_turn_all,
                args=(not every,),
            )
        st.caption("Your inbox here has all of them, whatever you choose.")
        for group, names in groupby(wanted, key=lambda name: KINDS[name].group):
            st.markdown(f":small[**{group}**]")
            for name in names:
                st.session_state[_key(name)] = wanted[name]
                st.toggle(KINDS[name].title, key=_key(name), on_change=_turn, args=(name,), help=KINDS[name].about)


def _key(name: str) -> str:
    return f"account_notice_{name}"


def _turn(name: str) -> None:
    # Callbacks run before the page, whose parts catch what goes wrong; a sign-in may have ended meanwhile.
    with part("choose mails"):
        account = investor.current().account
        if account is not None:
            choices.set(account.id, name, bool(st.session_state[_key(name)]))


def _turn_all(on: bool) -> None:
    with part("choose mails"):
        account = investor.current().account
        if account is not None:
            choices.set_all(account.id, on)
