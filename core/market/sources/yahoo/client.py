"""One question to Yahoo, answered with JSON or with one error of ours."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.market.errors import CredentialsExpired, SourceError, ThrottledUntil, Unavailable
from core.market.redaction import redact
from core.market.sources.http import MAX_BODY, broken, pause_until, read_json, timed_out, too_large
from core.market.sources.untrusted import mapping, text
from core.market.sources.yahoo.calls import NAME, Call, Failed

# Yahoo names no time with its 429; shorter pauses than this were seen to prolong the ban.
PAUSE = timedelta(minutes=5)


class Client:
    """Asks Yahoo through yfinance's conversation. Thread-safe; connects at the first question."""

    def __init__(self, base_url: str | None, timeout: float, cache_dir: Path, *, max_body: int = MAX_BODY) -> None:
        self._base_url, self._timeout, self._cache_dir, self._max_body = base_url, timeout, cache_dir, max_body
        self._lock = threading.Lock()
        self._open: tuple[Any, Any] | None = None

    def _connected(self) -> tuple[Any, Any]:
        with self._lock:
            if self._open is None:
                import yfinance

                from core.market.sources.yahoo.session import YahooSession, converse

                # Nothing of ours uses that cache, but without this yfinance would write into the home directory.
                yfinance.set_tz_cache_location(str(self._cache_dir / "yfinance"))
                session = YahooSession(self._base_url, max_body=self._max_body)
                self._open = (session, converse(session))
            return self._open

    def warm(self) -> None:
        """Import yfinance and make the session without asking anybody."""
        self._connected()

    @property
    def requests_made(self) -> int:
        """HTTP requests of the present session, cookies and crumbs included."""
        with self._lock:
            return int(self._open[0].requests_made) if self._open is not None else 0

    def close(self) -> None:
        """Close the idle connections; the next question opens new ones."""
        with self._lock:
            if self._open is not None:
                self._open[0].close()
                self._open = None

    def ask(self, calls: tuple[Call, ...], *, seconds: float | None = None) -> tuple[Any, ...]:
        """The JSON answers to ``calls``, one each, all within ``seconds`` (default: the timeout, and half as much
        again for each further call).

        Raises ThrottledUntil, CredentialsExpired and Unavailable. A call that names another to ask in its place is
        replaced by it when Yahoo refuses our credentials.
        """
        bound = self._timeout * (1 + 0.5 * (len(calls) - 1)) if seconds is None else seconds
        session, conversation = self._connected()
        with session.operation(bound):
            return tuple(self._answer(session, conversation, call, bound) for call in calls)

    def _answer(self, session: Any, conversation: Any, call: Call, seconds: float) -> Any:
        try:
            return self._ask(session, conversation, call, seconds)
        except (CredentialsExpired, Unavailable) as error:
            if call.optional:
                return Failed(str(error))
            if call.instead is None or isinstance(error, Unavailable):
                raise
        return self._ask(session, conversation, call.instead, seconds)

    def _ask(self, session: Any, conversation: Any, call: Call, seconds: float) -> Any:
        from curl_cffi.requests.exceptions import RequestException, Timeout
        from yfinance.exceptions import YFException, YFRateLimitError

        from core.market.sources.yahoo.session import ForeignHost, Late, Refused, TooLarge

        failure: SourceError
        response: Any = None
        try:
            if call.body is None:
                response = conversation.get(call.url, params=dict(call.params), timeout=seconds)
            else:
                response = conversation.post(call.url, params=dict(call.params), body=call.body, timeout=seconds)
        except Refused as refused:
            response = refused.response
        except (Late, Timeout):
            failure = timed_out(NAME, seconds)
        except TooLarge:
            failure = too_large(NAME, self._max_body)
        except YFRateLimitError:
            failure = ThrottledUntil(NAME, pause_until(None, PAUSE))
        except ForeignHost as error:
            failure = Unavailable(NAME, f"it sent us to another host ({text(str(error), 80)}); not followed.")
        except (RequestException, YFException, OSError) as error:
            failure = Unavailable(NAME, broken(error))
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            # yfinance reads Yahoo's consent page by its form fields and trips over any other page.
            failure = Unavailable(NAME, f"its consent page could not be read ({type(error).__name__}).")
        if response is None:
            raise failure
        return self._read(session, response)

    def _read(self, session: Any, response: Any) -> Any:
        status = int(response.status_code)
        if status == 429:
            raise ThrottledUntil(NAME, pause_until(response.headers.get("retry-after"), PAUSE))
        if status in {401, 403}:
            if session.crumb_throttled:
                raise ThrottledUntil(NAME, pause_until(None, PAUSE), "too many requests for a session")
            raise CredentialsExpired(NAME, f"refused our session ({_reason(response.content) or f'HTTP {status}'}).")
        if status >= 500:
            raise Unavailable(NAME, f"answered with HTTP {status}. It will be asked again later.")
        if status >= 400:
            # Yahoo explains itself in JSON (unknown symbol, impossible range); parsing turns that into words.
            answer = read_json(NAME, response.content)
            if not isinstance(answer, dict):
                raise Unavailable(NAME, f"answered with HTTP {status}. It will be asked again later.")
            return answer
        if b"Will be right back" in response.content[:4096]:
            raise Unavailable(NAME, "is down for maintenance, it says. It will be asked again later.")
        return read_json(NAME, response.content)


def _reason(body: bytes) -> str | None:
    """The description in an error answer, redacted and short; None when there is none."""
    try:
        answer = read_json(NAME, body[:4096])
    except Unavailable:
        return None
    for part in mapping(answer).values():
        found = text(mapping(mapping(part).get("error")).get("description"), 120)
        if found:
            return redact(found)
    return None
