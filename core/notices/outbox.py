"""Saying something to somebody: into the outbox as a mail, into the inbox of the app, or both.

    post(session, kind, to=..., account_id=..., key=..., context={...})   inside the caller's unit of work
    on_screen(device)       without a mail server, in demo mode: the mails this browser caused
    entries, retry, cancel, counts, server     for admins (callers check who asks)
    deliver_due()           send what is due (`core.notices.delivery`)

A mail exists if, and only if, the caller's transaction commits. What it says is sealed with the installation's key and
removed once it is sent. docs/notices.md tells how the states follow each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from core import clock
from core.notices.addresses import checked
from core.notices.context import clean
from core.notices.delivery import GIVE_UP_AFTER, deliver_due
from core.notices.errors import NothingToDo, WrongNotice
from core.notices.kinds import KINDS, Kind, kind_of
from core.notices.mail_server import mode
from core.notices.model import MailState, OutboxEntry, Page, ScreenMail, ServerState
from core.notices.rendering import render, sentences
from core.notices.sealing import closed, opened
from db.repositories.jobs import JobRepository
from db.repositories.notices_inbox import ChoiceRepository, InboxRepository, forget_read
from db.repositories.notices_outbox import MailRow, OutboxRepository
from db.session import read_session, unit_of_work

__all__ = [
    "cancel",
    "counts",
    "deliver_due",
    "entries",
    "entry",
    "forget_old",
    "mode",
    "on_screen",
    "post",
    "retry",
    "server",
]

DELIVER_TASK = "kubera:deliver_mail"
ON_SCREEN_FOR = timedelta(hours=1)
KEEP_MAILS = timedelta(days=30)
KEEP_READ_MESSAGES = timedelta(days=180)
LONGEST_KEY = 300
MOST_PER_PAGE = 200

_RETRIED = ("failed", "unconfirmed", "cancelled", "queued", "no_server")
_CANCELLED = ("queued", "no_server")


def post(
    session: Session,
    kind: str,
    *,
    to: str | None,
    account_id: int | None,
    key: str,
    context: Mapping[str, Any],
    device: str = "",
    name: str = "",
) -> int | None:
    """Say something to one person, once: the same kind and key again changes nothing.

    Args:
        session: the caller's unit of work; nothing is said unless it commits.
        kind: one of `core.notices.kinds.KINDS`.
        to: the address of the mail; None for nobody's (demo visitors), which leaves the inbox.
        account_id: whose inbox, choices and unsubscribe link; None for people without an account.
        key: what it is about, unique within the kind ("42:2026-11-18").
        context: what the kind is told about (`KINDS[kind].fields`); names and messages may be untrusted.
        device: the browser that caused it (`Origin.device`); only it sees the mail when mails are shown on screen.
        name: the person's name, for the mail's header.

    Returns:
        The mail's number in the outbox; None when no mail was made, because the kind has none, the address is None, the
        person declined the kind, or it was posted before.

    Raises:
        WrongNotice: no such kind, a context that does not fit it, or no usable key.
        WrongAddress: `to` is not one e-mail address.
    """
    spec = kind_of(kind)
    about = clean(key, LONGEST_KEY)
    if not about or len(key) > LONGEST_KEY:
        raise WrongNotice(f"A notice {kind!r} needs a key of 1 to {LONGEST_KEY} characters.")
    prepared = spec.prepare(context)
    now = clock.now()
    said = sentences(kind, prepared, posted_at=now)
    session.flush()  # the account may have been made in this unit of work
    if account_id is not None and spec.has_inbox:
        InboxRepository(session, account_id).add(
            kind=kind,
            key=about,
            level=spec.level,
            title=said.subject,
            body=said.brief,
            path=prepared["path"] or spec.link,
            created_at=now,
        )
    if to is None or not spec.has_mail:
        return None
    recipient = checked(to)
    if account_id is not None and not spec.essential and ChoiceRepository(session, account_id).declines(kind):
        return None
    where = mode()
    number = OutboxRepository(session).add(
        kind=kind,
        key=about,
        account_id=None if spec.outlives_account else account_id,
        recipient=recipient,
        recipient_name=clean(name, 80),
        subject=said.subject,
        device=device,
        sealed=closed(prepared),
        state={"server": "queued", "on_screen": "on_screen", "none": "no_server"}[where],
        created_at=now,
        next_at=now,
        not_after=_not_after(spec, prepared, now),
    )
    if number is not None and where == "server":
        # Without a queueing lock: it would make everybody who posts wait for the first one's commit.
        JobRepository(session).add(DELIVER_TASK, None, Jsonb({}))
    return number


def on_screen(device: str) -> tuple[ScreenMail, ...]:
    """The mails of the last hour that a browser caused, newest first; none unless mails are shown on screen.

    Args:
        device: `Origin.device`. "" (a browser that is not known) sees nothing: others would see it too.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    if not device or mode() != "on_screen":
        return ()
    now = clock.now()
    with read_session() as session:
        rows = OutboxRepository(session).on_screen(device, now - ON_SCREEN_FOR)
    mails = []
    for row in rows:
        if row.sealed is None or row.kind not in KINDS:
            continue
        context = opened(row.sealed)
        words = render(row.kind, context, posted_at=row.created_at)
        code = next((context[field.name] for field in kind_of(row.kind).fields if field.type == "code"), None)
        until = min(row.created_at + ON_SCREEN_FOR, row.not_after)
        if until > now:
            mails.append(
                ScreenMail(
                    row.id, row.kind, row.recipient, words.subject, words.text, words.html, code, row.created_at, until
                )
            )
    return tuple(mails)


def entries(
    *, state: MailState | None = None, kind: str | None = None, search: str = "", page: int = 1, size: int = 25
) -> Page[OutboxEntry]:
    """The outbox for admins, newest first, without what the mails say; `search` is part of an address or subject.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    size = max(1, min(size, MOST_PER_PAGE))
    number = max(1, page)
    with read_session() as session:
        rows, total = OutboxRepository(session).page(
            state=state, kind=kind, search=clean(search, 100), offset=(number - 1) * size, size=size
        )
    now = clock.now()
    return Page(tuple(_entry(row, now) for row in rows), total, number, size)


def entry(number: int) -> OutboxEntry | None:
    """One mail as `entries` shows it."""
    with read_session() as session:
        row = OutboxRepository(session).get(number)
    return None if row is None else _entry(row, clock.now())


def counts() -> dict[MailState, int]:
    """How many mails there are by state; states without any are left out."""
    with read_session() as session:
        return cast(dict[MailState, int], OutboxRepository(session).counts())


def server() -> ServerState:
    """How the mail server has been answering."""
    with read_session() as session:
        row = OutboxRepository(session).server()
    if row is None:
        return ServerState(mode(), None, None, "", None)
    return ServerState(mode(), row.failing_since, row.retry_at, row.problem, row.last_success)


def retry(number: int, *, session: Session | None = None) -> None:
    """Send a mail (again) that failed, was cancelled, waits, or may have been sent ("unconfirmed").

    With `session` it becomes part of the caller's unit of work.

    It is tried for another day; one with a code only as long as the code lives. A mail server that is being left alone
    after failures is asked at once.

    Raises:
        NothingToDo: it was sent, is being sent, is too old, or does not exist.
        DatabaseProblem: the database does not answer.
    """
    now = clock.now()
    with _work(session) as work:
        repository = OutboxRepository(work)
        row = repository.get(number)
        if row is None:
            raise NothingToDo(f"There is no mail {number} in the outbox.", "It may have been deleted; look again.")
        if row.state not in _RETRIED or row.sealed is None:
            raise NothingToDo(_why_not(row, "sent again"), "Let it be caused again where it came from.")
        if row.kind not in KINDS:
            raise NothingToDo(f"Mail {number} is of a kind this version does not know.", "Cancel it.")
        until = row.not_after if KINDS[row.kind].secret else max(row.not_after, now + GIVE_UP_AFTER)
        if until <= now:
            raise NothingToDo(f"The code in mail {number} is no longer good.", "A new one has to be asked for.")
        changed = repository.set_state(
            number, (row.state,), state="queued", claim=None, attempts=0, problem="", next_at=now, not_after=until
        )
        if not changed:
            raise NothingToDo(f"Mail {number} changed meanwhile.", "Look again before you decide.")
        state = repository.server()
        if state is not None and state.retry_at is not None:
            repository.put_server(replace(state, retry_at=None))
        JobRepository(work).add(DELIVER_TASK, None, Jsonb({}))


def cancel(number: int, *, session: Session | None = None) -> None:
    """Keep a waiting mail from being sent.

    With `session` it becomes part of the caller's unit of work.

    Raises:
        NothingToDo: it does not wait (any more).
        DatabaseProblem: the database does not answer.
    """
    with _work(session) as work:
        repository = OutboxRepository(work)
        if repository.set_state(number, _CANCELLED, state="cancelled", problem="Cancelled by an admin."):
            return
        row = repository.get(number)
    if row is None:
        raise NothingToDo(f"There is no mail {number} in the outbox.", "It may have been deleted; look again.")
    raise NothingToDo(_why_not(row, "cancelled"), "Nothing needs to be done.")


def _work(session: Session | None) -> AbstractContextManager[Session]:
    return unit_of_work() if session is None else nullcontext(session)


def forget_old() -> int:
    """Delete mails that ended a month ago and messages read half a year ago, and unsay codes that died; how many."""
    now = clock.now()
    with unit_of_work() as session:
        return OutboxRepository(session).forget(now, KEEP_MAILS, ON_SCREEN_FOR) + forget_read(
            session, now - KEEP_READ_MESSAGES
        )


def _not_after(spec: Kind, prepared: Mapping[str, Any], now: datetime) -> datetime:
    if spec.secret:
        return datetime.fromisoformat(prepared["expires_at"])
    return now + GIVE_UP_AFTER


def _entry(row: MailRow, now: datetime) -> OutboxEntry:
    state = cast(MailState, row.state)
    spec = KINDS.get(row.kind)  # a kind of another version is not known here
    alive = spec is not None and (not spec.secret or row.not_after > now)
    can_retry = state in _RETRIED and row.sealed is not None and alive
    problem = row.problem
    if state == "no_server":
        problem = "No mail server is configured: set SMTP_HOST, and what it needs beside it."
    return OutboxEntry(
        row.id,
        row.kind,
        row.recipient,
        row.account_id,
        row.subject,
        state,
        row.attempts,
        row.created_at,
        row.next_at,
        row.not_after,
        row.sent_at,
        problem,
        can_retry,
        state in _CANCELLED,
    )


def _why_not(row: MailRow, wanted: str) -> str:
    reason = {
        "sent": "it was sent",
        "claimed": "it is being sent at this moment",
        "handing_over": "it is being sent at this moment",
        "expired": "its time is over",
        "on_screen": "it is shown on screen",
        "cancelled": "it was cancelled",
        "failed": "it failed, and what it said is gone",
        "unconfirmed": "it was handed to the mail server",
    }.get(row.state, "what it said is gone")
    return f"Mail {row.id} cannot be {wanted}: {reason}."
