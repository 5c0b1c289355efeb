"""Explains a term out of the glossary."""

from __future__ import annotations

import re

from core.assistant.glossary import Term, near, terms
from core.assistant.glossary import explain as find_term
from core.assistant.model import Text, ToolResult
from core.assistant.tools.evidence import Evidence
from core.assistant.tools.tool import body

SOURCE = "glossary"


_TWO = re.compile(
    r"\b(?:difference|differ)\b.*?\bbetween\s+(.+?)\s+and\s+(.+)$|^(.+?)\s+(?:vs\.?|versus)\s+(.+)$", re.I
)


@body("explain")
def explain(evidence: Evidence) -> ToolResult:
    """What the term is, how it is reckoned, how to read it, its pitfall; of two when their difference is asked."""
    asked = evidence.text("term")
    found = _terms(asked)
    if not found:
        alike = near(asked)
        hint = f" Did you mean {', '.join(alike)}?" if alike else f" It has {len(terms())} terms of investing."
        return evidence.missing(f"“{asked[:60]}” is not in the glossary.{hint}")
    today = evidence.moment.date()
    for place, term in enumerate(found, 1):
        tail = "" if place == 1 else f"_{place}"
        for field, value, label in (
            ("term", term.name, "Term"),
            ("meaning", term.what, "What it is"),
            ("reckoning", term.how, "How it is reckoned"),
            ("reading", term.read, "How to read it"),
            ("pitfall", term.beware, "What to beware of"),
        ):
            evidence.value(f"{field}{tail}", value, "text", label, symbol="", as_of=today, source=SOURCE)
        evidence.show(Text(term.name, f"{term.what} {term.how} {term.read} {term.beware}"))
    return evidence.result()


def _terms(asked: str) -> tuple[Term, ...]:
    """The one or two terms asked about."""
    if match := _TWO.search(asked):
        parts = [part for part in match.groups() if part]
        both = [term for part in parts if (term := find_term(part)) is not None]
        if len(both) == 2 and both[0] is not both[1]:
            return tuple(both)
    one = find_term(asked)
    return () if one is None else (one,)
