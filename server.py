"""The whole desk as one ASGI application: the Streamlit script, its start and end, health, the visitor's cookie.

`python server.py` (what `make run` does), `streamlit run server.py` and `uvicorn server:app` all serve it.
HOST and PORT say where `python server.py` listens; 127.0.0.1 and 8600 otherwise.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.pages_manager import PagesManager

from core import __version__
from core.boot import boot, booted, shut_down
from core.jobs.status import queue_status
from core.settings import SettingsError, get_settings
from db.session import DatabaseProblem

VISITOR_COOKIE = "kubera_visitor"
"""The cookie that tells browsers apart: 32 random bytes, base64url. Only its sha256 is ever stored."""

_VISITOR = re.compile(r"[A-Za-z0-9_-]{43}")
_VISITOR_SECONDS = 400 * 24 * 3600
_HEALTH_LIMIT_S = 4.0
_HEALTH_HOLDS_S = 0.5

_log = logging.getLogger("core.server")

# Streamlit takes a folder named pages/ for its older kind of app until the first `st.navigation` has run: a deep link
# as the very first request would run the page's file without app.py around it.
PagesManager.uses_pages_directory = False

try:
    settings = get_settings()
except SettingsError as wrong:
    sys.stderr.write(f"{wrong}\n")
    raise SystemExit(2) from None


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Start beside the first requests, so that the page's files load meanwhile; end in order."""
    starting = asyncio.create_task(_bring_up())
    try:
        yield
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await asyncio.to_thread(shut_down)


async def _bring_up() -> None:
    while True:
        try:
            await asyncio.to_thread(boot, "web")
        except DatabaseProblem as problem:
            _log.error("%s", problem)
            await asyncio.sleep(2)
        else:
            return


class Health:
    """Answers `GET /healthz`; a short memory keeps a flood of questions from the database."""

    def __init__(self) -> None:
        self._asked = 0.0
        self._answer: tuple[int, dict[str, str]] | None = None
        self._lock = asyncio.Lock()

    async def answer(self, _request: Request) -> JSONResponse:
        """The endpoint."""
        async with self._lock:
            if self._answer is None or time.monotonic() - self._asked > _HEALTH_HOLDS_S:
                try:
                    self._answer = await asyncio.wait_for(asyncio.to_thread(_health), _HEALTH_LIMIT_S)
                except TimeoutError:
                    self._answer = _unavailable("away")
                self._asked = time.monotonic()
            code, body = self._answer
        return JSONResponse(body, status_code=code, headers={"Cache-Control": "no-store"})


def _health() -> tuple[int, dict[str, str]]:
    if booted() is None:
        return _unavailable("starting")
    try:
        worker = queue_status().worker
    except DatabaseProblem:
        return _unavailable("away")
    return 200, _report("ok", "up", worker)


def _unavailable(database: str) -> tuple[int, dict[str, str]]:
    return 503, _report("unavailable", database, "unknown")


def _report(status: str, database: str, worker: str) -> dict[str, str]:
    return {
        "status": status,
        "version": __version__,
        "database": database,
        "worker": worker,
        "market": settings.market.mode,
    }


class VisitorCookie:
    """Gives every browser its cookie with the first page it loads, so that files and layouts belong to that browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or _has_visitor(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                message = {**message, "headers": [*message["headers"], (b"set-cookie", _cookie(scope))]}
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _has_visitor(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(VISITOR_COOKIE)
            except CookieError:
                continue
            if found is not None and _VISITOR.fullmatch(found.value):
                return True
    return False


def _is_page(message: Message) -> bool:
    return message["status"] == 200 and any(
        name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"]
    )


def _cookie(scope: Scope) -> bytes:
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    secure = "; Secure" if scope.get("scheme") == "https" or forwarded == b"https" else ""
    value = secrets.token_urlsafe(32)
    return f"{VISITOR_COOKIE}={value}; Path=/; Max-Age={_VISITOR_SECONDS}; HttpOnly; SameSite=Lax{secure}".encode()


app = st.App(
    Path(__file__).resolve().parent / "app.py",
    lifespan=lifespan,
    routes=[Route("/healthz", Health().answer, methods=["GET"])],
    middleware=[Middleware(VisitorCookie)],
)


def main() -> None:
    """Serve on HOST and PORT until told to stop."""
    port = os.environ.get("PORT") or "8600"
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        sys.stderr.write(f"PORT: {port!r} is not accepted; expected a number from 1 to 65535\n")
        raise SystemExit(2)
    app.run(
        config={
            "server.port": int(port),
            "server.address": os.environ.get("HOST") or "127.0.0.1",
            "server.headless": True,
            "server.fileWatcherType": "none",
            "server.maxUploadSize": settings.app.upload_limit_mb,
            "browser.gatherUsageStats": False,
        }
    )


if __name__ == "__main__":
    main()
