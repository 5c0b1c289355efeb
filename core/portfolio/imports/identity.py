"""What a row is called, so that it is booked once: the broker's own number, or else what the row says.

Where a broker gives no number, the identity is a hash of the row's content and, among rows that say the same, its
place: two real fills alike stay two, and a file that overlaps an earlier one adds nothing twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from core.portfolio.imports.amounts import plain
from core.portfolio.imports.model import Draft, Row

_LONGEST = 120


def named(rows: Sequence[Row], source: str) -> tuple[tuple[Row, ...], dict[int, int]]:
    """The rows with `external_id` and `source` set, and which of them (by place) repeats an earlier line of the file.

    Two rows of one number that say different things are both kept; the second one asks for attention.
    """
    times: Counter[str] = Counter()
    first: dict[str, tuple[int, str]] = {}
    repeated: dict[int, int] = {}
    out: list[Row] = []
    for place, row in enumerate(rows):
        if row.draft is None:
            out.append(row)
            continue
        said = _digest(row.draft)
        if row.draft.key:
            name = row.draft.key if len(row.draft.key) <= _LONGEST else _hash(row.draft.key)
            if (before := first.get(name)) is not None:
                if before[1] == said:
                    repeated[place] = before[0]
                else:
                    reason = f"its number {row.draft.key[:60]} stands on line {before[0]} already, with other values"
                    row = replace(row, state="attention", reason=reason)  # noqa: PLW2901 - the row as it goes on
                    name = f"{name}:{said[:12]}"
            first.setdefault(name, (row.line, said))
        else:
            name = f"#{said}" if not times[said] else f"#{said}:{times[said]}"
            times[said] += 1
        draft = row.draft
        assert draft is not None
        out.append(
            replace(row, draft=replace(draft, transaction=replace(draft.transaction, external_id=name, source=source)))
        )
    return tuple(out), repeated


def _digest(draft: Draft) -> str:
    """A hash of what a row says, the same however its numbers are padded and whatever symbol it resolves to."""
    if draft.parts:
        return _hash("\x1f".join(draft.parts))
    row, what, other = draft.transaction, draft.instrument, draft.other
    numbers = (row.quantity, row.price, row.amount, row.fees, row.taxes, row.ratio_new, row.ratio_old)
    texts = (
        row.kind.value,
        row.on.isoformat(),
        row.at.isoformat() if row.at else "",
        *("" if number is None else plain(number) for number in numbers),
        row.currency,
        (what.isin or what.symbol or what.name).upper() if what else "",
        other.symbol if other else "",
        draft.order,
        row.note,
    )
    return _hash("\x1f".join(texts))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
