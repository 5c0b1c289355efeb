"""ICICI Direct: the transactions of the portfolio, the trade book and the portfolio's summary.

Its short codes (RELIND, INFTEC) are its own, not the exchange's: instruments are known by ISIN, or else by name.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from core.portfolio.imports import table, trades
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.model import INDIA, Draft, Format, Parsed, Sheet, Written

_TRADES: Final = {
    "code": ("stocksymbol", "stock", "stockcode"),
    "name": ("companyname", "stockname"),
    "isin": ("isincode", "isin"),
    "kind": ("action", "buysell"),
    "quantity": ("quantity", "qty"),
    "price": ("transactionprice", "price", "rate"),
    "amount": ("tradevalue",),
    "fees*": (
        "brokerage",
        "brokerageservicetax",
        "transactioncharges",
        "transactionandsebiturnovercharges",
        "transactionsebiturnovercharges",
    ),
    "taxes*": ("stt", "stampduty", "sttpaid", "gst"),
    "segment": ("segment",),
    "date": ("transactiondate", "date", "tradedate"),
    "exchange": ("exchange",),
    "order": ("orderref", "orderreference", "orderrefno"),
    "trade": ("tradeno", "tradeid"),
    "settlement": ("settlement", "dpidclientdpid"),
    "paid": ("sttpaidnotpaid", "remarks"),
}
_TRADES_NEED: Final = (("code",), ("kind",), ("quantity",), ("price",), ("date",), ("fees", "order", "settlement"))

_HOLDINGS: Final = {
    "code": ("stocksymbol",),
    "name": ("companyname",),
    "isin": ("isincode", "isin"),
    "quantity": ("qty", "quantity"),
    "average": ("averagecostprice", "averageprice"),
    "value*": ("currentmarketprice", "valueatcost", "valueatmarketprice", "changeoverprevclose"),
    "gain*": ("realizedprofitloss", "unrealizedprofitloss"),
}
_HOLDINGS_NEED: Final = (("code", "name"), ("quantity",), ("average",), ("value",), ("isin", "gain"))


def _instrument(record: table.Record) -> Written:
    return Written(
        symbol=record.text("code").upper(),
        isin=record.text("isin"),
        exchange=record.text("exchange"),
        name=record.text("name"),
        currency="INR",
        market="IN",
        kind="broker code",
    )


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _TRADES, _TRADES_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of an ICICI Direct export.", "Download it from the portfolio.")
    return table.read(sheet, header, INDIA, _trade, number_roles=("quantity", "price", "amount"))


def _trade(record: table.Record) -> Draft:
    trades.refuse_derivative(record, record.text("code"))
    return trades.trade(
        trades.side(record),
        record.needed("quantity"),
        record.needed("price"),
        record.day(),
        _instrument(record),
        INDIA,
        fees=record.total("fees"),
        taxes=record.total("taxes"),
        key="",
        order=record.text("order") or record.text("trade"),
    )


def _parse_holdings(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _HOLDINGS, _HOLDINGS_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of an ICICI Direct portfolio.", "Download it from Portfolio.")
    on = trades.stated_day(sheet, INDIA)
    return table.read(
        sheet, header, INDIA, lambda record: _holding(record, on), date_roles=(), number_roles=("quantity", "average")
    )


def _holding(record: table.Record, on: date | None) -> Draft:
    day = on or trades.today(INDIA)
    return trades.holding(record.needed("quantity"), record.number("average"), day, _instrument(record), "INR")


FORMATS: Final = (
    Format(
        "icici_direct_trades",
        "ICICI Direct transactions",
        "ICICI Direct",
        "ICICI Direct, Portfolio, Equity, All transactions, or the trade book: download CSV.",
        lambda sheet: table.recognised(sheet, _TRADES, _TRADES_NEED),
        _parse,
        "INR",
    ),
    Format(
        "icici_direct_holdings",
        "ICICI Direct portfolio",
        "ICICI Direct",
        "ICICI Direct, Portfolio, Equity, Summary: download CSV.",
        lambda sheet: table.recognised(sheet, _HOLDINGS, _HOLDINGS_NEED),
        _parse_holdings,
        "INR",
    ),
)
