"""Trading 212: the history of a pie or account. Prices are in the share's currency, totals in the account's."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from core.portfolio.imports import actions, amounts, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, Rejected
from core.portfolio.imports.model import Draft, Format, Home, Parsed, Sheet, Written
from core.portfolio.model import NOTHING, Kind

_HOME: Final = Home("day first", "UTC", "", market="")
_COLUMNS: Final = {
    "kind": ("action",),
    "date": ("time",),
    "isin": ("isin",),
    "symbol": ("ticker",),
    "name": ("name",),
    "note": ("notes",),
    "key": ("id",),
    "quantity": ("noofshares",),
    "price": ("priceshare",),
    "currency": ("currencypriceshare",),
    "exchange_rate": ("exchangerate",),
    "result": ("result",),
    "total": ("total",),
    "total_currency": ("currencytotal",),
    "tax": ("withholdingtax",),
    "tax_currency": ("currencywithholdingtax",),
    "fees*": (
        "stampdutyreservetax~",
        "stampduty",
        "transactionfee",
        "finrafee",
        "currencyconversionfee",
        "ptmlevy",
        "frenchtransactiontax",
    ),
}
_NEED: Final = (("kind",), ("date",), ("quantity",), ("price",), ("total",))
_IN_TITLE = re.compile(r"^(.{3,40}?)\s*\(([A-Z]{3})\)$")


def _titles(sheet: Sheet) -> tuple[Sheet, dict[str, str]]:
    """The sheet with "Total (EUR)" as "Total", and the currencies the titles told, by the bare word."""
    for place, row in enumerate(sheet.rows[: table.HEADER_WITHIN]):
        words = {table.word(cell) for cell in row}
        if not {"action", "time"} <= words:
            continue
        told = {table.word(m[1]): m[2] for cell in row if (m := _IN_TITLE.match(cell))}
        bare = tuple(m[1] if (m := _IN_TITLE.match(cell)) else cell for cell in row)
        rows = (*sheet.rows[:place], bare, *sheet.rows[place + 1 :])
        return replace(sheet, rows=rows), told
    return sheet, {}


def _detect(sheet: Sheet) -> float:
    return table.recognised(_titles(sheet)[0], _COLUMNS, _NEED) if sheet.form == "table" else 0.0


def _parse(sheet: Sheet) -> Parsed:
    sheet, told = _titles(sheet)
    header = table.find_header(sheet, _COLUMNS, _NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a Trading 212 history.", "Download it from History.")
    parsed = table.read(
        sheet, header, _HOME, lambda r: _row(r, header, told), number_roles=("quantity", "price", "total", "fees")
    )
    return replace(parsed, currency=told.get("total") or table.most_common_code(sheet, header, "total_currency"))


def _row(record: table.Record, header: table.Header, told: dict[str, str]) -> Draft:
    action = record.text("kind")
    words = actions.plain(action)
    home = record.text("total_currency") or told.get("total", "")
    if words.startswith("dividend"):
        return _dividend(record, home, words)
    kind = actions.kind_of(words) or actions.side_of(words.split(" ")[-1])
    if kind in (Kind.BUY, Kind.SELL):
        return _trade(record, header, told, kind, home)
    when, key = record.day(), record.text("key")
    if words.startswith("stock split") or "split" in words or words in ("stock distribution", "spin off", "merger"):
        raise NeedsHand(f"“{action}” of {record.text('symbol')}: add the split or distribution with its ratio by hand")
    if kind is None and ("cashback" in words or "adjustment" in words):
        kind = Kind.INTEREST if "cashback" in words else Kind.DEPOSIT
    if kind is None and ("card" in words or "spending" in words):
        kind = Kind.WITHDRAWAL
    if kind is None and words == "currency conversion":
        raise NeedsHand("a conversion between currencies of the account; add its two sides by hand where you keep both")
    total = _number(record, "total")
    if kind is None or total is None:
        raise NeedsHand(f"“{action[:40]}” is not known; add it by hand where it matters")
    code, (amount,) = trades.major(home, total)
    return trades.signed_cash(kind, amount or NOTHING, when, code, key=key, note=record.text("note") or action)


def _trade(record: table.Record, header: table.Header, told: dict[str, str], kind: Kind, home: str) -> Draft:
    quantity, price = record.needed("quantity"), record.needed("price")
    currency, (price_major,) = trades.major(record.text("currency") or home, price)
    pence = Decimal(100) if price_major != price else Decimal(1)
    exchange = _number(record, "exchange_rate")
    same = currency == home.upper()
    per_home = None if not exchange else exchange / pence
    fees, foreign = NOTHING, NOTHING
    for place in header.places.get("fees", ()):
        if place >= len(record.cells) or not (sum_ := _fee(record.cells[place])):
            continue
        beside = record.cells[place + 1] if place + 1 < len(record.cells) else ""
        code = told.get(table.word(header.titles[place])) or (beside if re.fullmatch(r"[A-Z]{3}", beside) else home)
        code, (size,) = trades.major(code, abs(sum_))
        if code == currency or same:
            fees += size or NOTHING
        elif code == home.upper() and per_home:
            fees += (size or NOTHING) * per_home
        else:
            foreign += size or NOTHING
    if foreign:
        raise Rejected(f"a fee of {foreign} is in a third currency whose rate the file does not tell")
    draft = trades.trade(
        kind,
        quantity,
        price_major,
        record.day(),
        Written(record.text("symbol"), record.text("isin"), "", record.text("name"), record.text("currency"), ""),
        _HOME,
        fees=round(fees, 10).normalize() if fees else NOTHING,
        currency=currency,
        rate=None if same else trades.inverse(per_home),
        key=record.text("key"),
    )
    return draft if same or exchange else replace(draft, doubt=f"no rate between {currency} and {home} is told")


def _dividend(record: table.Record, home: str, words: str) -> Draft:
    what = Written(record.text("symbol"), record.text("isin"), "", record.text("name"), record.text("currency"), "")
    kind = Kind.RETURN_OF_CAPITAL if "return of capital" in words else Kind.DIVIDEND
    code, (total,) = trades.major(home, _number(record, "total"))
    currency, (price,) = trades.major(record.text("currency") or home, _number(record, "price"))
    quantity, tax, exchange = (
        _number(record, "quantity"),
        _number(record, "tax") or NOTHING,
        _number(record, "exchange_rate"),
    )
    note = record.text("note")
    if currency == code and total is not None:
        return trades.cash(kind, total + abs(tax), record.day(), code, instrument=what, taxes=abs(tax), note=note)
    if exchange and price and quantity and total is not None:
        _, (in_major,) = trades.major(record.text("currency"), Decimal(1))
        net = abs(total) * exchange * (in_major or Decimal(1))
        # The price per share is before tax in some files and after it in others; the net total is certain.
        tax = (
            abs(tax) * (in_major or Decimal(1)) if record.text("tax_currency") == record.text("currency") else abs(tax)
        )
        per_home = exchange * (in_major or Decimal(1))
        return trades.cash(
            kind,
            round(net + tax, 10).normalize(),
            record.day(),
            currency,
            instrument=what,
            taxes=tax,
            note=note,
            rate=trades.inverse(per_home),
        )
    if total is None:
        raise Rejected("the total is missing")
    held = f"net of {tax} {record.text('tax_currency') or currency} withheld" if tax else ""
    return trades.cash(kind, total, record.day(), code, instrument=what, note="; ".join(t for t in (note, held) if t))


def _fee(written: str) -> Decimal | None:
    try:
        return amounts.parse(written)
    except ValueError:
        raise Rejected(f"the fee “{written[:30]}” is not a number") from None


def _number(record: table.Record, role: str) -> Decimal | None:
    """A number; None where the file says "Not available"."""
    return None if record.text(role).lower() == "not available" else record.number(role)


FORMATS: Final = (
    Format(
        "trading212",
        "Trading 212 history",
        "Trading 212",
        "Trading 212, History, download: choose the span (a year at most) and all kinds of rows.",
        _detect,
        _parse,
    ),
)
