"""Open pages and ended sign-ins: what is closed, what may be resumed, what is run again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from components.cookies import SESSION_COOKIE, hash_of
from core.accounts import sessions
from db.session import DatabaseAway
from serving.sockets import SESSION_ENDED_CODE, OpenPages, Sockets

ANN, BEN = "a" * 43, "b" * 43


class Inner:
    """Streamlit as far as the middleware sees it: takes a session by its id or makes one, and answers every message."""

    def __init__(self) -> None:
        self.made = 0
        self.heard: list[tuple[str, BackMsg]] = []
        self.live: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept", "subprotocol": "streamlit"})
        asked = scope["subprotocols"][2] if len(scope["subprotocols"]) > 2 else ""
        name = asked if asked in self.live else f"session-{self.made}"
        self.made += asked not in self.live
        self.live.add(name)
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append((name, BackMsg.FromString(message["bytes"])))
            told = ForwardMsg()
            told.new_session.initialize.session_id = name
            await send({"type": "websocket.send", "bytes": told.SerializeToString()})


class Tab:
    """A browser's end of a connection."""

    def __init__(self, app: Sockets, token: str | None, asks_for: str = "") -> None:
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()
        protocols = ["streamlit", "xsrf", *([asks_for] if asks_for else [])]
        headers = [(b"sec-websocket-protocol", ", ".join(protocols).encode())]
        if token:
            headers.append((b"cookie", f"other=1; {SESSION_COOKIE}={token}".encode()))
        scope: dict[str, Any] = {"type": "websocket", "path": "/_stcore/stream", "headers": headers}
        self._to_app.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(app({**scope, "subprotocols": protocols}, self._to_app.get, self._from_app.put))

    async def next(self) -> Message:
        return await asyncio.wait_for(self._from_app.get(), 5)

    async def opened(self) -> Tab:
        assert (await self.next())["type"] == "websocket.accept"
        return self

    def ask(self, query: str, *, button: bool = False) -> None:
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_script_hash = "page"
        message.rerun_script.widget_states.widgets.add(id="field", string_value="typed")
        if button:
            message.rerun_script.widget_states.widgets.add(id="delete", trigger_value=True)
        self.send(message)

    def send(self, message: BackMsg) -> None:
        self._to_app.put_nowait({"type": "websocket.receive", "bytes": message.SerializeToString()})

    async def told(self) -> str:
        """The session id the page was told."""
        return ForwardMsg.FromString((await self.next())["bytes"]).new_session.initialize.session_id

    async def quiet(self) -> bool:
        await asyncio.sleep(0.05)
        return self._from_app.empty()

    async def leave(self) -> None:
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.task, 5)


Run = Callable[[Callable[[Inner, OpenPages, Sockets], Awaitable[None]]], None]


@pytest.fixture
def run() -> Run:
    """run(story) plays an async story in an event loop of its own, and lets no connection survive it."""

    def play(story: Callable[[Inner, OpenPages, Sockets], Awaitable[None]]) -> None:
        async def whole() -> None:
            inner, pages = Inner(), OpenPages()
            await story(inner, pages, Sockets(inner, pages))
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run(whole())

    return play


def test_an_ended_sign_in_closes_its_pages_and_no_others(run: Run) -> None:
    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        mine, also_mine, hers, nobodys = [await Tab(app, token).opened() for token in (ANN, ANN, BEN, None)]
        await pages.close(hash_of(ANN))
        for tab in (mine, also_mine):
            assert await tab.next() == {
                "type": "websocket.close",
                "code": SESSION_ENDED_CODE,
                "reason": "Signed out",
            }
        assert await hers.quiet()
        assert await nobodys.quiet()

    run(story)


def test_the_browser_comes_back_to_a_new_session_that_is_run_at_once(run: Run) -> None:
    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        tab = await Tab(app, ANN).opened()
        tab.ask("symbol=TCS.NS", button=True)
        before = await tab.told()
        await pages.close(hash_of(ANN))
        assert (await tab.next())["type"] == "websocket.close"
        await tab.leave()
        again = await Tab(app, ANN, asks_for=before).opened()
        assert await again.told() != before, "what the person before typed is not resumed"
        _, asked = inner.heard[-1]
        assert asked.rerun_script.query_string == "symbol=TCS.NS"
        assert asked.rerun_script.page_script_hash == "page"
        assert not asked.rerun_script.widget_states.widgets, "nothing typed, no button pressed again"

    run(story)


@pytest.mark.parametrize("other", [BEN, None])
def test_nobody_resumes_the_session_of_another_sign_in(run: Run, other: str | None) -> None:
    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        tab = await Tab(app, ANN).opened()
        tab.ask("")
        before = await tab.told()
        await tab.leave()
        again = await Tab(app, other, asks_for=before).opened()
        assert await again.told() != before

    run(story)


def test_a_lost_connection_resumes_its_own_session(run: Run) -> None:
    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        for token in (ANN, None):
            tab = await Tab(app, token).opened()
            tab.ask("a=1")
            before = await tab.told()
            await tab.leave()
            again = await Tab(app, token, asks_for=before).opened()
            assert await again.quiet(), "nothing is run that nobody asked for"
            again.ask("a=2")
            assert await again.told() == before

    run(story)


def test_a_page_that_was_away_when_its_sign_in_ended_is_not_resumed(run: Run) -> None:
    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        tab = await Tab(app, ANN).opened()
        tab.ask("")
        before = await tab.told()
        await tab.leave()
        await pages.close(hash_of(ANN))
        again = await Tab(app, ANN, asks_for=before).opened()
        assert await again.told() != before

    run(story)


def test_a_made_up_session_is_not_asked_for(run: Run) -> None:
    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        inner.live.add("guessed")
        tab = await Tab(app, ANN, asks_for="guessed").opened()
        tab.ask("")
        assert await tab.told() != "guessed"

    run(story)


def test_after_its_end_a_page_neither_hears_nor_says_anything(run: Run) -> None:
    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        tab = await Tab(app, ANN).opened()
        await pages.close(hash_of(ANN))
        assert (await tab.next())["type"] == "websocket.close"
        tab.ask("late")
        await asyncio.wait_for(tab.task, 5)
        assert await tab.quiet()
        assert inner.heard == []

    run(story)


def test_every_page_is_run_again_in_place_without_pressing_buttons(run: Run) -> None:
    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        tabs = [await Tab(app, token).opened() for token in (ANN, None)]
        silent = await Tab(app, BEN).opened()
        for tab in tabs:
            tab.ask("symbol=TCS.NS", button=True)
            await tab.told()
            heartbeat = BackMsg()
            heartbeat.app_heartbeat = True
            tab.send(heartbeat)
            await tab.told()
        inner.heard.clear()
        await pages.rerun_all()
        for tab in tabs:
            await tab.told()
        assert [asked.rerun_script.query_string for _, asked in inner.heard] == ["symbol=TCS.NS"] * 2
        assert not any(asked.rerun_script.widget_states.widgets for _, asked in inner.heard)
        assert await silent.quiet(), "a page that has not asked yet is about to"

    run(story)


def test_when_ends_may_have_been_missed_every_open_sign_in_is_looked_up(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def lookup(token: str) -> object:
        asked.append(token)
        return None if token == ANN else object()

    monkeypatch.setattr(sessions, "lookup", lookup)

    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        ended, fine, nobodys = [await Tab(app, token).opened() for token in (ANN, BEN, None)]
        await pages.close_what_ended()
        assert sorted(asked) == [ANN, BEN]
        assert (await ended.next())["code"] == SESSION_ENDED_CODE
        assert await fine.quiet()
        assert await nobodys.quiet()

    run(story)


def test_a_database_that_is_away_signs_nobody_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_token: str) -> object:
        raise DatabaseAway("The database does not answer.", "Wait.")

    monkeypatch.setattr(sessions, "lookup", away)

    async def story(inner: Inner, pages: OpenPages, app: Sockets) -> None:
        tab = await Tab(app, ANN).opened()
        await pages.close_what_ended()
        assert await tab.quiet()

    run(story)


def test_other_connections_pass_untouched() -> None:
    seen: list[Scope] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def story() -> None:
        app = Sockets(inner, OpenPages())
        for scope in ({"type": "http", "path": "/"}, {"type": "websocket", "path": "/other"}, {"type": "lifespan"}):
            await app(scope, _never, _nothing)

    asyncio.run(story())
    assert [scope["type"] for scope in seen] == ["http", "websocket", "lifespan"]


async def _never() -> Message:
    raise AssertionError("nothing is read")


async def _nothing(_message: Message) -> None:
    raise AssertionError("nothing is sent")
