"""The investor of the command line when nobody is named: made on first use, never able to sign in."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from core import clock
from core.accounts import activity, passwords, people
from core.accounts.errors import NotAvailable
from core.accounts.model import Account
from db.repositories.accounts_people import NewPerson, PeopleRepository
from db.session import unit_of_work

USER_NAME: Final = "command-line"
_ADDRESS: Final = "command-line@kubera.invalid"
"""Under a domain that can never exist (RFC 2606), so no code or mail can reach anybody."""
_WHY: Final = "It is the command line's own and cannot sign in."


def local_investor() -> Account:
    """The built-in investor.

    Its password is one that nobody was ever told, its address no mail reaches, and it is deactivated.

    Raises:
        NotAvailable: somebody else has its user name.
    """
    found = people.by_login(USER_NAME)
    if found is not None and found.email == _ADDRESS:
        return found
    with unit_of_work() as work:
        repository = PeopleRepository(work)
        number = repository.add(
            NewPerson(
                owner=hashlib.sha256(b"kubera command line").hexdigest(),
                kind="registered",
                role="investor",
                user_name=USER_NAME,
                user_name_key=USER_NAME,
                name="Command line",
                email=_ADDRESS,
                email_key=_ADDRESS,
                password_hash=passwords.hash_password(secrets.token_hex(32)),
                created_at=clock.now(),
                expires_at=None,
            )
        )
        if number is not None:
            repository.set_state(number, "deactivated", _WHY)
            account = people.get(number, work)
            activity.record(
                work,
                "account.built_in",
                actor=account,
                subject=activity.account_subject(number),
                after={"user_name": USER_NAME},
            )
            return account
    found = people.by_login(USER_NAME)  # another process was faster
    if found is None or found.email != _ADDRESS:
        raise NotAvailable(f"Somebody has the user name {USER_NAME}.", "Name the investor: --investor LOGIN.")
    return found
