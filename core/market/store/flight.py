"""One upstream call for everybody who asks the same at the same time, in this process and in the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone

from core.market.errors import Unavailable
from db.repositories.market_health import FlightLock
from db.session import DatabaseBusy, unit_of_work

_WORKERS = 6
_MARGIN_S = 2.0


class Flights:
    """Runs fetches on a small pool. Callers with the same key share one run; other processes are kept out by a lock.

    Six workers need at most twelve of the database's connections (one holds the lock, one writes).
    """

    def __init__(self, patience_s: float) -> None:
        """`patience_s`: the longest a caller waits, about the vendor's own timeout."""
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._running: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="market-fetch")

    def start(self, key: str, still_needed: Callable[[], bool], fetch: Callable[[], None]) -> Future[None]:
        """Begin a fetch, or join the one that is under way.

        `still_needed` is asked once the lock of all processes is held: whoever waited for another process's fetch
        finds its result stored and does not call.
        """
        with self._lock:
            running = self._running.get(key)
            if running is not None:
                return running
            future = self._pool.submit(self._fly, key, still_needed, fetch)
            self._running[key] = future
        # Outside the lock: a future that is already done runs the callback at once, in this thread.
        future.add_done_callback(lambda _: self._landed(key))
        return future

    def deadline(self) -> float:
        """The moment (of `time.monotonic`) until which somebody who asks now waits."""
        return time.monotonic() + self._patience_s + _MARGIN_S

    def wait(self, source: str, future: Future[None], until: float | None = None) -> None:
        """Wait for a fetch, until a deadline shared by several when given.

        Raises:
            Unavailable: it takes longer than the vendor's time; it goes on in the background.
            MarketError: as the fetch did.
        """
        try:
            future.result(max(0.0, (self.deadline() if until is None else until) - time.monotonic()))
        except NotDone as error:
            raise Unavailable(
                source, f"no answer within {self._patience_s:.0f} seconds; it is still being asked. Try again shortly."
            ) from error

    def close(self) -> None:
        """Take no more fetches, drop those not begun, and wait for the rest (at most a vendor's time)."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fly(self, key: str, still_needed: Callable[[], bool], fetch: Callable[[], None]) -> None:
        try:
            with unit_of_work() as session:
                FlightLock(session).hold(f"market:{key}", self._patience_s)
                if still_needed():
                    fetch()
        except DatabaseBusy:
            # Another process held the key all along. What it fetched may be there now; if not, the caller says so.
            if still_needed():
                raise

    def _landed(self, key: str) -> None:
        with self._lock:
            self._running.pop(key, None)
