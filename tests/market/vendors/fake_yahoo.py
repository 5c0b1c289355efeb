"""A Yahoo on the loopback that yfinance's real code talks to over a real socket.

    with FakeYahoo() as yahoo:
        source = Yahoo(yahoo.url, timeout=2.0, cache_dir=tmp_path)
        yahoo.fail("chart", Fault.THROTTLED)          # from now on; times=1 for the next request only
        yahoo.count("chart")                          # how many such requests came in

It knows ``LISTINGS`` (RELIANCE.NS, TCS.NS, AAPL, BTC-USD, ^NSEI, ...) and whatever ``add`` gives it, refuses what Yahoo
refuses (no crumb, unknown symbols) and answers as of ``now`` (the wall clock unless told).
"""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.market.vendors import yahoo_payloads as payloads
from tests.market.vendors.yahoo_payloads import LISTINGS, Listing

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


class Fault(Enum):
    """How a request goes wrong."""

    THROTTLED = auto()
    THROTTLED_WITH_TIME = auto()
    UNAUTHORIZED = auto()
    NOT_FOUND = auto()
    SERVER_ERROR = auto()
    EMPTY = auto()
    NOTHING = auto()
    MALFORMED = auto()
    TRUNCATED = auto()
    HTML = auto()
    REDIRECT = auto()
    HANG = auto()
    DRIP = auto()
    RESET = auto()
    HUGE = auto()
    BOMB = auto()
    # lies: well-formed answers with wrong contents
    OTHER_SYMBOL = auto()
    NEGATIVE_TIMES = auto()
    UNEVEN = auto()
    NULLS = auto()
    TEXT_FOR_NUMBERS = auto()
    OTHER_INTERVAL = auto()
    WRONG_SHAPES = auto()


@dataclass
class _Planned:
    fault: Fault
    times: int | None


@dataclass
class FakeYahoo:
    """See the module. ``now`` is when the server thinks it is; ``huge`` is the size of a HUGE answer in bytes."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    huge: int = 3 * 1024 * 1024

    def __post_init__(self) -> None:
        self.listings = {one.symbol: one for one in LISTINGS}
        self.requests: list[str] = []
        self._faults: dict[str, _Planned] = {}
        self._lock = threading.Lock()
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """The base address for YAHOO_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Serve in the background until ``stop``."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Let go of hanging requests and end."""
        self.released.set()
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def add(self, *listings: Listing) -> None:
        """Know these symbols too, or know them otherwise."""
        self.listings.update((one.symbol, one) for one in listings)

    def fail(self, route: str, fault: Fault, times: int | None = None) -> None:
        """Let requests of a route (a key of ROUTES, or "*") go wrong: always, or the next ``times``."""
        with self._lock:
            self._faults[route] = _Planned(fault, times)

    def heal(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()

    def count(self, route: str) -> int:
        """How many requests of a route came in."""
        with self._lock:
            return self.requests.count(route)

    def note(self, route: str) -> Fault | None:
        """Count a request and take its fault, if one is planned."""
        with self._lock:
            self.requests.append(route)
            key = route if route in self._faults else "*"
            planned = self._faults.get(key)
            if planned is None:
                return None
            if planned.times is not None:
                planned.times -= 1
                if planned.times <= 0:
                    del self._faults[key]
            return planned.fault


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], fake: FakeYahoo) -> None:
        self.fake = fake
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what some tests are about."""


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def _json(value: Any, status: int = 200) -> _Answer:
    return _Answer(status, json.dumps(value).encode())


_PAGE = _Answer(200, b"<!doctype html><html><body>Before you continue to Yahoo</body></html>", "text/html")
_INVALID_CRUMB = {"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}
_CONSENT = (
    b'<html><form method="post"><input name="csrfToken" value="t"><input name="sessionId" value="s"></form></html>'
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # headers and body in one packet: two would wait for the client's delayed acknowledgement
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Stay silent: `requests` of the fake is the record."""

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        self._serve(json.loads(sent) if sent[:1] == b"{" else {})

    def _serve(self, body: dict[str, Any] | None) -> None:
        parts = urlsplit(self.path)
        route = next((name for name, piece in ROUTES.items() if piece in parts.path), "other")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        fault = self.server.fake.note(route)
        if fault is not None and self._broken(fault):
            return
        answer = self._answer(route, unquote(parts.path), query, body or {})
        self._send(_twisted(answer, fault, route) if fault else answer)

    def _send(self, answer: _Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def _broken(self, fault: Fault) -> bool:
        """Faults of the connection itself; True when the request is dealt with."""
        fake = self.server.fake
        if fault is Fault.HANG:
            fake.released.wait(30)
            self.close_connection = True
            return True
        if fault is Fault.DRIP:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Slow: ")
            for _ in range(300):
                if fake.released.wait(0.1):
                    break
                self.wfile.write(b"x")
                self.wfile.flush()
            self.close_connection = True
            return True
        if fault is Fault.RESET:
            self.wfile.write(
                b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"chart"'
            )
            self.wfile.flush()
            # Linger 0: closing sends a reset in place of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RD)
            self.connection.close()
            self.close_connection = True
            return True
        return False

    def _answer(self, route: str, path: str, query: dict[str, str], body: dict[str, Any]) -> _Answer:
        fake = self.server.fake
        now, last = fake.now(), path.rsplit("/", 1)[-1]
        listing = fake.listings.get(last)
        everything = list(fake.listings.values())
        match route:
            case "cookie":
                return _Answer(404, b"", headers={"Set-Cookie": "A3=d=x; Path=/; Max-Age=31536000"})
            case "consent":
                return _Answer(200, _CONSENT, "text/html")
            case "crumb":
                return _Answer(200, CRUMB.encode(), "text/plain")
            case "chart":
                if listing is None:
                    return _json(payloads.not_found("chart"), 404)
                return _json(_chart(listing, query, now))
            case "statements":
                return _json(payloads.statements(listing, query["type"].split(",")) if listing else _no_statements())
            case "search":
                quotes, news = int(query.get("quotesCount", 8)), int(query.get("newsCount", 0))
                return _json(payloads.search(everything, query.get("q", ""), quotes, news, now))
            case "trending":
                rows = [{"symbol": one.symbol} for one in everything[: int(query.get("count", 10))]]
                return _json({"finance": {"result": [{"count": len(rows), "quotes": rows}], "error": None}})
            case "news":
                asked = fake.listings.get(body["serviceConfig"]["s"][0])
                count = body["serviceConfig"]["snippetCount"]
                return _json(payloads.stream(asked, count, now) if asked else {"data": {}, "status": "OK"})
        if query.get("crumb") != CRUMB:
            return _json(_INVALID_CRUMB, 401)
        match route:
            case "quote":
                asked_for = [fake.listings[one] for one in query["symbols"].split(",") if one in fake.listings]
                rows = [payloads.quote(one, now) for one in asked_for]
                return _json({"quoteResponse": {"result": rows, "error": None}})
            case "summary":
                if listing is None:
                    return _json(payloads.not_found("quoteSummary", f"Quote not found for symbol: {last}"), 404)
                return _json(payloads.summary(listing, query["modules"].split(","), now))
            case "screener":
                return _json(_screen(everything, body, now))
            case "calendar":
                ticker = _operand(body["query"], "ticker")
                known = [one for one in everything if one.symbol == ticker] if ticker else everything
                return _json(payloads.announcements(known, now))
        return _Answer(404, b"no such page", "text/plain")


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


def _twisted(answer: _Answer, fault: Fault, route: str) -> _Answer:
    match fault:
        case Fault.THROTTLED:
            return _Answer(429, b"Too Many Requests\r\n", "text/plain")
        case Fault.THROTTLED_WITH_TIME:
            return _Answer(429, b"Too Many Requests\r\n", "text/plain", {"Retry-After": "90"})
        case Fault.UNAUTHORIZED:
            return _json(_INVALID_CRUMB, 401)
        case Fault.NOT_FOUND:
            return _json(payloads.not_found("quoteSummary" if route == "summary" else "chart"), 404)
        case Fault.SERVER_ERROR:
            return _Answer(503, b"<html>Service Unavailable</html>", "text/html")
        case Fault.EMPTY:
            return _json({"chart": {"result": [], "error": None}})
        case Fault.NOTHING:
            return _Answer(200, b"")
        case Fault.MALFORMED:
            return _Answer(200, b'{"chart": {"result": [}}')
        case Fault.TRUNCATED:
            return _Answer(200, answer.body[: len(answer.body) // 2])
        case Fault.HTML:
            return _PAGE
        case Fault.REDIRECT:
            return _Answer(302, b"", headers={"Location": "file:///etc/hostname"})
        case Fault.HUGE:
            return _Answer(200, b'{"pad": "' + b"x" * (3 * 1024 * 1024) + b'"}')
        case Fault.BOMB:
            import gzip

            return _Answer(200, gzip.compress(b" " * (64 * 1024 * 1024)), headers={"Content-Encoding": "gzip"})
    return _lie(json.loads(answer.body), fault)


def _lie(value: dict[str, Any], fault: Fault) -> _Answer:
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
    return _json(value)
