"""The tools as a page of the documentation, made from their cards."""

from __future__ import annotations

from collections.abc import Iterable

from core.assistant.model import Argument, Card

GROUPS = {
    "financial": "Financial data",
    "technical": "Technical analysis",
    "governance": "Governance",
    "news": "News and sentiment",
    "visual": "Charts",
    "strategy": "Strategy",
    "desk": "The desk",
}

_HEAD = """# The analyst's tools

Every answer of the analyst rests on these tools; models, the MCP server and the offline analyst call the same ones.
Each is a function of its arguments, the day asked about and the investor who asks. A result carries raw values with
unit, time and source, tables and figures to show, and says what it could not find and why. Asked as of a past day, a
tool uses only what was known then.

Arguments with a default may be left out. An instrument is a symbol, a ticker or a company's name; a range is one of 1d,
5d, 1mo, 3mo, 6mo, ytd, 1y, 2y, 3y, 5y, 10y, max, or two days such as 2025-01-01..2025-06-30. The close at or before the
first day of a range is the base of its return.

This page is made from the tools' cards; a test keeps it true.
"""


def tools_page(cards: Iterable[Card]) -> str:
    """The page in Markdown, group by group."""
    every = list(cards)
    lines = [_HEAD]
    for group, title in GROUPS.items():
        own = [card for card in every if card.group == group]
        if not own:
            continue
        lines.append(f"## {title} ({len(own)})\n")
        for card in own:
            lines += _card(card)
    return "\n".join(lines)


def _card(card: Card) -> list[str]:
    notes = [f"Data: {card.freshness}."] if card.freshness else []
    if "investor" in card.needs:
        notes.append("Needs somebody signed in.")
    if card.intent == "act":
        notes.append("Changes something of the investor's: only on an explicit request.")
    lines = [f"### {card.name}\n", f"{card.description}\n"]
    if card.arguments:
        lines += [f"- `{one.name}` ({_kind(one)}): {one.description}" for one in card.arguments]
        lines.append("")
    if notes:
        lines.append(" ".join(notes) + "\n")
    lines.append("Asked for by: " + "; ".join(f"“{one}”" for one in card.examples[:3]) + ".\n")
    return lines


def _kind(argument: Argument) -> str:
    words = {
        "symbol": "an instrument",
        "symbols": "instruments",
        "text": "text",
        "integer": "a whole number",
        "number": "a number",
        "choice": "one of " + ", ".join(argument.choices),
        "date": "a day",
        "range": "a range",
    }[argument.type]
    if argument.low is not None and argument.high is not None:
        words += f", {argument.low:g} to {argument.high:g}"
    if argument.required:
        return f"{words}; required"
    return words if argument.default in (None, "") else f"{words}; default {argument.default}"
