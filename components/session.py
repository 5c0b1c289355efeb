"""A browser's sign-in as pages use it: begin one, end one, and know which one this tab has.

With `server.py` around the script a sign-in lives in a cookie that no script can read: the page sends the browser to
a route that sets it. Under `streamlit run app.py` alone there are no such routes; the sign-in then lives in the tab.
What only a person who signs in or out needs is imported then: a signed-out page starts without it.
"""

import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import origin
from components.cookies import SESSION_COOKIE, binding, hash_of, token
from core.accounts.errors import NotAvailable
from core.accounts.model import Account
from core.clock import now

OPEN_ROUTE, CLOSE_ROUTE = "/session/open", "/session/close"
PROBLEM_PARAMETER = "problem"

TAB_SESSION = "session_of_this_tab"
_CLOSE_PURPOSE = "session close"
_STAMP_SECONDS = 60
_MOST_CHARACTERS = 2000

_routes_are_there = False


def routes_are_there() -> None:
    """Told by the server that serves the routes of this module beside the script."""
    global _routes_are_there  # noqa: PLW0603 - one server a process
    _routes_are_there = True


def lasting() -> bool:
    """Whether a sign-in outlives the tab."""
    return _routes_are_there


def current_token() -> str | None:
    """The token this tab is signed in with, not looked up yet; None for a signed-out one."""
    if _routes_are_there:
        return token(st.context.cookies, SESSION_COOKIE)
    kept = st.session_state.get(TAB_SESSION)
    return kept if isinstance(kept, str) else None


def begin(account: Account, next_path: str) -> None:
    """Sign this browser in and go on to `next_path`; ends the run.

    Raises:
        AccountError: the browser keeps no cookies (`NotAvailable` with the remedy), or the account is not active.
    """
    from core.accounts import sessions

    where = origin.current()
    if not _routes_are_there:
        opened = sessions.open_session(account, where)
        forget_all()
        st.session_state[TAB_SESSION] = opened
        st.rerun()
    bound = binding(st.context.cookies)
    if not bound:
        # The cookies came with the page; a handshake without them is a browser that refuses cookies.
        raise NotAvailable(
            "This browser sent no cookies, and a sign-in is kept in one.",
            "Allow cookies for this address, load the page again, then sign in.",
        )
    ticket = sessions.issue_ticket(account, where, binding=bound, next_path=local_path(next_path))
    navigate(f"{OPEN_ROUTE}?ticket={ticket}")


def close() -> None:
    """Sign this browser out; ends the run."""
    from core.accounts import sessions

    present = current_token()
    if not _routes_are_there:
        if present is not None:
            sessions.end(present)
        forget_all()
        st.rerun()
    navigate(f"{CLOSE_ROUTE}?stamp={close_stamp(st.context.cookies)}")


def forget_all() -> None:
    """Forget everything this tab holds, but which tab it is."""
    for key in tuple(st.session_state):
        if key != origin.TAB_TOKEN:
            del st.session_state[key]


def close_stamp(cookies: Mapping[str, Any]) -> str:
    """What makes `/session/close` believe that a page of this very browser asked for it, within a minute."""
    from core import secrets

    return secrets.sign(_CLOSE_PURPOSE, f"{int(now().timestamp())} {_browser(cookies)}")


def close_stamp_is_good(stamp: str, cookies: Mapping[str, Any]) -> bool:
    """Whether it was made for this browser and session at most a minute ago."""
    from core import secrets

    made, _, browser = (secrets.unsign(_CLOSE_PURPOSE, stamp) or "").partition(" ")
    if not made.isdigit() or not hmac.compare_digest(browser, _browser(cookies)):
        return False
    return abs(now().timestamp() - int(made)) <= _STAMP_SECONDS


def _browser(cookies: Mapping[str, Any]) -> str:
    return hash_of(f"{binding(cookies)} {token(cookies, SESSION_COOKIE)}")


def navigate(target: str) -> None:
    """Send the browser to a route of ours, in place of the present page; ends the run.

    The script is a constant; the target is a local path in characters that mean nothing to HTML or JavaScript.
    """
    if not re.fullmatch(r"/session/(open|close)\?(ticket|stamp)=[A-Za-z0-9._~-]{1,1000}", target):
        raise ValueError("only this module's own routes are navigated to")
    st.html(f"<script>window.location.replace({json.dumps(target)})</script>", unsafe_allow_javascript=True)
    st.stop()


def local_path(path: str) -> str:
    """`path` when it is a page of this desk, with or without a query; "/" for anything that could lead elsewhere."""
    plain = path.isprintable() and path.isascii() and len(path) <= _MOST_CHARACTERS
    if plain and re.fullmatch(r"/[A-Za-z0-9_-]*(\?[^\s\\#]*)?", path) and not path.startswith("/session"):
        return path
    return "/"
