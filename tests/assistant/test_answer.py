"""Whole answers on the simulated market: determinism, follow-ups, bad input, the past, events."""

from __future__ import annotations

from datetime import date

import pytest

from core.assistant.answer import Done, ModelNotReady, Piece, Step, ask, events, turn_of
from core.assistant.conversation import Turn
from core.assistant.model import Context
from tests.assistant.tools.desks import at, service


def test_the_same_question_on_the_same_day_has_the_same_answer_byte_for_byte() -> None:
    with at():
        first = ask("TCS ka PE aur RSI", service=service())
        second = ask("TCS ka PE aur RSI", service=service())
    assert first.text.encode() == second.text.encode()
    assert first.manifest == second.manifest
    assert [one.name for one in first.tools] == ["get_valuation_metrics", "get_rsi"]
    assert first.symbols == ("TCS.NS",)


def test_every_number_says_where_it_stands_and_what_it_is() -> None:
    with at():
        found = ask("price of Reliance", service=service())
    assert found.numbers
    for number in found.numbers:
        assert found.text[number.start : number.end] == number.text
        value = found.value(number.cite)
        assert value is not None
        assert value.symbol == "RELIANCE.NS"
    assert found.ungrounded == ()
    assert "Simulated" in found.text


def test_the_figure_that_was_asked_for_comes_first() -> None:
    with at():
        found = ask("debt to equity of Tata Steel", service=service())
    assert found.text.lower().startswith("the debt to equity of tata steel is ")
    assert found.numbers[0].cite.startswith("get_financial_ratios:TATASTEEL.NS:debt_to_equity")


def test_a_past_day_is_answered_with_what_was_known_then() -> None:
    with at():
        found = ask("TCS close and RSI", context=Context(as_of=date(2025, 6, 2)), service=service())
        now = ask("TCS close and RSI", service=service())
    assert found.text != now.text
    assert all("2026" not in str(one.as_of) for result in found.results for one in result.values)


def test_a_conversation_goes_on() -> None:
    with at():
        first = ask("RSI of TCS", service=service())
        then = ask("and its PE?", earlier=[first.turn("RSI of TCS")], service=service())
        compared = ask("compare it with Wipro", earlier=[then.turn("and its PE?")], service=service())
    assert [one.name for one in then.tools] == ["get_valuation_metrics"]
    assert then.symbols == ("TCS.NS",)
    assert compared.symbols == ("TCS.NS", "WIPRO.NS")


def test_the_question_before_is_understood_without_being_answered() -> None:
    assert turn_of("RSI of Nifty") == Turn(
        "RSI of Nifty", ("^NSEI",), ("get_rsi",), "answered", "", {"symbol": "^NSEI"}
    )


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ("", "clarify"),
        ("tata", "clarify"),
        ("x" * 50_000, "clarify"),
        ("\x00\x07 \ufffd", "clarify"),
        ("<img src=x onerror=alert(1)>", "clarify"),
        ("price of XYZQW", "not_found"),
        ("which stock will double for sure", "declined"),
        ("show my portfolio", "clarify"),
        ("alert me when TCS crosses 3500", "clarify"),
        ("hello", "answered"),
    ],
)
def test_what_cannot_be_answered_is_told(question: str, outcome: str) -> None:
    with at():
        found = ask(question, service=service())
    assert found.outcome == outcome
    assert found.text
    assert not found.displays


def test_words_of_vendors_are_plain_text() -> None:
    with at():
        found = ask("news on TCS", service=service())
    assert "<" not in found.text
    assert "“Simulated" in found.text


def test_events_tell_each_step_and_end_with_the_answer() -> None:
    with at():
        told = list(events("RSI and MACD of Titan", service=service()))
    steps = [one for one in told if isinstance(one, Step)]
    assert [(one.tool, one.state) for one in steps[:2]] == [("get_rsi", "started"), ("get_macd", "started")]
    assert {(one.tool, one.state) for one in steps[2:]} == {("get_rsi", "done"), ("get_macd", "done")}
    assert isinstance(told[-1], Done)
    answer = told[-1].answer
    assert "".join(one.text for one in told if isinstance(one, Piece)).strip() == answer.text


def test_a_model_that_is_not_there_says_what_is_missing() -> None:
    with pytest.raises(ModelNotReady, match="GROQ_API_KEY"):
        ask("hello", model="groq:openai/gpt-oss-120b")
    with pytest.raises(ModelNotReady, match="names no model"):
        ask("hello", model="nonsense")
