"""Ending one session of somebody, for admins."""

from __future__ import annotations

from uuid import UUID

from core.accounts import activity, people
from core.accounts.authorisation import require_admin
from core.accounts.errors import InvalidInput
from core.accounts.model import Account, Origin
from core.accounts.sessions import CHANNEL
from db.repositories.accounts_sessions import SessionRepository
from db.session import unit_of_work


def end_session(actor: Account, account_id: int, session_id: UUID, *, origin: Origin | None = None) -> None:
    """Sign one browser of somebody out; its tab shows the sign-in page within a second.

    Raises:
        InvalidInput: there is no such account, or it has no such session any more.
        NotAllowed: the actor is no admin.
    """
    require_admin(actor)
    with unit_of_work() as work:
        require_admin(actor, work)
        account = people.get(account_id, work)
        if not SessionRepository(work, CHANNEL).end_one(account.id, session_id):
            raise InvalidInput("session", "That browser is not signed in any more.", "Look at the list again.")
        activity.record(
            work,
            "account.session_ended",
            actor=actor,
            subject=activity.account_subject(account.id),
            after={"sessions": 1},
            origin=origin,
        )
