from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

import db.session as database
from db.session import DatabaseAway, DatabaseBusy, DatabaseOptions, psycopg_url, quick_rows

PID = "SELECT pg_backend_pid()"


def _cut(url: str) -> None:
    with psycopg.connect(psycopg_url(url), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_a_question_is_answered_over_a_connection_that_is_kept(fresh_db: str) -> None:
    assert quick_rows("SELECT %(a)s::int + 1, 'x'", {"a": 4}) == [(5, "x")]
    assert quick_rows(PID, {}) == quick_rows(PID, {})


def test_what_would_write_is_refused(fresh_db: str) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        quick_rows("CREATE TABLE x (n int)", {})
    assert quick_rows("SELECT 1", {}) == [(1,)]


def test_a_parameter_is_a_value_and_never_a_statement(fresh_db: str) -> None:
    hostile = "'; DROP TABLE accounts; --"
    assert quick_rows("SELECT %(a)s::text", {"a": hostile}) == [(hostile,)]


def test_a_connection_that_was_cut_while_idle_is_replaced(fresh_db: str) -> None:
    before = quick_rows(PID, {})
    _cut(fresh_db)
    assert quick_rows(PID, {}) != before


def test_a_question_that_cuts_its_own_connection_is_an_absent_database(fresh_db: str) -> None:
    with pytest.raises(DatabaseAway):
        quick_rows("SELECT pg_terminate_backend(pg_backend_pid())", {})
    assert quick_rows("SELECT 1", {}) == [(1,)]


def test_a_question_that_takes_too_long_says_so(fresh_db: str) -> None:
    database.configure(DatabaseOptions(url=fresh_db, statement_timeout_s=0.05))
    with pytest.raises(DatabaseBusy, match="took too long"):
        quick_rows("SELECT pg_sleep(5)", {})
    assert quick_rows("SELECT 1", {}) == [(1,)]


def test_nobody_answering_is_an_absent_database() -> None:
    database.configure(DatabaseOptions(url="postgresql://nobody@127.0.0.1:9/none", connect_timeout_s=1))
    try:
        with pytest.raises(DatabaseAway):
            quick_rows("SELECT 1", {})
    finally:
        database.dispose()
    with pytest.raises(RuntimeError, match="boot"):
        quick_rows("SELECT 1", {})


def test_many_threads_get_their_own_answers_and_few_connections_stay(fresh_db: str) -> None:
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda n: quick_rows("SELECT %(n)s::int", {"n": n}), range(300)))
    assert answers == [[(n,)] for n in range(300)]
    assert len(database._quick) <= database._QUICK_KEPT


def test_another_server_is_asked_after_it_was_configured(fresh_db: str, database_url: str) -> None:
    name = "SELECT current_database()"
    here = quick_rows(name, {})
    database.configure(DatabaseOptions(url=database_url))
    assert quick_rows(name, {}) != here
    database.configure(DatabaseOptions(url=fresh_db))
    assert quick_rows(name, {}) == here


def test_inside_a_tests_transaction_it_sees_what_is_not_committed(db: Session) -> None:
    db.execute(text("CREATE TEMPORARY TABLE mine (n int)"))
    db.execute(text("INSERT INTO mine VALUES (7)"))
    assert quick_rows("SELECT n FROM mine", {}) == [(7,)]
