"""The outbox for admins: who may look, what a kind of mail says, and a line in the log for what is done to a mail."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from core.accounts import activity
from core.accounts.authorisation import require_admin
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.accounts.model import Account, Origin
from core.notices import outbox
from core.notices.errors import NothingToDo
from core.notices.kinds import kind_of
from core.notices.model import MailState, OutboxEntry, Page, Rendered
from core.notices.rendering import render
from db.session import unit_of_work


class _Act(Protocol):
    def __call__(self, number: int, *, session: Session | None = None) -> None: ...


def counts(actor: Account) -> dict[MailState, int]:
    """Mails by state.

    Raises:
        NotAllowed: the actor is no admin.
    """
    require_admin(actor)
    return outbox.counts()


def entries(actor: Account, *, state: MailState | None = None, page: int = 1, size: int = 25) -> Page[OutboxEntry]:
    """One page of the outbox, newest first.

    Raises:
        NotAllowed: the actor is no admin.
    """
    require_admin(actor)
    return outbox.entries(state=state, page=page, size=size)


def preview(actor: Account, number: int) -> Rendered:
    """What a mail of this one's kind says, with made-up values: what was really said is sealed, for admins too.

    Raises:
        NotAllowed: the actor is no admin.
        InvalidInput: there is no such mail.
    """
    require_admin(actor)
    found = outbox.entry(number)
    if found is None:
        raise InvalidInput("mail", f"There is no mail {number} in the outbox.", "It may have been deleted; look again.")
    return render(found.kind, kind_of(found.kind).sample())


def retry(actor: Account, number: int, *, origin: Origin | None = None) -> None:
    """Send a mail (again); see `core.notices.outbox.retry`.

    Raises:
        NotAllowed: the actor is no admin.
        AlreadyChanged: it cannot be sent as it stands now.
    """
    _logged(actor, number, "mail.retried", outbox.retry, origin)


def cancel(actor: Account, number: int, *, origin: Origin | None = None) -> None:
    """Keep a waiting mail from being sent.

    Raises:
        NotAllowed: the actor is no admin.
        AlreadyChanged: it does not wait any more.
    """
    _logged(actor, number, "mail.cancelled", outbox.cancel, origin)


def _logged(actor: Account, number: int, action: str, act: _Act, origin: Origin | None) -> None:
    with unit_of_work() as session:
        require_admin(actor, session)
        before = outbox.entry(number)
        try:
            act(number, session=session)
        except NothingToDo as error:
            raise AlreadyChanged(error.message, error.remedy) from error
        activity.record(
            session,
            action,
            actor=actor,
            subject=f"mail:{number}",
            before=None if before is None else {"state": before.state, "kind": before.kind},
            origin=origin,
        )
