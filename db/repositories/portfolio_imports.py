"""SQL about imported files: the batches they made, and what the columns of generic files mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.repositories.portfolio_scope import Person
from db.tables.portfolio import ImportBatchRow, ImportMappingRow


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A file that was imported."""

    id: int
    source: str
    file_name: str
    file_sha256: str
    added: int
    duplicates: int
    created_at: datetime
    undone_at: datetime | None


_BATCH = tuple(getattr(ImportBatchRow, name) for name in StoredBatch.__slots__)


class BatchRepository:
    """One person's imports."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person

    def open(self, source: str, file_name: str, file_sha256: str, at: datetime) -> int:
        """The number of a new batch, empty as yet."""
        return int(
            self._session.execute(
                insert(ImportBatchRow)
                .values(
                    account_id=self._person.id,
                    source=source,
                    file_name=file_name,
                    file_sha256=file_sha256,
                    added=0,
                    duplicates=0,
                    created_at=at,
                )
                .returning(ImportBatchRow.id)
            ).scalar_one()
        )

    def count(self, number: int, added: int, duplicates: int) -> StoredBatch:
        """Write down what became of its rows."""
        return self._one(
            update(ImportBatchRow)
            .where(self._person.owns(ImportBatchRow.account_id), ImportBatchRow.id == number)
            .values(added=added, duplicates=duplicates)
        )

    def undo(self, number: int, at: datetime) -> bool:
        """Mark a batch as taken back; False when there is none of that number that was not."""
        return bool(
            self._session.scalar(
                update(ImportBatchRow)
                .where(
                    self._person.owns(ImportBatchRow.account_id),
                    ImportBatchRow.id == number,
                    ImportBatchRow.undone_at.is_(None),
                )
                .values(undone_at=at)
                .returning(ImportBatchRow.id)
            )
        )

    def all(self) -> tuple[StoredBatch, ...]:
        """The latest first."""
        rows = self._session.execute(
            select(*_BATCH).where(self._person.owns(ImportBatchRow.account_id)).order_by(ImportBatchRow.id.desc())
        )
        return tuple(StoredBatch(*row) for row in rows)

    def _one(self, statement: Any) -> StoredBatch:
        return StoredBatch(*self._session.execute(statement.returning(*_BATCH)).one())


class MappingRepository:
    """What the columns of one person's generic files mean."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person

    def get(self, signature: str) -> Mapping[str, Any] | None:
        """The mapping for files with those columns; None when nobody chose one."""
        found: Mapping[str, Any] | None = self._session.scalar(
            select(ImportMappingRow.mapping).where(
                self._person.owns(ImportMappingRow.account_id), ImportMappingRow.signature == signature
            )
        )
        return found

    def put(self, signature: str, mapping: Mapping[str, Any], at: datetime) -> None:
        """Remember a mapping; the last one counts."""
        statement = insert(ImportMappingRow).values(
            account_id=self._person.id, signature=signature, mapping=dict(mapping), changed_at=at
        )
        self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["account_id", "signature"],
                set_={"mapping": statement.excluded.mapping, "changed_at": statement.excluded.changed_at},
            )
        )
