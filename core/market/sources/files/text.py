"""Text to cells: encoding, line ends, separator, and which line of the file each row stood on."""

import csv
import io
import re
from collections import Counter

import numpy as np
import pandas as pd

from core.market.errors import BadFile
from core.market.model import Finding, Treatment
from core.market.sources.files.table import Table

MAX_COLUMNS = 256
_SEPARATORS = (",", ";", "\t", "|")


def decode(name: str, raw: bytes) -> tuple[bytes, str, list[Finding]]:
    """The text as UTF-8 bytes with ``\\n`` line ends, the encoding it had, and what was odd about it."""
    findings: list[Finding] = []
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        # Neither marked nor valid UTF-8: single-byte text of an old export; every byte means something there.
        encoding = "cp1252"
        text = raw.decode(encoding, errors="replace")
    text = text.removeprefix("\ufeff")
    if nul := text.count("\x00"):
        text = text.replace("\x00", "")
        detail = f"{nul:,} NUL characters were taken out of the text."
        findings.append(Finding("unreadable", Treatment.REPAIRED, detail, count=nul))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise BadFile(name, "the file is empty.", "Download it again; the site may have refused the request.")
    return text.encode(), encoding, findings


def _encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = raw[:4096]
    if len(sample) > 8:
        if sample[1::2].count(b"\x00") > len(sample) // 3:
            return "utf-16-le"
        if sample[::2].count(b"\x00") > len(sample) // 3:
            return "utf-16-be"
    return "utf-8"


def separator(text: bytes) -> str:
    """The separator which cuts most of the first lines into the same number (above one) of cells."""
    head = text[:200_000].decode(errors="replace").split("\n")[:200]
    lines = [line for line in head if line.strip()][:120]
    if lines and (told := re.fullmatch(r"sep=(.)", lines[0].strip())):
        return told.group(1)
    best, best_score = ",", 0.0
    for mark in _SEPARATORS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if len(row) > 1)
        if not widths:
            continue
        width, rows = widths.most_common(1)[0]
        # A decimal comma also cuts evenly, so among even cuts a rarer separator which cuts every line wins.
        score = rows / len(lines) + (0.3 if mark != "," and rows > 0.6 * len(lines) else 0.0) + min(width, 8) / 100
        if score > best_score:
            best, best_score = mark, score
    return best


def cells(name: str, raw: bytes) -> Table:
    """The file's cells as text, one row a record, with the 1-based line each began on. Blank lines are left out."""
    text, encoding, findings = decode(name, raw)
    mark = separator(text)
    buffer = np.frombuffer(text, dtype=np.uint8)
    breaks = np.flatnonzero(buffer == 10)
    quotes = np.flatnonzero(buffer == 34)
    quoted_break = bool(len(quotes)) and bool((np.searchsorted(quotes, breaks) % 2).any())
    width = _width(text, mark)
    if width > MAX_COLUMNS:
        raise BadFile(
            name, f"a line has {width:,} cells.", "Give a file with one series, or at most a few columns a row."
        )
    if quoted_break:
        frame, lines = _slow(name, text, mark)
    else:
        frame, lines = _fast(name, text, mark, width)
    blank = (frame.isna() | frame.map(_is_blank)).all(axis=1) if len(frame) <= 5000 else frame.isna().all(axis=1)
    frame, lines = frame[~blank.to_numpy()].reset_index(drop=True), lines[~blank.to_numpy()]
    if frame.empty:
        raise BadFile(
            name, "it holds separators and nothing between them.", "Download it again with a range that has data."
        )
    note = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}.get(mark, repr(mark))
    return Table(frame, lines, f"{note}-separated text, {encoding}", tuple(findings), mark)


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _width(text: bytes, mark: str) -> int:
    head = text[:300_000].decode(errors="replace").split("\n")
    # The last line of the sample may be cut; a shorter one does no harm.
    widest = max((len(row) for row in csv.reader(head, delimiter=mark)), default=1)
    return max(widest, 1)


def _fast(name: str, text: bytes, mark: str, width: int) -> tuple[pd.DataFrame, np.ndarray]:
    try:
        frame = pd.read_csv(
            io.BytesIO(text),
            sep=mark,
            header=None,
            names=list(range(width)),
            dtype=str,
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            skipinitialspace=True,
            encoding="utf-8",
            on_bad_lines="error",
            index_col=False,
        )
    except (pd.errors.ParserError, ValueError, OverflowError):
        # A ragged or oddly quoted file: the patient reader names the line of everything.
        return _slow(name, text, mark)
    return frame, np.arange(1, len(frame) + 1)


def _slow(name: str, text: bytes, mark: str) -> tuple[pd.DataFrame, np.ndarray]:
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=mark, skipinitialspace=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        before = 0
        for row in reader:
            lines.append(before + 1)
            before = reader.line_num
            rows.append(row)
    except csv.Error as error:
        where = f"line {reader.line_num:,} cannot be cut into cells ({error})."
        raise BadFile(name, where, "Open it in a spreadsheet, check the quotes there, and save as CSV.") from error
    width = max((len(row) for row in rows), default=1)
    if width > MAX_COLUMNS:
        raise BadFile(
            name, f"a line has {width:,} cells.", "Give a file with one series, or at most a few columns a row."
        )
    padded = [row + [""] * (width - len(row)) for row in rows]
    frame = pd.DataFrame(padded, columns=list(range(width)), dtype=str)
    return frame.mask(frame == ""), np.asarray(lines)
