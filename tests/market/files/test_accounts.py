"""Every row of a file is accounted for, by its own line."""

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.errors import BadFile
from core.market.model import Treatment
from core.market.quality import inspect
from core.market.sources.files import FileBars, import_report, import_report_json, read
from tests.market.quality.series import RELIANCE

INDIA = "Asia/Kolkata"


def reasons(bars: FileBars) -> dict[int, str]:
    return {
        finding.line: finding.detail
        for finding in bars.findings
        if finding.treatment is Treatment.REJECTED and finding.line
    }


def test_rejected_rows_carry_their_line_and_reason() -> None:
    data = """Exported by somebody

Date,Series,Open,High,Low,Close,Volume
2021-11-15,EQ,100,102,99,101,1000
2021-11-16,EQ,101,103,100,abc,1100

32-Nov-2021,EQ,101,103,100,102,1100
2021-11-17,N1,1001,1001,1001,1001,5
2921-11-18,EQ,101,103,100,102,1100
2021-11-18,EQ,,,,,
Date,Series,Open,High,Low,Close,Volume
2021-11-18,EQ,101,104,101,103,1200
2021-11-18,EQ,101,104,101,103,1200
2021-11-19,EQ,,104,101,103,1200
2021-11-22,EQ,103,105,102,104,x
2021-11-23,EQ,103,105,102,104,1000
2021-11-24,EQ,103,105,102,104,1000
2021-11-25,EQ,103,105,102,104,1000
Total,,,,,,7600
"""
    bars = read("broken.csv", data.encode(), timezone=INDIA)
    assert bars.rows == 15
    assert bars.accepted == len(bars.frame) == 7
    assert bars.rejected == 8
    assert bars.repaired == 1
    found = reasons(bars)
    assert sorted(found) == [5, 7, 8, 9, 10, 11, 13, 19]
    assert "close “abc” is not a number" in found[5]
    assert "“32-Nov-2021” is not a date" in found[7]
    assert "series N1, not EQ" in found[8]
    assert "in the future" in found[9]
    assert "no closing price" in found[10]
    assert "header is repeated" in found[11]
    assert "same bar stands on line 12" in found[13]
    assert "“Total” is not a date" in found[19]
    repaired = next(finding for finding in bars.findings if finding.treatment is Treatment.REPAIRED)
    assert (repaired.line, repaired.column) == (14, "open")
    assert np.isnan(bars.frame["volume"].iloc[3])


def test_lines_after_a_quoted_newline() -> None:
    data = b'Date,Close,Note\n2021-11-15,1,"a\nb\nc"\n2021-11-16,x,"d"\n2021-11-17,3,e\n2021-11-18,3,e\n'
    assert list(reasons(read("notes.csv", data, timezone=INDIA))) == [5]


def test_of_conflicting_bars_the_fuller_one_is_kept() -> None:
    data = (
        b"Date,Open,High,Low,Close,Volume\n"
        b"2021-11-15,10,11,9,10.5,900\n"
        b"2021-11-15,10,12,9,11.5,1500\n"
        b"2021-11-15,10,11,9,10.7,1000\n"
        b"2021-11-16,10,12,9,11,100\n"
        b"2021-11-17,10,12,9,11,100\n"
    )
    bars = read("twice.csv", data, timezone=INDIA)
    assert bars.frame["close"].iloc[0] == 11.5
    assert sorted(reasons(bars)) == [2, 4]
    assert all("line 3" in reason for reason in reasons(bars).values())


def test_nul_characters_are_counted() -> None:
    data = b"Date,Close\n2021-11-15,1\n2021-\x0011-16,2\n2021-11-17,3\n"
    bars = read("nul.csv", data, timezone=INDIA)
    assert bars.accepted == 3
    assert any("1 NUL" in finding.detail for finding in bars.findings)


def test_many_rejected_rows_are_summed_up() -> None:
    good = [f"{day.date()},{place},1" for place, day in enumerate(pd.bdate_range("2010-01-01", periods=1600), 1)]
    data = "Date,Close,Volume\n" + "\n".join(good) + "\n" + "nonsense,1,1\n" * 1500
    bars = read("long.csv", data.encode(), timezone=INDIA)
    rejected = [finding for finding in bars.findings if finding.treatment is Treatment.REJECTED]
    assert len(rejected) == 1001
    assert sum(finding.count for finding in rejected) == bars.rejected == 1500


def sheet(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.create_sheet("Notes").append(["nothing here"])
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_with_date_cells() -> None:
    days = pd.bdate_range("2021-11-15", periods=4)
    rows = [
        ["Date", "Open", "High", "Low", "Close", "Volume"],
        *([day.to_pydatetime(), 10.5, 11, 10, 10.75, 1000] for day in days),
    ]
    bars = read("book.xlsx", sheet(rows), timezone=INDIA)
    assert bars.accepted == 4
    assert bars.frame["close"].tolist() == [10.75] * 4
    assert "sheet “Sheet”" in bars.dialect


def test_formulas_are_not_evaluated() -> None:
    rows = [["Date", "Close"], *([f"2021-11-{day}", day] for day in (15, 16, 17)), ["2021-11-18", "=HYPERLINK(1,2)"]]
    bars = read("book.xlsx", sheet(rows), timezone=INDIA)
    assert bars.accepted == 3
    assert reasons(bars) == {5: "Line 5: a formula without a stored value; formulas are not evaluated."}
    with pytest.raises(BadFile, match="formula without a stored value"):
        read(
            "all.xlsx",
            sheet([["Date", "Close"], *([f"2021-11-{day}", "=1+1"] for day in (15, 16, 17))]),
            timezone=INDIA,
        )


def test_parquet_with_a_date_index() -> None:
    frame = pd.DataFrame(
        {
            "Open": [1.0, 2.0, 3.0],
            "High": [2.0, 3.0, 4.0],
            "Low": [1.0, 2.0, 3.0],
            "Close": [1.5, 2.5, np.nan],
            "Volume": [1, 2, 3],
        },
        index=pd.DatetimeIndex(["2021-11-15", "2021-11-16", "2021-11-17"], tz=INDIA, name="Date"),
    )
    out = io.BytesIO()
    frame.to_parquet(out)
    bars = read("x.parquet", out.getvalue(), timezone=INDIA)
    assert bars.frame["close"].tolist() == [1.5, 2.5]
    assert bars.frame.index[0] == pd.Timestamp("2021-11-14 18:30", tz="UTC")
    assert (bars.rows, bars.rejected) == (3, 1)


def test_the_report_counts_what_the_inspection_set_aside() -> None:
    data = "Date,Open,High,Low,Close,Volume\n"
    data += (
        "2021-11-03,100,102,99,101,1000\n"
        "2021-11-05,101,101,101,101,0\n"
        "2021-11-08,101,100,100,103,1200\n"
        "bad,1,1,1,1,1\n"
        "2021-11-09,103,104,102,103,900\n"
    )
    file = read("r.csv", data.encode(), timezone=INDIA)
    inspection = inspect(file.frame, instrument=RELIANCE, interval=file.interval, actions=file.actions, source="file")
    out = import_report_json(import_report("RELIANCE.NS", file, inspection), INDIA)
    assert (out["rows"], out["accepted"], out["repaired"], out["rejected"]) == (5, 3, 1, 2)
    assert out["first"] == "2021-11-03"
    kinds = {problem["kind"]: problem for problem in out["problems"]}
    assert kinds["unreadable"]["line"] == 5
    assert kinds["holiday_bar"]["date"] == "2021-11-05"
    assert kinds["bad_ohlc"]["after"] == 103.0
    assert {"kind", "detail"} <= set.intersection(*(set(problem) for problem in out["problems"]))


cell = st.one_of(
    st.floats(allow_nan=False, width=32).map(str),
    st.text(max_size=8),
    st.dates().map(str),
    st.just(""),
    st.sampled_from(["₹1,23,456.7", "(5)", "nan"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(cell, min_size=1, max_size=7), max_size=12), st.sampled_from([",", ";", "\t"]), st.booleans())
def test_any_text_is_read_or_refused_and_the_rows_add_up(rows: list[list[str]], mark: str, header: bool) -> None:
    lines = ([mark.join(["Date", "Open", "High", "Low", "Close", "Volume"])] if header else []) + [
        mark.join(row) for row in rows
    ]
    try:
        bars = read("any.csv", "\n".join(lines).encode("utf-8", errors="replace"), timezone=INDIA)
    except BadFile:
        return
    assert bars.rows == bars.accepted + bars.rejected
    assert bars.accepted == len(bars.frame) > 0
    assert bars.frame.index.is_monotonic_increasing
    assert bars.frame.index.is_unique
    assert np.isfinite(bars.frame["close"]).all()


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        bars = read("any.bin", data)
    except BadFile:
        return
    assert bars.rows == bars.accepted + bars.rejected
