"""SQL about saved strategies and kept backtests. Whose rows a statement touches is said in one place each.

`StrategyRepository` reads its account's strategies and, by their link, shared ones of others; it changes only its own.
`BacktestRepository` knows its account's runs only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.tables.accounts import AccountRow
from db.tables.backtests import BacktestRow, StrategyRow


@dataclass(frozen=True, slots=True)
class StoredStrategy:
    """A version of a strategy, in the columns of its table; `account_id` says whose it is."""

    account_id: int
    link: str
    version: int
    name: str
    recipe: dict[str, Any]
    shared: bool
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class StoredBacktest:
    """A kept backtest, in the columns of its table."""

    link: str
    title: str
    symbol: str
    inputs: dict[str, Any]
    inputs_fingerprint: str
    data_fingerprint: str
    code_version: str
    source: str
    simulated: bool
    known_at: datetime
    kept_at: datetime
    first_bar: datetime
    last_bar: datetime
    bars: int
    figures: dict[str, Any]
    curve: bytes


def _strategy(row: StrategyRow) -> StoredStrategy:
    return StoredStrategy(*(getattr(row, name) for name in StoredStrategy.__slots__))


def _backtest(row: BacktestRow) -> StoredBacktest:
    return StoredBacktest(*(getattr(row, name) for name in StoredBacktest.__slots__))


def _hold(session: Session, account_id: int) -> None:
    """Let others who add for this account wait, so that the most it may have is exact."""
    session.execute(select(AccountRow.id).where(AccountRow.id == account_id).with_for_update(key_share=True))


class StrategyRepository:
    """One account's strategies; `account_id` None is a visitor, who sees shared ones."""

    def __init__(self, session: Session, account_id: int | None) -> None:
        self._session = session
        self._account_id = account_id

    def hold(self) -> None:
        """Let others who add for this account wait."""
        if self._account_id is not None:
            _hold(self._session, self._account_id)

    def count(self) -> int:
        """How many strategies the account has, versions not counted."""
        return int(self._session.scalar(select(func.count(func.distinct(StrategyRow.link))).where(self._own())) or 0)

    def all(self) -> tuple[StoredStrategy, ...]:
        """The newest version of each of the account's strategies, last saved first."""
        newest = select(func.max(StrategyRow.id)).where(self._own()).group_by(StrategyRow.link)
        rows = self._session.scalars(
            select(StrategyRow).where(StrategyRow.id.in_(newest)).order_by(StrategyRow.id.desc())
        )
        return tuple(_strategy(row) for row in rows)

    def get(self, link: str, version: int | None = None) -> StoredStrategy | None:
        """A strategy that may be read, its newest version unless one is named."""
        wanted = select(StrategyRow).where(StrategyRow.link == link, or_(self._own(), StrategyRow.shared))
        if version is not None:
            wanted = wanted.where(StrategyRow.version == version)
        row = self._session.scalars(wanted.order_by(StrategyRow.version.desc()).limit(1)).one_or_none()
        return None if row is None else _strategy(row)

    def versions(self, link: str) -> tuple[StoredStrategy, ...]:
        """All versions of a strategy that may be read, newest first."""
        rows = self._session.scalars(
            select(StrategyRow)
            .where(StrategyRow.link == link, or_(self._own(), StrategyRow.shared))
            .order_by(StrategyRow.version.desc())
        )
        return tuple(_strategy(row) for row in rows)

    def add(self, link: str, version: int, name: str, recipe: dict[str, Any], *, shared: bool, at: datetime) -> None:
        """Save a version."""
        self._session.add(
            StrategyRow(
                account_id=self._account_id, link=link, version=version, name=name, recipe=recipe, shared=shared,
                saved_at=at,
            )
        )  # fmt: skip
        self._session.flush()

    def share(self, link: str, *, shared: bool) -> bool:
        """Let whoever has the link read a strategy, or nobody else; whether it is the account's."""
        done = self._session.execute(
            update(StrategyRow).where(StrategyRow.link == link, self._own()).values(shared=shared).returning(
                StrategyRow.id
            )
        )  # fmt: skip
        return done.first() is not None

    def rename(self, link: str, name: str) -> bool:
        """Call a strategy otherwise; whether it is the account's."""
        done = self._session.execute(
            update(StrategyRow).where(StrategyRow.link == link, self._own()).values(name=name).returning(StrategyRow.id)
        )
        return done.first() is not None

    def remove(self, link: str) -> bool:
        """Delete a strategy with all its versions; whether it was the account's."""
        gone = self._session.execute(
            delete(StrategyRow).where(StrategyRow.link == link, self._own()).returning(StrategyRow.id)
        )
        return gone.first() is not None

    def _own(self) -> ColumnElement[bool]:
        return StrategyRow.account_id == self._account_id


class BacktestRepository:
    """One account's kept backtests."""

    def __init__(self, session: Session, account_id: int) -> None:
        self._session = session
        self._account_id = account_id

    def hold(self) -> None:
        """Let others who add for this account wait."""
        _hold(self._session, self._account_id)

    def count(self) -> int:
        """How many the account keeps."""
        return int(self._session.scalar(select(func.count()).select_from(BacktestRow).where(self._own())) or 0)

    def all(self, limit: int) -> tuple[StoredBacktest, ...]:
        """The last ones kept, newest first."""
        rows = self._session.scalars(
            select(BacktestRow).where(self._own()).order_by(BacktestRow.id.desc()).limit(limit)
        )
        return tuple(_backtest(row) for row in rows)

    def some(self, links: Sequence[str]) -> tuple[StoredBacktest, ...]:
        """Those of the links that are the account's, in the order of the links."""
        rows = self._session.scalars(select(BacktestRow).where(BacktestRow.link.in_(links), self._own()))
        found = {row.link: _backtest(row) for row in rows}
        return tuple(found[link] for link in dict.fromkeys(links) if link in found)

    def add(self, stored: StoredBacktest) -> str:
        """Keep a backtest; the link under which the same one is kept already, else its own."""
        values = {name: getattr(stored, name) for name in StoredBacktest.__slots__}
        same = (BacktestRow.inputs_fingerprint, BacktestRow.data_fingerprint, BacktestRow.code_version)
        made = insert(BacktestRow).values(account_id=self._account_id, **values)
        made = made.on_conflict_do_nothing(index_elements=[BacktestRow.account_id, *same])
        new = self._session.scalar(made.returning(BacktestRow.link))
        if new is not None:
            return str(new)
        return str(
            self._session.scalars(
                select(BacktestRow.link).where(
                    self._own(),
                    BacktestRow.inputs_fingerprint == stored.inputs_fingerprint,
                    BacktestRow.data_fingerprint == stored.data_fingerprint,
                    BacktestRow.code_version == stored.code_version,
                )
            ).one()
        )

    def rename(self, link: str, title: str) -> bool:
        """Call a run otherwise; whether it is the account's."""
        done = self._session.execute(
            update(BacktestRow).where(BacktestRow.link == link, self._own()).values(title=title).returning(
                BacktestRow.id
            )
        )  # fmt: skip
        return done.first() is not None

    def remove(self, links: Sequence[str]) -> int:
        """Delete runs; how many were the account's."""
        gone = self._session.execute(
            delete(BacktestRow).where(BacktestRow.link.in_(links), self._own()).returning(BacktestRow.id)
        )
        return len(gone.all())

    def _own(self) -> ColumnElement[bool]:
        return BacktestRow.account_id == self._account_id
