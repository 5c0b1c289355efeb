"""SQL about one-time codes and the proofs that follow them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from db.tables.accounts import CodeRow


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code that was asked for, in the columns of its table."""

    id: UUID
    purpose: str
    channel: str
    account_id: int | None
    address: str
    address_key: str
    digest: str
    attempts: int
    resends: int
    created_at: datetime
    seen_at: datetime
    resend_at: datetime
    expires_at: datetime
    used_at: datetime | None
    proof_expires_at: datetime | None


_COLUMNS: tuple[Any, ...] = tuple(getattr(CodeRow, name) for name in FoundCode.__slots__)
_MOST_COUNTED = 1000


class CodeRepository:
    """The table `codes`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, row: FoundCode) -> None:
        """Keep a request."""
        self._session.execute(insert(CodeRow).values({name: getattr(row, name) for name in FoundCode.__slots__}))

    def count_attempt(self, request_id: UUID, purpose: str, at: datetime) -> FoundCode | None:
        """Count an attempt and hold the row: of a hundred at once, each sees a number of its own."""
        row = self._session.execute(
            update(CodeRow)
            .where(CodeRow.id == request_id, CodeRow.purpose == purpose)
            .values(
                attempts=func.least(CodeRow.attempts + 1, _MOST_COUNTED), seen_at=func.greatest(CodeRow.seen_at, at)
            )
            .returning(*_COLUMNS)
        ).one_or_none()
        return None if row is None else FoundCode(*row)

    def use(self, request_id: UUID, at: datetime) -> None:
        """Note that the code was told: it is good no more."""
        self._session.execute(update(CodeRow).where(CodeRow.id == request_id).values(used_at=at, digest=""))

    def keep_proof(self, request_id: UUID, proof_digest: str, expires_at: datetime) -> None:
        """Keep the proof that follows a told code."""
        self._session.execute(
            update(CodeRow)
            .where(CodeRow.id == request_id)
            .values(proof_digest=proof_digest, proof_expires_at=expires_at)
        )

    def lock_proof(self, proof_digest: str, purpose: str, at: datetime) -> FoundCode | None:
        """The request a proof belongs to, held until the unit of work ends."""
        row = self._session.execute(
            update(CodeRow)
            .where(CodeRow.proof_digest == proof_digest, CodeRow.purpose == purpose)
            .values(seen_at=func.greatest(CodeRow.seen_at, at))
            .returning(*_COLUMNS)
        ).one_or_none()
        return None if row is None else FoundCode(*row)

    def get(self, request_id: UUID) -> FoundCode | None:
        """A request."""
        row = self._session.execute(select(*_COLUMNS).where(CodeRow.id == request_id)).one_or_none()
        return None if row is None else FoundCode(*row)

    def renew(self, renewed: FoundCode, *, at: datetime) -> bool:
        """Put a new code in the place of the one before, unless that was used or renewed meanwhile."""
        moved = self._session.execute(
            update(CodeRow)
            .where(CodeRow.id == renewed.id, CodeRow.used_at.is_(None), CodeRow.resends == renewed.resends - 1)
            .values(
                digest=renewed.digest,
                channel=renewed.channel,
                attempts=0,
                resends=renewed.resends,
                seen_at=func.greatest(CodeRow.seen_at, at),
                resend_at=renewed.resend_at,
                expires_at=renewed.expires_at,
            )
            .returning(CodeRow.id)
        )
        return bool(moved.all())

    def delete(self, request_id: UUID) -> bool:
        """Delete a request and its proof; whether there was one."""
        gone = self._session.scalar(delete(CodeRow).where(CodeRow.id == request_id).returning(CodeRow.id))
        return gone is not None

    def delete_of_account(self, account_id: int) -> None:
        """Delete everything an account asked for."""
        self._session.execute(delete(CodeRow).where(CodeRow.account_id == account_id))

    def delete_old(self, at: datetime) -> int:
        """Delete requests whose code, and proof if there is one, are over; the number of them."""
        gone = self._session.scalars(
            delete(CodeRow)
            .where(CodeRow.expires_at <= at, or_(CodeRow.proof_expires_at.is_(None), CodeRow.proof_expires_at <= at))
            .returning(CodeRow.id)
        )
        return len(gone.all())
