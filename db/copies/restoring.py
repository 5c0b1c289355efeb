"""Putting a copy back: into a database of its own first, which then takes the present one's name.

The present database is untouched until `swap`, and `swap` is one transaction: whenever a restore is interrupted, the
desk has either all of the old data or all of the new. What an interrupted restore leaves behind is removed by the next.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from db.copies.dumping import SCHEMAS
from db.copies.errors import CopyProblem, WrongCopy
from db.copies.programs import choose, run
from db.session import DatabaseProblem, psycopg_url, translated

_log = logging.getLogger(__name__)

_MAGIC = b"PGDMP"
_LOCK = 0x6B75_6265_7272  # one number for every restore of the project
_BESIDE = "{name}_restoring_{number}"
_BEFORE = "{name}_replaced_{number}"
_LEFTOVER = r"^{name}_(restoring|replaced)_[0-9a-f]{{8}}$"
_MAINTENANCE = ("postgres", "template1")
_ATTEMPTS = 5
_CUT_EVERY_S = 0.05
_PATIENCE_S = 20.0
"""How long a restore waits for another: a small one takes seconds, and the server needs some to miss a killed one."""
_DAMAGED = re.compile(r"pg_restore.*(unexpected|corrupt|could not (read|uncompress)|end of file|invalid|unsupported)")


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Keep other restores into the same server out for as long as this one takes.

    Raises:
        CopyProblem: another one is under way.
        DatabaseProblem: the server does not answer.
    """
    with translated(), _maintenance(url) as connection:
        until = time.monotonic() + _PATIENCE_S
        while connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchall() != [(True,)]:
            if time.monotonic() > until:
                raise CopyProblem("Another restore into this server is under way.", "Wait until it has ended.")
            time.sleep(_CUT_EVERY_S)
        yield


def database_name(url: str) -> str:
    """The name of the database an address leads to."""
    parts = conninfo_to_dict(psycopg_url(url))
    return str(parts.get("dbname") or parts.get("user") or "postgres")


def is_copy(path: Path) -> bool:
    """Whether a file begins like a copy made by `pg_dump` in its custom format."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def holds_data(url: str) -> bool:
    """Whether a database holds anything of anybody: accounts, a log, or rows that have an owner.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    with translated(), connect(url) as connection:
        tables = connection.execute(
            "SELECT DISTINCT t.table_name FROM information_schema.tables t"
            " LEFT JOIN information_schema.columns c USING (table_schema, table_name)"
            " WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            " AND (t.table_name IN ('accounts', 'activity_log') OR c.column_name IN ('owner', 'account_id'))"
        ).fetchall()
        for (table,) in tables:
            found = connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier("public", table)))
            if found.fetchone() is not None:
                return True
    return False


def load(url: str, file: Path) -> str:
    """Make a new database beside the present one and fill it from a copy.

    Args:
        url: the present database's address; its role must be allowed to make databases.
        file: the copy.

    Returns:
        The new database's address.

    Raises:
        WrongCopy: the file is not one, or it is damaged; nothing is left of the attempt.
        CopyProblem: a database cannot be made, or the program failed.
        DatabaseProblem: the server does not answer.
    """
    name = database_name(url)
    fresh = _BESIDE.format(name=name[:40], number=secrets.token_hex(4))
    with translated(), _maintenance(url) as connection:
        _drop_leftovers(connection, name)
        try:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        except pg.InsufficientPrivilege:
            raise CopyProblem(
                "The database's user may not make another database, which a restore needs.",
                "Let an administrator run ALTER ROLE ... CREATEDB for it, or make an empty database, point "
                "DATABASE_URL to it and restore there.",
            ) from None
        server = connection.info.server_version // 10_000
        program = choose("pg_restore", server)
    target = with_name(url, fresh)
    try:
        with translated(), connect(target) as connection:
            # A copy carries the making of its schemas.
            for schema in SCHEMAS:
                connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
        run(program, ["--exit-on-error", "--no-owner", "--no-privileges", str(file)], target)
        with translated(), connect(target) as connection:
            connection.execute("ANALYZE")
    except CopyProblem as problem:
        drop(url, fresh)
        if _DAMAGED.search(problem.message):
            raise WrongCopy(
                f"{file.name} is damaged: {problem.message}", "Use another backup; nothing was changed."
            ) from problem
        raise
    except BaseException:
        drop(url, fresh)
        raise
    return target


def swap(url: str, fresh: str, *, keep: bool = False) -> str | None:
    """Let a new database take the present one's name, in one transaction; connections to either are ended.

    Args:
        url: the present database's address.
        fresh: the new one's, as `load` returned it.
        keep: leave the replaced database on the server, under another name.

    Returns:
        The name of the replaced database when it was kept.

    Raises:
        CopyProblem: others held on to the present database; nothing was changed.
        DatabaseProblem: the server does not answer.
    """
    name, number = database_name(url), secrets.token_hex(4)
    aside = f"{name[:40]}_kept_{number}" if keep else _BEFORE.format(name=name[:40], number=number)
    with translated(), _maintenance(url) as connection:
        for attempt in range(_ATTEMPTS):
            try:
                with _cut_off(url, (name, database_name(fresh))), connection.transaction():
                    _rename(connection, name, aside)
                    _rename(connection, database_name(fresh), name)
            except pg.ObjectInUse:
                _log.info("Somebody came back to the database while it was replaced (attempt %s)", attempt + 1)
                time.sleep(0.2)
            else:
                break
        else:
            raise CopyProblem(
                "The present database is in use by others who come back at once; it was not replaced.",
                "Stop the application, then restore again.",
            )
        if keep:
            return aside
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(aside)))
    return None


def drop(url: str, fresh: str) -> None:
    """Remove a database that `load` made, by name or address; what cannot be removed is left to the next restore."""
    name = database_name(fresh) if "://" in fresh else fresh
    try:
        with translated(), _maintenance(url) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    except (DatabaseProblem, psycopg.Error) as problem:
        _log.warning("The database %s of an unfinished restore is left over: %s", name, type(problem).__name__)


def with_name(url: str, name: str) -> str:
    """The same address with another database's name."""
    parts = urlsplit(psycopg_url(url))
    return urlunsplit(parts._replace(path="/" + quote(name, safe="")))


@contextmanager
def _cut_off(url: str, names: tuple[str, ...]) -> Iterator[None]:
    """End all connections to some databases, again and again until the block ends.

    A rename lets nobody new in while it waits for those who are there, for five seconds. Ending them only before it
    would lose the race against applications that come back at once.
    """
    over = threading.Event()

    def cut() -> None:
        with _maintenance(url) as connection:
            while not over.wait(_CUT_EVERY_S):
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s)", [list(names)]
                )

    with ThreadPoolExecutor(1, thread_name_prefix="kubera-cut-off") as pool:
        cutting = pool.submit(cut)
        try:
            yield
        finally:
            over.set()
    cutting.result()


def _rename(connection: psycopg.Connection[Any], before: str, after: str) -> None:
    connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(before), sql.Identifier(after)))


def _drop_leftovers(connection: psycopg.Connection[Any], name: str) -> None:
    pattern = _LEFTOVER.format(name=re.escape(name[:40]))
    rows = connection.execute("SELECT datname FROM pg_catalog.pg_database WHERE datname ~ %s", [pattern]).fetchall()
    for (leftover,) in rows:
        _log.info("Removing %s, left by an interrupted restore", leftover)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(leftover)))


def _maintenance(url: str) -> psycopg.Connection[Any]:
    """A connection to the same server that is not to the database itself."""
    refused: psycopg.OperationalError | None = None
    for other in _MAINTENANCE:
        if other == database_name(url):
            continue
        try:
            return connect(with_name(url, other))
        except psycopg.OperationalError as error:
            refused = refused or error  # hosted servers may lack the first, or keep it to themselves
    assert refused is not None
    raise refused


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection without a time limit for statements."""
    return psycopg.connect(
        psycopg_url(url),
        autocommit=True,
        application_name="kubera restore",
        connect_timeout=10,
        options="-c statement_timeout=0 -c timezone=UTC",
    )
