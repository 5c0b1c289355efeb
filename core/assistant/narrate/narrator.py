"""The offline narrator: several results as one note. Same results, same text, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from core.assistant.model import ToolResult, Value
from core.assistant.narrate import (  # noqa: F401 - each registers its words
    charts,
    financial,
    governance,
    holdings,
    market,
    technical,
    work,
)
from core.assistant.narrate.focus import lead
from core.assistant.narrate.general import figures
from core.assistant.narrate.note import TELLERS, Note, Number, View, safe, short_name, views
from core.assistant.plan import Purpose

_SOURCES: Final = {
    "demo": "the simulated market",
    "yahoo": "Yahoo Finance",
    "alpha_vantage": "Alpha Vantage",
    "file": "your own file",
    "catalogue": "the desk's catalogue",
    "lexicon": "the desk's word list",
    "glossary": "the desk's glossary",
}
_MOST_WARNINGS: Final = 2


@dataclass(frozen=True, slots=True)
class Told:
    """A narrated answer."""

    text: str
    numbers: tuple[Number, ...]
    values: tuple[Value, ...]


def narrate(
    results: Sequence[ToolResult], *, purpose: Purpose = "", unknown: Sequence[str] = (), question: str = ""
) -> Told:
    """The results in words, in their order; what could not be had is said where it belongs.

    Args:
        results: at least one.
        purpose: "advice" and "forecast" are answered by what speaks for and against, never by a promise.
        question: as asked; a figure it names is told first.
        unknown: names in the question that no instrument answers to.
    """
    note = Note()
    told = [one for one in results if not one.unavailable]
    if purpose == "forecast" and told:
        note.plain("Nobody can know a future price. What the figures of today say:")
        note.paragraph()
    if purpose == "advice" and told:
        _verdict(note, told)
    for result in told:
        for view in views(result):
            note.paragraph()
            before = note.text
            if not purpose:
                lead(note, view, question)
            TELLERS.get(result.tool, figures)(note, view)
            if note.text == before:
                figures(note, view)
            if result.tool not in TELLERS or len(result.symbols) > 4 or result.tool in _TOGETHER:
                break
    missing = [one for one in results if one.unavailable]
    for result in missing:
        note.paragraph()
        note.plain(_missing(result))
    for name in unknown:
        note.paragraph()
        note.plain(f"I know no instrument called “{safe(name)}”, so it is left out.")
    warnings = list(dict.fromkeys(warning for one in told for warning in one.warnings))[:_MOST_WARNINGS]
    if warnings:
        note.paragraph()
        for warning in warnings:
            note.plain(f"Note: {_sentence(safe(warning))}")
    if told:
        note.paragraph()
        _source_line(note, told)
    return Told(note.text, note.numbers, tuple(note.cited))


_TOGETHER: Final = frozenset(
    {"create_comparison_chart", "create_correlation_heatmap", "search_stocks", "get_market_movers"}
)


def _missing(result: ToolResult) -> str:
    about = ", ".join(short_name(one) for one in result.symbols) or _asked(result)
    lead = f"{about}: " if about and about not in result.unavailable else ""
    return f"{lead}{_sentence(safe(result.unavailable))}"


def _asked(result: ToolResult) -> str:
    symbol = result.args.get("symbol")
    return short_name(symbol) if isinstance(symbol, str) and symbol else ""


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def _source_line(note: Note, results: Sequence[ToolResult]) -> None:
    told = dict.fromkeys(source for one in results for several in one.sources for source in several.split(", "))
    names = [one for one in told if one != "catalogue"] or list(told)
    said = [_SOURCES.get(name, name) for name in names]
    latest = _latest(note.cited)
    if said and latest is not None:
        style = "moment" if latest.field == "price_time" else ""
        note.write(f"Source: {' and '.join(said)}, as of {{d{':' + style if style else ''}}}.", {"d": latest})
    elif said:
        note.plain(f"Source: {' and '.join(said)}.")
    if any(one.simulated for one in results):
        note.plain("Simulated figures, not a real market.")


def _latest(cited: Sequence[Value]) -> Value | None:
    """The youngest time the told figures speak of: a price's time where there is one, a day otherwise."""
    prices = [one for one in cited if one.field in {"price", "close"} and one.as_of is not None]
    dated = prices or [one for one in cited if one.as_of is not None]
    if not dated:
        return None
    latest = max(dated, key=lambda one: "" if one.as_of is None else one.as_of.isoformat())
    field = "price_time" if prices and isinstance(latest.as_of, datetime) else "day"
    return replace(latest, field=field, value=latest.as_of, unit="date")


def _verdict(note: Note, results: Sequence[ToolResult]) -> None:
    """What speaks for and against, counted from the results; never a recommendation to trade."""
    by_tool = {one.tool: one for one in results}
    good: list[str] = []
    bad: list[str] = []
    symbol = next((one.symbols[0] for one in results if one.symbols), "")
    name = short_name(symbol) if symbol else "it"

    def number(tool: str, field: str) -> float | None:
        result = by_tool.get(tool)
        return View(result, symbol, name).number(field) if result is not None else None

    pe, median, sector = (
        number("get_valuation_metrics", one) for one in ("pe_ratio", "pe_median_5y", "sector_pe_ratio")
    )
    for other, against in ((median, "its own history"), (sector, "its sector")):
        if pe is not None and other:
            if pe < 0.95 * other:
                good.append(f"it is cheaper than {against}")
            elif pe > 1.05 * other:
                bad.append(f"it is dearer than {against}")
    up, down = (
        number("get_technical_indicators", "indicators_up"),
        number("get_technical_indicators", "indicators_down"),
    )
    if up is not None and down is not None:
        if up > down:
            good.append("most indicators point up")
        elif down > up:
            bad.append("most indicators point down")
    if (rsi := number("get_technical_indicators", "rsi")) is not None and rsi >= 70:
        bad.append("it is overbought")
    roe, usual = number("get_financial_ratios", "roe"), number("get_financial_ratios", "sector_roe")
    if roe is not None and usual is not None:
        (good if roe >= usual else bad).append(
            f"it earns {'more' if roe >= usual else 'less'} on equity than its sector's median"
        )
    if (debt := number("get_financial_ratios", "debt_to_equity")) is not None and debt > 1.5:
        bad.append("it carries much debt")
    upside = number("get_analyst_ratings", "upside") or number("get_analyst_ratings", "target_upside")
    if upside is not None:
        (good if upside > 0 else bad).append(
            f"analysts' mean target lies {'above' if upside > 0 else 'below'} the price"
        )
    if not good and not bad:
        note.plain(f"Whether {name} suits you is yours to decide; these are the facts.")
        return
    tilt = (
        "more speaks for it than against it"
        if len(good) > len(bad)
        else "more speaks against it than for it"
        if len(bad) > len(good)
        else "the case is balanced"
    )
    note.plain(f"On {name} {tilt}.")
    if good:
        note.plain(f"For: {'; '.join(good)}.")
    if bad:
        note.plain(f"Against: {'; '.join(bad)}.")
    note.plain("That is a reading of figures, not advice; the decision is yours.")
