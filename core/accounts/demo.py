"""Throw-away accounts for people who look around: one click, no form, deleted after a day. Only if KUBERA_ENV=demo."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from core import clock
from core.accounts import activity, limits, own_data, people
from core.accounts.errors import NotAvailable
from core.accounts.model import Account, Kind, Origin
from core.settings import get_settings
from db.repositories.accounts_people import NewPerson, PeopleRepository
from db.session import unit_of_work

LASTS = timedelta(hours=24)
_BATCH = 50


def create_visitor(origin: Origin) -> Account:
    """An account of a demo visitor, invisible to every other.

    Raises:
        NotAvailable: this is production.
        LimitReached: too many from this address.
    """
    return _create("demo_visitor", "visitor", "Visitor", origin)


def create_admin_visitor(origin: Origin) -> Account:
    """An account to try the admin page with: an isolated view that never touches real people. Towards everything else
    it is an investor's.

    Raises:
        NotAvailable: this is production.
        LimitReached: too many from this address.
    """
    return _create("demo_admin", "demo", "Demo admin", origin)


def available() -> bool:
    """Whether this installation lets people look around."""
    return get_settings().app.env == "demo"


def remove_expired(now: datetime) -> int:
    """Delete demo accounts whose day is over, with everything that was theirs; the number of accounts."""
    removed = 0
    while True:
        with unit_of_work() as work:
            over = PeopleRepository(work).expired_demos(now, _BATCH)
            for person in over:
                own_data.erase(work, people.account_of(person), why="demo over")
            removed += len(over)
        if len(over) < _BATCH:
            return removed


def _create(kind: Kind, prefix: str, title: str, origin: Origin) -> Account:
    if not available():
        raise NotAvailable("There are no demo visitors here: this is production (KUBERA_ENV).", "Sign in or register.")
    if origin.ip:
        limits.guard("demo_ip", origin.ip)
    now = clock.now()
    with unit_of_work() as work:
        repository = PeopleRepository(work)
        number: int | None = None
        digits = 4
        while number is None:  # a short name may be taken; a longer one hardly
            mark = secrets.token_hex(8)[:digits]
            digits = min(digits + 2, 16)
            number = repository.add(
                NewPerson(
                    owner=secrets.token_hex(32),
                    kind=kind,
                    role="investor",
                    user_name=f"{prefix}-{mark}",
                    user_name_key=f"{prefix}-{mark}",
                    name=f"{title} {mark}",
                    email=None,
                    email_key=None,
                    password_hash=None,
                    created_at=now,
                    expires_at=now + LASTS,
                )
            )
        account = people.get(number, work)
        activity.record(
            work,
            "account.demo_created",
            actor=account,
            subject=f"account:{number}",
            after={"kind": kind},
            origin=origin,
        )
        return account
