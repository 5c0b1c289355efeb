"""What investors think of answers: up or down, with a reason. Kept for evaluation, with the answer it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core import clock
from core.accounts.errors import InvalidInput
from core.accounts.model import Account
from core.assistant.chats import cleaned
from db.repositories.assistant import ChatRepository, FeedbackRepository, Judged
from db.session import read_session, unit_of_work

LONGEST_REASON = 500
MOST_READ = 1_000

REASONS = ("Wrong figure", "Wrong stock", "Did not answer", "Hard to read", "Something else")
"""What is offered beside a thumb that points down."""


def judge(account: Account, message_id: int, good: bool, reason: str = "") -> None:
    """Say that an answer was good or bad; a second time replaces the first.

    Raises:
        InvalidInput: that is no answer of the account's, or the reason is too long.
        DatabaseProblem: the database does not answer.
    """
    why = " ".join(cleaned(reason).split())
    if len(why) > LONGEST_REASON:
        raise InvalidInput("reason", f"That reason has {len(why)} characters.", f"Use at most {LONGEST_REASON}.")
    with unit_of_work() as session:
        if not ChatRepository(session, account.id).judge(message_id, good, why, clock.now()):
            raise InvalidInput("message", "That answer is not there any more.", "Open the chat again.")


def withdraw(account: Account, message_id: int) -> None:
    """Take it back.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with unit_of_work() as session:
        ChatRepository(session, account.id).unjudge(message_id)


def judged(since: datetime, most: int = MOST_READ) -> Sequence[Judged]:
    """Judged answers with their questions since a moment (aware), the newest first, nobody named.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with read_session() as session:
        return FeedbackRepository(session).judged(since, max(1, min(most, MOST_READ)))
