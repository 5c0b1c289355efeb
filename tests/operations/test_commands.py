"""The operator's commands as processes: what they print, their exit codes, and no traceback for bad input."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from core import clock
from core.accounts import activity, passwords, sign_in
from core.accounts.model import Origin
from core.accounts.sign_in import Accepted, SecondFactorNeeded
from core.operations import backup
from core.operations.restore import restore
from db.repositories.accounts_people import NewPerson, PeopleRepository
from db.session import unit_of_work
from tests import processes
from tests.operations.people import rows

pytestmark = pytest.mark.xdist_group("restore")  # one restore at a time into a server, which all workers share

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "granite otter sails at dusk"


@pytest.fixture
def core(
    fresh_db: str, tmp_path: Path, environment: Callable[..., None]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    environment(KUBERA_DATA_DIR=str(tmp_path / "data"), KUBERA_BACKUP_DIR=str(tmp_path / "kept"))

    def run(*arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return processes.run(
            "-m", "core", *arguments, env={**os.environ, "DATABASE_URL": fresh_db, **more}, given=given, timeout=90
        )

    return run


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr


def test_an_admin_is_made_backed_up_restored_and_can_sign_in(
    core: Callable[..., subprocess.CompletedProcess[str]], fresh_db: str, tmp_path: Path
) -> None:
    made = core(
        "create-admin", "--user-name", "boss", "--email", "boss@example.com", "--password-stdin", "--json",
        given=f"{PASSWORD}\n",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    document = json.loads(made.stdout)
    assert (document["user_name"], document["email"], document["role"]) == ("boss", "boss@example.com", "admin")
    assert PASSWORD not in made.stdout + made.stderr

    file = tmp_path / "elsewhere" / "before.dump"
    saved = core("backup", "--to", str(file), "--json")
    assert saved.returncode == 0, saved.stderr
    account = json.loads(saved.stdout)
    assert account["file"] == str(file)
    assert account["sha256"] == backup.digest(file)

    refused(core("restore", str(file)), 2, "holds data", "--yes")
    restored = core("restore", str(file), "--yes", "--json")
    assert restored.returncode == 0, restored.stderr
    told = json.loads(restored.stdout)
    assert told["log"]["ok"] is True
    assert told["checked"] is True
    assert told["rows"] == account["rows"]

    asked = sign_in.sign_in("boss", PASSWORD, Origin(ip="203.0.113.7"))
    assert isinstance(asked, SecondFactorNeeded), "an admin is asked for a code"

    proved = core("verify-log", "--json")
    assert proved.returncode == 0
    assert json.loads(proved.stdout)["ok"] is True


def test_an_investor_signs_in_after_a_restore_with_the_password_of_the_backup(
    fresh_db: str, empty_db: str, tmp_path: Path, environment: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(KUBERA_DATA_DIR=str(tmp_path), KUBERA_BACKUP_DIR=str(tmp_path / "kept"))
    monkeypatch.setattr(passwords, "WORK_FACTOR", 4)
    from db.session import DatabaseOptions, configure

    configure(DatabaseOptions(url=fresh_db))
    with unit_of_work() as work:
        number = PeopleRepository(work).add(
            NewPerson(
                "a" * 64, "registered", "investor", "asha", "asha", "Asha", "asha@example.com", "asha@example.com",
                passwords.hash_password(PASSWORD), clock.now(), None,
            )
        )  # fmt: skip
    made = backup.run()
    restore(made.path, empty_db)
    configure(DatabaseOptions(url=empty_db))
    accepted = sign_in.sign_in("asha", PASSWORD, Origin(ip="203.0.113.7"))
    assert isinstance(accepted, Accepted)
    assert accepted.account.id == number
    assert activity.verify().ok
    assert rows("SELECT count(*) FROM accounts") == [(1,)]


def test_a_changed_row_is_named_and_the_exit_code_is_1(
    core: Callable[..., subprocess.CompletedProcess[str]], fresh_db: str
) -> None:
    for number in range(3):
        with unit_of_work() as session:
            activity.record(session, "rule_changed", actor=None, subject="rule:burst", after=number)
    with psycopg.connect(fresh_db, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE activity_log SET subject = 'rule:other' WHERE id = 2")
    done = core("verify-log", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert (told["ok"], told["first_bad"]) == (False, 2)
    assert "2" in core("verify-log").stdout


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (["create-admin", "--user-name", "boss", "--email", "nobody", "--password-stdin"], PASSWORD, "mail"),
        (["create-admin", "--user-name", "b", "--email", "b@example.com", "--password-stdin"], PASSWORD, "name"),
        (["create-admin", "--user-name", "boss", "--email", "b@example.com", "--password-stdin"], "short", "assword"),
        (["create-admin", "--user-name", "boss", "--email", "b@example.com", "--password-stdin"], "", "no password"),
        (["create-admin", "--user-name", "boss", "--email", "b@example.com"], PASSWORD, "--password-stdin"),
        (["restore", "/no/such/file.dump"], "", "There is no file"),
        (["restore"], "", "Missing argument"),
        (["backup", "--too", "x"], "", "--too"),
    ],
)
def test_bad_input_is_named_and_ends_with_2(
    core: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str], given: str, words: str
) -> None:
    refused(core(*arguments, given=given), 2, words)


def test_a_name_that_is_taken_makes_no_second_admin(core: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    words = ["create-admin", "--user-name", "boss", "--email", "boss@example.com", "--password-stdin"]
    assert core(*words, given=PASSWORD).returncode == 0
    refused(core(*words, given=PASSWORD), 2)
    assert rows("SELECT count(*) FROM accounts") == [(1,)]


def test_a_folder_that_cannot_be_written_ends_with_1_and_the_remedy(
    core: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    refused(
        core("backup", KUBERA_BACKUP_DIR=str(tmp_path / "file" / "kept")), 1, "cannot be written", "KUBERA_BACKUP_DIR"
    )


def test_an_absent_database_ends_each_command_with_1(core: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    away = "postgresql://nobody:hunter2@127.0.0.1:9/none"
    done = core("backup", DATABASE_URL=away)
    refused(done, 1, "does not answer")
    assert "hunter2" not in done.stderr


def test_a_backup_of_the_embedded_database_is_restored_into_it(tmp_path: Path) -> None:
    """The usual installation: no DATABASE_URL at all."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "KUBERA_DATA_DIR": str(tmp_path / "my data")}
        return processes.run("-m", "core", *arguments, env=environment, timeout=110)

    saved = run("backup", "--json")
    assert saved.returncode == 0, saved.stderr
    file = Path(json.loads(saved.stdout)["file"])
    assert file.parent == tmp_path / "my data" / "backups"
    restored = run("restore", str(file), "--json")
    assert restored.returncode == 0, restored.stderr
    assert json.loads(restored.stdout)["checked"] is True
