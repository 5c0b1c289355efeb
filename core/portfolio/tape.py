"""A ledger's entries as arrays: what the valuation adds up over days without a loop over days or symbols."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.portfolio.model import Kind, Ledger
from core.portfolio.prices import EPOCH, Flags, Floats

Codes = NDArray[np.int64]

EXTERNAL = frozenset(
    {
        Kind.DEPOSIT,
        Kind.WITHDRAWAL,
        Kind.TRANSFER_IN,
        Kind.TRANSFER_OUT,
        Kind.OPENING_BALANCE,
        Kind.ADJUSTMENT,
    }
)
"""What comes from outside of the accounts or leaves them; everything else is a result or an exchange inside."""
TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
EXCHANGES = frozenset({Kind.SPIN_OFF, Kind.MERGER, Kind.SYMBOL_CHANGE})
"""What turns units of one symbol into another's without cash."""
FUNDING = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL})


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
class Tape:
    """The entries of a ledger in their order, each array of shape (m,).

    Attributes:
        assets: the lines, symbols first, then currencies.
        accounts: numbers of the accounts in scope.
        day: epoch day.
        account: position in `accounts`.
        symbol: line of the symbol, -1 for none.
        purse: line of the currency whose cash changed.
        quantity, cash: changes.
        external, transfer, exchange, split: what kind of entry it is.
        partner: for exchanges, the line of the other symbol of the same row, -1 for none.
        keeps_cash: shape (accounts,): whether money in and out of that account was ever booked. Where it never was (a
            tradebook alone), cash is not counted: purchases are contributions and sales and dividends are withdrawals.
    """

    assets: tuple[Asset, ...]
    accounts: tuple[int, ...]
    day: Codes
    account: Codes
    symbol: Codes
    purse: Codes
    quantity: Floats
    cash: Floats
    external: Flags
    transfer: Flags
    exchange: Flags
    split: Flags
    partner: Codes
    keeps_cash: Flags

    def line(self, symbol: str) -> int | None:
        """The line of a symbol, None when it was never held."""
        for at, asset in enumerate(self.assets):
            if asset.symbol == symbol and symbol:
                return at
        return None


def keeps_cash(ledger: Ledger) -> frozenset[int]:
    """Accounts whose deposits, withdrawals or opening cash were booked, so that their cash means something."""
    return frozenset(
        entry.account_id
        for entry in ledger.entries
        if entry.cash_change
        and (entry.kind in FUNDING or (not entry.symbol and entry.kind in {Kind.OPENING_BALANCE, Kind.TRANSFER_IN}))
    )


def tape(ledger: Ledger, accounts: Iterable[int] | None = None) -> Tape:
    """The entries of these accounts (all of the ledger's when not said) as arrays."""
    chosen = tuple(each.id for each in ledger.accounts) if accounts is None else tuple(accounts)
    place = {number: at for at, number in enumerate(chosen)}
    entries = [entry for entry in ledger.entries if entry.account_id in place]
    trading = {each.symbol: each.currency for each in ledger.positions}
    symbols = dict.fromkeys(entry.symbol for entry in entries if entry.symbol)
    purses = dict.fromkeys(entry.currency for entry in entries if entry.cash_change)
    assets = (*(Asset(name, trading.get(name, "")) for name in symbols), *(Asset("", name) for name in purses))
    line = {name: at for at, name in enumerate(symbols)}
    money = {name: len(symbols) + at for at, name in enumerate(purses)}
    m = len(entries)
    exchange = np.fromiter((each.kind in EXCHANGES for each in entries), np.bool_, m)
    symbol = np.fromiter((line.get(each.symbol, -1) for each in entries), np.int64, m)
    known = keeps_cash(ledger)
    epoch = EPOCH.toordinal()
    return Tape(
        assets=assets,
        accounts=chosen,
        day=np.fromiter((each.on.toordinal() - epoch for each in entries), np.int64, m),
        account=np.fromiter((place[each.account_id] for each in entries), np.int64, m),
        symbol=symbol,
        purse=np.fromiter((money.get(each.currency, -1) if each.cash_change else -1 for each in entries), np.int64, m),
        quantity=np.fromiter((float(each.quantity_change) for each in entries), np.float64, m),
        cash=np.fromiter((float(each.cash_change) for each in entries), np.float64, m),
        external=np.fromiter((each.kind in EXTERNAL for each in entries), np.bool_, m),
        transfer=np.fromiter((each.kind in TRANSFERS for each in entries), np.bool_, m),
        exchange=exchange,
        split=np.fromiter((each.split_factor != 1 for each in entries), np.bool_, m),
        partner=_partners([each.transaction_id for each in entries], symbol, exchange),
        keeps_cash=np.fromiter((number in known for number in chosen), np.bool_, len(chosen)),
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
