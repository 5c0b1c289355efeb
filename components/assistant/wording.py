"""An answer's text as Markdown that only does what the analyst may: paragraphs, lists, emphasis, tables, proofs.

What came from tools, news or a model cannot make links, pictures, formulas, colours or HTML of itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from components.states import plain
from core.assistant.proofs import Proof

_OPENS = re.compile(r"(?<!\\)(?:\\\\)*[\[\]$<~]")
_ADDRESS = re.compile(r"(?i)(?<!\\):(?=//)|\b(www)\.(?=\w)|\b([\w.+-]+)@(?=[\w-]+\.)")
_TABLE_BREAK = re.compile(r"\s+")


def safe(text: str) -> str:
    """Markdown without links, pictures, formulas, directives and HTML; what is escaped already stays as it is."""
    escaped = _OPENS.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text)
    return _ADDRESS.sub(_no_address, escaped)


def _no_address(found: re.Match[str]) -> str:
    if found[1]:
        return f"{found[1]}\\."
    return f"{found[2]}\\@" if found[2] else "\\:"


def with_proofs(text: str, proofs: Sequence[Proof], message_id: int) -> str:
    """The same with each number that has a proof as a link to it; the proof is also told when pointed at."""
    pieces: list[str] = []
    at = 0
    for place, proof in enumerate(proofs, start=1):
        if proof.start < at or text[proof.start : proof.end] != proof.text or not _linkable(text, proof):
            continue
        pieces.append(safe(text[at : proof.start]))
        words = re.sub(r'["\\\n<>]', " ", told(proof))
        pieces.append(f'[{safe(proof.text)}](#{anchor(message_id, place)} "{words}")')
        at = proof.end
    pieces.append(safe(text[at:]))
    return "".join(pieces)


def anchor(message_id: int, place: int) -> str:
    """The name of a proof on the page; `place` from 1."""
    return f"proof-{message_id}-{place}"


def told(proof: Proof) -> str:
    """A proof in a line: what, of which instrument, when, from whom."""
    return " · ".join(one for one in (proof.label or proof.cite, proof.about, proof.when, proof.source) if one)


def cell(text: str) -> str:
    """A text as a cell of a Markdown table."""
    return plain(_TABLE_BREAK.sub(" ", text).strip())


def quoted(text: str) -> str:
    """What somebody typed, as text alone, with its lines kept."""
    return "  \n".join(plain(line) for line in text.split("\n"))


def _linkable(text: str, proof: Proof) -> bool:
    """A number in code cannot be a link."""
    line = text.rfind("\n", 0, proof.start) + 1
    return text.count("`", line, proof.start) % 2 == 0
