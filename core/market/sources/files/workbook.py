"""XLSX to cells: stored values only. Formulas are never evaluated, links to other files never followed."""

import io
import warnings
import zipfile
from datetime import date, datetime, time

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from core.market.errors import BadFile
from core.market.sources.files.table import Table

MAX_ROWS = 1_048_576
MAX_COLUMNS = 64
_DAMAGED = (
    InvalidFileException,
    zipfile.BadZipFile,
    SyntaxError,  # of which both XML readers derive theirs
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
)


def cells(name: str, raw: bytes) -> Table:
    """The sheet with most rows as text cells; a date cell becomes ISO text, a number its shortest exact text."""
    sheet, rows = _rows(name, raw, stored=True)
    lines = np.asarray([number for number, _ in rows], dtype=np.int64)
    width = max((len(row) for _, row in rows), default=0)
    if not rows or width < 2:
        raise BadFile(name, "no sheet holds a table.", "Put the bars on one sheet with a header row, or save as CSV.")
    body = [row + [None] * (width - len(row)) for _, row in rows]
    frame = pd.DataFrame(body, columns=list(range(width)), dtype=object).astype("str")
    formulas: frozenset[int] = frozenset()
    if frame.isna().to_numpy().any():
        formulas = _formulas_without_value(name, raw, sheet, dict(rows))
    return Table(frame, lines, f"XLSX workbook, sheet “{sheet}”", formulas=formulas)


def _rows(
    name: str, raw: bytes, *, stored: bool, only: str | None = None
) -> tuple[str, list[tuple[int, list[str | None]]]]:
    best: tuple[str, list[tuple[int, list[str | None]]]] = ("", [])
    try:
        with warnings.catch_warnings():
            # The reader warns of styles and extensions it does not keep; none of them bears on stored values.
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=stored, keep_links=False)
            for sheet in book.worksheets:
                if only is not None and sheet.title != only:
                    continue
                # The declared size may be missing or a lie; rows are counted as they come.
                sheet.reset_dimensions()
                found: list[tuple[int, list[str | None]]] = []
                for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS, values_only=True), 1):
                    texts = [_text(value) for value in row[:MAX_COLUMNS]]
                    if any(text is not None for text in texts):
                        found.append((number, texts))
                if len(found) > len(best[1]):
                    best = (sheet.title, found)
            book.close()
    except _DAMAGED as error:
        raise BadFile(
            name, "the workbook cannot be read.", "Open it in a spreadsheet and save it again, or as CSV."
        ) from error
    return best


def _formulas_without_value(name: str, raw: bytes, sheet: str, stored: dict[int, list[str | None]]) -> frozenset[int]:
    _, rows = _rows(name, raw, stored=False, only=sheet)
    bad: set[int] = set()
    for number, row in rows:
        have = stored.get(number, [])
        for place, text in enumerate(row):
            if text is not None and text.startswith("=") and (place >= len(have) or have[place] is None):
                bad.add(number)
                break
    return frozenset(bad)


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value)
        case datetime():
            return value.isoformat(sep=" ") if value.time() != time(0) else value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case float():
            return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case _:
            text = str(value).strip()
            return text or None
