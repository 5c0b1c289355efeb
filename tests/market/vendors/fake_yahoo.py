"""A Yahoo on the loopback that yfinance's real code talks to over a real socket.

    with FakeYahoo() as yahoo:
        source = Yahoo(yahoo.url, timeout=2.0, cache_dir=tmp_path)
        yahoo.fail("chart", Fault.THROTTLED)          # from now on; times=1 for the next request only
        yahoo.count("chart")                          # how many such requests came in

It knows ``LISTINGS`` (RELIANCE.NS, TCS.NS, AAPL, BTC-USD, ^NSEI, ...) and whatever ``add`` gives it, refuses what Yahoo
refuses (no crumb, unknown symbols) and answers as of ``now``: the project's clock unless told otherwise (give
``lambda: datetime.now(UTC)`` when the app under test runs in another process).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from core import clock
from tests.market.vendors import yahoo_payloads as payloads
from tests.market.vendors.loopback_vendor import Answer, FakeVendor, Fault, as_json
from tests.market.vendors.yahoo_payloads import LISTINGS, Listing

__all__ = ["FakeYahoo", "Fault", "Listing"]

CRUMB = "a1b2.c3d4"
ROUTES = {
    "cookie": "fc.yahoo.com",
    "consent": "guce.yahoo.com",
    "crumb": "/v1/test/getcrumb",
    "chart": "/v8/finance/chart/",
    "quote": "/v7/finance/quote",
    "summary": "/v10/finance/quoteSummary/",
    "statements": "/ws/fundamentals-timeseries/",
    "search": "/v1/finance/search",
    "screener": "/v1/finance/screener",
    "trending": "/v1/finance/trending/",
    "calendar": "/v1/finance/visualization",
    "news": "/xhr/ncp",
}


_INVALID_CRUMB = {"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}
_CONSENT = (
    b'<html><form method="post"><input name="csrfToken" value="t"><input name="sessionId" value="s"></form></html>'
)


class FakeYahoo(FakeVendor):
    """See the module. ``now`` tells when the server thinks it is."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        super().__init__()
        self.now = now
        self.listings = {one.symbol: one for one in LISTINGS}
        self.asked: list[dict[str, str]] = []

    def add(self, *listings: Listing) -> None:
        """Know these symbols too, or know them otherwise."""
        self.listings.update((one.symbol, one) for one in listings)

    def route(self, path: str, query: dict[str, str]) -> str:
        """A key of ROUTES."""
        self.asked.append(query)
        return next((name for name, piece in ROUTES.items() if piece in path), "other")

    def answer(self, route: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        now, last = self.now(), path.rsplit("/", 1)[-1]
        listing = self.listings.get(last)
        everything = list(self.listings.values())
        match route:
            case "cookie":
                return Answer(404, b"", headers={"Set-Cookie": "A3=d=x; Path=/; Max-Age=31536000"})
            case "consent":
                return Answer(200, _CONSENT, "text/html")
            case "crumb":
                return Answer(200, CRUMB.encode(), "text/plain")
            case "chart":
                if listing is None:
                    return as_json(payloads.not_found("chart"), 404)
                return as_json(_chart(listing, query, now))
            case "statements":
                return as_json(payloads.statements(listing, query["type"].split(",")) if listing else _no_statements())
            case "search":
                quotes, news = int(query.get("quotesCount", 8)), int(query.get("newsCount", 0))
                return as_json(payloads.search(everything, query.get("q", ""), quotes, news, now))
            case "trending":
                rows = [{"symbol": one.symbol} for one in everything[: int(query.get("count", 10))]]
                return as_json({"finance": {"result": [{"count": len(rows), "quotes": rows}], "error": None}})
            case "news":
                asked = self.listings.get(body["serviceConfig"]["s"][0])
                count = body["serviceConfig"]["snippetCount"]
                return as_json(payloads.stream(asked, count, now) if asked else {"data": {}, "status": "OK"})
        if query.get("crumb") != CRUMB:
            return as_json(_INVALID_CRUMB, 401)
        match route:
            case "quote":
                asked_for = [self.listings[one] for one in query["symbols"].split(",") if one in self.listings]
                rows = [payloads.quote(one, now) for one in asked_for]
                return as_json({"quoteResponse": {"result": rows, "error": None}})
            case "summary":
                if listing is None:
                    return as_json(payloads.not_found("quoteSummary", f"Quote not found for symbol: {last}"), 404)
                return as_json(payloads.summary(listing, query["modules"].split(","), now))
            case "screener":
                return as_json(_screen(everything, body, now))
            case "calendar":
                ticker = _operand(body["query"], "ticker")
                known = [one for one in everything if one.symbol == ticker] if ticker else everything
                return as_json(payloads.announcements(known, now))
        return Answer(404, b"no such page", "text/plain")

    def lie(self, route: str, value: Any, fault: Fault) -> Answer:
        """Yahoo's own refusals, and charts that are well formed and wrong."""
        match fault:
            case Fault.UNAUTHORIZED:
                return as_json(_INVALID_CRUMB, 401)
            case Fault.NOT_FOUND:
                return as_json(payloads.not_found("quoteSummary" if route == "summary" else "chart"), 404)
            case Fault.EMPTY:
                return as_json({"chart": {"result": [], "error": None}})
        return _lie(value, fault)


def _chart(listing: Listing, query: dict[str, str], now: datetime) -> dict[str, Any]:
    interval = query.get("interval", "1d")
    if "range" in query:
        return payloads.chart(listing, now - timedelta(days=1), now, interval, now)
    # Before 1970 and after 2100 is more than the platform's calendar needs; Yahoo cuts to what it has.
    start = datetime.fromtimestamp(max(int(query["period1"]), 0), tz=UTC)
    end = datetime.fromtimestamp(min(int(query["period2"]), 4_102_444_800), tz=UTC)
    return payloads.chart(listing, start, end, interval, now)


def _no_statements() -> dict[str, Any]:
    return {"timeseries": {"result": [], "error": None}}


def _screen(listings: list[Listing], body: dict[str, Any], now: datetime) -> dict[str, Any]:
    sector, exchange = _operand(body["query"], "sector"), _operand(body["query"], "exchange")
    fit = [one for one in listings if one.kind == "EQUITY" and exchange in {None, one.exchange}]
    rows = [payloads.quote(one, now) for one in fit if sector in {None, one.sector}][: body["size"]]
    return {"finance": {"result": [{"start": 0, "count": len(rows), "quotes": rows}], "error": None}}


def _operand(query: dict[str, Any], name: str) -> str | None:
    operands = query["operands"]
    if operands and operands[0] == name:
        return str(operands[1])
    found = (_operand(one, name) for one in operands if isinstance(one, dict))
    return next((one for one in found if one is not None), None)


def _lie(value: dict[str, Any], fault: Fault) -> Answer:
    result = value["chart"]["result"][0]
    quote = result["indicators"]["quote"][0]
    match fault:
        case Fault.OTHER_SYMBOL:
            result["meta"]["symbol"] = "TSLA"
        case Fault.NEGATIVE_TIMES:
            result["timestamp"][0] = -99_999_999_999
        case Fault.UNEVEN:
            quote["close"].pop()
        case Fault.NULLS:
            for values in quote.values():
                values[1] = None
        case Fault.TEXT_FOR_NUMBERS:
            quote["close"][0] = "<b>12</b>"
            quote["volume"][0] = {"raw": 1}
        case Fault.OTHER_INTERVAL:
            result["meta"]["dataGranularity"] = "1mo"
        case Fault.WRONG_SHAPES:
            result.update(meta=["not", "an", "object"], timestamp={"a": 1})
    return as_json(value)
