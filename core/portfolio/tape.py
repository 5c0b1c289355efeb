"""A ledger's entries as arrays: what the valuation adds up over days without a loop over days or symbols."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.portfolio.model import Flow, Kind, Ledger
from core.portfolio.prices import EPOCH, Flags, Floats

Codes = NDArray[np.int64]

TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
EXCHANGES = frozenset({Kind.SPIN_OFF, Kind.MERGER, Kind.SYMBOL_CHANGE})
"""What turns units of one symbol into another's without cash."""


@dataclass(frozen=True)
class Asset:
    """One line of a valuation: a symbol, or the cash in one currency (`symbol` is "" then)."""

    symbol: str
    currency: str

    @property
    def is_cash(self) -> bool:
        """True for money."""
        return not self.symbol


@dataclass(frozen=True)
class Crossings:
    """What came into accounts from outside (positive) or left them; each array of shape (k,).

    Attributes:
        line: the symbol's, or the currency's.
        amount: units of the symbol, or of the currency.
        between: one side of a transfer between two of the investor's own accounts.
    """

    day: Codes
    line: Codes
    amount: Floats
    between: Flags


@dataclass(frozen=True)
class Tape:
    """The entries of a ledger in their order, each array of shape (m,).

    Attributes:
        assets: the lines, symbols first, then currencies.
        accounts: numbers of the accounts in scope.
        day: epoch day.
        symbol: line of the symbol, -1 for none.
        purse: line of the currency whose cash changed, -1 for none.
        quantity, cash: changes.
        exchange: the entry turns one symbol into another.
        partner: for exchanges, the line of the other symbol of the same row, -1 for none.
        outside: what crossed the border of the accounts.
        implied: some account's cash is not kept, so what it paid was brought in and what it received taken out.
    """

    assets: tuple[Asset, ...]
    accounts: tuple[int, ...]
    day: Codes
    symbol: Codes
    purse: Codes
    quantity: Floats
    cash: Floats
    exchange: Flags
    partner: Codes
    outside: Crossings
    implied: bool

    def line(self, symbol: str) -> int | None:
        """The line of a symbol, None when it was never held."""
        for at, asset in enumerate(self.assets):
            if asset.symbol == symbol and symbol:
                return at
        return None


_EPOCH = EPOCH.toordinal()


def tape(ledger: Ledger, accounts: Iterable[int] | None = None) -> Tape:
    """The entries of these accounts (all of the ledger's when not said) as arrays."""
    chosen = tuple(each.id for each in ledger.accounts) if accounts is None else tuple(accounts)
    scope = frozenset(chosen)
    entries = [each for each in ledger.entries if each.account_id in scope]
    flows = [each for each in ledger.flows if each.account_id in scope]
    trading = {each.symbol: each.currency for each in ledger.positions}
    symbols = dict.fromkeys(each.symbol for each in entries if each.symbol)
    purses = dict.fromkeys(each.currency for each in entries if each.cash_change)
    assets = (*(Asset(name, trading.get(name, "")) for name in symbols), *(Asset("", name) for name in purses))
    line = {name: at for at, name in enumerate(symbols)}
    money = {name: len(symbols) + at for at, name in enumerate(purses)}
    m = len(entries)
    symbol = np.fromiter((line.get(each.symbol, -1) for each in entries), np.int64, m)
    exchange = np.fromiter((each.kind in EXCHANGES for each in entries), np.bool_, m)
    return Tape(
        assets=assets,
        accounts=chosen,
        day=np.fromiter((each.on.toordinal() - _EPOCH for each in entries), np.int64, m),
        symbol=symbol,
        purse=np.fromiter((money[each.currency] if each.cash_change else -1 for each in entries), np.int64, m),
        quantity=np.fromiter((float(each.quantity_change) for each in entries), np.float64, m),
        cash=np.fromiter((float(each.cash_change) for each in entries), np.float64, m),
        exchange=exchange,
        partner=_partners([each.transaction_id for each in entries], symbol, exchange),
        outside=_crossings(flows, line, money),
        implied=any(each.what == "implied" for each in flows),
    )


def _crossings(flows: list[Flow], line: dict[str, int], money: dict[str, int]) -> Crossings:
    kept = [each for each in flows if (each.symbol in line if each.symbol else each.currency in money)]
    k = len(kept)
    return Crossings(
        day=np.fromiter((each.on.toordinal() - _EPOCH for each in kept), np.int64, k),
        line=np.fromiter((line[each.symbol] if each.symbol else money[each.currency] for each in kept), np.int64, k),
        amount=np.fromiter((float(each.quantity if each.symbol else each.amount) for each in kept), np.float64, k),
        between=np.fromiter((each.counter_account_id is not None for each in kept), np.bool_, k),
    )


def _partners(rows: list[int | None], symbol: Codes, exchange: Flags) -> Codes:
    """For each exchange the line of the other symbol that the same row touched."""
    partner = np.full(len(rows), -1, dtype=np.int64)
    sides: dict[int | None, list[int]] = {}
    for at in np.flatnonzero(exchange).tolist():
        sides.setdefault(rows[at], []).append(at)
    for pair in sides.values():
        for at in pair:
            for other in pair:
                if symbol[other] != symbol[at]:
                    partner[at] = symbol[other]
    return partner
