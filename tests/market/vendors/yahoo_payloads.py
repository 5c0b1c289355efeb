"""Answers in the documented shapes of Yahoo's interfaces, made of plain arithmetic. No recorded data."""

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

STEPS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600}


@dataclass(frozen=True)
class Listing:
    """One symbol the server knows. ``splits``: new and old shares by day; ``dividends``: cash by day."""

    symbol: str
    name: str
    base: float = 100.0
    currency: str = "INR"
    exchange: str = "NSI"
    timezone: str = "Asia/Kolkata"
    opens: time = time(9, 15)
    closes: time = time(15, 30)
    kind: str = "EQUITY"
    everyday: bool = False
    first: date = date(2022, 1, 3)
    sector: str = "Technology"
    splits: dict[date, tuple[int, int]] = field(default_factory=dict)
    dividends: dict[date, float] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def days(self, start: date, end: date) -> list[date]:
        """Trading days of [start, end]: weekdays, or every day."""
        count = (end - start).days + 1
        span = (start + timedelta(days=step) for step in range(max(count, 0)))
        return [one for one in span if one >= self.first and (self.everyday or one.weekday() < 5)]

    def close(self, moment: datetime) -> float:
        """The price at a moment; a slow wave around the base, the same on every call."""
        turn = moment.timestamp() / 86_400
        return round(self.base * (1 + 0.2 * math.sin(turn / 90) + 0.02 * math.sin(turn / 3)), 2)


def indian(symbol: str, name: str, base: float = 100.0, **more: Any) -> Listing:
    return Listing(symbol, name, base, **more)


def american(symbol: str, name: str, base: float = 100.0, **more: Any) -> Listing:
    shape: dict[str, Any] = {
        "currency": "USD",
        "exchange": "NMS",
        "timezone": "America/New_York",
        "opens": time(9, 30),
        "closes": time(16),
    }
    return Listing(symbol, name, base, **{**shape, **more})


def crypto(symbol: str, name: str, base: float = 100.0) -> Listing:
    midnight = time(0)
    return Listing(symbol, name, base, "USD", "CCC", "UTC", midnight, midnight, kind="CRYPTOCURRENCY", everyday=True)


LISTINGS = (
    indian(
        "RELIANCE.NS",
        "Reliance Industries Limited",
        1400.0,
        sector="Energy",
        dividends={date(2024, 8, 19): 5.0, date(2025, 8, 14): 5.5},
        splits={date(2024, 10, 28): (2, 1)},
    ),
    indian("TCS.NS", "Tata Consultancy Services Limited", 3500.0, dividends={date(2025, 7, 16): 11.0}),
    indian("INFY.NS", "Infosys Limited", 1500.0),
    indian("HDFCBANK.NS", "HDFC Bank Limited", 1000.0, sector="Financial Services"),
    indian("^NSEI", "NIFTY 50", 24000.0, kind="INDEX"),
    american("AAPL", "Apple Inc.", 230.0, dividends={date(2025, 8, 11): 0.26}),
    american("MSFT", "Microsoft Corporation", 450.0),
    crypto("BTC-USD", "Bitcoin USD", 90000.0),
    Listing("INR=X", "USD/INR", 85.0, "INR", "CCY", "Europe/London", time(0), time(23, 59), kind="CURRENCY"),
)


def chart(listing: Listing, start: datetime, end: datetime, interval: str, now: datetime) -> dict[str, Any]:
    """A chart answer for [start, end), with nothing after ``now``."""
    stamps = _stamps(listing, start, min(end, now), interval)
    opens = [listing.close(_when(stamp) - timedelta(hours=6)) for stamp in stamps]
    closes = [listing.close(_when(stamp)) for stamp in stamps]
    quote = {
        "open": opens,
        "high": [round(max(pair) * 1.01, 2) for pair in zip(opens, closes, strict=True)],
        "low": [round(min(pair) * 0.99, 2) for pair in zip(opens, closes, strict=True)],
        "close": closes,
        "volume": [1_000 + stamp % 9_000 for stamp in stamps],
    }
    indicators: dict[str, Any] = {"quote": [quote]}
    if interval not in STEPS:
        indicators["adjclose"] = [{"adjclose": closes}]
    result = {
        "meta": meta(listing, interval, now),
        "timestamp": stamps,
        "indicators": indicators,
        "events": _events(listing, start, end),
    }
    return {"chart": {"result": [result], "error": None}}


def meta(listing: Listing, interval: str, now: datetime) -> dict[str, Any]:
    """The heading of a chart answer."""
    today = now.astimezone(listing.zone).date()
    opened = int(datetime.combine(today, listing.opens, listing.zone).timestamp())
    closed = int(datetime.combine(today, listing.closes, listing.zone).timestamp())
    price = listing.close(now)
    return {
        "currency": listing.currency,
        "symbol": listing.symbol,
        "exchangeName": listing.exchange,
        "instrumentType": listing.kind,
        "regularMarketTime": int(now.timestamp()),
        "exchangeTimezoneName": listing.timezone,
        "regularMarketPrice": price,
        "chartPreviousClose": round(price * 0.99, 2),
        "fiftyTwoWeekHigh": round(listing.base * 1.3, 2),
        "fiftyTwoWeekLow": round(listing.base * 0.7, 2),
        "regularMarketDayHigh": round(price * 1.01, 2),
        "regularMarketDayLow": round(price * 0.98, 2),
        "regularMarketVolume": 123_456,
        "longName": listing.name,
        "shortName": listing.name.upper()[:20],
        "currentTradingPeriod": {"regular": {"start": opened, "end": closed, "gmtoffset": 0}},
        "dataGranularity": interval,
    }


def _when(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, tz=UTC)


def _stamps(listing: Listing, start: datetime, end: datetime, interval: str) -> list[int]:
    first, last = start.astimezone(listing.zone).date(), end.astimezone(listing.zone).date()
    if interval in {"1wk", "1mo"}:
        days = listing.days(first, last)
        begins = {one - timedelta(days=one.weekday()) if interval == "1wk" else one.replace(day=1) for one in days}
        moments = [datetime.combine(one, time(), listing.zone) for one in sorted(begins)]
    else:
        moments = [datetime.combine(one, listing.opens, listing.zone) for one in listing.days(first, last)]
    if interval in STEPS:
        length = timedelta(seconds=STEPS[interval])
        until = listing.closes if listing.closes > listing.opens else time(23, 59)
        within = []
        for opening in moments:
            closing = datetime.combine(opening.date(), until, listing.zone)
            moment = opening
            while moment < closing:
                within.append(moment)
                moment += length
        moments = within
    return [int(moment.timestamp()) for moment in moments if start <= moment < end]


def _events(listing: Listing, start: datetime, end: datetime) -> dict[str, Any]:
    def stamp(day: date) -> int | None:
        moment = datetime.combine(day, listing.opens, listing.zone)
        return int(moment.timestamp()) if start <= moment < end else None

    dividends = {str(at): {"amount": cash, "date": at} for day, cash in listing.dividends.items() if (at := stamp(day))}
    splits = {
        str(at): {"date": at, "numerator": new, "denominator": old, "splitRatio": f"{new}:{old}"}
        for day, (new, old) in listing.splits.items()
        if (at := stamp(day))
    }
    return {name: rows for name, rows in (("dividends", dividends), ("splits", splits)) if rows}


def quote(listing: Listing, now: datetime) -> dict[str, Any]:
    """One row of a quotes, screener or trending answer."""
    price = listing.close(now)
    before = round(price * 0.99, 2)
    return {
        "symbol": listing.symbol,
        "quoteType": listing.kind,
        "longName": listing.name,
        "shortName": listing.name.upper()[:20],
        "currency": listing.currency,
        "exchange": listing.exchange,
        "regularMarketPrice": price,
        "regularMarketTime": int(now.timestamp()),
        "regularMarketPreviousClose": before,
        "regularMarketChangePercent": round(100 * (price / before - 1), 4),
        "regularMarketOpen": before,
        "regularMarketDayHigh": round(price * 1.01, 2),
        "regularMarketDayLow": round(price * 0.98, 2),
        "regularMarketVolume": 123_456,
        "marketCap": 5_000_000_000_000,
        "fiftyTwoWeekHigh": round(listing.base * 1.3, 2),
        "fiftyTwoWeekLow": round(listing.base * 0.7, 2),
    }


def summary(listing: Listing, modules: list[str], now: datetime) -> dict[str, Any]:
    """The asked modules of a company summary."""
    day = 86_400
    stamp = int(now.timestamp())
    everything: dict[str, Any] = {
        "assetProfile": {
            "city": "Mumbai",
            "country": "India",
            "website": "https://example.com",
            "industry": "Conglomerates",
            "sector": listing.sector,
            "longBusinessSummary": f"{listing.name} makes things and sells them.",
            "fullTimeEmployees": 123_000,
            "companyOfficers": [
                {"name": "Ms. A. Rao", "title": "Chief Executive", "age": 54, "totalPay": 25_000_000},
                {"name": "Mr. B. Shah", "title": "Chief Financial Officer"},
            ],
        },
        "quoteType": {"symbol": listing.symbol, "longName": listing.name, "firstTradeDateEpochUtc": 820_467_900},
        "price": {"symbol": listing.symbol, "longName": listing.name, "regularMarketTime": stamp},
        "summaryDetail": {
            "trailingPE": 24.5,
            "forwardPE": 20.1,
            "dividendYield": 0.0037,
            "fiveYearAvgDividendYield": 0.35,
            "payoutRatio": {"raw": 0.1, "fmt": "10%"},
            "beta": 0.9,
            "marketCap": 19_000_000_000_000,
        },
        "defaultKeyStatistics": {"priceToBook": 2.2, "pegRatio": None, "enterpriseToEbitda": 12.5, "bookValue": 623.1},
        "financialData": {
            "returnOnEquity": 0.085,
            "debtToEquity": 36.6,
            "currentRatio": 1.1,
            "targetMeanPrice": 1550.0,
            "targetHighPrice": 2020.0,
            "targetLowPrice": 1100.0,
            "numberOfAnalystOpinions": 36,
        },
        "majorHoldersBreakdown": {"insidersPercentHeld": 0.49, "institutionsPercentHeld": 0.29},
        "institutionOwnership": {
            "ownershipList": [
                {"organization": "Small Fund House", "pctHeld": 0.01, "position": 10, "reportDate": stamp - 60 * day},
                {"organization": "Large Fund House", "pctHeld": 0.02, "position": 20, "reportDate": stamp - 50 * day},
            ]
        },
        "fundOwnership": {"ownershipList": [{"organization": "Index Fund", "pctHeld": 0.015, "position": 15}]},
        "insiderHolders": {"holders": [{"name": "RAO A.", "positionDirect": 1_000, "positionDirectDate": stamp - day}]},
        "insiderTransactions": {
            "transactions": [
                _trade("RAO A.", "Purchase at price 1400.00 per share.", 100, 140_000, stamp - 9 * day),
                _trade("SHAH B.", "Sale at price 1450.00 per share.", 50, 72_500, stamp - 3 * day),
                _trade("SHAH B.", "Stock Award(Grant) at price 0.00 per share.", 500, 0, stamp - 5 * day),
                _trade("RAO A.", "Stock Gift at price 0.00 per share.", 5, 0, stamp - 7 * day),
            ]
        },
        "recommendationTrend": {
            "trend": [
                {"period": "0m", "strongBuy": 8, "buy": 20, "hold": 5, "sell": 2, "strongSell": 1},
                {"period": "-1m", "strongBuy": 7, "buy": 20, "hold": 6, "sell": 2, "strongSell": 1},
            ]
        },
        "upgradeDowngradeHistory": {
            "history": [
                _call("First Broking", "Hold", "Buy", "down", stamp - 40 * day, 1500.0),
                _call("Second Capital", "Buy", "Hold", "up", stamp - 20 * day, 0.0),
            ]
        },
        "calendarEvents": {
            "earnings": {
                "earningsDate": [stamp + 20 * day, stamp + 24 * day],
                "earningsAverage": 14.2,
                "isEarningsDateEstimate": True,
            },
            "exDividendDate": stamp // day * day - 90 * day,
            "dividendDate": stamp // day * day - 80 * day,
        },
    }
    result = {name: everything[name] for name in modules if name in everything}
    return {"quoteSummary": {"result": [result], "error": None}}


def _trade(name: str, words: str, shares: int, value: int, at: int) -> dict[str, Any]:
    row = {"filerName": name, "filerRelation": "Director", "transactionText": words, "shares": shares}
    return {**row, "value": value, "startDate": at, "ownership": "D", "maxAge": 1}


def _call(firm: str, grade: str, before: str, action: str, at: int, target: float) -> dict[str, Any]:
    row = {"firm": firm, "toGrade": grade, "fromGrade": before, "action": action}
    return {**row, "epochGradeDate": at, "currentPriceTarget": target}


def statements(listing: Listing, types: list[str]) -> dict[str, Any]:
    """A fundamentals answer: two years, three quarters and a trailing year of every line asked for."""
    ends = {
        "annual": ("2024-03-31", "2025-03-31"),
        "quarterly": ("2025-03-31", "2025-06-30", "2025-09-30"),
        "trailing": ("2025-09-30",),
    }
    result = []
    for place, name in enumerate(types):
        prefix = next(one for one in ends if name.startswith(one))
        series: dict[str, Any] = {"meta": {"symbol": [listing.symbol], "type": [name]}}
        if place % 7 != 6:  # Yahoo leaves lines out that a company does not report
            series["timestamp"] = [
                int(datetime.combine(date.fromisoformat(end), time(), UTC).timestamp()) for end in ends[prefix]
            ]
            series[name] = [
                {
                    "asOfDate": end,
                    "periodType": "3M" if prefix == "quarterly" else "12M",
                    "currencyCode": listing.currency,
                    "reportedValue": {"raw": 1_000.0 * (place + 1) + step, "fmt": "1k"},
                }
                for step, end in enumerate(ends[prefix])
            ]
        result.append(series)
    return {"timeseries": {"result": result, "error": None}}


def announcements(listings: list[Listing], now: datetime) -> dict[str, Any]:
    """A results calendar: one announcement past and one ahead for each listing, latest first."""
    names = (
        "ticker",
        "companyshortname",
        "eventname",
        "startdatetime",
        "startdatetimetype",
        "epsestimate",
        "epsactual",
    )
    rows: list[list[Any]] = []
    for ahead, actual in ((30, None), (-60, 14.5)):
        when = f"{now + timedelta(days=ahead):%Y-%m-%d}T10:30:00.000Z"
        rows += [[one.symbol, one.name, f"Results of {one.name}", when, "TAS", 14.0, actual] for one in listings]
    document = {"entityIdType": "SP_EARNINGS", "columns": [{"id": name} for name in names], "rows": rows}
    return {"finance": {"result": [{"total": len(rows), "documents": [document]}], "error": None}}


def stream(listing: Listing, count: int, now: datetime) -> dict[str, Any]:
    """A ticker's news stream, with an advertisement in it."""
    rows: list[dict[str, Any]] = [{"id": "ad", "ad": [{"url": "https://example.com/ad"}]}]
    for place in range(min(count, 5)):
        content = {
            "id": f"story-{listing.symbol}-{place}",
            "title": f"{listing.name} story {place}",
            "summary": "What happened, in two lines.",
            "pubDate": f"{now - timedelta(hours=place + 1):%Y-%m-%dT%H:%M:%SZ}",
            "provider": {"displayName": "Example Wire"},
            "canonicalUrl": {"url": f"https://example.com/story/{place}"},
            "finance": {"stockTickers": [{"symbol": listing.symbol}]},
        }
        rows.append({"id": content["id"], "content": content})
    return {"data": {"tickerStream": {"stream": rows}}, "status": "OK"}


def search(listings: list[Listing], words: str, quotes: int, news: int, now: datetime) -> dict[str, Any]:
    """A search answer: listings whose symbol or name holds the words, an option beside them, and stories."""
    low = words.lower()
    hits = [one for one in listings if low in one.symbol.lower() or low in one.name.lower()][:quotes]
    rows = [
        {
            "symbol": one.symbol,
            "longname": one.name,
            "shortname": one.name,
            "quoteType": one.kind,
            "exchange": one.exchange,
            "sector": one.sector,
        }
        for one in hits
    ]
    if rows:
        rows.append({"symbol": "AAPL251219C00250000", "quoteType": "OPTION", "exchange": "OPR", "longname": "a call"})
    stories = [
        {
            "uuid": f"search-{place}",
            "title": f"Markets story {place}",
            "publisher": "Example Wire",
            "link": f"https://example.com/markets/{place}",
            "providerPublishTime": int((now - timedelta(hours=place + 1)).timestamp()),
            "relatedTickers": ["^NSEI"],
        }
        for place in range(min(news, 4))
    ]
    return {"quotes": rows, "news": stories, "count": len(rows)}


def not_found(root: str, words: str = "No data found, symbol may be delisted") -> dict[str, Any]:
    """What Yahoo says of a symbol it does not know."""
    return {root: {"result": None, "error": {"code": "Not Found", "description": words}}}
