"""Dhan: the trade history (names of companies, no numbers of trades) and holdings in two layouts."""

from __future__ import annotations

from datetime import date
from typing import Final

from core.portfolio.imports import table, trades
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.model import INDIA, Draft, Format, Parsed, Sheet

_TRADES: Final = {
    "date": ("date", "tradedate", "exchdatetime", "datetime"),
    "clock": ("time", "tradetime"),
    "name": ("name", "securityname", "scripname"),
    "symbol": ("tradingsymbol", "symbol"),
    "isin": ("isin",),
    "kind": ("buysell", "transactiontype"),
    "product": ("order", "producttype", "product"),
    "exchange": ("exchange",),
    "segment": ("segment",),
    "quantity": ("quantitylot", "quantity", "tradedquantity", "qty"),
    "price": ("tradeprice", "price", "tradedprice"),
    "amount": ("tradevalue", "value"),
    "status": ("status", "orderstatus"),
    "order": ("orderid", "exchangeorderid", "orderno"),
    "trade": ("tradeid", "exchangetradeid", "tradeno"),
    "expiry": ("expirydate", "expiry"),
    "strike": ("strikeprice",),
    "instrument_type": ("instrumenttype", "optiontype", "instrument"),
}
_TRADES_NEED: Final = (("name", "symbol"), ("date",), ("kind",), ("quantity",), ("price",), ("amount", "trade"))

_HOLDINGS: Final = {
    "symbol": ("tradingsymbol",),
    "name": ("name",),
    "isin": ("isin",),
    "exchange": ("exchange",),
    "quantity": ("totalqty", "totalquantity", "quantity"),
    "dp*": ("dpqty", "availableqty", "t1qty"),
    "average": ("averagebuyprice", "avgprice", "avgcostprice"),
    "last": ("lasttradedprice", "lasttraded", "ltp"),
    "invested": ("investment", "invested"),
    "value": ("currentvalue",),
    "gain*": ("profitloss", "pl"),
}
_HOLDINGS_NEED: Final = (("symbol", "name"), ("quantity",), ("average",), ("last",), ("dp", "invested"))


def _detect(sheet: Sheet) -> float:
    if (header := table.find_header(sheet, _TRADES, _TRADES_NEED)) is None:
        return 0.0
    # "Buy/Sell" beside a trade's price and value is the layout's own; other brokers share some of these words.
    titles = {table.word(title) for title in header.titles}
    own = len(titles & {"quantitylot", "tradeprice", "tradevalue", "order", "securityname", "exchangetradeid"})
    return table.recognised(sheet, _TRADES, _TRADES_NEED) if own >= 2 else 0.0


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _TRADES, _TRADES_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Dhan trade history.", "Download it from Dhan, Reports.")
    return table.read(sheet, header, INDIA, _trade, number_roles=("quantity", "price", "amount"), clock="clock")


def _trade(record: table.Record) -> Draft:
    symbol = record.text("symbol")
    trades.refuse_derivative(record, symbol or record.text("name"))
    trades.refuse_unexecuted(record)
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


def _parse_holdings(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _HOLDINGS, _HOLDINGS_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of Dhan holdings.", "Download it from Dhan, Portfolio.")
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
        "dhan_trades",
        "Dhan trade history",
        "Dhan",
        "Dhan, Profile, Reports, Trade history: download CSV.",
        _detect,
        _parse,
        "INR",
    ),
    Format(
        "dhan_holdings",
        "Dhan holdings",
        "Dhan",
        "Dhan, Portfolio, Holdings: download CSV.",
        lambda sheet: table.recognised(sheet, _HOLDINGS, _HOLDINGS_NEED),
        _parse_holdings,
        "INR",
    ),
)
