"""SQL that fills a new desk in few statements: what a visitor who clicked once is waiting for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.repositories.market_scope import Scope
from db.tables.market import Layout, Watch
from db.tables.operations import AlertRow


class SampleRepository:
    """One account's samples; what it has already stays as it is."""

    def __init__(self, session: Session, account_id: int, owner: str) -> None:
        self._session = session
        self._account_id = account_id
        self._owner = Scope(owner).name

    def watch(self, symbols: Sequence[str], now: datetime) -> None:
        """Watch instruments, in this order."""
        rows = [
            {"owner": self._owner, "symbol": symbol, "since": now + timedelta(microseconds=place)}
            for place, symbol in enumerate(symbols)
        ]
        self._session.execute(insert(Watch).values(rows).on_conflict_do_nothing())

    def layouts(self, payloads: Mapping[str, dict[str, Any]], now: datetime) -> None:
        """Save chart layouts under their names."""
        rows = [
            {"owner": self._owner, "name": name, "payload": payload, "saved_at": now}
            for name, payload in payloads.items()
        ]
        self._session.execute(insert(Layout).values(rows).on_conflict_do_nothing())

    def alerts(self, changes: Sequence[tuple[str, Decimal, str]], now: datetime, expires_at: datetime | None) -> None:
        """Arm alerts on changes in a day (symbol, percent, note), for an account that has no alert yet."""
        wanted = union_all(
            *(
                select(literal(symbol).label("symbol"), literal(level).label("level"), literal(note).label("note"))
                for symbol, level, note in changes
            )
        ).subquery()
        has = select(func.count()).where(AlertRow.account_id == self._account_id).scalar_subquery()
        columns = {
            "account_id": literal(self._account_id),
            "symbol": wanted.c.symbol,
            "condition": literal("change_pct"),
            "level": wanted.c.level,
            "note": wanted.c.note,
            "repeat": literal(False),
            "state": literal("armed"),
            "created_at": literal(now),
            "armed_at": literal(now),
            "expires_at": literal(expires_at, AlertRow.expires_at.type),
            "fired_count": literal(0),
        }
        chosen = select(*columns.values()).select_from(wanted).where(has == 0)
        self._session.execute(insert(AlertRow).from_select(list(columns), chosen))
