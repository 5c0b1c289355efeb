"""The one clock: whoever needs the present asks here, so that tests can hold it still."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_lock = threading.Lock()


def _system_now() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_now


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return _source()


@contextmanager
def clock_at(moment: datetime | Callable[[], datetime]) -> Iterator[None]:
    """Hold the clock at `moment` (timezone-aware), or let the given function tell the time, in every thread.

    Raises:
        ValueError: `moment` carries no timezone.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError(f"the clock needs a moment with a timezone, not {moment.isoformat()}")
        fixed = moment.astimezone(UTC)

        def tell() -> datetime:
            return fixed
    else:
        tell = moment
    global _source  # noqa: PLW0603 - the clock is one for the process, by intent
    with _lock:
        before, _source = _source, tell
    try:
        yield
    finally:
        with _lock:
            _source = before
