"""Who was refused by which limit, for admins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.accounts.authorisation import require_admin
from core.accounts.limit_rules import DEFINITIONS
from core.accounts.model import Account, Page
from db.repositories.limits import LimitRepository
from db.session import read_session


@dataclass(frozen=True, slots=True)
class Violation:
    """Somebody ran into a limit, `times` within one minute.

    Attributes:
        account_id, user_name: who it was, for prompt rules; None and "" for guards.
        subject: who it was as the guard knows them (`core.accounts.limits.shown`), or "account:ID".
    """

    id: int
    account_id: int | None
    user_name: str
    subject: str
    rule: str
    label: str
    most: int
    first_at: datetime
    last_at: datetime
    times: int


def violations(
    actor: Account,
    *,
    account_id: int | None = None,
    rule: str | None = None,
    page: int = 1,
    size: int = 25,
) -> Page[Violation]:
    """Who ran into which limit, newest first.

    Args:
        page: from 1; past the end is an empty page.
        size: 1 to 500.

    Raises:
        NotAllowed: the actor is no admin.
        DatabaseProblem: the database is away or busy.
    """
    require_admin(actor)
    number, rows_a_page = max(1, page), min(max(1, size), 500)
    with read_session() as session:
        rows, total = LimitRepository(session).violations(
            account_id=account_id, rule=rule, offset=(number - 1) * rows_a_page, limit=rows_a_page
        )
    return Page(
        tuple(
            Violation(
                row.id,
                row.account_id,
                row.user_name or "",
                row.subject,
                row.rule,
                DEFINITIONS[row.rule].label if row.rule in DEFINITIONS else row.rule,
                row.most,
                row.first_at,
                row.last_at,
                row.times,
            )
            for row in rows
        ),
        total,
        number,
        rows_a_page,
    )
