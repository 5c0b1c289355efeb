"""Turns of phrase that decide what becomes of a question, kept in a data file: refusals, purposes, meanings."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("vocabulary") / "sayings.txt"
_SECTION = re.compile(r"\[(\w+)\]")
_NORMAL_FORM: Final = frozenset({"advice", "forecast", "whole"})


@cache
def saying(section: str) -> re.Pattern[str]:
    """One pattern for all lines of a section: of typed text in any case, or of the normal form.

    Raises:
        KeyError: the file has no such section.
    """
    lines = "|".join(_sections()[section])
    if section in _NORMAL_FORM:
        return re.compile(rf" (?:{lines})(?= )")
    return re.compile(lines, re.IGNORECASE)


@cache
def _sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    section = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if match := _SECTION.fullmatch(line):
            section = match[1]
            found[section] = []
        elif line.strip() and not line.startswith("#"):
            found[section].append(line.replace("·", " "))
    return found
