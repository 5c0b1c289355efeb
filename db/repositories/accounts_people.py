"""SQL about accounts: who there is, and the few changes an account sees.

Every method that reads or changes one account takes its id; nothing here decides who may ask (`core.accounts` does).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.tables.accounts import AccountRow, Authenticator, KnownDevice, SessionRow


@dataclass(frozen=True, slots=True)
class Person:
    """An account without secrets, in the order of `core.accounts.model.Account`."""

    id: int
    owner: str
    kind: str
    role: str
    user_name: str
    name: str
    email: str | None
    state: str
    created_at: datetime
    expires_at: datetime | None
    limits_exempt: bool
    totp: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with what is needed to let somebody in."""

    person: Person
    password_hash: str | None
    state_reason: str


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """An account as a list of accounts shows it."""

    person: Person
    state_reason: str
    last_seen_at: datetime | None
    sessions: int
    version: int


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What a new account is made of."""

    owner: str
    kind: str
    role: str
    user_name: str
    user_name_key: str
    name: str
    email: str | None
    email_key: str | None
    password_hash: str | None
    created_at: datetime
    expires_at: datetime | None


_TOTP = exists(
    select(Authenticator.account_id).where(
        Authenticator.account_id == AccountRow.id, Authenticator.confirmed_at.is_not(None)
    )
)
PERSON_COLUMNS: tuple[Any, ...] = (
    AccountRow.id,
    AccountRow.owner,
    AccountRow.kind,
    AccountRow.role,
    AccountRow.user_name,
    AccountRow.name,
    AccountRow.email,
    AccountRow.state,
    AccountRow.created_at,
    AccountRow.expires_at,
    AccountRow.limits_exempt,
    _TOTP.label("totp"),
)
_WIDTH = len(PERSON_COLUMNS)

_SORTS: dict[str, Any] = {
    "last_seen": AccountRow.last_seen_at,
    "created": AccountRow.created_at,
    "user_name": AccountRow.user_name_key,
    "name": func.lower(AccountRow.name),
    "role": AccountRow.role,
    "state": AccountRow.state,
}
SORTS = tuple(_SORTS)


def _alive(at: datetime) -> Any:
    """How many sessions of an account are good."""
    return (
        select(func.count())
        .where(SessionRow.account_id == AccountRow.id, SessionRow.idle_until > at, SessionRow.expires_at > at)
        .scalar_subquery()
    )


class PeopleRepository:
    """The table `accounts`, and the browsers known to each account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, account_id: int) -> Person | None:
        """One account."""
        row = self._session.execute(select(*PERSON_COLUMNS).where(AccountRow.id == account_id)).one_or_none()
        return None if row is None else Person(*row)

    def lock(self, account_id: int) -> tuple[Person, int] | None:
        """One account and its version, held until the unit of work ends."""
        row = self._session.execute(
            select(*PERSON_COLUMNS, AccountRow.version)
            .where(AccountRow.id == account_id)
            .with_for_update(of=AccountRow)
        ).one_or_none()
        return None if row is None else (Person(*row[:_WIDTH]), int(row[_WIDTH]))

    def lock_admins(self) -> tuple[int, ...]:
        """The ids of all active admins, held in one order: two changes of who is admin follow one another."""
        rows = self._session.scalars(
            select(AccountRow.id)
            .where(AccountRow.role == "admin", AccountRow.state == "active")
            .order_by(AccountRow.id)
            .with_for_update()
        )
        return tuple(rows)

    def admins(self) -> tuple[Person, ...]:
        """Active admins."""
        rows = self._session.execute(
            select(*PERSON_COLUMNS)
            .where(AccountRow.role == "admin", AccountRow.state == "active")
            .order_by(AccountRow.id)
        )
        return tuple(Person(*row) for row in rows)

    def credentials(
        self, *, account_id: int | None = None, user_name_key: str = "", email_key: str = ""
    ) -> Credentials | None:
        """One account by its id, its user name or its address, with its password's hash."""
        if account_id is not None:
            wanted = AccountRow.id == account_id
        elif email_key:
            wanted = AccountRow.email_key == email_key
        else:
            wanted = AccountRow.user_name_key == user_name_key
        row = self._session.execute(
            select(*PERSON_COLUMNS, AccountRow.password_hash, AccountRow.state_reason).where(wanted)
        ).one_or_none()
        return None if row is None else Credentials(Person(*row[:_WIDTH]), row[_WIDTH], row[_WIDTH + 1])

    def user_name_taken(self, key: str) -> bool:
        """Whether some account has this user name."""
        return bool(self._session.scalar(select(exists().where(AccountRow.user_name_key == key))))

    def email_taken(self, key: str) -> bool:
        """Whether some account has this address."""
        return bool(self._session.scalar(select(exists().where(AccountRow.email_key == key))))

    def add(self, new: NewPerson) -> int | None:
        """Make an account; None when its user name or address was taken meanwhile."""
        values = {field: getattr(new, field) for field in NewPerson.__slots__}
        number = self._session.scalar(
            insert(AccountRow)
            .values(
                **values,
                state="active",
                state_reason="",
                limits_exempt=False,
                version=1,
                password_changed_at=None if new.password_hash is None else new.created_at,
            )
            .on_conflict_do_nothing()
            .returning(AccountRow.id)
        )
        return None if number is None else int(number)

    def set_password(self, account_id: int, password_hash: str, at: datetime | None) -> None:
        """Keep another hash; `at` None when it is the same password at another cost."""
        values: dict[str, Any] = {"password_hash": password_hash}
        if at is not None:
            values["password_changed_at"] = at
        self._change(account_id, values)

    def set_name(self, account_id: int, name: str) -> None:
        """Change how the person is addressed."""
        self._change(account_id, {"name": name})

    def set_user_name(self, account_id: int, shown: str, key: str) -> None:
        """Change the user name. A name that is taken breaks the unit of work (IntegrityError)."""
        self._change(account_id, {"user_name": shown, "user_name_key": key})

    def set_email(self, account_id: int, shown: str, key: str) -> None:
        """Change the address. One that is taken breaks the unit of work (IntegrityError)."""
        self._change(account_id, {"email": shown, "email_key": key})

    def set_role(self, account_id: int, role: str) -> None:
        """Change what the person may do."""
        self._change(account_id, {"role": role, "version": AccountRow.version + 1})

    def set_state(self, account_id: int, state: str, reason: str) -> None:
        """Deactivate or reactivate."""
        self._change(account_id, {"state": state, "state_reason": reason, "version": AccountRow.version + 1})

    def seen(self, account_id: int, at: datetime) -> None:
        """Note that the person is there."""
        self._session.execute(
            update(AccountRow)
            .where(AccountRow.id == account_id, or_(AccountRow.last_seen_at.is_(None), AccountRow.last_seen_at < at))
            .values(last_seen_at=at)
        )

    def expired_demos(self, at: datetime, most: int) -> tuple[Person, ...]:
        """Demo accounts whose day is over, oldest first; those another process is deleting are left out."""
        rows = self._session.execute(
            select(*PERSON_COLUMNS)
            .where(AccountRow.expires_at <= at, AccountRow.kind != "registered")
            .order_by(AccountRow.expires_at)
            .limit(most)
            .with_for_update(of=AccountRow, skip_locked=True)
        )
        return tuple(Person(*row) for row in rows)

    def delete(self, account_id: int) -> bool:
        """Delete the account's own row, and with it every row that hangs on it; whether there was one."""
        gone = self._session.scalar(delete(AccountRow).where(AccountRow.id == account_id).returning(AccountRow.id))
        return gone is not None

    def know_device(self, account_id: int, device: str, label: str, at: datetime) -> tuple[bool, bool]:
        """Remember a browser; whether the account had been signed in with it, and whether it had been with any."""
        known = set(
            self._session.scalars(select(KnownDevice.device).where(KnownDevice.account_id == account_id).limit(1000))
        )
        self._session.execute(
            insert(KnownDevice)
            .values(account_id=account_id, device=device, label=label, first_seen_at=at, last_seen_at=at)
            .on_conflict_do_update(
                index_elements=[KnownDevice.account_id, KnownDevice.device], set_={"last_seen_at": at, "label": label}
            )
        )
        return device in known, bool(known)

    def knows_device(self, account_id: int, device: str) -> bool:
        """Whether the account was signed in with this browser before."""
        return bool(
            self._session.scalar(
                select(exists().where(KnownDevice.account_id == account_id, KnownDevice.device == device))
            )
        )

    def listed(
        self,
        *,
        search: str,
        role: str | None,
        state: str | None,
        kind: str | None,
        sort: str,
        descending: bool,
        offset: int,
        limit: int,
        at: datetime,
    ) -> tuple[tuple[ListedPerson, ...], int]:
        """A page of accounts, and how many there are in all. `search` finds parts of names and addresses.

        Raises:
            KeyError: no such `sort` (see `SORTS`).
        """
        column = _SORTS[sort]
        # The exact order of an index, or its reverse, so that a page of a hundred thousand is read, not sorted.
        order = [column.desc(), AccountRow.id.desc()] if descending else [column.asc(), AccountRow.id.asc()]
        if sort == "last_seen":
            order[0] = column.desc().nulls_last() if descending else column.asc().nulls_first()
        columns: list[Any] = [AccountRow.state_reason, AccountRow.last_seen_at, _alive(at), AccountRow.version]
        # The page is chosen by its numbers alone, so that the rows passed over are not counted sessions for; what a
        # search finds is counted on the way, as no index knows it.
        chosen: Any = select(AccountRow.id, func.count().over() if search else literal(0))
        chosen = self._filtered(chosen, search, role, state, kind).order_by(*order).offset(offset).limit(limit)
        page = chosen.subquery()
        rows = self._session.execute(
            select(*PERSON_COLUMNS, *columns, page.c[1]).join(page, page.c[0] == AccountRow.id).order_by(*order)
        ).all()
        listed = tuple(ListedPerson(Person(*row[:_WIDTH]), *row[_WIDTH : _WIDTH + 4]) for row in rows)
        if search and rows:
            return listed, int(rows[0][-1])
        counted = self._filtered(select(func.count()).select_from(AccountRow), search, role, state, kind)
        return listed, int(self._session.scalar(counted) or 0)

    def listed_one(self, account_id: int, at: datetime) -> ListedPerson | None:
        """One account as the list shows it."""
        row = self._session.execute(
            select(
                *PERSON_COLUMNS, AccountRow.state_reason, AccountRow.last_seen_at, _alive(at), AccountRow.version
            ).where(AccountRow.id == account_id)
        ).one_or_none()
        return None if row is None else ListedPerson(Person(*row[:_WIDTH]), *row[_WIDTH:])

    @staticmethod
    def _filtered(
        chosen: Select[Any], search: str, role: str | None, state: str | None, kind: str | None
    ) -> Select[Any]:
        if search:
            # The keys are without case already, which spares the slower comparison.
            wanted = search.casefold()
            chosen = chosen.where(
                or_(
                    AccountRow.user_name_key.contains(wanted, autoescape=True),
                    AccountRow.email_key.contains(wanted, autoescape=True),
                    func.lower(AccountRow.name).contains(search.lower(), autoescape=True),
                )
            )
        if role is not None:
            chosen = chosen.where(AccountRow.role == role)
        if state is not None:
            chosen = chosen.where(AccountRow.state == state)
        if kind is not None:
            chosen = chosen.where(AccountRow.kind == kind)
        return chosen

    def _change(self, account_id: int, values: dict[str, Any]) -> None:
        self._session.execute(update(AccountRow).where(AccountRow.id == account_id).values(**values))
