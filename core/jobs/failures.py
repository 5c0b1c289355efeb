"""Telling admins that something needs them: a job that gave up, a log that was changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.accounts.activity import Verification
from core.accounts.errors import AccountError
from core.market.errors import MarketError
from core.market.redaction import redact
from core.notices import outbox
from core.notices.errors import NoticeError
from core.secrets import SecretKeyProblem
from core.settings import SettingsError
from db.copies import CopyProblem
from db.repositories.accounts_people import PeopleRepository
from db.session import DatabaseProblem, unit_of_work

OURS = (AccountError, CopyProblem, DatabaseProblem, MarketError, NoticeError, SecretKeyProblem, SettingsError)
"""Errors whose words are made for people; those of others may hold rows, addresses or keys, and are not shown."""

_LONGEST = 500


def in_words(error: BaseException) -> str:
    """An error in words that may be kept and mailed."""
    if isinstance(error, OURS):
        return redact(str(error))[:_LONGEST]
    return f"{type(error).__name__}; the log of the worker says where."


def tell_of_failure(task: str, error: str, attempts: int) -> None:
    """Write to every admin that a job gave up; at most once a task and hour.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    now = clock.now()
    with unit_of_work() as session:
        _tell(session, "job_failed", f"{task}:{now:%Y-%m-%dT%H}", now, job=task, error=error, attempts=attempts)


def tell_of_tampering(found: Verification) -> None:
    """Write to every admin that the activity log is not whole; once for each row it is broken at.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    now = clock.now()
    with unit_of_work() as session:
        _tell(
            session,
            "security_alert",
            f"log:{found.first_bad}:{found.rows}",
            now,
            what="The activity log is not whole.",
            details=[["Found", found.what], ["Rows that are whole", f"{found.rows:,}"]],
        )


def _tell(session: Session, kind: str, key: str, now: datetime, **context: Any) -> None:
    for admin in PeopleRepository(session).admins():
        outbox.post(
            session,
            kind,
            to=admin.email,
            account_id=admin.id,
            key=f"{key}:{admin.id}",
            context={"when": now, **context},
            name=admin.name,
        )
