"""Cookies as the server reads and writes them; what they mean is told in `components.cookies`."""

from __future__ import annotations

import secrets

from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.cookies import VISITOR_COOKIE, token

_VISITOR_SECONDS = 400 * 24 * 3600


def cookies_of(scope: Scope) -> dict[str, str]:
    """All cookies of a request, read as Streamlit reads them for `st.context.cookies`."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            found.update(cookie_parser(value.decode("latin-1")))
    return found


def over_https(scope: Scope) -> bool:
    """Whether the browser speaks https to us or to the proxy in front."""
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    return scope.get("scheme") in {"https", "wss"} or forwarded == b"https"


def set_cookie(scope: Scope, name: str, value: str, seconds: int) -> str:
    """The header that sets one of our cookies; with `seconds` 0 it deletes it."""
    secure = "; Secure" if over_https(scope) else ""
    return f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


class VisitorCookie:
    """Gives every browser its cookie with the first page it loads, so that files and layouts belong to that browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or token(cookies_of(scope), VISITOR_COOKIE):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                cookie = set_cookie(scope, VISITOR_COOKIE, secrets.token_urlsafe(32), _VISITOR_SECONDS).encode()
                message = {**message, "headers": [*message["headers"], (b"set-cookie", cookie)]}
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _is_page(message: Message) -> bool:
    return message["status"] == 200 and any(
        name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"]
    )
