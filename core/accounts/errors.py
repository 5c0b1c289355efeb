"""What can be answered instead of what was asked; each text says what happened, to which input, and what to do next.

AccountError
    InvalidInput       a field of a form holds what it may not; `field` names it
    CodeRefused        a one-time code is wrong, used, expired or was tried too often
    SignInRefused      name and password fit no active account, or a second factor was wrong
    SessionEnded       the ticket or session is not (or no longer) good
    NotAllowed         this person may not do this
    LimitReached       too often; `returns_at` says when again
    AlreadyChanged     somebody else changed the same thing meanwhile
    NotAvailable       the system cannot do this as it is configured; the text names the setting
"""

from __future__ import annotations

from datetime import datetime


class AccountError(Exception):
    """Base of all; `message` says what happened, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class InvalidInput(AccountError):
    """A field of a form holds what it may not."""

    def __init__(self, field: str, message: str, remedy: str = "") -> None:
        self.field = field
        super().__init__(message, remedy)


class CodeRefused(AccountError):
    """A one-time code is wrong, used, expired or was tried too often."""


class SignInRefused(AccountError):
    """Name and password fit no active account, or the second factor was wrong."""


class SessionEnded(AccountError):
    """The ticket or session is not, or no longer, good."""


class NotAllowed(AccountError):
    """This person may not do this."""


class LimitReached(AccountError):
    """Too often in too short a time.

    Attributes:
        rule: the name of the rule ("burst", "chat", "hourly", "daily", "sign_in_ip", ...).
        most: how often it allows.
        returns_at: UTC, when at least one more is allowed; None when it does not return by waiting (a full chat).
    """

    def __init__(self, rule: str, most: int, returns_at: datetime | None, message: str, remedy: str) -> None:
        self.rule = rule
        self.most = most
        self.returns_at = returns_at
        super().__init__(message, remedy)


class AlreadyChanged(AccountError):
    """Somebody else changed the same thing since it was read."""


class NotAvailable(AccountError):
    """The system cannot do this as it is configured."""
