"""The analyst's command: `ask "QUESTION"`, or `ask --batch FILE` with one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from core.assistant.model import Context
from core.market.errors import InputError

_LONGEST_LINE = 200_000


def register(app: typer.Typer) -> None:
    """Add the analyst's command."""
    app.command("ask")(ask)


def ask(
    question: Annotated[str | None, typer.Argument(help="What you want to know, in your own words.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="The question asked before this one.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="As known at the end of this day, YYYY-MM-DD.")] = None,
    model: Annotated[str, typer.Option("--model", help="offline, or PROVIDER:ID.")] = "offline",
    batch: Annotated[
        Path | None, typer.Option("--batch", help="A file with one JSON object a line: id, q and perhaps after.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Ask the analyst. Every figure of the answer names the value it comes from."""
    from core.assistant import answer
    from core.assistant.errors import AssistantError
    from core.market.cli import answer as exit_codes

    with exit_codes():
        known = _day(as_of)
        if (question is None) == (batch is None):
            raise InputError("Give a question, or --batch with a file of questions; not both.")
        if batch is not None and not batch.is_file():
            raise InputError(f"{batch}: there is no such file. Check the path.")
        if model != answer.OFFLINE:
            try:
                next(answer.events("", model=model))
            except AssistantError as error:
                raise InputError(str(error)) from None
        _boot()
        from core.portfolio.imports.local_investor import local_investor

        context = Context(as_of=known, investor=local_investor())
        if batch is not None:
            for line in _answers(batch, context):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            return
        assert question is not None
        document = _document(question, after, context)
        if as_json:
            sys.stdout.write(f"{json.dumps(document, ensure_ascii=False)}\n")
        else:
            sys.stdout.write(f"{document['answer']}\n")


def _answers(batch: Path, context: Context) -> Iterator[str]:
    """One JSON document a line; a line that cannot be read has its error, and the rest goes on."""
    with batch.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            text = raw[:_LONGEST_LINE].decode("utf-8", errors="replace").strip().lstrip("\ufeff")
            if not text:
                continue
            yield json.dumps(_line(text, number, context), ensure_ascii=False)


def _line(text: str, number: int, context: Context) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return {"id": None, "error": f'Line {number} is no JSON object. Write it as {{"id": 1, "q": "..."}}.'}
    if not isinstance(given, dict):
        return {"id": None, "error": f'Line {number} is no JSON object. Write it as {{"id": 1, "q": "..."}}.'}
    name = given.get("id")
    question, after = given.get("q"), given.get("after")
    if not isinstance(question, str):
        return {"id": name, "error": f"Line {number} has no question: “q” must be a text."}
    if after is not None and not isinstance(after, str):
        return {"id": name, "error": f"Line {number}: “after” must be a text, the question asked before."}
    return {"id": name, **_document(question, after, context)}


def _document(question: str, after: str | None, context: Context) -> dict[str, Any]:
    from core.assistant.answer import ask as answer_to
    from core.assistant.tools.document import plain

    found = answer_to(question, earlier=_earlier(after, context), context=context)
    return {
        "answer": found.text,
        "outcome": found.outcome,
        "tools": [{"id": one.id, "name": one.name, "args": plain(one.args)} for one in found.tools],
        "symbols": list(found.symbols),
        "numbers": [{"text": one.text, "value": one.value, "cite": one.cite} for one in found.numbers],
        "ungrounded": list(found.ungrounded),
        "ms": round(found.ms, 1),
    }


def _earlier(after: str | None, context: Context) -> tuple[Any, ...]:
    """The question before as a turn: what it spoke of and asked for; it is not answered again."""
    if not after or not after.strip():
        return ()
    from core.assistant.answer import turn_of

    return (turn_of(after, context),)


def _day(given: str | None) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise InputError(f"--as-of: “{given[:30]}” is not a day. Write it as 2026-01-31.") from None


def _boot() -> None:
    from core.boot import boot

    boot("cli")
