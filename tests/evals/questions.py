"""The question set as values, and what is held back from tuning.

`questions.txt` says each question once. A third is held back by a stable hash of the question, so that whoever improves
the router on the rest still has a measure that was not looked at.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from core.assistant.tools.cards import CARDS

_FILE = Path(__file__).with_name("questions.txt")


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what is expected.

    Attributes:
        tools: groups of tools; of each group one has to be called, and one of the first group first.
        symbols: instruments; empty for none or any.
        args: arguments of the first tool that the question says.
        outcome: "" accepts any.
    """

    id: str
    kind: str
    question: str
    after: str = ""
    tools: tuple[tuple[str, ...], ...] = ()
    symbols: tuple[str, ...] = ()
    args: dict[str, object] = field(default_factory=dict)
    outcome: str = "answered"

    @property
    def held_back(self) -> bool:
        """Whether it belongs to the third that is not tuned on."""
        return int(self.id, 16) % 3 == 0


@cache
def cases() -> tuple[Case, ...]:
    """Every question, in the file's order."""
    found = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        cells = [one.strip() for one in line.split("|")] + [""] * 6
        question, _, after = cells[1].partition(" <- ")
        outcome = cells[5] or "answered"
        found.append(
            Case(
                id=hashlib.sha256(cells[1].encode()).hexdigest()[:12],
                kind=cells[0],
                question=question.strip(),
                after=after.strip(),
                tools=tuple(
                    tuple(_tool(one) for one in group.strip().split("/"))
                    for group in cells[2].split("+")
                    if group.strip()
                ),
                symbols=tuple(cells[3].split()),
                args=_args(cells[4]),
                outcome="" if outcome == "any" else outcome,
            )
        )
    if len({one.id for one in found}) != len(found):
        raise ValueError(f"{_FILE.name} says a question twice")
    return tuple(found)


def _tool(short: str) -> str:
    for name in (short, f"get_{short}", f"create_{short}"):
        if name in CARDS or name in {"get_score", "get_top_scores", "place_order"}:
            return name
    raise ValueError(f"{_FILE.name}: there is no tool “{short}”")


def _args(text: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for pair in text.split():
        name, _, value = pair.partition("=")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
