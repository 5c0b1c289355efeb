"""SQL about a person's own assets and what they were worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.repositories.portfolio_scope import Person
from db.tables.portfolio import OwnAssetPriceRow, OwnAssetRow


@dataclass(frozen=True, slots=True)
class StoredAsset:
    """An own asset as it is kept."""

    symbol: str
    name: str
    asset_class: str
    currency: str


class AssetRepository:
    """One person's own assets."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person

    def all(self) -> tuple[StoredAsset, ...]:
        """By name."""
        row = OwnAssetRow
        rows = self._session.execute(
            select(row.symbol, row.name, row.asset_class, row.currency)
            .where(self._person.owns(row.account_id))
            .order_by(row.name, row.symbol)
        )
        return tuple(StoredAsset(*each) for each in rows)

    def symbols(self) -> set[str]:
        """Their symbols."""
        return set(self._session.scalars(select(OwnAssetRow.symbol).where(self._person.owns(OwnAssetRow.account_id))))

    def add(self, asset: StoredAsset, at: datetime) -> bool:
        """Store an asset; False when the symbol is taken."""
        return bool(
            self._session.scalar(
                insert(OwnAssetRow)
                .values(
                    account_id=self._person.id,
                    symbol=asset.symbol,
                    name=asset.name,
                    asset_class=asset.asset_class,
                    currency=asset.currency,
                    created_at=at,
                )
                .on_conflict_do_nothing()
                .returning(OwnAssetRow.symbol)
            )
        )

    def set_price(self, symbol: str, on: date, price: Decimal, at: datetime) -> None:
        """Write down what a unit was worth on a day; the last word counts."""
        statement = insert(OwnAssetPriceRow).values(
            account_id=self._person.id, symbol=symbol, on=on, price=price, changed_at=at
        )
        self._session.execute(
            statement.on_conflict_do_update(
                index_elements=["account_id", "symbol", "on"],
                set_={"price": statement.excluded.price, "changed_at": statement.excluded.changed_at},
            )
        )

    def prices(self, symbol: str) -> tuple[tuple[date, Decimal], ...]:
        """Every price of an asset, by day."""
        row = OwnAssetPriceRow
        rows = self._session.execute(
            select(row.on, row.price).where(self._person.owns(row.account_id), row.symbol == symbol).order_by(row.on)
        )
        return tuple((each[0], each[1]) for each in rows)
