"""SQL about price alerts: `AlertRepository` touches one account's rows, `AlertCheckRepository` all that are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from db.tables.accounts import AccountRow, PreferenceRow
from db.tables.operations import AlertRow


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert, in the columns of its table."""

    id: int
    account_id: int
    symbol: str
    condition: str
    level: Decimal
    note: str
    repeat: bool
    state: str
    created_at: datetime
    armed_at: datetime
    expires_at: datetime | None
    fired_at: datetime | None
    fired_count: int
    last_value: Decimal | None
    last_value_at: datetime | None


def _stored(row: AlertRow) -> StoredAlert:
    return StoredAlert(*(getattr(row, field) for field in StoredAlert.__slots__))


class AlertRepository:
    """One account's alerts."""

    def __init__(self, session: Session, account_id: int) -> None:
        self._session = session
        self._account_id = account_id

    def hold(self) -> None:
        """Let others who add alerts for this account wait, so that the most they may have is exact."""
        self._session.execute(
            select(AccountRow.id).where(AccountRow.id == self._account_id).with_for_update(key_share=True)
        )

    def count(self) -> int:
        """How many the account has."""
        return int(self._session.scalar(select(func.count()).where(AlertRow.account_id == self._account_id)) or 0)

    def all(self) -> tuple[StoredAlert, ...]:
        """The account's alerts, those that fired last first, then the newest."""
        rows = self._session.scalars(
            select(AlertRow)
            .where(AlertRow.account_id == self._account_id)
            .order_by(AlertRow.fired_at.desc().nulls_last(), AlertRow.id.desc())
            .execution_options(populate_existing=True)
        )
        return tuple(_stored(row) for row in rows)

    def get(self, number: int) -> StoredAlert | None:
        """One of the account's alerts; None when it is not there or not the account's."""
        row = self._session.scalars(
            select(AlertRow).where(self._own(number)).execution_options(populate_existing=True)
        ).one_or_none()
        return None if row is None else _stored(row)

    def add(
        self,
        *,
        symbol: str,
        condition: str,
        level: Decimal,
        note: str,
        repeat: bool,
        created_at: datetime,
        expires_at: datetime | None,
    ) -> StoredAlert:
        """Make an armed alert."""
        row = AlertRow(
            account_id=self._account_id,
            symbol=symbol,
            condition=condition,
            level=level,
            note=note,
            repeat=repeat,
            state="armed",
            created_at=created_at,
            armed_at=created_at,
            expires_at=expires_at,
            fired_count=0,
        )
        self._session.add(row)
        self._session.flush()
        return _stored(row)

    def set_state(self, number: int, state: str, armed_at: datetime | None, expires_at: datetime | None) -> bool:
        """Change an alert's state; with `armed_at` it begins anew. Whether there was one."""
        values: dict[str, object] = {"state": state, "expires_at": expires_at}
        if armed_at is not None:
            values |= {"armed_at": armed_at, "last_value": None, "last_value_at": None}
        changed = self._session.execute(update(AlertRow).where(self._own(number)).values(values).returning(AlertRow.id))
        return changed.scalar() is not None

    def remove(self, number: int) -> bool:
        """Delete an alert; whether there was one."""
        gone = self._session.execute(delete(AlertRow).where(self._own(number)).returning(AlertRow.id))
        return gone.scalar() is not None

    def fired(self, since: datetime, until: datetime) -> tuple[StoredAlert, ...]:
        """The account's alerts that last fired in [since, until), the earliest first."""
        rows = self._session.scalars(
            select(AlertRow)
            .where(AlertRow.account_id == self._account_id, AlertRow.fired_at >= since, AlertRow.fired_at < until)
            .order_by(AlertRow.fired_at, AlertRow.id)
        )
        return tuple(_stored(row) for row in rows)

    def _own(self, number: int) -> ColumnElement[bool]:
        return and_(AlertRow.id == number, AlertRow.account_id == self._account_id)


@dataclass(frozen=True, slots=True)
class Compared:
    """What an armed alert was compared with; `armed_at` as it was read."""

    id: int
    armed_at: datetime
    value: Decimal
    value_at: datetime


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom an alert is for. `timezone` is None where nothing was chosen."""

    account_id: int
    name: str
    email: str | None
    timezone: str | None


class AlertCheckRepository:
    """Everybody's alerts, for the job that compares them with prices."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def expire(self, now: datetime) -> int:
        """Let alerts rest whose time is over; how many."""
        changed = self._session.execute(
            update(AlertRow)
            .where(_due(), AlertRow.expires_at.is_not(None), AlertRow.expires_at <= now)
            .values(state="expired")
            .returning(AlertRow.id)
        )
        return len(changed.all())

    def due(self) -> tuple[StoredAlert, ...]:
        """Alerts to compare: armed ones, and repeating ones that fired, of accounts that are active; by symbol."""
        rows = self._session.scalars(
            select(AlertRow)
            .join(AccountRow, AccountRow.id == AlertRow.account_id)
            .where(_due(), AccountRow.state == "active")
            .order_by(AlertRow.symbol, AlertRow.id)
        )
        return tuple(_stored(row) for row in rows)

    def fire(self, number: int, armed_at: datetime, value: Decimal, value_at: datetime, now: datetime) -> bool:
        """Mark an armed alert fired; False when it is no longer as it was read. Nobody else can fire it then."""
        changed = self._session.execute(
            update(AlertRow)
            .where(AlertRow.id == number, AlertRow.state == "armed", AlertRow.armed_at == armed_at)
            .values(
                state="fired",
                fired_at=now,
                fired_count=AlertRow.fired_count + 1,
                last_value=value,
                last_value_at=value_at,
            )
            .returning(AlertRow.id)
        )
        return changed.scalar() is not None

    def receiver(self, account_id: int) -> Receiver | None:
        """Whom an account's alerts are for; None when it is gone."""
        row = self._session.execute(
            select(AccountRow.id, AccountRow.name, AccountRow.email, PreferenceRow.timezone)
            .outerjoin(PreferenceRow, PreferenceRow.account_id == AccountRow.id)
            .where(AccountRow.id == account_id)
        ).one_or_none()
        return None if row is None else Receiver(*row)

    def rearm(self, number: int, fired_at: datetime, value: Decimal, value_at: datetime) -> bool:
        """Arm a repeating alert that fired at that time; whether it still was so."""
        changed = self._session.execute(
            update(AlertRow)
            .where(AlertRow.id == number, AlertRow.state == "fired", AlertRow.fired_at == fired_at)
            .values(state="armed", armed_at=value_at, last_value=value, last_value_at=value_at)
            .returning(AlertRow.id)
        )
        return changed.scalar() is not None

    def note(self, values: Sequence[Compared]) -> None:
        """Remember what armed alerts were compared with."""
        if values:
            self._session.connection().execute(
                text(
                    "UPDATE alerts SET last_value = :value, last_value_at = :value_at"
                    " WHERE id = :id AND state = 'armed' AND armed_at = :armed_at"
                ),
                [asdict(one) for one in values],
            )


def _due() -> ColumnElement[bool]:
    return or_(AlertRow.state == "armed", and_(AlertRow.state == "fired", AlertRow.repeat))
