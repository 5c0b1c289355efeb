"""Files that are not what they seem end in one clear message: the file, the reason, the remedy."""

import gzip
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from core.market.errors import BadFile
from core.market.sources.files import content, read

HEADER = b"Date,Open,High,Low,Close,Volume\n"
ROW = b"2021-11-16,1,2,1,2,10\n"

REFUSED: dict[str, tuple[bytes, str]] = {
    "page.csv": (b"\n\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>", "HTML page"),
    "pointer.csv": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "Git LFS pointer"),
    "header.csv": (HEADER, "no rows"),
    "lines.json": (b'{"date": "2021-11-16", "close": 1}\n{"date": "2021-11-17", "close": 2}\n', "JSON"),
    "array.csv": (b'[{"date": "2021-11-16", "close": 1}]', "JSON"),
    "image.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "PNG"),
    "photo.csv": (b"\xff\xd8\xff\xe0" + bytes(64), "JPEG"),
    "paper.csv": (b"%PDF-1.7\n...", "PDF"),
    "old.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls"),
    "noise.csv": (bytes(range(1, 32)) * 200, "binary"),
    "empty.csv": (b"", "empty"),
    "blank.csv": (b"\n \n\r\n\x00\x00", "empty"),
    "future.csv": (HEADER + b"2921-11-16,1,2,1,2,10\n2921-11-17,1,2,1,2,10\n", "in the future"),
    "roman.csv": (HEADER + b"0200-11-16,1,2,1,2,10\n0200-11-17,1,2,1,2,10\n", "before 1800"),
    "january.csv": (HEADER + b"32-Jan-2021,1,2,1,2,10\n33-Jan-2021,1,2,1,2,10\n", "is not a date"),
    "words.csv": (b"name,city\nasha,pune\nravi,nagpur\n", "no columns of dates and prices"),
    "returns.csv": (b"date,return\n2021-11-16,0.01\n2021-11-17,0.02\n", "closing prices"),
    "cut.csv.gz": (gzip.compress(HEADER + ROW * 1000)[:60], "damaged"),
    "cut.parquet": (b"PAR1" + bytes(100), "damaged"),
    "cut.xlsx": (b"PK\x03\x04" + bytes(100), "damaged"),
    "pickle.csv": (b"\x80\x05\x95" + bytes(20), "pickle"),
    "wide.csv": (b"Date," + b",".join(b"c%d" % n for n in range(400)) + b"\n", "cells"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_reason_and_remedy(name: str) -> None:
    data, reason = REFUSED[name]
    with pytest.raises(BadFile) as caught:
        read(name, data, timezone="Asia/Kolkata")
    assert caught.value.name == name
    assert reason in caught.value.reason
    assert len(caught.value.remedy) > 10


def two_symbols(prices: tuple[float, float] = (100.0, 3000.0)) -> bytes:
    rows = [
        f"2021-11-{day},{symbol},{price},{price},{price},{price},1"
        for day in range(15, 20)
        for symbol, price in zip(("TCS", "INFY"), prices, strict=True)
    ]
    return ("Date,Symbol,Open,High,Low,Close,Volume\n" + "\n".join(rows)).encode()


def test_two_symbols_are_asked_about_and_chosen() -> None:
    with pytest.raises(BadFile, match="series="):
        read("mixed.csv", two_symbols())
    bars = read("mixed.csv", two_symbols(), series="infy")
    assert bars.frame["close"].unique().tolist() == [3000.0]
    assert (bars.rows, bars.accepted, bars.rejected) == (10, 5, 5)
    rejected = [finding for finding in bars.findings if finding.kind == "other_series"]
    assert [finding.line for finding in rejected] == [2, 4, 6, 8, 10]


def test_two_symbols_at_one_price_are_still_two() -> None:
    with pytest.raises(BadFile, match="2 series"):
        read("mixed.csv", two_symbols((100.0, 100.0)))


def test_mixed_without_a_column_is_told_by_the_prices() -> None:
    data = b"\n".join(
        line.replace(b"TCS,", b"").replace(b"INFY,", b"")
        for line in two_symbols().replace(b"Symbol,", b"").split(b"\n")
    )
    with pytest.raises(BadFile, match="two series are mixed"):
        read("mixed.csv", data)


def test_a_series_a_column_is_asked_about_and_chosen() -> None:
    data = b"date,TCS,INFY\n2021-11-16,1,10\n2021-11-17,2,20\n2021-11-18,3,30\n"
    with pytest.raises(BadFile, match="TCS, INFY"):
        read("wide.csv", data)
    assert read("wide.csv", data, series="INFY").frame["close"].tolist() == [10.0, 20.0, 30.0]
    with pytest.raises(BadFile, match="no series “HDFC”"):
        read("wide.csv", data, series="HDFC")


def test_series_named_for_a_file_of_one() -> None:
    with pytest.raises(BadFile, match="no column that tells"):
        read("one.csv", HEADER + ROW * 1, series="TCS")


def test_too_large_a_path_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(500 * 2**20)
    with pytest.raises(BadFile, match="500 MB is over the limit"):
        read("huge.csv", path)


def test_a_missing_path_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="could not be opened"):
        read("none.csv", tmp_path / "none.csv")
    with pytest.raises(BadFile, match="not a file"):
        read("folder", tmp_path)


def test_a_gzip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(bytes(64 * 2**20))
    assert len(bomb) < 100_000
    with pytest.raises(BadFile, match="unpack to more than"):
        read("bomb.csv.gz", bomb)
    monkeypatch.setattr(content, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(BadFile, match="unpack to more than"):
        read("big.csv.gz", gzip.compress(HEADER + ROW * 100))


def workbook_bytes(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_zip_bomb_in_a_workbook_is_not_opened() -> None:
    bomb = workbook_bytes({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bytes(80 * 2**20)})
    assert len(bomb) < 200_000
    with pytest.raises(BadFile, match="unfold to"):
        read("bomb.xlsx", bomb)


def test_archives_that_are_no_workbooks() -> None:
    with pytest.raises(BadFile, match="ZIP archive"):
        read("bars.zip", workbook_bytes({"bars.csv": HEADER + ROW}))
    with pytest.raises(BadFile, match="office document"):
        read("letter.docx", workbook_bytes({"word/document.xml": b"<w/>"}))


def test_entities_in_a_workbook_do_not_unfold() -> None:
    lol = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]><workbook>&j;</workbook>"
    )
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/workbook.xml"] = lol
    with pytest.raises(BadFile):
        read("lol.xlsx", workbook_bytes(parts))


def test_an_interval_which_contradicts_the_file() -> None:
    data = b"date,close\n" + b"".join(b"2024-06-03 09:%02d:00,10\n" % minute for minute in range(15, 45, 5))
    with pytest.raises(BadFile, match="5m bars by their spacing, not 1d"):
        read("x.csv", data, interval="1d", timezone="Asia/Kolkata")
    with pytest.raises(BadFile, match="is not an interval"):
        read("x.csv", data, interval="7m")
    three = b"date,close\n" + b"".join(b"2024-06-03 09:%02d:00,10\n" % minute for minute in range(15, 45, 3))
    with pytest.raises(BadFile, match="3 minutes apart"):
        read("x.csv", three, timezone="Asia/Kolkata")
