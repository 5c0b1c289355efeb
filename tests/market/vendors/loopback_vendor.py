"""A vendor on the loopback that goes wrong on request: what the vendors' stand-ins share.

Real sockets, so that resets, hanging and slow connections are the real thing.
"""

import contextlib
import gzip
import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit


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
    NOT_AN_OBJECT = auto()
    DEEP = auto()
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


@dataclass(frozen=True)
class Answer:
    """What the server sends."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200) -> Answer:
    """``value`` as a JSON answer."""
    return Answer(status, json.dumps(value).encode())


@dataclass
class _Planned:
    fault: Fault
    times: int | None


class FakeVendor:
    """Serves on 127.0.0.1 between ``start`` and ``stop``; counts requests by route and breaks them on request."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.released = threading.Event()
        self._faults: dict[str, _Planned] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def route(self, path: str, query: dict[str, str]) -> str:
        """The name under which a request is counted and broken."""
        raise NotImplementedError

    def answer(self, route: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        """The answer of a vendor in good health."""
        raise NotImplementedError

    def lie(self, route: str, value: Any, fault: Fault) -> Answer:
        """A well-formed answer with wrong contents."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The base address."""
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

    def fail(self, route: str, fault: Fault, times: int | None = None) -> None:
        """Let requests of a route ("*" for all) go wrong: always, or the next ``times``."""
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

    def __init__(self, address: tuple[str, int], vendor: FakeVendor) -> None:
        self.vendor = vendor
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # headers and body in one packet: two would wait for the client's delayed acknowledgement
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Stay silent: the vendor's ``requests`` are the record."""

    def do_GET(self) -> None:
        self.do_POST()  # yfinance sends a body with one of its GETs

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length)
        self._serve(json.loads(sent) if sent[:1] == b"{" else {})

    def _serve(self, body: dict[str, Any]) -> None:
        vendor, parts = self.server.vendor, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path)
        route = vendor.route(path, query)
        fault = vendor.note(route)
        if fault is not None and self._broken(fault):
            return
        answer = vendor.answer(route, path, query, body)
        self._send(_twisted(vendor, route, answer, fault) if fault else answer)

    def _send(self, answer: Answer) -> None:
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
        released = self.server.vendor.released
        if fault is Fault.HANG:
            released.wait(30)
            self.close_connection = True
            return True
        if fault is Fault.DRIP:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Slow: ")
            for _ in range(300):
                self.wfile.write(b"x")
                self.wfile.flush()
                if released.wait(0.1):
                    break
            self.close_connection = True
            return True
        if fault is Fault.RESET:
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"a"')
            self.wfile.flush()
            # Linger 0: closing sends a reset in place of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RD)
            self.rfile.close()
            self.connection.close()
            self.close_connection = True
            return True
        return False


def _twisted(vendor: FakeVendor, route: str, answer: Answer, fault: Fault) -> Answer:
    match fault:
        case Fault.THROTTLED:
            return Answer(429, b"Too Many Requests\r\n", "text/plain")
        case Fault.THROTTLED_WITH_TIME:
            return Answer(429, b"Too Many Requests\r\n", "text/plain", {"Retry-After": "90"})
        case Fault.SERVER_ERROR:
            return Answer(503, b"<html>Service Unavailable</html>", "text/html")
        case Fault.NOTHING:
            return Answer(200, b"")
        case Fault.MALFORMED:
            return Answer(200, b'{"chart": {"result": [}}')
        case Fault.TRUNCATED:
            return Answer(200, answer.body[: len(answer.body) // 2])
        case Fault.NOT_AN_OBJECT:
            return Answer(200, b'["not", "an", "object"]')
        case Fault.DEEP:
            return Answer(200, b"[" * 200_000)
        case Fault.HTML:
            return Answer(200, b"<!doctype html><html><body>Before you continue</body></html>", "text/html")
        case Fault.REDIRECT:
            return Answer(302, b"", headers={"Location": "file:///etc/hostname"})
        case Fault.HUGE:
            return Answer(200, b'{"pad": "' + b"x" * (40 * 1024 * 1024) + b'"}')
        case Fault.BOMB:
            return Answer(200, gzip.compress(b" " * (64 * 1024 * 1024)), headers={"Content-Encoding": "gzip"})
    return vendor.lie(route, json.loads(answer.body), fault)
