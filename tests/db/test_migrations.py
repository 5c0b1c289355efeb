from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, inspect

from db.base import Base
from db.migrations import HERE, DatabaseNewer, alembic_config, current, downgrade, head, revisions, upgrade
from db.session import DatabaseAway, sqlalchemy_url


def test_an_empty_database_is_brought_to_the_newest_revision(empty_db: str) -> None:
    assert current(empty_db) is None
    assert upgrade(empty_db) is None
    assert current(empty_db) == head()
    assert upgrade(empty_db) == head(), "a second time changes nothing"


def test_the_tables_are_what_the_models_say(database_url: str) -> None:
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, Base.metadata)
    assert differences == []
    assert Base.metadata.tables, "the models were imported by the migrations' environment"


def test_the_way_back_ends_with_nothing_and_leads_up_again(empty_db: str) -> None:
    upgrade(empty_db)
    downgrade(empty_db, "base")
    with create_engine(sqlalchemy_url(empty_db), poolclass=NullPool).connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
        assert "jobs" not in inspect(connection).get_schema_names()
    upgrade(empty_db)
    assert current(empty_db) == head()


def test_every_single_step_back_can_be_taken_forward_again(empty_db: str) -> None:
    upgrade(empty_db)
    before: str | None = head()
    while before is not None:
        earlier = revisions()[before]
        downgrade(empty_db, earlier or "base")
        upgrade(empty_db, before)
        assert current(empty_db) == before
        downgrade(empty_db, earlier or "base")
        before = earlier


def test_starts_at_the_same_moment_migrate_once(empty_db: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = [future.result() for future in [pool.submit(upgrade, empty_db) for _ in range(4)]]
    assert current(empty_db) == head()
    assert results.count(None) >= 1
    assert set(results) <= {None, head()}


def test_a_database_of_a_newer_version_is_refused_and_left_alone(fresh_db: str) -> None:
    with psycopg.connect(fresh_db, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
    with pytest.raises(DatabaseNewer, match=r"9999_later.*does not know.*newer version"):
        upgrade(fresh_db)
    assert current(fresh_db) == "9999_later"


def test_an_absent_server_is_reported_as_absent() -> None:
    with pytest.raises(DatabaseAway):
        upgrade("postgresql://nobody@127.0.0.1:9/none")


def test_the_quick_look_at_the_files_agrees_with_alembic() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    assert head() == script.get_current_head()
    assert revisions() == {one.revision: one.down_revision for one in script.walk_revisions()}


def test_revision_files_carry_their_date() -> None:
    names = [file.name for file in (HERE / "versions").glob("*.py")]
    assert names
    assert [name for name in names if not re.match(r"20\d\d_\d\d_\d\d_\d{4}_\w+\.py", name)] == []
