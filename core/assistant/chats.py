"""Chats: an account's conversations with the analyst, kept until their owner deletes them.

A chat begins with its first question, so there are no empty ones. What is asked anew (edited, or tried again) takes
the place of what stood there and of what followed; both stay readable as earlier versions.

Asking is in `core.assistant.asking`, a chat as a file in `core.assistant.transcript`.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from core import clock
from core.accounts.errors import InvalidInput
from core.accounts.model import Account, Page
from core.assistant import documents
from core.assistant.documents import Kinds
from db.repositories.assistant import ChatRepository, StoredChat, StoredMessage
from db.session import read_session, unit_of_work

if TYPE_CHECKING:
    from core.assistant.answer import Answer

Role = Literal["user", "analyst"]
State = Literal["done", "writing", "stopped", "failed", "interrupted"]

LONGEST_QUESTION = 4_000
LONGEST_TITLE = 80
LONGEST_SEARCH = 100
MOST_PER_PAGE = 100
INTERRUPTED_AFTER = timedelta(seconds=20)
"""An answer whose writer has not been heard of for so long was broken off: its process ended."""

_TITLE_FROM_QUESTION = 56
_ANSWERS_KEPT = 200

# Characters that turn the direction of what follows: a text must not be able to rearrange the line it stands in.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation.

    Attributes:
        title: of its first question, or as its owner renamed it; untrusted text.
        version: grows with every change to the chat or its messages.
        questions: how many stand in it.
    """

    id: UUID
    title: str
    pinned: bool
    version: int
    created_at: datetime
    updated_at: datetime
    questions: int


@dataclass(frozen=True, slots=True)
class Message:
    """A question (role "user") or an answer ("analyst").

    Attributes:
        text: as typed, or the answer's Markdown; of an unfinished answer what there was.
        outcome: of an answer: answered, clarify, declined or not_found; "" until it is done.
        state: "interrupted" is an answer whose process ended while it was written.
        problem: why a "failed" one failed.
        replaces: the question this one was asked in place of.
        as_of: the moment the question is about, UTC; None is the present.
        good: what its owner thinks of an answer; None when they did not say.
    """

    id: int
    chat_id: UUID
    position: int
    role: Role
    text: str
    outcome: str
    state: State
    problem: str
    replaces: int | None
    as_of: datetime | None
    created_at: datetime
    good: bool | None
    reason: str


def listed(account: Account, text: str = "", *, number: int = 1, size: int = 20) -> Page[Chat]:
    """Chats whose title or messages contain a text, pinned ones first, then by what was said last.

    Args:
        number: which page, from 1.
        size: chats a page, at most 100.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    size = max(1, min(size, MOST_PER_PAGE))
    number = max(1, number)
    wanted = cleaned(text).strip()[:LONGEST_SEARCH]
    with read_session() as session:
        rows, total = ChatRepository(session, account.id).listed(wanted, size * (number - 1), size)
    return Page(tuple(_chat(row) for row in rows), total, number, size)


def get(account: Account, chat_id: UUID) -> Chat | None:
    """One of the account's chats; None when there is none of that id.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with read_session() as session:
        row = ChatRepository(session, account.id).get(chat_id)
    return None if row is None else _chat(row)


def messages(account: Account, chat_id: UUID) -> tuple[Message, ...]:
    """What stands in a chat now, in order; empty when the account has no such chat.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with read_session() as session:
        rows = ChatRepository(session, account.id).messages(chat_id)
    return tuple(message_of(row) for row in rows)


def earlier_versions(account: Account, chat_id: UUID) -> tuple[Message, ...]:
    """What stood in a chat before something was asked anew, the oldest first.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with read_session() as session:
        rows = ChatRepository(session, account.id).messages(chat_id, superseded=True)
    return tuple(message_of(row) for row in rows)


def answers(account: Account, of: Sequence[Message | StoredMessage]) -> dict[int, Answer]:
    """The whole answers, by number, of those messages of the account that have one this version can read.

    Answers do not change once they are done, so the ones read last are kept in memory.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    # Numbers are given anew when a backup is restored: owner and time tell such messages apart.
    keys = {one.id: (account.owner, one.id, one.created_at) for one in of if one.role == "analyst"}
    found: dict[int, Answer] = {}
    with _lock:
        for number, key in keys.items():
            if (kept := _kept.get(key)) is not None:
                _kept.move_to_end(key)
                found[number] = kept
    missing = [number for number in keys if number not in found]
    if not missing:
        return found
    with read_session() as session:
        stored = ChatRepository(session, account.id).answers(missing)
    for number, document in stored.items():
        try:
            found[number] = documents.read(document, kinds())
        except documents.Unreadable:
            continue  # of another version: its text is still shown
    with _lock:
        _kept.update({keys[number]: found[number] for number in stored if number in found})
        while len(_kept) > _ANSWERS_KEPT:
            _kept.popitem(last=False)
    return found


def rename(account: Account, chat_id: UUID, title: str) -> None:
    """Give a chat another title.

    Raises:
        InvalidInput: the title is empty or too long, or there is no such chat.
        DatabaseProblem: the database does not answer.
    """
    wanted = " ".join(cleaned(title).split())
    if not wanted:
        raise InvalidInput("title", "A chat needs a title.", "Type a word or two.")
    if len(wanted) > LONGEST_TITLE:
        raise InvalidInput("title", f"That title has {len(wanted)} characters.", f"Use at most {LONGEST_TITLE}.")
    with unit_of_work() as session:
        if not ChatRepository(session, account.id).change(chat_id, title=wanted):
            raise absent()


def pin(account: Account, chat_id: UUID, pinned: bool) -> None:
    """Keep a chat on top of the list, or let it go.

    Raises:
        InvalidInput: there is no such chat.
        DatabaseProblem: the database does not answer.
    """
    with unit_of_work() as session:
        if not ChatRepository(session, account.id).change(chat_id, pinned=pinned):
            raise absent()


def delete(account: Account, chat_id: UUID) -> None:
    """Delete a chat with everything in it, for good. An answer on its way is given up.

    Raises:
        InvalidInput: there is no such chat.
        DatabaseProblem: the database does not answer.
    """
    with unit_of_work() as session:
        if not ChatRepository(session, account.id).delete(chat_id):
            raise absent()
    _forget_kept(account)


def absent() -> InvalidInput:
    """The error of a chat that is not there, or is somebody else's: nobody learns which."""
    return InvalidInput("chat", "That chat is not there any more.", "Choose another one, or start a new one.")


def checked_question(text: str) -> str:
    """A question as it may be asked.

    Raises:
        InvalidInput: it is empty or too long.
    """
    question = cleaned(text).strip()
    if not question:
        raise InvalidInput("question", "There is no question yet.", "Type one, for example “How is TCS doing?”")
    if len(question) > LONGEST_QUESTION:
        raise InvalidInput(
            "question",
            f"That question has {len(question):,} characters; the analyst reads {LONGEST_QUESTION:,}.",
            "Shorten it, or ask in parts.",
        )
    return question


def title_of(question: str) -> str:
    """A chat's first title: its first question, cut at a word."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_FROM_QUESTION:
        return line
    cut = line[: _TITLE_FROM_QUESTION + 1].rsplit(" ", 1)[0][:_TITLE_FROM_QUESTION]
    return f"{cut.rstrip(',.;:')}…"


def cleaned(text: str) -> str:
    """A text without what no text of an investor needs: control characters, halves of characters, turned lines."""
    return "".join(
        one
        for one in text.replace("\r\n", "\n")
        if (one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cs", "Co", "Cn"}) and one not in _TURNING
    )


def message_of(row: StoredMessage) -> Message:
    """A stored message as others see it; an answer that nobody writes any more is "interrupted"."""
    state = row.state
    if state == "writing" and clock.now() - row.alive_at > INTERRUPTED_AFTER:
        state = "interrupted"
    return Message(
        id=row.id,
        chat_id=row.chat_id,
        position=row.position,
        role="user" if row.role == "user" else "analyst",
        text=row.text,
        outcome=row.outcome,
        state=_STATES[state],
        problem=row.problem,
        replaces=row.replaces,
        as_of=row.as_of,
        created_at=row.created_at,
        good=row.good,
        reason=row.reason or "",
    )


def kinds() -> Kinds:
    """Everything an answer is made of, for `core.assistant.documents`."""
    global _kinds  # noqa: PLW0603 - found once a process
    if _kinds is None:
        from core.assistant.answer import Answer

        _kinds = documents.kinds_of(Answer)
    return _kinds


def _forget_kept(account: Account) -> None:
    with _lock:
        for key in [key for key in _kept if key[0] == account.owner]:
            del _kept[key]


def _chat(row: StoredChat) -> Chat:
    return Chat(row.id, row.title, row.pinned, row.version, row.created_at, row.updated_at, row.questions)


_STATES: dict[str, State] = {
    "done": "done",
    "writing": "writing",
    "stopped": "stopped",
    "failed": "failed",
    "interrupted": "interrupted",
}
_kinds: Kinds | None = None
_kept: OrderedDict[tuple[str, int, datetime], Answer] = OrderedDict()
_lock = Lock()
