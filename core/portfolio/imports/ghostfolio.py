"""Ghostfolio: its export (JSON) and the CSV it imports. Dates come in four shapes, in one file even."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.market.errors import UnknownSymbol
from core.market.instruments import infer
from core.portfolio.imports import actions, days, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, Rejected
from core.portfolio.imports.model import Draft, Format, Home, Parsed, Row, Sheet, Written
from core.portfolio.imports.table import as_row
from core.portfolio.model import NOTHING, Kind

_HOME: Final = Home("day first", "UTC", "USD", market="")
_COLUMNS: Final = {
    "date": ("date",),
    "symbol": ("code", "symbol", "ticker"),
    "source": ("datasource",),
    "currency": ("currency", "ccy"),
    "price": ("price", "unitprice"),
    "quantity": ("quantity", "qty", "units", "shares"),
    "kind": ("action", "type"),
    "fees": ("fee",),
    "amount": ("amount",),
    "note": ("note", "comment"),
    "account": ("account",),
}
_NEED: Final = (("date",), ("symbol",), ("currency",), ("price",), ("quantity",), ("kind",), ("fees",))
_KINDS: Final = {
    "buy": Kind.BUY,
    "sell": Kind.SELL,
    "dividend": Kind.DIVIDEND,
    "interest": Kind.INTEREST,
    "fee": Kind.FEE,
    "item": Kind.BUY,
}
_SOURCES: Final = re.compile(
    "ALPHA_VANTAGE|COINGECKO|EOD_HISTORICAL_DATA|FINANCIAL_MODELING_PREP|GHOSTFOLIO|GOOGLE_SHEETS|MANUAL|RAPID_API|YAHOO"
)
_PAIR: Final = re.compile(r"([A-Z0-9]{2,10})(USD|EUR|GBP|INR|USDT)")
_EARLIEST: Final = 1970


def _detect(sheet: Sheet) -> float:
    if sheet.form == "json":
        activities = sheet.document.get("activities")
        return 1.0 if isinstance(activities, list) and _like(activities) else 0.0
    if sheet.form != "table" or (header := table.find_header(sheet, _COLUMNS, _NEED)) is None:
        return 0.0
    titles = {table.word(title) for title in header.titles}
    # "Code" for the symbol and "Action" for the kind are its own words; without them other trackers' files look alike.
    return table.recognised(sheet, _COLUMNS, _NEED) if {"code", "action"} <= titles or "datasource" in titles else 0.0


def _like(activities: list[Any]) -> bool:
    known = {"unitPrice", "dataSource", "quantity", "symbol", "type"}
    return not activities or any(isinstance(one, dict) and len(known & one.keys()) >= 3 for one in activities[:20])


def _parse(sheet: Sheet) -> Parsed:
    if sheet.form == "json":
        return _export(sheet)
    header = table.find_header(sheet, _COLUMNS, _NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Ghostfolio file.", "Export it from Ghostfolio again.")
    return table.read(sheet, header, _HOME, _row, number_roles=("quantity", "price", "fees", "amount"))


def _row(record: table.Record) -> Draft:
    if re.fullmatch(r"\D*\d{1,2}[/.-]\d{1,2}[/.-]\d{2}\D*", record.text("date")):
        raise Rejected(f"the date “{record.text('date')[:20]}” has a year of two digits; write four")
    return _activity(
        kind=record.text("kind"),
        symbol=record.text("symbol"),
        source=record.text("source"),
        currency=record.text("currency"),
        quantity=record.number("quantity"),
        price=record.number("price"),
        fee=record.number("fees"),
        amount=record.number("amount"),
        when=record.day(),
        note=record.text("note"),
        name="",
    )


def _export(sheet: Sheet) -> Parsed:
    document = sheet.document
    names = {
        str(one.get("symbol")): str(one.get("name") or "")
        for one in document.get("assetProfiles") or ()
        if isinstance(one, dict) and one.get("dataSource") == "MANUAL"
    }
    rows: list[Row] = []
    activities = document["activities"]
    if not activities:
        raise BadImport(sheet.name, "it holds no activities.", "Export it from Ghostfolio again.")
    for number, one in enumerate(activities, 1):
        try:
            if not isinstance(one, dict):
                raise Rejected("this is no activity")
            rows.append(as_row(number, _from_json(one, names)))
        except NeedsHand as error:
            rows.append(Row(number, "attention", str(error)))
        except Rejected as error:
            rows.append(Row(number, "rejected", str(error)))
    return Parsed(tuple(rows), 0, sheet.notes)


def _from_json(one: Mapping[str, Any], names: Mapping[str, str]) -> Draft:
    symbol, written = str(one.get("symbol") or ""), str(one.get("date") or "")
    when = days.one(written, timezone="UTC")
    if when is None:
        raise Rejected(f"“{written[:40]}” is not a date" if written else "the date is missing")
    draft = _activity(
        kind=str(one.get("type") or ""),
        symbol=symbol,
        source=str(one.get("dataSource") or ""),
        currency=str(one.get("currency") or ""),
        quantity=_number(one, "quantity"),
        price=_number(one, "unitPrice"),
        fee=_number(one, "fee"),
        amount=None,
        when=when,
        note=str(one.get("comment") or "")[:1000],
        name=names.get(symbol, ""),
    )
    number = one.get("id")
    return replace(draft, key=str(number)[:80]) if isinstance(number, str) and number else draft


def _number(one: Mapping[str, Any], key: str) -> Decimal | None:
    value = one.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise Rejected(f"{key} is not a number")
    try:
        found = Decimal(repr(value) if isinstance(value, float) else str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Rejected(f"{key} “{str(value)[:30]}” is not a number")
    return found


def _activity(
    *,
    kind: str,
    symbol: str,
    source: str,
    currency: str,
    quantity: Decimal | None,
    price: Decimal | None,
    fee: Decimal | None,
    amount: Decimal | None,
    when: days.Day,
    note: str,
    name: str,
) -> Draft:
    meant = _KINDS.get(actions.plain(kind))
    if meant is None:
        raise Rejected(f"“{kind[:30]}” is no type of activity" if kind else "the type of activity is missing")
    if source and not _SOURCES.fullmatch(source.upper()):
        raise Rejected(f"“{source[:30]}” is no data source of Ghostfolio")
    if not re.fullmatch(r"[A-Za-z]{3,5}", currency):
        raise Rejected(f"“{currency[:20]}” is no currency" if currency else "the currency is missing")
    if when.on.year < _EARLIEST:
        raise Rejected(f"{when.on} lies before {_EARLIEST}, where Ghostfolio begins; correct the year")
    code, (price, fee, amount) = trades.major(currency, price, fee, amount)
    own = source.upper() == "MANUAL"
    what = _instrument(symbol, name, own, currency)
    when = _at_home(when, what)
    fees = abs(fee or NOTHING)
    quantity = quantity or NOTHING
    if meant is Kind.FEE or meant is Kind.INTEREST:
        worth = amount or quantity * (price or NOTHING) or fees
        words = "; ".join(text for text in (name or (symbol if own else ""), note) if text)
        return trades.cash(meant, worth, when, code, note=words)
    if not symbol:
        raise Rejected("the symbol is missing")
    if meant is Kind.DIVIDEND:
        worth = amount or quantity * (price or NOTHING)
        return trades.cash(meant, worth, when, code, instrument=what, taxes=fees, note=note)
    return trades.trade(meant, quantity, price, when, what, _HOME, fees=fees, currency=code, note=note)


def _instrument(symbol: str, name: str, own: bool, currency: str) -> Written:
    if own:
        return Written(symbol=symbol, name=name or symbol, currency=currency, kind="own")
    pair = _PAIR.fullmatch(symbol)
    if pair is not None:
        # Yahoo's BTC-USD is written BTCUSD there.
        return Written(symbol=f"{pair[1]}-{pair[2]}", currency=currency, kind="pair")
    return Written(symbol=symbol, currency=currency, isin=trades.isin_in(symbol), kind="vendor")


def _at_home(when: days.Day, what: Written) -> days.Day:
    """The day at the exchange: an export made in Mumbai writes midnight there as half past six of the day before."""
    if when.at is None or when.at.timetz().replace(tzinfo=None) == time(0):
        return days.Day(when.on, None)
    try:
        zone = ZoneInfo(infer(what.symbol).timezone) if what.kind != "own" else ZoneInfo("UTC")
    except UnknownSymbol:
        return when
    local: datetime = when.at.astimezone(zone)
    return days.Day(local.date(), None if local.time() == time(0) else when.at)


FORMATS: Final = (
    Format(
        "ghostfolio",
        "Ghostfolio export",
        "Ghostfolio",
        "Ghostfolio, Portfolio, Activities: export (JSON), or the CSV that it imports.",
        _detect,
        _parse,
    ),
)
