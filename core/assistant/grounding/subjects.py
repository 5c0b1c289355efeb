"""Which instrument a number of a text is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.assistant.resolve import find
from core.assistant.words import LONGEST, read
from core.market.instruments import by_symbol


@dataclass(frozen=True, slots=True)
class Subject:
    """An instrument named in a text. `group` counts those named together ("TCS and Infosys" are one group)."""

    symbol: str
    start: int
    end: int
    group: int


@lru_cache(maxsize=2048)
def _names(symbol: str) -> re.Pattern[str]:
    known = by_symbol(symbol)
    names = {symbol, symbol.split(".", maxsplit=1)[0].lstrip("^")}
    if known is not None:
        names |= {known.name, known.short_name}
    words = sorted((one for one in names if len(one) > 1), key=len, reverse=True)
    return re.compile(rf"(?<![\w])(?:{'|'.join(map(re.escape, words))})(?!\w)")


def subjects(text: str, known: Sequence[str]) -> list[Subject]:
    """Instruments named in a text: those of the evidence by any of their names, others by the catalogue's."""
    found: dict[tuple[int, int], str] = {}
    for symbol in known:
        for match in _names(symbol).finditer(text):
            found[match.start(), match.end()] = symbol
    for symbol, start, end in _strangers(text):
        if not any(low < end and start < high for low, high in found):
            found[start, end] = symbol
    spans = sorted(found)
    kept = [
        one for one in spans if not any(other != one and other[0] <= one[0] and one[1] <= other[1] for other in spans)
    ]
    named: list[Subject] = []
    group = 0
    for index, (start, end) in enumerate(kept):
        if index:
            between = text[kept[index - 1][1] : start]
            group += (
                re.fullmatch(r"\s*(?:\([^)]*\))?\s*(?:,|and|&|or|versus|vs\.?|against|,\s*and)\s*", between) is None
            )
        named.append(Subject(found[start, end], start, end, group))
    return named


def _strangers(text: str) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for match in re.finditer(r"[^\n]+", text):
        line = match[0][:LONGEST]
        question = read(line)
        if question.text != line:
            continue  # places would not be those of the text
        for one in find(question).mentions:
            words = question.words[one.first : one.last]
            start, end = words[0].start, words[-1].end
            name = line[start:end]
            if name[:1].isupper() and (len(name) > 4 or name.isupper()) and one.text == name:
                found.append((one.instrument.symbol, match.start() + start, match.start() + end))
    return found


def subject_of(place: int, sentence: tuple[int, int], named: Sequence[Subject], order: int) -> frozenset[str]:
    """The instruments a number at `place` may be about; empty when the text names none before it.

    Args:
        place: where the number starts.
        sentence: start and end of its sentence.
        named: every instrument named in the text.
        order: the how-manieth number of the sentence after its last named instrument it is, from 0.
    """
    before = [one for one in named if sentence[0] <= one.start < place]
    if before:
        last = before[-1]
        together = [one for one in before if one.group == last.group]
        if len(together) > 1:
            return frozenset({together[order % len(together)].symbol})
        return frozenset({last.symbol})
    after = [one for one in named if place < one.start < sentence[1]]
    if after:
        return frozenset({after[0].symbol})
    earlier = [one for one in named if one.start < sentence[0]]
    if earlier:
        group = earlier[-1].group
        return frozenset(one.symbol for one in earlier if one.group == group)
    return frozenset()
