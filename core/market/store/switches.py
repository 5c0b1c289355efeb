"""Which vendors an admin switched off: asked for nothing, in every process, until they are switched on again."""

from __future__ import annotations

import threading
import time

from db.repositories.operations import SwitchRepository
from db.session import DatabaseProblem, get_engine, read_session

PREFIX = "source:"
"""Names of vendors' switches begin so."""

TOPIC = "sources"
"""The topic of `cache_bust` that tells of a switch: what was read from a vendor may not be shown any more."""

_REMEMBERED_S = 1.0


class SourceSwitches:
    """The vendors that are off. Thread-safe; what the database says is remembered for a second.

    While the database is away the last answer stands: nothing can be read from a vendor then anyway.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[object, float, frozenset[str]] | None = None

    def off(self) -> frozenset[str]:
        """Names of the vendors that are switched off."""
        try:
            engine: object = get_engine()
        except RuntimeError:  # no database yet: nobody can have switched anything
            return frozenset()
        with self._lock:
            known = self._known
        if known is not None and known[0] is engine and time.monotonic() - known[1] < _REMEMBERED_S:
            return known[2]
        try:
            with read_session() as session:
                rows = SwitchRepository(session).of_prefix(PREFIX)
        except DatabaseProblem:
            return known[2] if known is not None else frozenset()
        found = frozenset(name.removeprefix(PREFIX) for name, row in rows.items() if not row.on)
        with self._lock:
            self._known = (engine, time.monotonic(), found)
        return found

    def forget(self) -> None:
        """Ask the database again at the next look."""
        with self._lock:
            self._known = None
