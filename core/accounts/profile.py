"""What people change about their own account."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts import activity, codes, devices, limits, passwords, people, registration, sessions, validation
from core.accounts.errors import CodeRefused, InvalidInput, NotAllowed, NotAvailable
from core.accounts.model import Account, CodeRequest, Origin, Session
from core.notices import outbox
from db.repositories.accounts_codes import CodeRepository, FoundCode
from db.repositories.accounts_people import PeopleRepository
from db.session import read_session, unit_of_work


def change_password(session: Session, current: str, new: str, origin: Origin) -> None:
    """Set a new password; every other browser is signed out.

    Raises:
        NotAllowed: the present password is wrong.
        InvalidInput: field "password": the new one will not do.
        LimitReached: too many wrong ones.
        NotAvailable: a demo account.
    """
    account = _registered(session.account)
    check_password(account, current)
    passwords.check(new, user_name=account.user_name, email=account.email or "", name=account.name)
    if new == current:
        raise InvalidInput("password", "This is the present password.", "Choose another one.")
    hashed = passwords.hash_password(new)
    now = clock.now()
    with unit_of_work() as work:
        PeopleRepository(work).set_password(account.id, hashed, now)
        sessions.revoke_all(account.id, keep=session.id, why="password changed", work=work)
        _note(work, account, "password.changed", origin)
        outbox.post(
            work,
            "password_changed",
            to=account.email,
            account_id=account.id,
            key=f"{account.id}:{now.isoformat()}",
            context={"when": now, "where": devices.where(origin)},
            device=origin.device,
            name=account.name,
        )


def change_user_name(account: Account, new: str, origin: Origin | None = None) -> Account:
    """Take another user name.

    Raises:
        InvalidInput: field "user_name": it may not be taken, or somebody has it.
        NotAvailable: a demo account.
    """
    _registered(account)
    chosen = validation.user_name(new, reserved=account.user_name.casefold() == new.strip().casefold())
    now = clock.now()
    try:
        with unit_of_work() as work:
            PeopleRepository(work).set_user_name(account.id, chosen.shown, chosen.key)
            _note(work, account, "user_name.changed", origin, account.user_name, chosen.shown)
            outbox.post(
                work,
                "user_name_changed",
                to=account.email,
                account_id=account.id,
                key=f"{account.id}:{now.isoformat()}",
                context={"when": now, "user_name": chosen.shown},
                device=origin.device if origin else "",
                name=account.name,
            )
            return people.get(account.id, work)
    except IntegrityError as error:
        raise registration.taken(chosen.shown) from error


def change_name(account: Account, new: str, origin: Origin | None = None) -> Account:
    """Be addressed by another name.

    Raises:
        InvalidInput: field "name".
    """
    shown = validation.name(new)
    with unit_of_work() as work:
        PeopleRepository(work).set_name(account.id, shown)
        _note(work, account, "name.changed", origin, account.name, shown)
        return people.get(account.id, work)


def start_email_change(account: Account, password: str, new_email: str, origin: Origin) -> CodeRequest:
    """Send a code to the address an account shall have. One that has an account already gets a mail that says so.

    Raises:
        NotAllowed: the password is wrong.
        InvalidInput: field "email".
        LimitReached: too many tries, or too many codes for this address.
        NotAvailable: a demo account.
    """
    _registered(account)
    address = validation.email(new_email)
    if account.email is not None and address.shown == account.email:
        raise InvalidInput("email", "This is the present address.", "Type the new one.")
    check_password(account, password)
    codes.guard(address.key, origin)
    with unit_of_work() as work:
        found = PeopleRepository(work).credentials(email_key=address.key)
        free = found is None or found.person.id == account.id
        return codes.ask(
            work,
            codes.Wanted(
                "email_change", address.shown, address.key, account.id, "code" if free else "known", name=account.name
            ),
            origin,
        )


def confirm_email_change(account: Account, request_id: UUID, code: str, origin: Origin) -> Account:
    """Change the address, because the code that was sent to it is right. Both addresses are told.

    Raises:
        InvalidInput: field "code": not 6 digits; field "email": somebody registered the address meanwhile.
        CodeRefused: wrong, used, expired, tried too often, or asked for by somebody else.
        LimitReached: too many guesses.
    """
    asked = codes.find(request_id, "email_change")
    if asked.account_id != account.id:
        raise CodeRefused("This code was asked for by another account.", "Ask for a new one.")
    limits.guard("code_guess", str(account.id))

    def change(work: Work, row: FoundCode) -> Account:
        now = clock.now()
        PeopleRepository(work).set_email(account.id, row.address, row.address_key)
        CodeRepository(work).delete_of_account(account.id)
        _note(work, account, "email.changed", origin)
        for to, part in ((account.email, "old"), (row.address, "new")):
            outbox.post(
                work,
                "email_changed",
                to=to,
                account_id=account.id if part == "old" else None,
                key=f"{account.id}:{now.isoformat()}:{part}",
                context={"when": now, "new_address": codes.masked(row.address), "where": devices.where(origin)},
                device=origin.device,
                name=account.name,
            )
        return people.get(account.id, work)

    try:
        return codes.redeem(request_id, "email_change", code, change)
    except IntegrityError as error:
        raise InvalidInput("email", "This address was registered meanwhile.", "Choose another one.") from error


def check_password(account: Account, password: str) -> None:
    """Let pass who knows the account's password: before anything that could take the account away.

    Raises:
        NotAllowed: it is wrong.
        LimitReached: too many wrong ones.
    """
    limits.guard("password_check", str(account.id))
    with read_session() as work:
        found = PeopleRepository(work).credentials(account_id=account.id)
    if not passwords.verify(password, found.password_hash if found else None):
        raise NotAllowed("The password is not right.", "Type your present password.")
    limits.forgive("password_check", str(account.id))


def _registered(account: Account) -> Account:
    if account.is_demo:
        raise NotAvailable("A demo account has no user name, address and password of its own.", "Register to have one.")
    return account


def _note(
    work: Work, account: Account, action: str, origin: Origin | None, before: object = None, after: object = None
) -> None:
    activity.record(
        work,
        action,
        actor=account,
        subject=activity.account_subject(account.id),
        before=before,
        after=after,
        origin=origin,
    )
