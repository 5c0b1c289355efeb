"""Signing in: a name and a password, then a second proof where one is asked for.

Unknown names take as long as known ones (a dummy hash is compared) and get the same answer. What comes out is an
`Accepted`, with which the caller gets a ticket (`core.accounts.sessions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts import activity, codes, devices, limits, passwords, people, second_factor
from core.accounts.errors import SignInRefused
from core.accounts.model import Account, Origin
from core.notices import outbox
from db.repositories.accounts_codes import FoundCode
from db.repositories.accounts_factors import FactorRepository
from db.repositories.accounts_people import Credentials, PeopleRepository
from db.session import read_session, unit_of_work

_LONGEST_LOGIN = 254


@dataclass(frozen=True, slots=True)
class Accepted:
    """Somebody proved who they are."""

    account: Account


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """The password is right; a second proof is asked for.

    Attributes:
        kind: "email" (a code was sent) or "totp" (the authenticator app has it; `codes.to_email` sends one instead).
        resend_at: when `codes.resend` will send another (mailed codes).
        shown_on_screen: no mail server is configured (demo): the code is in the on-screen outbox of this browser.
        address: where the code went, masked; "" for an app.
    """

    challenge_id: UUID
    kind: Literal["email", "totp"]
    resend_at: datetime
    shown_on_screen: bool
    address: str
    expires_at: datetime


def sign_in(login: str, password: str, origin: Origin) -> Accepted | SecondFactorNeeded:
    """Check a user name or e-mail address with its password.

    Raises:
        SignInRefused: they fit no active account.
        LimitReached: too many tries with this name, or from this address.
    """
    if len(login) > _LONGEST_LOGIN:
        raise _refused()
    if origin.ip:
        limits.guard("sign_in_ip", origin.ip)
    with read_session() as work:
        found = people.credentials_by_login(work, login)
        # Who was signed in with this browser before has a count of their own: nobody else can lock them out.
        at_home = PeopleRepository(work).knows_device(found.person.id if found else 0, devices.identity(origin))
    counted = people.login_key(login) + (f" {origin.device}" if at_home and origin.device else "")
    limits.guard("sign_in_address", counted)
    if not passwords.verify(password, found.password_hash if found else None) or found is None:
        _note_refusal(found, origin)
        raise _refused()
    account = people.account_of(found.person)
    if account.state != "active":
        raise SignInRefused(
            "This account is deactivated.", f"Reason: {found.state_reason} Ask an admin to open it again."
        )
    _renew_hash(account, password, found)
    if account.role == "admin" or account.totp:
        return _challenge(account, origin)
    with unit_of_work() as work:
        accepted = _accept(work, account, origin, "password")
    limits.forgive("sign_in_address", counted)
    return accepted


def confirm_second_factor(challenge_id: UUID, code: str, origin: Origin) -> Accepted:
    """Finish a sign-in with the second proof: the mailed code, the app's, or a recovery code.

    Raises:
        InvalidInput: the text is no code; no try is counted.
        CodeRefused: the code is wrong, used, expired or was tried too often.
        SignInRefused: the account was closed meanwhile.
        LimitReached: too many tries for this account.
    """
    challenge = codes.find(challenge_id, "sign_in")
    assert challenge.account_id is not None, "a sign-in is somebody's"
    limits.guard("second_factor", str(challenge.account_id))
    by_app = challenge.channel == "totp" or second_factor.is_recovery_code(code)

    def accept(work: Work, row: FoundCode) -> Accepted | None:
        assert row.account_id is not None
        account = people.get(row.account_id, work)
        if account.state != "active":
            return None
        how = "recovery code" if second_factor.is_recovery_code(code) else ("app" if by_app else "email code")
        if how == "recovery code":
            _tell_recovery_code_used(work, account, origin)
        return _accept(work, account, origin, how)

    accepted = codes.redeem(challenge_id, "sign_in", code, accept, matches=_matches_factor if by_app else None)
    if accepted is None:
        raise SignInRefused("This account is deactivated.", "Ask an admin to open it again.")
    limits.forgive("second_factor", str(accepted.account.id))
    limits.forgive("code_address", str(accepted.account.id))
    for login in (accepted.account.user_name, accepted.account.email or ""):
        limits.forgive("sign_in_address", people.login_key(login))
    return accepted


def _matches_factor(work: Work, row: FoundCode, given: str) -> bool:
    if row.account_id is None or row.used_at is not None or row.attempts > codes.MOST_ATTEMPTS:
        return False  # a code of the app is used up by looking: not for a challenge that is over
    return second_factor.passes(work, row.account_id, given, clock.now())


def _challenge(account: Account, origin: Origin) -> SecondFactorNeeded:
    assert account.email is not None, "demo accounts have no password to come here with"
    kind: Literal["email", "totp"] = "totp" if account.totp else "email"
    # Counted apart from what strangers ask for this address: they cannot keep an admin out. The password was right.
    counted = str(account.id)
    if kind == "email":
        codes.guard(counted, origin)
    with unit_of_work() as work:
        request = codes.ask(
            work,
            codes.Wanted(
                purpose="sign_in",
                address=account.email,
                address_key=counted,
                account_id=account.id,
                outcome="code" if kind == "email" else "app",
                name=account.name,
                shown_as=codes.masked(account.email),
            ),
            origin,
        )
    return SecondFactorNeeded(
        challenge_id=request.id,
        kind=kind,
        resend_at=request.resend_at,
        shown_on_screen=request.shown_on_screen and kind == "email",
        address=request.address if kind == "email" else "",
        expires_at=request.expires_at,
    )


def _accept(work: Work, account: Account, origin: Origin, how: str) -> Accepted:
    now = clock.now()
    repository = PeopleRepository(work)
    label = devices.describe(origin.user_agent)
    known, any_known = repository.know_device(account.id, devices.identity(origin), label, now)
    repository.seen(account.id, now)
    activity.record(
        work, "sign_in.accepted", actor=account, subject=f"account:{account.id}", after={"by": how}, origin=origin
    )
    if any_known and not known:
        outbox.post(
            work,
            "new_device",
            to=account.email,
            account_id=account.id,
            key=f"{account.id}:{now.isoformat()}",
            context={"when": now, "device": label, "ip": origin.ip or None},
            name=account.name,
        )
    return Accepted(account)


def _note_refusal(found: Credentials | None, origin: Origin) -> None:
    # What was typed is not kept: people type passwords into the wrong field.
    subject = "unknown" if found is None else f"account:{found.person.id}"
    with unit_of_work() as work:
        activity.record(work, "sign_in.refused", actor=None, subject=subject, origin=origin)


def _tell_recovery_code_used(work: Work, account: Account, origin: Origin) -> None:
    now = clock.now()
    outbox.post(
        work,
        "recovery_code_used",
        to=account.email,
        account_id=account.id,
        key=f"{account.id}:{now.isoformat()}",
        context={
            "when": now,
            "left": FactorRepository(work, account.id).recovery_codes_left(),
            "where": devices.where(origin),
        },
        name=account.name,
    )


def _renew_hash(account: Account, password: str, found: Credentials) -> None:
    if found.password_hash is not None and passwords.outdated(found.password_hash):
        hashed = passwords.hash_password(password)
        with unit_of_work() as work:
            PeopleRepository(work).set_password(account.id, hashed, None)


def _refused() -> SignInRefused:
    return SignInRefused(
        "User name or password is not right.", "Check both; letter case counts in the password. Or set a new password."
    )
