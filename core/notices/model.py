"""The nouns of this area, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

Level = Literal["info", "good", "warning", "problem"]
Mode = Literal["server", "on_screen", "none"]
MailState = Literal[
    "queued",
    "claimed",
    "handing_over",
    "sent",
    "failed",
    "unconfirmed",
    "expired",
    "cancelled",
    "on_screen",
    "no_server",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of rows out of a table that is paged in the database; `number` counts from 1."""

    rows: tuple[T, ...]
    total: int
    number: int
    size: int


@dataclass(frozen=True, slots=True)
class Table:
    """A small table in a report: texts as they are to be read; every row as long as `columns`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice in words.

    Attributes:
        subject: one line.
        brief: one or two sentences, for the inbox.
        text: the mail in plain text, lines at most 78 characters where no address is longer.
        html: the mail as a document of its own; it loads nothing from anywhere.
    """

    subject: str
    brief: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message in the inbox of the app, in plain text.

    Attributes:
        path: where in the app it leads, "/..." or "".
        read_at: None while it is unread.
    """

    id: int
    kind: str
    level: Level
    title: str
    body: str
    path: str
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScreenMail:
    """A mail that no server took because none is configured (demo), shown to the browser that caused it.

    Attributes:
        to: whom it would have gone to.
        code: the one-time code in it, if it has one.
        until: it is shown until then.
    """

    id: int
    kind: str
    to: str
    subject: str
    text: str
    html: str
    code: str | None
    created_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A mail as an admin sees it: never with what it says.

    Attributes:
        attempts: how often it was tried.
        next_at: not tried before then (queued mails).
        not_after: not sent after then: its code is dead, or it is a day old.
        problem: why it was not sent so far, in words; "" when nothing went wrong.
        can_retry, can_cancel: what `outbox.retry` and `outbox.cancel` would accept.
    """

    id: int
    kind: str
    to: str
    account_id: int | None
    subject: str
    state: MailState
    attempts: int
    created_at: datetime
    next_at: datetime
    not_after: datetime
    sent_at: datetime | None
    problem: str
    can_retry: bool
    can_cancel: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one round of sending did.

    Attributes:
        sent: mails the server took.
        failed: mails it refused for good, or that could not be made.
        later: mails to be tried again.
        unconfirmed: mails handed over whose answer never came; they are not sent again by themselves.
        expired: mails that were not sent because their time was over.
        problem: why the round ended early, in words; "" when it did not.
    """

    sent: int = 0
    failed: int = 0
    later: int = 0
    unconfirmed: int = 0
    expired: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ServerState:
    """How the mail server has been answering.

    Attributes:
        mode: "server" (one is configured), "on_screen" (demo without one) or "none" (production without one).
        failing_since: when it began to fail; None while it works.
        retry_at: it is left alone until then.
        problem: its last failure, in words; "" while it works.
        last_success: when it last took a mail.
    """

    mode: Mode
    failing_since: datetime | None
    retry_at: datetime | None
    problem: str
    last_success: datetime | None
