"""Positions and lots while a ledger is replayed: the same as `Position` and `Lot`, but they change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.portfolio.model import NOTHING, Kind, Lot, Position

_COST = Decimal("1e-12")
_UNITS = Decimal("1e-18")


def part(whole: Decimal, quantity: Decimal, of: Decimal) -> Decimal:
    """`whole` x `quantity` / `of`, to 12 decimal places; exactly `whole` for all of it, so that nothing gets lost."""
    if quantity == of:
        return whole
    exact = whole * quantity / of
    rounded = exact.quantize(_COST)
    return exact if exact == rounded else rounded


def scaled(quantity: Decimal, new: Decimal, old: Decimal) -> Decimal:
    """`quantity` x `new` / `old`, to 18 decimal places."""
    exact = quantity * new / old
    rounded = exact.quantize(_UNITS)
    return exact if exact == rounded else rounded


class Piece:
    """A lot in work. `cost` is of all units, None when unknown; a negative `quantity` was sold before it was held."""

    __slots__ = ("acquired_on", "cost", "held_since", "isin", "origin", "quantity", "rate", "transaction_id")

    def __init__(
        self,
        acquired_on: date,
        held_since: date,
        quantity: Decimal,
        cost: Decimal | None,
        transaction_id: int | None,
        origin: Kind,
        rate: Decimal | None,
        isin: str,
    ) -> None:
        self.acquired_on = acquired_on
        self.held_since = held_since
        self.quantity = quantity
        self.cost = cost
        self.transaction_id = transaction_id
        self.origin = origin
        self.rate = rate
        self.isin = isin

    def split_off(self, quantity: Decimal) -> Piece:
        """Take `quantity` (of the same sign, not more than there is) out of this piece, with its share of the cost."""
        cost = None if self.cost is None else part(self.cost, quantity, self.quantity)
        taken = Piece(
            self.acquired_on,
            self.held_since,
            quantity,
            cost,
            self.transaction_id,
            self.origin,
            self.rate,
            self.isin,
        )
        self.quantity -= quantity
        if self.cost is not None and cost is not None:
            self.cost -= cost
        return taken


@dataclass(slots=True)
class Pool:
    """Units with their economic cost on the way from one position to another.

    `unknown` of the `quantity` have no stated cost; `cost` is the others'.
    """

    quantity: Decimal
    cost: Decimal
    unknown: Decimal


class Holding:
    """A position in work."""

    __slots__ = (
        "account_id",
        "currency",
        "fees",
        "income",
        "invested",
        "lots",
        "quantity",
        "realised",
        "realised_unknown",
        "symbol",
        "taxes",
        "unknown",
    )

    def __init__(self, account_id: int, symbol: str, currency: str) -> None:
        self.account_id = account_id
        self.symbol = symbol
        self.currency = currency
        self.lots: list[Piece] = []
        self.quantity = self.invested = self.unknown = NOTHING
        self.income = self.fees = self.taxes = self.realised = self.realised_unknown = NOTHING

    def add(self, piece: Piece, economic_cost: Decimal | None) -> None:
        """Units come in, `economic_cost` for all of them."""
        self.lots.append(piece)
        self.quantity += piece.quantity
        if economic_cost is None:
            self.unknown += piece.quantity
        else:
            self.invested += economic_cost

    def leave(self, quantity: Decimal) -> Pool:
        """Take units of the average cost out of the pool (not out of the lots)."""
        if quantity == self.quantity:
            gone = Pool(quantity, self.invested, self.unknown)
        else:
            gone = Pool(
                quantity,
                part(self.invested, quantity, self.quantity),
                scaled(self.unknown, quantity, self.quantity) if self.unknown else NOTHING,
            )
        self.quantity -= quantity
        self.invested -= gone.cost
        self.unknown -= gone.unknown
        return gone

    def empty(self) -> tuple[list[Piece], Pool]:
        """Take everything out, lots and pool."""
        pieces, self.lots = self.lots, []
        pool = Pool(self.quantity, self.invested, self.unknown)
        self.quantity = self.invested = self.unknown = NOTHING
        return pieces, pool

    def realise(self, gone: Pool, proceeds: Decimal) -> None:
        """Book what was received for units that left; the part without a stated cost apart."""
        if gone.unknown:
            apart = part(proceeds, gone.unknown, gone.quantity)
            self.realised_unknown += apart
            proceeds -= apart
        self.realised += proceeds - gone.cost


def frozen(holding: Holding) -> Position:
    """The position as everybody sees it."""
    account_id, symbol, currency = holding.account_id, holding.symbol, holding.currency
    lots = tuple(
        Lot(
            account_id,
            symbol,
            each.acquired_on,
            each.held_since,
            each.quantity,
            each.cost,
            each.transaction_id,
            each.origin,
            currency,
            each.rate,
            each.isin,
        )
        for each in holding.lots
    )
    return Position(
        account_id,
        symbol,
        currency,
        holding.quantity,
        holding.invested,
        holding.unknown,
        lots,
        holding.income,
        holding.fees,
        holding.taxes,
        holding.realised,
        holding.realised_unknown,
    )


def thawed(position: Position) -> Holding:
    """A position to go on working with; what was frozen stays as it is."""
    holding = Holding(position.account_id, position.symbol, position.currency)
    holding.quantity = position.quantity
    holding.invested = position.invested
    holding.unknown = position.unknown_quantity
    holding.income = position.income
    holding.fees = position.fees
    holding.taxes = position.taxes
    holding.realised = position.realised
    holding.realised_unknown = position.realised_unknown
    holding.lots = [
        Piece(
            each.acquired_on,
            each.held_since,
            each.quantity,
            each.cost,
            each.transaction_id,
            each.origin,
            each.rate,
            each.isin,
        )
        for each in position.lots
    ]
    return holding
