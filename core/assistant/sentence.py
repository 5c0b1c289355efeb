"""A question in a normal form that patterns can be written against.

"hdfcbank ka support kahan hai" becomes "§ of support where is": plain English words, "§" for an instrument, "_sector_"
for a sector's name, numbers as digits. Each word remembers where it came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.assistant.resolve import Found
from core.assistant.words import SLIPS, Question, english, plain

SYMBOL: Final = "§"
SECTOR: Final = "_sector_"

# Words for the catalogue's sectors. Those of the first map mean a sector wherever they stand; those of the second only
# next to a word like "sector" or "stocks".
_SECTORS: Final = {
    "pharma": "Healthcare",
    "pharmaceutical": "Healthcare",
    "pharmaceuticals": "Healthcare",
    "healthcare": "Healthcare",
    "fmcg": "Consumer Defensive",
    "banking": "Financial Services",
    "nbfc": "Financial Services",
    "nbfcs": "Financial Services",
    "bfsi": "Financial Services",
    "psu bank": "Financial Services",
    "psu banks": "Financial Services",
    "private banks": "Financial Services",
    "realty": "Real Estate",
    "real estate": "Real Estate",
    "telecom": "Communication Services",
    "metals": "Basic Materials",
    "automobile": "Consumer Cyclical",
    "automobiles": "Consumer Cyclical",
    "semiconductor": "Technology",
    "semiconductors": "Technology",
    "information technology": "Technology",
    "oil and gas": "Energy",
    "oil & gas": "Energy",
    "capital goods": "Industrials",
    "consumer durables": "Consumer Cyclical",
    "consumer goods": "Consumer Defensive",
    "financial services": "Financial Services",
    "defence": "Industrials",
    "defense": "Industrials",
    "railways": "Industrials",
}
_SECTORS_IN_PLACE: Final = {
    "it": "Technology",
    "tech": "Technology",
    "technology": "Technology",
    "software": "Technology",
    "bank": "Financial Services",
    "banks": "Financial Services",
    "financial": "Financial Services",
    "financials": "Financial Services",
    "finance": "Financial Services",
    "insurance": "Financial Services",
    "health": "Healthcare",
    "hospital": "Healthcare",
    "hospitals": "Healthcare",
    "auto": "Consumer Cyclical",
    "ev": "Consumer Cyclical",
    "retail": "Consumer Cyclical",
    "hotel": "Consumer Cyclical",
    "hotels": "Consumer Cyclical",
    "consumer": "Consumer Defensive",
    "consumption": "Consumer Defensive",
    "metal": "Basic Materials",
    "steel": "Basic Materials",
    "mining": "Basic Materials",
    "cement": "Basic Materials",
    "chemical": "Basic Materials",
    "chemicals": "Basic Materials",
    "paint": "Basic Materials",
    "paints": "Basic Materials",
    "energy": "Energy",
    "oil": "Energy",
    "power": "Utilities",
    "utility": "Utilities",
    "utilities": "Utilities",
    "infra": "Industrials",
    "infrastructure": "Industrials",
    "industrial": "Industrials",
    "industrials": "Industrials",
    "railway": "Industrials",
    "media": "Communication Services",
    "property": "Real Estate",
}
_PLACES_TEXT: Final = """
    sector sectors sectoral stock stocks share shares companies industry space names counters players pack theme
"""
_PLACES: Final = frozenset(_PLACES_TEXT.split())


@dataclass(frozen=True, slots=True)
class Part:
    """One word of the normal form.

    `word` is the index of the question's word, `start` its place in the form; `stops`: a comma or the like follows.
    """

    text: str
    word: int
    start: int
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """The normal form. `sector` is the catalogue's word for a sector that was named, `sector_words` as it was said."""

    text: str
    parts: tuple[Part, ...]
    sector: str = ""
    sector_words: str = ""

    def words_between(self, start: int, end: int) -> set[int]:
        """Indices of parts that overlap the characters `start` to `end` of the form."""
        return {i for i, one in enumerate(self.parts) if one.start < end and start < one.start + len(one.text)}

    def breaks_between(self, start: int, end: int) -> bool:
        """Whether a comma or the like stands between two places of the form."""
        return any(one.stops and start - 1 <= one.start + len(one.text) <= end for one in self.parts)

    def has(self, pattern: str) -> bool:
        """Whether a pattern is somewhere in the form."""
        return re.search(pattern, self.text) is not None


def sentence(question: Question, found: Found) -> Sentence:
    """The normal form of a question in which instruments were found. Names in doubt count as instruments."""
    spans = {one.first: one.last for one in found.mentions} | {one.first: one.last for one in found.doubts}
    pieces: list[tuple[str, int]] = []
    position = 0
    while position < len(question.words):
        if position in spans:
            if not pieces or pieces[-1][0] != SYMBOL or found.mentions:
                pieces.append((SYMBOL, position))
            position = spans[position]
            continue
        word = question.words[position]
        if word.raw == "IT" and word.text == "it":
            pieces.append(("IT", position))
        else:
            pieces += [(one, position) for one in _plain(word.whole if word.whole in SLIPS else word.text).split()]
        position += 1
    pieces, sector, said = _sectors(pieces)
    parts: list[Part] = []
    start = 1
    for text, origin in pieces:
        parts.append(Part(text, origin, start, _stops(question, spans.get(origin, origin + 1) - 1)))
        start += len(text) + 1
    return Sentence(f" {' '.join(one.text for one in parts)} ", tuple(parts), sector, said)


def _stops(question: Question, position: int) -> bool:
    end = question.words[position].end
    return question.text[end : end + 2].strip()[:1] in {",", ";", "+", "/", "&", "-", ":"}


def _plain(word: str) -> str:
    if word in {"%", "percent"}:
        return "percent"
    if word in {"₹", "?", "rs", "inr"}:
        return ""
    return plain(word)


def _sectors(pieces: list[tuple[str, int]]) -> tuple[list[tuple[str, int]], str, str]:
    found: list[tuple[str, int]] = []
    sector, said = "", ""
    position = 0
    while position < len(pieces):
        for length in (3, 2, 1):
            words = [one for one, _ in pieces[position : position + length]]
            text = " ".join(words)
            following = [one for one, _ in pieces[position + length : position + length + 2]]
            fits = _SECTORS.get(text)
            if fits is None and (
                (following[:1] and following[0] in _PLACES)
                or (following[1:] and following[1] in {"sector", "sectors", "stocks"})
            ):
                fits = _SECTORS_IN_PLACE.get(text.lower())
            if fits is None and text == "IT":
                fits = "Technology"
            if fits is not None and len(words) == length:
                if not sector:
                    sector, said = fits, text
                found.append((SECTOR, pieces[position][1]))
                position += length
                break
        else:
            found.append(pieces[position])
            position += 1
    return found, sector, said


def names_nothing(text: str) -> bool:
    """Whether every word of `text` is plain English."""
    return all(one in english() for one in text.lower().split())
