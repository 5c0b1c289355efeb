"""Cells, columns of dates, containers: what a file is and what its cells say."""

from __future__ import annotations

import gzip
import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.portfolio.imports import amounts, days, sheet
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.model import Parsed
from core.portfolio.imports.read import recognise
from core.portfolio.imports.trades import isin_in
from tests.portfolio.imports.files import ZERODHA, examined


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,23,456.50", "123456.50"),
        ("₹ 1,063", "1063"),
        ("Rs. 2,450.00", "2450.00"),
        ("(1,200)", "-1200"),
        ("-$3320.05", "-3320.05"),
        ("($1,815.00)", "-1815.00"),
        ("1200-", "-1200"),
        ("−5", "-5"),
        ("INR 12.5", "12.5"),
        ("12.5 EUR", "12.5"),
        ("+4%", "4"),
        ("1e-05", "0.00001"),
        ('="42"', "42"),
        ("1'234.5", "1234.5"),
        ("0.000000010000", "0.000000010000"),
    ],
)
def test_a_number_is_read_exactly(text: str, number: str) -> None:
    assert amounts.parse(text) == Decimal(number)


@pytest.mark.parametrize("text", ["abc", "1.2.3", "12 shares", "0x10", "१२", "1,2,3", "--5", "9" * 70, "1e999", "nan5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        amounts.parse(text)


@pytest.mark.parametrize("text", ["", " ", "-", "--", "N/A", "nil", "null"])
def test_blank_words_are_no_number(text: str) -> None:
    assert amounts.parse(text) is None


def test_commas_are_decimal_where_the_column_says_so() -> None:
    assert amounts.decimal_comma([["1.234,50", "7"]], ";")
    assert amounts.decimal_comma([["172,50"]], ",")
    assert amounts.decimal_comma([["0,125"]], ",")
    assert not amounts.decimal_comma([["1,23,456", "1,234.50"]], ";")
    assert not amounts.decimal_comma([["1,234"]], ",")
    assert amounts.decimal_comma([["1,234"]], ",", home=True)
    assert amounts.parse("1.234,50", comma=True) == Decimal("1234.50")
    assert amounts.parse("1.234", comma=True) == Decimal(1234)


@settings(max_examples=40, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_numbers_come_back_from_lakh_commas_and_brackets(number: Decimal) -> None:
    whole, _, fraction = f"{abs(number):.4f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    groups = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    written = ",".join([*groups, tail]) + "." + fraction
    assert amounts.parse(f"(₹{written})" if number < 0 else f"₹{written}") == number


@pytest.mark.parametrize(
    ("text", "home", "day"),
    [
        ("2024-07-15", None, "2024-07-15"),
        ("15-Jul-2024", None, "2024-07-15"),
        ("15 July 2024", None, "2024-07-15"),
        ("Jul 15, 2024", None, "2024-07-15"),
        ("20240715", None, "2024-07-15"),
        ("15.07.2024", None, "2024-07-15"),
        ("05/07/24", "day first", "2024-07-05"),
        ("05/07/2024", "month first", "2024-05-07"),
        ("25/07/2024", "month first", "2024-07-25"),
        ("01/02/2024 as of 01/01/2024", "month first", "2024-01-02"),
        ("45488", None, "2024-07-15"),
    ],
)
def test_a_day_is_read_as_its_broker_writes_it(text: str, home: days.Order | None, day: str) -> None:
    found = days.one(text, home=home)
    assert found is not None
    assert found.on.isoformat() == day


@pytest.mark.parametrize("text", ["", "not-a-date", "31/31/2024", "2024-13-45", "<invalid>", "1066-10-14"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert days.one(text, home="day first") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("08-01-2025 02:15 PM", "2025-01-08T08:45:00+00:00"),
        ("2022-06-27T12:33:59", "2022-06-27T07:03:59+00:00"),
        ("20230403;095853", "2023-04-03T04:28:53+00:00"),
        ("2023-04-03, 09:58:53", "2023-04-03T04:28:53+00:00"),
        ("2023-04-03T09:58:53Z", "2023-04-03T09:58:53+00:00"),
        ("15/07/24 9:32", "2024-07-15T04:02:00+00:00"),
    ],
)
def test_a_time_is_a_moment_in_utc(text: str, moment: str) -> None:
    found = days.one(text, home="day first", timezone="Asia/Kolkata")
    assert found is not None
    assert found.at is not None
    assert found.at.isoformat() == moment


def test_one_number_above_twelve_tells_the_order_of_a_column() -> None:
    column = days.parse(["01/02/2024", "02/25/2024"], home="day first", timezone="UTC")
    assert column.order == "month first"
    assert [cell.on.isoformat() for cell in column.cells if cell] == ["2024-01-02", "2024-02-25"]
    assert column.note == ""


def test_an_order_that_nothing_tells_is_said_and_follows_the_broker() -> None:
    column = days.parse(["01/02/2024", "03/02/2024"], home="day first", timezone="UTC")
    assert [cell.on.isoformat() for cell in column.cells if cell] == ["2024-02-01", "2024-02-03"]
    assert "cannot be told apart" in column.note


def test_an_isin_has_a_check_digit() -> None:
    assert isin_in("ine002a01018 ") == "INE002A01018"
    assert isin_in("US0378331005") == "US0378331005"
    assert isin_in("INE002A01019") == ""
    assert isin_in("RELIANCE") == ""


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 * 2**20))
    return out.getvalue()


_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<FlexQueryResponse><FlexStatements>&b;</FlexStatements></FlexQueryResponse>"""

BAD = {
    "empty": (b"", "empty"),
    "blank": (b"\n \n\t\n", "empty"),
    "html": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "HTML page"),
    "header only": (ZERODHA.splitlines()[0].encode(), "no rows"),
    "prices": (b"date,open,high,low,close,volume\n2024-01-01,1,2,1,2,5\n", "no column was recognised"),
    "prose": (b"Dear sir,\nplease find attached nothing.\n", "no "),
    "pdf": (b"%PDF-1.7 ...", "PDF"),
    "zip": (b"PK\x03\x04" + b"\x00" * 40, "damaged"),
    "broken json": (b'{"activities": [', "looks like JSON"),
    "other json": (b'{"positions": []}', "no known export"),
    "json list": (b"[1, 2, 3]", "without any record"),
    "no activities": (b'{"meta": {}, "activities": []}', "no activities"),
    "deep json": (b"[" * 5000 + b"]" * 5000, "JSON"),
    "laughs": (_LAUGHS, "document type"),
    "cut xml": (b"<FlexQueryResponse><FlexStatements>", "damaged"),
    "empty flex": (b"<FlexQueryResponse></FlexQueryResponse>", "neither trades nor cash"),
    "cut gzip": (gzip.compress(ZERODHA.encode())[:60], "gzip"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS"),
    "binary": (bytes(range(256)) * 40, "binary"),
}


def _read(name: str, data: bytes) -> Parsed:
    found = recognise(name, data)
    return found.format.parse(found.sheet)


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_file_that_is_none_is_refused_with_a_remedy(name: str) -> None:
    data, words = BAD[name]
    with pytest.raises(BadImport, match=words) as refused:
        _read(f"{name}.csv", data)
    assert refused.value.remedy.endswith(".")
    assert "bars" not in str(refused.value)


def test_a_zip_bomb_costs_nothing() -> None:
    with pytest.raises(BadImport, match="unfold"):
        sheet.load("x.xlsx", _zip_bomb())


def test_a_huge_file_is_refused_by_its_size() -> None:
    with pytest.raises(BadImport, match="over the limit"):
        sheet.load("x.csv", b"a" * (sheet.MAX_BYTES + 1))


def test_a_packed_file_is_read() -> None:
    assert len(examined(gzip.compress(ZERODHA.encode())).booked) == 4


def test_a_formula_is_never_evaluated() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (["Date", "Type", "Symbol", "Quantity", "Price"], ["2024-01-02", "buy", "TCS", "=1+1", 3500]):
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    found = examined(out.getvalue(), name="x.xlsx")
    assert not found.booked
    assert "formula" in found.reasons("rejected")[2]


def test_sheets_that_were_not_read_are_named() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "Trades"
    for row in (["Date", "Type", "Symbol", "Quantity", "Price"], ["2024-01-02", "buy", "TCS", 2, 3500]):
        page.append(row)
    book.create_sheet("Dividends").append(["nothing"])
    out = io.BytesIO()
    book.save(out)
    assert "“Dividends”" in examined(out.getvalue(), name="x.xlsx").notes[0]


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_end_in_anything_but_an_answer(data: bytes) -> None:
    try:
        _read("any.csv", data)
    except BadImport as refused:
        assert refused.remedy  # noqa: PT017 - either outcome is right


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_cell_ends_in_anything_but_an_answer(data: st.DataObject) -> None:
    """Any cell of a tradebook replaced by anything: every row is booked or refused with words."""
    lines = ZERODHA.splitlines()
    row = data.draw(st.integers(1, len(lines) - 1))
    cells = lines[row].split(",")
    place = data.draw(st.integers(0, len(cells) - 1))
    cells[place] = data.draw(st.text(st.characters(blacklist_characters='\n\r",\x00', codec="utf-8"), max_size=12))
    lines[row] = ",".join(cells)
    found = examined("\n".join(lines))
    assert len(found.rows) + found.skipped == 5
    assert all(one.reason for one in found.rows if one.state == "rejected")
