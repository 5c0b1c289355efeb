"""What stands behind an answer's numbers: how many were checked, and a table that a number's link opens.

The table is HTML of ours (every text escaped), because only a `details` of the page itself opens when a link leads
into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from components import theme
from components.assistant.wording import anchor
from components.states import plain
from core.assistant.answer import Answer
from core.assistant.proofs import Proof, is_simulated, sources_of, youngest

_NOT_NAMED = frozenset({"Simulated market", "Catalogue", "Lexicon"})
"""Told by a badge of its own; and the desk's own lists, of which the evidence tells."""

_RULES = """<style>
.proofs {{ border: 1px solid {border}; border-radius: 8px; padding: 4px 12px; font-size: 0.875rem; overflow-x: auto; }}
.proofs summary {{ cursor: pointer; padding: 4px 0; color: {muted}; }}
.proofs summary:focus-visible {{ outline: 2px solid {accent}; }}
.proofs table {{ border-collapse: collapse; width: 100%; margin-bottom: 6px; }}
.proofs th, .proofs td {{ text-align: left; padding: 5px 14px 5px 0; border-top: 1px solid {border}; }}
.proofs th {{ font-weight: 600; color: {muted}; }}
.proofs td.value {{ font-variant-numeric: tabular-nums; white-space: nowrap; }}
.proofs tr:target {{ background: {surface}; outline: 2px solid {accent}; }}
@media (max-width: 640px) {{
  .proofs thead {{ display: none; }}
  .proofs tr {{ display: block; border-top: 1px solid {border}; padding: 6px 0; }}
  .proofs td {{ display: block; border: 0; padding: 1px 0; }}
  .proofs td:first-child {{ font-weight: 600; }}
}}
</style>"""


def badges(answer: Answer) -> str:
    """One line: how many figures were verified, where they come from, of when."""
    checked, open_ones = len(answer.numbers), len(answer.ungrounded)
    words = []
    if open_ones:
        words.append(f":orange-badge[:material/rule: Verified {checked} of {checked + open_ones} figures]")
    elif checked:
        words.append(f":green-badge[:material/verified: Verified {checked} of {checked} figures]")
    if is_simulated(answer):
        words.append(":orange-badge[:material/science: Simulated]")
    sources = [name for name in sources_of(answer) if name not in _NOT_NAMED]
    told = ", ".join(one for one in (" and ".join(sources), youngest(answer)) if one)
    if told:
        words.append(f":gray-badge[:material/database: {plain(told)}]")
    return " ".join(words)


def table(proofs: Sequence[Proof], message_id: int) -> None:
    """The numbers and what they rest on, folded away; nothing for an answer without numbers."""
    if not proofs:
        return
    look = theme.active()
    rules = _RULES.format(border=look.border, muted=look.muted, accent=look.accent, surface=look.surface)
    st.html(f"{rules}{markup(proofs, message_id)}")


def markup(proofs: Sequence[Proof], message_id: int) -> str:
    """The folded table as HTML."""
    rows = "".join(_row(proof, anchor(message_id, place)) for place, proof in enumerate(proofs, start=1))
    count = f"{len(proofs)} figure{'s' if len(proofs) != 1 else ''}"
    head = "".join(
        f'<th scope="col">{name}</th>' for name in ("In the answer", "What", "Value", "As of", "Source", "Tool")
    )
    return (
        f'<details class="proofs"><summary>Evidence: {count}</summary>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _row(proof: Proof, name: str) -> str:
    what = " · ".join(one for one in (proof.label or proof.cite, proof.about) if one)
    cells = (what, proof.shown, proof.when, proof.source, proof.tool)
    classes = ("", ' class="value"', "", "", "")
    rest = "".join(f"<td{kind}>{escape(one)}</td>" for one, kind in zip(cells, classes, strict=True))
    return f'<tr id="{name}"><td class="value">{escape(proof.text)}</td>{rest}</tr>'
