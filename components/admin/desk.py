"""Which office the person at this browser has: the real one, a simulated one, or none."""

from datetime import datetime

import streamlit as st

from components import investor
from core import formats
from core.accounts.errors import NotAllowed
from core.accounts.model import Account
from core.clock import now
from core.office.contract import Office
from core.office.demo import DemoOffice
from core.office.real import RealOffice

_SIMULATED = "admin_simulated_office"


def actor() -> Account | None:
    """Who is signed in at this moment; looked up anew, so that a role just lost is lost here, too."""
    return investor.current().account


def office() -> Office:
    """The office of the person at this browser.

    Raises:
        NotAllowed: they are no admin.
    """
    account = actor()
    if account is not None and account.is_admin:
        return RealOffice(account)
    if account is not None and account.kind == "demo_admin" and account.state == "active":
        held = st.session_state.get(_SIMULATED)
        if not isinstance(held, DemoOffice) or held.account_id != account.id:
            held = st.session_state[_SIMULATED] = DemoOffice(account.id, account.user_name)
        return held
    raise NotAllowed("This page is for admins.", "Sign in as an admin, or ask one for what you need.")


def timezone() -> str:
    """The browser's timezone, UTC where it did not tell."""
    told = st.context.timezone
    return told if isinstance(told, str) and told else "UTC"


def when(moment: datetime | None) -> str:
    """A moment in the admin's own timezone."""
    return formats.UNKNOWN if moment is None else formats.moment(moment, timezone(), now=now())


def ago(moment: datetime | None) -> str:
    """How long ago something was."""
    return formats.UNKNOWN if moment is None else formats.age(now() - moment)
