"""Which office the person at this browser has: the real one, a simulated one, or none."""

from datetime import datetime

import streamlit as st

from components import investor, origin
from core import formats
from core.accounts.model import Account
from core.clock import now
from core.office.choice import office_of
from core.office.contract import Office

_SIMULATED = "admin_simulated_office"


def actor() -> Account | None:
    """Who is signed in at this moment; looked up anew, so that a role just lost is lost here, too."""
    return investor.current().account


def office() -> Office:
    """The office of the person at this browser.

    Raises:
        NotAllowed: they are no admin.
    """
    found = office_of(actor(), origin.current(), st.session_state.get(_SIMULATED))
    if found.simulated:
        st.session_state[_SIMULATED] = found
    return found


def timezone() -> str:
    """The browser's timezone, UTC where it did not tell."""
    told = st.context.timezone
    return told if isinstance(told, str) and told else "UTC"


def when(moment: datetime | None) -> str:
    """A moment in the admin's own timezone."""
    return formats.UNKNOWN if moment is None else formats.moment(moment, timezone(), now=now())


def ago(moment: datetime | None) -> str:
    """How long ago something was, "never" when it was not."""
    if moment is None:
        return "never"
    age = formats.age(now() - moment)
    return age if age == "just now" else f"{age} ago"
