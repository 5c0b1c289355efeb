"""`GET /healthz`: whether the database answers, who works the queue, which market is on."""

from __future__ import annotations

import asyncio
import time

from starlette.requests import Request
from starlette.responses import JSONResponse

from core import __version__
from core.boot import booted
from core.jobs.status import queue_status
from core.market.service import market
from core.settings import get_settings
from db.session import DatabaseProblem

_HEALTH_LIMIT_S = 4.0
_HEALTH_HOLDS_S = 0.5


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
    return 200, _report("ok", "up", worker, "live" if market().mode().live else "demo")


def _unavailable(database: str) -> tuple[int, dict[str, str]]:
    return 503, _report("unavailable", database, "unknown", get_settings().market.mode)


def _report(status: str, database: str, worker: str, on: str) -> dict[str, str]:
    return {
        "status": status,
        "version": __version__,
        "database": database,
        "worker": worker,
        "market": on,
    }
