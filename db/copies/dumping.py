"""Taking a copy: `pg_dump` and the counting of rows look at the same moment of the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

import psycopg
from psycopg import sql

from db.copies.programs import choose, run
from db.session import psycopg_url, translated

SCHEMAS = ("public", "jobs")
"""What belongs to the project; whatever else somebody keeps in the same database is left alone."""

_NO_LIMIT = "-c statement_timeout=0 -c timezone=UTC"


@dataclass(frozen=True, slots=True)
class Dumped:
    """What a copy holds.

    Attributes:
        revision: of the tables; None for a database that was never migrated.
        rows: rows of each table, by "schema.table".
        server: the server's major version.
        program: the major version of the `pg_dump` that wrote it.
    """

    revision: str | None
    rows: dict[str, int]
    server: int
    program: int


def dump(url: str, out: IO[bytes]) -> Dumped:
    """Write a consistent copy of the project's schemas, in `pg_dump`'s custom format.

    The database goes on being used; what is committed after the beginning is not in the copy.

    Args:
        url: the database's address, in any accepted spelling.
        out: an open file on a disk.

    Raises:
        CopyProblem: no program fits the server, or it failed.
        DatabaseProblem: the database does not answer.
    """
    with translated(), _opened(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        server = connection.info.server_version // 10_000
        program = choose("pg_dump", server)
        with connection.transaction():
            revision, rows = revision_of(connection), count_rows(connection)
            [[snapshot]] = connection.execute("SELECT pg_export_snapshot()").fetchall()
            run(
                program,
                [
                    "--format=custom",
                    "--no-owner",
                    "--no-privileges",
                    "--lock-wait-timeout=60s",  # it must not queue behind a migration, and others behind it
                    f"--snapshot={snapshot}",
                    *(f"--schema={schema}" for schema in _present(connection)),
                ],
                url,
                out=out,
            )
    return Dumped(revision, rows, server, program.major)


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of every table of the project, by "schema.table"."""
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_catalog.pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2",
        [list(SCHEMAS)],
    ).fetchall()
    counts = {}
    for schema, table in tables:
        counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table)))
        [[n]] = counted.fetchall()
        counts[f"{schema}.{table}"] = int(n)
    return counts


def revision_of(connection: psycopg.Connection[Any]) -> str | None:
    """The revision of the tables, or None when there are none."""
    if connection.execute("SELECT to_regclass('public.alembic_version')").fetchall() == [(None,)]:
        return None
    row = connection.execute("SELECT version_num FROM public.alembic_version").fetchone()
    return None if row is None else str(row[0])


def _present(connection: psycopg.Connection[Any]) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY(%s) ORDER BY 1", [list(SCHEMAS)]
    ).fetchall()
    return tuple(str(row[0]) for row in rows)


def _opened(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        psycopg_url(url), autocommit=True, application_name="kubera backup", connect_timeout=10, options=_NO_LIMIT
    )
