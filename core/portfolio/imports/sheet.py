"""Bytes to a sheet: what the file is, unpacked within limits, cut into cells or parsed into a document.

Tables are opened by the market's file readers; JSON and XML, which hold no bars but do hold trades, are opened here.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

import openpyxl
import orjson
import pandas as pd

from core.market.errors import BadFile
from core.market.sources.files import content, text, workbook
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.model import Sheet

MAX_BYTES = 64 * 2**20
"""The largest file taken: some 400,000 rows of a tradebook."""
MAX_ROWS = 300_000
_WANTED = "Download the trades as CSV or XLSX from the broker."
_AGAIN = "Download it again from the broker."
_DEEPEST = 60


def load(name: str, data: bytes | Path) -> Sheet:
    """The file's cells or document.

    Raises:
        BadImport: it is too large, empty, damaged, a bomb, or of a kind that holds no trades.
    """
    name = Path(name).name[:120] or "the file"
    raw = _bytes(name, data)
    start = raw[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if raw[:2] not in (b"\x1f\x8b", b"PK") and start[:1] in (b"{", b"["):
        return _json(name, raw)
    if start[:1] == b"<" and _is_flex(raw):
        return _xml(name, raw)
    try:
        loaded = content.load(name, raw)
        if loaded.packed and len(loaded.data) > 4 * MAX_BYTES:
            raise BadImport(name, "it unpacks to more than is read at once.", "Split it by years.")
        return _table(name, loaded.form, loaded.data)
    except BadFile as error:
        remedy = _WANTED if re.search(r"\bbars?\b", error.remedy) else error.remedy
        raise BadImport(name, re.sub(r"\bbars\b", "trades", error.reason), remedy) from error


def _bytes(name: str, data: bytes | Path) -> bytes:
    too_large = "Split it by years; rows that overlap are booked once."
    try:
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if size > MAX_BYTES:
            limit = f"{MAX_BYTES // 2**20} MB"
            raise BadImport(name, f"{size / 2**20:,.0f} MB is over the limit of {limit}.", too_large)
        return data.read_bytes() if isinstance(data, Path) else data
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BadImport(name, f"it could not be opened ({reason}).", "Check the path and its permissions.") from error


def _table(name: str, form: str, raw: bytes) -> Sheet:
    match form:
        case "text":
            table = text.cells(name, raw)
            notes = [finding.detail for finding in table.findings]
        case "xlsx":
            table = workbook.cells(name, raw)
            notes = _other_sheets(raw, table.form)
        case _:
            raise BadImport(name, "this is a Parquet file, which no broker exports.", _WANTED)
    if len(table.cells) > MAX_ROWS:
        raise BadImport(name, f"it has {len(table.cells):,} rows; {MAX_ROWS:,} are read at once.", "Split it by years.")
    columns = [_texts(table.cells[place]) for place in table.cells.columns]
    return Sheet(
        name,
        "table",
        rows=tuple(zip(*columns, strict=True)),
        lines=tuple(int(line) for line in table.lines),
        separator=table.separator,
        container=table.form,
        notes=tuple(notes),
        formulas=table.formulas,
    )


def _texts(column: pd.Series) -> list[str]:
    return ["" if value is None or value != value else str(value).strip() for value in column.astype(object)]  # noqa: PLR0124 - NaN


def _other_sheets(raw: bytes, form: str) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)
    try:
        others = [sheet.title for sheet in book.worksheets if f"“{sheet.title}”" not in form]
    finally:
        book.close()
    if not others:
        return []
    listed = ", ".join(f"“{title[:40]}”" for title in others[:6])
    return [f"The sheet with most rows was read; these were not: {listed}."]


def _json(name: str, raw: bytes) -> Sheet:
    try:
        decoded, _, _ = text.decode(name, raw)
    except BadFile as error:
        raise BadImport(name, error.reason, error.remedy) from error
    try:
        document = orjson.loads(decoded)
    except orjson.JSONDecodeError as error:
        records = _json_lines(decoded)
        if records is None:
            where = f"line {error.lineno}, column {error.colno}"
            raise BadImport(name, f"this looks like JSON and is none ({where}).", _AGAIN) from error
        return _records(name, records, "JSON Lines")
    if _depth(document) > _DEEPEST:
        raise BadImport(name, "it is nested deeper than any export.", "Such a file is not opened.")
    if isinstance(document, list) and document and all(isinstance(one, dict) for one in document):
        return _records(name, document, "JSON, a list of records")
    if isinstance(document, dict) and isinstance(trades := document.get("BrokerageTransactions"), list):
        return _records(name, [one for one in trades if isinstance(one, dict)], "JSON")
    if not isinstance(document, dict):
        raise BadImport(name, "this is JSON without any record.", _AGAIN)
    return Sheet(name, "json", document=document, container="JSON")


def _json_lines(decoded: bytes) -> list[dict[str, Any]] | None:
    records = []
    for line in decoded.split(b"\n"):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(record, dict):
            return None
        records.append(record)
    return records


def _records(name: str, records: list[dict[str, Any]], container: str) -> Sheet:
    """Records with plain values as a table: their keys are its header, a record's number is its line."""
    if len(records) > MAX_ROWS:
        raise BadImport(name, f"it has {len(records):,} records; {MAX_ROWS:,} are read at once.", "Split it by years.")
    keys = list(dict.fromkeys(str(key) for record in records[:1000] for key in record))
    rows = [tuple(keys), *(tuple(_plain(record.get(key)) for key in keys) for record in records)]
    return Sheet(
        name,
        "table",
        rows=tuple(rows),
        lines=(0, *range(1, len(records) + 1)),
        document=records,
        container=container,
    )


def _plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return repr(value)
        case str() | int():
            return str(value).strip()
        case _:
            return orjson.dumps(value).decode()[:2000]


def _depth(document: Any) -> int:
    """How deep objects and lists are nested, looked at level by level."""
    level, depth = [document], 0
    while level and depth <= _DEEPEST:
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += [value for value in one.values() if isinstance(value, dict | list)]
            elif isinstance(one, list):
                below += [value for value in one if isinstance(value, dict | list)]
        level, depth = below, depth + 1
    return depth


def _is_flex(raw: bytes) -> bool:
    head = raw[:65536].replace(b"\x00", b"")
    return b"<FlexQueryResponse" in head or b"<FlexStatement" in head or b"<!ENTITY" in head


def _xml(name: str, raw: bytes) -> Sheet:
    """The document, unless it declares a document type: that is where entities that explode are declared."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    problem: list[str] = []

    def declared(*_: object) -> None:
        problem.append("it declares a document type, which no statement does.")
        raise expat.ExpatError(problem[0])

    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    try:
        parser.Parse(raw, True)
        root = builder.close()
    except (expat.ExpatError, ValueError, AssertionError) as error:
        reason = problem[0] if problem else f"the XML is damaged or cut short ({error})."
        raise BadImport(name, reason, "Such a file is not opened." if problem else _AGAIN) from error
    return Sheet(name, "xml", document=root, container="XML")
