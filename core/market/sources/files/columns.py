"""What the columns mean: roles by the field's many spellings, the header row, and which dialect that makes."""

import re
from dataclasses import dataclass

import pandas as pd

from core.market.errors import BadFile
from core.market.sources.files.table import Table

ROLES: dict[str, tuple[str, ...]] = {
    # In order of preference within a role: a file with both "close" and "last" means close.
    "date": (
        "datetime",
        "timestamp",
        "date",
        "tradedate",
        "tradingdate",
        "traddt",
        "dategmt",
        "datetimeutc",
        "dates",
        "day",
        "time",
        "ts",
        "unixtimestamp",
        "unix",
        "epoch",
        "opentime",
        "periodending",
        "bardate",
        "dt",
        "exchangedate",
    ),
    "clock": ("time", "tradetime", "bartime"),
    "open": ("open", "o", "openprice", "openingprice", "op", "opnpric", "openrs", "openinr", "openusd"),
    "high": ("high", "h", "highprice", "hi", "dayhigh", "hghpric", "highrs", "highinr", "max"),
    "low": ("low", "l", "lowprice", "lo", "daylow", "lwpric", "lowrs", "lowinr", "min"),
    "close": (
        "close",
        "c",
        "closeprice",
        "closingprice",
        "cl",
        "closelast",
        "clspric",
        "price",
        "last",
        "lastprice",
        "ltp",
        "settle",
        "settlementprice",
        "lasttradedprice",
        "value",
        "nav",
        "netassetvalue",
        "closers",
        "closeinr",
    ),
    "adj_close": (
        "adjclose",
        "adjustedclose",
        "adj",
        "adjustedcloseprice",
        "closeadj",
        "adjclosingprice",
        "adjcloseprice",
    ),
    "volume": (
        "volume",
        "vol",
        "v",
        "totaltradedquantity",
        "tottrdqty",
        "ttltradgvol",
        "tradedquantity",
        "quantity",
        "qty",
        "noofshares",
        "volumeshares",
        "sharestraded",
        "volumetraded",
        "totalvolume",
        "tradedvolume",
    ),
    "dividend": ("dividends", "dividend", "dividendamount", "divcash", "div", "exdividend"),
    "split": ("stocksplits", "splitcoefficient", "split", "splitratio", "splitfactor", "splits"),
    "prev_close": ("prevclose", "previousclose", "prevcloseprice", "prvsclsgpric", "pclose"),
    "symbol": ("symbol", "ticker", "tckrsymb", "instrument", "stock", "scrip", "scripname", "tradingsymbol", "name"),
    "series": ("series", "sctysrs"),
}
_FLAT = {word: role for role in ROLES for word in ROLES[role] if role != "clock"}
_NOT_PRICES = {"return", "returns", "ret", "change", "changepercent", "pctchange", "signal", "weight"}
_DATE_LIKE = re.compile(
    r"^\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]([A-Za-z]{3,9}|\d{1,2})[-/., ]+\d{2,4}"
    r"|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}|\d{8}|\d{10}|\d{13})\b"
)
_NUMBER_LIKE = re.compile(r"^\s*[₹$€£(+-]*\s*[\d.,]*\d[\d.,]*\)?\s*[KMB%]?\s*$", re.IGNORECASE)
_TICKER = re.compile(r"^[\^A-Za-z0-9&][A-Za-z0-9&.^=_-]{0,24}$")


@dataclass(frozen=True)
class Columns:
    """Where each role stands (column number), where the data begins (row number) and what the dialect is called.

    ``wide`` maps series names to the roles of each when one row carries several series; ``assumed`` says the file
    had no header and the usual order was taken; ``close_only`` that there is no open, high and low.
    """

    roles: dict[str, int]
    first_row: int
    dialect: str
    names: tuple[str, ...]
    wide: dict[str, dict[str, int]]
    assumed: bool = False

    @property
    def close_only(self) -> bool:
        """True without open, high and low columns."""
        return not {"open", "high", "low"} <= self.roles.keys()


def word(text: object) -> str:
    """A header cell as the bare word it is known by: ``"1. open"``, ``" Open Price "`` and ``OPEN_PRICE`` are one."""
    flat = re.sub(r"^\s*\d+[a-z]?[.)]\s*", "", str(text)).lower()
    return re.sub(r"[^a-z0-9]", "", flat.replace("(rs.)", "").replace("(inr)", "").replace("(₹)", ""))


def recognise(name: str, table: Table) -> Columns:
    """Find the header and give each column its role. Raises BadFile when no column of dates and of prices is there."""
    if table.names is not None:
        return _from_header(name, list(table.names), 0, table.cells.iloc[:3])
    cells = table.cells
    head = [
        [None if pd.isna(value) else str(value).strip() for value in row]
        for row in cells.iloc[:60].itertuples(index=False)
    ]
    if (multi := _download_header(head)) is not None:
        return multi
    best, best_count = -1, 0
    for place, row in enumerate(head):
        roles = {_FLAT[key] for value in row if value and (key := word(value)) in _FLAT}
        numbers = sum(1 for value in row if value and _NUMBER_LIKE.match(value))
        if numbers > len(row) / 2:
            continue
        count = len(roles)
        usable = count >= 2 and bool(roles & {"close", "adj_close", "date"})
        # A date column beside columns named after symbols knows one role only; what stands below decides.
        usable = usable or (
            roles == {"date"}
            and sum(1 for value in row if value) > 1
            and _dates_below(cells.iloc[place + 1 : place + 40], 0)
        )
        if usable and count > best_count:
            best, best_count = place, count
    if best >= 0:
        return _from_header(name, [value or "" for value in head[best]], best + 1, cells.iloc[best + 1 : best + 40])
    for place, row in enumerate(head):
        if (
            row
            and row[0]
            and _DATE_LIKE.match(row[0])
            and sum(1 for value in row[1:] if value and _NUMBER_LIKE.match(value)) >= 1
        ):
            return _without_header(name, head, place)
    columns = ", ".join(value for value in head[0] if value)[:120]
    raise BadFile(
        name,
        f"no columns of dates and prices were recognised (the first line reads “{columns}”).",
        "Give it a header such as Date,Open,High,Low,Close,Volume.",
    )


def _download_header(head: list[list[str | None]]) -> Columns | None:
    """yfinance's download saved with two column levels: Price / Ticker / Date."""
    if len(head) < 3 or word(head[1][0] or "") != "ticker":
        return None
    fields, tickers = head[0], head[1]
    first = 3 if word(head[2][0] or "") in _FLAT and not any(head[2][1:]) else 2
    wide: dict[str, dict[str, int]] = {}
    for place in range(1, len(fields)):
        role = _FLAT.get(word(fields[place] or ""))
        if role and tickers[place]:
            wide.setdefault(str(tickers[place]), {"date": 0})[role] = place
    names = tuple(value or "" for value in fields)
    if len(wide) == 1:
        return Columns(next(iter(wide.values())), first, "yfinance download", names, {})
    return Columns({"date": 0}, first, "yfinance download of several symbols", names, wide) if wide else None


def _from_header(name: str, header: list[str], first_row: int, sample: pd.DataFrame) -> Columns:
    words = [word(value) for value in header]
    roles: dict[str, int] = {}
    for role, known in ROLES.items():
        places = [(known.index(flat), place) for place, flat in enumerate(words) if flat in known]
        if places:
            roles[role] = min(places)[1]
    if roles.get("clock") == roles.get("date"):
        roles.pop("clock", None)
    if "date" not in roles:
        unnamed = [
            place
            for place, flat in enumerate(words)
            if flat in ("", "unnamed0", "index", "level0") and _dates_below(sample, place)
        ]
        if not unnamed and _dates_below(sample, 0):
            unnamed = [0]
        if unnamed:
            roles["date"] = unnamed[0]
    if "symbol" in roles and roles["symbol"] in {place for role, place in roles.items() if role != "symbol"}:
        roles.pop("symbol")
    if "date" not in roles:
        raise BadFile(name, f"no column of dates was found among {_listed(header)}.", "Name it Date (or Timestamp).")
    if "close" not in roles and "adj_close" in roles:
        roles["close"] = roles["adj_close"]
        roles.pop("adj_close")
    if "close" not in roles:
        return _series_columns(name, header, roles, first_row, sample)
    return Columns(roles, first_row, _dialect(set(words), roles), tuple(header), {})


def _series_columns(
    name: str, header: list[str], roles: dict[str, int], first_row: int, sample: pd.DataFrame
) -> Columns:
    """A date column and columns named after symbols: closes of one or several series."""
    places = [
        place
        for place, title in enumerate(header)
        if place != roles["date"]
        and title
        and _TICKER.match(title)
        and word(title) not in _NOT_PRICES
        and _numbers_below(sample, place)
    ]
    if not places or {"open", "high", "low"} & roles.keys():
        raise BadFile(
            name, f"no column of closing prices was found among {_listed(header)}.", "Name it Close (or Price, Last)."
        )
    wide = {header[place]: {"date": roles["date"], "close": place} for place in places}
    if len(wide) == 1:
        return Columns(next(iter(wide.values())), first_row, "close only", tuple(header), {})
    return Columns({"date": roles["date"]}, first_row, "closes of several symbols", tuple(header), wide)


def _without_header(name: str, head: list[list[str | None]], place: int) -> Columns:
    row = head[place]
    count = len([value for value in row if value is not None])
    second_is_clock = count > 2 and bool(row[1]) and bool(re.match(r"^\d{1,2}:\d{2}", str(row[1])))
    order = ["date", *(["clock"] if second_is_clock else []), "open", "high", "low", "close", "volume"]
    prices = count - order.index("open")
    if prices == 1:
        order = [*order[: order.index("open")], "close"]
    elif prices not in (4, 5, 6):
        raise BadFile(
            name,
            f"there is no header and {count} columns could mean anything.",
            "Add a header: Date,Open,High,Low,Close,Volume.",
        )
    roles = {role: index for index, role in enumerate(order[:count])}
    return Columns(roles, place, "no header", tuple(order[:count]), {}, assumed=True)


def _dialect(words: set[str], roles: dict[str, int]) -> str:
    if "splitcoefficient" in words:
        return "Alpha Vantage daily adjusted"
    if {"averageprice", "totaltradedquantity"} <= words or {"openprice", "lastprice", "closeprice"} <= words:
        return "NSE website export"
    if "tottrdqty" in words or "ttltradgvol" in words:
        return "exchange bhavcopy"
    if "prev_close" in roles:
        return "exchange raw"
    if "adj_close" in roles and {"dividends", "stocksplits"} <= words:
        return "yfinance history"
    if "adj_close" in roles:
        return "Yahoo site download"
    if {"dividend", "split"} <= words:
        return "zipline"
    if not {"open", "high", "low"} <= roles.keys():
        return "close only"
    return "generic"


def _dates_below(sample: pd.DataFrame, place: int) -> bool:
    if place >= sample.shape[1]:
        return False
    column = sample.iloc[:, place].dropna()
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    return len(column) > 0 and sum(bool(_DATE_LIKE.match(str(value))) for value in column) > len(column) / 2


def _numbers_below(sample: pd.DataFrame, place: int) -> bool:
    column = sample.iloc[:, place].dropna()
    return len(column) == 0 or sum(bool(_NUMBER_LIKE.match(str(value))) for value in column) > len(column) / 2


def _listed(header: list[str]) -> str:
    shown = [title for title in header if title][:12]
    return ", ".join(f"“{title[:30]}”" for title in shown) or "unnamed columns"
