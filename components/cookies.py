"""The browser's two cookies, by name and shape, and what is read from them.

    kubera_visitor   tells browsers apart; its sha256 owns what a signed-out browser stores, and names the device
    kubera_session   a sign-in; its sha256 finds the row of the session

Both hold 32 random bytes as base64url and are set by the server alone, HttpOnly.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

VISITOR_COOKIE = "kubera_visitor"
SESSION_COOKIE = "kubera_session"
XSRF_COOKIE = "_streamlit_xsrf"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def token(cookies: Mapping[str, Any], name: str) -> str | None:
    """The 32 random bytes a cookie of ours holds, as text; None when it is absent or not ours."""
    value = cookies.get(name)
    # In tests without a browser the jar holds things that are not text.
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else None


def hash_of(value: str) -> str:
    """What is stored of a token: its sha256, 64 hex digits."""
    return hashlib.sha256(value.encode()).hexdigest()


def binding(cookies: Mapping[str, Any]) -> str:
    """What ties a ticket to one browser: 64 hex digits, or "" for a browser that holds none of it.

    Streamlit writes its cookie against forged requests anew with each answer, but keeps the random bytes inside; they
    are what is used, with the visitor's cookie, which no script can read.
    """
    from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string

    xsrf = cookies.get(XSRF_COOKIE)
    inside = decode_xsrf_token_string(xsrf)[0] if isinstance(xsrf, str) and len(xsrf) < 512 else None
    visitor = token(cookies, VISITOR_COOKIE)
    if not inside or visitor is None:
        return ""
    return hashlib.sha256(inside + visitor.encode()).hexdigest()
