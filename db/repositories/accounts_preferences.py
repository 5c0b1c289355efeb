"""SQL about preferences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.tables.accounts import PreferenceRow


@dataclass(frozen=True, slots=True)
class SavedPreferences:
    """One account's preferences, in the columns of their table."""

    risk_tolerance: str
    horizon: str
    experience: str
    base_currency: str
    number_format: str
    timezone: str
    default_model: str
    privacy: bool
    report: str
    report_hour: int


class PreferenceRepository:
    """The preferences of one account."""

    def __init__(self, session: Session, account_id: int) -> None:
        self._session = session
        self.account_id = account_id

    def load(self) -> SavedPreferences | None:
        """What was saved; None when nothing was."""
        row = self._session.execute(
            select(*(getattr(PreferenceRow, name) for name in SavedPreferences.__slots__)).where(
                PreferenceRow.account_id == self.account_id
            )
        ).one_or_none()
        return None if row is None else SavedPreferences(*row)

    def save(self, saved: SavedPreferences, at: datetime) -> None:
        """Keep preferences in place of the earlier ones."""
        values = {name: getattr(saved, name) for name in SavedPreferences.__slots__} | {"saved_at": at}
        made = insert(PreferenceRow).values(account_id=self.account_id, **values)
        self._session.execute(made.on_conflict_do_update(index_elements=[PreferenceRow.account_id], set_=values))
