"""Investors and rows for tests of ledgers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.portfolio.ledger import replay
from core.portfolio.model import FIFO, Account, Kind, Ledger, Matching, Transaction

INDIA = Account(1, "Zerodha", "broker", "INR")
BANK = Account(2, "HDFC Bank", "bank", "INR")
SECOND = Account(3, "Groww", "broker", "INR")
STATES = Account(4, "Schwab", "broker", "USD")
EVERYWHERE = (INDIA, BANK, SECOND, STATES)


def day(text: str) -> date:
    """A day out of "2024-04-01"."""
    return date.fromisoformat(text)


def row(kind: Kind, on: str, symbol: str = "", number: int | None = None, **told: Any) -> Transaction:
    """A row of the Zerodha account in rupees; numbers may be given as text or int."""
    read: dict[str, Any] = {}
    for name, value in told.items():
        exact = isinstance(value, (str, int)) and name in {
            "quantity",
            "price",
            "amount",
            "fees",
            "taxes",
            "rate",
            "ratio_new",
            "ratio_old",
            "cost_share",
        }
        read[name] = Decimal(value) if exact else value
    if isinstance(read.get("at"), str):
        read["at"] = datetime.fromisoformat(read["at"])
    defaults: dict[str, Any] = {"account_id": INDIA.id, "currency": "INR"}
    return Transaction(id=number, kind=kind, on=day(on), symbol=symbol, **defaults | read)


def played(*rows: Transaction, matching: Matching = FIFO, accounts: tuple[Account, ...] = EVERYWHERE) -> Ledger:
    """The ledger of rows, numbered in their order where they have no number."""
    from dataclasses import replace

    numbered = [each if each.id is not None else replace(each, id=place) for place, each in enumerate(rows, 1)]
    return replay(accounts, numbered, matching=matching)
