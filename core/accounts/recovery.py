"""A new password for somebody who forgot theirs: a code to the account's address, then the password.

An address that has no account gets no mail; the answer and the work done are the same.
"""

from __future__ import annotations

from uuid import UUID

from core import clock
from core.accounts import activity, codes, devices, passwords, people, sessions, validation
from core.accounts.errors import CodeRefused
from core.accounts.model import CodeRequest, Origin
from core.notices import outbox
from db.repositories.accounts_people import PeopleRepository
from db.session import read_session, unit_of_work


def start(email: str, origin: Origin) -> CodeRequest:
    """Send a code to an address, if it has an account.

    Raises:
        InvalidInput: field "email".
        LimitReached: too many codes for this address, or from there.
    """
    address = validation.email(email)
    codes.guard(address.key, origin)
    with unit_of_work() as work:
        found = PeopleRepository(work).credentials(email_key=address.key)
        return codes.ask(
            work,
            codes.Wanted(
                "recovery",
                # The mail goes to the address as the account has it, not as somebody else spelled it.
                (found.person.email if found else None) or address.shown,
                address.key,
                found.person.id if found else None,
                "code" if found else "nobody",
                name=found.person.name if found else "",
                shown_as=address.shown,
            ),
            origin,
        )


def confirm(request_id: UUID, code: str, origin: Origin) -> str:
    """Exchange the code for a proof, with which `finish` is called within 30 minutes.

    Raises:
        InvalidInput: field "code": not 6 digits.
        CodeRefused: wrong, used, expired or tried too often.
        LimitReached: too many guesses from there.
    """
    codes.guard_guess(origin)
    return codes.confirm(request_id, "recovery", code)


def finish(proof: str, new_password: str, origin: Origin) -> None:
    """Set the new password and sign the person out everywhere. A password that will not do leaves the proof good.

    Raises:
        InvalidInput: field "password".
        CodeRefused: the proof is unknown, used or too old.
    """
    validation.password_form(new_password)
    address = codes.address_of_proof(proof, "recovery")
    account = people.by_login(address)
    if account is None:
        raise CodeRefused("This account is gone.", "Register again if you like.")
    passwords.check(new_password, user_name=account.user_name, email=address, name=account.name)
    hashed = passwords.hash_password(new_password)
    now = clock.now()
    with unit_of_work() as work:
        row = codes.take_proof(work, proof, "recovery")
        if row.account_id != account.id:
            raise CodeRefused("This account changed meanwhile.", "Begin again with a new code.")
        PeopleRepository(work).set_password(account.id, hashed, now)
        sessions.revoke_all(account.id, why="password reset", work=work)
        activity.record(
            work, "password.reset", actor=account, subject=activity.account_subject(account.id), origin=origin
        )
        outbox.post(
            work,
            "password_changed",
            to=account.email,
            account_id=account.id,
            key=f"{account.id}:{now.isoformat()}",
            context={"when": now, "where": devices.where(origin)},
            name=account.name,
        )


def shows_on_screen(email: str, origin: Origin) -> bool:
    """Whether this browser will see the mail on screen (demo without a mail server): only where it was signed in
    to the account before, so that nobody takes over somebody else's."""
    if not codes.shown_on_screen():
        return False
    account = people.by_login(email)
    if account is None:
        return False
    with read_session() as work:
        return PeopleRepository(work).knows_device(account.id, devices.identity(origin))
