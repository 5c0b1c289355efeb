"""The analyst's tools: one registry, from which every other face of them (models, MCP, docs, pages) is made.

    run("get_rsi", {"symbol": "TCS"}, context) -> ToolResult

Bodies stand in the modules named after what they tell; each puts itself on the shelf of `tool`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType

from core.assistant.errors import AssistantError, BadArguments, NeedsInvestor, UnknownTool
from core.assistant.model import PRESENT, Context, ToolResult
from core.assistant.tools import (  # noqa: F401 - each puts its tools on the shelf
    accounts,
    action,
    analysts,
    arithmetic,
    averages,
    backtests,
    charts,
    company,
    comparison,
    desk,
    events,
    explaining,
    exports,
    headlines,
    levels,
    liquidations,
    movers,
    oscillators,
    ownership,
    patterns,
    plans,
    portfolio,
    quotes,
    rebalancing,
    screening,
    sentiment,
    summary,
    tables,
    together,
    valuation,
    volumes,
)
from core.assistant.tools.cards import CARDS
from core.assistant.tools.document import result_document, result_json
from core.assistant.tools.schemas import function_schema, json_schema
from core.assistant.tools.together import TIMEOUT_S, Asked, Finished
from core.assistant.tools.tool import BODIES, Tool
from core.market.service import Market

TOOLS: Mapping[str, Tool] = MappingProxyType(
    {name: Tool(card, BODIES[name]) for name, card in CARDS.items() if name in BODIES}
)
"""Every tool by name, group by group."""


def find(name: str) -> Tool:
    """The tool of that name. Raises UnknownTool, which offers near names."""
    if name in TOOLS:
        return TOOLS[name]
    raise UnknownTool(str(name), tuple(get_close_matches(str(name).lower(), list(TOOLS), n=3, cutoff=0.6)))


def run(
    name: str, args: Mapping[str, object], context: Context = PRESENT, *, service: Market | None = None
) -> ToolResult:
    """Run one tool: arguments are checked, and what cannot be had is said by the result.

    Raises:
        UnknownTool, BadArguments, NeedsInvestor: see `core.assistant.errors`.
    """
    return find(name).run(args, context, service)


def run_many(
    asked: Sequence[Asked],
    context: Context = PRESENT,
    *,
    timeout: float = TIMEOUT_S,
    service: Market | None = None,
) -> tuple[ToolResult, ...]:
    """Run several tools in parallel: [(name, args), ...] to their results, in that order. Never raises for a call:
    a bad argument, a fault or too long a wait is its result's `unavailable`."""
    return together.all_of(TOOLS, asked, context, timeout=timeout, service=service)


def run_as_finished(
    asked: Sequence[Asked],
    context: Context = PRESENT,
    *,
    timeout: float = TIMEOUT_S,
    service: Market | None = None,
) -> Iterator[Finished]:
    """The same, each result as soon as it is there."""
    return together.as_finished(TOOLS, asked, context, timeout=timeout, service=service)


__all__ = [
    "CARDS",
    "TOOLS",
    "AssistantError",
    "BadArguments",
    "Finished",
    "NeedsInvestor",
    "Tool",
    "UnknownTool",
    "find",
    "function_schema",
    "json_schema",
    "result_document",
    "result_json",
    "run",
    "run_as_finished",
    "run_many",
]
