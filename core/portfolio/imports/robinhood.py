"""Robinhood: the account activity report. What happened is a code; dollars in brackets went out."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.portfolio.imports import actions, american, amounts, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, NotARow, Rejected
from core.portfolio.imports.model import UNITED_STATES, Draft, Format, Parsed, Sheet
from core.portfolio.model import NOTHING, Kind

_COLUMNS: Final = {
    "date": ("activitydate",),
    "process": ("processdate",),
    "settle": ("settledate",),
    "symbol": ("instrument",),
    "name": ("description",),
    "kind": ("transcode", "transactioncode"),
    "quantity": ("quantity",),
    "price": ("price",),
    "amount": ("amount",),
}
_NEED: Final = (("date",), ("symbol",), ("kind",), ("quantity",), ("price",), ("amount",), ("process", "settle"))
_CODES: Final = {
    "BUY": Kind.BUY,
    "SELL": Kind.SELL,
    "CDIV": Kind.DIVIDEND,
    "MDIV": Kind.DIVIDEND,
    "QCDIV": Kind.DIVIDEND,
    "INT": Kind.INTEREST,
    "SLIP": Kind.INTEREST,
    "CIL": Kind.DIVIDEND,
    "ACH": Kind.DEPOSIT,
    "RTP": Kind.DEPOSIT,
    "WIRE": Kind.DEPOSIT,
    "DCF": Kind.DEPOSIT,
    "XENT": Kind.DEPOSIT,
    "XENT_CC": Kind.DEPOSIT,
    "ITRF": Kind.DEPOSIT,
    "T/A": Kind.DEPOSIT,
    "ABIP": Kind.DEPOSIT,
    "MISC": Kind.DEPOSIT,
    "GMPC": Kind.DEPOSIT,
    "GDBP": Kind.DEPOSIT,
    "GOLD": Kind.FEE,
    "MINT": Kind.FEE,
    "DFEE": Kind.FEE,
    "AFEE": Kind.FEE,
    "DTAX": Kind.TAX,
    "ROC": Kind.RETURN_OF_CAPITAL,
}
_OPTION_CODES: Final = frozenset({"BTO", "STO", "BTC", "STC", "OEXP", "OASGN", "OEXCS", "OCA", "FUTSWP"})
_MOVES: Final = frozenset({"REC", "ACATI", "ACATO", "ACATS", "BCXL"})


def _detect(sheet: Sheet) -> float:
    return table.recognised(sheet, _COLUMNS, _NEED)


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _COLUMNS, _NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Robinhood report.", "Download it from Reports.")
    return table.read(sheet, header, UNITED_STATES, _row, number_roles=("quantity", "price", "amount"))


def _row(record: table.Record) -> Draft:
    code, symbol = record.text("kind").upper(), record.text("symbol")
    if not code and not record.text("date"):
        raise NotARow
    name = " ".join(record.text("name").split())[:200]
    trades.refuse_derivative(record, symbol, "option" if code in _OPTION_CODES else "")
    kind = _CODES.get(code) or actions.kind_of(code)
    net, when, what = record.number("amount"), record.day(), american.instrument(symbol, name)
    written = record.text("quantity").upper()
    if code in _MOVES or (kind in (Kind.TRANSFER_IN, Kind.TRANSFER_OUT) and symbol):
        quantity = abs(_quantity(record)) * (-1 if "ACATO" in code or written.endswith("S") else 1)
        return american.moved(when, what, quantity, note=name, price=record.number("price"))
    if code in ("SPL", "SPR", "SXCH", "MRGS", "SOFF"):
        raise NeedsHand(f"{code} of {symbol} tells no ratio: add the split, merger or exchange by hand")
    if kind in (Kind.BUY, Kind.SELL):
        quantity, price = _quantity(record), record.number("price")
        return american.bought_or_sold(kind, when, what, quantity, price, net, NOTHING, note=_note(name))
    if kind is None:
        raise NeedsHand(f"the code “{code[:20]}” is not known; add it by hand where it matters" if code else "no code")
    return american.money(kind, when, net, what if symbol else None, note=name)


def _quantity(record: table.Record) -> Decimal:
    """The units; a letter S behind them marks what left."""
    written = record.text("quantity").upper().removesuffix("S")
    try:
        found = amounts.parse(written)
    except ValueError:
        raise Rejected(f"the quantity “{written[:30]}” is not a number") from None
    if found is None:
        raise Rejected("the quantity is missing")
    return found


def _note(name: str) -> str:
    return name if "dividend reinvestment" in name.lower() else ""


FORMATS: Final = (
    Format(
        "robinhood",
        "Robinhood account activity",
        "Robinhood",
        "Robinhood, Account, Reports and statements, Reports: generate and download CSV.",
        _detect,
        _parse,
        "USD",
    ),
)
