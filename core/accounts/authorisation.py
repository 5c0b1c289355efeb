"""Who may do what. Service functions call these first; a page that hides a button decides nothing."""

from __future__ import annotations

from sqlalchemy.orm import Session as Work

from core.accounts import people
from core.accounts.errors import NotAllowed
from core.accounts.model import Account
from db.repositories.accounts_people import PeopleRepository


def require_admin(actor: Account, work: Work | None = None) -> None:
    """Let only admins of the real system pass.

    Args:
        actor: who asks.
        work: the unit of work, to ask the database whether they still are: it may have changed since they were read.

    Raises:
        NotAllowed: the actor is no admin, or no longer.
    """
    if not actor.is_admin or actor.is_demo or (work is not None and not _still_admin(actor, work)):
        raise NotAllowed("Only an admin may do this.", "Ask one, or sign in as one.")


def require_self_or_admin(actor: Account, account_id: int, work: Work | None = None) -> None:
    """Let the account itself and admins pass.

    Raises:
        NotAllowed: the actor is somebody else.
    """
    if actor.id == account_id and actor.state == "active":
        return
    if not actor.is_admin or actor.is_demo or (work is not None and not _still_admin(actor, work)):
        raise NotAllowed("This belongs to somebody else.", "Sign in as them, or as an admin.")


def _still_admin(actor: Account, work: Work) -> bool:
    found = PeopleRepository(work).get(actor.id)
    return found is not None and people.account_of(found).is_admin
