"""Bringing a database to the shape this version of the code needs.

`upgrade` is run by every start; an advisory lock lets exactly one process do the work. Revisions are dated files in
`versions/`; to write one after changing a table, set DATABASE_URL and run
`alembic -c db/migrations/alembic.ini revision --autogenerate --rev-id 0003_name -m "..."`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import Connection, NullPool, create_engine, text

from db.session import DatabaseBusy, DatabaseProblem, psycopg_url, sqlalchemy_url, translated

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).resolve().parent
_LOCK = 0x6B75_6265_7261  # "kubera": one number for every process of the project
_PATIENCE_S = 120.0
_DDL_LOCK_TIMEOUT = "10s"


class DatabaseNewer(DatabaseProblem):
    """The database was changed by a later version of the code than this one."""


_REVISION = re.compile(r"^(down_)?revision\b[^=]*= *(?:\"([^\"]*)\"|None)", re.MULTILINE)


def alembic_config() -> Config:
    """Alembic's configuration of this project, without a connection."""
    from alembic.config import Config

    return Config(HERE / "alembic.ini")


def revisions() -> dict[str, str | None]:
    """Each revision with the one before it, read from the files' text: a usual start needs no Alembic (0.2 s)."""
    found = {}
    for file in sorted((HERE / "versions").glob("*.py")):
        values = {bool(down): name or None for down, name in _REVISION.findall(file.read_text(encoding="utf-8"))}
        revision = values.get(False)
        assert revision is not None, f"{file.name} names no revision"
        found[revision] = values.get(True)
    return found


def head() -> str:
    """The revision this version of the code needs."""
    known = revisions()
    heads = set(known) - set(known.values())
    assert len(heads) == 1, f"the revisions must end in one, not in {sorted(heads)}"
    return heads.pop()


def current(url: str) -> str | None:
    """The revision a database is at; None for an empty one.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with (
        translated(),
        psycopg.connect(
            psycopg_url(url), autocommit=True, application_name="kubera migrations", connect_timeout=5
        ) as connection,
    ):
        if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
        return None if row is None else str(row[0])


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
    target = head() if revision == "head" else revision
    if (before := current(url)) == target:
        return before
    with _connected(url) as connection, _migration_lock(connection):
        before = current(url)  # again: another process may have done it while this one waited for the lock
        if before is not None and before not in revisions():
            raise DatabaseNewer(
                f"The database is at revision {before}, which this version of Kubera does not know.",
                "Start the newer version, or restore a backup made with this one.",
            )
        if before != target:
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
    from alembic import command

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
