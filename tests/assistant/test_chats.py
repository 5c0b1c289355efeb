"""Chats: asked once, written in the background, stopped, broken off, asked anew, found again, nobody else's."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Work

from core.accounts import limits, passwords
from core.accounts.errors import AccountError, InvalidInput, LimitReached, NotAvailable
from core.accounts.model import Account
from core.assistant import asking, chats, documents, drafts, feedback, proofs, suggestions, transcript
from core.assistant.answer import Answer
from core.assistant.asking import StillWriting
from core.assistant.model import Series, Table, ToolResult, Value
from db.repositories.assistant import ChatRepository, NewMessage
from db.session import DatabaseAway, unit_of_work
from tests.accounts.persons import person
from tests.assistant.scripted import CITE, Analyst, answer, figure
from tests.conftest import HeldClock

MUMBAI = timezone(timedelta(hours=5, minutes=30))


@pytest.fixture
def analyst(db: Work, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Analyst]:
    """An analyst whose writer and whose test use the database one after the other; it beats when it is told to."""
    yield from scripted_analyst(monkeypatch)


def scripted_analyst(monkeypatch: pytest.MonkeyPatch) -> Iterator[Analyst]:
    monkeypatch.setattr(passwords, "WORK_FACTOR", 4)
    monkeypatch.setattr(asking, "_beating", True)
    scripted = Analyst()
    monkeypatch.setattr(asking, "narrate", scripted)
    yield scripted
    scripted.go.set()
    for number in list(asking._runs):
        asking.wait(number, 10)


@pytest.fixture
def asha(analyst: Analyst) -> Account:
    return person("asha")


def asked(account: Account, question: str = "How is TCS?", chat: UUID | None = None, **more: Any) -> asking.Asked:
    made = asking.ask(account, question, chat, **more)
    assert asking.wait(made.answer_id, 20)
    return made


def last(account: Account, chat: UUID) -> chats.Message:
    return chats.messages(account, chat)[-1]


# -- documents -------------------------------------------------------------------------------------------------------


def same(one: Any, other: Any) -> bool:
    """Equal in value and kind, NaN and arrays included."""
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
    if is_dataclass(one):
        names = [part.name for part in fields(one)]
        return type(one) is type(other) and all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, float):
        return isinstance(other, float) and ((math.isnan(one) and math.isnan(other)) or repr(one) == repr(other))
    if isinstance(one, tuple | list):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, MappingProxyType | dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


def through_json(document: Any) -> Any:
    """What jsonb does: keys in another order, whole numbers wherever a number has no decimals."""
    return json.loads(json.dumps(document, sort_keys=True, allow_nan=False))


any_text = st.text(st.characters(), max_size=12)
scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    any_text,
    st.dates(),
    st.datetimes(timezones=st.sampled_from([UTC, MUMBAI, None])),
)
values = st.builds(
    Value,
    any_text,
    scalar,
    any_text,
    any_text,
    any_text,
    st.one_of(st.none(), st.dates(), st.datetimes(timezones=st.just(UTC))),
    any_text,
    any_text,
    any_text,
)
arrays = st.one_of(
    st.lists(st.floats(), max_size=6).map(lambda one: np.array(one, dtype=np.float64)),
    st.lists(st.integers(-(2**62), 2**62), max_size=6).map(lambda one: np.array(one, dtype=np.int64)),
    st.just(np.array([[1.5, np.nan], [-0.0, np.inf]])),
)
nested = st.recursive(scalar, lambda one: st.one_of(st.lists(one, max_size=3), st.tuples(one, one)), max_leaves=6)
results = st.builds(
    ToolResult,
    any_text,
    st.dictionaries(any_text, nested, max_size=3).map(MappingProxyType),
    st.tuples(any_text),
    st.tuples(values, values),
    st.tuples(
        st.builds(lambda name, y: replace(figure(), series=(Series(name, ("a",), y),)), any_text, arrays),
        st.builds(lambda title, cell: Table(title, (), ((cell,),)), any_text, scalar),
    ),
    ms=st.floats(),
)


@settings(max_examples=40, deadline=None)
@given(results, any_text)
def test_an_answer_is_the_same_after_it_was_stored(result: ToolResult, said: str) -> None:
    whole = replace(answer(), text=said, results=(result,), displays=result.displays)
    found = documents.read(through_json(documents.written(whole)), chats.kinds())
    assert same(whole, found)
    assert found.displays[0].series[0].y is found.results[0].displays[0].series[0].y, "an array is written once"


def test_the_database_keeps_what_is_hard_to_keep(db: Work, clock: HeldClock) -> None:
    account = person("asha")
    hard = replace(answer(), text="half \ud800 and \x00", suggestions=("₹1,00,000 \u202e", ""), ms=1e22)
    hard = replace(hard, ungrounded=("-0.0",), results=(replace(hard.results[0], ms=-0.0), *hard.results))
    chat = uuid4()
    with unit_of_work() as work:
        repository = ChatRepository(work, account.id)
        repository.add(chat, "x", clock())
        number = repository.say(NewMessage(chat, 0, "analyst", "", "writing", None, None, clock()))
        document = documents.written(hard)
        assert repository.finish(number, state="done", text="", outcome="", problem="", answer=document)
    assert same(hard, chats.answers(account, chats.messages(account, chat))[number])


@pytest.mark.parametrize(
    "document",
    [
        {"$": "Nothing"},
        {"no": "kind"},
        {"$": "Value", "field": "rsi"},
        {"$": "day", "v": "yesterday"},
        {"$": "text", "b64": "%%%"},
        {"$": "array", "n": 3},
        {"$": "arrays", "all": [{"of": "object", "shape": [1], "b64": ""}], "v": None},
        {"$": "map", "v": [["only a key"]]},
    ],
)
def test_what_another_version_wrote_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(documents.Unreadable, match="stored answer"):
        documents.read(document, chats.kinds())


def test_a_field_added_later_gets_its_default_and_one_dropped_is_left_out() -> None:
    document = documents.written(Value("rsi", 1.0, "", "RSI", "", None, "demo", "1y", "cite"))
    del document["period"]
    document["colour"] = "red"
    assert documents.read(document, chats.kinds()) == Value("rsi", 1.0, "", "RSI", "", None, "demo", "", "cite")


# -- asking ----------------------------------------------------------------------------------------------------------


def test_a_question_begins_a_chat_and_its_answer_is_kept_whole(asha: Account, analyst: Analyst) -> None:
    made = asked(asha, "  How is TCS?\x00 ")
    chat = chats.get(asha, made.chat_id)
    assert chat is not None
    assert (chat.title, chat.questions, chat.pinned) == ("How is TCS?", 1, False)
    question, told = chats.messages(asha, made.chat_id)
    assert (question.id, question.role, question.text) == (made.question_id, "user", "How is TCS?")
    assert (told.id, told.state, told.outcome, told.text) == (made.answer_id, "done", "answered", analyst.says.text)
    assert same(chats.answers(asha, [told])[told.id], analyst.says)
    burst = next(one for one in made.standings if one.rule == "burst")
    assert burst.used == 1
    assert analyst.asked[0][2].investor == asha
    assert analyst.asked[0][2].session == str(made.chat_id)


def test_a_follow_up_knows_what_came_before(asha: Account, analyst: Analyst) -> None:
    chat = asked(asha, "RSI of TCS").chat_id
    asked(asha, "and its PE?", chat)
    question, earlier, context = analyst.asked[1]
    assert question == "and its PE?"
    assert [(turn.question, turn.symbols, turn.tools) for turn in earlier] == [
        ("RSI of TCS", ("TCS.NS",), ("get_rsi",))
    ]
    assert context.scope == ("TCS.NS",)
    assert [one.position for one in chats.messages(asha, chat)] == [0, 1, 2, 3]


def test_while_it_is_written_everybody_sees_how_far_it_is(asha: Account, analyst: Analyst) -> None:
    analyst.hold()
    made = asking.ask(asha, "RSI of TCS")
    assert analyst.begun.wait(20)
    now = asking.progress(asha, made.answer_id)
    assert now is not None
    assert [(step.tool, step.state) for step in now.steps] == [("get_rsi", "done")]
    assert (now.text, now.finished) == ("The ", False)
    assert last(asha, made.chat_id).state == "writing"
    assert asking.progress(person("ravi"), made.answer_id) is None, "nobody else sees it"
    analyst.go.set()
    assert asking.wait(made.answer_id, 20)
    assert last(asha, made.chat_id).state == "done"
    assert asking.progress(asha, made.answer_id) is None


def test_a_second_question_waits_for_the_first_answer(asha: Account, analyst: Analyst) -> None:
    analyst.hold()
    made = asking.ask(asha, "RSI of TCS")
    with pytest.raises(StillWriting, match="Wait for it, or stop it"):
        asking.ask(asha, "And MACD?", made.chat_id)
    burst = next(one for one in limits.standing(asha) if one.rule == "burst")
    assert burst.used == 1, "a refusal does not count"


def test_of_two_at_the_same_moment_one_is_taken(
    fresh_db: str, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for analyst in scripted_analyst(monkeypatch):
        one_is_taken(person("asha"), analyst)


def one_is_taken(asha: Account, analyst: Analyst) -> None:
    chat = asked(asha).chat_id
    analyst.hold()

    def ask(number: int) -> str:
        try:
            asking.ask(asha, f"question {number}", chat)
        except StillWriting:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(ask, range(4)))
    assert outcomes == ["refused", "refused", "refused", "taken"]
    assert len(chats.messages(asha, chat)) == 4


def test_what_is_stopped_stays_as_it_was(asha: Account, analyst: Analyst) -> None:
    analyst.hold()
    made = asking.ask(asha, "RSI of TCS")
    assert analyst.begun.wait(20)
    asking.stop(asha, made.answer_id)
    analyst.go.set()
    asking.wait(made.answer_id, 20)
    told = last(asha, made.chat_id)
    assert (told.state, told.text) == ("stopped", "The ")
    assert chats.answers(asha, [told]) == {}
    asked(asha, "And again", made.chat_id)
    assert [one.state for one in chats.messages(asha, made.chat_id)] == ["done", "stopped", "done", "done"]


def test_an_answer_whose_process_ended_is_seen_as_interrupted(
    asha: Account, analyst: Analyst, clock: HeldClock
) -> None:
    analyst.hold()
    made = asking.ask(asha, "RSI of TCS")
    clock.advance(chats.INTERRUPTED_AFTER)
    assert last(asha, made.chat_id).state == "writing"
    clock.advance(timedelta(seconds=1))
    assert last(asha, made.chat_id).state == "interrupted"
    asking.beat_once()
    assert last(asha, made.chat_id).state == "writing", "its writer is alive"
    clock.advance(timedelta(minutes=1))
    analyst.go.set()
    asking.wait(made.answer_id, 20)


def test_after_an_interruption_the_chat_goes_on(asha: Account, analyst: Analyst, clock: HeldClock) -> None:
    made = asked(asha)
    with unit_of_work() as work:  # as a process leaves it that was killed
        work.execute(text("UPDATE chat_messages SET state = 'writing', answer = NULL WHERE role = 'analyst'"))
    clock.advance(timedelta(minutes=5))
    assert last(asha, made.chat_id).state == "interrupted"
    asked(asha, "Again, please", made.chat_id)
    states = [(one.state, one.problem) for one in chats.messages(asha, made.chat_id)]
    assert states[1] == ("failed", "The desk was restarted while this was written.")
    assert states[3][0] == "done"


def test_what_was_deleted_meanwhile_is_given_up(asha: Account, analyst: Analyst) -> None:
    analyst.hold()
    made = asking.ask(asha, "RSI of TCS")
    run = asking._runs[made.answer_id]
    chats.delete(asha, made.chat_id)
    asking.beat_once()
    assert run.given_up.is_set()
    analyst.go.set()
    assert asking.wait(made.answer_id, 20)
    assert chats.get(asha, made.chat_id) is None


def test_a_fault_is_said_with_a_reference_and_costs_no_chat(asha: Account, analyst: Analyst) -> None:
    analyst.fails = RuntimeError("secret detail")
    made = asked(asha)
    told = last(asha, made.chat_id)
    assert told.state == "failed"
    assert "reference" in told.problem
    assert "secret" not in told.problem
    assert told.text == "The "
    analyst.fails = None
    asked(asha, "Again", made.chat_id)
    assert last(asha, made.chat_id).state == "done"


def test_a_database_that_restarts_costs_no_answer(
    asha: Account, analyst: Analyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst.hold()
    made = asking.ask(asha, "RSI of TCS")
    assert analyst.begun.wait(20)
    away = [DatabaseAway("Away.", "Wait."), DatabaseAway("Away.", "Wait.")]

    def unsteady() -> Any:
        if away:
            raise away.pop()
        return unit_of_work()

    monkeypatch.setattr(asking, "_STORING_WAIT_S", 0.0)
    monkeypatch.setattr(asking, "unit_of_work", unsteady)
    analyst.go.set()
    assert asking.wait(made.answer_id, 20)
    assert last(asha, made.chat_id).state == "done"


def test_a_full_limit_keeps_the_question_as_a_draft(asha: Account, analyst: Analyst) -> None:
    chat = asked(asha).chat_id
    for _ in range(9):
        limits.take(asha, "elsewhere")
    with pytest.raises(LimitReached) as refused:
        asking.ask(asha, "one too many", chat)
    assert refused.value.returns_at is not None
    assert len(chats.messages(asha, chat)) == 2
    assert drafts.load(asha, chat) == "one too many"
    with pytest.raises(LimitReached):
        asking.ask(asha, "in a new chat")
    assert drafts.load(asha, None) == "in a new chat"
    assert chats.listed(asha).total == 1, "no empty chat is left behind"


def test_a_question_that_is_sent_is_no_draft_any_more(asha: Account) -> None:
    chat = asked(asha).chat_id
    drafts.keep(asha, chat, "  later ")
    drafts.keep(asha, chat, "sooner")
    assert drafts.load(asha, chat) == "sooner"
    asked(asha, "sooner", chat)
    assert drafts.load(asha, chat) == ""
    drafts.keep(asha, None, "x")
    drafts.drop(asha, None)
    assert drafts.load(asha, None) == ""


@pytest.mark.parametrize(
    ("question", "says"),
    [("", "no question yet"), (" \x00\x07\u202e ", "no question yet"), ("x" * 50_000, "50,000 characters")],
)
def test_what_is_no_question_is_refused(asha: Account, question: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        asking.ask(asha, question)
    assert chats.listed(asha).total == 0


def test_a_process_that_is_full_says_so(asha: Account, analyst: Analyst, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_AT_ONCE", 0)
    with pytest.raises(NotAvailable, match="in a moment"):
        asking.ask(asha, "RSI of TCS")


# -- asking anew -----------------------------------------------------------------------------------------------------


def test_asking_anew_takes_the_place_and_keeps_what_was_there(asha: Account, analyst: Analyst) -> None:
    first = asked(asha, "RSI of TCS")
    asked(asha, "and MACD", first.chat_id)
    again = asked(asha, "RSI of Infosys", first.chat_id, instead_of=first.question_id)
    now = chats.messages(asha, first.chat_id)
    assert [(one.position, one.text) for one in now if one.role == "user"] == [(0, "RSI of Infosys")]
    assert now[0].replaces == first.question_id
    assert now[1].id == again.answer_id
    before = chats.earlier_versions(asha, first.chat_id)
    assert [one.text for one in before if one.role == "user"] == ["RSI of TCS", "and MACD"]
    assert analyst.asked[2][1] == (), "what is gone is not remembered"
    chat = chats.get(asha, first.chat_id)
    assert chat is not None
    assert chat.questions == 1


@pytest.mark.parametrize("which", ["an answer", "another chat's", "nobody's"])
def test_only_a_question_that_stands_there_can_be_asked_anew(asha: Account, which: str) -> None:
    here, there = asked(asha), asked(asha, "elsewhere")
    number = {"an answer": here.answer_id, "another chat's": there.question_id, "nobody's": 999_999}[which]
    with pytest.raises(InvalidInput, match="not there any more"):
        asking.ask(asha, "again", here.chat_id, instead_of=number)
    assert len(chats.messages(asha, here.chat_id)) == 2


# -- the list --------------------------------------------------------------------------------------------------------


def test_chats_are_found_by_what_was_said_pinned_ones_first(asha: Account, analyst: Analyst, clock: HeldClock) -> None:
    ids = []
    for question in ("RSI of TCS", "100% sure?", "Gold_prices"):
        clock.advance(timedelta(minutes=2))
        ids.append(asked(asha, question).chat_id)
    assert [one.id for one in chats.listed(asha).rows] == ids[::-1]
    chats.pin(asha, ids[0], True)
    assert [one.id for one in chats.listed(asha).rows] == [ids[0], ids[2], ids[1]]
    assert [one.id for one in chats.listed(asha, "GOLD").rows] == [ids[2]]
    assert [one.id for one in chats.listed(asha, "%").rows] == [ids[1]], "a percent sign is a percent sign"
    assert [one.id for one in chats.listed(asha, "_").rows] == [ids[2]]
    assert chats.listed(asha, "neutral").total == 3, "answers are searched, too"
    page = chats.listed(asha, number=2, size=2)
    assert (len(page.rows), page.total) == (1, 3)
    assert chats.listed(asha, "' OR 1=1 --").total == 0


def test_a_chat_is_renamed_pinned_and_deleted_for_good(asha: Account, db_rows: Callable[[], dict[str, int]]) -> None:
    made = asked(asha)
    feedback.judge(asha, made.answer_id, True)
    drafts.keep(asha, made.chat_id, "later")
    chats.rename(asha, made.chat_id, "  My\n  TCS  ")
    found = chats.get(asha, made.chat_id)
    assert found is not None
    assert found.title == "My TCS"
    for bad in ("", " \x00", "x" * 81):
        with pytest.raises(InvalidInput):
            chats.rename(asha, made.chat_id, bad)
    standing = chats.messages(asha, made.chat_id)
    assert chats.answers(asha, standing)
    chats.delete(asha, made.chat_id)
    assert set(db_rows().values()) == {0}
    assert chats.answers(asha, standing) == {}, "nor in memory"
    for act in (lambda: chats.delete(asha, made.chat_id), lambda: chats.pin(asha, made.chat_id, True)):
        with pytest.raises(InvalidInput, match="not there any more"):
            act()


@pytest.fixture
def db_rows(analyst: Analyst) -> Callable[[], dict[str, int]]:
    def count() -> dict[str, int]:
        with unit_of_work() as work:
            names = ("chats", "chat_messages", "chat_drafts", "answer_feedback")
            return {name: int(work.scalar(text(f"SELECT count(*) FROM {name}")) or 0) for name in names}

    return count


def test_every_change_is_noticed_by_another_tab(asha: Account) -> None:
    chat = asked(asha).chat_id

    def version() -> int:
        found = chats.get(asha, chat)
        assert found is not None
        return found.version

    seen = [version()]
    for act in (
        lambda: chats.pin(asha, chat, True),
        lambda: chats.rename(asha, chat, "New"),
        lambda: asked(asha, "More", chat),
    ):
        act()
        seen.append(version())
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("RSI of TCS", "RSI of TCS"),
        ("How\n is   it", "How is it"),
        ("word " * 40, "word word word word word word word word word word word…"),
        ("x" * 200, "x" * 56 + "…"),
    ],
)
def test_a_title_is_the_first_question_cut_at_a_word(question: str, title: str) -> None:
    assert chats.title_of(question) == title
    assert len(title) <= chats.LONGEST_TITLE


# -- nobody else's ---------------------------------------------------------------------------------------------------

Act = Callable[[ChatRepository, asking.Asked], object]
AT = datetime(2026, 11, 18, tzinfo=UTC)

ACTS: dict[str, Act] = {
    "add": lambda mine, ravis: mine.add(uuid4(), "mine", AT),
    "get": lambda mine, ravis: mine.get(ravis.chat_id),
    "hold": lambda mine, ravis: mine.hold(ravis.chat_id),
    "listed": lambda mine, ravis: mine.listed("", 0, 100),
    "change": lambda mine, ravis: mine.change(ravis.chat_id, title="mine", pinned=True),
    "touch": lambda mine, ravis: mine.touch(ravis.chat_id, AT),
    "delete": lambda mine, ravis: mine.delete(ravis.chat_id),
    "messages": lambda mine, ravis: (mine.messages(ravis.chat_id), mine.messages(ravis.chat_id, superseded=True)),
    "message": lambda mine, ravis: mine.message(ravis.answer_id),
    "answers": lambda mine, ravis: mine.answers([ravis.question_id, ravis.answer_id]),
    "say": lambda mine, ravis: mine.say(NewMessage(ravis.chat_id, 9, "user", "mine", "done", None, None, AT)),
    "supersede": lambda mine, ravis: mine.supersede(ravis.chat_id, 0),
    "finish": lambda mine, ravis: mine.finish(
        ravis.answer_id, state="failed", text="", outcome="", problem="", answer=None
    ),
    "draft": lambda mine, ravis: mine.draft(ravis.chat_id),
    "keep_draft": lambda mine, ravis: mine.keep_draft(ravis.chat_id, "mine", AT),
    "drop_draft": lambda mine, ravis: mine.drop_draft(ravis.chat_id),
    "judge": lambda mine, ravis: mine.judge(ravis.answer_id, False, "mine", AT),
    "unjudge": lambda mine, ravis: mine.unjudge(ravis.answer_id),
}

HELD_BY_KEYS = {"say"}
"""The keys of the tables refuse it; the others find nothing."""


def test_every_method_of_the_repository_is_tried_on_somebody_elses_chat(asha: Account, analyst: Analyst) -> None:
    methods = {name for name, _ in inspect.getmembers(ChatRepository, inspect.isfunction) if not name.startswith("_")}
    assert methods == set(ACTS)
    ravi = person("ravi")
    theirs = asked(ravi, "ravi asks about his secret stock")
    feedback.judge(ravi, theirs.answer_id, True, "ravi likes it")
    drafts.keep(ravi, theirs.chat_id, "ravi later")

    def all_of_ravis() -> str:
        with unit_of_work() as work:
            return repr(
                [
                    tuple(
                        work.execute(text(f"SELECT * FROM {name} WHERE account_id = :id ORDER BY 1"), {"id": ravi.id})
                    )
                    for name in ("chats", "chat_messages", "chat_drafts", "answer_feedback")
                ]
            )

    before = all_of_ravis()
    for name, act in ACTS.items():
        outcome: object = None
        refused = pytest.raises(IntegrityError, match="foreign key") if name in HELD_BY_KEYS else nullcontext()
        with refused, unit_of_work() as work:
            outcome = act(ChatRepository(work, asha.id), theirs)
        assert all_of_ravis() == before, name
        assert "ravi" not in repr(outcome), name


def test_services_do_not_say_whether_somebody_elses_chat_is_there(asha: Account, analyst: Analyst) -> None:
    ravi = person("ravi")
    theirs = asked(ravi, "ravi's")
    nobodys = uuid4()
    for act in (
        lambda chat: chats.rename(asha, chat, "x"),
        lambda chat: chats.delete(asha, chat),
        lambda chat: drafts.keep(asha, chat, "x"),
        lambda chat: asking.ask(asha, "x", chat),
    ):
        said = []
        for chat in (theirs.chat_id, nobodys):
            with pytest.raises(AccountError) as refused:
                act(chat)
            said.append(str(refused.value))
        assert said[0] == said[1]
    with pytest.raises(InvalidInput):
        asking.stop(asha, theirs.answer_id)
    assert chats.get(asha, theirs.chat_id) is None
    assert chats.messages(asha, theirs.chat_id) == ()
    assert chats.answers(asha, chats.messages(ravi, theirs.chat_id)) == {}


# -- feedback, evidence, files ---------------------------------------------------------------------------------------


def test_what_investors_think_is_kept_with_the_answer_and_names_nobody(asha: Account, clock: HeldClock) -> None:
    made = asked(asha, "RSI of TCS")
    feedback.judge(asha, made.answer_id, True)
    feedback.judge(asha, made.answer_id, False, " Wrong\nfigure ")
    told = last(asha, made.chat_id)
    assert (told.good, told.reason) == (False, "Wrong figure")
    (judged,) = feedback.judged(clock() - timedelta(days=1))
    assert (judged.question, judged.good, judged.reason) == ("RSI of TCS", False, "Wrong figure")
    assert "asha" not in repr(judged)
    with pytest.raises(InvalidInput):
        feedback.judge(asha, made.question_id, True)
    with pytest.raises(InvalidInput, match="600 characters"):
        feedback.judge(asha, made.answer_id, True, "x" * 600)
    feedback.withdraw(asha, made.answer_id)
    assert feedback.judged(clock() - timedelta(days=1)) == ()


def test_a_proof_says_what_a_number_is_of_when_and_from_whom() -> None:
    (proof,) = proofs.proofs(answer())
    assert (proof.text, proof.label, proof.shown, proof.about) == ("61.2", "RSI (14)", "61.23", "TCS.NS")
    assert (proof.source, proof.tool, proof.cite) == ("Simulated market", "get_rsi", CITE)
    assert "15:30 IST" in proof.when
    lone = replace(answer(), results=())
    (unknown,) = proofs.proofs(lone)
    assert (unknown.label, unknown.tool, unknown.cite) == ("", "get_rsi", CITE)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "INR", "—"),
        (3512.4, "INR", "₹3,512.40"),
        (1.2e13, "INR", "₹12.00 L Cr"),
        (-1.004, "%", "−1.00%"),
        (24.1, "x", "24.10x"),
        (12, "count", "12"),
        (1_234_567, "shares", "12.35 L"),
        (3, "days", "3 days"),
        (61.234, "index", "61.23"),
        ("oversold", "text", "oversold"),
        (True, "", "yes"),
        (date(2026, 11, 18), "date", "18 Nov 2026"),
        (float("nan"), "%", "—%"),
    ],
)
def test_values_are_written_as_they_are_read(value: Any, unit: str, words: str) -> None:
    assert proofs.shown(value, unit).replace("—%", "—") == words.replace("—%", "—")


def test_a_saved_chat_says_everything_and_executes_nothing(asha: Account, analyst: Analyst) -> None:
    made = asked(asha, "RSI of TCS? <script>alert(1)</script> [x](https://evil.example)")
    chat = chats.get(asha, made.chat_id)
    assert chat is not None
    standing = chats.messages(asha, made.chat_id)
    written = transcript.markdown(chat, standing, chats.answers(asha, standing), "Asia/Kolkata")
    assert "The RSI of TCS is 61.2, neutral." in written
    assert "| 61.2 | RSI (14) · TCS.NS | 61.23 | 15:30 IST | Simulated market | get\\_rsi |" in written
    assert "| Market value | ₹12.00 L Cr |" in written
    assert "RSI over 14 bars of TCS" in written
    assert "Prices are simulated" in written
    assert "One bar is missing." in written
    assert "not investment advice" in written or "investment advice" in written
    assert "\\<script\\>" in written
    assert "](https" not in written.replace("\\](https", "")


def test_a_chat_without_readable_answers_is_saved_with_their_texts(asha: Account, analyst: Analyst) -> None:
    made = asked(asha)
    chat = chats.get(asha, made.chat_id)
    assert chat is not None
    written = transcript.markdown(chat, chats.messages(asha, made.chat_id), {}, "Asia/Kolkata")
    assert "The RSI of TCS is 61.2, neutral." in written


@pytest.mark.parametrize(
    ("held", "first"),
    [
        ((), "How is the Nifty doing today?"),
        (("RELIANCE.NS", "TCS.NS"), "Compare Reliance with TCS over a year"),
        (("TCS.NS",), "How is TCS doing?"),
        (("UNKNOWN.NS",), "How is the Nifty doing today?"),
    ],
)
def test_suggestions_begin_with_what_the_investor_has(held: tuple[str, ...], first: str) -> None:
    found = suggestions.suggestions(held)
    assert found[0] == first
    assert len(found) == len(set(found)) == suggestions.MOST
    assert suggestions.suggestions(held, portfolio=True)[0] == "How is my portfolio doing?"


def test_an_answer_of_a_real_question_is_kept_the_same(
    fresh_db: str, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "WORK_FACTOR", 4)
    account = person("asha")
    made = asking.ask(account, "RSI of TCS")
    assert asking.wait(made.answer_id, 60)
    told = last(account, made.chat_id)
    assert told.state == "done", told.problem
    kept = chats.answers(account, [told])[told.id]
    assert isinstance(kept, Answer)
    assert kept.text == told.text
    assert kept.symbols == ("TCS.NS",)
    assert kept.numbers
    assert all(told.text[one.start : one.end] == one.text for one in kept.numbers)
    assert proofs.is_simulated(kept)
