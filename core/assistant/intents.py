"""How investors ask for each tool: patterns over a question's normal form (`sentence`), kept in a data file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("vocabulary") / "intents.txt"
_SECTION = re.compile(r"\[(\w+)( !)?\]")
_MACRO = re.compile(r"@(\w+)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to ask. `weight`: 9 and more decides, 5 to 8 is clear, less counts when nothing clearer is said."""

    tool: str
    weight: float
    pattern: re.Pattern[str]
    alone: bool


@cache
def phrases() -> tuple[Phrase, ...]:
    """All phrases, in the file's order.

    Raises:
        ValueError: the file has a line that is none.
    """
    macros: dict[str, str] = {}
    found: list[Phrase] = []
    tool, alone = "", False
    for number, line in enumerate(_FILE.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if section := _SECTION.fullmatch(text):
            tool, alone = section[1], section[2] is not None
        elif text.startswith("@"):
            name, _, pattern = text[1:].partition("=")
            macros[name.strip()] = pattern.strip()
        else:
            weight, _, pattern = text.partition(" ")
            if not tool or not weight.isdigit():
                raise ValueError(f"{_FILE.name}, line {number}: “{text[:60]}” is no phrase.")
            found.append(Phrase(tool, float(weight), _compiled(pattern, macros), alone))
    return tuple(found)


def _compiled(pattern: str, macros: dict[str, str]) -> re.Pattern[str]:
    whole = _MACRO.sub(lambda match: macros.get(match[1], match[0]), pattern.strip())
    # Whole words; "§" and signs are no word characters, so blanks around each word stand for \b.
    begins, ends = whole.startswith("^"), whole.endswith("$")
    body = whole[1 if begins else 0 : -1 if ends else None]
    return re.compile(f"{'^ ' if begins else '(?<![^ ])'}(?:{body}){' $' if ends else '(?![^ ])'}")
