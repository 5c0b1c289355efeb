"""Open pages: which sign-in each belongs to, so that an ended one disappears from every tab within a second.

A page is a websocket on which the browser's cookies were read once. When a session ends anywhere, its pages are closed
with 4401. The browser connects again by itself and asks for its old Streamlit session; it is given a new one instead,
which holds nothing of what the earlier person typed or saw, and which is run at once (an idle browser would not ask).
Nobody resumes a Streamlit session under another sign-in than the one it was made under.

`rerun_all` runs every open page again in place, as if its visitor had touched it (maintenance begins or ends).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from components.cookies import SESSION_COOKIE, hash_of, token
from core import boot
from db.session import DatabaseProblem
from serving.cookies import cookies_of

SESSION_ENDED_CODE = 4401
_KEPT_S = 300.0
"""How long a page that went away is remembered: longer than Streamlit keeps its session (disconnectedSessionTTL)."""
_BETWEEN_RERUNS_S = 0.005
_EXPIRY_EVERY_S = 60.0
_RERUN_BEGINS = (BackMsg.DESCRIPTOR.fields_by_name["rerun_script"].number << 3) | 2
"""The first byte of a browser's message that asks for a run (protobuf: field number and wire type)."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Page:
    """One browser tab's connection, or what is remembered of it.

    Attributes:
        token: of the session its cookie held at the handshake; None for a signed-out browser.
        streamlit_id: Streamlit's own name of the tab's session, once it has told it to the browser.
        last: the browser's last message that asked Streamlit for a run, as it came.
        ended: the sign-in ended: Streamlit's session must not be resumed.
        gone: when the connection ended (monotonic); None while it is open.
    """

    token: str | None
    send: Send
    streamlit_id: str | None = None
    last: bytes = b""
    ended: bool = False
    gone: float | None = None
    extra: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)

    @property
    def token_hash(self) -> str | None:
        return hash_of(self.token) if self.token else None


class OpenPages:
    """All pages of this process. Methods run in the server's event loop, the `tell_*` ones in any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: set[_Page] = set()
        self._known: dict[str, _Page] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Listen for sessions that end; called in the server's event loop once it runs."""
        self._loop = asyncio.get_running_loop()
        self._listening = [boot.on_session_ended(self.tell_ended), boot.on_cache_bust(self._tell_changed)]
        self._keep(self._watch_expiry())

    def end(self) -> None:
        """Stop listening."""
        for stop in self._listening:
            stop()
        for task in tuple(self._tasks):
            task.cancel()

    def tell_ended(self, token_hash: str | None) -> None:
        """A session ended somewhere; None: some may have, unheard."""
        self._in_loop(self.close(token_hash) if token_hash else self.close_what_ended())

    def _tell_changed(self, topic: str | None) -> None:
        from core.operations import maintenance

        if topic in {maintenance.TOPIC, None}:
            maintenance.forget()
        if topic == maintenance.TOPIC:
            self._in_loop(self.rerun_all())

    def _in_loop(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._keep, work)
        except RuntimeError:  # the server's loop has ended before the listener
            work.close()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, token_hash: str) -> None:
        """Close the pages of one session, and let none of them be resumed."""
        await self._close([page for page in self._all() if page.token_hash == token_hash])

    async def close_what_ended(self) -> None:
        """Look the session of every page up, and close the pages of those that ended."""
        tokens = {page.token for page in self._all() if page.token and not page.ended}
        if not tokens:
            return
        try:
            ended = await asyncio.to_thread(_ended_of, tokens)
        except DatabaseProblem as problem:
            _log.warning("Open sessions could not be looked up: %s", problem.message)
            return
        await self._close([page for page in self._all() if page.token in ended])

    async def _close(self, pages: list[_Page]) -> None:
        for page in pages:
            page.ended = True
        for page in pages:
            if page in self._open:
                with suppress(OSError, RuntimeError):  # it went away by itself just now
                    await page.send({"type": "websocket.close", "code": SESSION_ENDED_CODE, "reason": "Signed out"})

    async def rerun_all(self) -> None:
        """Run every open page again in place: with what its visitor has entered, without pressing a button again."""
        for page in tuple(self._open):
            message = _rerun(page.last)
            if message is not None and page in self._open and not page.ended:
                page.extra.put_nowait({"type": "websocket.receive", "bytes": message})
                await asyncio.sleep(_BETWEEN_RERUNS_S)

    async def _watch_expiry(self) -> None:
        """Nobody tells when a session ends by the clock."""
        while True:
            await asyncio.sleep(_EXPIRY_EVERY_S)
            self._forget()
            await self.close_what_ended()

    def _all(self) -> Iterable[_Page]:
        return {*self._open, *self._known.values()}

    def _forget(self) -> None:
        before = time.monotonic() - _KEPT_S
        for name, page in tuple(self._known.items()):
            if page.gone is not None and page.gone < before:
                del self._known[name]

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one page's connection from handshake to end."""
        page = _Page(token(cookies_of(scope), SESSION_COOKIE), send)
        scope = self._resumed(scope, page)
        reading: asyncio.Future[Message] | None = None
        shaken_hands = False

        async def receive_or_rerun() -> Message:
            nonlocal reading, shaken_hands
            if not shaken_hands:
                shaken_hands = True
                return await receive()
            reading = reading or asyncio.ensure_future(receive())
            extra = asyncio.ensure_future(page.extra.get())
            try:
                await asyncio.wait({reading, extra}, return_when=asyncio.FIRST_COMPLETED)
                if extra.done():
                    return extra.result()
            finally:
                extra.cancel()
            message, reading = reading.result(), None
            if page.ended and message["type"] == "websocket.receive":
                return {"type": "websocket.disconnect", "code": SESSION_ENDED_CODE}
            content = message.get("bytes")
            if content and content[0] == _RERUN_BEGINS:
                page.last = content
            return message

        async def send_while_open(message: Message) -> None:
            if page.ended:
                return
            if page.streamlit_id is None and message.get("bytes"):
                self._learn(page, message["bytes"])
            await send(message)

        self._open.add(page)
        try:
            await app(scope, receive_or_rerun, send_while_open)
        finally:
            self._open.discard(page)
            page.gone = time.monotonic()
            if reading is not None:
                reading.cancel()

    def _learn(self, page: _Page, message: bytes) -> None:
        try:
            told = ForwardMsg.FromString(message)
        except DecodeError:
            return
        if told.WhichOneof("type") == "new_session":
            page.streamlit_id = told.new_session.initialize.session_id
            self._known[page.streamlit_id] = page

    def _resumed(self, scope: Scope, page: _Page) -> Scope:
        """The handshake as Streamlit may see it: with the session it asks for only if that is this browser's."""
        protocols = [entry.strip() for entry in _header(scope, b"sec-websocket-protocol").split(",")]
        if len(protocols) < 3 or not protocols[2]:
            return scope
        before = self._known.get(protocols[2])
        if before is not None and not before.ended and before.token == page.token:
            page.last = before.last
            return scope
        if before is not None and (message := _rerun(before.last)):
            page.extra.put_nowait({"type": "websocket.receive", "bytes": message})
        kept = ", ".join(protocols[:2]).encode("latin-1")
        headers = [(name, kept if name == b"sec-websocket-protocol" else value) for name, value in scope["headers"]]
        return {**scope, "headers": headers, "subprotocols": protocols[:2]}


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _ended_of(tokens: Iterable[str]) -> set[str]:
    from core.accounts import sessions

    return {one for one in tokens if sessions.lookup(one) is None}


def _rerun(last: bytes) -> bytes | None:
    """The message that asks for the same page again, made of a browser's last one; None when it never asked.

    It names no widget: Streamlit then goes on with the values it has, and a session that is new begins with none.
    """
    try:
        asked = BackMsg.FromString(last).rerun_script
    except DecodeError:
        return None
    if not last:
        return None
    again = BackMsg()
    again.rerun_script.query_string = asked.query_string
    again.rerun_script.page_script_hash = asked.page_script_hash
    again.rerun_script.page_name = asked.page_name
    again.rerun_script.context_info.CopyFrom(asked.context_info)
    return again.SerializeToString()


class Sockets:
    """The middleware that lets every page's connection pass through an `OpenPages`."""

    def __init__(self, app: ASGIApp, pages: OpenPages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"].endswith("/_stcore/stream"):
            await self._pages.serve(self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)
