"""A chat as one Markdown file: questions, answers, tables, what figures show, and the evidence of every number.

Texts of others (what was typed, headlines) are escaped, so that they are read as text in whatever opens the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core import formats
from core.assistant.chats import Chat, Message
from core.assistant.model import Attachment, Display, Figure, Table, Text
from core.assistant.proofs import Proof, is_simulated, proofs, shown, sources_of, youngest

if TYPE_CHECKING:
    from core.assistant.answer import Answer

NOT_ADVICE = "Figures as of the times shown. Nothing here is investment advice."

_STATES = {
    "stopped": "Stopped before it was complete.",
    "failed": "This answer could not be completed.",
    "interrupted": "Interrupted before it was complete.",
    "writing": "Still being written when this file was made.",
}
_UNIT = "Unit"
_MARKS = re.compile(r"([\\`*_\[\]<>#$~|])")


def markdown(chat: Chat, messages: Sequence[Message], answers: Mapping[int, Answer], zone: str) -> str:
    """The whole chat.

    Args:
        answers: by the message's number; a message without one is written with its text alone.
        zone: the IANA timezone in which the reader reads times.
    """
    parts = [f"# {escaped(chat.title)}", f"Kubera, {formats.day(chat.created_at, zone)}. {NOT_ADVICE}"]
    for message in messages:
        at = f"{formats.day(message.created_at, zone)}, {formats.clock_time(message.created_at, zone)}"
        if message.role == "user":
            quoted = "\n".join(f"> {escaped(line)}" for line in message.text.splitlines())
            parts += [f"## Question ({at})", quoted]
            continue
        parts += [f"### Answer ({at})", *answer_parts(message, answers.get(message.id))]
    return "\n\n".join(part for part in parts if part) + "\n"


def answer_parts(message: Message, answer: Answer | None) -> list[str]:
    """One answer as Markdown paragraphs, with its displays and evidence."""
    problem = f"*{_STATES[message.state]}*" if message.state in _STATES else ""
    if answer is None:
        return [message.text, problem]
    parts = [answer.text, problem, *(_display(one) for one in answer.displays)]
    warnings = dict.fromkeys(line for result in answer.results for line in result.warnings)
    parts += [f"Note: {escaped(line)}" for line in warnings]
    parts += [_evidence(proofs(answer)), _where_from(answer)]
    return parts


def escaped(text: str) -> str:
    """A text of somebody else's on one line of Markdown."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def written_out(display: Table) -> tuple[tuple[str, ...], list[list[str]], tuple[bool, ...]]:
    """A table as texts: names of columns, rows, and which columns hold numbers.

    A column named "Unit" says how the other cells of its row are written, and is itself left out.
    """
    by_row = next((place for place, one in enumerate(display.columns) if one.name == _UNIT), None)
    kept = [place for place in range(len(display.columns)) if place != by_row]
    rows = []
    for row in display.rows:
        unit = "" if by_row is None else str(row[by_row] or "")
        rows.append([shown(row[place], display.columns[place].unit or unit) for place in kept])
    numeric = tuple(
        any(isinstance(row[place], int | float) for row in display.rows)
        and all(row[place] is None or isinstance(row[place], int | float) for row in display.rows)
        for place in kept
    )
    return tuple(display.columns[place].name for place in kept), rows, numeric


def where_from(answer: Answer) -> str:
    """Sources, the youngest time, and that prices are simulated, in a sentence; "" where nothing was read."""
    sources = sources_of(answer)
    if not sources:
        return ""
    at = youngest(answer)
    words = f"Source: {', '.join(sources)}{f', as of {at}' if at else ''}."
    return f"{words} Prices are simulated." if is_simulated(answer) else words


def _where_from(answer: Answer) -> str:
    words = where_from(answer)
    return f"*{escaped(words)}*" if words else ""


def _display(display: Display) -> str:
    match display:
        case Table():
            names, rows, _ = written_out(display)
            return _table(display.title, names, rows, display.note)
        case Figure():
            link = f" Live: {display.deep_link}" if display.deep_link else ""
            return f"**Figure: {escaped(display.title)}.** {escaped(display.alt)}{escaped(link)}"
        case Text():
            body = escaped(display.body) if display.untrusted else display.body
            return f"**{escaped(display.title)}**\n\n{body}"
        case Attachment():
            return f"File: {escaped(display.name)}, to download from the chat."


def _evidence(found: Sequence[Proof]) -> str:
    rows = [
        [
            one.text,
            " · ".join(filter(None, (one.label or one.cite, one.about))),
            one.shown,
            one.when,
            one.source,
            one.tool,
        ]
        for one in found
    ]
    names = ("In the answer", "What", "Value", "As of", "Source", "Tool")
    return _table("Evidence", names, rows, "") if rows else ""


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]], note: str) -> str:
    head = f"| {' | '.join(escaped(name) for name in names)} |"
    rule = f"| {' | '.join('---' for _ in names)} |"
    lines = [f"| {' | '.join(escaped(one) for one in row)} |" for row in rows]
    words = [f"**{escaped(title)}**", ""] if title else []
    return "\n".join([*words, head, rule, *lines, *(["", escaped(note)] if note else [])])
