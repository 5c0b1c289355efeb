"""Sending what waits in the outbox: each mail once, whatever dies on the way.

A mail goes queued -> claimed -> handing_over -> sent, each step committed. A sender that dies before handing over
gives the mail back after two minutes; one that dies while handing over leaves it "unconfirmed": the mail may be with
the server, so only an admin sends it again. While the server is away nothing is tried mail by mail: all senders share
one memory of it, ask again after a while, and then everything goes out.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import uuid4

from core import clock
from core.notices import unsubscribe
from core.notices.addresses import on_the_wire
from core.notices.addresses import sender as sender_of
from core.notices.errors import MailServerAway, NoticeError, WrongAddress
from core.notices.kinds import kind_of
from core.notices.letter import compose, message_id
from core.notices.mail_server import MailDelayed, MailRefused, MailServer, MailUnconfirmed, mode
from core.notices.model import Delivered
from core.notices.rendering import link, render
from core.notices.sealing import opened
from core.secrets import SecretKeyProblem
from core.settings import MailSettings, get_settings
from db.repositories.notices_outbox import MailRow, OutboxRepository, ServerRow
from db.session import read_session, unit_of_work

GIVE_UP_AFTER = timedelta(hours=24)
CLAIM_HOLDS = timedelta(minutes=2)

_BACK_OFF_MIN = (1, 2, 5, 15, 60)
_SERVER_BACK_OFF_S = (30, 60, 120, 300)
_MOST_BROKEN = 3
_NEVER_HEARD = (
    "The program ended while it handed the mail over. The mail server may have it: "
    "send it again only if it did not arrive."
)
_NO_ANSWER = "The mail server may have it all the same: send it again only if it did not arrive."

Outcome = Literal["sent", "failed", "later", "unconfirmed", "left"]
"""How one mail ended; "left" when another sender has it by now."""

_log = logging.getLogger(__name__)


def deliver_due(limit: int = 50) -> Delivered:
    """Send up to `limit` mails that are due, over one connection. Safe to run at any time and in any number.

    Raises:
        DatabaseProblem: the database does not answer; what was under way is sorted out by a later round.
    """
    now = clock.now()
    settings = get_settings().mail
    expired, unconfirmed, server = _tidy(now, settings)
    done = Delivered(expired=expired, unconfirmed=unconfirmed)
    if mode() != "server":
        return done
    if server is not None and server.retry_at is not None and now < server.retry_at <= now + _rest(99):
        return replace(done, problem=server.problem)
    done = _round(done, settings, limit)
    if done.problem:
        _note_failure(done.problem)
        _log.warning("Sending mails was stopped: %s", done.problem)
    if done.sent or done.failed or done.unconfirmed:
        _log.info("Mails: %d sent, %d refused, %d unconfirmed", done.sent, done.failed, done.unconfirmed)
    return done


def _tidy(now: datetime, settings: MailSettings) -> tuple[int, int, ServerRow | None]:
    """Sort out what dead senders left and what is too late."""
    with unit_of_work() as session:
        repository = OutboxRepository(session)
        repository.release_abandoned(now - CLAIM_HOLDS)
        unheard = now - CLAIM_HOLDS - 4 * timedelta(seconds=settings.timeout_s)
        unconfirmed = repository.mark_unconfirmed(unheard, _NEVER_HEARD)
        expired = len(repository.expire(now))
        return expired, unconfirmed, repository.server()


def _round(done: Delivered, settings: MailSettings, limit: int) -> Delivered:
    """Claim and hand over one mail after the other; `problem` tells why it stopped before the last."""
    broken = 0
    with MailServer(settings) as server:
        for _ in range(limit):
            claim = uuid4().hex
            with unit_of_work() as session:
                row = OutboxRepository(session).claim(claim, clock.now())
            if row is None:
                break
            try:
                outcome, problem, broke = _one(server, row, claim)
            except MailServerAway as away:
                return replace(done, problem=str(away))
            done = _counted(done, outcome)
            broken = broken + 1 if broke else 0
            if broken >= _MOST_BROKEN:
                return replace(done, problem=f"{problem} It is asked again in a while.")
    return done


def _counted(done: Delivered, outcome: Outcome) -> Delivered:
    match outcome:
        case "sent":
            return replace(done, sent=done.sent + 1)
        case "failed":
            return replace(done, failed=done.failed + 1)
        case "later":
            return replace(done, later=done.later + 1)
        case "unconfirmed":
            return replace(done, unconfirmed=done.unconfirmed + 1)
        case "left":
            return done


def _one(server: MailServer, row: MailRow, claim: str) -> tuple[Outcome, str, bool]:
    """Hand over one claimed mail: how it ended, the problem, and whether the conversation broke.

    Raises:
        MailServerAway: there is no server to talk to; the mail waits as before.
    """
    try:
        content, sender, recipient = _letter(row)
    except (NoticeError, SecretKeyProblem) as error:
        _finish(row, claim, state="failed", problem=str(error))
        return "failed", str(error), False
    except Exception as error:  # noqa: BLE001 - one mail that cannot be made must not hold up all others
        _log.exception("Mail %s (%s) cannot be made", row.id, row.kind)
        _finish(row, claim, state="failed", problem=f"It could not be made ({type(error).__name__}); see the log.")
        return "failed", "", False
    try:
        taken = server.hand_over(content, sender, recipient, lambda: _may_send(row, claim))
    except MailServerAway:
        _finish(row, claim, state="queued", attempts=row.attempts)
        raise
    except MailRefused as error:
        _finish(row, claim, state="failed", problem=error.message)
        _note_success(sent=False)
        return "failed", error.message, False
    except MailDelayed as error:
        _finish(row, claim, state="queued", problem=error.message, next_at=clock.now() + _wait(row.attempts))
        return "later", error.message, error.broken
    except MailUnconfirmed as error:
        _finish(row, claim, state="unconfirmed", problem=f"{error.message} {_NO_ANSWER}")
        return "unconfirmed", error.message, True
    if not taken:
        return "left", "", False
    _finish(row, claim, state="sent", problem="", sealed=None, sent_at=clock.now())
    _note_success(sent=True)
    return "sent", "", False


def _letter(row: MailRow) -> tuple[bytes, str, str]:
    if row.sealed is None:
        raise WrongAddress("What this mail said is gone.", "Let it be caused again where it came from.")
    sender = sender_of(get_settings().mail.sender)
    recipient = on_the_wire(row.recipient)
    path = ""
    if row.account_id is not None and not kind_of(row.kind).essential:
        path = unsubscribe.link(row.account_id, row.kind)
    words = render(row.kind, opened(row.sealed), posted_at=row.created_at, unsubscribe_path=path)
    content = compose(
        words,
        sender=sender,
        to=recipient,
        name=row.recipient_name,
        message_id=message_id(row.kind, row.key, sender),
        date=clock.now(),
        unsubscribe_url=link(path),
    )
    return content, sender.addr_spec, recipient


def _may_send(row: MailRow, claim: str) -> bool:
    with unit_of_work() as session:
        return OutboxRepository(session).hand_over(row.id, claim, clock.now())


def _finish(row: MailRow, claim: str, **values: Any) -> None:
    with unit_of_work() as session:
        OutboxRepository(session).finish(row.id, claim, **{"attempts": row.attempts + 1, **values})


def _wait(attempts: int) -> timedelta:
    return timedelta(minutes=_BACK_OFF_MIN[min(attempts, len(_BACK_OFF_MIN) - 1)])


def _rest(failures: int) -> timedelta:
    return timedelta(seconds=_SERVER_BACK_OFF_S[min(failures, len(_SERVER_BACK_OFF_S) - 1)])


def _note_failure(problem: str) -> None:
    now = clock.now()
    with unit_of_work() as session:
        repository = OutboxRepository(session)
        before = repository.server() or ServerRow(0, None, None, "", None)
        repository.put_server(
            ServerRow(
                before.failures + 1,
                before.failing_since or now,
                now + _rest(before.failures),
                problem,
                before.last_success,
            )
        )


def _note_success(*, sent: bool) -> None:
    """The server answers. Written when it did not before, and else once a minute at most."""
    now = clock.now()
    with read_session() as session:
        before = OutboxRepository(session).server()
    recent = before is not None and before.last_success is not None and now - before.last_success < timedelta(minutes=1)
    if before is not None and not before.failures and (recent or not sent):
        return
    last = now if sent else before.last_success if before is not None else None
    with unit_of_work() as session:
        OutboxRepository(session).put_server(ServerRow(0, None, None, "", last))
