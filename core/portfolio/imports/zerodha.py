"""Zerodha: Console's tradebook (CSV and XLSX) and holdings as Console and Kite write them.

A row of the tradebook is a fill: `trade_id` names it within its exchange and day, `order_id` may have several. Charges
are not in the file.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from core.portfolio.imports import table, trades
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.model import INDIA, Draft, Format, Parsed, Sheet

_TRADES: Final = {
    "symbol": ("symbol", "tradingsymbol", "instrument", "scrip"),
    "isin": ("isin",),
    "date": ("tradedate", "date"),
    "time": ("orderexecutiontime", "tradetime", "executiontime"),
    "exchange": ("exchange",),
    "segment": ("segment",),
    "series": ("series",),
    "kind": ("tradetype", "transactiontype", "type", "side"),
    "auction": ("auction",),
    "quantity": ("quantity", "qty", "filledquantity"),
    "price": ("price", "averageprice", "tradeprice"),
    "trade": ("tradeid", "tradeno", "tradenumber"),
    "order": ("orderid", "orderno"),
    "expiry": ("expirydate", "expiry"),
}
_NEEDED: Final = (("symbol", "isin"), ("date", "time"), ("kind",), ("quantity",), ("price",), ("trade",), ("order",))

_HOLDINGS: Final = {
    "symbol": ("symbol", "instrument", "tradingsymbol"),
    "isin": ("isin",),
    "sector": ("sector", "instrumenttype"),
    "quantity": ("quantityavailable", "qty", "quantity"),
    "pledged*": ("quantitypledgedmargin", "quantitypledgedloan", "quantitypledged"),
    "average": ("averageprice", "avgcost", "avgprice", "averagecost"),
    "last": ("ltp", "previousclosingprice", "closeprice"),
    "value": ("curval", "currentvalue", "presentvalue"),
    "gain*": ("pl", "pandl", "pnl", "unrealizedpl", "unrealizedplpct", "netchg", "daychg", "invested"),
    "console*": ("quantitydiscrepant", "quantitylongterm"),
}


def _detect(sheet: Sheet) -> float:
    return table.recognised(sheet, _TRADES, _NEEDED)


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _TRADES, _NEEDED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Zerodha tradebook.", "Download it from Console, Reports.")
    return table.read(sheet, header, INDIA, _trade, date_roles=("date", "time"), number_roles=("quantity", "price"))


def _trade(record: table.Record) -> Draft:
    symbol = record.text("symbol")
    trades.refuse_derivative(record, symbol)
    side = trades.side(record)
    executed = record.maybe_day("time")
    if record.text("date") or executed is None:
        when = record.day()
        if executed is not None and executed.on == when.on:
            when = executed
    else:
        when = executed
    fund = record.text("segment").upper() == "MF"
    number, exchange = record.text("trade"), record.text("exchange").upper()
    instrument = trades.written(
        record, INDIA, symbol=symbol if fund else trades.ticker(symbol), kind="fund" if fund else ""
    )
    return trades.trade(
        side,
        record.needed("quantity"),
        record.needed("price"),
        when,
        instrument,
        INDIA,
        # Exchanges number trades anew each day.
        key=f"{exchange}:{when.on.isoformat()}:{number}" if number.strip("0- ") else "",
        order=record.text("order"),
        note="auction" if record.text("auction").lower() == "true" else "",
    )


def _detect_holdings(sheet: Sheet) -> float:
    groups = (("symbol",), ("quantity",), ("average",), ("last",), ("value", "console", "pledged"))
    return table.recognised(sheet, _HOLDINGS, groups)


def _parse_holdings(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _HOLDINGS, (("symbol",), ("quantity",), ("average",)))
    if header is None:
        raise BadImport(sheet.name, "it has no columns of Zerodha holdings.", "Download it from Console or Kite.")
    on = trades.stated_day(sheet, INDIA)
    return table.read(
        sheet, header, INDIA, lambda record: _holding(record, on), date_roles=(), number_roles=("quantity", "average")
    )


def _holding(record: table.Record, on: date | None) -> Draft:
    symbol = record.text("symbol")
    trades.refuse_derivative(record, symbol)
    instrument = trades.written(record, INDIA, symbol=trades.ticker(symbol))
    quantity = record.needed("quantity") + record.total("pledged")
    return trades.holding(quantity, record.number("average"), on or trades.today(INDIA), instrument, "INR")


FORMATS: Final = (
    Format(
        "zerodha_tradebook",
        "Zerodha Console tradebook",
        "Zerodha",
        "Console, Reports, Tradebook: choose the segment and the span, then download CSV or XLSX.",
        _detect,
        _parse,
        "INR",
    ),
    Format(
        "zerodha_holdings",
        "Zerodha holdings",
        "Zerodha",
        "Kite or Console, Holdings: download.",
        _detect_holdings,
        _parse_holdings,
        "INR",
    ),
)
