"""What can be answered instead of what was asked; each text says what happened, to which input, and what to do next.

NoticeError
    WrongNotice       a caller posts something no kind is made for (a mistake in the program, not of a person)
    WrongAddress      what should be an e-mail address is none
    NothingToDo       a mail of the outbox cannot be retried or cancelled as it stands
    MailServerAway    no mail can be handed over at all: the server, the way to it or its configuration
"""

from __future__ import annotations


class NoticeError(Exception):
    """Base of all; `message` says what happened, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class WrongNotice(NoticeError, ValueError):
    """A kind that does not exist, or a context that does not fit it."""


class WrongAddress(NoticeError, ValueError):
    """What should be one e-mail address is not; the text never repeats it."""


class NothingToDo(NoticeError):
    """A mail of the outbox cannot be retried or cancelled as it stands."""


class MailServerAway(NoticeError):
    """No mail can be handed over at all: the server, the way to it, or how it is configured."""
