from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import exc, text
from sqlalchemy.orm import Session

import db.session as database
from db.session import (
    DatabaseAway,
    DatabaseBusy,
    DatabaseOptions,
    psycopg_url,
    raw_connection,
    read_session,
    sqlalchemy_url,
    unit_of_work,
)


@pytest.fixture
def numbers(fresh_db: str) -> str:
    with unit_of_work() as session:
        session.execute(text("CREATE TABLE number (n int PRIMARY KEY)"))
    return fresh_db


def _count() -> int:
    with read_session() as session:
        return session.scalar(text("SELECT count(*) FROM number")) or 0


def test_a_unit_of_work_commits_on_exit(numbers: str) -> None:
    with unit_of_work() as session:
        session.execute(text("INSERT INTO number VALUES (1), (2)"))
    assert _count() == 2


def test_an_error_inside_a_unit_of_work_stores_nothing(numbers: str) -> None:
    with pytest.raises(KeyError), unit_of_work() as session:  # noqa: PT012
        session.execute(text("INSERT INTO number VALUES (1)"))
        raise KeyError("stop")
    assert _count() == 0


def test_a_read_session_refuses_to_write(numbers: str) -> None:
    with pytest.raises(exc.InternalError, match="read-only"), read_session() as session:
        session.execute(text("INSERT INTO number VALUES (1)"))
    with unit_of_work() as session:
        session.execute(text("INSERT INTO number VALUES (1)"))
    assert _count() == 1


def test_copy_through_the_raw_connection_is_committed(numbers: str) -> None:
    with raw_connection() as connection, connection.cursor().copy("COPY number FROM STDIN") as copy:
        for n in range(1000):
            copy.write_row((n,))
    assert _count() == 1000


def test_a_failed_copy_stores_nothing(numbers: str) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation), raw_connection() as connection:  # noqa: PT012
        connection.execute("INSERT INTO number VALUES (1)")
        connection.execute("INSERT INTO number VALUES (1)")
    assert _count() == 0


def test_broken_rules_of_a_table_are_not_taken_for_an_absent_server(numbers: str) -> None:
    with pytest.raises(exc.IntegrityError), unit_of_work() as session:
        session.execute(text("INSERT INTO number VALUES (1), (1)"))


def test_a_statement_that_takes_too_long_says_so(fresh_db: str) -> None:
    database.configure(DatabaseOptions(url=fresh_db, statement_timeout_s=0.05))
    with pytest.raises(DatabaseBusy, match="took too long"), read_session() as session:
        session.execute(text("SELECT pg_sleep(5)"))


def test_a_cut_connection_is_reported_and_the_next_session_works(fresh_db: str) -> None:
    with pytest.raises(DatabaseAway, match="recovers by itself"), unit_of_work() as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with read_session() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_idle_connections_that_were_cut_do_not_reach_the_page(fresh_db: str) -> None:
    with read_session() as session:
        session.execute(text("SELECT 1"))
    with psycopg.connect(psycopg_url(fresh_db), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    with read_session() as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_nobody_answering_is_an_absent_database() -> None:
    database.configure(DatabaseOptions(url="postgresql://nobody@127.0.0.1:9/none", connect_timeout_s=1))
    try:
        with pytest.raises(DatabaseAway, match="does not answer"), read_session() as session:
            session.execute(text("SELECT 1"))
    finally:
        database.dispose()


def test_without_configuration_the_message_names_boot() -> None:
    database.dispose()
    with pytest.raises(RuntimeError, match="boot"):
        database.get_engine()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_spelling_of_the_address_is_understood(scheme: str) -> None:
    assert sqlalchemy_url(f"{scheme}://u:p@h/d") == "postgresql+psycopg://u:p@h/d"
    assert psycopg_url(f"{scheme}://u:p@h/d") == "postgresql://u:p@h/d"


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        sqlalchemy_url("mysql://u:p@h/d")


def test_connections_carry_name_zone_and_time_limit(fresh_db: str) -> None:
    database.configure(DatabaseOptions(url=fresh_db, application_name="kubera web", statement_timeout_s=7))
    with read_session() as session:
        row = session.execute(
            text(
                "SELECT current_setting('application_name'), current_setting('TimeZone'),"
                " current_setting('statement_timeout')"
            )
        ).one()
    assert tuple(row) == ("kubera web", "UTC", "7s")


def test_the_db_fixture_sees_the_work_of_every_kind_of_session(db: Session) -> None:
    with unit_of_work() as session:
        session.execute(text("CREATE TABLE fleeting (n int)"))
    with raw_connection() as connection:
        connection.execute("INSERT INTO fleeting VALUES (1)")
    with read_session() as session:
        assert session.scalar(text("SELECT count(*) FROM fleeting")) == 1
    assert db.scalar(text("SELECT count(*) FROM fleeting")) == 1


def test_the_db_fixture_left_nothing_behind(db: Session) -> None:
    assert db.scalar(text("SELECT to_regclass('fleeting')")) is None
