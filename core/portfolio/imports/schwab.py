"""Charles Schwab: the history of a brokerage account, CSV (with or without the line of its name) or JSON."""

from __future__ import annotations

import re
from typing import Final

from core.portfolio.imports import actions, american, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand
from core.portfolio.imports.model import UNITED_STATES, Draft, Format, Parsed, Sheet
from core.portfolio.model import Kind

_COLUMNS: Final = {
    "date": ("date",),
    "kind": ("action",),
    "symbol": ("symbol",),
    "name": ("description",),
    "quantity": ("quantity",),
    "price": ("price",),
    "fees": ("feescomm", "feesandcomm", "feescommissions"),
    "amount": ("amount",),
    "item": ("itemissueid", "acctgrulecd", "acctgrulecode"),
}
_NEED: Final = (("date",), ("kind",), ("symbol",), ("quantity",), ("price",), ("fees",), ("amount",))
_KINDS: Final = {
    "reinvest shares": Kind.BUY,
    "buy": Kind.BUY,
    "sell": Kind.SELL,
    "sell short": Kind.SELL,
    "reinvest dividend": Kind.DIVIDEND,
    "qual div reinvest": Kind.DIVIDEND,
    "non qualified div": Kind.DIVIDEND,
    "long term cap gain reinvest": Kind.DIVIDEND,
    "short term cap gain reinvest": Kind.DIVIDEND,
    "bond interest": Kind.INTEREST,
    "margin interest": Kind.FEE,
    "journal": Kind.DEPOSIT,
    "journaled funds": Kind.DEPOSIT,
    "moneylink transfer": Kind.DEPOSIT,
    "moneylink adj": Kind.DEPOSIT,
    "funds paid": Kind.WITHDRAWAL,
    "wire funds": Kind.DEPOSIT,
    "wire funds adj": Kind.DEPOSIT,
    "misc cash entry": Kind.DEPOSIT,
    "misc credits": Kind.DEPOSIT,
    "visa purchase": Kind.WITHDRAWAL,
    "adr mgmt fee": Kind.FEE,
    "foreign tax paid": Kind.TAX,
}
_MOVES: Final = frozenset({"security transfer", "journaled shares", "internal transfer", "stock plan activity"})
_OPTIONS: Final = re.compile(r"to (open|close)$|^(expired|assigned|exchange or exercise|option)")


def _detect(sheet: Sheet) -> float:
    return table.recognised(sheet, _COLUMNS, _NEED)


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _COLUMNS, _NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Schwab history.", "Download it from Accounts, History.")
    return table.read(sheet, header, UNITED_STATES, _row, number_roles=("quantity", "price", "fees", "amount"))


def _row(record: table.Record) -> Draft:
    action, symbol, name = record.text("kind"), record.text("symbol"), record.text("name")
    words = actions.plain(action)
    trades.refuse_derivative(record, symbol, "option" if _OPTIONS.search(words) and symbol else "")
    kind = _KINDS.get(words) or actions.kind_of(words)
    quantity, net, when = record.number("quantity"), record.number("amount"), record.day()
    what = american.instrument(symbol, name)
    note = f"{action}: {name}" if name and not symbol else action
    if words in _MOVES:
        if net and not quantity:
            return american.money(Kind.DEPOSIT, when, net, None, note=note)
        return american.moved(when, what, record.needed("quantity"), note=note)
    if kind in (Kind.BUY, Kind.SELL):
        fees = record.total("fees")
        return american.bought_or_sold(kind, when, what, record.needed("quantity"), record.number("price"), net, fees)
    if kind is Kind.SPLIT:
        raise NeedsHand(f"a split of {symbol} without its ratio: add it by hand (how many new shares for how many old)")
    if kind is None:
        raise NeedsHand(f"“{action[:40]}” is not known; add it by hand where it matters" if action else "no action")
    return american.money(kind, when, net, what if symbol else None, note=note)


FORMATS: Final = (
    Format(
        "schwab",
        "Charles Schwab history",
        "Charles Schwab",
        "Schwab, Accounts, History: export CSV or JSON.",
        _detect,
        _parse,
        "USD",
    ),
)
