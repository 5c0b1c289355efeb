"""SQL about what recurs, and proposals nobody wants to see again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.repositories.portfolio_scope import Person
from db.tables.portfolio import DismissedProposalRow, PlanRow


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it is kept; what the names mean, `core.portfolio.recurring.Plan` says."""

    id: int
    ledger_account_id: int
    kind: str
    symbol: str
    amount: Decimal | None
    currency: str
    every: str
    starts_on: date
    ends_on: date | None
    version: int


_PLAN = tuple(getattr(PlanRow, name) for name in StoredPlan.__slots__)


class PlanRepository:
    """One person's plans."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person

    def all(self) -> tuple[StoredPlan, ...]:
        """Those that were not ended by hand, in the order they were made."""
        rows = self._session.execute(
            select(*_PLAN)
            .where(self._person.owns(PlanRow.account_id), PlanRow.removed_at.is_(None))
            .order_by(PlanRow.id)
        )
        return tuple(StoredPlan(*row) for row in rows)

    def add(self, plan: StoredPlan, at: datetime) -> StoredPlan:
        """Store a plan; its number is given here."""
        row = self._session.execute(
            insert(PlanRow)
            .values(
                account_id=self._person.id,
                ledger_account_id=plan.ledger_account_id,
                kind=plan.kind,
                symbol=plan.symbol,
                amount=plan.amount,
                currency=plan.currency,
                every=plan.every,
                starts_on=plan.starts_on,
                ends_on=plan.ends_on,
                version=1,
                created_at=at,
            )
            .returning(*_PLAN)
        ).one()
        return StoredPlan(*row)

    def remove(self, number: int, version: int, at: datetime) -> bool:
        """End a plan; False when there is none of that number in that version."""
        return bool(
            self._session.scalar(
                update(PlanRow)
                .where(
                    self._person.owns(PlanRow.account_id),
                    PlanRow.id == number,
                    PlanRow.version == version,
                    PlanRow.removed_at.is_(None),
                )
                .values(removed_at=at, version=version + 1)
                .returning(PlanRow.id)
            )
        )


class DismissalRepository:
    """Proposals one person does not want to see again."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person

    def all(self) -> set[str]:
        """Their keys."""
        return set(
            self._session.scalars(
                select(DismissedProposalRow.key).where(self._person.owns(DismissedProposalRow.account_id))
            )
        )

    def add(self, key: str, at: datetime) -> None:
        """Put one away; a second time changes nothing."""
        self._session.execute(
            insert(DismissedProposalRow)
            .values(account_id=self._person.id, key=key, dismissed_at=at)
            .on_conflict_do_nothing()
        )
