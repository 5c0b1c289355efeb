"""What can be answered instead of what was asked of a ledger; each text says what happened, to which input, what to do.

LedgerError
    BadTransaction     a row says what cannot be; `field` names the part of the row
    BadAccount         an account of the ledger cannot be as asked; `field` names the part
    NotFound           there is no such row, or it is somebody else's: both read the same
    AlreadyChanged     another tab, device or import changed the same row meanwhile
    AlreadyBooked      what is to be booked was booked before
"""

from __future__ import annotations


class LedgerError(Exception):
    """Base of all; `message` says what happened, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class BadTransaction(LedgerError):
    """A row says what cannot be; `field` is the attribute of `core.portfolio.model.Transaction`."""

    def __init__(self, field: str, message: str, remedy: str = "") -> None:
        self.field = field
        super().__init__(message, remedy)


class BadAccount(LedgerError):
    """An account of the ledger cannot be as asked; `field` is the attribute of `core.portfolio.model.Account`."""

    def __init__(self, field: str, message: str, remedy: str = "") -> None:
        self.field = field
        super().__init__(message, remedy)


class NotFound(LedgerError):
    """There is no such row, or it is somebody else's: both read the same."""


class AlreadyChanged(LedgerError):
    """Another tab, device or import changed the same row since it was read; nothing was stored."""


class AlreadyBooked(LedgerError):
    """What is to be booked was booked before; nothing was stored."""
