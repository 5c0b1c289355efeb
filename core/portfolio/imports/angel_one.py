"""Angel One: the trade book, with the price in a column of its own for purchases and one for sales, and holdings."""

from __future__ import annotations

from datetime import date
from typing import Final

from core.portfolio.imports import table, trades
from core.portfolio.imports.errors import BadImport, Rejected
from core.portfolio.imports.model import INDIA, Draft, Format, Parsed, Sheet
from core.portfolio.model import Kind

_TRADES: Final = {
    "symbol": ("scripcontract", "scrip", "scripname", "scripsymbol"),
    "isin": ("isin",),
    "name": ("companyname", "securityname"),
    "segment": ("segment", "exchangesegment"),
    "exchange": ("exchange",),
    "kind": ("buysell", "transactiontype", "type"),
    "quantity": ("quantity", "qty", "tradedqty"),
    "buy_price": ("buyprice", "buyrate"),
    "sell_price": ("sellprice", "sellrate"),
    "order": ("orderid", "orderno"),
    "trade": ("tradeid", "tradeno"),
    "date": ("date", "tradedate", "dateandtime", "tradedatetime"),
    "clock": ("tradetime", "time"),
    "fees*": ("brokerage", "totalcharges", "othercharges"),
    "taxes*": ("stt", "gst", "stampduty"),
}
_TRADES_NEED: Final = (("symbol",), ("kind",), ("quantity",), ("buy_price",), ("sell_price",), ("date",))

_HOLDINGS: Final = {
    "symbol": ("scriptname", "scripname", "scrip", "stocksymbol", "scriptnamecompanyname", "scripnamecompanyname"),
    "name": ("companyname",),
    "isin": ("isin",),
    "sector*": ("sector", "marketcap"),
    "quantity": ("totalquantity", "quantity"),
    "average": ("avgtradingprice", "avgprice", "averageprice"),
    "value*": ("investedvalue", "marketvalue", "ltp", "overallgainloss", "xirr"),
}
_HOLDINGS_NEED: Final = (("symbol", "name"), ("quantity",), ("average",), ("value",), ("sector", "isin"))


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _TRADES, _TRADES_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of an Angel One trade book.", "Download it from Reports.")
    roles = ("quantity", "buy_price", "sell_price")
    return table.read(sheet, header, INDIA, _trade, number_roles=roles, clock="clock")


def _trade(record: table.Record) -> Draft:
    symbol = record.text("symbol")
    trades.refuse_derivative(record, symbol)
    side = trades.side(record)
    price = record.number("buy_price" if side is Kind.BUY else "sell_price")
    if not price:
        other = record.number("sell_price" if side is Kind.BUY else "buy_price")
        if other:
            raise Rejected(f"the row says {side.value}, and its price stands in the other column")
        raise Rejected("the price is missing")
    when, number = record.day(), record.text("trade")
    return trades.trade(
        side,
        record.needed("quantity"),
        price,
        when,
        trades.written(record, INDIA, symbol=trades.ticker(symbol)),
        INDIA,
        fees=record.total("fees"),
        taxes=record.total("taxes"),
        key=f"{when.on.isoformat()}:{number}" if number.strip("0- ") else "",
        order=record.text("order"),
    )


def _parse_holdings(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _HOLDINGS, _HOLDINGS_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of Angel One holdings.", "Download it from Portfolio.")
    on = trades.stated_day(sheet, INDIA)
    return table.read(
        sheet, header, INDIA, lambda record: _holding(record, on), date_roles=(), number_roles=("quantity", "average")
    )


def _holding(record: table.Record, on: date | None) -> Draft:
    instrument = trades.written(record, INDIA, symbol=trades.ticker(record.text("symbol")))
    day = on or trades.today(INDIA)
    return trades.holding(record.needed("quantity"), record.number("average"), day, instrument, "INR")


FORMATS: Final = (
    Format(
        "angel_one_trades",
        "Angel One trade book",
        "Angel One",
        "Angel One, Reports, Trade book: download.",
        lambda sheet: table.recognised(sheet, _TRADES, _TRADES_NEED),
        _parse,
        "INR",
    ),
    Format(
        "angel_one_holdings",
        "Angel One holdings",
        "Angel One",
        "Angel One, Portfolio, Holdings: download.",
        lambda sheet: table.recognised(sheet, _HOLDINGS, _HOLDINGS_NEED),
        _parse_holdings,
        "INR",
    ),
)
