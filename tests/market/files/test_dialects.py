"""What sites, brokers and exchanges write, in small: each dialect ends in the same bars."""

import gzip
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.market.model import ActionKind, Interval
from core.market.sources.files import read

INDIA = "Asia/Kolkata"
DAYS = ["2021-11-15", "2021-11-16", "2021-11-17", "2021-11-18"]
CLOSES = [101.0, 102.5, 101.5, 104.0]
ROWS = [
    (100.0, 102.0, 99.0, 101.0, 1000),
    (101.0, 103.0, 100.5, 102.5, 1100),
    (102.5, 103.0, 101.0, 101.5, 900),
    (101.5, 105.0, 101.0, 104.0, 1500),
]


def text(header: str, pattern: str, days: list[str] = DAYS) -> bytes:
    lines = [
        pattern.format(d=day, o=o, h=h, l=low, c=c, v=v) for day, (o, h, low, c, v) in zip(days, ROWS, strict=False)
    ]
    return ("\n".join([header, *lines]) + "\n").encode()


PLAIN = text("Date,Open,High,Low,Close,Volume", "{d},{o},{h},{l},{c},{v}")


def assert_the_bars(frame: pd.DataFrame, *, volume: bool = True) -> None:
    assert [stamp.date().isoformat() for stamp in frame.index.tz_convert(INDIA)] == DAYS
    assert all(stamp.time().isoformat() == "00:00:00" for stamp in frame.index.tz_convert(INDIA))
    np.testing.assert_allclose(frame[["open", "high", "low", "close"]].to_numpy(), [row[:4] for row in ROWS])
    if volume:
        np.testing.assert_allclose(frame["volume"].to_numpy(), [row[4] for row in ROWS])


def months(day: str, form: str) -> str:
    return pd.Timestamp(day).strftime(form)


DIALECTS: dict[str, bytes] = {
    "plain": PLAIN,
    "gzipped": gzip.compress(PLAIN),
    "upper case": text("DATE,OPEN,HIGH,LOW,CLOSE,VOLUME", "{d},{o},{h},{l},{c},{v}"),
    "letters": text("t,o,h,l,c,v".replace("t,", "ts,"), "{d},{o},{h},{l},{c},{v}"),
    "tabs": text("Date\tOpen\tHigh\tLow\tClose\tVolume", "{d}\t{o}\t{h}\t{l}\t{c}\t{v}"),
    "semicolons, decimal commas": text("Date;Open;High;Low;Close;Volume", "{d};{o};{h};{l};{c};{v}").replace(
        b".", b","
    ),
    "bars": text("Date|Open|High|Low|Close|Vol", "{d}|{o}|{h}|{l}|{c}|{v}"),
    "excel hint": b"sep=;\n" + text("Date;Open;High;Low;Close;Volume", "{d};{o};{h};{l};{c};{v}"),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN,
    "utf-16": PLAIN.decode().encode("utf-16"),
    "utf-16 without mark": PLAIN.decode().encode("utf-16-le"),
    "latin-1": text("Date,Open,High,Low,Close,Volume,Société", "{d},{o},{h},{l},{c},{v},né").decode().encode("latin-1"),
    "old mac line ends": PLAIN.replace(b"\n", b"\r"),
    "windows line ends": PLAIN.replace(b"\n", b"\r\n"),
    "quoted and padded": text(
        '"Date ","Open ","High ","Low ","Close ","Volume "', '"{d}","   {o}"," {h}","{l} "," {c}","  {v}"'
    ),
    "rupees": text("Date,Open,High,Low,LTP,Vol", '{d},"₹{o}","Rs. {h}","INR {l}","₹ {c}","{v}"'),
    "preamble": b"Historical prices of EXAMPLE LTD\nDownloaded on 19-Nov-2021\n\n" + PLAIN,
    "blank lines": PLAIN.replace(b"\n2021-11-17", b"\n\n\n2021-11-17"),
    "quoted newline": text("Date,Open,High,Low,Close,Volume,Note", '{d},{o},{h},{l},{c},{v},"two\nlines"'),
    "no header": PLAIN.split(b"\n", 1)[1],
    "last column first": text("Volume,Close,Low,High,Open,Date", "{v},{c},{l},{h},{o},{d}"),
    "yahoo site": text("Date,Open,High,Low,Close,Adj Close,Volume", "{d},{o},{h},{l},{c},{c},{v}"),
    "yfinance": text(
        "Price,Adj Close,Close,High,Low,Open,Volume\nTicker,X.NS,X.NS,X.NS,X.NS,X.NS,X.NS\nDate,,,,,,",
        "{d},{c},{c},{h},{l},{o},{v}",
    ),
    "nse site": text(
        '"Symbol","Series","Date","Prev Close","Open Price","High Price",'
        '"Low Price","Last Price","Close Price","Average Price",'
        '"Total Traded Quantity","Turnover"',
        '"X","EQ","{d}","   100.00","   {o}","   {h}","   {l}","   {c}","   {c}","  101.00","   {v}","  1.00"',
        [months(day, "%d-%b-%Y") for day in DAYS],
    ),
    "dd/mm/yyyy": text(
        "Date,Open,High,Low,Close,Volume", "{d},{o},{h},{l},{c},{v}", [months(day, "%d/%m/%Y") for day in DAYS]
    ),
    "mm/dd/yyyy": text(
        "Date,Open,High,Low,Close,Volume", "{d},{o},{h},{l},{c},{v}", [months(day, "%m/%d/%Y") for day in DAYS]
    ),
    "dd.mm.yyyy": text(
        "Date,Open,High,Low,Close,Volume", "{d},{o},{h},{l},{c},{v}", [months(day, "%d.%m.%Y") for day in DAYS]
    ),
    "dd-mm-yy": text(
        "Date,Open,High,Low,Close,Volume", "{d},{o},{h},{l},{c},{v}", [months(day, "%d-%m-%y") for day in DAYS]
    ),
    "16 Nov 21": text(
        "Date,Open,High,Low,Close,Volume", "{d},{o},{h},{l},{c},{v}", [months(day, "%d-%b-%y") for day in DAYS]
    ),
    "Nov 16, 2021": text(
        "Date,Open,High,Low,Close,Volume", '"{d}",{o},{h},{l},{c},{v}', [months(day, "%b %d, %Y") for day in DAYS]
    ),
    "yyyymmdd": text(
        "Date,Open,High,Low,Close,Volume", "{d},{o},{h},{l},{c},{v}", [months(day, "%Y%m%d") for day in DAYS]
    ),
    "excel serials": text(
        "Date,Open,High,Low,Close,Volume",
        "{d},{o},{h},{l},{c},{v}",
        [str((pd.Timestamp(day) - pd.Timestamp("1899-12-30")).days) for day in DAYS],
    ),
    "epoch seconds": text(
        "timestamp,open,high,low,close,volume",
        "{d},{o},{h},{l},{c},{v}",
        [str(int(pd.Timestamp(day, tz=INDIA).timestamp())) for day in DAYS],
    ),
    "epoch milliseconds": text(
        "time,open,high,low,close,volume",
        "{d},{o},{h},{l},{c},{v}",
        [str(int(pd.Timestamp(day, tz=INDIA).timestamp() * 1000)) for day in DAYS],
    ),
    "offset": text("Date,Open,High,Low,Close,Volume", "{d} 00:00:00+05:30,{o},{h},{l},{c},{v}"),
    "midnight told in UTC": text(
        "Date,Open,High,Low,Close,Volume",
        "{d},{o},{h},{l},{c},{v}",
        [(pd.Timestamp(day, tz=INDIA).tz_convert("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ") for day in DAYS],
    ),
    "the same without Z": text(
        "Date,Open,High,Low,Close,Volume",
        "{d},{o},{h},{l},{c},{v}",
        [(pd.Timestamp(day, tz=INDIA).tz_convert("UTC")).strftime("%Y-%m-%d %H:%M:%S") for day in DAYS],
    ),
    "stamped at the close": text("Date,Open,High,Low,Close,Volume", "{d} 15:30:00,{o},{h},{l},{c},{v}"),
    "newest first": b"\n".join([PLAIN.split(b"\n")[0], *reversed(PLAIN.strip().split(b"\n")[1:])]),
}


@pytest.mark.parametrize("dialect", DIALECTS, ids=list(DIALECTS))
def test_every_dialect_gives_the_same_bars(dialect: str) -> None:
    bars = read(f"{dialect}.csv", DIALECTS[dialect], timezone=INDIA)
    assert bars.interval is Interval.D1
    assert_the_bars(bars.frame)
    assert (bars.rows, bars.accepted, bars.rejected) == (4, 4, 0)


def test_a_file_of_closes_is_taken_and_said_so() -> None:
    bars = read("closes.csv", text("Date,Price", "{d},{c}"), timezone=INDIA)
    assert bars.frame["close"].tolist() == CLOSES
    assert bars.frame["open"].tolist() == CLOSES
    assert bars.frame["volume"].isna().all()
    assert [finding.kind for finding in bars.findings] == ["close_only"]


def test_lakh_commas_crores_and_brackets() -> None:
    data = (
        b"Date,Open,High,Low,Close,Volume\n"
        b'2021-11-15,"1,23,456.50","1,24,000","1,23,000.00","1,23,500","1.5Cr"\n'
        b'2021-11-16,"1,23,500","1,24,000","1,22,000","1,23,000","2,50,000"\n'
    )
    frame = read("mrf.csv", data, timezone=INDIA).frame
    assert frame["open"].iloc[0] == 123456.5
    assert frame["volume"].tolist() == [1.5e7, 250000.0]


def test_thousands_points_with_decimal_commas() -> None:
    data = (
        b"Datum;Open;High;Low;Close;Volume\n".replace(b"Datum", b"Date")
        + b"15.11.2021;1.234,50;1.240,00;1.230,25;1.236,00;12.000\n"
        b"16.11.2021;1.236,00;1.250,00;1.235,00;1.249,75;9.500\n"
    )
    frame = read("dax.csv", data, timezone="Europe/Berlin").frame
    assert frame["close"].tolist() == [1236.0, 1249.75]
    assert frame["volume"].tolist() == [12000.0, 9500.0]


def test_two_digit_years_of_the_last_century() -> None:
    data = b"Date,Close\n29-Dec-98,10\n30-Dec-98,11\n31-Dec-98,12\n"
    assert read("old.csv", data, timezone=INDIA).frame.index[0].tz_convert(INDIA).year == 1998


def test_day_and_month_which_cannot_be_told_apart_are_said() -> None:
    data = b"Date,Close\n01/02/2021,10\n02/03/2021,11\n03/04/2021,12\n"
    bars = read("x.csv", data, timezone=INDIA, interval="1mo")
    assert "ambiguous_dates" in [finding.kind for finding in bars.findings]


def test_day_and_month_are_told_by_the_order_of_time() -> None:
    # All numbers are at most 12, but only month first do the days follow each other.
    days = ["11/02/2021", "11/03/2021", "11/04/2021", "11/05/2021", "11/08/2021", "11/09/2021"]
    data = ("Date,Close\n" + "".join(f"{day},10\n" for day in days)).encode()
    frame = read("us.csv", data, timezone="America/New_York").frame
    assert frame.index[0].tz_convert("America/New_York").date() == date(2021, 11, 2)


def test_intraday_with_offset_and_without() -> None:
    times = ["2024-06-03 09:15:00", "2024-06-03 09:20:00", "2024-06-03 09:25:00", "2024-06-04 09:15:00"]
    for tail in ("", "+05:30"):
        bars = read(
            "5m.csv",
            text("date,open,high,low,close,volume", "{d}" + tail + ",{o},{h},{l},{c},{v}", times),
            timezone=INDIA,
        )
        assert bars.interval is Interval.M5
        assert bars.frame.index[0] == pd.Timestamp("2024-06-03 03:45", tz="UTC")


def test_date_and_time_in_two_columns() -> None:
    data = (
        b"<Date>,<Time>,<Open>,<High>,<Low>,<Close>,<Volume>\n"
        b"20240603,09:15,1,2,1,2,5\n"
        b"20240603,09:16,2,3,2,3,5\n"
        b"20240603,09:17,3,3,2,2,5\n"
    )
    bars = read("amibroker.csv", data, timezone=INDIA)
    assert bars.interval is Interval.M1
    assert bars.frame.index[1] == pd.Timestamp("2024-06-03 03:46", tz="UTC")


@pytest.mark.parametrize(("step", "interval"), [("7D", "1wk"), ("MS", "1mo"), ("B", "1d")])
def test_interval_from_the_spacing(step: str, interval: str) -> None:
    days = pd.date_range("2015-01-05" if step != "MS" else "2015-01-01", periods=40, freq=step)
    data = ("Date,Close\n" + "".join(f"{day.date()},10\n" for day in days)).encode()
    assert read("x.csv", data, timezone=INDIA).interval.value == interval


def test_as_traded_prices_become_split_adjusted() -> None:
    # Newest first, unnamed first column, a 1:2 split on the 17th, and a dividend already split-adjusted.
    data = b""",timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient
0,2021-11-19,52,53,51,52.5,52.5,2000,0.0,1.0
1,2021-11-18,51,53,50,52.0,52.0,2000,0.0,1.0
2,2021-11-17,50,52,49,51.0,51.0,2000,0.0,2.0
3,2021-11-16,101,103,99,100.0,50.0,1000,1.5,1.0
4,2021-11-15,100,102,98,101.0,49.0,1000,0.0,1.0
"""
    bars = read("av.csv", data, timezone=INDIA)
    assert bars.frame["close"].tolist() == [50.5, 50.0, 51.0, 52.0, 52.5]
    assert bars.frame["volume"].tolist() == [2000.0] * 5
    assert [(action.kind, action.ex_date, action.value) for action in bars.actions] == [
        (ActionKind.DIVIDEND, date(2021, 11, 16), 1.5),
        (ActionKind.SPLIT, date(2021, 11, 17), 2.0),
    ]


def test_a_late_split_takes_effect_where_the_price_fell() -> None:
    days = pd.bdate_range("2022-07-18", periods=12)
    close = [1000.0] * 6 + [100.0] * 6
    rows = [
        f"{day.date()},{c},{c},{c},{c},{c / 10 if c > 500 else c},100,0,{10 if place == 9 else 1}"
        for place, (day, c) in enumerate(zip(days, close, strict=True))
    ]
    header = "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\n"
    bars = read("late.csv", (header + "\n".join(rows)).encode(), timezone=INDIA)
    np.testing.assert_allclose(bars.frame["close"], 100.0)
    assert bars.actions[0].ex_date == days[6].date()
    assert "late_split" in [finding.kind for finding in bars.findings]


def test_an_adjusted_file_with_splits_noted_is_left_alone() -> None:
    rows = [f"2021-11-{day},50,51,49,50,100,0.0,{2 if day == 17 else 1}" for day in range(15, 20)]
    bars = read(
        "z.csv", ("date,open,high,low,close,volume,dividend,split\n" + "\n".join(rows)).encode(), timezone=INDIA
    )
    assert bars.frame["close"].tolist() == [50.0] * 5
    assert [action.value for action in bars.actions] == [2.0]


def exchange_rows(symbols: list[str], closes: list[float], opens: list[float] | None = None) -> bytes:
    days = pd.bdate_range("2004-06-21", periods=len(closes))
    opens = opens or closes
    before = [closes[0], *closes[:-1]]
    rows = [
        f"{day.date()},{symbol},EQ,{p},{o},{max(o, c)},{min(o, c)},{c},{c},{c},100,1,1,1,0.5"
        for day, symbol, p, o, c in zip(days, symbols, before, opens, closes, strict=True)
    ]
    header = (
        "Date,Symbol,Series,Prev Close,Open,High,Low,Last,Close,VWAP,Volume,"
        "Turnover,Trades,Deliverable Volume,%Deliverble\n"
    )
    return (header + "\n".join(rows) + "\n").encode()


def test_an_exchange_file_is_adjusted_for_the_splits_its_prices_show() -> None:
    closes = [400.0, 404.0, 402.0, 101.0, 100.5, 102.0, 51.0, 50.5]
    bars = read("infy.csv", exchange_rows(["X"] * 8, closes), timezone=INDIA)
    assert [action.value for action in bars.actions] == [4.0, 2.0]
    np.testing.assert_allclose(bars.frame["close"], [50.0, 50.5, 50.25, 50.5, 50.25, 51.0, 51.0, 50.5])


def test_a_crash_in_trading_is_no_split() -> None:
    # It opens where it closed and halves in the day.
    closes = [180.0, 179.0, 178.95, 85.0, 80.0]
    bars = read("satyam.csv", exchange_rows(["X"] * 5, closes, [180.0, 180.0, 179.0, 177.0, 84.0]), timezone=INDIA)
    assert bars.actions == ()
    assert bars.frame["close"].tolist() == closes


def test_a_symbol_change_is_one_series() -> None:
    closes = [400.0, 404.0, 402.0, 401.0, 403.0]
    bars = read("axis.csv", exchange_rows(["UTIBANK"] * 3 + ["AXISBANK"] * 2, closes), timezone=INDIA)
    assert bars.accepted == 5
    assert [finding.kind for finding in bars.findings] == ["symbol_change"]
