"""Groww: the order history of stocks (several lines of account details above the header) and of funds, and holdings.

A row is an order; `Value` is what was paid in all, not the price of one. Orders that were not executed are in the file.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from core.portfolio.imports import table, trades
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.model import INDIA, Draft, Format, Parsed, Sheet

_ORDERS: Final = {
    "name": ("stockname", "companyname", "scripname"),
    "symbol": ("symbol", "nsesymbol"),
    "isin": ("isin",),
    "kind": ("type", "transactiontype", "ordertype", "buysell"),
    "quantity": ("quantity", "qty", "shares"),
    "amount": ("value", "totalvalue", "amount"),
    "price": ("price", "averageprice", "avgprice"),
    "exchange": ("exchange",),
    "order": ("exchangeorderid", "orderid"),
    "date": ("executiondateandtime", "executiontime", "dateandtime", "executiondate"),
    "status": ("orderstatus", "status"),
    "segment": ("segment",),
}
_ORDERS_NEED: Final = (("name",), ("kind",), ("quantity",), ("amount",), ("date",), ("order", "status"))

_FUNDS: Final = {
    "name": ("schemename", "fundname", "scheme"),
    "isin": ("isin",),
    "kind": ("transactiontype", "type"),
    "quantity": ("units",),
    "price": ("nav",),
    "amount": ("amount",),
    "date": ("date", "transactiondate"),
    "folio": ("foliono", "folionumber", "folio"),
    "status": ("status",),
}
_FUNDS_NEED: Final = (("name",), ("kind",), ("quantity",), ("price",), ("date",))

_HOLDINGS: Final = {
    "name": ("stockname",),
    "symbol": ("symbol",),
    "isin": ("isin",),
    "quantity": ("shares", "quantity"),
    "average": ("averageprice", "averagebuyprice", "avgbuyprice"),
    "value*": ("currentvalue", "currentprice", "closingprice", "closingvalue", "buyvalue", "marketprice"),
    "gain*": ("totalreturns", "xirr", "unrealisedpl", "unrealizedpl"),
}
_HOLDINGS_NEED: Final = (("name",), ("quantity",), ("average",))


def _header(sheet: Sheet, synonyms: table.Synonyms, needed: tuple[tuple[str, ...], ...]) -> table.Header:
    header = table.find_header(sheet, synonyms, needed)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Groww export.", "Download it from Groww, Reports.")
    return header


def _parse_orders(sheet: Sheet) -> Parsed:
    header = _header(sheet, _ORDERS, _ORDERS_NEED)
    return table.read(sheet, header, INDIA, _order, number_roles=("quantity", "amount", "price"))


def _order(record: table.Record) -> Draft:
    symbol = trades.ticker(record.text("symbol"))
    trades.refuse_derivative(record, symbol or record.text("name"))
    trades.refuse_unexecuted(record)
    return trades.trade(
        trades.side(record),
        record.needed("quantity"),
        record.number("price"),
        record.day(),
        trades.written(record, INDIA, symbol=symbol),
        INDIA,
        amount=record.needed("amount"),
        order=record.text("order"),
    )


def _parse_funds(sheet: Sheet) -> Parsed:
    header = _header(sheet, _FUNDS, _FUNDS_NEED)
    return table.read(sheet, header, INDIA, _fund, number_roles=("quantity", "price", "amount"))


def _fund(record: table.Record) -> Draft:
    trades.refuse_unexecuted(record)
    return trades.trade(
        trades.side(record),
        record.needed("quantity"),
        record.needed("price"),
        record.day(),
        trades.written(record, INDIA, kind="fund"),
        INDIA,
        amount=record.number("amount"),
        order=record.text("folio"),
    )


def _parse_holdings(sheet: Sheet) -> Parsed:
    header = _header(sheet, _HOLDINGS, _HOLDINGS_NEED)
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
        "groww_orders",
        "Groww order history",
        "Groww",
        "Groww, Profile, Reports, Stocks order history: download XLSX.",
        lambda sheet: table.recognised(sheet, _ORDERS, _ORDERS_NEED),
        _parse_orders,
        "INR",
    ),
    Format(
        "groww_funds",
        "Groww mutual fund orders",
        "Groww",
        "Groww, Profile, Reports, Mutual funds order history: download XLSX.",
        lambda sheet: table.recognised(sheet, _FUNDS, _FUNDS_NEED),
        _parse_funds,
        "INR",
    ),
    Format(
        "groww_holdings",
        "Groww holdings",
        "Groww",
        "Groww, Profile, Reports, Stocks holdings: download XLSX.",
        lambda sheet: table.recognised(sheet, _HOLDINGS, _HOLDINGS_NEED),
        _parse_holdings,
        "INR",
    ),
)
