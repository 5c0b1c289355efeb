"""One log: on standard error, in UTC, without secrets."""

from __future__ import annotations

import logging
import sys
import time
from urllib.parse import unquote, urlsplit

from core.market.redaction import RedactingFilter, remember
from core.settings import Settings

OURS = ("core", "db", "procrastinate")
"""Loggers whose level the setting KUBERA_LOG_LEVEL decides."""

_FORMAT = "%(asctime)sZ %(levelname)s %(name)s: %(message)s"


def set_up_logging(settings: Settings) -> None:
    """Send our records to standard error at the configured level, every configured secret hidden. Repeatable."""
    for secret in _secrets(settings):
        remember(secret)
    level = settings.app.log_level.upper()
    for name in OURS:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        if not any(isinstance(handler, _StandardError) for handler in logger.handlers):
            logger.addHandler(_StandardError())
    # procrastinate speaks of every job it fetches; its warnings are what an operator needs. A lost database is told
    # once, by core.jobs.background, not in a traceback for each of the worker's duties and each try of its pool.
    logging.getLogger("procrastinate").setLevel(max(logging.WARNING, logging.getLogger("core").level))
    for name in ("procrastinate.utils", "procrastinate.manager", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class _StandardError(logging.StreamHandler):  # type: ignore[type-arg]
    def __init__(self) -> None:
        super().__init__(sys.stderr)
        formatter = logging.Formatter(_FORMAT, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)
        self.addFilter(RedactingFilter())


def _secrets(settings: Settings) -> list[str]:
    given = (settings.app.secret_key, settings.vendors.alpha_vantage_api_key)
    found = [secret.get_secret_value() for secret in given if secret is not None]
    if settings.database.url is not None:
        password = urlsplit(settings.database.url.get_secret_value()).password
        if password:
            found += [password, unquote(password)]
    return found
