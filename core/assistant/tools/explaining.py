"""Explains a term out of the glossary."""

from __future__ import annotations

from core.assistant.glossary import explain as find_term
from core.assistant.glossary import near, terms
from core.assistant.model import Text, ToolResult
from core.assistant.tools.evidence import Evidence
from core.assistant.tools.tool import body

SOURCE = "glossary"


@body("explain")
def explain(evidence: Evidence) -> ToolResult:
    """What the term is, how it is reckoned, how to read it, its pitfall."""
    asked = evidence.text("term")
    term = find_term(asked)
    if term is None:
        alike = near(asked)
        hint = f" Did you mean {', '.join(alike)}?" if alike else f" It has {len(terms())} terms of investing."
        return evidence.missing(f"“{asked[:60]}” is not in the glossary.{hint}")
    today = evidence.moment.date()
    for field, value, label in (
        ("term", term.name, "Term"),
        ("meaning", term.what, "What it is"),
        ("reckoning", term.how, "How it is reckoned"),
        ("reading", term.read, "How to read it"),
        ("pitfall", term.beware, "What to beware of"),
    ):
        evidence.value(field, value, "text", label, symbol="", as_of=today, source=SOURCE)
    evidence.show(Text(term.name, f"{term.what} {term.how} {term.read} {term.beware}"))
    return evidence.result()
