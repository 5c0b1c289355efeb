"""The whole way of a question: plan, run, narrate, check.

ask("TCS ka PE aur RSI", context=Context(investor=...)) -> Answer
for event in events("..."): ...      the same, as it happens, for a page
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter
from typing import Final, Literal
from zoneinfo import ZoneInfo

from core import __version__, clock, formats
from core.assistant import clarify
from core.assistant.conversation import Turn
from core.assistant.errors import AssistantError
from core.assistant.grounding import check
from core.assistant.model import PRESENT, Context, Display, ToolResult, Value
from core.assistant.narrate import Number, narrate
from core.assistant.plan import Call, Outcome, Plan, plan
from core.assistant.resolve import Doubt
from core.assistant.tools import TOOLS, result_json, run_as_finished
from core.assistant.tools.cards import CARDS
from core.market.model import Instrument
from core.market.service import Market, market
from db.session import DatabaseProblem

OFFLINE: Final = "offline"
_INDIA: Final = ZoneInfo("Asia/Kolkata")
_KEYS: Final = {
    "groq": "GROQ_API_KEY",
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "huggingface": "HF_TOKEN",
    "ollama": "OLLAMA_BASE_URL",
}


class ModelNotReady(AssistantError):
    """A model was asked for that cannot answer here. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an answer was made of, so that it can be made again.

    Attributes:
        model: "offline".
        version: of this program.
        as_of: the day or moment asked about, ISO 8601; "" for the present.
        asked_on: the day it was asked, in India, ISO.
        calls: tools with their arguments, as JSON.
        evidence: SHA-256 of the results, without timings and drawings.
    """

    model: str
    version: str
    as_of: str
    asked_on: str
    calls: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to the investor.

    Attributes:
        text: Markdown; texts of vendors in it are plain words.
        tools: the calls that were made, in order.
        symbols: instruments it speaks of, canonical.
        numbers: every figure of the text, where it stands and which value it is.
        ungrounded: numbers the gate could not find in the evidence; empty for an offline answer.
        suggestions: what to ask next.
        ms: from question to answer.
        manifest: None when nothing was run.
        ranked: every tool considered, best first.
    """

    text: str
    outcome: Outcome
    tools: tuple[Call, ...] = ()
    symbols: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    ungrounded: tuple[str, ...] = ()
    displays: tuple[Display, ...] = ()
    results: tuple[ToolResult, ...] = ()
    suggestions: tuple[str, ...] = ()
    ms: float = 0.0
    manifest: Manifest | None = None
    ranked: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()

    def turn(self, question: str) -> Turn:
        """This answer as an earlier turn of a conversation."""
        args: Mapping[str, object] = self.tools[0].args if self.tools else {}
        return Turn(question, self.symbols, self.wanted, self.outcome, self.text, args)

    def value(self, cite: str) -> Value | None:
        """The value a cite names."""
        return next((one for result in self.results for one in result.values if one.cite == cite), None)


@dataclass(frozen=True, slots=True)
class Step:
    """A tool begins or ends. `ms` is 0 until it has ended."""

    id: str
    tool: str
    args: Mapping[str, object]
    state: Literal["started", "done", "failed"]
    ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; the last event."""

    answer: Answer


Event = Step | Piece | Done


def ask(
    question: str,
    *,
    earlier: Sequence[Turn] = (),
    context: Context = PRESENT,
    model: str = OFFLINE,
    service: Market | None = None,
) -> Answer:
    """The answer to a question.

    Args:
        question: any text; what cannot be answered is told, never raised.
        earlier: the turns before it, oldest first.
        context: who asks, as of when, about which instruments.
        model: "offline".

    Raises:
        ModelNotReady: another model was asked for.
    """
    for event in events(question, earlier=earlier, context=context, model=model, service=service):
        if isinstance(event, Done):
            return event.answer
    raise AssertionError("events end with the answer")


def events(
    question: str,
    *,
    earlier: Sequence[Turn] = (),
    context: Context = PRESENT,
    model: str = OFFLINE,
    service: Market | None = None,
) -> Iterator[Event]:
    """The same as it happens: steps of the tools, pieces of the text, at last the answer. See `ask`."""
    if model != OFFLINE:
        raise ModelNotReady(_not_ready(model))
    started = perf_counter()
    source = service or market()
    planned = plan(
        question,
        earlier=earlier,
        today=_today(context),
        own=_own(source, context),
        scope=context.scope,
        available=frozenset(TOOLS),
    )
    if not planned.calls:
        yield Piece(planned.message)
        yield Done(_spoken(planned, started))
        return
    for call in planned.calls:
        yield Step(call.id, call.name, call.args, "started")
    results: dict[int, ToolResult] = {}
    asked = [(call.name, call.args) for call in planned.calls]
    for finished in run_as_finished(asked, context, service=source):
        results[finished.place] = finished.result
        call = planned.calls[finished.place]
        state: Literal["done", "failed"] = "failed" if finished.result.unavailable else "done"
        yield Step(call.id, call.name, call.args, state, finished.result.ms)
    answer = _answer(question, planned, tuple(results[place] for place in range(len(asked))), context, started)
    for paragraph in answer.text.split("\n\n"):
        yield Piece(f"{paragraph}\n\n")
    yield Done(answer)


def turn_of(question: str, context: Context = PRESENT) -> Turn:
    """A question as an earlier turn, understood but not answered: what it spoke of and which tools it wanted."""
    return plan(question, today=_today(context), scope=context.scope, available=frozenset(TOOLS)).turn(question)


def _answer(question: str, planned: Plan, results: tuple[ToolResult, ...], context: Context, started: float) -> Answer:
    with formats.written_as("auto"):
        told = narrate(results, purpose=planned.purpose, unknown=planned.unknown, question=question)
    outcome, text, suggestions = _outcome(question, planned, results, told.text)
    report = check(text, results, said=(question,)) if outcome == "answered" else None
    return Answer(
        text=text,
        outcome=outcome,
        tools=planned.calls,
        symbols=planned.symbols,
        numbers=told.numbers if text == told.text else (),
        ungrounded=tuple(one.text for one in report.ungrounded) if report is not None else (),
        displays=tuple(display for one in results for display in one.displays),
        results=results,
        suggestions=suggestions,
        ms=1000.0 * (perf_counter() - started),
        manifest=_manifest(planned, results, context),
        ranked=planned.ranked,
        wanted=planned.wanted,
    )


def _outcome(
    question: str, planned: Plan, results: tuple[ToolResult, ...], text: str
) -> tuple[Outcome, str, tuple[str, ...]]:
    """What became of the calls: when none found anything, why decides."""
    if any(not one.unavailable for one in results):
        return "answered", text, _next(planned)
    first = results[0]
    if first.choices:
        message, again = clarify.which(Doubt(_said(first), first.choices, 0, 0), question)
        return "clarify", message, again
    if first.unavailable.startswith("No instrument is called") or first.tool == "explain":
        return "not_found", text, planned.suggestions
    if "Sign in" in first.unavailable:
        return "clarify", text, planned.suggestions
    return "answered", text, _next(planned)


def _said(result: ToolResult) -> str:
    return str(result.args.get("symbol") or result.args.get("symbols") or "")


def _spoken(planned: Plan, started: float) -> Answer:
    return Answer(
        text=planned.message,
        outcome=planned.outcome,
        symbols=planned.symbols,
        suggestions=planned.suggestions,
        ms=1000.0 * (perf_counter() - started),
        ranked=planned.ranked,
        wanted=planned.wanted,
    )


_AFTER: Final = {
    "technical": ("get_support_resistance", "create_technical_chart", "get_valuation_metrics"),
    "financial": ("get_valuation_metrics", "get_quarterly_results", "get_technical_indicators"),
    "governance": ("get_fundamentals", "get_stock_news", "get_price_action"),
    "news": ("get_analyst_ratings", "get_price_action", "get_technical_indicators"),
    "visual": ("get_technical_indicators", "get_support_resistance", "get_price_action"),
    "strategy": ("run_backtest", "get_support_resistance", "get_price_action"),
    "desk": ("get_stock_news", "get_price_action", "get_valuation_metrics"),
}


def _next(planned: Plan) -> tuple[str, ...]:
    """Up to three questions that lead on from these calls."""
    if not planned.symbols:
        return ()
    done = {one.name for one in planned.calls}
    name = clarify.short(planned.symbols[0])
    group = CARDS[planned.calls[0].name].group
    ahead = [one for one in _AFTER[group] if one not in done and one in TOOLS]
    return tuple(f"{CARDS[one].title} of {name}" for one in ahead[:3])


def _manifest(planned: Plan, results: tuple[ToolResult, ...], context: Context) -> Manifest:
    calls = json.dumps([[one.name, dict(one.args)] for one in planned.calls], sort_keys=True, default=str)
    evidence = hashlib.sha256()
    for result in results:
        evidence.update(result_json(result, figures=False).encode())
    as_of = context.as_of.isoformat() if context.as_of is not None else ""
    return Manifest(OFFLINE, __version__, as_of, _today(PRESENT).isoformat(), calls, evidence.hexdigest())


def _today(context: Context) -> date:
    moment = context.as_of
    if isinstance(moment, datetime):
        return moment.astimezone(_INDIA).date()
    return moment if moment is not None else clock.now().astimezone(_INDIA).date()


def _own(source: Market, context: Context) -> tuple[Instrument, ...]:
    if context.owner is None:
        return ()
    try:
        return tuple(one for one in source.instruments(owner=context.owner) if one.owner is not None)
    except DatabaseProblem:
        return ()


def _not_ready(model: str) -> str:
    provider = model.partition(":")[0].strip().lower()
    if provider not in _KEYS:
        known = ", ".join(_KEYS)
        return f"“{model[:60]}” names no model. Use offline, or PROVIDER:ID with one of {known}."
    return (
        f"{model[:60]} cannot answer yet: answers by {provider} are not part of this version, and "
        f"need {_KEYS[provider]} "
        "to be set. Use --model offline."
    )
