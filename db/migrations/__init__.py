"""Bringing a database to the shape this version of the code needs.

`upgrade` is run by every start; an advisory lock lets exactly one process do the work. Revisions are dated files in
`versions/`; to write one after changing a table, set DATABASE_URL and run
`alembic -c db/migrations/alembic.ini revision --autogenerate --rev-id 0003_name -m "..."`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from db.session import DatabaseBusy, DatabaseProblem, sqlalchemy_url, translated

HERE = Path(__file__).resolve().parent
_LOCK = 0x6B75_6265_7261  # "kubera": one number for every process of the project
_PATIENCE_S = 120.0
_DDL_LOCK_TIMEOUT = "10s"


class DatabaseNewer(DatabaseProblem):
    """The database was changed by a later version of the code than this one."""


def alembic_config() -> Config:
    """Alembic's configuration of this project, without a connection."""
    return Config(HERE / "alembic.ini")


def head() -> str:
    """The revision this version of the code needs."""
    found = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert found is not None, "there is at least one revision"
    return found


def current(url: str) -> str | None:
    """The revision a database is at; None for an empty one.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: str, revision: str = "head") -> str | None:
    """Bring a database to `revision`; nothing happens when it is there already.

    Args:
        url: the database's address, in any accepted spelling.
        revision: a revision's id, or "head".

    Returns:
        The revision the database was at before.

    Raises:
        DatabaseNewer: the database is at a revision this code does not know.
        DatabaseProblem: away, full, or another process has been migrating for two minutes.
    """
    script = ScriptDirectory.from_config(alembic_config())
    target = head() if revision == "head" else revision
    with _connected(url) as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
        if before == target:
            return before
        with _migration_lock(connection):
            before = MigrationContext.configure(connection).get_current_revision()
            if before is not None and before not in {known.revision for known in script.walk_revisions()}:
                raise DatabaseNewer(
                    f"The database is at revision {before}, which this version of Kubera does not know.",
                    "Start the newer version, or restore a backup made with this one.",
                )
            connection.rollback()
            _run(connection, "upgrade", target)
        return before


def downgrade(url: str, revision: str) -> None:
    """Take a database back to `revision` ("base" for empty).

    Raises:
        DatabaseProblem: the database does not answer or is locked.
    """
    with _connected(url) as connection, _migration_lock(connection):
        _run(connection, "downgrade", revision)


def _run(connection: Connection, what: str, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    getattr(command, what)(config, revision)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(
        sqlalchemy_url(url),
        poolclass=NullPool,
        connect_args={
            "application_name": "kubera migrations",
            "connect_timeout": 5,
            "options": f"-c lock_timeout={_DDL_LOCK_TIMEOUT} -c timezone=UTC",
        },
    )
    with translated(), engine.connect() as connection:
        yield connection


@contextmanager
def _migration_lock(connection: Connection) -> Iterator[None]:
    until = time.monotonic() + _PATIENCE_S
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}):
        connection.rollback()
        if time.monotonic() > until:
            raise DatabaseBusy(
                f"Another process has been changing the database's tables for {_PATIENCE_S:.0f} seconds.",
                "Look for it in pg_stat_activity as `kubera migrations`.",
            )
        time.sleep(0.1)
    connection.commit()
    try:
        yield
    finally:
        # When the connection broke, the server dropped the lock with it.
        if not connection.invalidated and not connection.closed:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()
