"""A ledger while it is replayed: what the effects of rows write to."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from core.portfolio.lots import Holding, thawed
from core.portfolio.model import (
    NOTHING,
    ONE,
    Account,
    Disposal,
    Entry,
    Finding,
    Flow,
    FlowWhat,
    Kind,
    Matching,
    Position,
    Transaction,
)


class Work:
    """The state between two rows."""

    __slots__ = (
        "_before",
        "accounts",
        "cash",
        "cash_kept",
        "disposals",
        "entries",
        "findings",
        "flows",
        "holdings",
        "matching",
        "usual",
    )

    def __init__(
        self,
        accounts: Mapping[int, Account],
        matching: Matching,
        cash_kept: frozenset[int],
        before: Mapping[tuple[int, str], Position] | None = None,
    ) -> None:
        self.accounts = accounts
        self.matching = matching
        self.cash_kept = cash_kept
        self.holdings: dict[tuple[int, str], Holding] = {}
        self.cash: dict[int, dict[str, Decimal]] = {}
        self.entries: list[Entry] = []
        self.disposals: list[Disposal] = []
        self.flows: list[Flow] = []
        self.findings: list[Finding] = []
        self.usual: dict[tuple[int, str, str], Terms] = {}
        """Terms of rows in the currency of both their account and their position: the same for all of them."""
        self._before: Mapping[tuple[int, str], Position] = before or {}

    def holding(self, account_id: int, symbol: str, currency: str) -> Holding:
        """The position of the account; a new one trades in `currency`."""
        key = (account_id, symbol)
        found = self.holdings.get(key)
        if found is None:
            before = self._before.get(key)
            found = Holding(account_id, symbol, currency) if before is None else thawed(before)
            self.holdings[key] = found
        return found

    def find(self, kind: str, row: Transaction, detail: str, remedy: str, symbol: str | None = None) -> None:
        """Note something for the investor to look at."""
        self.findings.append(
            Finding(kind, row.account_id, row.id, row.symbol if symbol is None else symbol, detail, remedy)
        )

    def enter(
        self,
        row: Transaction,
        account_id: int,
        symbol: str,
        quantity: Decimal,
        cash: Decimal,
        purse: str,
        cost: Decimal,
        currency: str,
        factor: Decimal = ONE,
    ) -> None:
        """Note an effect, and move the cash it says; where cash is not kept, what moved is brought in or taken out."""
        self.entries.append(
            Entry(row.on, row.at, account_id, row.id, row.kind, symbol, quantity, factor, cash, purse, cost, currency)
        )
        if not cash:
            return
        if account_id in self.cash_kept:
            purses = self.cash.get(account_id)
            if purses is None:
                purses = self.cash[account_id] = {}
            purses[purse] = purses.get(purse, NOTHING) + cash
        else:
            kind = Kind.DEPOSIT if cash < 0 else Kind.WITHDRAWAL
            self.entries.append(Entry(row.on, row.at, account_id, row.id, kind, "", NOTHING, ONE, -cash, purse))
            self.flows.append(Flow(account_id, row.on, -cash, purse, row.id, "implied"))

    def contribute(
        self,
        row: Transaction,
        account_id: int,
        amount: Decimal,
        currency: str,
        what: FlowWhat = "cash",
        symbol: str = "",
        quantity: Decimal = NOTHING,
        counter: int | None = None,
    ) -> None:
        """Note that something came into an account from outside of it, or left it."""
        self.flows.append(Flow(account_id, row.on, amount, currency, row.id, what, symbol, quantity, counter))


class Terms:
    """In which purse a row moves cash, at which rate, and the position it is about.

    Attributes:
        purse: the currency of the cash that moves: the account's where the rate is known, else the row's own.
        to_purse: what a sum of the row is multiplied by.
        rate: account currency per unit of the position's currency; None when unknown.
        to_position: what a sum of the row is multiplied by to be in the position's currency; None when unknown.
    """

    __slots__ = ("holding", "purse", "rate", "to_position", "to_purse")

    def __init__(self, work: Work, row: Transaction, *, moves_money: bool = True) -> None:
        account = work.accounts[row.account_id]
        currency = row.currency or account.currency
        self.purse = currency
        self.to_purse: Decimal = ONE
        self.rate: Decimal | None = ONE
        if currency != account.currency:
            self.rate = row.rate
            if row.rate is not None:
                self.purse, self.to_purse = account.currency, row.rate
            elif moves_money:
                work.find(
                    "currency_gap",
                    row,
                    f"What one {currency} was in {account.currency} on {row.on} is unknown; the sum stays as it is.",
                    f"Add the rate of that day ({account.currency} for one {currency}) to the transaction.",
                )
        self.to_position: Decimal | None = ONE
        self.holding: Holding | None = None
        if not row.symbol:
            return
        self.holding = holding = work.holding(row.account_id, row.symbol, currency)
        if holding.currency == currency or not moves_money:
            return
        if holding.currency == account.currency and row.rate is not None:
            self.to_position, self.rate = row.rate, ONE
            return
        self.to_position = self.rate = None
        work.find(
            "mixed_currency",
            row,
            f"{row.symbol} is kept in {holding.currency}, this row in {currency}: its cost or gain is unknown.",
            f"Enter the row in {holding.currency}, or with the rate of the day.",
        )


def terms_of(work: Work, row: Transaction) -> Terms:
    """The terms of a row that moves money."""
    key = (row.account_id, row.symbol, row.currency)
    found = work.usual.get(key)
    if found is None:
        found = Terms(work, row)
        holding = found.holding
        if holding is not None and row.currency == holding.currency == work.accounts[row.account_id].currency:
            work.usual[key] = found
    return found
