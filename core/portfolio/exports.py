"""Everything in a ledger as CSV, XLSX or JSON, which `core.portfolio.imports.own` reads back without loss."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import openpyxl
import orjson

from core import clock
from core.accounts.model import Account as Investor
from core.portfolio import book
from core.portfolio.imports.own import COLUMNS, FORMAT, NUMBERS, VERSION, guarded
from core.portfolio.model import Transaction

ExportFormat = Literal["csv", "xlsx", "json"]


def export(investor: Investor, form: ExportFormat) -> bytes:
    """The investor's accounts, own assets with their prices, and every row that counts, oldest first.

    In CSV and XLSX a text that a spreadsheet would take for a formula begins with an apostrophe, which is taken off
    again when it is read back. Numbers are written exactly, as decimal text.

    Raises:
        ValueError: there is no such form.
    """
    records = list(_records(investor))
    match form:
        case "json":
            document = {
                "format": FORMAT,
                "version": VERSION,
                "exported_at": clock.now().astimezone(UTC).isoformat(timespec="seconds"),
                "records": [{key: value for key, value in record.items() if value} for record in records],
            }
            return orjson.dumps(document, option=orjson.OPT_INDENT_2)
        case "csv":
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(_cells(record) for record in records)
            return b"\xef\xbb\xbf" + out.getvalue().encode()  # the mark tells spreadsheets that it is UTF-8
        case "xlsx":
            return _workbook(records)
    raise ValueError(f"there is no export as {str(form)[:20]!r}; csv, xlsx and json are")


def file_name(form: ExportFormat) -> str:
    """What the file is called."""
    return f"kubera-{clock.now():%Y-%m-%d}.{form}"


def _workbook(records: list[dict[str, str]]) -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Ledger")
    sheet.append(list(COLUMNS))
    for record in records:
        sheet.append([text or None for text in _cells(record)])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _cells(record: dict[str, str]) -> list[str]:
    return [text if column in NUMBERS else guarded(text) for column in COLUMNS for text in (record.get(column, ""),)]


def _records(investor: Investor) -> Iterator[dict[str, str]]:
    accounts = {each.id: each for each in book.accounts(investor)}
    for account in accounts.values():
        yield {
            "record": "account",
            "account": account.name,
            "kind": account.kind,
            "currency": account.currency,
            "institution": account.institution,
            "closed": "yes" if account.closed else "",
        }
    for asset in book.own_assets(investor):
        yield {
            "record": "asset",
            "symbol": asset.symbol,
            "name": asset.name,
            "kind": asset.asset_class,
            "currency": asset.currency,
        }
        for price in book.asset_prices(investor, asset.symbol):
            yield {
                "record": "asset_price",
                "symbol": asset.symbol,
                "on": price.on.isoformat(),
                "price": _number(price.price),
            }
    names = {number: account.name for number, account in accounts.items()}
    for row in book.ledger(investor).transactions:
        yield _transaction(row, names)


def _transaction(row: Transaction, names: dict[int, str]) -> dict[str, str]:
    return {
        "record": "transaction",
        "id": str(row.id or ""),
        "account": names[row.account_id],
        "kind": row.kind.value,
        "on": row.on.isoformat(),
        "at": _moment(row.at),
        "symbol": row.symbol,
        "quantity": _number(row.quantity),
        "price": _number(row.price),
        "amount": _number(row.amount),
        "fees": _number(row.fees or None),
        "taxes": _number(row.taxes or None),
        "currency": row.currency,
        "rate": _number(row.rate),
        "ratio_new": _number(row.ratio_new),
        "ratio_old": _number(row.ratio_old),
        "other_symbol": row.other_symbol,
        "cost_share": _number(row.cost_share),
        "counter_account": names.get(row.counter_account_id or 0, ""),
        "lots": ";".join(f"{number}:{_number(quantity)}" for number, quantity in row.lots),
        "isin": row.isin,
        "external_id": row.external_id,
        "source": row.source,
        "tags": ",".join(row.tags),
        "note": row.note,
    }


def _number(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()
