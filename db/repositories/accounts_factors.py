"""SQL about second factors: authenticator apps and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db.tables.accounts import Authenticator, RecoveryCode


@dataclass(frozen=True, slots=True)
class FoundAuthenticator:
    """An authenticator app; `sealed` is its encrypted secret."""

    sealed: bytes
    confirmed_at: datetime | None
    last_step: int | None


class FactorRepository:
    """The second factors of one account."""

    def __init__(self, session: Session, account_id: int) -> None:
        self._session = session
        self.account_id = account_id

    def authenticator(self) -> FoundAuthenticator | None:
        """The app, confirmed or not."""
        row = self._session.execute(
            select(Authenticator.sealed, Authenticator.confirmed_at, Authenticator.last_step).where(
                Authenticator.account_id == self.account_id
            )
        ).one_or_none()
        return None if row is None else FoundAuthenticator(*row)

    def propose(self, sealed: bytes, at: datetime) -> bool:
        """Keep the secret of an app that is being set up, in place of another not confirmed; False when one is."""
        made = upsert(Authenticator).values(
            account_id=self.account_id, sealed=sealed, created_at=at, confirmed_at=None, last_step=None
        )
        kept = self._session.execute(
            made.on_conflict_do_update(
                index_elements=[Authenticator.account_id],
                set_={"sealed": sealed, "created_at": at, "last_step": None},
                where=Authenticator.confirmed_at.is_(None),
            ).returning(Authenticator.account_id)
        )
        return bool(kept.all())

    def confirm(self, at: datetime) -> bool:
        """Count the app from now on; False when it was confirmed before, or there is none."""
        moved = self._session.execute(
            update(Authenticator)
            .where(Authenticator.account_id == self.account_id, Authenticator.confirmed_at.is_(None))
            .values(confirmed_at=at)
            .returning(Authenticator.account_id)
        )
        return bool(moved.all())

    def use_step(self, step: int) -> bool:
        """Use up the code of a time step; False when it, or a later one, was used before."""
        moved = self._session.execute(
            update(Authenticator)
            .where(
                Authenticator.account_id == self.account_id,
                or_(Authenticator.last_step.is_(None), Authenticator.last_step < step),
            )
            .values(last_step=step)
            .returning(Authenticator.account_id)
        )
        return bool(moved.all())

    def remove(self) -> bool:
        """Remove the app and its recovery codes; whether there was one that counted."""
        self._session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == self.account_id))
        gone = self._session.execute(
            delete(Authenticator)
            .where(Authenticator.account_id == self.account_id)
            .returning(Authenticator.confirmed_at)
        ).scalar_one_or_none()
        return gone is not None

    def replace_recovery_codes(self, digests: Sequence[str], at: datetime) -> None:
        """Keep new recovery codes in place of the earlier ones."""
        self._session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == self.account_id))
        self._session.execute(
            insert(RecoveryCode),
            [
                {"account_id": self.account_id, "digest": digest, "created_at": at, "used_at": None}
                for digest in digests
            ],
        )

    def use_recovery_code(self, digest: str, at: datetime) -> bool:
        """Use up a recovery code; of two at once, one succeeds."""
        moved = self._session.execute(
            update(RecoveryCode)
            .where(
                RecoveryCode.account_id == self.account_id,
                RecoveryCode.digest == digest,
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=at)
            .returning(RecoveryCode.digest)
        )
        return bool(moved.all())

    def recovery_codes_left(self) -> int:
        """How many recovery codes are not used."""
        return int(
            self._session.scalar(
                select(func.count()).where(RecoveryCode.account_id == self.account_id, RecoveryCode.used_at.is_(None))
            )
            or 0
        )
