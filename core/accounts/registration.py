"""Registering in three steps: an e-mail address, the code sent to it, a name and a password.

An address that has an account gets a mail that says so instead of a code; on screen nothing tells the difference.
"""

from __future__ import annotations

import secrets
from uuid import UUID

from core import clock
from core.accounts import activity, codes, devices, limits, passwords, people, validation
from core.accounts.errors import InvalidInput, NotAvailable
from core.accounts.model import Account, CodeRequest, Origin
from core.notices import outbox
from core.settings import get_settings
from db.repositories.accounts_people import NewPerson, PeopleRepository
from db.session import read_session, unit_of_work


def start(email: str, origin: Origin) -> CodeRequest:
    """Send a code to an address.

    Raises:
        InvalidInput: field "email".
        LimitReached: too many codes for this address, or from there.
        NotAvailable: registration is closed here.
    """
    _check_open()
    address = validation.email(email)
    codes.guard(address.key, origin)
    with unit_of_work() as work:
        taken = PeopleRepository(work).email_taken(address.key)
        return codes.ask(
            work,
            codes.Wanted("registration", address.shown, address.key, None, "known" if taken else "code"),
            origin,
        )


def confirm(request_id: UUID, code: str, origin: Origin) -> str:
    """Exchange the code for a proof, with which `finish` is called within 30 minutes.

    Raises:
        InvalidInput: field "code": not 6 digits.
        CodeRefused: wrong, used, expired or tried too often.
        LimitReached: too many guesses from there.
    """
    _check_open()
    codes.guard_guess(origin)
    return codes.confirm(request_id, "registration", code)


def check_user_name(text: str) -> None:
    """Whether a user name may be taken.

    Raises:
        InvalidInput: field "user_name": it may not, or somebody has it.
    """
    name = validation.user_name(text)
    with read_session() as work:
        if PeopleRepository(work).user_name_taken(name.key):
            raise taken(name.shown)


def finish(proof: str, *, user_name: str, name: str, password: str, origin: Origin) -> Account:
    """Make the account. Whatever is wrong with the fields leaves the proof good, so they can be put right.

    Raises:
        InvalidInput: field "user_name", "name", "password", or "email" when the address was registered meanwhile.
        CodeRefused: the proof is unknown, used or too old.
        LimitReached: too many accounts made from there.
        NotAvailable: registration is closed here.
    """
    _check_open()
    chosen = validation.user_name(user_name)
    shown_name = validation.name(name)
    validation.password_form(password)
    check_user_name(user_name)
    address = codes.address_of_proof(proof, "registration")
    passwords.check(password, user_name=chosen.shown, email=address, name=shown_name)
    if origin.ip:
        limits.guard("registration_ip", origin.ip)
    hashed = passwords.hash_password(password)
    now = clock.now()
    with unit_of_work() as work:
        row = codes.take_proof(work, proof, "registration")
        number = PeopleRepository(work).add(
            NewPerson(
                owner=secrets.token_hex(32),
                kind="registered",
                role="investor",
                user_name=chosen.shown,
                user_name_key=chosen.key,
                name=shown_name,
                email=row.address,
                email_key=row.address_key,
                password_hash=hashed,
                created_at=now,
                expires_at=None,
            )
        )
        if number is None:
            raise _conflict(work_has_name=PeopleRepository(work).user_name_taken(chosen.key), shown=chosen.shown)
        account = people.get(number, work)
        # The browser somebody registered with is theirs from the start: another one will be the new one.
        PeopleRepository(work).know_device(number, devices.identity(origin), devices.describe(origin.user_agent), now)
        activity.record(
            work,
            "account.registered",
            actor=account,
            subject=activity.account_subject(number),
            after={"user_name": account.user_name},
            origin=origin,
        )
        outbox.post(
            work,
            "welcome",
            to=account.email,
            account_id=number,
            key=str(number),
            context={"name": account.name, "user_name": account.user_name},
            device=origin.device,
            name=account.name,
        )
    return account


def is_open() -> bool:
    """Whether people may register themselves here, and mails (or the on-screen outbox) can tell them a code."""
    settings = get_settings()
    return settings.accounts.registration == "on" and (settings.mail.host is not None or settings.app.env == "demo")


def taken(user_name: str) -> InvalidInput:
    """The error for a user name that somebody has."""
    return InvalidInput("user_name", f"The user name {user_name} is taken.", "Choose another one.")


def _conflict(*, work_has_name: bool, shown: str) -> InvalidInput:
    if work_has_name:
        return taken(shown)
    return InvalidInput("email", "This address was registered meanwhile.", "Sign in, or set a new password.")


def _check_open() -> None:
    if not is_open():
        raise NotAvailable("Registration is closed here (KUBERA_REGISTRATION).", "Ask an admin for an account.")
