"""The way to the database: one engine a process, short sessions, errors a page can show.

    with read_session() as session: ...        # a READ ONLY transaction
    with unit_of_work() as session: ...        # commits on exit, rolls back on any error
    with raw_connection() as connection: ...   # psycopg's own connection, for COPY; commits on exit
    quick_rows(statement, parameters)          # one question, one way there and back; for what every run asks

A server that went away raises `DatabaseAway` and is found again by itself: every connection is tested before use.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors as pg
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy import exc as sa
from sqlalchemy.orm import Session

_RETRY_EVERY = 0.1


class DatabaseProblem(RuntimeError):
    """The database could not do what was asked; `remedy` says what to do next."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}")


class DatabaseAway(DatabaseProblem):
    """Nobody answers, or the connection broke off. Nothing of the unfinished work was stored."""


class DatabaseBusy(DatabaseProblem):
    """A statement took too long or stood in another's way. Nothing of the unfinished work was stored."""


class DatabaseFull(DatabaseProblem):
    """The server's disk is full. Nothing of the unfinished work was stored."""


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """How to reach the server.

    Attributes:
        url: `postgres://`, `postgresql://` or `postgresql+psycopg://`.
        application_name: shown in `pg_stat_activity`.
        pool_size: connections kept; as many again at peaks.
        statement_timeout_s: longest statement.
        connect_timeout_s: longest wait for a new connection.
        patience_s: how long a unit of work waits at its beginning for a server that is being restarted.
    """

    url: str
    application_name: str = "kubera"
    pool_size: int = 10
    statement_timeout_s: float = 30.0
    connect_timeout_s: int = 5
    patience_s: float = 0.0


_lock = threading.Lock()
_engine: Engine | None = None
_options: DatabaseOptions | None = None
_test_connection: Connection | None = None
_QUICK_KEPT = 8
_quick: deque[tuple[DatabaseOptions, psycopg.Connection[tuple[Any, ...]]]] = deque()


def sqlalchemy_url(url: str) -> str:
    """The address with SQLAlchemy's name of the driver, from any of the accepted spellings."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("the database's address begins with postgresql://")
    return f"postgresql+psycopg://{rest}"


def psycopg_url(url: str) -> str:
    """The address as libpq and psycopg know it, from any of the accepted spellings."""
    return sqlalchemy_url(url).replace("postgresql+psycopg://", "postgresql://", 1)


def configure(options: DatabaseOptions) -> None:
    """Point this process to a server; the same options again change nothing, other ones replace the engine."""
    global _engine, _options  # noqa: PLW0603 - one engine for the process, by intent
    with _lock:
        if _options == options and _engine is not None:
            return
        before = _engine
        _engine = create_engine(
            sqlalchemy_url(options.url),
            pool_size=options.pool_size,
            max_overflow=options.pool_size,
            pool_timeout=options.connect_timeout_s,
            pool_pre_ping=True,
            pool_recycle=1800,
            connect_args={
                "application_name": options.application_name,
                "connect_timeout": options.connect_timeout_s,
                "options": f"-c statement_timeout={int(options.statement_timeout_s * 1000)} -c timezone=UTC",
            },
        )
        _options = options
    if before is not None:
        before.dispose()
        _close_quick()


def dispose() -> None:
    """Close this process's connections and forget the server."""
    global _engine, _options
    with _lock:
        before, _engine, _options = _engine, None, None
    if before is not None:
        before.dispose()
    _close_quick()


def get_engine() -> Engine:
    """The engine of this process.

    Raises:
        RuntimeError: `configure` (or `core.boot.boot`) was not called.
    """
    if _engine is None:
        raise RuntimeError("No database is configured in this process: call core.boot.boot() first.")
    return _engine


def get_url() -> str:
    """The address given to `configure`, as psycopg knows it. It may hold a password: never show it.

    Raises:
        RuntimeError: `configure` (or `core.boot.boot`) was not called.
    """
    if _options is None:
        raise RuntimeError("No database is configured in this process: call core.boot.boot() first.")
    return psycopg_url(_options.url)


@contextmanager
def read_session() -> Iterator[Session]:
    """A session in a READ ONLY transaction; what it loaded stays usable after it closed.

    Raises:
        DatabaseProblem: away, busy or full.
    """
    with (
        translated(),
        _connection(read_only=True) as connection,
        Session(connection, expire_on_commit=False, autoflush=False) as session,
    ):
        yield session


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """A session whose work is committed on a normal exit and rolled back on any error.

    Raises:
        DatabaseProblem: away, busy or full.
    """
    with translated(), _connection(read_only=False) as connection:
        mode: Any = "create_savepoint" if _test_connection is not None else "conditional_savepoint"
        with Session(connection, expire_on_commit=False, join_transaction_mode=mode) as session:
            yield session
            session.commit()


@contextmanager
def raw_connection() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """psycopg's own connection in a transaction of its own, for COPY and for reading arrays; commits on exit.

    Raises:
        DatabaseProblem: away, busy or full.
    """
    with translated(), _connection(read_only=False) as connection:
        inner = connection.connection.driver_connection
        assert isinstance(inner, psycopg.Connection)
        with inner.transaction():
            yield inner


def quick_rows(statement: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """The answer to one question outside any transaction, over connections of its own.

    A `read_session` goes to the server eight times (test the connection, begin, ask, end); this goes once. A connection
    that broke while nobody used it is replaced and the question asked again.

    Args:
        statement: one SELECT in psycopg's spelling (`%(name)s`); anything that writes is refused.

    Raises:
        DatabaseProblem: away, busy or full.
    """
    with translated():
        if _test_connection is not None:
            inner = _test_connection.connection.driver_connection
            assert isinstance(inner, psycopg.Connection)
            return inner.execute(statement.encode(), parameters).fetchall()
        options = _options
        if options is None:
            raise RuntimeError("No database is configured in this process: call core.boot.boot() first.")
        while (kept := _take_quick(options)) is not None:
            rows = _ask_quickly(options, kept, statement, parameters)
            if rows is not None:
                return rows
        rows = _ask_quickly(options, _connect_quick(options), statement, parameters)
        if rows is None:
            raise psycopg.OperationalError("the connection broke while it was asked")
        return rows


@contextmanager
def joined_to(connection: Connection) -> Iterator[None]:
    """Let every session of this process work inside the transaction of one connection (tests)."""
    global _test_connection  # noqa: PLW0603 - the seam the tests use
    before, _test_connection = _test_connection, connection
    try:
        yield
    finally:
        _test_connection = before


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors about the server (not about the statement) into `DatabaseProblem`."""
    try:
        yield
    except sa.TimeoutError as error:
        raise DatabaseBusy("All database connections are in use.", "Try again in a moment.") from error
    except sa.DBAPIError as error:
        problem = _problem(error.orig, broken=error.connection_invalidated)
        if problem is None:
            raise
        raise problem from error
    except psycopg.Error as error:
        problem = _problem(error, broken=False)
        if problem is None:
            raise
        raise problem from error


@contextmanager
def _connection(*, read_only: bool) -> Iterator[Connection]:
    if _test_connection is not None:
        yield _test_connection
        return
    with _connect() as connection:
        if read_only:
            connection = connection.execution_options(postgresql_readonly=True)  # noqa: PLW2901 - same connection
        yield connection


def _take_quick(options: DatabaseOptions) -> psycopg.Connection[tuple[Any, ...]] | None:
    while _quick:
        try:
            made_for, connection = _quick.pop()
        except IndexError:  # another thread was faster
            return None
        if made_for is options and not connection.closed:
            return connection
        connection.close()
    return None


def _ask_quickly(
    options: DatabaseOptions,
    connection: psycopg.Connection[tuple[Any, ...]],
    statement: str,
    parameters: Mapping[str, object],
) -> list[tuple[Any, ...]] | None:
    """The answer; None when the connection turned out to be broken."""
    try:
        rows = connection.execute(statement.encode(), parameters, prepare=True).fetchall()
    except psycopg.Error:
        broken = connection.broken
        connection.close()
        if broken:
            return None
        raise
    if options is _options and len(_quick) < _QUICK_KEPT:
        _quick.append((options, connection))
    else:
        connection.close()
    return rows


def _connect_quick(options: DatabaseOptions) -> psycopg.Connection[tuple[Any, ...]]:
    until = time.monotonic() + options.patience_s
    while True:
        try:
            return psycopg.connect(
                psycopg_url(options.url),
                autocommit=True,
                application_name=options.application_name,
                connect_timeout=options.connect_timeout_s,
                options=f"-c statement_timeout={int(options.statement_timeout_s * 1000)} -c timezone=UTC"
                " -c default_transaction_read_only=on",
            )
        except psycopg.OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(_RETRY_EVERY)


def _close_quick() -> None:
    while _quick:
        try:
            _quick.pop()[1].close()
        except IndexError:
            return


def _connect() -> Connection:
    engine = get_engine()
    until = time.monotonic() + (_options.patience_s if _options else 0.0)
    while True:
        try:
            return engine.connect()
        except sa.OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(_RETRY_EVERY)


def _problem(error: BaseException | None, *, broken: bool) -> DatabaseProblem | None:
    match error:
        case pg.DiskFull() | pg.InsufficientResources() if not isinstance(error, pg.TooManyConnections):
            return DatabaseFull(
                "The database's disk is full; nothing of this was stored.", "Make room on the disk, then try again."
            )
        case pg.TooManyConnections():
            return DatabaseBusy("The database has no free connection.", "Try again in a moment.")
        case pg.QueryCanceled():
            return DatabaseBusy("The database took too long to answer.", "Try again, or ask for a shorter range.")
        case pg.LockNotAvailable() | pg.DeadlockDetected() | pg.SerializationFailure():
            return DatabaseBusy("Somebody else was changing the same rows.", "Try again.")
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return _away()
        case _:
            return _away() if broken else None


def _away() -> DatabaseAway:
    return DatabaseAway(
        "The database does not answer; nothing of this was stored.",
        "The page recovers by itself when it is back. If it stays away, run `python -m core doctor`.",
    )
