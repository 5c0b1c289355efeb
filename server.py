"""The whole desk as one ASGI application: the Streamlit script, its start and end, and what is in serving/ around it.

`python server.py` (what `make run` does), `streamlit run server.py` and `uvicorn server:app` all serve it.
HOST and PORT say where `python server.py` listens; 127.0.0.1 and 8600 otherwise.
"""

from __future__ import annotations

import gc

# Half a million objects are made while the libraries load, and all of them stay: looking through them again and again
# for garbage costs a fifteenth of the start. Once loaded they are frozen (core/boot.py).
gc.set_threshold(50_000)

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.runtime.pages_manager import PagesManager

from components import session
from core.boot import boot, shut_down
from core.settings import SettingsError, get_settings
from db.session import DatabaseProblem
from serving import session_routes, unsubscribe_routes
from serving.cookies import VisitorCookie
from serving.health import Health
from serving.sockets import OpenPages, Sockets

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
    pages.begin()
    try:
        yield
    finally:
        pages.end()
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


pages = OpenPages()
session.routes_are_there()

app = st.App(
    Path(__file__).resolve().parent / "app.py",
    lifespan=lifespan,
    routes=[
        Route("/healthz", Health().answer, methods=["GET"]),
        *session_routes.routes(),
        *unsubscribe_routes.routes(),
    ],
    middleware=[Middleware(VisitorCookie), Middleware(Sockets, pages=pages)],
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
