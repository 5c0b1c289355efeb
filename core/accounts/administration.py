"""What admins do with accounts. Every function asks first whether the actor is (still) an admin.

Each change is logged with what was before and after, and told to the person by mail. Changes take the `version` the
actor saw: when somebody else changed the account since, nothing happens and `AlreadyChanged` is raised.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts import activity, passwords, people, sessions, validation
from core.accounts.authorisation import require_admin
from core.accounts.errors import AlreadyChanged, InvalidInput, NotAllowed
from core.accounts.model import Account, Kind, Origin, Page, Role, Session, State
from core.notices import outbox
from db.repositories.accounts_people import SORTS, ListedPerson, NewPerson, PeopleRepository
from db.session import read_session, unit_of_work

Sort = Literal["last_seen", "created", "user_name", "name", "role", "state"]

_MOST_PER_PAGE = 200
_LONGEST_SEARCH = 254


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account as the admins' list shows it.

    Attributes:
        reason: why it is deactivated; "" when it is not.
        last_seen_at: when a page was last asked for; None for never.
        sessions: in how many browsers they are signed in now.
        version: to be given back with a change.
    """

    account: Account
    reason: str
    last_seen_at: datetime | None
    sessions: int
    version: int


def users(
    actor: Account,
    *,
    search: str = "",
    role: Role | None = None,
    state: State | None = None,
    kind: Kind | None = None,
    sort: Sort = "last_seen",
    descending: bool = True,
    page: int = 1,
    size: int = 25,
) -> Page[UserRow]:
    """One page of accounts, sorted and filtered in the database.

    Args:
        search: a part of a user name, a name or an address.
        page: from 1; past the end it is empty.
        size: rows a page, 1 to 200.

    Raises:
        NotAllowed: the actor is no admin.
        InvalidInput: field "sort", "page" or "search".
    """
    require_admin(actor)
    if sort not in SORTS:
        raise InvalidInput("sort", f"Accounts cannot be sorted by {str(sort)[:40]!r}.", f"Use {', '.join(SORTS)}.")
    if not (1 <= size <= _MOST_PER_PAGE and 1 <= page <= 10**6):
        raise InvalidInput("page", "There is no such page.", f"Pages count from 1, with 1 to {_MOST_PER_PAGE} rows.")
    if len(search) > _LONGEST_SEARCH or not validation.storable(search):
        raise InvalidInput("search", "This cannot be looked for.", f"Use up to {_LONGEST_SEARCH} visible characters.")
    with read_session() as work:
        require_admin(actor, work)
        rows, total = PeopleRepository(work).listed(
            search=search.strip(),
            role=role,
            state=state,
            kind=kind,
            sort=sort,
            descending=descending,
            offset=(page - 1) * size,
            limit=size,
            at=clock.now(),
        )
    return Page(tuple(_row(one) for one in rows), total, page, size)


def user(actor: Account, account_id: int) -> UserRow:
    """One account.

    Raises:
        NotAllowed: the actor is no admin.
        InvalidInput: there is no such account.
    """
    require_admin(actor)
    with read_session() as work:
        require_admin(actor, work)
        found = PeopleRepository(work).listed_one(account_id, clock.now())
    if found is None:
        raise people.nobody(account_id)
    return _row(found)


def sessions_of(actor: Account, account_id: int) -> tuple[Session, ...]:
    """Where a person is signed in, the latest used first.

    Raises:
        NotAllowed: the actor is no admin.
        InvalidInput: there is no such account.
    """
    require_admin(actor)
    with read_session() as work:
        require_admin(actor, work)
        account = people.get(account_id, work)
    return sessions.sessions_of(account)


def set_role(
    actor: Account, account_id: int, role: Role, *, version: int | None = None, origin: Origin | None = None
) -> UserRow:
    """Make an investor an admin, or an admin an investor. A new admin is signed out, to come back with a second proof.

    Raises:
        NotAllowed: the actor is no admin; a demo account; oneself; the only admin.
        InvalidInput: no such account or role.
        AlreadyChanged: somebody else changed the account since `version`.
    """
    require_admin(actor)
    if role not in {"investor", "admin"}:
        raise InvalidInput("role", f"There is no role {str(role)[:40]!r}.", "Choose investor or admin.")
    with unit_of_work() as work:
        repository = PeopleRepository(work)
        admins = repository.lock_admins()
        account = _held(work, actor, account_id, version)
        if account.is_demo:
            raise NotAllowed("A demo account cannot become an admin.", "Choose a registered account.")
        if account.role == role:
            return _again(work, account_id)
        if role == "investor" and admins == (account_id,):
            raise NotAllowed("This is the only admin.", "Make somebody else an admin first.")
        repository.set_role(account_id, role)
        sessions.revoke_all(account_id, why=f"role {role}", work=work)
        _note(work, actor, account, "account.role_changed", {"role": account.role}, {"role": role}, origin)
        _tell(work, account, "role_changed", {"role": role})
        if role == "admin":
            _alert_admins(work, f"{actor.user_name} made {account.user_name} an admin.")
        return _again(work, account_id)


def deactivate(
    actor: Account, account_id: int, reason: str, *, version: int | None = None, origin: Origin | None = None
) -> UserRow:
    """Close an account; its person is signed out everywhere at once. Nothing of theirs is deleted.

    Raises:
        NotAllowed: the actor is no admin; oneself; the only admin.
        InvalidInput: no such account, or no reason.
        AlreadyChanged: somebody else changed the account since `version`.
    """
    require_admin(actor)
    why = validation.reason(reason)
    with unit_of_work() as work:
        repository = PeopleRepository(work)
        admins = repository.lock_admins()
        account = _held(work, actor, account_id, version)
        if account.state == "deactivated":
            return _again(work, account_id)
        if admins == (account_id,):
            raise NotAllowed("This is the only admin.", "Make somebody else an admin first.")
        repository.set_state(account_id, "deactivated", why)
        sessions.revoke_all(account_id, why="account deactivated", work=work)
        _note(
            work,
            actor,
            account,
            "account.deactivated",
            {"state": "active"},
            {"state": "deactivated", "reason": why},
            origin,
        )
        _tell(work, account, "account_deactivated", {"reason": why})
        return _again(work, account_id)


def reactivate(actor: Account, account_id: int, *, version: int | None = None, origin: Origin | None = None) -> UserRow:
    """Open a closed account again.

    Raises:
        NotAllowed: the actor is no admin.
        InvalidInput: no such account.
        AlreadyChanged: somebody else changed the account since `version`.
    """
    require_admin(actor)
    with unit_of_work() as work:
        account = _held(work, actor, account_id, version)
        if account.state == "active":
            return _again(work, account_id)
        PeopleRepository(work).set_state(account_id, "active", "")
        _note(work, actor, account, "account.reactivated", {"state": "deactivated"}, {"state": "active"}, origin)
        _tell(work, account, "account_reactivated", {})
        return _again(work, account_id)


def sign_out_everywhere(actor: Account, account_id: int, *, reason: str = "", origin: Origin | None = None) -> int:
    """End all sessions of a person; the number of them.

    Raises:
        NotAllowed: the actor is no admin.
        InvalidInput: no such account, or a reason that is none ("" for none).
    """
    require_admin(actor)
    why = validation.reason(reason) if reason else ""
    with unit_of_work() as work:
        account = _held(work, actor, account_id, None, oneself=True)
        ended = sessions.revoke_all(account_id, why="by an admin", work=work)
        _note(work, actor, account, "account.signed_out", None, {"sessions": ended, "reason": why or None}, origin)
        if ended:
            _tell(work, account, "signed_out_everywhere", {"reason": why or None})
    return ended


def create_admin(user_name: str, email: str, name: str, password: str) -> Account:
    """Make an account that is an admin: for whoever has the server's command line.

    Raises:
        InvalidInput: the field that will not do, or is taken.
    """
    chosen = validation.user_name(user_name, reserved=True)
    address = validation.email(email)
    shown = validation.name(name)
    passwords.check(password, user_name=chosen.shown, email=address.shown, name=shown)
    hashed = passwords.hash_password(password)
    now = clock.now()
    with unit_of_work() as work:
        repository = PeopleRepository(work)
        number = repository.add(
            NewPerson(
                owner=secrets.token_hex(32),
                kind="registered",
                role="admin",
                user_name=chosen.shown,
                user_name_key=chosen.key,
                name=shown,
                email=address.shown,
                email_key=address.key,
                password_hash=hashed,
                created_at=now,
                expires_at=None,
            )
        )
        if number is None:
            if repository.user_name_taken(chosen.key):
                raise InvalidInput("user_name", f"The user name {chosen.shown} is taken.", "Choose another one.")
            raise InvalidInput("email", "This address has an account.", "Choose another one, or make that an admin.")
        account = people.get(number, work)
        activity.record(
            work,
            "account.admin_created",
            actor=None,
            subject=activity.account_subject(number),
            after={"user_name": chosen.shown, "by": "command line"},
        )
        _alert_admins(work, f"{chosen.shown} was made an admin from the command line.")
    return account


def _held(work: Work, actor: Account, account_id: int, version: int | None, *, oneself: bool = False) -> Account:
    """The account to be changed, held until the unit of work ends, after the actor was found to be an admin still."""
    require_admin(actor, work)
    if account_id == actor.id and not oneself:
        raise NotAllowed("You cannot do this to your own account.", "Ask another admin.")
    found = PeopleRepository(work).lock(account_id)
    if found is None:
        raise people.nobody(account_id)
    person, present = found
    if version is not None and version != present:
        raise AlreadyChanged(
            f"Somebody else changed {person.user_name} since you looked.", "Look at the account again, then decide."
        )
    return people.account_of(person)


def _again(work: Work, account_id: int) -> UserRow:
    found = PeopleRepository(work).listed_one(account_id, clock.now())
    assert found is not None, "it is held by this unit of work"
    return _row(found)


def _row(found: ListedPerson) -> UserRow:
    return UserRow(
        people.account_of(found.person), found.state_reason, found.last_seen_at, found.sessions, found.version
    )


def _note(
    work: Work, actor: Account, account: Account, action: str, before: Any, after: Any, origin: Origin | None
) -> None:
    activity.record(
        work,
        action,
        actor=actor,
        subject=activity.account_subject(account.id),
        before=before,
        after=after,
        origin=origin,
    )


def _tell(work: Work, account: Account, kind: str, context: dict[str, Any]) -> None:
    now = clock.now()
    outbox.post(
        work,
        kind,
        to=account.email,
        account_id=account.id,
        key=f"{account.id}:{now.isoformat()}",
        context={"when": now, **context},
        name=account.name,
    )


def _alert_admins(work: Work, what: str) -> None:
    now = clock.now()
    for admin in PeopleRepository(work).admins():
        outbox.post(
            work,
            "security_alert",
            to=admin.email,
            account_id=admin.id,
            key=f"{admin.id}:{now.isoformat()}:{what[:60]}",
            context={"what": what, "when": now},
            name=admin.name,
        )
