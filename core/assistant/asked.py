"""A question as arguments are read from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from core.assistant.sentence import Sentence
from core.assistant.words import Question

Given = dict[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the arguments are read from it. `symbols` are canonical; `today` is the day asked about."""

    question: Question
    said: Sentence
    symbols: tuple[str, ...]
    today: date

    @property
    def text(self) -> str:
        """The normal form."""
        return self.said.text


def first_of(text: str, words: tuple[tuple[str, str], ...]) -> str | None:
    """The value of the first pattern that is in a text; None when none is."""
    return next((value for pattern, value in words if re.search(pattern, text)), None)
