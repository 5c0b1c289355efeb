"""The accounts of a ledger: opened, renamed, closed; never deleted, because their rows say what happened."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import get_args

from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts.model import Account as Investor
from core.portfolio.errors import AlreadyChanged, BadAccount, NotFound
from core.portfolio.model import Account, AccountKind
from core.portfolio.stored import account_of, stored_account
from db.repositories.portfolio_accounts import LedgerAccountRepository
from db.repositories.portfolio_scope import LedgerLock, Person
from db.session import read_session, unit_of_work

_CURRENCY = re.compile(r"[A-Z]{3,5}")
_NAME = 80
_MOST = 200


def accounts(investor: Investor) -> tuple[Account, ...]:
    """The investor's accounts, closed ones too, in the order they were opened."""
    with read_session() as work:
        return accounts_in(work, investor)


def accounts_in(work: Work, investor: Investor) -> tuple[Account, ...]:
    """The same within a unit of work."""
    return tuple(account_of(row) for row in LedgerAccountRepository(work, Person(investor.id)).all())


def open_account(investor: Investor, name: str, kind: AccountKind, currency: str, institution: str = "") -> Account:
    """Open an account.

    Raises:
        BadAccount: a name that is empty, too long or taken; an unknown kind; no currency; or there are 200 already.
    """
    wanted = _checked(Account(0, name, kind, currency, institution))
    with unit_of_work() as work:
        repository = LedgerAccountRepository(work, Person(investor.id))
        lock = LedgerLock(work, Person(investor.id))
        if len(repository.all()) >= _MOST:
            raise BadAccount("name", f"You have {_MOST} accounts already.", "Use one of them, or rename one.")
        row = repository.open(wanted.name, wanted.kind, wanted.currency, wanted.institution, clock.now())
        if row is None:
            raise _taken(wanted.name)
        lock.next_revision()
        return account_of(row)


def change_account(investor: Investor, account: Account) -> Account:
    """Give an account another name, kind, currency or institution, or open it again.

    Raises:
        BadAccount: as with `open_account`; or another currency, though rows have rates against the old one.
        NotFound: there is no such account.
        AlreadyChanged: it was changed since it was read.
    """
    wanted = _checked(account)
    with unit_of_work() as work:
        repository = LedgerAccountRepository(work, Person(investor.id))
        lock = LedgerLock(work, Person(investor.id))
        mine = {row.id: row for row in repository.all()}
        before = mine.get(wanted.id)
        if before is None:
            raise no_account(wanted.id)
        same_name = repository.named(wanted.name)
        if same_name is not None and same_name.id != wanted.id:
            raise _taken(wanted.name)
        if before.currency != wanted.currency and repository.has_rows(wanted.id):
            raise BadAccount(
                "currency",
                f"{before.name} has transactions with rates against {before.currency}.",
                f"Open another account in {wanted.currency} and transfer into it.",
            )
        row = repository.change(stored_account(wanted))
        if row is None:
            raise AlreadyChanged(f"{before.name} was changed in another tab.", "Look at it again, then change it.")
        lock.next_revision()
        return account_of(row)


def close_account(investor: Investor, account_id: int, version: int) -> Account:
    """Take no more rows for an account; its history stays. `change_account` with `closed=False` opens it again.

    Raises:
        NotFound: there is no such account.
        AlreadyChanged: it was changed since it was read.
    """
    for each in accounts(investor):
        if each.id == account_id:
            return change_account(investor, replace(each, closed=True, version=version))
    raise no_account(account_id)


def no_account(account_id: int) -> NotFound:
    """The error for a number that is none of the investor's."""
    return NotFound(f"There is no account {account_id} in this ledger.", "Choose one of your accounts, or open one.")


def _checked(account: Account) -> Account:
    account = replace(
        account,
        name=" ".join(account.name.split()),
        currency=account.currency.strip().upper(),
        institution=" ".join(account.institution.split()),
    )
    for field, text in (("name", account.name), ("institution", account.institution)):
        if len(text) > _NAME or any(unicodedata.category(each) in {"Cc", "Cs"} for each in text):
            raise BadAccount(
                field, f"The {field} is longer than {_NAME} characters, or cannot be shown.", "Shorten it."
            )
    if not account.name:
        raise BadAccount("name", "An account needs a name.", "Give it one, such as the broker's.")
    if account.kind not in get_args(AccountKind):
        raise BadAccount("kind", f"{account.kind!r} is no kind of account.", "Choose broker, bank or cash.")
    if not _CURRENCY.fullmatch(account.currency):
        raise BadAccount(
            "currency", f"{account.currency[:20]!r} is no currency.", "Give its three letters, as in INR or USD."
        )
    return account


def _taken(name: str) -> BadAccount:
    return BadAccount("name", f"You have an account named {name} already.", "Choose another name.")
