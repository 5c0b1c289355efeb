"""Questions that could not be sent (a limit was reached, the database was away), kept until they are.

A draft belongs to a chat, or (None) to the one that has not begun.
"""

from __future__ import annotations

from uuid import UUID

from core import clock
from core.accounts.model import Account
from core.assistant.chats import LONGEST_QUESTION, absent, cleaned
from db.repositories.assistant import ChatRepository
from db.session import read_session, unit_of_work


def load(account: Account, chat_id: UUID | None) -> str:
    """The draft; "" for none.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with read_session() as session:
        return ChatRepository(session, account.id).draft(chat_id)


def keep(account: Account, chat_id: UUID | None, text: str) -> None:
    """Keep a text in place of the one kept before; an empty one is no draft. What is too long is cut.

    Raises:
        InvalidInput: the account has no such chat.
        DatabaseProblem: the database does not answer.
    """
    wanted = cleaned(text).strip()[:LONGEST_QUESTION]
    with unit_of_work() as session:
        chats = ChatRepository(session, account.id)
        if chat_id is not None and not chats.hold(chat_id):
            raise absent()
        if wanted:
            chats.keep_draft(chat_id, wanted, clock.now())
        else:
            chats.drop_draft(chat_id)


def drop(account: Account, chat_id: UUID | None) -> None:
    """Forget the draft.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with unit_of_work() as session:
        ChatRepository(session, account.id).drop_draft(chat_id)
