"""SQL about the rows of a ledger: added once, changed by version, removed without being lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, any_, func, or_, select, text, update
from sqlalchemy.orm import Session

from db.repositories.portfolio_scope import Person
from db.tables.portfolio import TransactionRow


class StoredTransaction(NamedTuple):
    """A row as it is kept; what the names mean, `core.portfolio.model.Transaction` says."""

    id: int | None
    ledger_account_id: int
    kind: str
    traded_on: date
    traded_at: datetime | None
    symbol: str
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    fees: Decimal
    taxes: Decimal
    currency: str
    rate: Decimal | None
    ratio_new: Decimal | None
    ratio_old: Decimal | None
    other_symbol: str
    cost_share: Decimal | None
    counter_ledger_account_id: int | None
    lots: list[list[Any]]
    isin: str
    external_id: str
    source: str
    batch_id: int | None
    note: str
    tags: list[str]
    version: int
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """Which rows: None and "" ask nothing. `removed` asks for those that were removed instead."""

    accounts: tuple[int, ...] | None = None
    symbol: str | None = None
    kinds: tuple[str, ...] | None = None
    since: date | None = None
    until: date | None = None
    tag: str | None = None
    search: str = ""
    batch_id: int | None = None
    removed: bool = False


_COLUMNS = tuple(getattr(TransactionRow, name) for name in StoredTransaction._fields)
_WRITTEN = tuple(name for name in StoredTransaction._fields if name not in {"id", "version", "removed_at"})
_KEPT = frozenset({"source", "external_id", "batch_id"})
"""Where a row comes from never changes."""

_TYPES = {
    "ledger_account_id": "bigint",
    "traded_on": "date",
    "traded_at": "timestamptz",
    "counter_ledger_account_id": "bigint",
    "batch_id": "bigint",
    "lots": "jsonb",
    "tags": "jsonb",
} | dict.fromkeys(
    ("quantity", "price", "amount", "fees", "taxes", "rate", "ratio_new", "ratio_old", "cost_share"), "numeric"
)
# One document carries all rows of an import: a statement of thousands of rows is parsed once, and a row that is there
# already (the unique index on what the broker calls it) is left out by the database, whoever imports at the same time.
_EMPTY = {
    "fees": "0",
    "taxes": "0",
    "lots": "'[]'::jsonb",
} | dict.fromkeys(("symbol", "other_symbol", "isin", "external_id", "note", "source", "currency"), "''")
"""What stands for a value that is left out of the document because it is empty."""


def _read(name: str) -> str:
    if name == "tags":
        return "ARRAY(SELECT jsonb_array_elements_text(r.tags))"
    return f"coalesce(r.{name}, {_EMPTY[name]})" if name in _EMPTY else f"r.{name}"


_RECORD = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _WRITTEN)
_ADD = text(
    f"INSERT INTO transactions (account_id, {', '.join(_WRITTEN)}, version, revision, released, created_at, changed_at)"  # noqa: S608 - names of columns
    f" SELECT :person, {', '.join(map(_read, _WRITTEN))}, 1, :revision, FALSE, :at, :at"
    f" FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (n int, {_RECORD})"
    " ORDER BY r.n ON CONFLICT DO NOTHING RETURNING id, ledger_account_id, source, external_id"
)


class TransactionRepository:
    """One person's rows."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person

    def add(self, rows: Sequence[StoredTransaction], revision: int, at: datetime) -> list[int | None]:
        """Store rows in their order; the number of each, None for those that are known already and left out."""
        document = json.dumps(
            [
                {"n": number}
                | {
                    name: _plain(value)
                    for name in _WRITTEN
                    if (value := getattr(row, name)) or isinstance(value, Decimal)  # a price of 0 is said, not missing
                }
                for number, row in enumerate(rows)
            ],
            ensure_ascii=False,
        )
        done = self._session.execute(
            _ADD, {"person": self._person.id, "rows": document, "revision": revision, "at": at}
        ).all()
        # Numbers are given in the order of the document, so rows and numbers run side by side.
        stored = iter(sorted(done))
        numbers: list[int | None] = []
        following = next(stored, None)
        for row in rows:
            if following is not None and following[1:] == (row.ledger_account_id, row.source, row.external_id):
                numbers.append(following[0])
                following = next(stored, None)
            else:
                numbers.append(None)
        return numbers

    def get(self, number: int) -> StoredTransaction | None:
        """The row of that number, removed ones too."""
        row = self._session.execute(
            select(*_COLUMNS).where(self._person.owns(TransactionRow.account_id), TransactionRow.id == number)
        ).one_or_none()
        return None if row is None else StoredTransaction._make(row)

    def change(self, row: StoredTransaction, revision: int, at: datetime) -> StoredTransaction | None:
        """Write a row over the version it was read in; None when it has another by now, or was removed."""
        values = {name: getattr(row, name) for name in _WRITTEN if name not in _KEPT}
        return self._update(row.id, row.version, values, revision, at, TransactionRow.removed_at.is_(None))

    def remove(self, number: int, version: int, revision: int, at: datetime) -> StoredTransaction | None:
        """Let a row count no more; None when it has another version by now, or was removed before."""
        return self._update(number, version, {"removed_at": at}, revision, at, TransactionRow.removed_at.is_(None))

    def restore(self, number: int, version: int, revision: int, at: datetime) -> StoredTransaction | None:
        """Let a removed row count again; None when it has another version by now, or was not removed."""
        values = {"removed_at": None, "released": False}
        return self._update(number, version, values, revision, at, TransactionRow.removed_at.is_not(None))

    def remove_batch(self, batch_id: int, revision: int, at: datetime) -> list[StoredTransaction]:
        """Remove every row of an import and let its identities go; those that counted until now."""
        mine = (self._person.owns(TransactionRow.account_id), TransactionRow.batch_id == batch_id)
        self._session.execute(
            update(TransactionRow)
            .where(*mine, TransactionRow.removed_at.is_not(None))
            .values(released=True)
            .execution_options(synchronize_session=False)
        )
        rows = self._session.execute(
            update(TransactionRow)
            .where(*mine, TransactionRow.removed_at.is_(None))
            .values(removed_at=at, changed_at=at, released=True, revision=revision, version=TransactionRow.version + 1)
            .returning(*_COLUMNS)
            .execution_options(synchronize_session=False)
        )
        return [StoredTransaction._make(row) for row in rows]

    def identity_taken(self, row: StoredTransaction) -> bool:
        """Whether another row holds what the broker calls this one."""
        if not row.external_id:
            return False
        return bool(
            self._session.scalar(
                select(TransactionRow.id).where(
                    self._person.owns(TransactionRow.account_id),
                    TransactionRow.ledger_account_id == row.ledger_account_id,
                    TransactionRow.source == row.source,
                    TransactionRow.external_id == row.external_id,
                    TransactionRow.released.is_(False),
                    TransactionRow.id != row.id,
                )
            )
        )

    def identities(self, ledger_account_id: int, source: str) -> set[str]:
        """What the rows of one source in one account are called, removed ones too unless their batch was undone."""
        return set(
            self._session.scalars(
                select(TransactionRow.external_id).where(
                    self._person.owns(TransactionRow.account_id),
                    TransactionRow.ledger_account_id == ledger_account_id,
                    TransactionRow.source == source,
                    TransactionRow.external_id != "",
                    TransactionRow.released.is_(False),
                )
            )
        )

    def all(self) -> Iterator[StoredTransaction]:
        """Every row that counts."""
        rows = self._session.execute(
            select(*_COLUMNS).where(self._person.owns(TransactionRow.account_id), TransactionRow.removed_at.is_(None))
        )
        return (StoredTransaction._make(row) for row in rows)

    def since(self, revision: int) -> list[StoredTransaction]:
        """Rows that were written after that revision, removed ones too."""
        rows = self._session.execute(
            select(*_COLUMNS).where(self._person.owns(TransactionRow.account_id), TransactionRow.revision > revision)
        )
        return [StoredTransaction._make(row) for row in rows]

    def checksum(self) -> tuple[int, int]:
        """How many rows count, and the sum of their versions: whether a kept copy is still the same."""
        row = self._session.execute(
            select(func.count(), func.coalesce(func.sum(TransactionRow.version), 0)).where(
                self._person.owns(TransactionRow.account_id), TransactionRow.removed_at.is_(None)
            )
        ).one()
        return int(row[0]), int(row[1])

    def page(self, chosen: TransactionFilter, number: int, size: int) -> tuple[list[StoredTransaction], int]:
        """Rows of one page, the latest first, and how many there are in all."""
        conditions = self._conditions(chosen)
        total = self._session.scalar(select(func.count()).select_from(TransactionRow).where(*conditions)) or 0
        rows = self._session.execute(
            select(*_COLUMNS)
            .where(*conditions)
            .order_by(
                TransactionRow.traded_on.desc(), TransactionRow.traded_at.desc().nulls_last(), TransactionRow.id.desc()
            )
            .limit(size)
            .offset((number - 1) * size)
        )
        return [StoredTransaction._make(row) for row in rows], int(total)

    def _conditions(self, chosen: TransactionFilter) -> list[ColumnElement[bool]]:
        row = TransactionRow
        conditions = [
            self._person.owns(row.account_id),
            row.removed_at.is_not(None) if chosen.removed else row.removed_at.is_(None),
        ]
        if chosen.accounts is not None:
            mine = list(chosen.accounts)
            conditions.append(or_(row.ledger_account_id.in_(mine), row.counter_ledger_account_id.in_(mine)))
        if chosen.symbol is not None:
            conditions.append(or_(row.symbol == chosen.symbol, row.other_symbol == chosen.symbol))
        if chosen.kinds is not None:
            conditions.append(row.kind.in_(list(chosen.kinds)))
        if chosen.since is not None:
            conditions.append(row.traded_on >= chosen.since)
        if chosen.until is not None:
            conditions.append(row.traded_on <= chosen.until)
        if chosen.tag is not None:
            conditions.append(any_(row.tags) == chosen.tag)
        if chosen.batch_id is not None:
            conditions.append(row.batch_id == chosen.batch_id)
        searched = (row.symbol, row.other_symbol, row.isin, row.note, row.external_id)
        conditions += [
            or_(*(column.icontains(word, autoescape=True) for column in searched)) for word in chosen.search.split()
        ]
        return conditions

    def _update(
        self,
        number: int | None,
        version: int,
        values: Mapping[str, Any],
        revision: int,
        at: datetime,
        state: ColumnElement[bool],
    ) -> StoredTransaction | None:
        row = self._session.execute(
            update(TransactionRow)
            .where(
                self._person.owns(TransactionRow.account_id),
                TransactionRow.id == number,
                TransactionRow.version == version,
                state,
            )
            .values(**values, version=version + 1, revision=revision, changed_at=at)
            .returning(*_COLUMNS)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return None if row is None else StoredTransaction._make(row)


def _plain(value: Any) -> Any:
    """As JSON has it; numbers as text, which the database reads without rounding."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value
