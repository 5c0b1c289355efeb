"""SQL about what was done to the rows of a ledger. Only ever added to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db.repositories.portfolio_scope import Person
from db.tables.portfolio import TransactionChangeRow


@dataclass(frozen=True, slots=True)
class StoredChange:
    """What was done to one row; `before` and `after` as documents of texts."""

    transaction_id: int
    at: datetime
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    id: int | None = None


_ADD = text(
    "INSERT INTO transaction_changes (account_id, transaction_id, at, action, before, after)"
    " SELECT :person, r.transaction_id, :at, r.action, r.before, r.after FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    " AS r (n int, transaction_id bigint, action text, before jsonb, after jsonb) ORDER BY r.n"
)


class ChangeRepository:
    """The record of one person's changes."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person

    def add(self, changes: Sequence[StoredChange]) -> None:
        """Write changes of one moment down."""
        if not changes:
            return
        document = [
            {
                "n": number,
                "transaction_id": each.transaction_id,
                "action": each.action,
                "before": each.before,
                "after": each.after,
            }
            for number, each in enumerate(changes)
        ]
        self._session.execute(
            _ADD,
            {"person": self._person.id, "at": changes[0].at, "rows": json.dumps(document, ensure_ascii=False)},
        )

    def of(self, transaction_id: int) -> tuple[StoredChange, ...]:
        """What was done to a row, first things first."""
        row = TransactionChangeRow
        found = self._session.execute(
            select(row.transaction_id, row.at, row.action, row.before, row.after, row.id)
            .where(self._person.owns(row.account_id), row.transaction_id == transaction_id)
            .order_by(row.id)
        )
        return tuple(StoredChange(*each) for each in found)
