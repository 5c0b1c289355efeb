"""Upstox: the trade book (a row is a fill) and the realised profit report (a row is a purchase and its sale)."""

from __future__ import annotations

from typing import Final

from core.portfolio.imports import table, trades
from core.portfolio.imports.errors import BadImport, NotARow, Rejected
from core.portfolio.imports.model import INDIA, Draft, Format, Parsed, Sheet
from core.portfolio.model import Kind

_TRADES: Final = {
    "name": ("company", "companyname", "scripname"),
    "symbol": ("symbol", "tradingsymbol"),
    "isin": ("isin", "scripcode"),
    "date": ("date", "tradedate"),
    "clock": ("tradetime", "time"),
    "exchange": ("exchange",),
    "segment": ("segment",),
    "instrument_type": ("instrumenttype",),
    "strike": ("strikeprice",),
    "expiry": ("expiry",),
    "trade": ("tradenum", "tradenumber", "tradeno"),
    "order": ("ordernum", "orderno"),
    "kind": ("side",),
    "quantity": ("quantity", "qty"),
    "price": ("price", "tradeprice"),
    "amount": ("amount",),
}
_TRADES_NEED: Final = (
    ("name", "symbol"),
    ("date",),
    ("kind",),
    ("quantity",),
    ("price",),
    ("trade",),
    ("strike", "clock"),
)

_REALISED: Final = {
    "name": ("scripname",),
    "symbol": ("symbol",),
    "isin": ("isin",),
    "quantity": ("qty", "quantity"),
    "bought": ("buydate",),
    "sold": ("selldate",),
    "buy_price": ("buyrate", "buyprice"),
    "sell_price": ("sellrate", "sellprice"),
    "contract": ("scripopt",),
    "gain": ("totalpl", "pl"),
}
_REALISED_NEED: Final = (("name", "symbol"), ("quantity",), ("bought",), ("sold",), ("buy_price",), ("sell_price",))


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _TRADES, _TRADES_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of an Upstox trade book.", "Download it from Upstox, Reports.")
    return table.read(sheet, header, INDIA, _trade, number_roles=("quantity", "price", "amount"), clock="clock")


def _trade(record: table.Record) -> Draft:
    code = record.text("isin")
    symbol = record.text("symbol") or ("" if trades.isin_in(code) else code)  # "Scrip Code" holds either
    trades.refuse_derivative(record, symbol or record.text("name"))
    when, number, exchange = record.day(), record.text("trade"), record.text("exchange").upper()
    return trades.trade(
        trades.side(record),
        record.needed("quantity"),
        record.needed("price"),
        when,
        trades.written(record, INDIA, symbol=trades.ticker(symbol)),
        INDIA,
        key=f"{exchange}:{when.on.isoformat()}:{number}" if number.strip("0- ") else "",
        order=record.text("order"),
    )


def _parse_realised(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _REALISED, _REALISED_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of realised profits.", "Download it from Upstox, Reports.")
    roles = ("quantity", "buy_price", "sell_price")
    return table.read(sheet, header, INDIA, _legs, date_roles=("bought", "sold"), number_roles=roles)


def _legs(record: table.Record) -> tuple[Draft, Draft]:
    symbol = trades.ticker(record.text("symbol"))
    if not symbol and not record.text("name"):
        raise NotARow
    option = record.text("contract").strip(" -0")
    trades.refuse_derivative(record, symbol or record.text("name"), option if option.upper() != "EQ" else "")
    quantity = record.needed("quantity")
    if quantity <= 0:
        raise Rejected("the quantity is not above zero")
    instrument = trades.written(record, INDIA, symbol=symbol)
    bought, sold = record.day("bought"), record.day("sold")
    return (
        trades.trade(Kind.BUY, quantity, record.needed("buy_price"), bought, instrument, INDIA),
        trades.trade(Kind.SELL, quantity, record.needed("sell_price"), sold, instrument, INDIA),
    )


FORMATS: Final = (
    Format(
        "upstox_tradebook",
        "Upstox trade book",
        "Upstox",
        "Upstox, Reports, Trade book: download CSV or XLSX.",
        lambda sheet: table.recognised(sheet, _TRADES, _TRADES_NEED),
        _parse,
        "INR",
    ),
    Format(
        "upstox_realised",
        "Upstox realised profit and loss",
        "Upstox",
        "Upstox, Reports, Profit and loss: download. What is still held is not in it.",
        lambda sheet: table.recognised(sheet, _REALISED, _REALISED_NEED),
        _parse_realised,
        "INR",
    ),
)
