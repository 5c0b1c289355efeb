"""What has no market: a fixed deposit, gold, a flat. Its symbol is "OWN:slug"; its prices are the investor's own."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from core import clock
from core.accounts.model import Account as Investor
from core.portfolio.checks import today_for
from core.portfolio.errors import BadTransaction, NotFound
from core.portfolio.model import OWN
from db.repositories.portfolio_assets import AssetRepository, StoredAsset
from db.repositories.portfolio_scope import LedgerLock, Person
from db.session import read_session, unit_of_work

AssetClass = Literal["deposit", "bond", "gold", "property", "unlisted", "fund", "pension", "vehicle", "other"]

_CURRENCY = re.compile(r"[A-Z]{3,5}")
_NAME, _MOST = 80, 500
_DEAREST = Decimal(10) ** 16


@dataclass(frozen=True, slots=True)
class OwnAsset:
    """Something of the investor's without a market. `currency` is what its prices are in."""

    symbol: str
    name: str
    asset_class: AssetClass
    currency: str


@dataclass(frozen=True, slots=True)
class AssetPrice:
    """What a unit was worth on a day, as the investor says, in the asset's currency."""

    on: date
    price: Decimal


def own_assets(investor: Investor) -> tuple[OwnAsset, ...]:
    """The investor's own assets, by name."""
    with read_session() as work:
        return tuple(_asset(row) for row in AssetRepository(work, Person(investor.id)).all())


def add_asset(investor: Investor, name: str, asset_class: AssetClass, currency: str) -> OwnAsset:
    """Add an asset; its symbol is made of its name.

    Raises:
        BadTransaction: a name that is empty or too long, an unknown class, no currency, or 500 assets already.
    """
    shown = " ".join(name.split())
    if not shown or len(shown) > _NAME or any(unicodedata.category(each) in {"Cc", "Cs"} for each in shown):
        raise BadTransaction("name", f"An asset needs a name of 1 to {_NAME} characters.", "Give it one.")
    if asset_class not in get_args(AssetClass):
        raise BadTransaction(
            "asset_class",
            f"{asset_class!r} is no class of assets.",
            f"One of: {', '.join(get_args(AssetClass))}.",
        )
    money = currency.strip().upper()
    if not _CURRENCY.fullmatch(money):
        raise BadTransaction(
            "currency", f"{currency[:20]!r} is no currency.", "Give its three letters, as in INR or USD."
        )
    with unit_of_work() as work:
        LedgerLock(work, Person(investor.id))
        repository = AssetRepository(work, Person(investor.id))
        taken = repository.symbols()
        if len(taken) >= _MOST:
            raise BadTransaction("name", f"You have {_MOST} assets already.", "Use one of them.")
        asset = StoredAsset(_free_symbol(shown, taken), shown, asset_class, money)
        repository.add(asset, clock.now())
    return _asset(asset)


def set_asset_price(investor: Investor, symbol: str, on: date, price: Decimal) -> None:
    """Say what a unit was worth on a day; said again, the last word counts.

    Raises:
        NotFound: the investor has no such asset.
        BadTransaction: a price below zero or beyond any asset, or a day that has not begun.
    """
    if not price.is_finite() or price < 0 or price >= _DEAREST:
        raise BadTransaction("price", f"The price {price} cannot be.", "Give a number that is not below zero.")
    with unit_of_work() as work:
        repository = AssetRepository(work, Person(investor.id))
        asset = _one(repository, symbol)
        if on > today_for(asset.currency):
            raise BadTransaction("on", f"{on} lies in the future.", "Give the price when the day has come.")
        LedgerLock(work, Person(investor.id)).next_revision()
        repository.set_price(symbol, on, price, clock.now())


def asset_prices(investor: Investor, symbol: str) -> tuple[AssetPrice, ...]:
    """Every price of an own asset, by day.

    Raises:
        NotFound: the investor has no such asset.
    """
    with read_session() as work:
        repository = AssetRepository(work, Person(investor.id))
        _one(repository, symbol)
        return tuple(AssetPrice(on, price) for on, price in repository.prices(symbol))


def _one(repository: AssetRepository, symbol: str) -> StoredAsset:
    for each in repository.all():
        if each.symbol == symbol:
            return each
    raise NotFound(f"You have no asset {symbol[:80]}.", "Add it to your own assets first.")


def _free_symbol(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48] or "asset"
    symbol, number = f"{OWN}{slug}", 2
    while symbol in taken:
        symbol, number = f"{OWN}{slug}-{number}", number + 1
    return symbol


def _asset(row: StoredAsset) -> OwnAsset:
    return OwnAsset(row.symbol, row.name, row.asset_class, row.currency)  # type: ignore[arg-type]  # checked when added
