"""What the exports of US brokers have in common: one table of all that happened, with net amounts in dollars."""

from __future__ import annotations

from decimal import Decimal

from core.portfolio.imports import days, trades
from core.portfolio.imports.errors import Rejected
from core.portfolio.imports.model import UNITED_STATES, Draft, Written
from core.portfolio.model import Kind


def instrument(symbol: str, name: str = "", cusip: str = "") -> Written:
    """An instrument by its US ticker."""
    return Written(symbol=symbol.strip().upper(), isin="", name=name or cusip, currency="USD", market="US")


def bought_or_sold(
    kind: Kind,
    when: days.Day,
    what: Written,
    quantity: Decimal,
    price: Decimal | None,
    net: Decimal | None,
    fees: Decimal,
    *,
    note: str = "",
    key: str = "",
) -> Draft:
    """A trade of which the file tells the net amount: the gross one is what it was before fees."""
    amount = None
    if net is not None and net != 0:
        amount = abs(net) - fees if kind is Kind.BUY else abs(net) + fees
        if amount <= 0:
            amount = None
    return trades.trade(kind, quantity, price, when, what, UNITED_STATES, amount=amount, fees=fees, note=note, key=key)


def money(
    kind: Kind, when: days.Day, net: Decimal | None, what: Written | None, *, note: str = "", key: str = ""
) -> Draft:
    """Cash that came or went: its sign tells deposits from withdrawals, and income from its reversal."""
    if net is None:
        raise Rejected("the amount is missing")
    return trades.signed_cash(kind, net, when, "USD", instrument=what, note=note, key=key)


def moved(when: days.Day, what: Written, quantity: Decimal, *, note: str = "", price: Decimal | None = None) -> Draft:
    """Units that came in or went out without payment."""
    kind = Kind.TRANSFER_IN if quantity > 0 else Kind.TRANSFER_OUT
    return trades.units(kind, quantity, when, what, "USD", price=price, note=note)
