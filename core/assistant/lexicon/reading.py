"""Reads the lexicon once, and texts by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

_FILE = Path(__file__).with_name("words.txt")
_TOKEN = re.compile(r"[a-z]+(?:['-][a-z]+)*|[.;:!?]")
# A full stop ends a sentence before a capital or the end; "Corp. rose" and "3.5" go on.
_END = re.compile(r"\.(?=\s*[^A-Z\s])")
_SECTIONS = ("positive", "negative", "rise", "fall", "good", "bad", "negator", "intensifier", "diminisher")
_LONGEST_PHRASE = 4
_LONGEST_TEXT = 20_000
_BEFORE, _AFTER = 14, 6
_NEGATION_REACH = 3
_NEGATED, _STRONGER, _WEAKER, _ALONE = -0.75, 1.5, 0.6, 0.35
_THRESHOLD = 0.25

Label = Literal["positive", "negative", "neutral"]


@dataclass(frozen=True, slots=True)
class Tone:
    """How a text sounds.

    Attributes:
        score: -1 to 1; s / (|s| + 1.5) of the sum s of all weights.
        label: positive or negative from a quarter on either side, neutral between.
        words: what decided, with its weight as counted, in the order of the text.
    """

    score: float
    label: Label
    words: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Lexicon:
    """The words by section with their weights; phrases are joined by "_"."""

    sections: Mapping[str, Mapping[str, float]]
    phrases: frozenset[str]

    @property
    def size(self) -> int:
        """How many different words and phrases carry meaning (negators and the like left out)."""
        return len(set().union(*(self.sections[name] for name in _SECTIONS[:6])))

    def read(self, text: str) -> Tone:
        """The tone of a text; what lies beyond 20,000 characters is not read."""
        found: list[tuple[str, float]] = []
        for sentence in self._sentences(text[:_LONGEST_TEXT]):
            found += self._weights(sentence)
        total = sum(weight for _, weight in found)
        score = total / (abs(total) + 1.5)
        label: Label = "positive" if score >= _THRESHOLD else "negative" if score <= -_THRESHOLD else "neutral"
        return Tone(score, label, tuple(found))

    def _sentences(self, text: str) -> list[list[str]]:
        sentences: list[list[str]] = [[]]
        words = _TOKEN.findall(_END.sub(" ", text.replace("’", "'")).lower())
        row = 0
        while row < len(words):
            if words[row] in ".;:!?":
                sentences.append([])
                row += 1
                continue
            for length in range(_LONGEST_PHRASE, 1, -1):
                phrase = "_".join(words[row : row + length])
                if phrase in self.phrases and "." not in phrase:
                    sentences[-1].append(phrase)
                    row += length
                    break
            else:
                sentences[-1].append(words[row])
                row += 1
        return [one for one in sentences if one]

    def _weights(self, words: list[str]) -> list[tuple[str, float]]:
        found: list[tuple[str, float]] = []
        moved = False
        for row, word in enumerate(words):
            weight = self._direction(words, row)
            if weight is not None:
                if moved and abs(weight) < 1.0:
                    continue
                # "profit fell, down from": one movement said twice is one movement.
                if moved and found and found[-1][1] * weight > 0:
                    continue
                moved = True
            else:
                weight = self.sections["positive"].get(word, 0.0) - self.sections["negative"].get(word, 0.0)
            if weight:
                found.append((word.replace("_", " "), round(self._tempered(words, row, weight), 4)))
        return found

    def _direction(self, words: list[str], row: int) -> float | None:
        """The weight of a word of direction by what it speaks of; None for other words."""
        word = words[row]
        if word in self.sections["rise"]:
            way = self.sections["rise"][word]
        elif word in self.sections["fall"]:
            way = -self.sections["fall"][word]
        else:
            return None
        if "_to_" in word:
            return way
        nearest, sign = 99, 0.0
        for place in range(max(0, row - _BEFORE), min(len(words), row + _AFTER + 1)):
            distance = abs(place - row) + (2 if place > row else 0)
            for name, of in (("good", 1.0), ("bad", -1.0)):
                if words[place] in self.sections[name] and place != row and distance < nearest:
                    nearest, sign = distance, of
        if sign == 0.0:
            return _ALONE * way
        return way * sign

    def _tempered(self, words: list[str], row: int, weight: float) -> float:
        around = words[max(0, row - 2) : row] + words[row + 1 : row + 2]
        if any(one in self.sections["intensifier"] for one in around):
            weight *= _STRONGER
        if any(one in self.sections["diminisher"] for one in around):
            weight *= _WEAKER
        before = words[max(0, row - _NEGATION_REACH) : row]
        if any(one in self.sections["negator"] or one.endswith("n't") for one in before):
            weight *= _NEGATED
        return weight


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once.

    Raises:
        ValueError: the file names a section there is not, or a word twice within one.
    """
    sections: dict[str, dict[str, float]] = {name: {} for name in _SECTIONS}
    for number, line in enumerate(_FILE.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        if name not in sections:
            raise ValueError(f"{_FILE.name}, line {number}: there is no section “{name}”.")
        for part in rest.split():
            word, _, weight = part.partition("=")
            if word in sections[name]:
                raise ValueError(f"{_FILE.name}, line {number}: “{word}” stands twice in {name}.")
            sections[name][word] = float(weight) if weight else 1.0
    phrases = frozenset(word for section in sections.values() for word in section if "_" in word)
    frozen = MappingProxyType({name: MappingProxyType(words) for name, words in sections.items()})
    return Lexicon(frozen, phrases)


def tone(text: str) -> Tone:
    """The tone of a text by our lexicon."""
    return lexicon().read(text)
