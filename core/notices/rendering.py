"""A notice in words: subject, a sentence for the inbox, and the mail in plain text and HTML.

Each kind has one template of plain sentences (`templates/KIND.j2`: blocks `subject`, `brief`, `lead`, `after`); two
layouts set them, with the code, facts, tables and the way into the app, as text and as HTML. Only the HTML layout
writes markup, and it escapes everything it is given.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from core import clock
from core.formats import clock_time, day, moment
from core.notices.context import clean, moments
from core.notices.kinds import DEFAULT_TIMEZONE, Kind, kind_of
from core.notices.model import Rendered
from core.settings import get_settings

TEMPLATES = Path(__file__).resolve().parent / "templates"
LINE = 78
LONGEST_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Sentences:
    """What a kind's own template says, in plain text."""

    subject: str
    brief: str
    lead: str
    after: str


def render(
    kind: str, context: Mapping[str, Any], *, posted_at: datetime | None = None, unsubscribe_path: str = ""
) -> Rendered:
    """A notice of `kind` in words.

    Args:
        kind: one of `core.notices.kinds.KINDS`.
        context: what the kind is told about.
        posted_at: when it was said; times of that day are written without the day. Now, when left out.
        unsubscribe_path: where mails of this kind can be stopped, within the app; "" writes no such link.

    Raises:
        WrongNotice: no such kind, or a context that does not fit it.
    """
    spec = kind_of(kind)
    values = moments(spec.fields, spec.prepare(context))
    at = posted_at or clock.now()
    said = _sentences(spec, values, at)
    layout = {
        "subject": said.subject,
        "brief": said.brief,
        "lead": said.lead,
        "after": said.after,
        "code": next((values[field.name] for field in spec.fields if field.type == "code"), None),
        "facts": _facts(spec, values),
        "figures": _of_type(spec, values, "pairs"),
        "messages": [message for message in _messages(spec, values) if message not in said.lead],
        "lists": _each_of_type(spec, values, "texts"),
        "tables": _of_type(spec, values, "tables"),
        "url": link(values["path"] or spec.link),
        "action": spec.action,
        "why": _why(spec),
        "unsubscribe_url": link(unsubscribe_path),
    }
    text = _wrapped(_environment(html=False).get_template("layout.txt.j2").render(layout))
    html = _environment(html=True).get_template("layout.html.j2").render(layout)
    return Rendered(said.subject, said.brief, text, html.strip() + "\n")


def sentences(kind: str, context: Mapping[str, Any], *, posted_at: datetime | None = None) -> Sentences:
    """The sentences of a notice alone, for the inbox and for lists.

    Raises:
        WrongNotice: no such kind, or a context that does not fit it.
    """
    spec = kind_of(kind)
    return _sentences(spec, moments(spec.fields, spec.prepare(context)), posted_at or clock.now())


def link(path: str) -> str:
    """The whole address of a path within the app; "" without a path or without KUBERA_PUBLIC_URL."""
    base = get_settings().accounts.public_url
    return f"{base}{path}" if base and path else ""


def _sentences(spec: Kind, values: Mapping[str, Any], at: datetime) -> Sentences:
    zone = values["timezone"] or DEFAULT_TIMEZONE

    def soon(when: datetime) -> str:
        return moment(when, zone, now=at)

    template = _environment(html=False).get_template(f"{spec.name}.j2")
    context = {**values, "soon": soon}
    subject = clean(_block(template, "subject", context), LONGEST_SUBJECT)
    brief = clean(_block(template, "brief", context), 400)
    return Sentences(subject, brief, _block(template, "lead", context), _block(template, "after", context))


def _block(template: Template, name: str, context: Mapping[str, Any]) -> str:
    block = template.blocks.get(name)
    return "" if block is None else "".join(block(template.new_context(dict(context)))).strip()


def _facts(spec: Kind, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    zone = values["timezone"] or DEFAULT_TIMEZONE
    facts = []
    for field in spec.fields:
        value = values[field.name]
        if not field.label or value is None:
            continue
        if isinstance(value, datetime):
            value = f"{day(value, zone)}, {clock_time(value, zone)}"
        facts.append((field.label, str(value)))
    return facts


def _messages(spec: Kind, values: Mapping[str, Any]) -> list[str]:
    return [str(values[field.name]) for field in spec.fields if field.type == "message" and values[field.name]]


def _of_type(spec: Kind, values: Mapping[str, Any], kind: str) -> list[Any]:
    return [item for items in _each_of_type(spec, values, kind) for item in items]


def _each_of_type(spec: Kind, values: Mapping[str, Any], kind: str) -> list[Any]:
    return [values[field.name] for field in spec.fields if field.type == kind and values[field.name]]


def _why(spec: Kind) -> str:
    if spec.audience == "admin":
        return "You get this as an admin of this desk."
    if spec.secret or spec.name == "address_already_known":
        return "You get this because your address was given on this desk."
    if spec.essential:
        return "You get this whatever you chose, because it concerns your account itself."
    return "You choose on your account page which of these mails you get."


def _wrapped(text: str) -> str:
    """Lines of at most `LINE` characters, addresses and single words left whole; no two empty lines in a row."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not line.strip():
            if lines and lines[-1]:
                lines.append("")
            continue
        if len(line) <= LINE:
            lines.append(line)
            continue
        hanging = "  " if line.startswith("- ") else ""
        lines.extend(
            textwrap.wrap(line, LINE, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)
        )
    return "\n".join(lines).strip("\n") + "\n"


@cache
def _environment(*, html: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,  # noqa: S701 - plain text is not escaped; all HTML is
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
    )
