"""Coinbase: the transaction history of either age (with and without a column of ids). Times are UTC."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from core.portfolio.imports import actions, amounts, days, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, Rejected
from core.portfolio.imports.model import Draft, Format, Home, Parsed, Sheet, Written
from core.portfolio.model import NOTHING, Kind

_HOME: Final = Home("month first", "UTC", "USD", market="")
_COLUMNS: Final = {
    "key": ("id", "transactionid"),
    "date": ("timestamp",),
    "kind": ("transactiontype",),
    "symbol": ("asset",),
    "quantity": ("quantitytransacted",),
    "currency": ("pricecurrency", "spotpricecurrency"),
    "price": ("priceattransaction", "spotpriceattransaction"),
    "subtotal": ("subtotal", "eursubtotal", "usdsubtotal"),
    "total": ("totalinclusiveoffeesandorspread", "totalinclusiveoffees", "total", "usdtotalinclusiveoffees"),
    "fees": ("feesandorspread", "fees", "usdfees"),
    "note": ("notes",),
}
_NEED: Final = (("date",), ("kind",), ("symbol",), ("quantity",), ("price",), ("subtotal", "total"))
_BUYS: Final = frozenset({"buy", "advanced trade buy", "advance trade buy", "pro buy", "recurring buy"})
_SELLS: Final = frozenset({"sell", "advanced trade sell", "advance trade sell", "pro sell"})
_INCOME: Final = re.compile(
    r"reward|staking income|inflation|earn|airdrop|interest|incentive|dividend|coinbase one bonus"
)
_INSIDE: Final = re.compile(
    r"staking transfer|vault|eth2 deprecation|exchange (deposit|withdrawal)|pro (deposit|withdrawal)|wrap|unwrap"
    r"|retail (un)?stak"
)
_CONVERTED: Final = re.compile(r"converted\s+([\d.,]+)\s+(\w+)\s+to\s+([\d.,]+)\s+(\w+)", re.IGNORECASE)
_FIAT: Final = frozenset({"USD", "EUR", "GBP", "CAD", "AUD", "INR", "SGD", "CHF", "JPY"})


def _detect(sheet: Sheet) -> float:
    return table.recognised(sheet, _COLUMNS, _NEED)


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _COLUMNS, _NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Coinbase history.", "Download it from Statements.")
    roles = ("quantity", "price", "subtotal", "total", "fees")
    return table.read(sheet, header, _HOME, _row, number_roles=roles)


def _row(record: table.Record) -> Draft | tuple[Draft, ...]:
    action, asset = record.text("kind"), record.text("symbol").upper()
    words, when, key = actions.plain(action), record.day(), record.text("key")
    currency, note = record.text("currency").upper() or "USD", record.text("note")
    quantity, price = record.needed("quantity"), record.number("price")
    subtotal, total = record.number("subtotal"), record.number("total")
    fees = record.total("fees")
    if asset in _FIAT:
        return _fiat(words, action, quantity, when, asset, key)
    what = Written(symbol=asset, currency=currency, market="", kind="crypto")
    if words in _BUYS or words in _SELLS:
        kind = Kind.BUY if words in _BUYS else Kind.SELL
        if not subtotal and total:
            subtotal = abs(total) - fees if kind is Kind.BUY else abs(total) + fees
        return trades.trade(
            kind, quantity, price, when, what, _HOME, amount=subtotal, fees=fees, currency=currency, key=key, note=note
        )
    if words == "convert":
        return _converted(record, when, currency, quantity, subtotal, fees)
    if _INSIDE.search(words):
        raise NeedsHand(f"“{action}” moves {asset} within Coinbase; it changes nothing you own")
    if _INCOME.search(words):
        worth = subtotal or total or (abs(quantity) * price if price else None)
        if not worth:
            raise NeedsHand(f"{amounts.plain(quantity)} {asset} were received ({action}) at a value that is not told")
        bought = trades.trade(
            Kind.BUY,
            quantity,
            None,
            when,
            what,
            _HOME,
            amount=worth,
            currency=currency,
            key=f"{key}:units" if key else "",
        )
        income = trades.cash(Kind.INTEREST, worth, when, currency, instrument=what, key=key, note=action)
        return income, replace(bought, transaction=replace(bought.transaction, note=action))
    kind_moved = actions.kind_of(words)
    if kind_moved in (Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.DEPOSIT, Kind.WITHDRAWAL):
        came = kind_moved in (Kind.TRANSFER_IN, Kind.DEPOSIT)
        kind = Kind.TRANSFER_IN if came else Kind.TRANSFER_OUT
        row = trades.units(kind, quantity, when, what, currency, price=price or None, key=key, note=note or action)
        return (
            replace(row, doubt="its cost is taken from the price of that day; correct it if you paid another")
            if came
            else row
        )
    raise NeedsHand(f"“{action[:40]}” is not known; add it by hand where it matters" if action else "no type is told")


def _fiat(words: str, action: str, quantity: Decimal, when: days.Day, currency: str, key: str) -> Draft:
    kind = actions.kind_of(words)
    kind = {Kind.TRANSFER_IN: Kind.DEPOSIT, Kind.TRANSFER_OUT: Kind.WITHDRAWAL}.get(kind, kind) if kind else None
    if kind is None and _INCOME.search(words):
        kind = Kind.INTEREST
    if kind not in (Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.INTEREST, Kind.FEE):
        raise NeedsHand(f"“{action[:40]}” of {currency} is not known; add it by hand where it matters")
    size = -abs(quantity) if kind is Kind.WITHDRAWAL else abs(quantity) if kind is Kind.DEPOSIT else quantity
    return trades.signed_cash(kind, size, when, currency, key=key, note=action)


def _converted(
    record: table.Record, when: days.Day, currency: str, quantity: Decimal, subtotal: Decimal | None, fees: Decimal
) -> tuple[Draft, Draft]:
    """One asset for another: a sale and a purchase of the same value."""
    told = _CONVERTED.search(record.text("note"))
    if told is None or not subtotal:
        raise NeedsHand("a conversion whose two sides are not told; add a sale and a purchase by hand")
    try:
        given, got = amounts.parse(told[1]), amounts.parse(told[3])
    except ValueError:
        raise Rejected(f"“{told[0][:60]}” holds no readable quantities") from None
    if not given or not got:
        raise Rejected("a conversion of nothing")
    key = record.text("key")
    sold, bought = (Written(symbol=told[place].upper(), currency=currency, kind="crypto") for place in (2, 4))
    received = got if quantity < 0 or told[2].upper() == record.text("symbol").upper() else abs(quantity)
    worth = abs(subtotal)
    return (
        trades.trade(Kind.SELL, given, None, when, sold, _HOME, amount=worth, currency=currency, key=key, note=told[0]),
        trades.trade(
            Kind.BUY,
            received,
            None,
            when,
            bought,
            _HOME,
            amount=worth - fees if worth > fees else worth,
            fees=fees if worth > fees else NOTHING,
            currency=currency,
            key=f"{key}:to" if key else "",
            note=told[0],
        ),
    )


FORMATS: Final = (
    Format(
        "coinbase",
        "Coinbase transaction history",
        "Coinbase",
        "Coinbase, Profile, Statements: generate the transaction history as CSV.",
        _detect,
        _parse,
    ),
)
