"""Yahoo's conversation: yfinance's cookies, crumbs and consent over a bounded, redirectable browser session.

yfinance keeps one such conversation a process and hard-codes Yahoo's hosts. Here each ``Yahoo`` has its own, and its
session sends ``https://HOST/path`` of Yahoo to ``BASE/HOST/path`` when a base address is given. Importing this module
imports yfinance (about a second), so it happens at the first call.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from curl_cffi import CurlOpt, requests
from curl_cffi.curl import CURL_WRITEFUNC_ERROR
from yfinance.data import YfData
from yfinance.exceptions import YFRateLimitError

from core.market.sources.addresses import is_loopback

_COOKIE_HOSTS = ("fc.yahoo.com", "guce.yahoo.com", "consent.yahoo.com")
_CRUMB_PATH = "/v1/test/getcrumb"
_SESSION_SHARE = 0.25
_SESSION_LONGEST_S = 3.0
# A host that failed is left out for this many times the seconds it was given: at most five minutes for a cookie,
# half a minute for a crumb, without which there is no company data.
_COOKIE_REST, _CRUMB_REST = 100.0, 10.0


class Late(Exception):
    """No time is left for another request of this operation."""


class TooLarge(Exception):
    """The answer exceeds the cap."""


class Refused(Exception):
    """A final answer with an error status; carried out of yfinance before it repeats the request seven times."""

    def __init__(self, response: Any) -> None:
        self.response = response
        super().__init__(f"HTTP {response.status_code}")


class ForeignHost(Exception):
    """A request for a host that is not Yahoo's."""


class _Operation(threading.local):
    deadline: float | None = None
    crumb_throttled: bool = False


class YahooSession(requests.Session):  # type: ignore[misc,unused-ignore]
    """A curl_cffi session with Chrome's TLS that is bounded in time and size. Thread-safe.

    Requests are allowed inside ``operation`` only. Fetching cookies and crumbs may take a quarter of the time each;
    after a failure they are left out for a while, since bars need neither and a blocked cookie host would otherwise
    slow down every call.
    """

    def __init__(self, base_url: str | None, *, max_body: int) -> None:
        super().__init__(
            impersonate="chrome",
            trust_env=not is_loopback(base_url),
            max_redirects=5,
            curl_options={CurlOpt.PROTOCOLS_STR: b"http,https", CurlOpt.REDIR_PROTOCOLS_STR: b"http,https"},
        )
        self._base = base_url.rstrip("/") if base_url else None
        self._max_body = max_body
        self._now = _Operation()
        self._resting: dict[str, float] = {}
        self._count_lock = threading.Lock()
        self.requests_made = 0

    @contextmanager
    def operation(self, seconds: float) -> Iterator[None]:
        """Bound everything this thread asks inside the block to ``seconds`` in all."""
        self._now.deadline, self._now.crumb_throttled = time.monotonic() + seconds, False
        try:
            yield
        finally:
            self._now.deadline = None

    @property
    def crumb_throttled(self) -> bool:
        """Whether the crumb was refused for too many requests during this thread's operation."""
        return self._now.crumb_throttled

    def request(self, method: str, url: str, **options: Any) -> Any:
        """One request, rewritten and bounded. Error statuses of data addresses are raised as ``Refused``."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host != "yahoo.com" and not host.endswith(".yahoo.com"):
            raise ForeignHost(host)
        deadline = self._now.deadline
        left = 0.0 if deadline is None else deadline - time.monotonic()
        if left <= 0:
            raise Late
        address = url if self._base is None else f"{self._base}/{url.split('://', 1)[1]}"
        if host in _COOKIE_HOSTS or parts.path == _CRUMB_PATH:
            return self._session_part(method, host, address, min(left * _SESSION_SHARE, _SESSION_LONGEST_S), options)
        response = self._bounded(method, address, left, options)
        # 401 and 403 go back to yfinance, which then renews cookie and crumb and asks once more.
        if response.status_code >= 400 and response.status_code not in {401, 403}:
            raise Refused(response)
        return response

    def _session_part(self, method: str, host: str, address: str, seconds: float, options: dict[str, Any]) -> Any:
        if self._resting.get(host, 0.0) > time.monotonic():
            raise requests.exceptions.ConnectionError(f"{host} failed a moment ago and is left out for now")
        try:
            response = self._bounded(method, address, seconds, options)
        except requests.exceptions.RequestException:
            rest = _COOKIE_REST if host in _COOKIE_HOSTS else _CRUMB_REST
            self._resting[host] = time.monotonic() + rest * seconds
            raise
        if address.split("?", 1)[0].endswith(_CRUMB_PATH):
            if response.status_code == 429:
                self._now.crumb_throttled = True
                # Raised here, since yfinance would keep the words of the refusal as its crumb.
                raise YFRateLimitError
            if response.status_code >= 400:
                raise requests.exceptions.ConnectionError(f"no crumb: HTTP {response.status_code}")
        return response

    def _bounded(self, method: str, address: str, seconds: float, options: dict[str, Any]) -> Any:
        body = bytearray()
        overflow = False

        def collect(chunk: bytes) -> int:
            nonlocal overflow
            if len(body) + len(chunk) > self._max_body:
                overflow = True
                return int(CURL_WRITEFUNC_ERROR)
            body.extend(chunk)
            return len(chunk)

        with self._count_lock:
            self.requests_made += 1
        bounded = {**options, "timeout": max(seconds, 0.001), "content_callback": collect}
        try:
            response = super().request(method, address, **bounded)
        except requests.exceptions.RequestException:
            if overflow:
                raise TooLarge from None
            raise
        response.content = bytes(body)
        return response


class Conversation(YfData):  # type: ignore[misc,unused-ignore]
    """yfinance's cookie and crumb handling, one a ``Yahoo`` instead of one a process, its cookies in memory only."""

    def _load_cookie_curlCffi(self) -> bool:  # noqa: N802 - yfinance's name
        return False

    def _save_cookie_curlCffi(self) -> bool:  # noqa: N802 - yfinance's name
        # The session's jar holds the cookie itself; this mark keeps yfinance from fetching it before each request.
        self._cookie = True
        return True


def converse(session: YahooSession) -> Any:
    """A conversation of its own over ``session``; the metaclass's singleton is passed by on purpose."""
    return type.__call__(Conversation, session)
