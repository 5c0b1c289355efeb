"""One investor's ledger with its prices and daily values, kept in the process while neither changes.

Every portfolio page stands on a `Desk`: pages of one scope share one replay, one price load and one valuation.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from core import clock
from core.accounts import preferences
from core.accounts.model import Account as Investor
from core.market.service import Market, market
from core.portfolio import book
from core.portfolio.exposure import OwnAsset
from core.portfolio.model import Ledger
from core.portfolio.price_loading import INDIA, OwnPrice, load
from core.portfolio.prices import Prices
from core.portfolio.valuation import Daily, daily
from db.session import get_url

_LIFE_S = 60.0
"""How long closing prices are kept before the market service is asked again (it keeps their freshness itself)."""
_MOST_BYTES = 200_000_000
"""What all kept arrays may take; 200 holdings over 15 years take 40 MB, 40 over three take 2."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Scope:
    """What an investor looks at: some accounts, rows with some tags; empty means all."""

    accounts: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()


WHOLE = Scope()


@dataclass(frozen=True)
class Desk:
    """A ledger (first in, first out) in scope, with what it takes to value it."""

    scope: Scope
    base: str
    ledger: Ledger
    prices: Prices
    values: Daily
    own: Mapping[str, OwnAsset]


def desk(investor: Investor, scope: Scope = WHOLE, *, base: str | None = None, service: Market | None = None) -> Desk:
    """What the investor's pages stand on.

    Args:
        base: the currency to show values in; the investor's own choice when not said.
        service: the market to ask; the process's own when not said.

    Raises:
        db.session.DatabaseProblem: the database is away. A price source that is away leaves prices unknown instead.
    """
    currency = base or preferences.load(investor).base_currency
    revision, today = book.revision_of(investor), clock.now().astimezone(ZoneInfo(INDIA)).date()
    ledger = book.ledger(investor, accounts=scope.accounts or None, tags=scope.tags or None)
    own = {each.symbol: each for each in book.own_assets(investor)}
    # Real and simulated prices never meet, so which market is on is part of the key.
    live = (service or market()).mode().live
    who = (get_url(), investor.id, revision, currency, today, live, id(service))
    prices = _prices.get(
        who, lambda: load_for(investor, book.ledger(investor), currency, own, until=today, service=service)
    )
    values = _values.get((*who, scope, id(prices)), lambda: daily(ledger, prices, currency))
    described = {
        symbol: OwnAsset(each.name, each.asset_class.capitalize(), each.currency) for symbol, each in own.items()
    }
    return Desk(scope, currency, ledger, prices, values, described)


def load_for(
    investor: Investor,
    ledger: Ledger,
    currency: str,
    own: Mapping[str, object],
    *,
    until: date,
    service: Market | None = None,
) -> Prices:
    """Prices for a whole ledger of one investor, own prices and own files with them."""
    held = {each.symbol for each in ledger.positions}
    said = {
        symbol: [OwnPrice(each.on, each.price) for each in book.asset_prices(investor, symbol)]
        for symbol in own
        if symbol in held
    }
    return load(ledger, base_currency=currency, until=until, own_prices=said, owner=investor.owner, service=service)


def forget() -> None:
    """Drop everything that is kept (another market, a restored database, tests)."""
    _prices.clear()
    _values.clear()


class _Kept:
    """A few values by key, each made once at a time, dropped after its life or when all become too large."""

    def __init__(self, life_s: float, size: Callable[[object], int]) -> None:
        self._life, self._size = life_s, size
        self._lock = threading.Lock()
        self._of: OrderedDict[object, tuple[float, object]] = OrderedDict()
        self._making: dict[object, threading.Lock] = {}

    def get(self, key: object, make: Callable[[], T]) -> T:
        with self._lock:
            mine = self._making.setdefault(key, threading.Lock())
        try:
            with mine:
                found = self._fresh(key)
                if found is None:
                    found = (time.monotonic(), make())
                    with self._lock:
                        self._of[key] = found
                        self._of.move_to_end(key)
                        self._drop(found[0])
        finally:
            with self._lock:
                self._making.pop(key, None)
        return found[1]  # type: ignore[return-value]  # what `make` of this key returned

    def _drop(self, now: float) -> None:
        for key in [key for key, (made, _) in self._of.items() if now - made >= self._life]:
            del self._of[key]
        while len(self._of) > 1 and sum(self._size(value) for _, value in self._of.values()) > _MOST_BYTES:
            self._of.popitem(last=False)

    def _fresh(self, key: object) -> tuple[float, object] | None:
        with self._lock:
            found = self._of.get(key)
            return found if found is not None and time.monotonic() - found[0] < self._life else None

    def clear(self) -> None:
        with self._lock:
            self._of.clear()


def _bytes(value: object) -> int:
    if isinstance(value, Prices):
        return sum(series.nbytes for series in value.close.values())
    assert isinstance(value, Daily)
    return value.quantity.nbytes + value.values.nbytes + value.price.nbytes + value.age.nbytes


_prices = _Kept(_LIFE_S, _bytes)
_values = _Kept(_LIFE_S, _bytes)
