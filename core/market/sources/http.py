"""The one way to call a vendor over HTTP: bounded in time and size, with no secret in what it raises.

``Caller`` is for sources that speak plain HTTP; Yahoo needs a browser's TLS and so brings its own session
(``core.market.sources.yahoo.session``), with the limits and the JSON reading of this module.
"""

import json
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpcore
import httpx

from core import __version__, clock
from core.market.errors import SourceError, ThrottledUntil, Unavailable
from core.market.redaction import redact
from core.market.sources.untrusted import text

MAX_BODY = 32 * 1024 * 1024
LONGEST_PAUSE = timedelta(days=1)

_deadline: ContextVar[float | None] = ContextVar("http_deadline", default=None)


class _OutOfTime(httpcore.ReadTimeout):
    """The whole call took too long, however lively the connection was."""


def _left(timeout: float | None) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise _OutOfTime("deadline passed")
    return left if timeout is None else min(left, timeout)


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every read and write ends by the caller's deadline.

    httpx's own timeouts start anew with each byte, so a vendor sending one byte a second would hold us for hours.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout=_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout=_left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, timeout=_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _BoundedBackend(httpcore.NetworkBackend):
    """Opens connections as httpcore does and bounds them."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _BoundedStream(self._inner.connect_tcp(host, port, _left(timeout), local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Caller:
    """Calls one vendor. Thread-safe; ``timeout`` (seconds) bounds a whole call, ``max_body`` (bytes) its answer."""

    def __init__(self, source: str, base_url: str, *, timeout: float, max_body: int = MAX_BODY) -> None:
        self.source, self.base_url, self.timeout, self._max_body = source, base_url.rstrip("/"), timeout, max_body
        transport = httpx.HTTPTransport(limits=httpx.Limits(max_connections=8, max_keepalive_connections=2))
        # HTTPTransport has no argument for the network backend; the pool it makes does.
        transport._pool._network_backend = _BoundedBackend()
        self._client = httpx.Client(
            transport=transport,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": f"kubera/{__version__}", "Accept": "application/json"},
        )

    def __enter__(self) -> "Caller":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections."""
        self._client.close()

    def get(self, path: str, params: Mapping[str, str]) -> Reply:
        """The answer to ``GET base_url + path``.

        Raises Unavailable on refused or broken connections, when time runs out and when the answer is too large.
        The error is raised outside the handler, so that no chained exception carries the address with its key.
        """
        failure: SourceError
        token = _deadline.set(time.monotonic() + self.timeout)
        try:
            return self._read(path, params)
        except SourceError as error:
            failure = error
        except httpx.TimeoutException:
            failure = timed_out(self.source, self.timeout)
        except httpx.InvalidURL:
            failure = Unavailable(self.source, "its configured address is not a URL. Correct its *_BASE_URL.")
        except (httpx.HTTPError, OSError) as error:
            failure = Unavailable(self.source, broken(error))
        finally:
            _deadline.reset(token)
        raise failure

    def _read(self, path: str, params: Mapping[str, str]) -> Reply:
        with self._client.stream("GET", self.base_url + path, params=dict(params)) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > self._max_body:
                    raise too_large(self.source, self._max_body)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, headers, bytes(body))


def timed_out(source: str, timeout: float) -> Unavailable:
    """The error for an answer that did not come in time."""
    return Unavailable(source, f"no complete answer within {timeout:g} s. It will be asked again later.")


def too_large(source: str, limit: int) -> Unavailable:
    """The error for an answer longer than we are ready to read."""
    return Unavailable(source, f"the answer is larger than {limit // 1_048_576} MB and was cut off.")


def broken(error: BaseException) -> str:
    """What happened to a connection, in a redacted line that names the kind of failure."""
    detail = text(redact(str(error)), 160)
    return f"the connection failed ({type(error).__name__}{': ' + detail if detail else ''})."


def read_json(source: str, body: bytes) -> Any:
    """The JSON in ``body``. Raises Unavailable for a web page, cut-off or otherwise unreadable JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    start = body[:512].lstrip().lower()
    if not start:
        raise Unavailable(source, "the answer is empty where JSON was expected.")
    if start.startswith(b"<"):
        raise Unavailable(source, "answered with a web page (consent, block or maintenance) in place of data.")
    raise Unavailable(source, "the answer is not readable JSON (cut off or damaged).")


def pause_until(retry_after: str | None, otherwise: timedelta) -> datetime:
    """When to ask again, from a Retry-After header (seconds or an HTTP date): later than now, at most a day ahead."""
    now = clock.now()
    pause = otherwise
    if retry_after is not None:
        words = retry_after.strip()
        if words.isascii() and words.isdigit() and len(words) < 9:
            pause = timedelta(seconds=int(words))
        else:
            try:
                when = parsedate_to_datetime(words)
            except ValueError:
                when = None
            if when is not None:
                pause = (when if when.tzinfo else when.replace(tzinfo=UTC)) - now
    return now + min(max(pause, timedelta(seconds=1)), LONGEST_PAUSE)


def refuse_status(source: str, reply: Reply, *, pause: timedelta) -> None:
    """Raise ThrottledUntil for 429 and Unavailable for every other status that is not a success."""
    if reply.status == 429:
        raise ThrottledUntil(source, pause_until(reply.headers.get("retry-after"), pause))
    if not 200 <= reply.status < 300:
        raise Unavailable(source, f"answered with HTTP {reply.status}. It will be asked again later.")
