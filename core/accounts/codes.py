"""One-time codes: 6 digits, 10 minutes, 5 tries, a new one after 60 seconds.

The database holds an HMAC of a code with the secret key and the request's id. A request for an address that has no
account is kept like any other; its code can never be right. Nothing a caller sees tells the two apart, and both do the
same work.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID, uuid4

from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts import devices, limits
from core.accounts.errors import CodeRefused, InvalidInput, LimitReached
from core.accounts.model import CodeRequest, Origin
from core.notices import outbox
from core.secrets import fingerprint
from core.settings import get_settings
from db.repositories.accounts_codes import CodeRepository, FoundCode
from db.repositories.accounts_people import PeopleRepository
from db.session import read_session, unit_of_work

Purpose = Literal["registration", "recovery", "sign_in", "email_change"]

LASTS = timedelta(minutes=10)
RESEND_AFTER = timedelta(seconds=60)
MOST_ATTEMPTS = 5
MOST_RESENDS = 5
PROOF_LASTS = timedelta(minutes=30)

_LENGTH = 6
_TO_BE_SENT = "to be sent"
_KINDS: dict[str, str] = {
    "registration": "registration_code",
    "recovery": "password_reset_code",
    "sign_in": "admin_sign_in_code",
    "email_change": "email_change_code",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a code is asked for.

    Attributes:
        address: where it goes, as it is written.
        address_key: what requests are counted by: the address in the form it is compared in, or the account's number
            where the person proved already who they are.
        account_id: whose request it is; None while nobody is known.
        outcome: "code" sends one; "known" tells the address that it has an account already; "nobody" sends nothing,
            after the same work. "app" sends nothing because an authenticator app has the code.
        name: how the mail addresses the person.
        shown_as: the address as the asking person may see it.
    """

    purpose: Purpose
    address: str
    address_key: str
    account_id: int | None
    outcome: Literal["code", "known", "nobody", "app"]
    name: str = ""
    shown_as: str = ""


def ask(work: Work, wanted: Wanted, origin: Origin) -> CodeRequest:
    """Keep a request and queue its mail in the caller's unit of work. Limits are the caller's to check before."""
    now = clock.now()
    row = FoundCode(
        id=uuid4(),
        purpose=wanted.purpose,
        channel="totp" if wanted.outcome == "app" else "email",
        account_id=wanted.account_id,
        address=wanted.address,
        address_key=wanted.address_key,
        digest="",
        attempts=0,
        resends=0,
        created_at=now,
        seen_at=now,
        resend_at=now + RESEND_AFTER,
        expires_at=now + LASTS,
        used_at=None,
        proof_expires_at=None,
    )
    code = _new_code()
    if wanted.outcome == "code":
        row = replace(row, digest=_digest(row.id, code))
    CodeRepository(work).add(row)
    if wanted.outcome != "app":
        _mail(work, row, code, wanted.outcome, origin, wanted.name)
    return _request(row, wanted.shown_as or wanted.address)


def guard(address_key: str, origin: Origin) -> None:
    """Count a request for a code against the limits of its address and of where it comes from.

    Raises:
        LimitReached: too many codes for this address, or from there.
    """
    if origin.ip:
        limits.guard("code_ip", origin.ip)
    limits.guard("code_address", address_key)


def guard_guess(origin: Origin) -> None:
    """Count a guess of a code against the limit of where it comes from, so that many requests do not add up.

    Raises:
        LimitReached: too many guesses from there.
    """
    if origin.ip:
        limits.guard("code_guess_ip", origin.ip)


def resend(request_id: UUID, origin: Origin) -> CodeRequest:
    """Send a new code for the same request; the one before is good no more.

    Raises:
        CodeRefused: the request is over.
        LimitReached: the last one was sent less than a minute ago, or too many were.
    """
    row = _peek(request_id)
    if row.channel != "email":
        raise _over()
    return _again(row, origin)


def to_email(request_id: UUID, origin: Origin) -> CodeRequest:
    """Send a code by mail for a sign-in that waits for an authenticator app.

    Raises:
        CodeRefused: the request is over, or needs no mail.
        LimitReached: too many codes for this address, or from there.
    """
    row = _peek(request_id)
    if row.purpose != "sign_in" or not row.address or clock.now() >= row.expires_at:
        raise _over()
    return _again(replace(row, channel="email", digest=row.digest or _TO_BE_SENT), origin)


def find(request_id: UUID, purpose: Purpose) -> FoundCode:
    """A request that is not used up.

    Raises:
        CodeRefused: there is none (any longer).
    """
    with read_session() as work:
        row = CodeRepository(work).get(request_id)
    if row is None or row.purpose != purpose or row.used_at is not None:
        raise _over()
    return row


def redeem(
    request_id: UUID,
    purpose: Purpose,
    code: str,
    then: Callable[[Work, FoundCode], T],
    *,
    matches: Callable[[Work, FoundCode, str], bool] | None = None,
) -> T:
    """Count a try; when the code is right, use it up and do `then` in the same unit of work.

    Args:
        matches: answers instead of the comparison with the mailed code (authenticator apps).

    Raises:
        InvalidInput: the text is not a code at all; no try is counted.
        CodeRefused: wrong, used, expired or tried too often.
    """
    given = "".join(code.split()) if len(code) <= 64 else code
    if matches is None and not (len(given) == _LENGTH and given.isascii() and given.isdigit()):
        raise InvalidInput("code", f"A code has {_LENGTH} digits.", "Type the one in the mail.")
    refused: CodeRefused
    with unit_of_work() as work:
        repository = CodeRepository(work)
        row = repository.count_attempt(request_id, purpose, clock.now())
        # The keyed hash is made in any case: how long an answer takes must not tell what was wrong.
        right = row is not None and (matches or _matches)(work, row, given)
        if row is None or row.used_at is not None or row.seen_at >= row.expires_at or row.attempts > MOST_ATTEMPTS:
            refused = _over()
        elif right:
            repository.use(row.id, clock.now())
            return then(work, row)
        else:
            left = MOST_ATTEMPTS - row.attempts
            refused = CodeRefused(
                "This code is not right.",
                f"{left} more {'try is' if left == 1 else 'tries are'} left." if left else "Ask for a new one.",
            )
    raise refused


def confirm(request_id: UUID, purpose: Purpose, code: str) -> str:
    """Exchange a code for a proof: good once, for 30 minutes.

    Raises:
        InvalidInput, CodeRefused: as `redeem`.
    """

    def prove(work: Work, row: FoundCode) -> str:
        proof = secrets.token_urlsafe(32)
        CodeRepository(work).keep_proof(row.id, _proof_digest(proof), clock.now() + PROOF_LASTS)
        return proof

    return redeem(request_id, purpose, code, prove)


def take_proof(work: Work, proof: str, purpose: Purpose) -> FoundCode:
    """The request a proof stands for; deleted with the caller's unit of work, so it is good once.

    Raises:
        CodeRefused: the proof is unknown, used or too old.
    """
    now = clock.now()
    repository = CodeRepository(work)
    row = repository.lock_proof(_proof_digest(proof), purpose, now) if len(proof) <= 128 else None
    repository.delete(_good(row).id)
    return _good(row)


def address_of_proof(proof: str, purpose: Purpose) -> str:
    """The address a proof stands for, without using the proof.

    Raises:
        CodeRefused: the proof is unknown, used or too old.
    """
    now = clock.now()
    with unit_of_work() as work:
        row = CodeRepository(work).lock_proof(_proof_digest(proof), purpose, now) if len(proof) <= 128 else None
    return _good(row).address


def forget_old(now: datetime) -> int:
    """Delete requests that are over; the number of them."""
    with unit_of_work() as work:
        return CodeRepository(work).delete_old(now)


def shown_on_screen() -> bool:
    """Whether mails are shown on screen because no mail server is configured (demo)."""
    settings = get_settings()
    return settings.app.env == "demo" and settings.mail.host is None


def masked(address: str) -> str:
    """An address as it may be shown to somebody who did not type it: "r•••@example.com"."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••@{domain}"


def _peek(request_id: UUID) -> FoundCode:
    with read_session() as work:
        row = CodeRepository(work).get(request_id)
    if row is None or row.used_at is not None or row.resends >= MOST_RESENDS:
        raise _over()
    return row


def _again(row: FoundCode, origin: Origin) -> CodeRequest:
    now = clock.now()
    if row.digest != _TO_BE_SENT and max(now, row.seen_at) < row.resend_at:
        raise LimitReached(
            "code_resend", 1, row.resend_at, "A code was sent less than a minute ago.", "Look for it, also in spam."
        )
    guard(row.address_key, origin)
    code = _new_code()
    answerable = bool(row.digest)
    renewed = replace(
        row,
        digest=_digest(row.id, code) if answerable else "",
        resends=row.resends + 1,
        resend_at=now + RESEND_AFTER,
        expires_at=now + LASTS,
    )
    outcome: Literal["code", "known", "nobody"] = "code"
    if not answerable:
        outcome = "nobody" if row.purpose == "recovery" else "known"
    with unit_of_work() as work:
        if not CodeRepository(work).renew(renewed, at=now):
            raise _over()  # somebody else renewed or used it since it was looked at
        person = PeopleRepository(work).get(row.account_id) if row.account_id is not None else None
        _mail(work, renewed, code, outcome, origin, person.name if person else "")
    shown = masked(row.address) if row.purpose == "sign_in" else row.address
    return _request(renewed, shown)


def _mail(
    work: Work,
    row: FoundCode,
    code: str,
    outcome: Literal["code", "known", "nobody"],
    origin: Origin,
    name: str,
) -> None:
    where = devices.where(origin)
    context: dict[str, Any] = {"where": where}
    kind = "address_already_known"
    if outcome != "known":
        kind = _KINDS[row.purpose]
        context |= {"code": code, "expires_at": row.expires_at}
    key = f"code:{row.id}:{row.resends}"
    # On screen, a code to get into somebody's account is for browsers that were in it before.
    device = origin.device
    if row.purpose == "recovery" and not PeopleRepository(work).knows_device(
        row.account_id or 0, devices.identity(origin)
    ):
        device = ""
    account_id = row.account_id if row.purpose != "registration" else None
    # Nobody's address gets no mail, but the same work is done and undone: time must not tell who has an account.
    step = work.begin_nested()
    outbox.post(work, kind, to=row.address, account_id=account_id, key=key, context=context, device=device, name=name)
    if outcome == "nobody":
        step.rollback()
    else:
        step.commit()


def _request(row: FoundCode, shown_as: str) -> CodeRequest:
    return CodeRequest(row.id, shown_as, row.expires_at, row.resend_at, shown_on_screen())


def _new_code() -> str:
    return f"{secrets.randbelow(10**_LENGTH):0{_LENGTH}d}"


def _digest(request_id: UUID, code: str) -> str:
    return fingerprint("code", f"{request_id} {code}")


def _matches(_work: Work, row: FoundCode, given: str) -> bool:
    return hmac.compare_digest(_digest(row.id, given), row.digest or "-" * 64)


def _good(row: FoundCode | None) -> FoundCode:
    if row is None or row.proof_expires_at is None or row.seen_at >= row.proof_expires_at:
        raise CodeRefused("This was finished already, or waited too long.", "Begin again with a new code.")
    return row


def _proof_digest(proof: str) -> str:
    return fingerprint("proof", proof)


def _over() -> CodeRefused:
    return CodeRefused("This code is expired, used or was tried too often.", "Ask for a new one.")
