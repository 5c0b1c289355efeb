"""Fixtures that all tests share.

    db             a `Session` in a transaction that is rolled back after the test; `read_session`, `unit_of_work` and
                   `raw_connection` of `db.session` work inside it (same thread or others, one at a time)
    fresh_db       the address of a database of the test's own, migrated; `db.session` is configured for it. For tests
                   that need real commits, several connections or other processes
    database_url   the address of this pytest worker's migrated database (no isolation by itself)
    empty_db       the address of a database of the test's own without any table (migrations)
    http_server    http_server(handler) -> tests.loopback.LoopbackServer; handler(Request) -> Reply; closed at the end
    clock          the project's clock, held at 2026-11-18 06:00 UTC (Wednesday 11:30 in Mumbai, markets open);
                   clock.set(moment), clock.advance(timedelta)
    environment    environment(NAME="value", OTHER=None) sets variables for the test and reads the settings again
    shared_data    not a fixture: `tests.shared.SHARED` is the folder of real data, or None when it is not there

The developer's own `.env` and configuration never reach a test.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.orm import Session

import db.session as database
from core.clock import clock_at
from core.settings import ENV_FILE_VARIABLE, reset_settings, variables
from db.embedded import ensure
from db.embedded.locks import try_lock
from tests.loopback import Handler, LoopbackServer


def pytest_configure(config: pytest.Config) -> None:
    for name in variables():
        os.environ.pop(name, None)
    os.environ[ENV_FILE_VARIABLE] = ""
    os.environ["KUBERA_MARKET"] = "demo"
    # Nothing of a test goes into the developer's own folder: no secret key, no kept calendars.
    folder = tempfile.TemporaryDirectory(prefix="kubera-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ["KUBERA_DATA_DIR"] = folder.name
    reset_settings()


@pytest.fixture(scope="session")
def _run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the whole run, the same in every xdist worker."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def _server(_run_dir: Path) -> str:
    return ensure(_run_dir / "pg", durable=False)


@pytest.fixture(scope="session")
def _template(_run_dir: Path, _server: str) -> str:
    """The name of a database that the migrations built; made by the first worker."""
    from db.migrations import upgrade

    lock = try_lock(_run_dir / "template.lock", exclusive=True, wait=100)
    assert lock is not None, "another worker is still building the template database"
    try:
        if not _exists(_server, "built"):
            _create(_server, "building", None)
            upgrade(_renamed(_server, "building"))
            _execute(_server, "ALTER DATABASE {} RENAME TO {}", "building", "built")
    finally:
        os.close(lock)
    return "built"


@pytest.fixture(scope="session")
def database_url(_server: str, _template: str) -> str:
    name = f"worker_{os.environ.get('PYTEST_XDIST_WORKER', 'only')}"
    _create(_server, name, _template)
    return _renamed(_server, name)


@pytest.fixture
def db(database_url: str) -> Iterator[Session]:
    database.configure(_options(database_url))
    with closing(database.get_engine().connect()) as connection, connection.begin() as transaction:
        with database.joined_to(connection):
            with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
                yield session
        transaction.rollback()


@pytest.fixture
def fresh_db(_server: str, _template: str) -> Iterator[str]:
    yield from _own_database(_server, _template)


@pytest.fixture
def empty_db(_server: str) -> Iterator[str]:
    yield from _own_database(_server, None)


@pytest.fixture
def http_server() -> Iterator[Callable[[Handler], LoopbackServer]]:
    opened: list[LoopbackServer] = []

    def open_server(handler: Handler) -> LoopbackServer:
        opened.append(LoopbackServer(handler))
        return opened[-1]

    yield open_server
    for server in opened:
        server.close()


class HeldClock:
    """The clock in a test's hand."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def __call__(self) -> datetime:
        return self._moment

    def set(self, moment: datetime) -> None:
        assert moment.tzinfo is not None, "a moment needs a timezone"
        self._moment = moment.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._moment += by


@pytest.fixture
def clock() -> Iterator[HeldClock]:
    held = HeldClock(datetime(2026, 11, 18, 6, 0, tzinfo=UTC))
    with clock_at(held):
        yield held


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def set_variables(**values: str | None) -> None:
        for name, value in values.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        reset_settings()

    yield set_variables
    monkeypatch.undo()
    reset_settings()


def _options(url: str) -> database.DatabaseOptions:
    return database.DatabaseOptions(url=url, application_name="kubera tests", pool_size=5)


def _own_database(server: str, template: str | None) -> Iterator[str]:
    name = f"own_{uuid.uuid4().hex[:12]}"
    _create(server, name, template)
    url = _renamed(server, name)
    database.configure(_options(url))
    yield url
    database.dispose()
    _execute(server, "DROP DATABASE {} WITH (FORCE)", name)


def _renamed(server: str, name: str) -> str:
    return server.replace("/kubera?", f"/{name}?", 1)


def _create(server: str, name: str, template: str | None) -> None:
    _execute(server, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template or "template0")


def _exists(server: str, name: str) -> bool:
    with psycopg.connect(server, autocommit=True) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _execute(server: str, statement: str, *names: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
