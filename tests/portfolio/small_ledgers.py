"""Small ledgers and prices written out by hand, for tests of returns, gains, risk and tax."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from core.portfolio.ledger import replay
from core.portfolio.model import Account, Kind, Ledger, Transaction
from core.portfolio.prices import About, Prices, calendar, day_number

D = Decimal
BROKER = Account(1, "Broker", "broker", "INR")
SECOND = Account(2, "Second", "broker", "INR")
ABROAD = Account(3, "Abroad", "broker", "USD")


def day(text: str) -> date:
    return date.fromisoformat(text)


class Rows:
    """Transactions numbered as they are written: rows.buy("2024-01-01", "A.NS", 10, 100)."""

    def __init__(self) -> None:
        self.made: list[Transaction] = []

    def add(self, kind: Kind, on: str, **parts: Any) -> Transaction:
        values = {
            name: D(str(value))
            if isinstance(value, (int, float)) and name not in {"account_id", "counter_account_id"}
            else value
            for name, value in parts.items()
        }
        row = Transaction(
            len(self.made) + 1,
            values.pop("account_id", 1),
            kind,
            day(on),
            currency=values.pop("currency", "INR"),
            **values,
        )
        self.made.append(row)
        return row

    def buy(self, on: str, symbol: str, quantity: Any, price: Any, **parts: Any) -> Transaction:
        return self.add(Kind.BUY, on, symbol=symbol, quantity=quantity, price=price, **parts)

    def sell(self, on: str, symbol: str, quantity: Any, price: Any, **parts: Any) -> Transaction:
        return self.add(Kind.SELL, on, symbol=symbol, quantity=quantity, price=price, **parts)

    def deposit(self, on: str, amount: Any, **parts: Any) -> Transaction:
        return self.add(Kind.DEPOSIT, on, amount=amount, **parts)

    def withdraw(self, on: str, amount: Any, **parts: Any) -> Transaction:
        return self.add(Kind.WITHDRAWAL, on, amount=amount, **parts)

    def dividend(self, on: str, symbol: str, amount: Any, **parts: Any) -> Transaction:
        return self.add(Kind.DIVIDEND, on, symbol=symbol, amount=amount, **parts)

    def ledger(self) -> Ledger:
        return replay((BROKER, SECOND, ABROAD), self.made)


def series(first: date, n: int, points: Mapping[str, float]) -> np.ndarray:
    """Prices on the days given, NaN on the others."""
    out = np.full(n, np.nan)
    for on, price in points.items():
        out[(day(on) - first).days] = price
    return out


def prices(
    first: str,
    last: str,
    closes: Mapping[str, Mapping[str, float]],
    *,
    fx: Mapping[tuple[str, str], Mapping[str, float]] | None = None,
    currencies: Mapping[str, str] | None = None,
    splits: Mapping[str, Sequence[tuple[str, float]]] | None = None,
) -> Prices:
    """Prices from closes written as {symbol: {day: price}}."""
    start = day(first)
    days = calendar(start, day(last))
    n = len(days)
    return Prices(
        days,
        {symbol: series(start, n, points) for symbol, points in closes.items()},
        {pair: series(start, n, points) for pair, points in (fx or {}).items()},
        {symbol: About((currencies or {}).get(symbol, "INR"), "hand") for symbol in closes},
        {symbol: tuple((day_number(day(on)), ratio) for on, ratio in each) for symbol, each in (splits or {}).items()},
    )


def every_day(first: str, last: str, price: float) -> dict[str, float]:
    """The same price on each day."""
    start, n = day(first), (day(last) - day(first)).days + 1
    return {(start + timedelta(days=at)).isoformat(): price for at in range(n)}
