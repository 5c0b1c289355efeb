"""SQL about the accounts of a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.repositories.portfolio_scope import Person
from db.tables.portfolio import LedgerAccountRow, TransactionRow


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account of a ledger as it is kept."""

    id: int
    name: str
    kind: str
    currency: str
    institution: str
    closed: bool
    version: int


_COLUMNS = (
    LedgerAccountRow.id,
    LedgerAccountRow.name,
    LedgerAccountRow.kind,
    LedgerAccountRow.currency,
    LedgerAccountRow.institution,
    LedgerAccountRow.closed,
    LedgerAccountRow.version,
)


class LedgerAccountRepository:
    """One person's accounts."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person

    def all(self) -> tuple[StoredAccount, ...]:
        """In the order they were opened."""
        rows = self._session.execute(
            select(*_COLUMNS).where(self._person.owns(LedgerAccountRow.account_id)).order_by(LedgerAccountRow.id)
        )
        return tuple(StoredAccount(*row) for row in rows)

    def open(self, name: str, kind: str, currency: str, institution: str, at: datetime) -> StoredAccount | None:
        """Open an account; None when the person has one of that name."""
        row = self._session.execute(
            insert(LedgerAccountRow)
            .values(
                account_id=self._person.id,
                name=name,
                kind=kind,
                currency=currency,
                institution=institution,
                closed=False,
                version=1,
                created_at=at,
            )
            .on_conflict_do_nothing()
            .returning(*_COLUMNS)
        ).one_or_none()
        return None if row is None else StoredAccount(*row)

    def named(self, name: str) -> StoredAccount | None:
        """The account of that name, however it is capitalised."""
        row = self._session.execute(
            select(*_COLUMNS).where(
                self._person.owns(LedgerAccountRow.account_id),
                func.lower(LedgerAccountRow.name) == func.lower(name),
            )
        ).one_or_none()
        return None if row is None else StoredAccount(*row)

    def change(self, account: StoredAccount) -> StoredAccount | None:
        """Write an account over the version it was read in; None when it has another version by now."""
        row = self._session.execute(
            update(LedgerAccountRow)
            .where(
                self._person.owns(LedgerAccountRow.account_id),
                LedgerAccountRow.id == account.id,
                LedgerAccountRow.version == account.version,
            )
            .values(
                name=account.name,
                kind=account.kind,
                currency=account.currency,
                institution=account.institution,
                closed=account.closed,
                version=account.version + 1,
            )
            .returning(*_COLUMNS)
        ).one_or_none()
        return None if row is None else StoredAccount(*row)

    def has_rows(self, account_id: int) -> bool:
        """Whether any transaction names the account, removed ones too."""
        return bool(
            self._session.scalar(
                select(TransactionRow.id)
                .where(
                    self._person.owns(TransactionRow.account_id),
                    or_(
                        TransactionRow.ledger_account_id == account_id,
                        TransactionRow.counter_ledger_account_id == account_id,
                    ),
                )
                .limit(1)
            )
        )
