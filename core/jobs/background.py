"""The process's companion thread: it works the queue and hears what other processes changed.

It has an event loop of its own, so that a busy page server delays no heartbeat, and it survives a database that goes
away: both duties begin again until `stop`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable

import psycopg
from procrastinate import exceptions

from core.jobs.queue import make_queue, tasks_of_the_project
from core.jobs.tasks import rescue

_log = logging.getLogger(__name__)

CACHE_BUST = "cache_bust"
"""The channel on which a process tells the others that stored data changed (`NOTIFY cache_bust, 'topic'`)."""

SESSION_ENDED = "session_ended"
"""The channel on which an ended sign-in is told (`NOTIFY session_ended, '<sha256 of its token, hex>'`)."""

_RETRY_S = 1.0
_EXPECTED = (psycopg.Error, exceptions.ConnectorException, OSError, TimeoutError)


class Background:
    """Works and listens from `start` to `stop`.

    Args:
        url: the database's address as psycopg knows it.
        concurrency: jobs at a time; 0 listens only.
        on_bust: called in a thread with the topic of a change, or None when changes may have been missed.
        on_session_ended: called in a thread with the token's hash, or None when ends may have been missed.
    """

    def __init__(
        self,
        url: str,
        *,
        concurrency: int,
        on_bust: Callable[[str | None], None],
        on_session_ended: Callable[[str | None], None] | None = None,
    ) -> None:
        self._url = url
        self._concurrency = concurrency
        self._heard = {CACHE_BUST: on_bust}
        if on_session_ended is not None:
            self._heard[SESSION_ENDED] = on_session_ended
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kubera-background", daemon=True)

    def start(self) -> None:
        """Begin; returns when the thread's event loop runs."""
        self._thread.start()
        self._ready.wait(10)

    def stop(self, timeout: float = 15.0) -> bool:
        """Let running jobs end, then stop; whether it did within `timeout` seconds."""
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None and self._thread.is_alive():
            loop.call_soon_threadsafe(stopping.set)
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        duties = [asyncio.create_task(self._again(self._listen, "listener"))]
        if self._concurrency:
            duties.append(asyncio.create_task(self._again(self._work, "worker")))
        await self._stopping.wait()
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)

    async def _again(self, duty: Callable[[], Awaitable[None]], name: str) -> None:
        assert self._stopping is not None
        while not self._stopping.is_set():
            try:
                await duty()
            except _EXPECTED as error:
                _log.warning("The %s lost the database and tries again: %s", name, type(error).__name__)
            except Exception:  # noqa: BLE001 - the duty begins again whatever ended it
                _log.exception("The %s failed and begins again", name)
            await asyncio.sleep(_RETRY_S)

    async def _work(self) -> None:
        queue = make_queue(self._url, tasks_of_the_project())
        async with queue.open_async():
            await rescue(queue)
            await queue.run_worker_async(concurrency=self._concurrency)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, application_name="kubera listener", connect_timeout=5
        )
        async with connection:
            for channel in self._heard:
                await connection.execute(f"LISTEN {channel}")
            for tell in self._heard.values():
                await asyncio.to_thread(tell, None)
            async for notification in connection.notifies():
                await asyncio.to_thread(self._heard[notification.channel], notification.payload)


async def work_until(stopping: asyncio.Event, url: str, concurrency: int) -> None:
    """Work the queue in this event loop until `stopping` is set (the worker process); jobs at hand are finished."""
    background = Background(url, concurrency=concurrency, on_bust=lambda _topic: None)
    background.start()
    try:
        await stopping.wait()
    finally:
        await asyncio.to_thread(background.stop)
