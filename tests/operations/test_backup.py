"""Backups and restores with a real server: what comes back, what must not, and what a failure leaves."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from core.accounts import activity
from core.jobs.background import Background
from core.jobs.queue import defer
from core.jobs.status import queue_status
from core.operations import backup
from core.operations.restore import WouldReplace, restore
from db.copies import CopyProblem, dumping, programs
from db.copies.errors import WrongCopy
from db.copies.programs import Program, choose
from db.copies.restoring import database_name, with_name
from db.session import read_session, unit_of_work
from tests import processes
from tests.conftest import HeldClock

pytestmark = pytest.mark.xdist_group("restore")  # one restore at a time into a server, which all workers share

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path, environment: Callable[..., None]) -> Path:
    environment(KUBERA_DATA_DIR=str(tmp_path), KUBERA_BACKUP_DIR=str(tmp_path / "kept"), KUBERA_BACKUP_KEEP="3")
    return tmp_path / "kept"


def fill(url: str) -> None:
    """Somebody with a watch, a session and a log."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO accounts (owner, kind, role, user_name, user_name_key, name, email, email_key,"
            " password_hash, state, state_reason, limits_exempt, created_at, version) VALUES (repeat('a', 64),"
            " 'registered', 'investor', 'asha', 'asha', 'Asha', 'a@example.com', 'a@example.com', 'x', 'active', '',"
            " false, now(), 1)"
        )
        connection.execute("INSERT INTO watches VALUES (repeat('a', 64), 'TCS.NS', now())")
        connection.execute(
            "INSERT INTO sessions SELECT gen_random_uuid(), id, repeat('b', 64), 'Chrome', '', now(), now(),"
            " now() + interval '1 day', now() + interval '1 day' FROM accounts"
        )
    with unit_of_work() as session:
        activity.record(session, "rule_changed", actor=None, subject="rule:burst", before=10, after=12)


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def databases(url: str) -> set[str]:
    return {str(name) for (name,) in rows(with_name(url, "postgres"), "SELECT datname FROM pg_database")}


def test_a_backup_is_private_and_says_what_is_in_it(fresh_db: str, folder: Path, clock: HeldClock) -> None:
    fill(fresh_db)
    made = backup.run()
    assert made.name == "kubera-20261118T060000Z.dump"
    assert made.ok
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(backup.manifest_path(made.path).stat().st_mode) == 0o600
    assert sorted(path.suffix for path in folder.iterdir()) == [".dump", ".json"], "nothing half-made is left"
    manifest = backup.check(made.path)
    assert manifest.rows["public.accounts"] == 1
    assert manifest.rows["jobs.procrastinate_jobs"] == 0
    assert manifest.taken_at == "2026-11-18T06:00:00+00:00"
    assert backup.backups() == (made,)


def test_the_newest_are_kept_and_strangers_left_alone(fresh_db: str, folder: Path, clock: HeldClock) -> None:
    folder.mkdir(parents=True)
    (folder / "holiday.dump").write_text("mine")
    made = []
    for _ in range(5):
        made.append(backup.run().name)
        clock.advance(timedelta(days=1))
    assert [one.name for one in backup.backups()] == list(reversed(made[2:]))
    assert (folder / "holiday.dump").read_text() == "mine"


def test_a_damaged_backup_does_not_push_a_whole_one_out(fresh_db: str, folder: Path, clock: HeldClock) -> None:
    made = []
    for _ in range(3):
        made.append(backup.run())
        clock.advance(timedelta(days=1))
    made[2].path.write_bytes(made[2].path.read_bytes()[:-1])
    backup.run()
    assert {one.name: one.ok for one in backup.backups()} == {
        "kubera-20261121T060000Z.dump": True,
        made[2].name: False,
        made[1].name: True,
        made[0].name: True,
    }


def test_one_night_has_one_backup_however_often_its_job_runs(fresh_db: str, folder: Path, clock: HeldClock) -> None:
    slot = datetime(2026, 11, 17, 20, 47, tzinfo=UTC)
    first = backup.run(slot=slot)
    changed = first.path.stat().st_mtime_ns
    assert backup.run(slot=slot) == first
    assert first.path.stat().st_mtime_ns == changed


def test_a_copy_of_the_moment_it_began(fresh_db: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows added while it is taken are neither in the copy nor in its account."""
    fill(fresh_db)
    really = dumping.run

    def meanwhile(*given: object, **named: object) -> None:
        with unit_of_work() as session:
            session.execute(text("INSERT INTO watches VALUES (repeat('c', 64), 'INFY.NS', now())"))
        really(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(dumping, "run", meanwhile)
    made = backup.run()
    restore(made.path, fresh_db, replace=True)
    assert rows(fresh_db, "SELECT symbol FROM watches") == [("TCS.NS",)]


def test_a_restored_database_is_the_one_that_was_saved(fresh_db: str, folder: Path) -> None:
    fill(fresh_db)
    made = backup.run()
    counts = backup.check(made.path).rows
    with unit_of_work() as session:
        session.execute(text("UPDATE accounts SET name = 'Somebody else'"))
        session.execute(text("DELETE FROM watches"))
    done = restore(made.path, fresh_db, replace=True)
    assert done.rows == sum(counts.values())
    assert done.checked
    assert done.sessions == 1, "whoever signed out since stays signed out"
    assert rows(fresh_db, "SELECT name FROM accounts") == [("Asha",)]
    assert rows(fresh_db, "SELECT symbol FROM watches") == [("TCS.NS",)]
    assert rows(fresh_db, "SELECT count(*) FROM sessions") == [(0,)]
    verification = activity.verify()
    assert verification.ok
    assert verification.rows == counts["public.activity_log"] + 1, "the restore itself is in the log"
    assert not {name for name in databases(fresh_db) if name.startswith(f"{database_name(fresh_db)}_")}


def test_this_process_goes_on_with_the_restored_database(fresh_db: str, folder: Path) -> None:
    fill(fresh_db)
    made = backup.run()
    with read_session() as session:  # a pooled connection to the database that is replaced
        assert session.scalar(text("SELECT count(*) FROM watches")) == 1
    restore(made.path, fresh_db, replace=True)
    with unit_of_work() as session:
        session.execute(text("DELETE FROM watches"))
    assert rows(fresh_db, "SELECT count(*) FROM watches") == [(0,)]


def test_a_running_worker_goes_on_with_the_restored_database(fresh_db: str, folder: Path) -> None:
    heard: list[str | None] = []
    made = backup.run()
    fill(fresh_db)
    background = Background(fresh_db, concurrency=1, on_bust=heard.append)
    background.start()
    try:
        wait_until(lambda: heard == [None] and queue_status().workers == 1)
        restore(made.path, fresh_db, replace=True)
        assert rows(fresh_db, "SELECT count(*) FROM accounts") == [(0,)]
        wait_until(lambda: len(heard) > 1, "it listens again, and was told that everything may have changed")
        assert set(heard) == {None}
        with unit_of_work() as session:
            number = defer(session, "rescue_stalled")
        wait_until(
            lambda: (
                rows(fresh_db, f"SELECT status::text FROM jobs.procrastinate_jobs WHERE id = {number or 0}")
                == [("succeeded",)]
            )
        )
    finally:
        background.stop(45)


def wait_until(condition: Callable[[], bool], what: str = "it happened in time") -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def test_mails_that_waited_are_not_sent_after_a_restore(fresh_db: str, folder: Path) -> None:
    with unit_of_work() as session:
        session.execute(
            text(
                "INSERT INTO outbox (kind, key, recipient, recipient_name, subject, device, sealed, state, attempts,"
                " problem, created_at, next_at, not_after) VALUES ('price_alert', 'k', 'a@example.com', 'A', 's', '',"
                " 'x', 'queued', 0, '', now(), now(), now())"
            )
        )
    made = backup.run()
    assert restore(made.path, fresh_db, replace=True).mails == 1
    assert rows(fresh_db, "SELECT state FROM outbox") == [("cancelled",)]


def test_an_empty_database_needs_no_permission_and_a_full_one_does(fresh_db: str, folder: Path) -> None:
    made = backup.run()
    assert restore(made.path, fresh_db).checked
    fill(fresh_db)
    with pytest.raises(WouldReplace, match=r"holds data.*--yes"):
        restore(made.path, fresh_db)
    assert rows(fresh_db, "SELECT count(*) FROM accounts") == [(1,)]


def test_an_older_backup_is_brought_to_the_present_revision(fresh_db: str, empty_db: str, folder: Path) -> None:
    from db.migrations import current, head, upgrade

    upgrade(empty_db, "0002_jobs")
    with psycopg.connect(empty_db, autocommit=True) as connection:
        connection.execute("INSERT INTO watches VALUES ('somebody', 'TCS.NS', now())")
    made = backup.write(folder / "old.dump", url=empty_db)
    assert restore(made.path, fresh_db, replace=True).revision == "0002_jobs"
    assert current(fresh_db) == head()
    assert rows(fresh_db, "SELECT symbol FROM watches") == [("TCS.NS",)]


def wrong_files(folder: Path, made: backup.Backup) -> Iterator[tuple[Path, str]]:
    yield folder / "absent.dump", "There is no file"
    (folder / "text.dump").write_text("SELECT 1")
    yield folder / "text.dump", "is no backup of the database"
    (folder / "cut.dump").write_bytes(made.path.read_bytes()[: made.size // 2])
    yield folder / "cut.dump", "is damaged"
    changed = bytearray(made.path.read_bytes())
    changed[made.size // 2] ^= 0xFF
    (folder / "changed.dump").write_bytes(changed)
    (folder / "changed.json").write_bytes(backup.manifest_path(made.path).read_bytes())
    yield folder / "changed.dump", "its contents changed"
    (folder / "vague.dump").write_bytes(made.path.read_bytes())
    (folder / "vague.json").write_text("[]")
    yield folder / "vague.dump", "account of vague.dump cannot be read"
    later = json.loads(backup.manifest_path(made.path).read_bytes()) | {"revision": "9999_later"}
    (folder / "later.dump").write_bytes(made.path.read_bytes())
    (folder / "later.json").write_text(json.dumps(later))
    yield folder / "later.dump", "9999_later, which this version of Kubera"
    fewer = json.loads(backup.manifest_path(made.path).read_bytes())
    fewer["rows"]["public.watches"] = 7
    (folder / "fewer.dump").write_bytes(made.path.read_bytes())
    (folder / "fewer.json").write_text(json.dumps(fewer))
    yield folder / "fewer.dump", "public.watches differ from its account"


def test_what_is_no_whole_backup_of_ours_is_refused_and_changes_nothing(fresh_db: str, folder: Path) -> None:
    fill(fresh_db)
    made = backup.run()
    for file, words in wrong_files(folder, made):
        with pytest.raises(WrongCopy, match=words):
            restore(file, fresh_db, replace=True)
        assert rows(fresh_db, "SELECT name FROM accounts") == [("Asha",)], file.name
    assert not {name for name in databases(fresh_db) if name.startswith(f"{database_name(fresh_db)}_")}


def test_a_copy_of_a_later_version_without_an_account_is_refused_too(fresh_db: str, folder: Path) -> None:
    with psycopg.connect(fresh_db, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
    made = backup.run()
    backup.manifest_path(made.path).unlink()
    with pytest.raises(WrongCopy, match="9999_later, which this version"):
        restore(made.path, fresh_db, replace=True)


def test_a_restore_that_is_killed_leaves_the_old_data_and_the_next_one_works(fresh_db: str, folder: Path) -> None:
    fill(fresh_db)
    made = backup.run()
    with unit_of_work() as session:
        session.execute(text("UPDATE accounts SET name = 'Present'"))
    said = folder / "said.txt"
    process = processes.start(
        *("-m", "core", "restore", str(made.path), "--yes"), env={**os.environ, "DATABASE_URL": fresh_db}, out=said
    )
    beside = f"{database_name(fresh_db)}_restoring_"
    until = time.monotonic() + 60
    while not any(name.startswith(beside) for name in databases(fresh_db)):
        assert process.poll() is None, said.read_text()
        assert time.monotonic() < until
        time.sleep(0.005)
    process.kill()
    process.wait(10)
    assert rows(fresh_db, "SELECT name FROM accounts") == [("Present",)]
    restore(made.path, fresh_db, replace=True)
    assert rows(fresh_db, "SELECT name FROM accounts") == [("Asha",)]
    assert not {name for name in databases(fresh_db) if name.startswith(f"{database_name(fresh_db)}_")}


def test_the_replaced_database_can_be_kept(fresh_db: str, folder: Path) -> None:
    made = backup.run()
    fill(fresh_db)
    done = restore(made.path, fresh_db, replace=True, keep=True)
    assert done.kept is not None
    kept = with_name(fresh_db, done.kept)
    assert rows(kept, "SELECT name FROM accounts") == [("Asha",)]
    rows_of_none = rows(fresh_db, "SELECT count(*) FROM accounts")
    assert rows_of_none == [(0,)]
    with psycopg.connect(with_name(fresh_db, "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{done.kept}" WITH (FORCE)'.encode())


def test_a_folder_that_cannot_be_written_is_named(
    fresh_db: str, folder: Path, tmp_path: Path, environment: Callable[..., None]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    environment(KUBERA_BACKUP_DIR=str(tmp_path / "file" / "backups"))
    with pytest.raises(
        CopyProblem, match=r"file/backups/kubera-.*cannot be written: Not a directory.*KUBERA_BACKUP_DIR"
    ):
        backup.run()


def test_a_full_disk_keeps_the_earlier_backups(
    fresh_db: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: HeldClock
) -> None:
    """The program's words on a full disk, said by a stand-in that has written half a file by then."""
    earlier = backup.run()
    program = tmp_path / "pg_dump"
    program.write_text(
        "#!/bin/sh\necho PGDMPhalf\n"
        "echo 'pg_dump: error: could not write to output file: No space left on device' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(dumping, "choose", lambda *_: Program(program, 18))
    clock.advance(timedelta(days=1))
    with pytest.raises(CopyProblem, match=r"was not taken\. The disk is full\..*Make room"):
        backup.run()
    assert backup.backups() == (earlier,)
    assert len(list(folder.iterdir())) == 2


def test_an_older_program_is_refused_with_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_installed", lambda name: Program(Path("/usr/bin") / name, 15))
    with pytest.raises(CopyProblem, match=r"Postgres 99, and the newest pg_dump here is of version 18.*client-99"):
        choose("pg_dump", 99)
    assert choose("pg_dump", 15).major >= 15


def test_passwords_are_not_on_the_command_line() -> None:
    target, password = programs._target("postgresql://me:hunter2@127.0.0.1:9/none?sslmode=require")
    assert password == "hunter2"
    assert "hunter2" not in target
    assert "sslmode=require" in target


def test_an_unfinished_copy_is_not_listed(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "kubera-20261118T060000Z.dump").write_bytes(b"PGDMP")
    (folder / "kubera-20261118T060000Z.dump.partial-00000000").write_bytes(b"PGDMP")
    assert backup.backups() == ()
