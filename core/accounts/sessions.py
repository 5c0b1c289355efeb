"""Signed-in browsers: the ticket that opens a session, the look at it on every run, and its end.

A session is a row; the browser holds 32 random bytes of which the row has the SHA-256. Every sign-in makes new ones, so
nothing a browser held before is ever good afterwards. An end tells every process on `CHANNEL`, in the same transaction.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts import activity, devices, people, validation
from core.accounts.errors import InvalidInput, NotAllowed, SessionEnded
from core.accounts.model import Account, Origin, Session
from core.settings import get_settings
from db.repositories.accounts_people import PeopleRepository
from db.repositories.accounts_sessions import FoundSession, SessionRepository, find_session
from db.session import read_session, unit_of_work

CHANNEL = "session_ended"
"""The channel of Postgres on which the SHA-256 (64 hex digits) of an ended session's token is told."""

TICKET_LASTS = timedelta(seconds=30)
SEEN_EVERY = timedelta(minutes=1)
"""How often a look at a session is noted."""

_TOKEN_BYTES = 32
_LONGEST_TOKEN = 128


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just opened.

    Attributes:
        token: what the browser is given to hold, 43 characters of base64url; it exists nowhere else.
        next_path: the local path to go on to.
    """

    token: str
    next_path: str


def token_hash(token: str) -> str:
    """What the database and `CHANNEL` know of a token: its SHA-256, 64 hex digits."""
    return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()


def issue_ticket(account: Account, origin: Origin, *, binding: str, next_path: str) -> str:  # noqa: ARG001
    """A ticket for a person who has just proved who they are: good once, for 30 seconds, in this browser.

    Args:
        account: from `Accepted`.
        origin: where they are.
        binding: what only this browser has (its `_streamlit_xsrf` cookie); the ticket is worth nothing in another.
        next_path: where they wanted to go, a local path.

    Raises:
        InvalidInput: `next_path` leads elsewhere.
        SessionEnded: the browser has nothing to bind a ticket to.
    """
    path = validation.local_path(next_path)
    if path is None:
        raise InvalidInput("next", "The way back after signing in is not on this site.", "Open the page again.")
    if not binding:
        raise SessionEnded("The browser keeps no cookies for this site.", "Allow them, then sign in again.")
    ticket = secrets.token_urlsafe(_TOKEN_BYTES)
    now = clock.now()
    with unit_of_work() as work:
        SessionRepository(work, CHANNEL).add_ticket(
            digest=token_hash(ticket),
            account_id=account.id,
            binding_hash=token_hash(binding),
            next_path=path,
            at=now,
            expires_at=now + TICKET_LASTS,
        )
    return ticket


def redeem_ticket(ticket: str, binding: str, origin: Origin, *, replaces: str = "") -> Opened:
    """Open a session for a ticket. Whatever comes of it, the ticket is used.

    Args:
        ticket: as `issue_ticket` gave it.
        binding: the same as then, from the browser that brings the ticket.
        origin: where that browser is.
        replaces: a token this browser held so far; its session ends.

    Raises:
        SessionEnded: the ticket is unknown, used, too old, or another browser's.
    """
    now = clock.now()
    opened: Opened | None = None
    with unit_of_work() as work:
        repository = SessionRepository(work, CHANNEL)
        found = repository.take_ticket(token_hash(ticket)) if len(ticket) <= _LONGEST_TOKEN else None
        if (
            found is not None
            and hmac.compare_digest(found.binding_hash, token_hash(binding))
            and found.created_at - SEEN_EVERY <= now < found.expires_at
        ):
            person = PeopleRepository(work).get(found.account_id)
            if person is not None and _may_enter(people.account_of(person), now):
                if replaces:
                    repository.end(token_hash(replaces))
                opened = Opened(_open(work, people.account_of(person), origin, now), found.next_path)
    if opened is None:
        raise SessionEnded("This sign-in link is used or too old.", "Sign in again.")
    return opened


def open_session(account: Account, origin: Origin) -> str:
    """A session without a ticket, where the app has no routes to set a cookie; the token stays in the server's memory.

    Raises:
        SessionEnded: the account is closed or its time is over.
    """
    now = clock.now()
    with unit_of_work() as work:
        current = people.get(account.id, work)
        if not _may_enter(current, now):
            raise SessionEnded("This account is closed.", "Sign in with another one.")
        return _open(work, current, origin, now)


def lookup(token: str, at: datetime | None = None) -> Session | None:
    """Who holds this token; None when nobody does (any longer). For every run: it reads once and writes rarely.

    A clock that was set back opens nothing again: a session is as old as it was when last seen, and one that is found
    to be over is ended on the spot.
    """
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    at = at or clock.now()
    found = find_session(token_hash(token))
    if found is None:
        return None
    account = people.account_of(found.person)
    latest = max(at, found.last_seen_at)
    if not _may_enter(account, latest) or latest >= found.idle_until or latest >= found.expires_at:
        with unit_of_work() as work:
            SessionRepository(work, CHANNEL).end(token_hash(token))
        return None
    if at - found.last_seen_at >= SEEN_EVERY:
        idle_until = at + timedelta(hours=get_settings().accounts.idle_hours)
        with unit_of_work() as work:
            if SessionRepository(work, CHANNEL).seen(found.id, at, idle_until):
                PeopleRepository(work).seen(account.id, at)
        return _session(found, last_seen_at=at, idle_until=min(idle_until, found.expires_at))
    return _session(found)


def sessions_of(account: Account) -> tuple[Session, ...]:
    """Where this person is signed in, the latest used first."""
    at = clock.now()
    with read_session() as work:
        found = SessionRepository(work, CHANNEL).of_account(account.id)
    return tuple(_session(one) for one in found if at < one.idle_until and at < one.expires_at)


def end(token: str) -> None:
    """Sign this browser out. A token that is nobody's is no error."""
    with unit_of_work() as work:
        account_id = SessionRepository(work, CHANNEL).end(token_hash(token))
        if account_id is not None:
            actor = people.get(account_id, work)
            activity.record(work, "session.ended", actor=actor, subject=f"account:{account_id}")


def revoke(account: Account, session_id: UUID) -> None:
    """Sign one of this person's browsers out.

    Raises:
        NotAllowed: it is not theirs, or no longer signed in.
    """
    with unit_of_work() as work:
        if not SessionRepository(work, CHANNEL).end_one(account.id, session_id):
            raise NotAllowed("This browser is not signed in to your account.", "It may have signed out meanwhile.")
        activity.record(work, "session.revoked", actor=account, subject=f"account:{account.id}")


def revoke_all(account_id: int, *, keep: UUID | None = None, why: str, work: Work | None = None) -> int:
    """Sign a person out everywhere but in the session `keep`; the number of sessions ended.

    Tickets, sign-ins under way and password resets under way end with them.

    Args:
        why: for the log: "password changed".
        work: the caller's unit of work, if it has one.
    """
    if work is None:
        with unit_of_work() as own:
            return revoke_all(account_id, keep=keep, why=why, work=own)
    ended = SessionRepository(work, CHANNEL).end_all(account_id, keep)
    if ended:
        activity.record(
            work, "session.all_revoked", actor=None, subject=f"account:{account_id}", after={"ended": ended, "why": why}
        )
    return ended


def forget_dead(now: datetime) -> int:
    """End sessions whose time is over and forget unused tickets; the number of sessions."""
    with unit_of_work() as work:
        return SessionRepository(work, CHANNEL).end_dead(now)


def _open(work: Work, account: Account, origin: Origin, now: datetime) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    accounts = get_settings().accounts
    expires_at = now + timedelta(hours=accounts.lifetime_hours)
    if account.expires_at is not None:
        expires_at = min(expires_at, account.expires_at)
    SessionRepository(work, CHANNEL).open(
        session_id=uuid4(),
        account_id=account.id,
        token_hash=token_hash(token),
        device=devices.describe(origin.user_agent),
        ip=origin.ip,
        at=now,
        idle_until=min(now + timedelta(hours=accounts.idle_hours), expires_at),
        expires_at=expires_at,
    )
    PeopleRepository(work).seen(account.id, now)
    return token


def _may_enter(account: Account, at: datetime) -> bool:
    return account.state == "active" and (account.expires_at is None or at < account.expires_at)


def _session(found: FoundSession, last_seen_at: datetime | None = None, idle_until: datetime | None = None) -> Session:
    return Session(
        id=found.id,
        account=people.account_of(found.person),
        device=found.device,
        ip=found.ip,
        created_at=found.created_at,
        last_seen_at=last_seen_at or found.last_seen_at,
        idle_until=idle_until or found.idle_until,
        expires_at=found.expires_at,
    )
