"""Keeps secrets out of messages and logs.

A vendor may echo our key in its own words, and an HTTP library may log the address it called, key included. Whoever
holds a secret says ``remember`` once; every message built from foreign text goes through ``redact``, and the loggers of
the libraries we call through are filtered.
"""

import logging
import re
import threading
from urllib.parse import quote

HIDDEN = "[hidden]"

_MIN_LITERAL = 4
_PATTERNS = (
    re.compile(r"(?i)\b((?:api_?key|access_?token|token|crumb|secret|password|signature)=)[^&\s\"'<>]+"),
    re.compile(r"(?i)(\bapi key as )[^\s\"',;]+"),
    re.compile(r"(?i)(\bauthorization:? *(?:bearer|basic|token) )[^\s\"',;]+"),
)
_LIBRARIES = (
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "yfinance",
    "curl_cffi",
)

_lock = threading.Lock()
_secrets: set[str] = set()


def remember(secret: str | None) -> None:
    """Hide ``secret`` (and its URL-quoted form) from now on. Blank and None are ignored.

    Secrets shorter than four characters are hidden only where they stand as a named parameter (``apikey=ab``):
    hiding every "ab" would ruin the text and so reveal it.
    """
    if secret is None or len(secret.strip()) < _MIN_LITERAL:
        return
    with _lock:
        _secrets.update({secret.strip(), quote(secret.strip(), safe="")})
    _guard_logs()


def redact(text: str) -> str:
    """``text`` with every remembered secret, and everything that looks like a named one, replaced."""
    with _lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(lambda found: found.group(1) + HIDDEN, text)
    return text


class RedactingFilter(logging.Filter):
    """Rewrites a record's message and traceback before any handler sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact ``record`` in place; always lets it pass."""
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


_FILTER = RedactingFilter()


def _guard_logs() -> None:
    # A filter on a logger sees only records made on that very logger, so each library's own loggers are named.
    for name in _LIBRARIES:
        logging.getLogger(name).addFilter(_FILTER)
