"""The floor below which the analyst must not fall: on the questions it is tuned on, and on those it is not."""

from __future__ import annotations

import pytest

from core.assistant.answer import ask
from core.assistant.plan import plan
from tests.assistant.tools.desks import NOW, at, service
from tests.evals.measure import TODAY, Asking, Result, judge, score, wrong
from tests.evals.questions import Case, cases


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return [judge(case) for case in cases()]


def test_the_set_is_large_enough_and_a_third_of_it_is_held_back() -> None:
    held = [case for case in cases() if case.held_back]
    assert len(cases()) >= 300
    assert 0.25 < len(held) / len(cases()) < 0.42
    assert {case.kind for case in held} >= {"plain", "terse", "hinglish", "follow", "hostile"}


@pytest.mark.parametrize(("held_back", "floor"), [(False, 0.97), (True, 0.92)])
def test_questions_reach_the_right_tools(results: list[Result], held_back: bool, floor: float) -> None:
    some = [one for one in results if one.case.held_back == held_back]
    told = score(some)
    misses = [line for one in some if (line := wrong(one))]
    assert told.top1 >= floor, misses
    assert told.top3 >= floor + 0.02, misses
    assert told.symbols >= 0.98, misses
    assert told.outcome >= 0.98, misses
    assert told.args >= 0.9, misses


def test_nothing_is_done_that_was_not_asked_for(results: list[Result]) -> None:
    assert [wrong(one) for one in results if one.violation] == []


def _asking(case: Case) -> tuple:  # type: ignore[type-arg]
    earlier = (plan(case.after, today=TODAY).turn(case.after),) if case.after else ()
    found = ask(case.question, earlier=earlier, service=service())
    numbers = len(found.numbers) + len(found.ungrounded)
    return found.outcome, found.tools, found.symbols, found.ranked, numbers, len(found.ungrounded), found.text


def test_every_number_of_every_answer_is_in_the_evidence() -> None:
    asking: Asking = _asking
    some = [case for place, case in enumerate(cases()) if case.outcome == "answered" and place % 8 == 0]
    with at(NOW):
        told = [judge(case, asking) for case in some]
    assert sum(one.numbers for one in told) > 150
    assert [(one.case.question, one.said) for one in told if one.ungrounded] == []
