"""Reads the glossary once and finds terms in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from rapidfuzz import fuzz, process

_FOLDER = Path(__file__).parent
_FILES = ("company", "charts", "market", "portfolio")
_FIELDS = 6
_ALIKE = 86.0
_NEAR = 60.0
_WORDS = re.compile(r"[^a-z0-9&/%+]+")
_ASKED = re.compile(
    r"^(?:(?:what|how|please|can|could|you|tell|me|explain|define|meaning|definition|describe|is|are|was|does|do|"
    r"mean|means|of|the|a|an|about|stand|stands|for|works?|calculated|computed|kya|hota|hai|matlab|ka|ki|ke|"
    r"term|concept|ratio in|in stocks?|in shares?)\s+)+"
)
_TAIL = re.compile(
    r"\s+(?:mean|means|meaning|work|works|calculated|computed|kya hota hai|kya hai|ka matlab|hota hai|matlab|"
    r"in stocks?|in share market|in the stock market|in finance|definition|please)+$"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One term. `group` is company, charts, market or portfolio."""

    name: str
    aliases: tuple[str, ...]
    group: str
    what: str
    how: str
    read: str
    beware: str


@cache
def terms() -> tuple[Term, ...]:
    """All terms, group by group.

    Raises:
        ValueError: a line has the wrong number of fields, or a name stands twice.
    """
    found: list[Term] = []
    for group in _FILES:
        path = _FOLDER / f"terms_{group}.txt"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = tuple(part.strip() for part in line.split(" | "))
            if len(fields) != _FIELDS or not all(fields):
                raise ValueError(f"{path.name}, line {number}: {len(fields)} fields, not {_FIELDS}.")
            name, others, what, how, read, beware = fields
            aliases = tuple(dict.fromkeys(one.strip() for one in others.split(",") if one.strip()))
            found.append(Term(name, aliases, group, what, how, read, beware))
    _index(tuple(found))
    return tuple(found)


def _index(found: tuple[Term, ...]) -> Mapping[str, Term]:
    names: dict[str, Term] = {}
    for term in found:
        for name in (term.name, *term.aliases):
            key = plain(name)
            if key in names and names[key] is not term:
                raise ValueError(f"“{name}” names both {names[key].name} and {term.name}.")
            names[key] = term
    return MappingProxyType(names)


@cache
def _names() -> Mapping[str, Term]:
    return _index(terms())


def plain(text: str) -> str:
    """A term in the one form in which terms are compared."""
    return " ".join(_WORDS.sub(" ", text.lower().replace("’", "'").replace("'s", "")).split())


def explain(text: str) -> Term | None:
    """The term somebody asks about: by name or other name, within a question, or slightly misspelt; None otherwise."""
    names = _names()
    asked = plain(text)[:200]
    for form in (asked, _TAIL.sub("", asked), _ASKED.sub("", asked), _TAIL.sub("", _ASKED.sub("", asked))):
        for one in (form, form.removesuffix("s"), form.removesuffix(" ratio"), f"{form} ratio"):
            if one in names:
                return names[one]
    core = _TAIL.sub("", _ASKED.sub("", asked))
    if len(core) >= 4:
        best = process.extractOne(core, list(names), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if best is not None:
            return names[best[0]]
    inside = [key for key in names if len(key) > 2 and f" {key} " in f" {asked} "]
    return names[max(inside, key=lambda key: (len(key), key))] if inside else None


def near(text: str, most: int = 3) -> tuple[str, ...]:
    """Names of terms that sound alike, best first; empty when none does."""
    core = _TAIL.sub("", _ASKED.sub("", plain(text)[:200]))
    if not core:
        return ()
    names = _names()
    found = process.extract(core, list(names), scorer=fuzz.ratio, score_cutoff=_NEAR, limit=2 * most)
    return tuple(dict.fromkeys(names[key].name for key, _, _ in found))[:most]
