"""The ledger's nouns, as frozen values.

Money, quantities and rates are `Decimal`; days are days of the exchange; moments are timezone-aware UTC. The person is
an `investor` (`core.accounts.model.Account`); an `Account` here is one of the investor's, with a broker or a bank.

A cost that nobody stated is None and counted as unknown; it is never taken for zero.

What a ledger has by the ten thousand (entries, flows, lots, disposals) are named tuples: they are made four times as
fast as frozen dataclasses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, NamedTuple

AccountKind = Literal["broker", "bank", "cash"]

NOTHING = Decimal(0)
ONE = Decimal(1)
OWN = "OWN:"
"""How the symbol of an asset of the investor's own begins (a fixed deposit, gold, a flat)."""


class Kind(StrEnum):
    """What a transaction is. Its effects are in `core.portfolio.effects` and, as a table, in docs/portfolio.md."""

    BUY = "buy"
    SELL = "sell"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    FEE = "fee"
    TAX = "tax"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    SPLIT = "split"
    BONUS = "bonus"
    RIGHTS = "rights"
    SPIN_OFF = "spin_off"
    MERGER = "merger"
    RETURN_OF_CAPITAL = "return_of_capital"
    SYMBOL_CHANGE = "symbol_change"
    OPENING_BALANCE = "opening_balance"
    ADJUSTMENT = "adjustment"


class Matching(StrEnum):
    """Which lots a sale takes. The tax report uses FIFO; the others are views."""

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    AVERAGE = "average"
    SPECIFIC = "specific"


FIFO = Matching.FIFO


@dataclass(frozen=True, slots=True)
class Account:
    """An account with a broker or a bank, or a purse. `currency` is an ISO 4217 code."""

    id: int
    name: str
    kind: AccountKind
    currency: str
    institution: str = ""
    closed: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class Transaction:
    """One row of the ledger.

    Attributes:
        id: the row's number; None until it is stored.
        account_id: the account of the ledger; 0 while nobody chose one (imports).
        on: the trade date at the exchange.
        at: the moment, UTC, where the broker tells it; orders a day.
        symbol: canonical ("RELIANCE.NS"), "OWN:slug" for an asset of the investor's own, "" for none (cash).
        quantity: units, positive (an adjustment may be negative). Bonus, rights, spin-off and merger: the new units
            received where the broker tells it; split: the units held afterwards.
        price: a unit's, in `currency`.
        amount: gross, in `currency`, positive (an adjustment of cash may be negative). None: quantity x price. For
            splits, bonuses and the like: cash paid for fractions of a share.
        fees, taxes: in `currency`, not negative; they come on top of what is paid and off what is received.
        rate: units of the account's currency for one of `currency` on the trade date; None: the same, or unknown.
        ratio_new, ratio_old: split and merger: `ratio_new` units for `ratio_old`; bonus, rights, spin-off: `ratio_new`
            units on top for each `ratio_old` held.
        other_symbol: what comes out of a spin-off, merger or symbol change.
        cost_share: fraction of the cost that goes with a spin-off, 0 to 1.
        counter_account_id: the other account of a transfer between two of the investor's own: one row books both sides.
        lots: for matching by specific lots: (number of the buying transaction, quantity).
        external_id: what the broker calls the row.
        source: "manual", "action" (a confirmed corporate action), "plan", or the name of an import format.
        version: raised by each change; `core.portfolio.book.change` needs the one that was read.
    """

    id: int | None
    account_id: int
    kind: Kind
    on: date
    at: datetime | None = None
    symbol: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    amount: Decimal | None = None
    fees: Decimal = NOTHING
    taxes: Decimal = NOTHING
    currency: str = ""
    rate: Decimal | None = None
    ratio_new: Decimal | None = None
    ratio_old: Decimal | None = None
    other_symbol: str = ""
    cost_share: Decimal | None = None
    counter_account_id: int | None = None
    lots: tuple[tuple[int, Decimal], ...] = ()
    isin: str = ""
    external_id: str = ""
    source: str = "manual"
    batch_id: int | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    version: int = 1

    @property
    def gross(self) -> Decimal | None:
        """`amount`, or quantity x price, in `currency`; None when the row says neither."""
        if self.amount is not None:
            return self.amount
        if self.quantity is None or self.price is None:
            return None
        return self.quantity * self.price

    def checked(self) -> Transaction:
        """This row with its texts trimmed, when nothing in it contradicts its kind.

        Raises:
            core.portfolio.errors.BadTransaction: it does; `field` names the part.
        """
        from core.portfolio.checks import checked

        return checked(self)


class Lot(NamedTuple):
    """Units of one symbol that came in together and are still held.

    Attributes:
        acquired_on: when they came into the investor's hands.
        held_since: where the holding period begins in tax law; earlier than `acquired_on` after a merger or spin-off.
        quantity: positive; negative for units that were sold before any were bought.
        cost: tax cost of all of them in `currency`, fees included, securities transaction tax left out; what was
            received for a negative quantity; None when nobody stated it.
        unit_cost: cost / quantity.
        rate: account currency per unit of `currency` when they came in; 1 for the same currency, None when unknown.
        origin: the kind of transaction they came from.
    """

    account_id: int
    symbol: str
    acquired_on: date
    held_since: date
    quantity: Decimal
    cost: Decimal | None
    transaction_id: int | None
    origin: Kind
    currency: str
    rate: Decimal | None = None
    isin: str = ""

    @property
    def unit_cost(self) -> Decimal | None:
        """Tax cost of one unit in `currency`; None when nobody stated it."""
        return None if self.cost is None else self.cost / self.quantity


class Disposal(NamedTuple):
    """Units of one lot that were sold, for the tax report.

    Attributes:
        sold_on: day of the sale; earlier than `acquired_on` when they were sold before they were bought (`short`).
        proceeds: share of what was received, in `currency`, net of fees, before taxes paid.
        cost: tax cost in `currency`; None when nobody stated it.
        fees, taxes: the sale's share of them.
        transaction_id, lot_transaction_id: the sale's and the purchase's row.
        rate_acquired, rate_sold: account currency per unit of `currency` on either day; 1 for the same, None unknown.
        origin: what the lot came from (a bonus lot costs nil).
    """

    account_id: int
    symbol: str
    sold_on: date
    acquired_on: date
    held_since: date
    quantity: Decimal
    proceeds: Decimal
    cost: Decimal | None
    fees: Decimal
    taxes: Decimal
    transaction_id: int | None
    lot_transaction_id: int | None
    isin: str
    currency: str
    origin: Kind = Kind.BUY
    rate_acquired: Decimal | None = None
    rate_sold: Decimal | None = None
    short: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """What one account has, or had, of one symbol; sums are in `currency`, the currency it trades in.

    Attributes:
        quantity: units held; negative when more were sold than ever came in.
        invested: economic cost of what is held: purchases with fees and taxes, less the average cost of what was sold.
            A bonus or a split leaves it as it is.
        unknown_quantity: units among `quantity` whose cost nobody stated; they are not in `invested`.
        average_cost: invested / quantity; None when nothing is held or some of the cost is unknown.
        income: dividends and interest of the symbol, gross.
        fees, taxes: all that were paid with its rows.
        realised: proceeds (net of fees and taxes) less average cost.
        realised_unknown: proceeds of units whose cost nobody stated; not in `realised`.
    """

    account_id: int
    symbol: str
    currency: str
    quantity: Decimal
    invested: Decimal
    unknown_quantity: Decimal
    lots: tuple[Lot, ...]
    income: Decimal
    fees: Decimal
    taxes: Decimal
    realised: Decimal
    realised_unknown: Decimal

    @property
    def average_cost(self) -> Decimal | None:
        """Economic cost of one unit held, in `currency`; None when nothing is held or some of the cost is unknown."""
        if not self.quantity or self.unknown_quantity:
            return None
        return self.invested / self.quantity


FlowWhat = Literal["cash", "stated", "cost", "unknown", "implied"]


class Flow(NamedTuple):
    """Something that came into an account from outside of it (positive) or left it (negative).

    A transfer between two of the investor's accounts is two flows of one day that add up to nothing.

    Attributes:
        amount: in `currency`; for units: what the row says they are worth, or else their cost.
        what: "cash"; for units "stated" (the row's price or amount), "cost" (the cost that moved) or "unknown" (amount
            0); "implied": an account whose deposits nobody recorded got, or gave back, the money of a row.
        symbol, quantity: the units that moved, signed; "" and 0 for cash. Whoever has prices values them better.
        counter_account_id: the other side of a transfer between own accounts.
    """

    account_id: int
    on: date
    amount: Decimal
    currency: str
    transaction_id: int | None
    what: FlowWhat = "cash"
    symbol: str = ""
    quantity: Decimal = NOTHING
    counter_account_id: int | None = None


class Entry(NamedTuple):
    """One effect of one row on one account: entries in their order tell everything that happened.

    A row has one entry, two where two accounts or two symbols are touched. The sum of `cash_change` is the cash of an
    account on every day: where cash is not kept (`Ledger.cash_kept`), an entry of the kind deposit or withdrawal with
    the same `transaction_id` follows each one that moves money.

    Attributes:
        quantity_change: units of `symbol`.
        split_factor: units afterwards for each one before, for splits and bonuses; 1 otherwise.
        cash_change: in `currency`, the purse of the account that it touched.
        cost_change: change of the position's economic cost (`Position.invested`), in `position_currency`.
        position_currency: the currency `symbol` trades in; "" without a symbol.
    """

    on: date
    at: datetime | None
    account_id: int
    transaction_id: int | None
    kind: Kind
    symbol: str
    quantity_change: Decimal
    split_factor: Decimal
    cash_change: Decimal
    currency: str
    cost_change: Decimal = NOTHING
    position_currency: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a ledger that the investor should look at.

    `kind` is a stable word: "sold_unheld", "missing_cost", "currency_gap", "mixed_currency", "fraction_left",
    "split_mismatch", "nothing_held", "missing_cost_share", "capital_exceeds_cost", "lots_missing", "transfer_twice",
    "negative_cash".
    """

    kind: str
    account_id: int
    transaction_id: int | None
    symbol: str
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """A replayed ledger.

    Attributes:
        transactions: in the order they took effect.
        positions: every (account, symbol) that was ever touched, in order of first touch.
        lots: what is held, by position, oldest first.
        cash: account -> currency -> sum.
        cash_kept: accounts whose deposits, withdrawals or cash balances are recorded. In the others every payment
            counts as brought in, and every receipt as taken out, on its day (flows "implied"); their cash stays at
            nothing.
    """

    accounts: tuple[Account, ...]
    transactions: tuple[Transaction, ...]
    entries: tuple[Entry, ...]
    positions: tuple[Position, ...]
    lots: tuple[Lot, ...]
    disposals: tuple[Disposal, ...]
    flows: tuple[Flow, ...]
    findings: tuple[Finding, ...]
    cash: Mapping[int, Mapping[str, Decimal]]
    matching: Matching = FIFO
    cash_kept: frozenset[int] = frozenset()
    _index: Mapping[tuple[int, str], Position] = field(default_factory=dict, repr=False, compare=False)

    def position(self, account_id: int, symbol: str) -> Position | None:
        """What that account has, or had, of the symbol; None when it never had any."""
        return self._index.get((account_id, symbol))

    @property
    def holdings(self) -> tuple[Position, ...]:
        """The positions with a quantity, short ones too."""
        return tuple(each for each in self.positions if each.quantity)

    def account(self, account_id: int) -> Account:
        """The account of that number.

        Raises:
            KeyError: it is not in this ledger.
        """
        for each in self.accounts:
            if each.id == account_id:
                return each
        raise KeyError(account_id)
