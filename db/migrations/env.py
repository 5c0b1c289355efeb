"""How Alembic reaches the database and what it compares with: the tables of `db.tables`, in the schema `public`.

The queue's own tables (schema `jobs`) belong to the queue's package and are left out of the comparison.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from importlib.util import find_spec

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine

from db.base import Base
from db.session import sqlalchemy_url


def _import_tables() -> None:
    spec = find_spec("db.tables")
    if spec is None:
        return
    for module in pkgutil.iter_modules(spec.submodule_search_locations, "db.tables."):
        importlib.import_module(module.name)


def _migrate(connection: Connection) -> None:
    _import_tables()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_schemas=False,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _migrate(given)
else:
    address = os.environ.get("DATABASE_URL")
    if not address:
        raise SystemExit("Set DATABASE_URL to the database to work on.")
    with create_engine(sqlalchemy_url(address), poolclass=NullPool).connect() as made:
        _migrate(made)
