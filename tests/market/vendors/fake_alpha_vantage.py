"""An Alpha Vantage on the loopback: documented answers of small made-up numbers, and its refusals in HTTP 200.

    with FakeAlphaVantage() as vendor:
        source = AlphaVantage(KEY, vendor.url, timeout=2.0)
        vendor.say("TIME_SERIES_DAILY", "Information", "... rate limit is 25 requests per day ...")
        vendor.premium("TIME_SERIES_DAILY_ADJUSTED")

Requests are counted by function name. A sentence may hold ``{key}``: the vendor repeats the caller's key there.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from core import clock
from tests.market.vendors.loopback_vendor import Answer, FakeVendor, Fault, as_json

__all__ = ["KEY", "FakeAlphaVantage", "Fault"]

KEY = "CANARY0KEY7Q2Z"
PREMIUM = (
    "Thank you for using Alpha Vantage! This is a premium endpoint. You may subscribe to any of the premium plans."
)
DAILY_LIMIT = "We have detected your API key as {key} and our standard API rate limit is 25 requests per day."
MINUTE_LIMIT = "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute."
INVALID_CALL = "Invalid API call. Please retry or visit the documentation for TIME_SERIES_DAILY."
INVALID_KEY = "the parameter apikey is invalid or missing. Please claim your free API key."
KNOWN = {"AAPL", "IBM", "RELIANCE.BSE", "BTC", "USD", "EUR"}
SPLIT_DAY = date(2026, 10, 5)
DIVIDEND_DAY = date(2026, 10, 20)


class FakeAlphaVantage(FakeVendor):
    """See the module."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        super().__init__()
        self.now = now
        self.queries: list[dict[str, str]] = []
        self._sentences: dict[str, tuple[str, str]] = {}
        self.bodies: dict[str, Any] = {}

    def say(self, function: str, field: str, words: str) -> None:
        """Answer a function ("*" for all) with one sentence from now on."""
        self._sentences[function] = (field, words)

    def premium(self, *functions: str) -> None:
        """Refuse functions as belonging to a paid plan; "TIME_SERIES_DAILY/full" refuses the full size only."""
        for function in functions:
            self.say(function, "Information", PREMIUM)

    def hush(self) -> None:
        """Take back all sentences."""
        self._sentences.clear()

    def route(self, path: str, query: dict[str, str]) -> str:
        self.queries.append(query)
        return query.get("function", "other")

    def answer(self, route: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        if path != "/query":
            return Answer(200, b"<html>Alpha Vantage</html>", "text/html")
        sized = f"{route}/{query.get('outputsize', '')}"
        for name in (sized, route, "*"):
            if name in self._sentences:
                field, words = self._sentences[name]
                return as_json({field: words.replace("{key}", query.get("apikey", ""))})
        if query.get("apikey") != KEY:
            return as_json({"Error Message": INVALID_KEY})
        if route in self.bodies:
            return as_json(self.bodies[route])
        symbol = query.get("symbol") or query.get("from_symbol") or query.get("from_currency") or ""
        return as_json(self._body(route, symbol, query))

    def lie(self, route: str, value: Any, fault: Fault) -> Answer:
        if fault is Fault.OTHER_SYMBOL:
            return as_json({**value, "Meta Data": {"2. Symbol": "TSLA"}})
        if fault is Fault.WRONG_SHAPES:
            return as_json({name: [1, 2, 3] for name in value})
        if fault is Fault.EMPTY:
            return as_json({})
        raise AssertionError(f"{fault} is no fault of this vendor")

    def _body(self, function: str, symbol: str, query: dict[str, str]) -> dict[str, Any]:
        if symbol and symbol not in KNOWN and function != "SYMBOL_SEARCH":
            return {} if function in {"OVERVIEW", "GLOBAL_QUOTE"} else {"Error Message": INVALID_CALL}
        match function:
            case "TIME_SERIES_DAILY_ADJUSTED":
                return self._daily(symbol, query, adjusted=True)
            case "TIME_SERIES_DAILY":
                return self._daily(symbol, query, adjusted=False)
            case "TIME_SERIES_WEEKLY" | "TIME_SERIES_MONTHLY":
                word = function.rsplit("_", 1)[1].title()
                return _meta(symbol) | {f"{word} Time Series": self._rows(self._period_ends(word))}
            case "TIME_SERIES_INTRADAY":
                interval = query["interval"]
                return _meta(symbol, "6. Time Zone") | {f"Time Series ({interval})": self._minutes(interval)}
            case "DIGITAL_CURRENCY_DAILY":
                return {"Time Series (Digital Currency Daily)": self._rows(self._days(100, everyday=True))}
            case "FX_DAILY":
                return {"Time Series FX (Daily)": self._rows(self._days(100))}
            case "DIGITAL_CURRENCY_WEEKLY" | "DIGITAL_CURRENCY_MONTHLY" | "FX_WEEKLY" | "FX_MONTHLY":
                word = function.rsplit("_", 1)[1].title()
                kind = "Digital Currency " if function.startswith("DIGITAL") else "FX "
                return {f"Time Series {kind}({word})": self._rows(self._period_ends(word))}
            case "SPLITS":
                return {"symbol": symbol, "data": [{"effective_date": str(SPLIT_DAY), "split_factor": "2.0000"}]}
            case "DIVIDENDS":
                row = {"ex_dividend_date": str(DIVIDEND_DAY), "declaration_date": "2026-10-01", "amount": "0.25"}
                none = {"ex_dividend_date": "None", "declaration_date": "None", "amount": "None"}
                return {"symbol": symbol, "data": [row, none]}
            case "GLOBAL_QUOTE":
                return {"Global Quote": self._quote(symbol)}
            case "CURRENCY_EXCHANGE_RATE":
                return {"Realtime Currency Exchange Rate": self._rate(query)}
            case "OVERVIEW":
                return _overview(symbol)
            case "INCOME_STATEMENT" | "BALANCE_SHEET" | "CASH_FLOW":
                return _reports(function, symbol)
            case "EARNINGS":
                return _earnings(symbol)
            case "SYMBOL_SEARCH":
                return {"bestMatches": _matches(query["keywords"])}
            case "TOP_GAINERS_LOSERS":
                return self._movers()
            case "NEWS_SENTIMENT":
                return {"items": "2", "feed": self._feed()}
        return {"Error Message": f"This API function ({function}) does not exist."}

    def _days(self, count: int, *, everyday: bool = False) -> list[date]:
        found, on = [], self.now().date() - timedelta(days=1)
        while len(found) < count:
            if everyday or on.weekday() < 5:
                found.append(on)
            on -= timedelta(days=1)
        return found

    def _period_ends(self, word: str) -> list[date]:
        days = self._days(300)
        ends: dict[Any, date] = {}
        for on in days:
            ends.setdefault(on.isocalendar()[:2] if word == "Weekly" else (on.year, on.month), on)
        return list(ends.values())

    def _rows(self, days: list[date]) -> dict[str, Any]:
        """As traded: 200 before the split day, 100 from it on."""
        return {str(on): _row(200.0 if on < SPLIT_DAY else 100.0) for on in days}

    def _daily(self, symbol: str, query: dict[str, str], *, adjusted: bool) -> dict[str, Any]:
        days = self._days(300 if query.get("outputsize") == "full" else 100)
        rows = self._rows(days)
        if adjusted:
            for label, row in rows.items():
                volume = row.pop("5. volume")
                close = row["4. close"]
                split = "2.0" if label == str(SPLIT_DAY) else "1.0"
                cash = "0.25" if label == str(DIVIDEND_DAY) else "0.0000"
                row.update({"5. adjusted close": close, "6. volume": volume})
                row.update({"7. dividend amount": cash, "8. split coefficient": split})
        return _meta(symbol) | {"Time Series (Daily)": rows}

    def _minutes(self, interval: str) -> dict[str, Any]:
        length = timedelta(minutes=int(interval.removesuffix("min")))
        rows = {}
        for on in self._days(3):
            moment = datetime(on.year, on.month, on.day, 9, 30)  # noqa: DTZ001 - labels carry no timezone
            while moment.hour < 16:
                rows[f"{moment:%Y-%m-%d %H:%M:%S}"] = _row(100.0)
                moment += length
        return rows

    def _quote(self, symbol: str) -> dict[str, str]:
        return {
            "01. symbol": symbol,
            "02. open": "99.0000",
            "03. high": "102.0000",
            "04. low": "98.5000",
            "05. price": "101.5000",
            "06. volume": "1234567",
            "07. latest trading day": str(self._days(1)[0]),
            "08. previous close": "100.0000",
            "09. change": "1.5000",
            "10. change percent": "1.5000%",
        }

    def _rate(self, query: dict[str, str]) -> dict[str, str]:
        return {
            "1. From_Currency Code": query["from_currency"],
            "3. To_Currency Code": query["to_currency"],
            "5. Exchange Rate": "85.25000000",
            "6. Last Refreshed": f"{self.now() - timedelta(minutes=1):%Y-%m-%d %H:%M:%S}",
            "7. Time Zone": "UTC",
        }

    def _movers(self) -> dict[str, Any]:
        def row(ticker: str, change: str) -> dict[str, str]:
            return {
                "ticker": ticker,
                "price": "12.5",
                "change_amount": "1",
                "change_percentage": change,
                "volume": "99",
            }

        return {
            "last_updated": f"{self.now() - timedelta(days=1):%Y-%m-%d} 16:15:59 US/Eastern",
            "top_gainers": [row("AAPL", "12.5%"), row("WARRANT+", "80%")],
            "top_losers": [row("IBM", "-8.25%")],
            "most_actively_traded": [row("AAPL", "12.5%")],
        }

    def _feed(self) -> list[dict[str, Any]]:
        def story(place: int) -> dict[str, Any]:
            return {
                "title": f"Story {place}",
                "url": f"https://example.com/av/{place}",
                "time_published": f"{self.now() - timedelta(hours=place + 1):%Y%m%dT%H%M%S}",
                "summary": "Two lines about it.",
                "source": "Example Wire",
                "ticker_sentiment": [{"ticker": "AAPL"}, {"ticker": "CRYPTO:BTC"}, {"ticker": "FOREX:USD"}],
            }

        return [story(0), story(1)]


def _row(price: float) -> dict[str, str]:
    prices = (price, price * 1.01, price * 0.99, price * 1.005)
    names = ("1. open", "2. high", "3. low", "4. close")
    cells = {name: f"{value:.4f}" for name, value in zip(names, prices, strict=True)}
    return cells | {"5. volume": f"{100_000 / price:.0f}"}


def _meta(symbol: str, zone_name: str = "5. Time Zone") -> dict[str, Any]:
    return {"Meta Data": {"1. Information": "prices", "2. Symbol": symbol, zone_name: "US/Eastern"}}


def _overview(symbol: str) -> dict[str, str]:
    return {
        "Symbol": symbol,
        "Name": "Example Machines",
        "Description": "It makes machines.",
        "Sector": "TECHNOLOGY",
        "Industry": "COMPUTER HARDWARE",
        "Country": "USA",
        "OfficialSite": "https://example.com",
        "PERatio": "24.5",
        "DividendYield": "0.0044",
        "PEGRatio": "None",
        "Beta": "-",
        "PercentInsiders": "5.2",
        "MarketCapitalization": "3000000000",
    }


_LINES = {
    "INCOME_STATEMENT": {"totalRevenue": "1000", "incomeBeforeTax": "300", "netIncome": "200", "ebitda": "None"},
    "BALANCE_SHEET": {"totalAssets": "5000", "totalShareholderEquity": "2000", "shortLongTermDebtTotal": "800"},
    "CASH_FLOW": {"operatingCashflow": "400", "capitalExpenditures": "150", "dividendPayout": "50"},
}


def _reports(function: str, symbol: str) -> dict[str, Any]:
    def report(end: str) -> dict[str, str]:
        return {"fiscalDateEnding": end, "reportedCurrency": "USD", **_LINES[function]}

    return {
        "symbol": symbol,
        "annualReports": [report("2025-09-30"), report("2024-09-30")],
        "quarterlyReports": [report("2026-06-30"), report("2026-03-31"), report("2025-09-30")],
    }


def _earnings(symbol: str) -> dict[str, Any]:
    def quarter(end: str, reported: str, actual: str) -> dict[str, str]:
        return {"fiscalDateEnding": end, "reportedDate": reported, "reportedEPS": actual, "estimatedEPS": "1.40"}

    quarters = [quarter("2026-06-30", "2026-07-30", "1.57"), quarter("2026-03-31", "2026-05-01", "None")]
    return {"symbol": symbol, "annualEarnings": [], "quarterlyEarnings": quarters}


def _matches(words: str) -> list[dict[str, str]]:
    def match(symbol: str, name: str, kind: str = "Equity") -> dict[str, str]:
        return {"1. symbol": symbol, "2. name": name, "3. type": kind, "4. region": "-", "9. matchScore": "0.9"}

    rows = [
        match("RELIANCE.BSE", "Reliance Industries Limited"),
        match("RS", "Reliance Inc"),
        match("RLN.XYZ", "Reliance of nowhere"),
    ]
    return [row for row in rows if words.lower() in row["2. name"].lower()]
