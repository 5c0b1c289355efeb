"""A question as words: cleaned, split, put into plain English where it is Hinglish or misspelt.

Nothing here knows an instrument or a tool; `resolve` finds the names among the words first, so that "Infosis" becomes a
company and "suport" the word support.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.market.instruments.words import GENERIC

LONGEST: Final = 2000
"""Characters of a question that are read; a longer one is sent back."""

_FOLDER: Final = Path(__file__).with_name("vocabulary")

_MARKUP = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)|</?[a-zA-Z!][^<>]{0,300}>", re.IGNORECASE | re.DOTALL)
_PIECES = re.compile(r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?%?|[\^$]?[^\W_]+(?:[&.\-=/'’:+][^\W_]+)*%?|[₹%?<>]|[&+](?=\s)")
# What is one word although it holds a sign: "p/e", "l&t", "f&o", "52.5", "2026-01-31", "1.5x", "don't".
_WHOLE = re.compile(
    r"""(?x) [\^$].+ | [a-z]/[a-z]+ | ev/[a-z]+ | [a-z]+/[a-z] | [a-z]{1,3}&[a-z]{1,3} | \d[\d.,]*(?:[a-z%]+)?
    | \d{4}-\d{2}-\d{2} | \d{1,2}[/-]\d{1,2}[/-]\d{2,4} | [a-z]+['’][a-z]+ """
)
_NUMBER_UNIT = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_INNER = re.compile(r"[&.\-=/:+]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a question.

    Attributes:
        raw: as written, without a possessive.
        text: lower case.
        start, end: where it stands in the cleaned question.
        whole: as written with its possessive, lower case ("reddy's").
    """

    raw: str
    text: str
    start: int
    end: int
    whole: str


@dataclass(frozen=True, slots=True)
class Question:
    """A cleaned question and its words. `length` is how long it was as given, `letters` whether any can be read."""

    text: str
    words: tuple[Word, ...]
    length: int

    @property
    def too_long(self) -> bool:
        """More was given than is read."""
        return self.length > LONGEST


def read(text: str) -> Question:
    """The question in `text`: any unicode, any length; markup and control characters are not part of it."""
    shown = clean(text[: LONGEST + 1])
    return Question(shown, tuple(_words(shown)), len(text))


def clean(text: str) -> str:
    """`text` in compatibility form on one line, without markup, control and invisible characters."""
    folded = unicodedata.normalize("NFKC", text)
    folded = _MARKUP.sub(" ", folded)
    kept = []
    for character in folded:
        category = unicodedata.category(character)
        if category in {"Cf", "Cs", "Co", "Cn"}:
            continue
        kept.append(" " if category[0] in "CZ" else character)
    return " ".join("".join(kept).split())


def _words(text: str) -> Iterable[Word]:
    for match in _PIECES.finditer(text):
        piece, start = match[0], match.start()
        if _INNER.search(piece) and not _WHOLE.fullmatch(piece.lower()):
            offset = start
            for part in _INNER.split(piece):
                if part:
                    yield _word(part, offset)
                offset += len(part) + 1
        else:
            yield _word(piece, start)


def _word(piece: str, start: int) -> Word:
    raw = _POSSESSIVE.sub("", piece)
    return Word(raw, raw.lower().replace("’", "'"), start, start + len(piece), piece.lower().replace("’", "'"))


@cache
def hinglish() -> dict[str, str]:
    """What romanised Hindi words mean in English; "" for those that add nothing."""
    found: dict[str, str] = {}
    for line in _lines("hinglish.txt"):
        spellings, _, meaning = line.partition("=")
        for spelling in spellings.split():
            found.setdefault(spelling, meaning.strip())
    return found


@cache
def english() -> frozenset[str]:
    """Plain words: never a name by themselves."""
    return frozenset(word for line in _lines("english.txt") for word in line.split())


def _lines(name: str) -> list[str]:
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def general() -> frozenset[str]:
    """Words of any talk: no names, and nothing that a slip in a question about markets may mean."""
    return frozenset(word for line in _lines("general.txt") for word in line.split())


@cache
def vocabulary() -> frozenset[str]:
    """Every word that needs no correction: English, Hinglish."""
    return english() | general() | frozenset(hinglish()) | GENERIC | frozenset(SLIPS)


@cache
def _correctable() -> tuple[str, ...]:
    return tuple(sorted(word for word in english() | GENERIC if len(word) >= 4))


@lru_cache(maxsize=4096)
def corrected(word: str) -> str | None:
    """The plain word that `word` is a slip of; None when it is none.

    One slip from five letters on (or neighbours exchanged from four), two from eight on; the first letter is rarely the
    wrong one, so an equal distance prefers words that begin alike. Distance: optimal string alignment (Boytsov 2011).
    """
    if word in vocabulary() or len(word) < 4 or not word.isalpha():
        return None
    most = 1 if len(word) < 8 else 2
    near = process.extract(word, _correctable(), scorer=OSA.distance, score_cutoff=most, limit=12)
    fitting = [
        (distance, other[0] != word[0], abs(len(other) - len(word)), other)
        for other, distance, _ in near
        if len(word) > 4 or (sorted(word) == sorted(other))
    ]
    return min(fitting)[3] if fitting else None


def plain(word: str) -> str:
    """`word` (lower case) in English: translated, corrected, or as it is. May be "" or several words."""
    if word in english():
        return word
    if word in SLIPS:
        return SLIPS[word]
    meaning = hinglish().get(word)
    if meaning is not None:
        return meaning
    if word.endswith("%"):
        return f"{word[:-1]} percent".strip()
    match = _NUMBER_UNIT.fullmatch(word)
    if match and match[2] in _UNITS:
        return f"{match[1]} {_UNITS[match[2]]}"
    return corrected(word) or word


# Slips and short forms too short, or too far off, to be found by distance.
SLIPS: Final = {
    "fib": "fibonacci",
    "hte": "the",
    "teh": "the",
    "prise": "price",
    "prce": "price",
    "pric": "price",
    "chrt": "chart",
    "nwes": "news",
    "nws": "news",
    "divi": "dividend",
    "div": "dividend",
    "fundas": "fundamentals",
    "res": "resistance",
    "sup": "support",
    "vol": "volume",
    "mktcap": "market cap",
    "wl": "watchlist",
    "pf": "portfolio",
    "tgt": "target",
    "ret": "returns",
    "corr": "correlation",
    "dd": "drawdown",
    "bb": "bollinger",
    "s/r": "support resistance",
    "p/e": "pe",
    "p/b": "pb",
    "p/s": "ps",
    "d/e": "debt to equity",
    "r/r": "risk reward",
    "y/y": "yoy",
    "q/q": "qoq",
    "b/w": "between",
    "btw": "between",
    "mkt": "market",
    "stk": "stock",
    "cos": "companies",
    "qtr": "quarter",
    "qtrly": "quarterly",
    "yrly": "yearly",
    "avg": "average",
    "avgs": "averages",
    "averages": "averages",
    "mgmt": "management",
    "ann": "announcement",
    "whats": "what is",
    "what's": "what is",
    "hows": "how is",
    "how's": "how is",
    "wheres": "where is",
    "where's": "where is",
    "who's": "who is",
    "whos": "who is",
    "i'm": "i am",
    "i'd": "i would",
    "it's": "it is",
    "that's": "that is",
    "don't": "do not",
    "doesn't": "does not",
    "isn't": "is not",
    "let's": "let us",
    "wht": "what",
    "wat": "what",
    "u": "you",
    "ur": "your",
    "r": "are",
    "n": "and",
    "abt": "about",
    "pls": "",
    "plz": "",
    "gimme": "give me",
    "lemme": "let me",
    "analyse": "analyze",
    "visualise": "visualize",
    "optimise": "optimize",
    "colour": "color",
}

_UNITS: Final = {
    "d": "day",
    "day": "day",
    "days": "day",
    "w": "week",
    "wk": "week",
    "week": "week",
    "weeks": "week",
    "m": "month",
    "mo": "month",
    "mos": "month",
    "mth": "month",
    "month": "month",
    "months": "month",
    "y": "year",
    "yr": "year",
    "yrs": "year",
    "year": "year",
    "years": "year",
    "q": "quarter",
    "dma": "dma",
    "ema": "ema",
    "sma": "sma",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "k": "thousand",
    "l": "lakh",
    "cr": "crore",
    "lakh": "lakh",
    "crore": "crore",
    "x": "x",
    "th": "",
    "st": "",
    "nd": "",
    "rd": "",
}
