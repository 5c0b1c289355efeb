"""The ledger's own export (CSV, XLSX, JSON), read back without loss. `core.portfolio.exports` writes it.

One table for everything: the first column says what a row is (account, asset, asset_price, transaction), the others
are the parts of `core.portfolio.model`. Numbers are decimal texts, dates ISO, moments ISO in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from core.portfolio.imports.errors import BadImport, Rejected
from core.portfolio.imports.model import Draft, Format, Parsed, Row, Sheet, Written
from core.portfolio.model import NOTHING, Kind, Transaction

FORMAT: Final = "kubera"
VERSION: Final = 1
COLUMNS: Final = (
    "record",
    "id",
    "account",
    "kind",
    "on",
    "at",
    "symbol",
    "quantity",
    "price",
    "amount",
    "fees",
    "taxes",
    "currency",
    "rate",
    "ratio_new",
    "ratio_old",
    "other_symbol",
    "cost_share",
    "counter_account",
    "lots",
    "isin",
    "external_id",
    "source",
    "tags",
    "name",
    "institution",
    "closed",
    "note",
)
NUMBERS: Final = frozenset(
    {"id", "quantity", "price", "amount", "fees", "taxes", "rate", "ratio_new", "ratio_old", "cost_share"}
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """An account as an export tells it."""

    name: str
    kind: str
    currency: str
    institution: str
    closed: bool


@dataclass(frozen=True, slots=True)
class OwnAsset:
    """An asset of the investor's own, with the prices it was given."""

    symbol: str
    name: str
    asset_class: str
    currency: str
    prices: tuple[tuple[date, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Others:
    """What an export holds besides transactions."""

    accounts: tuple[OwnAccount, ...]
    assets: tuple[OwnAsset, ...]


Cells = Mapping[str, str]


def _detect(sheet: Sheet) -> float:
    if sheet.form == "json":
        return 1.0 if sheet.document.get("format") == FORMAT else 0.0
    return 1.0 if sheet.form == "table" and _header(sheet) is not None else 0.0


def _header(sheet: Sheet) -> int | None:
    wanted = {"record", "account", "kind", "on", "symbol", "external_id", "source"}
    for place, row in enumerate(sheet.rows[:20]):
        if wanted <= {cell.strip().lower() for cell in row}:
            return place
    return None


def _records(sheet: Sheet) -> list[tuple[int, Cells]]:
    """(line, cells by column) of every record, whatever the container."""
    if sheet.form == "json":
        version, records = sheet.document.get("version"), sheet.document.get("records")
        if version != VERSION or not isinstance(records, list):
            wanted = "Export it again with this version."
            raise BadImport(sheet.name, f"it is an export of version {str(version)[:10]}, not {VERSION}.", wanted)
        return [
            (number, {str(key): _text(value) for key, value in record.items()})
            for number, record in enumerate(records, 1)
            if isinstance(record, dict)
        ]
    place = _header(sheet)
    if place is None:
        raise BadImport(sheet.name, "it has no columns of an export.", "Export the ledger again.")
    titles = [cell.strip().lower() for cell in sheet.rows[place]]
    body = zip(sheet.lines[place + 1 :], sheet.rows[place + 1 :], strict=True)
    return [(line, {title: _unguarded(cell) for title, cell in zip(titles, row, strict=False)}) for line, row in body]


def guarded(text: str) -> str:
    """A text with an apostrophe before it, where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _parse(sheet: Sheet) -> Parsed:
    records = _records(sheet)
    rows: list[Row] = []
    for line, cells in records:
        if cells.get("record", "").lower() != "transaction":
            continue
        try:
            rows.append(Row(line, "ok", "", _draft(cells)))
        except Rejected as error:
            rows.append(Row(line, "rejected", str(error)))
    if not records:
        raise BadImport(sheet.name, "it is an export without any row.", "Export the ledger again.")
    return Parsed(tuple(rows), 0, sheet.notes)


def others(sheet: Sheet) -> Others:
    """Accounts and own assets of an export. Raises BadImport for one that cannot be read."""
    accounts: list[OwnAccount] = []
    assets: list[Cells] = []
    prices: dict[str, list[tuple[date, Decimal]]] = {}
    for line, cells in _records(sheet):
        match cells.get("record", "").lower():
            case "account":
                accounts.append(
                    OwnAccount(
                        cells.get("account", ""),
                        cells.get("kind", "") or "broker",
                        cells.get("currency", ""),
                        cells.get("institution", ""),
                        cells.get("closed", "") == "yes",
                    )
                )
            case "asset":
                assets.append(cells)
            case "asset_price":
                try:
                    on, price = _day(cells.get("on", "")), _number(cells, "price")
                except Rejected as error:
                    raise BadImport(sheet.name, f"line {line}: {error}.", "Correct it, or export again.") from error
                prices.setdefault(cells.get("symbol", ""), []).append((on, price or NOTHING))
    return Others(
        tuple(accounts),
        tuple(
            OwnAsset(
                one.get("symbol", ""),
                one.get("name", ""),
                one.get("kind", ""),
                one.get("currency", ""),
                tuple(prices.get(one.get("symbol", ""), ())),
            )
            for one in assets
        ),
    )


def _draft(cells: Cells) -> Draft:
    try:
        kind = Kind(cells.get("kind", ""))
    except ValueError:
        raise Rejected(f"“{cells.get('kind', '')[:30]}” is no kind of transaction") from None
    symbol, other = cells.get("symbol", ""), cells.get("other_symbol", "")
    row = Transaction(
        None,
        0,
        kind,
        _day(cells.get("on", "")),
        _moment(cells.get("at", "")),
        symbol=symbol,
        quantity=_number(cells, "quantity"),
        price=_number(cells, "price"),
        amount=_number(cells, "amount"),
        fees=_number(cells, "fees") or NOTHING,
        taxes=_number(cells, "taxes") or NOTHING,
        currency=cells.get("currency", ""),
        rate=_number(cells, "rate"),
        ratio_new=_number(cells, "ratio_new"),
        ratio_old=_number(cells, "ratio_old"),
        other_symbol=other,
        cost_share=_number(cells, "cost_share"),
        lots=_lots(cells.get("lots", "")),
        isin=cells.get("isin", ""),
        external_id=cells.get("external_id", ""),
        source=cells.get("source", "") or "manual",
        note=cells.get("note", ""),
        tags=tuple(tag for tag in cells.get("tags", "").split(",") if tag),
    )
    return Draft(
        row,
        Written(symbol=symbol, kind="canonical") if symbol else None,
        Written(symbol=other, kind="canonical") if other else None,
        account=cells.get("account", ""),
        counter=cells.get("counter_account", ""),
        number=cells.get("id", ""),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Rejected(f"“{text[:30]}” is not a date" if text else "the date is missing") from None


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Rejected(f"“{text[:40]}” is not a time") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _number(cells: Cells, column: str) -> Decimal | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise Rejected(f"the {column.replace('_', ' ')} “{text[:30]}” is not a number")
    return found


def _lots(text: str) -> tuple[tuple[int, Decimal], ...]:
    """ "12:3.5;14:1": so many units of those rows."""
    found: list[tuple[int, Decimal]] = []
    for part in text.split(";"):
        if not part.strip():
            continue
        number, _, quantity = part.partition(":")
        try:
            found.append((int(number), Decimal(quantity)))
        except (ValueError, InvalidOperation):
            raise Rejected(f"the lots “{text[:40]}” cannot be read") from None
    return tuple(found)


FORMATS: Final = (
    Format(
        "kubera",
        "An export of Kubera",
        "",
        "Transactions, Export: CSV, XLSX or JSON; or `python -m core export`.",
        _detect,
        _parse,
    ),
)
