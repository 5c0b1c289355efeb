"""What a file is by its bytes: text, Parquet or a workbook, plain or gzipped; everything else is refused by name.

Nothing is read whole before its size is known, and nothing is unpacked past a limit, so a bomb costs a few buffers.
"""

import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from core.market.errors import BadFile

MAX_FILE_BYTES = 200 * 2**20
"""The largest file taken, packed or not."""
MAX_UNPACKED_BYTES = 400 * 2**20
"""The most a packed file may unfold to."""
MAX_WORKBOOK_BYTES = 250 * 2**20
"""The most the parts of a workbook may unfold to."""
MAX_RATIO = 200
"""Packed text shrinks tenfold, repetitive sheets perhaps sixtyfold; beyond this a file was built to explode."""

_CHUNK = 2**20
_WANTED = "Upload bars as CSV, TSV, Parquet or XLSX."

_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel (.xls) or password-protected workbook.",
        "Save it as XLSX or CSV without a password.",
    ),
    (b"%PDF", "a PDF document.", "Ask the site for a CSV download instead."),
    (b"\x89PNG", "a PNG image.", _WANTED),
    (b"\xff\xd8\xff", "a JPEG image.", _WANTED),
    (b"GIF8", "a GIF image.", _WANTED),
    (b"SQLite format 3", "an SQLite database.", "Export the table of bars as CSV."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive.", "Unpack it, or pack it with gzip."),
    (b"BZh", "a bzip2 archive.", "Unpack it, or pack it with gzip."),
    (b"\xfd7zXZ\x00", "an xz archive.", "Unpack it, or pack it with gzip."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive.", "Unpack it first."),
    (b"Rar!", "a RAR archive.", "Unpack it first."),
    (b"\x7fELF", "a program, not data.", _WANTED),
    (b"\x80\x04", "a Python pickle, which is never opened.", "Save the table as CSV or Parquet."),
    (b"\x80\x05", "a Python pickle, which is never opened.", "Save the table as CSV or Parquet."),
    (b"\x89HDF", "an HDF5 file.", "Save the table as CSV or Parquet."),
    (b"ARROW1", "an Arrow/Feather file.", "Save the table as Parquet."),
)


@dataclass(frozen=True, slots=True)
class Content:
    """Unpacked bytes and what they are: ``form`` is "text", "parquet" or "xlsx"; ``packed`` says it was gzipped."""

    form: str
    data: bytes
    packed: bool


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"


def load(name: str, data: bytes | Path) -> Content:
    """Bytes of ``data`` (a path is read only after its size was checked), unpacked if gzipped, with their form.

    Raises BadFile when it is too large, empty, unreadable, a bomb, or of a kind that holds no bars.
    """
    raw = _read(name, data)
    packed = raw[:2] == b"\x1f\x8b"
    if packed:
        raw = _gunzip(name, raw)
    if not raw.strip(b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise BadFile(name, "the file is empty.", "Download it again; the site may have refused the request.")
    for magic, what, remedy in _REFUSED:
        if raw.startswith(magic):
            raise BadFile(name, f"this is {what}", remedy)
    if raw[:4] == b"PAR1":
        return Content("parquet", raw, packed)
    if raw[:4] == b"PK\x03\x04":
        _check_workbook(name, raw)
        return Content("xlsx", raw, packed)
    _refuse_other_text(name, raw)
    return Content("text", raw, packed)


def _read(name: str, data: bytes | Path) -> bytes:
    too_large = "Split the file by years, or keep only the columns of the bars."
    if isinstance(data, Path):
        try:
            size = data.stat().st_size
            if not data.is_file():
                raise BadFile(name, "this is not a file.", "Give the path of one file.")
            if size > MAX_FILE_BYTES:
                raise BadFile(name, f"{_megabytes(size)} is over the limit of {_megabytes(MAX_FILE_BYTES)}.", too_large)
            return data.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise BadFile(name, f"it could not be opened ({reason}).", "Check the path and its permissions.") from error
    if len(data) > MAX_FILE_BYTES:
        raise BadFile(name, f"{_megabytes(len(data))} is over the limit of {_megabytes(MAX_FILE_BYTES)}.", too_large)
    return data


def _gunzip(name: str, raw: bytes) -> bytes:
    out = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            while piece := stream.read(_CHUNK):
                out.write(piece)
                size = out.tell()
                if size > MAX_UNPACKED_BYTES or (size > 32 * _CHUNK and size > MAX_RATIO * len(raw)):
                    raise BadFile(
                        name,
                        f"{_megabytes(len(raw))} unpack to more than {_megabytes(size)}.",
                        "Such a file is not opened; unpack and split it yourself.",
                    )
    except (EOFError, zlib.error, OSError) as error:
        raise BadFile(name, "the gzip data is damaged or cut short.", "Download the file again.") from error
    return out.getvalue()


def _check_workbook(name: str, raw: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
            declared = [
                part.filename
                for part in parts
                if part.filename.endswith((".xml", ".rels")) and _declares(archive, part)
            ]
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise BadFile(name, "the workbook is damaged or cut short.", "Save or download it again.") from error
    names = {part.filename for part in parts}
    if declared:
        raise BadFile(
            name, "the workbook declares entities, which no spreadsheet does.", "Such a workbook is not opened."
        )
    if "xl/workbook.xml" not in names:
        if any(part.startswith(("word/", "ppt/")) for part in names):
            raise BadFile(name, "this is an office document without a sheet of bars.", _WANTED)
        if "xl/workbook.bin" in names:
            raise BadFile(name, "this is a binary Excel workbook (.xlsb).", "Save it as XLSX or CSV.")
        raise BadFile(name, "this is a ZIP archive.", "Unpack it and upload the file inside.")
    total = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    if len(parts) > 5000 or total > MAX_WORKBOOK_BYTES or (total > 32 * _CHUNK and total > MAX_RATIO * packed):
        raise BadFile(
            name,
            f"{_megabytes(len(raw))} unfold to {_megabytes(total)} in {len(parts):,} parts.",
            "Such a workbook is not opened; save the sheet of bars alone, as CSV.",
        )
    if any(part.flag_bits & 0x1 for part in parts):
        raise BadFile(name, "the workbook is password-protected.", "Save it without a password.")


def _declares(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part begins with a document type, the place where entities are declared."""
    if part.flag_bits & 0x1:
        return False
    with archive.open(part) as stream:
        return b"<!DOCTYPE" in stream.read(4096).replace(b"\x00", b"")


def _refuse_other_text(name: str, raw: bytes) -> None:
    head = raw[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    start = head[:2048].lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<script")) or b"<html" in start:
        remedy = (
            "The site sent a page (a sign-in or an error) in place of the file. Open the link in a "
            "browser and save the CSV itself."
        )
        raise BadFile(name, "this is an HTML page, whatever its name says.", remedy)
    if re.match(rb"<[a-z?!]", start) and not re.match(rb"<[^<>\n]{1,30}>\s*[,;\t|]", start):
        raise BadFile(name, "this is XML.", _WANTED)
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        remedy = "Fetch the file itself (`git lfs pull`) or use the repository's download button."
        raise BadFile(name, "this is a Git LFS pointer, not the file it points to.", remedy)
    if start.startswith((b"{", b"[{", b"[[", b"[\n", b"[ ")):
        raise BadFile(
            name, "this is JSON, not a table of bars.", "Ask the site for CSV, or convert it (one row a bar)."
        )
    if start.startswith(b"-----begin"):
        raise BadFile(name, "this is a key or a certificate. It was not read further.", _WANTED)
    utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    sample = raw[:65536]
    nul = sample.count(b"\x00")
    odd = sum(sample.count(bytes([code])) for code in (*range(1, 9), 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25))
    looks_wide = nul > len(sample) // 4 and (
        sample[1::2].count(b"\x00") > len(sample) // 3 or sample[::2].count(b"\x00") > len(sample) // 3
    )
    if not utf16 and (odd > len(sample) // 100 or (nul > len(sample) // 20 and not looks_wide)):
        raise BadFile(name, "this is binary data, not a table.", _WANTED)
