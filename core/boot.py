"""The one start, for the server, for `app.py` alone, for the worker and for the command line.

`boot` may be called from any thread and any number of times: the first call does the work, the others wait for it and
get the same `Booted`. A start that failed is tried again by a later call, so a page recovers when the database does.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from core import __version__
from core.logging import set_up_logging
from core.settings import Settings, get_settings
from db import session as database
from db.embedded import EmbeddedServerError, ensure
from db.migrations import upgrade

if TYPE_CHECKING:
    from core.jobs.background import Background

Role = Literal["web", "worker", "cli"]

_log = logging.getLogger(__name__)

_NEEDED_BY_PAGES = (
    *("numpy", "pandas", "plotly.graph_objects", "orjson", "babel.numbers"),
    "core.operations.maintenance",
)
_NEEDED_SOON = (
    *("core.accounts.sign_in", "core.accounts.registration", "core.accounts.preferences", "core.notices.inbox"),
    *("pyarrow", "numba", "talib", "exchange_calendars", "httpx", "curl_cffi", "yfinance", "openpyxl"),
)
_FIRST_PAGE_S = 10.0
"""How long loading steps back for the first page: somebody who typed `make run` is waiting for it."""
_FAILURE_HOLDS_S = 1.0
_EMBEDDED_PATIENCE_S = 4.0


@dataclass(frozen=True, slots=True)
class Booted:
    """What a start brought up.

    Attributes:
        role: whose start it was first.
        settings: the checked settings.
        version: the project's version.
        database: "embedded" or "configured".
        url: the database's address as psycopg knows it; it may hold a password, so it is never shown.
        seconds: how long each step took.
        loaded: set once the heavy modules are imported, kernels are warm and the garbage collector is frozen.
    """

    role: Role
    settings: Settings
    version: str
    database: Literal["embedded", "configured"]
    url: str
    seconds: dict[str, float]
    loaded: threading.Event


_lock = threading.RLock()
_booted: Booted | None = None
_failure: tuple[float, Exception] | None = None
_background: Background | None = None
_loading: threading.Thread | None = None
_bust_callbacks: list[Callable[[str | None], None]] = []
_end_callbacks: list[Callable[[str | None], None]] = []
_loaded = threading.Event()
_database_up = threading.Event()
_first_page = threading.Event()


def boot(role: Role = "web") -> Booted:
    """Bring this process up, once.

    Args:
        role: "web" loads the heavy modules and, unless KUBERA_WORKER=off, works the queue; "worker" loads them and
            leaves the work to its caller; "cli" brings up settings and database only.

    Raises:
        SettingsError: a variable is wrong.
        DatabaseProblem: the database cannot be had; the next call tries again.
    """
    global _booted, _failure  # noqa: PLW0603 - one start for the process, by intent
    if _booted is not None:
        return _booted
    with _lock:
        if (done := booted()) is not None:  # by another thread, while this one waited
            return done
        settings = get_settings()
        if _failure is not None and time.monotonic() - _failure[0] < _FAILURE_HOLDS_S:
            raise _failure[1]  # a hundred waiting pages need not each wait for the same silent server
        seconds: dict[str, float] = {}
        set_up_logging(settings)
        if role != "cli":
            _start_loading(role)
        try:
            kind, url = _bring_up_database(settings, role, seconds)
        except database.DatabaseProblem as error:
            _failure = (time.monotonic(), error)
            raise
        if role == "web":
            _start_background(settings, url)
        _failure = None
        _database_up.set()
        _booted = Booted(role, settings, __version__, kind, url, seconds, _loaded)
        return _booted


def booted() -> Booted | None:
    """What `boot` brought up, or None when it has not (yet)."""
    return _booted


def on_cache_bust(callback: Callable[[str | None], None]) -> Callable[[], None]:
    """Be told when stored data changed in any process, so that caches can be cleared.

    Args:
        callback: called in a background thread with the topic of the change; with None when changes may have been
            missed (at the start and after a lost connection), which means: clear everything.

    Returns:
        A function that ends it.
    """
    return _registered(callback, _bust_callbacks)


def on_session_ended(callback: Callable[[str | None], None]) -> Callable[[], None]:
    """Be told when a sign-in ended in any process.

    Args:
        callback: called in a background thread with the sha256 (hex) of the session's token; with None when ends may
            have been missed (at the start and after a lost connection), which means: look every open session up.

    Returns:
        A function that ends it.
    """
    return _registered(callback, _end_callbacks)


def _registered(
    callback: Callable[[str | None], None], callbacks: list[Callable[[str | None], None]]
) -> Callable[[], None]:
    callbacks.append(callback)

    def end() -> None:
        if callback in callbacks:
            callbacks.remove(callback)

    return end


def worker_alive() -> bool:
    """Whether this process's own background thread runs."""
    return _background is not None and _background.alive


def shut_down() -> None:
    """Finish running jobs, close connections, give the embedded server back. `boot` may follow again."""
    global _booted, _background, _failure
    with _lock:
        background, _background = _background, None
        if background is not None:
            background.stop()
        if _booted is not None:
            if _booted.role == "web":
                from core.operations.usage import usage

                usage().end()  # what was counted since the last write
            database.dispose()
            if _booted.database == "embedded":
                from db.embedded import release

                release(_booted.settings.app.data_dir)
        _booted, _failure = None, None


def _bring_up_database(
    settings: Settings, role: Role, seconds: dict[str, float]
) -> tuple[Literal["embedded", "configured"], str]:
    began = time.perf_counter()
    configured = settings.database.url
    if configured is not None:
        url = database.psycopg_url(configured.get_secret_value())
    else:
        try:
            url = ensure(settings.app.data_dir)
        except EmbeddedServerError as error:
            raise database.DatabaseAway(str(error), "Run `python -m core doctor` for the whole picture.") from error
    seconds["server"] = time.perf_counter() - began
    began = time.perf_counter()
    before = upgrade(url)
    seconds["migrations"] = time.perf_counter() - began
    _log.debug("The database was at revision %s", before)
    database.configure(
        database.DatabaseOptions(
            url=url,
            application_name=f"kubera {role}",
            pool_size=settings.database.pool_size,
            statement_timeout_s=settings.database.statement_timeout_s,
            connect_timeout_s=settings.database.connect_timeout_s,
            patience_s=0.0 if configured is not None else _EMBEDDED_PATIENCE_S,
        )
    )
    return ("configured" if configured is not None else "embedded"), url


def _start_background(settings: Settings, url: str) -> None:
    global _background  # noqa: PLW0603 - one companion thread for the process
    from core.jobs.background import Background

    works = settings.jobs.worker == "on"
    _background = Background(
        url,
        concurrency=settings.jobs.concurrency if works else 0,
        on_bust=lambda topic: _tell(_bust_callbacks, topic),
        on_session_ended=lambda token_hash: _tell(_end_callbacks, token_hash),
    )
    _background.start()
    atexit.register(shut_down)


def _tell(callbacks: list[Callable[[str | None], None]], what: str | None) -> None:
    for callback in tuple(callbacks):
        try:
            callback(what)
        except Exception:  # noqa: BLE001 - one listener must not silence the others
            _log.exception("A listener failed on what another process told")


def _start_loading(role: Role) -> None:
    global _loading  # noqa: PLW0603 - once for the process
    if _loading is None:
        _loading = threading.Thread(target=_load, args=(role,), name="kubera-loading", daemon=True)
        _loading.start()


def first_page_drawn() -> None:
    """Told by the app at the end of a run: what is needed later may be loaded now without being in the way."""
    _first_page.set()


def _prepare_first_page() -> None:
    """Simulate what the first page shows while the browser still loads its files; vendors are not asked ahead."""
    if not _database_up.wait(_FIRST_PAGE_S):
        return
    from core.market.errors import MarketError
    from core.market.service import market
    from core.market.views.overview import market_overview

    try:
        service = market()
        if not service.mode().live:
            market_overview(service, "india")
    except (
        MarketError,
        RuntimeError,
    ) as error:  # RuntimeError: the database is away, or closed by a shutdown meanwhile
        _log.debug("The first page was not prepared: %s", error)


def _prepare_sample() -> None:
    """Work out the portfolio that demo visitors find, so that nobody's one click waits for it."""
    settings = get_settings()
    if settings.app.env != "demo" or not _database_up.is_set():
        return
    from core.market.errors import MarketError
    from core.market.service import market
    from core.portfolio.sample_booking import prepare

    try:
        if not market().mode().live:
            prepare()
    except (MarketError, RuntimeError) as error:  # RuntimeError: the database is away, or closed meanwhile
        _log.debug("The sample portfolio was not prepared: %s", error)


def _load(role: Role) -> None:
    """Import what pages and jobs need, compile the kernels, then take all of it out of the garbage collector's sight.

    Streamlit collects garbage after every script run; frozen objects cost it nothing (a chart page falls from 58-74
    to 11 ms of CPU a run).
    """
    if role == "web":
        for name in _NEEDED_BY_PAGES:
            importlib.import_module(name)
        _prepare_first_page()
        _first_page.wait(_FIRST_PAGE_S)
    for name in _NEEDED_SOON:
        importlib.import_module(name)
    if role == "web":
        _prepare_sample()
    from core.indicators import warm

    warm()
    gc.collect()
    gc.freeze()
    _loaded.set()
    # Last, as nobody waits for it: without a disk cache these kernels take half a minute to compile.
    from core.backtest import warm as warm_backtests

    warm_backtests()
    gc.collect()
    gc.freeze()
