"""Prices, levels and amounts a question gives: to alerts, to marks on charts, to zones, to trade plans."""

from __future__ import annotations

import re
from typing import Final

from core.assistant.asked import Asked, Given, first_of
from core.assistant.sentence import SYMBOL
from core.assistant.spans import days_in

_MONEY = re.compile(
    r"(?<![\w.])(?:₹|rs\.?\s?|inr\s?|\$|usd\s?)?(\d[\d,]*(?:\.\d+)?)\s?(k|lakhs?|lacs?|l|"
    r"crores?|cr|million|m|mn)?(?![\w%])",
    re.IGNORECASE,
)
_SCALE: Final = {"k": 1e3, "l": 1e5, "c": 1e7, "m": 1e6}


def amounts(text: str) -> list[float]:
    """Amounts of money in a text, in its order: "3,500", "₹1.2 lakh", "60k"."""
    found = []
    for match in _MONEY.finditer(text):
        scale = _SCALE[match[2][0].lower()] if match[2] else 1.0
        found.append(float(match[1].replace(",", "")) * scale)
    return found


def _without_names(asked: Asked) -> str:
    """The question's words without those of an instrument ("nifty 50" holds no price)."""
    kept = {one.word for one in asked.said.parts if one.text != SYMBOL}
    hidden = [one.word for one in asked.said.parts if one.text == SYMBOL]
    pieces = []
    for index, word in enumerate(asked.question.words):
        inside = any(start <= index for start in hidden) and index not in kept
        pieces.append("§" if inside else asked.question.text[word.start : word.end])
    return " ".join(pieces)


def alert(asked: Asked) -> Given:
    """Condition and level of an alert."""
    text = _without_names(asked)
    moved = re.search(r"(\d+(?:\.\d+)?)\s?(?:%|percent|per cent|pct)", text, re.IGNORECASE)
    falls = asked.said.has(
        r" (?:falls?|fell|drops?|below|under|down|declines?|loses?|lower|crash\w*|breaks? down|less) "
    )
    rises = asked.said.has(r" (?:rises?|above|over|up|gains?|higher|more|exceeds?|rallies|jumps?|greater) ")
    if moved:
        size = float(moved[1])
        return {"condition": "change_pct", "level": -size if falls and not rises else size}
    levels = amounts(text)
    given: Given = {}
    if levels:
        level = (
            levels[-1]
            if re.search(r"(?i)\b(?:at|hits?|crosses|above|below|reach\w*)\b", text) and len(levels) == 1
            else levels[0]
        )
        given["level"] = level
    if falls != rises:
        given["condition"] = "below" if falls else "above"
    else:
        given["condition"] = "crosses"
    return given


def annotation(asked: Asked) -> Given:
    """Text, place and kind of a mark."""
    given: Given = {}
    text = _without_names(asked)
    days = days_in(asked.text, asked.today)
    if days:
        given["date"] = days[0].isoformat()
    elif levels := amounts(text):
        given["price"] = levels[0]
    kind = first_of(
        asked.text,
        (
            (r" stop ?(?:loss)? | stoploss | sl ", "stop"),
            (r" targets? ", "target"),
            (r" (?:entry|buy|enter) ", "entry"),
            (r" supports? ", "support"),
            (r" resistances? ", "resistance"),
        ),
    )
    if kind is not None:
        given["kind"] = kind
    given["text"] = _note(asked.question.text, kind)
    return given


def _note(text: str, kind: str | None) -> str:
    for pattern in (
        r"[\"“'‘]([^\"”’]{1,200})[\"”’']",
        r"[:\-]\s+(.{1,200})$",
        r"\b(?:with|saying|note|as)\s+(?:my\s+|a\s+|the\s+)?(?!\d)(.{2,120}?)(?:\s+at\s+[\d₹$].*)?$",
    ):
        if match := re.search(pattern, text, re.IGNORECASE):
            return match[1].strip(" .?!")
    return {"stop": "Stop", "target": "Target", "entry": "Entry", "support": "Support", "resistance": "Resistance"}.get(
        kind or "", "Note"
    )


def zone(asked: Asked) -> Given:
    """Prices and side of a zone."""
    given: Given = {}
    levels = amounts(_without_names(asked))
    if len(levels) >= 2 and asked.said.has(r" (?:from|between|to|and) "):
        given["low"], given["high"] = min(levels[:2]), max(levels[:2])
    long_, short = asked.said.has(r" longs? "), asked.said.has(r" shorts? ")
    if long_ != short:
        given["side"] = "long" if long_ else "short"
    return given


def plan(asked: Asked) -> Given:
    """Style, capital and risk of a trade plan."""
    given: Given = {}
    style = first_of(
        asked.text,
        (
            (r" (?:intraday|day trad\w+|scalp\w+|btst) ", "intraday"),
            (r" (?:positional|long term|investment|months?) ", "positional"),
            (r" swing ", "swing"),
        ),
    )
    if style is not None:
        given["style"] = style
    text = _without_names(asked)
    if match := re.search(
        r"(\d+(?:\.\d+)?)\s?(?:%|percent)\s?(?:risk|of capital|per trade)|"
        r"risk\w*\s(?:of\s)?(\d+(?:\.\d+)?)\s?(?:%|percent)",
        text,
        re.IGNORECASE,
    ):
        given["risk_percent"] = float(match[1] or match[2])
    if re.search(r"\b(?:capital|with|invest|account|budget|money|fund)\b", text, re.IGNORECASE):
        large = [one for one in amounts(text) if one >= 1000]
        if large:
            given["capital"] = large[0]
    return given
