"""Asking in a chat: the question is stored at once, the answer is written in the background.

    asked = ask(account, "How is TCS doing?", chat_id)      # counts against the limits
    progress(asked.answer_id)                               # steps and text so far, while it is being written here
    stop(account, asked.answer_id)

The writer belongs to the process, not to the page: a reload, a second tab or a closed browser changes nothing. Its row
says "writing" and, every few seconds, that it is still alive; when the process ends in between, readers see an
interrupted answer that can be asked again. What was stopped, or deleted, elsewhere is given up here.
"""

from __future__ import annotations

import itertools
import logging
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from core import clock, formats
from core.accounts import limits, preferences
from core.accounts.errors import AccountError, AlreadyChanged, InvalidInput, LimitReached, NotAvailable
from core.accounts.limits import Standing
from core.accounts.model import Account
from core.assistant import chats, documents
from core.assistant.model import Context
from db.repositories.assistant import ChatRepository, NewMessage, StoredMessage, WritingRepository
from db.session import DatabaseProblem, read_session, unit_of_work

if TYPE_CHECKING:
    from core.assistant.answer import Answer, Event, Step
    from core.assistant.conversation import Turn

MOST_AT_ONCE = 64
"""Answers one process writes at the same time."""

TURNS_READ = 8
"""How many of the last questions and answers the analyst remembers."""

_BEAT_S = 5.0
_STORING_TRIES = 30
_STORING_WAIT_S = 1.0

log = logging.getLogger(__name__)


class StillWriting(AlreadyChanged):
    """The chat's last answer is still being written."""

    def __init__(self) -> None:
        super().__init__("The analyst is still answering in this chat.", "Wait for it, or stop it first.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was taken.

    Attributes:
        standings: where the account stands with its limits now.
    """

    chat_id: UUID
    question_id: int
    answer_id: int
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an answer is: the latest of each step in order, the text so far, whether it is stored."""

    steps: tuple[Step, ...]
    text: str
    finished: bool


@dataclass(slots=True)
class _Run:
    """One answer on its way in this process."""

    account_id: int
    message_id: int
    steps: list[Step] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    given_up: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, step: Step) -> None:
        with self.lock:
            for place, one in enumerate(self.steps):
                if one.id == step.id:
                    self.steps[place] = step
                    return
            self.steps.append(step)

    def text(self) -> str:
        with self.lock:
            return "".join(self.pieces)


_lock = threading.Lock()
_runs: dict[int, _Run] = {}
_beating = False


def ask(
    account: Account,
    question: str,
    chat_id: UUID | None = None,
    *,
    instead_of: int | None = None,
    as_of: datetime | None = None,
) -> Asked:
    """Ask, and have the answer written in the background.

    Args:
        chat_id: where; None begins a chat.
        instead_of: the number of a question in that chat: the new one takes its place, and what followed it goes.
        as_of: only what was known then is used; aware. None is the present.

    Raises:
        InvalidInput: the question is empty or too long, or the chat (or `instead_of`) is not there.
        LimitReached: too many questions; this one is kept as a draft.
        StillWriting: the chat's last answer is not done.
        NotAvailable: this process writes as many answers as it can.
        DatabaseProblem: the database does not answer; nothing was asked.
    """
    wanted = chats.checked_question(question)
    if as_of is not None and as_of.tzinfo is None:
        raise ValueError("a moment to ask about needs a timezone")
    place = chat_id or uuid4()
    _room()
    if chat_id is not None:
        with read_session() as session:
            _position(ChatRepository(session, account.id), chat_id, instead_of)
    try:
        standings = limits.take(account, str(place))
    except LimitReached:
        _keep_draft(account, chat_id, wanted)
        raise
    preferred = preferences.load(account).number_format
    at = clock.now()
    before: tuple[StoredMessage, ...] = ()
    position = 0
    with unit_of_work() as session:
        repository = ChatRepository(session, account.id)
        if chat_id is None:
            repository.add(place, chats.title_of(wanted), at)
        else:
            if not repository.hold(place):
                raise chats.absent()
            position, before = _position(repository, place, instead_of)
            for broken in (one for one in before if one.state == "writing"):
                repository.finish(broken.id, state="failed", text=broken.text, outcome="", problem=_BROKEN, answer=None)
            if instead_of is not None:
                repository.supersede(place, position)
                before = tuple(one for one in before if one.position < position)
        new = NewMessage(place, position, "user", wanted, "done", instead_of, as_of, at)
        question_id = repository.say(new)
        answer_id = repository.say(
            replace(new, position=position + 1, role="analyst", text="", state="writing", replaces=None)
        )
        repository.touch(place, at)
        repository.drop_draft(chat_id)
    earlier = turns(account, before)
    context = Context(
        as_of=as_of,
        investor=account,
        scope=next((one.symbols for one in reversed(earlier) if one.symbols), ()),
        number_format=preferred,
        session=str(place),
    )
    _start(account, answer_id, wanted, earlier, context)
    return Asked(place, question_id, answer_id, standings)


_BROKEN = "The desk was restarted while this was written."


def progress(account: Account, message_id: int) -> Progress | None:
    """How far an answer of the account's is; None when this process does not write it."""
    with _lock:
        run = _runs.get(message_id)
    if run is None or run.account_id != account.id:
        return None
    with run.lock:
        return Progress(tuple(run.steps), "".join(run.pieces), run.finished.is_set())


def wait(message_id: int, seconds: float) -> bool:
    """Wait until an answer is stored, at most so long; True when this process writes none of that number."""
    with _lock:
        run = _runs.get(message_id)
    return run is None or run.finished.wait(seconds)


def stop(account: Account, message_id: int) -> None:
    """End an answer that is being written, here or in another process; what there is of it stays.

    Raises:
        InvalidInput: that is no answer of the account's.
        DatabaseProblem: the database does not answer.
    """
    with _lock:
        run = _runs.get(message_id)
    here = run is not None and run.account_id == account.id
    text = run.text() if run is not None and here else ""
    with unit_of_work() as session:
        repository = ChatRepository(session, account.id)
        message = repository.message(message_id)
        if message is None or message.role != "analyst":
            raise InvalidInput("message", "That answer is not there any more.", "Open the chat again.")
        repository.finish(message_id, state="stopped", text=text, outcome="", problem="", answer=None)
        repository.touch(message.chat_id, clock.now())
    if run is not None and here:
        run.given_up.set()
        run.finished.set()


def turns(account: Account, standing: Sequence[StoredMessage]) -> tuple[Turn, ...]:
    """The last finished questions and answers, for the analyst to follow up."""
    pairs = [
        (asked, answered)
        for asked, answered in itertools.pairwise(standing)
        if asked.role == "user" and answered.role == "analyst" and answered.state == "done"
    ][-TURNS_READ:]
    known = chats.answers(account, [answered for _, answered in pairs])
    return tuple(known[answered.id].turn(asked.text) for asked, answered in pairs if answered.id in known)


def narrate(question: str, *, earlier: Sequence[Turn], context: Context) -> Iterator[Event]:
    """Steps, pieces of text, the answer."""
    from core.assistant.answer import events

    yield from events(question, earlier=earlier, context=context)


def _position(
    repository: ChatRepository, chat_id: UUID, instead_of: int | None
) -> tuple[int, tuple[StoredMessage, ...]]:
    """Where the next question stands, and what stands there now; refuses while an answer is on its way."""
    standing = repository.messages(chat_id)
    if not standing:
        raise chats.absent()
    if any(chats.message_of(one).state == "writing" for one in standing):
        raise StillWriting
    if instead_of is None:
        return standing[-1].position + 1, standing
    asked = next((one for one in standing if one.id == instead_of and one.role == "user"), None)
    if asked is None:
        raise InvalidInput("message", "That question is not there any more.", "Open the chat again.")
    return asked.position, standing


def _keep_draft(account: Account, chat_id: UUID | None, question: str) -> None:
    from core.assistant import drafts

    try:
        drafts.keep(account, chat_id, question)
    except (AccountError, DatabaseProblem) as error:  # the limit is what must be told
        log.warning("A question of account %d was not kept as a draft: %s", account.id, error)


def _room() -> None:
    with _lock:
        full = len(_runs) >= MOST_AT_ONCE
    if full:
        raise NotAvailable("The analyst is answering as many questions as it can.", "Ask again in a moment.")


def _start(account: Account, message_id: int, question: str, earlier: Sequence[Turn], context: Context) -> None:
    global _beating
    run = _Run(account.id, message_id)
    with _lock:
        _runs[message_id] = run
        beat, _beating = not _beating, True
    threading.Thread(
        target=_write, args=(run, account, question, earlier, context), name=f"answer-{message_id}", daemon=True
    ).start()
    if beat:
        threading.Thread(target=_beat, name="answers-beat", daemon=True).start()


def _write(run: _Run, account: Account, question: str, earlier: Sequence[Turn], context: Context) -> None:
    try:
        with formats.written_as(_style(context)):
            answer = _told(run, question, earlier, context)
        if answer is not None:
            _store(run, account, "done", answer.text, answer.outcome, "", documents.written(answer))
        elif not run.given_up.is_set():
            _store(run, account, "failed", run.text(), "", "The answer ended before it was complete.", None)
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("answer %d failed, reference %s", run.message_id, reference)
        problem = f"The analyst could not finish this answer. The log has the details under reference {reference}."
        _store(run, account, "failed", run.text(), "", problem, None)
    finally:
        with _lock:
            _runs.pop(run.message_id, None)
        run.finished.set()


def _style(context: Context) -> formats.NumberStyle:
    return next((style for style in formats.NUMBER_STYLES if style == context.number_format), "auto")


def _told(run: _Run, question: str, earlier: Sequence[Turn], context: Context) -> Answer | None:
    from core.assistant.answer import Done, Piece, Step

    for event in narrate(question, earlier=earlier, context=context):
        if run.given_up.is_set():
            return None
        match event:
            case Step():
                run.note(event)
            case Piece():
                with run.lock:
                    run.pieces.append(event.text)
            case Done():
                return event.answer
    return None


def _store(
    run: _Run, account: Account, state: str, text: str, outcome: str, problem: str, answer: dict[str, Any] | None
) -> None:
    """Store how it ended, patiently: a database that restarts must not cost an answer."""
    for attempt in range(_STORING_TRIES):
        try:
            with unit_of_work() as session:
                repository = ChatRepository(session, account.id)
                message = repository.message(run.message_id)
                if message is not None and repository.finish(
                    run.message_id,
                    state=state,
                    text=chats.cleaned(text),
                    outcome=outcome,
                    problem=problem,
                    answer=answer,
                ):
                    repository.touch(message.chat_id, clock.now())
        except DatabaseProblem as error:
            log.warning("Answer %d is not stored yet (try %d): %s", run.message_id, attempt + 1, error)
            time.sleep(_STORING_WAIT_S)
        else:
            return
    log.error("Answer %d could not be stored; its readers will see it as interrupted.", run.message_id)


def _beat() -> None:
    """Say every few seconds which answers are still being written here, and give up those that ended elsewhere."""
    global _beating  # noqa: PLW0603 - one beat a process
    while True:
        time.sleep(_BEAT_S)
        with _lock:
            running = list(_runs.values())
            if not running:
                _beating = False
                return
        beat_once(running)


def beat_once(running: Sequence[_Run] | None = None) -> None:
    """One beat; `running` are this process's answers on their way."""
    if running is None:
        with _lock:
            running = list(_runs.values())
    if not running:
        return
    try:
        with unit_of_work() as session:
            alive = WritingRepository(session).alive([one.message_id for one in running], clock.now())
    except DatabaseProblem as error:
        log.warning("Answers on their way could not be noted as alive: %s", error)
        return
    for one in running:
        if one.message_id not in alive:
            one.given_up.set()
