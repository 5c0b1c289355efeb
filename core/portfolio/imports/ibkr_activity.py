"""Interactive Brokers: the activity statement as CSV, a file of many tables whose rows begin with their table's name.

It gives trades no numbers, so their identity is their content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from core.portfolio.imports import ibkr, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, NotARow, Rejected
from core.portfolio.imports.model import Draft, Format, Parsed, Row, Sheet, Written
from core.portfolio.imports.table import as_row, word

_MARKS: Final = frozenset({"header", "data", "subtotal", "total", "notes"})
_SECTIONS: Final = frozenset(
    {"trades", "dividends", "withholding tax", "deposits & withdrawals", "fees", "interest", "corporate actions"}
)
Cells = dict[str, str]


def _detect(sheet: Sheet) -> float:
    if sheet.form != "table":
        return 0.0
    marked = sum(1 for row in sheet.rows[:200] if len(row) > 2 and row[1].lower() in _MARKS)
    if marked < 0.8 * min(len(sheet.rows), 200):
        return 0.0
    names = {row[0].lower() for row in sheet.rows if len(row) > 2 and row[1].lower() == "header"}
    return 1.0 if names & _SECTIONS else 0.0


def _parse(sheet: Sheet) -> Parsed:
    listed = _instruments(sheet)
    rows: list[Row] = []
    skipped = 0
    titles: tuple[str, ...] = ()
    seen = False
    fills = _has_fills(sheet)
    for line, cells in zip(sheet.lines, sheet.rows, strict=True):
        if len(cells) < 3:
            continue
        section, mark = cells[0].strip().lower(), cells[1].strip().lower()
        if mark == "header":
            titles = tuple(word(cell) for cell in cells)
            continue
        if section not in _SECTIONS or mark != "data":
            continue
        seen = True
        record = {title: cell.strip() for title, cell in zip(titles, cells, strict=False) if title}
        try:
            drafts = _READERS[section](record, listed, fills)
        except NotARow:
            skipped += 1
        except NeedsHand as error:
            rows.append(Row(line, "attention", str(error)))
        except Rejected as error:
            rows.append(Row(line, "rejected", str(error)))
        else:
            rows += [as_row(line, draft) for draft in ((drafts,) if isinstance(drafts, Draft) else drafts)]
    if not seen:
        raise BadImport(sheet.name, "the statement holds no trades and no payments.", "Choose a span that has some.")
    return Parsed(tuple(rows), skipped, sheet.notes, _base(sheet))


def _base(sheet: Sheet) -> str:
    """The account's currency, as the statement says."""
    for row in sheet.rows:
        if len(row) > 3 and row[0].lower() == "account information" and row[2].lower() == "base currency":
            return row[3] if re.fullmatch(r"[A-Z]{3}", row[3]) else ""
    return ""


def _has_fills(sheet: Sheet) -> bool:
    """Whether the statement lists fills below its orders: then the orders would count everything twice."""
    return any(
        len(row) > 2 and row[0].lower() == "trades" and row[1].lower() == "data" and row[2].lower() == "trade"
        for row in sheet.rows
    )


def _instruments(sheet: Sheet) -> dict[str, tuple[str, str, str]]:
    """Symbol -> ISIN, exchange, name, as the statement's own list of instruments tells."""
    found: dict[str, tuple[str, str, str]] = {}
    titles: list[str] = []
    for row in sheet.rows:
        if not row or row[0].strip().lower() != "financial instrument information":
            continue
        if row[1].lower() == "header":
            titles = [word(cell) for cell in row]
            continue
        record = dict(zip(titles, row, strict=False))
        isin = trades.isin_in(record.get("securityid", ""))
        for symbol in re.split(r",\s*", record.get("symbol", "")):
            found[symbol.strip()] = (isin, record.get("listingexch", ""), record.get("description", ""))
    return found


def _what(symbol: str, currency: str, listed: dict[str, tuple[str, str, str]]) -> Written:
    isin, exchange, name = listed.get(symbol, ("", "", ""))
    return Written(symbol, isin, exchange, name, currency)


def _trade(record: Cells, listed: dict[str, tuple[str, str, str]], fills: bool) -> Draft | Sequence[Draft]:
    level = record.get("datadiscriminator", "").lower()
    if level in ("closedlot", "subtotal", "total") or (level == "order" and fills):
        raise NotARow
    symbol, currency = record.get("symbol", ""), record.get("currency", "")
    told = next((title for title in record if re.fullmatch(r"commin[a-z]{3}", title)), "")  # "Comm in EUR"
    return ibkr.execution(
        category=record.get("assetcategory", ""),
        currency=currency,
        what=_what(symbol, currency, listed),
        at=record.get("datetime", ""),
        quantity=record.get("quantity", ""),
        price=record.get("tprice", ""),
        fees=record.get("commfee", "") or record.get(told, ""),
        fee_currency=told[-3:].upper() if told and not record.get("commfee") else "",
        taxes="",
        key="",
        proceeds=record.get("proceeds", ""),
    )


def _cash(kind: str) -> Callable[[Cells, dict[str, tuple[str, str, str]], bool], Draft]:
    def read(record: Cells, listed: dict[str, tuple[str, str, str]], _fills: bool) -> Draft:
        currency = record.get("currency", "")
        if not re.fullmatch(r"[A-Za-z]{3}", currency) or currency.lower() == "total":
            raise NotARow
        at = record.get("date") or record.get("settledate", "")
        named = ibkr.named_in(record.get("description", ""), currency)
        if named is not None and named.symbol in listed:
            named = Written(named.symbol, named.isin, listed[named.symbol][1], listed[named.symbol][2], currency)
        return ibkr.cash_row(kind, record.get("amount", ""), currency, at, record.get("description", ""), named, "")

    return read


def _action(record: Cells, _listed: dict[str, tuple[str, str, str]], _fills: bool) -> Draft:
    currency = record.get("currency", "")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise NotARow
    return ibkr.corporate_action(
        description=record.get("description", ""),
        quantity=record.get("quantity", ""),
        currency=currency,
        at=record.get("datetime") or record.get("reportdate", ""),
        proceeds=record.get("proceeds", ""),
        key="",
        what=None,
    )


_READERS: Final[dict[str, Callable[..., Draft | Sequence[Draft]]]] = {
    "trades": _trade,
    "dividends": _cash("Dividends"),
    "withholding tax": _cash("Withholding Tax"),
    "deposits & withdrawals": _cash("Deposits & Withdrawals"),
    "fees": _cash("Fees"),
    "interest": _cash("Interest"),
    "corporate actions": _action,
}

FORMATS: Final = (
    Format(
        "ibkr_activity",
        "Interactive Brokers activity statement",
        "Interactive Brokers",
        "Client Portal, Performance & Reports, Statements, Activity: download CSV.",
        _detect,
        _parse,
        "USD",
    ),
)
