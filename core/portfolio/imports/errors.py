"""What can be wrong with a file as a whole; what is wrong with one row is told with that row."""

from __future__ import annotations

from core.portfolio.errors import LedgerError


class BadImport(LedgerError):
    """A file that is not what its name says, or holds no transactions; nothing of it was booked."""

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{name}: {reason}", remedy)


class Rejected(Exception):
    """Raised while one row is read: it cannot be booked, and why."""


class NeedsHand(Rejected):
    """Raised while one row is read: something happened that the row does not tell enough of; a person adds it."""


class NotARow(Exception):
    """Raised while one row is read: a total, a footer or a repeated header, which is nobody's transaction."""
