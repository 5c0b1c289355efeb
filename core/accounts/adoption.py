"""What a browser had before its person signed in becomes the account's: own files, chart layouts, watches."""

from __future__ import annotations

import re

from core.accounts import activity
from core.accounts.errors import NotAllowed
from core.accounts.model import Account
from db.repositories.accounts_adoption import AdoptionRepository
from db.session import unit_of_work

_OWNER = re.compile(r"[0-9a-f]{64}")


def adopt(account: Account, visitor_owner: str) -> int:
    """Hand everything of a browser's anonymous owner to the account; the number of files, layouts and watches.

    Where both have something of one name, the account's keeps it and the other becomes NAME_2 (files) or "NAME 2"
    (layouts). A second time there is nothing left to hand over.

    Args:
        visitor_owner: the owner the server derived from this browser's own cookie, 64 hex digits.

    Raises:
        NotAllowed: that is no browser's owner, but an account's.
    """
    if not _OWNER.fullmatch(visitor_owner):
        raise NotAllowed("This browser has no files of its own.", "Sign in again from the browser that has them.")
    if visitor_owner == account.owner:
        return 0
    with unit_of_work() as work:
        repository = AdoptionRepository(work, visitor_owner, account.owner)
        if repository.giver_is_an_account():
            raise NotAllowed("These files belong to another account.", "Sign in to it to see them.")
        handed = repository.hand_over()
        if handed.total:
            activity.record(
                work,
                "files.adopted",
                actor=account,
                subject=activity.account_subject(account.id),
                after={
                    "instruments": handed.instruments,
                    "layouts": handed.layouts,
                    "watches": handed.watches,
                    "renamed": len(handed.renamed),
                },
            )
    return handed.total
