"""SQL about chats: one account's, and nobody else's, whichever method is called.

`ChatRepository` is made for an account; `_chats` and `_messages` put its number into every statement.
`FeedbackRepository` reads across accounts, for evaluation alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db.tables.assistant import ChatRow, DraftRow, FeedbackRow, MessageRow


@dataclass(frozen=True, slots=True)
class StoredChat:
    """A row of `db.tables.assistant.ChatRow`; `questions` as they stand now."""

    id: UUID
    title: str
    pinned: bool
    version: int
    created_at: datetime
    updated_at: datetime
    questions: int


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A row of `db.tables.assistant.MessageRow` without its answer; `good` and `reason` of its feedback."""

    id: int
    chat_id: UUID
    position: int
    role: str
    text: str
    outcome: str
    state: str
    problem: str
    superseded: bool
    replaces: int | None
    as_of: datetime | None
    created_at: datetime
    alive_at: datetime
    good: bool | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What a message is made from."""

    chat_id: UUID
    position: int
    role: str
    text: str
    state: str
    replaces: int | None
    as_of: datetime | None
    created_at: datetime


class ChatRepository:
    """One account's chats."""

    def __init__(self, session: Session, account_id: int) -> None:
        self._session = session
        self._account_id = account_id

    # -- chats ---------------------------------------------------------------------------------------------------

    def add(self, chat_id: UUID, title: str, at: datetime) -> None:
        """Make an empty chat."""
        self._session.execute(
            insert(ChatRow).values(
                id=chat_id,
                account_id=self._account_id,
                title=title,
                pinned=False,
                version=0,
                created_at=at,
                updated_at=at,
            )
        )

    def get(self, chat_id: UUID) -> StoredChat | None:
        """One of the account's chats; None when there is none."""
        row = self._session.execute(self._listed().where(ChatRow.id == chat_id)).one_or_none()
        return None if row is None else StoredChat(*row)

    def hold(self, chat_id: UUID) -> bool:
        """Let others who change this chat wait until the unit of work ends. Whether there is such a chat."""
        found = self._session.execute(select(ChatRow.id).where(self._chats(), ChatRow.id == chat_id).with_for_update())
        return found.scalar() is not None

    def listed(self, text: str, offset: int, most: int) -> tuple[tuple[StoredChat, ...], int]:
        """Chats whose title or messages contain `text`, pinned ones first, then the newest; and how many there are."""
        matching = self._chats()
        if text:
            said = exists().where(
                self._messages(), MessageRow.chat_id == ChatRow.id, MessageRow.text.icontains(text, autoescape=True)
            )
            matching = and_(matching, or_(ChatRow.title.icontains(text, autoescape=True), said))
        total = int(self._session.scalar(select(func.count()).select_from(ChatRow).where(matching)) or 0)
        rows = self._session.execute(
            self._listed()
            .where(matching)
            .order_by(ChatRow.pinned.desc(), ChatRow.updated_at.desc(), ChatRow.id)
            .offset(offset)
            .limit(most)
        )
        return tuple(StoredChat(*row) for row in rows), total

    def change(self, chat_id: UUID, *, title: str | None = None, pinned: bool | None = None) -> bool:
        """Rename or pin; what is None stays. Whether there is such a chat."""
        values: dict[str, object] = {"version": ChatRow.version + 1}
        if title is not None:
            values["title"] = title
        if pinned is not None:
            values["pinned"] = pinned
        return self._changed(chat_id, values)

    def touch(self, chat_id: UUID, at: datetime) -> bool:
        """Note that something was said in a chat. Whether there is such a chat."""
        return self._changed(chat_id, {"version": ChatRow.version + 1, "updated_at": at})

    def delete(self, chat_id: UUID) -> bool:
        """Delete a chat with all of its messages. Whether there was one."""
        gone = self._session.execute(delete(ChatRow).where(self._chats(), ChatRow.id == chat_id).returning(ChatRow.id))
        return gone.scalar() is not None

    # -- messages ------------------------------------------------------------------------------------------------

    def messages(self, chat_id: UUID, *, superseded: bool = False) -> tuple[StoredMessage, ...]:
        """What stands in a chat, in its order; with `superseded` what stood there before, the oldest first."""
        order = (MessageRow.id,) if superseded else (MessageRow.position,)
        rows = self._session.execute(
            self._read()
            .where(self._messages(), MessageRow.chat_id == chat_id, MessageRow.superseded.is_(superseded))
            .order_by(*order)
        )
        return tuple(StoredMessage(*row) for row in rows)

    def message(self, message_id: int) -> StoredMessage | None:
        """One message of the account's; None when there is none."""
        row = self._session.execute(self._read().where(self._messages(), MessageRow.id == message_id)).one_or_none()
        return None if row is None else StoredMessage(*row)

    def answers(self, message_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The stored answers of those messages that have one."""
        rows = self._session.execute(
            select(MessageRow.id, MessageRow.answer).where(
                self._messages(), MessageRow.id.in_(message_ids), MessageRow.answer.is_not(None)
            )
        )
        return {int(number): answer for number, answer in rows if answer is not None}

    def say(self, new: NewMessage) -> int:
        """Add a message; its number."""
        number: int | None = self._session.scalar(
            insert(MessageRow)
            .values(
                chat_id=new.chat_id,
                account_id=self._account_id,
                position=new.position,
                role=new.role,
                text=new.text,
                outcome="",
                state=new.state,
                problem="",
                superseded=False,
                replaces=new.replaces,
                answer=None,
                as_of=new.as_of,
                created_at=new.created_at,
                alive_at=new.created_at,
            )
            .returning(MessageRow.id)
        )
        assert number is not None
        return number

    def supersede(self, chat_id: UUID, position: int) -> None:
        """Take what stands at a position and behind it out of the chat; it stays as an earlier version."""
        self._session.execute(
            update(MessageRow)
            .where(self._messages(), MessageRow.chat_id == chat_id, MessageRow.position >= position)
            .values(superseded=True)
        )

    def finish(
        self, message_id: int, *, state: str, text: str, outcome: str, problem: str, answer: dict[str, Any] | None
    ) -> bool:
        """End an answer that is being written; False when it was ended already, which then stands."""
        done = self._session.execute(
            update(MessageRow)
            .where(self._messages(), MessageRow.id == message_id, MessageRow.state == "writing")
            .values(state=state, text=text, outcome=outcome, problem=problem, answer=answer)
            .returning(MessageRow.id)
        )
        return done.scalar() is not None

    # -- drafts --------------------------------------------------------------------------------------------------

    def draft(self, chat_id: UUID | None) -> str:
        """The question not sent yet in a chat, or (None) in a new one; "" for none."""
        return self._session.scalar(select(DraftRow.text).where(self._drafts(chat_id))) or ""

    def keep_draft(self, chat_id: UUID | None, text: str, at: datetime) -> None:
        """Keep a question in place of the one kept before. The chat must be the account's own."""
        values = {"account_id": self._account_id, "chat_id": chat_id, "text": text, "updated_at": at}
        key = DraftRow.account_id if chat_id is None else DraftRow.chat_id
        where = DraftRow.chat_id.is_(None) if chat_id is None else DraftRow.chat_id.is_not(None)
        self._session.execute(
            upsert(DraftRow)
            .values(values)
            .on_conflict_do_update(
                index_elements=[key],
                index_where=where,
                set_={"text": text, "updated_at": at},
                where=DraftRow.account_id == self._account_id,
            )
        )

    def drop_draft(self, chat_id: UUID | None) -> None:
        """Forget it."""
        self._session.execute(delete(DraftRow).where(self._drafts(chat_id)))

    # -- feedback ------------------------------------------------------------------------------------------------

    def judge(self, message_id: int, good: bool, reason: str, at: datetime) -> bool:
        """Keep what the investor thinks of an answer; whether it is an answer of theirs."""
        owned = self._session.scalar(
            select(MessageRow.id).where(self._messages(), MessageRow.id == message_id, MessageRow.role == "analyst")
        )
        if owned is None:
            return False
        told = {"good": good, "reason": reason, "created_at": at}
        self._session.execute(
            upsert(FeedbackRow)
            .values(message_id=message_id, account_id=self._account_id, **told)
            .on_conflict_do_update(
                index_elements=[FeedbackRow.message_id], set_=told, where=FeedbackRow.account_id == self._account_id
            )
        )
        return True

    def unjudge(self, message_id: int) -> None:
        """Forget what the investor thought of an answer."""
        self._session.execute(
            delete(FeedbackRow).where(FeedbackRow.message_id == message_id, FeedbackRow.account_id == self._account_id)
        )

    # -- the one place that says whose ---------------------------------------------------------------------------

    def _chats(self) -> ColumnElement[bool]:
        return ChatRow.account_id == self._account_id

    def _messages(self) -> ColumnElement[bool]:
        return MessageRow.account_id == self._account_id

    def _drafts(self, chat_id: UUID | None) -> ColumnElement[bool]:
        which = DraftRow.chat_id.is_(None) if chat_id is None else DraftRow.chat_id == chat_id
        return and_(DraftRow.account_id == self._account_id, which)

    def _changed(self, chat_id: UUID, values: dict[str, object]) -> bool:
        changed = self._session.execute(
            update(ChatRow).where(self._chats(), ChatRow.id == chat_id).values(values).returning(ChatRow.id)
        )
        return changed.scalar() is not None

    def _listed(self) -> Select[Any]:
        questions = (
            select(func.count())
            .where(MessageRow.chat_id == ChatRow.id, MessageRow.role == "user", MessageRow.superseded.is_(False))
            .scalar_subquery()
        )
        return select(
            ChatRow.id,
            ChatRow.title,
            ChatRow.pinned,
            ChatRow.version,
            ChatRow.created_at,
            ChatRow.updated_at,
            questions,
        ).where(self._chats())

    def _read(self) -> Select[Any]:
        columns = [getattr(MessageRow, name) for name in StoredMessage.__slots__ if name not in {"good", "reason"}]
        return select(*columns, FeedbackRow.good, FeedbackRow.reason).outerjoin(
            FeedbackRow, FeedbackRow.message_id == MessageRow.id
        )


class WritingRepository:
    """Answers on their way, of any account, for the process that writes them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def alive(self, message_ids: Sequence[int], at: datetime) -> frozenset[int]:
        """Say that these are still being written; those of them that still are."""
        rows = self._session.execute(
            update(MessageRow)
            .where(MessageRow.id.in_(message_ids), MessageRow.state == "writing")
            .values(alive_at=at)
            .returning(MessageRow.id)
        )
        return frozenset(int(number) for number in rows.scalars())


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged answer with its question, without saying whose."""

    question: str
    answer: str
    outcome: str
    good: bool
    reason: str
    created_at: datetime


class FeedbackRepository:
    """What investors thought of answers, for evaluation. Nobody's name is read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def judged(self, since: datetime, most: int) -> tuple[Judged, ...]:
        """Judged answers with their questions, the newest first."""
        question = MessageRow.__table__.alias("question")
        rows = self._session.execute(
            select(
                question.c.text,
                MessageRow.text,
                MessageRow.outcome,
                FeedbackRow.good,
                FeedbackRow.reason,
                FeedbackRow.created_at,
            )
            .join(MessageRow, MessageRow.id == FeedbackRow.message_id)
            .join(
                question,
                and_(
                    question.c.chat_id == MessageRow.chat_id,
                    question.c.id
                    == select(func.max(question.c.id))
                    .where(
                        question.c.chat_id == MessageRow.chat_id,
                        question.c.role == "user",
                        question.c.id < MessageRow.id,
                    )
                    .correlate(MessageRow)
                    .scalar_subquery(),
                ),
            )
            .where(FeedbackRow.created_at >= since)
            .order_by(FeedbackRow.created_at.desc(), FeedbackRow.message_id.desc())
            .limit(most)
        )
        return tuple(Judged(*row) for row in rows)
