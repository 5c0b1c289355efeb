"""Fidelity: account history. What happened is a sentence ("YOU BOUGHT VANGUARD ... (VTI) (Cash)")."""

from __future__ import annotations

import re
from typing import Final

from core.portfolio.imports import actions, american, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, NotARow, Rejected
from core.portfolio.imports.model import UNITED_STATES, Draft, Format, Parsed, Sheet
from core.portfolio.model import Kind

_COLUMNS: Final = {
    "date": ("rundate", "tradedate"),
    "account": ("account", "accountnumber"),
    "kind": ("action",),
    "symbol": ("symbol",),
    "name": ("description", "securitydescription"),
    "type": ("type", "securitytype"),
    "quantity": ("quantity",),
    "price": ("price",),
    "fees*": ("commission", "fees"),
    "accrued": ("accruedinterest",),
    "amount": ("amount",),
    "settlement": ("settlementdate",),
    "balance": ("cashbalance",),
}
_NEED: Final = (("date",), ("kind",), ("symbol",), ("quantity",), ("price",), ("amount",), ("settlement", "accrued"))
_PHRASES: Final = (
    (r"^you bought|^purchase into core|^bought", Kind.BUY),
    (r"^you sold|^redemption from core|^sold|^redeemed", Kind.SELL),
    (r"^reinvestment", Kind.BUY),
    (r"dividend received|^dividend|long.term cap gain|short.term cap gain|^in lieu", Kind.DIVIDEND),
    (r"^return of capital", Kind.RETURN_OF_CAPITAL),
    (r"interest earned|^interest|accrued interest", Kind.INTEREST),
    (r"foreign tax|tax withheld|^withholding|non.resident tax", Kind.TAX),
    (r"^fee|fee charged|advisory fee|margin interest|adr fee|service charge", Kind.FEE),
    (
        r"transfer(red)? received|transferred from|direct deposit|^deposit|wire.*received|contribution|^check received|"
        r"cash contribution|rollover|electronic funds transfer received|^transfer of assets",
        Kind.DEPOSIT,
    ),
    (
        r"transfer(red)? paid|transferred to|withdrawal|wire.*sent|check paid|debit card|bill payment|normal distr|"
        r"electronic funds transfer paid|^direct debit|^journaled",
        Kind.WITHDRAWAL,
    ),
)
_CORE: Final = frozenset({"SPAXX", "FDRXX", "FCASH", "FZFXX", "CORE", "QPRMQ", "QIMHQ", "FDIC"})


def _detect(sheet: Sheet) -> float:
    return table.recognised(sheet, _COLUMNS, _NEED)


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _COLUMNS, _NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Fidelity history.", "Download it from Activity & Orders.")
    return table.read(sheet, header, UNITED_STATES, _row, number_roles=("quantity", "price", "amount"))


def _row(record: table.Record) -> Draft:
    action, symbol, name = record.text("kind"), record.text("symbol").strip(), record.text("name")
    if not action and not symbol:
        raise NotARow
    words = action.strip().lower()
    option = symbol.startswith("-") or " call " in f" {words} " or " put " in f" {words} "
    trades.refuse_derivative(record, symbol, "option" if option and symbol else "")
    kind = next((kind for pattern, kind in _PHRASES if re.search(pattern, words)), None) or actions.kind_of(words)
    quantity, net, when = record.number("quantity"), record.number("amount"), record.day()
    what = american.instrument(symbol, name)
    note = action[:200]
    if symbol in _CORE and kind in (Kind.BUY, Kind.SELL):
        raise Rejected(f"{symbol} is the account's own cash; its sweeps change nothing")
    if "distribution" in words and quantity:
        return trades.units(Kind.BONUS, quantity, when, what, "USD", note=note)
    if kind in (Kind.BUY, Kind.SELL):
        fees = record.total("fees")
        return american.bought_or_sold(
            kind, when, what, record.needed("quantity"), record.number("price"), net, fees, note=note
        )
    if kind in (Kind.DEPOSIT, Kind.WITHDRAWAL) and symbol and quantity and symbol not in _CORE:
        return american.moved(when, what, quantity, note=note, price=record.number("price"))
    if kind is None:
        raise NeedsHand(f"“{action[:50]}” is not known; add it by hand where it matters" if action else "no action")
    return american.money(kind, when, net, what if symbol and symbol not in _CORE else None, note=note)


FORMATS: Final = (
    Format(
        "fidelity",
        "Fidelity account history",
        "Fidelity",
        "Fidelity, Activity & Orders, History: download CSV.",
        _detect,
        _parse,
        "USD",
    ),
)
