"""What booking a file would do, as a value that pages draw and `booking` books."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from core.portfolio.imports import own
from core.portfolio.imports.examined import PreviewRow, Unresolved
from core.portfolio.model import Account

turns = threading.BoundedSemaphore(3)
"""Files being read or booked at once in this process.

Reading is the processor's work and booking the database's, so more at once would only hold more memory and connections,
of which pages need some too; the others wait with neither.
"""


@dataclass(frozen=True, slots=True)
class Preview:
    """What booking a file would do; nothing of it is stored.

    Attributes:
        format: the name of the format, `title` for people, `why` it was taken for that.
        file_hash: sha256 of the file, 64 hex digits.
        account: the account it would go to; None when it has to be opened (or the file names several).
        currency: of the account that would be opened.
        rows: in file order; `counts` by state.
        notes: what concerns the whole file.
        mapping_needed: what no column was recognised for; the rows are empty until somebody says.
        columns, sample: titles and first rows, for the page on which columns are mapped; `mapping` as it is now, and
            `signature` under which it is remembered.
        unresolved: instruments that were not certain.
        others: accounts and own assets, of an export of the ledger.
    """

    format: str
    title: str
    broker: str
    why: str
    file_name: str
    file_hash: str
    account: Account | None
    currency: str
    rows: tuple[PreviewRow, ...]
    notes: tuple[str, ...] = ()
    skipped: int = 0
    mapping_needed: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    mapping: Mapping[str, str] | None = None
    signature: str = ""
    unresolved: tuple[Unresolved, ...] = ()
    others: own.Others | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows are new, duplicate, attention and rejected."""
        found = Counter(row.state for row in self.rows)
        return {state: found[state] for state in ("new", "duplicate", "attention", "rejected")}
