"""Looking people up."""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session as Work

from core.accounts import validation
from core.accounts.errors import InvalidInput
from core.accounts.model import Account, Kind, Role, State
from db.repositories.accounts_people import Credentials, PeopleRepository, Person
from db.session import read_session


def account_of(person: Person) -> Account:
    """A row of the database as the noun of this area."""
    return Account(
        id=person.id,
        owner=person.owner,
        kind=cast(Kind, person.kind),
        role=cast(Role, person.role),
        user_name=person.user_name,
        name=person.name,
        email=person.email,
        state=cast(State, person.state),
        created_at=person.created_at,
        expires_at=person.expires_at,
        limits_exempt=person.limits_exempt,
        totp=person.totp,
    )


def get(account_id: int, work: Work | None = None) -> Account:
    """The account of that number.

    Raises:
        InvalidInput: there is none.
    """
    if work is None:
        with read_session() as reading:
            return get(account_id, reading)
    found = PeopleRepository(work).get(account_id)
    if found is None:
        raise nobody(account_id)
    return account_of(found)


def nobody(account_id: int) -> InvalidInput:
    """The error for a number that is nobody's."""
    return InvalidInput("account", f"There is no account {account_id}.", "It may have been deleted; look at the list.")


def by_login(login: str) -> Account | None:
    """Whose user name or e-mail address this is; None when nobody's."""
    with read_session() as work:
        found = credentials_by_login(work, login)
    return None if found is None else account_of(found.person)


def credentials_by_login(work: Work, login: str) -> Credentials | None:
    """The account of a user name or an address, with its password's hash. Texts that can be neither are nobody's."""
    people = PeopleRepository(work)
    if "@" in login:
        key = validation.email_key(login)
        return people.credentials(email_key=key) if key else None
    if not login.strip() or len(login) > 4 * validation.USER_NAME_LENGTH[1] or not validation.storable(login):
        return None
    return people.credentials(user_name_key=validation.user_name_key(login))


def login_key(login: str) -> str:
    """What attempts to sign in are counted by: one key for all spellings of one login."""
    if "@" in login:
        return validation.email_key(login) or login.strip()[:254].casefold()
    return validation.user_name_key(login[:128])
