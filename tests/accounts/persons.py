"""People for tests: made straight in the database where the way in is not what is tested."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy import select

from core import clock
from core.accounts import passwords, people, sessions, sign_in
from core.accounts.model import Account, Origin, Role, Session
from core.notices import outbox
from db.repositories.accounts_people import NewPerson, PeopleRepository
from db.session import unit_of_work
from db.tables.notices import OutgoingMail

T = TypeVar("T")

PASSWORD = "tidal lantern 47 orchard"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
HOME = Origin("203.0.113.7", FIREFOX, "a" * 64)
ELSEWHERE = Origin("198.51.100.9", CHROME, "b" * 64)


def person(user_name: str = "asha", *, role: Role = "investor", password: str = PASSWORD) -> Account:
    """A registered account with the address USER_NAME@example.com."""
    with unit_of_work() as work:
        number = PeopleRepository(work).add(
            NewPerson(
                owner=secrets.token_hex(32),
                kind="registered",
                role=role,
                user_name=user_name,
                user_name_key=user_name.casefold(),
                name=user_name.title(),
                email=f"{user_name}@example.com",
                email_key=f"{user_name}@example.com",
                password_hash=passwords.hash_password(password),
                created_at=clock.now(),
                expires_at=None,
            )
        )
        assert number is not None, f"{user_name} exists already"
        return people.get(number, work)


def signed_in(account: Account, origin: Origin = HOME) -> tuple[str, Session]:
    """A token and its session."""
    token = sessions.open_session(account, origin)
    session = sessions.lookup(token)
    assert session is not None
    return token, session


def at_home(account: Account, origin: Origin = HOME) -> None:
    """Let the account know this browser, by signing in with it."""
    outcome = sign_in.sign_in(account.user_name, PASSWORD, origin)
    assert isinstance(outcome, sign_in.Accepted)


def mailed_code(origin: Origin = HOME) -> str:
    """The code in the newest mail that this browser caused."""
    code = outbox.on_screen(origin.device)[0].code
    assert code is not None
    return code


def other_code(code: str) -> str:
    """A code that is not that one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def mails(account: Account | str) -> list[str]:
    """The kinds of mail an address got, oldest first."""
    address = account if isinstance(account, str) else account.email
    with unit_of_work() as work:
        return list(
            work.scalars(select(OutgoingMail.kind).where(OutgoingMail.recipient == address).order_by(OutgoingMail.id))
        )


def at_once(number: int, act: Callable[[int], T]) -> list[T | Exception]:
    """What comes of doing something in as many threads at the same moment: results, and errors as values."""
    ready = Barrier(number)

    def run(index: int) -> T | Exception:
        ready.wait()
        try:
            return act(index)
        except Exception as error:  # noqa: BLE001 - the outcome is what is looked at
            return error

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def of_kind(outcomes: list[Any], kind: type[T]) -> list[T]:
    """The outcomes of one type."""
    return [one for one in outcomes if isinstance(one, kind)]
