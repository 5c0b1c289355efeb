"""`python -m core`: what goes to standard output, what to standard error, and the exit codes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from core import __version__
from db.embedded import ensure, release
from db.migrations import upgrade
from tests import processes

ROOT = Path(__file__).resolve().parents[2]


def core(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return processes.run("-m", "core", *arguments, env={**os.environ, **environment})


def test_doctor_as_json_is_one_document_and_nothing_else(fresh_db: str, tmp_path: Path) -> None:
    done = core("doctor", "--json", DATABASE_URL=fresh_db, KUBERA_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    checks = {check["name"]: check for check in report["checks"]}
    assert report["version"] == __version__
    assert report["ok"] is True
    assert checks["database"]["state"] == "ok"
    assert checks["migrations"]["state"] == "ok"
    assert checks["worker"]["state"] == "off"
    assert "python -m core worker" in checks["worker"]["remedy"]
    assert checks["packages"]["state"] == "ok"
    assert {"python", "settings", "data folder", "market", "yahoo", "image export", "fonts"} <= set(checks)


def test_doctor_makes_no_database_but_starts_one_that_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "my data"
    first = core("doctor", KUBERA_DATA_DIR=str(folder))
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"embedded, in {folder}, not made yet" in first.stdout
    assert list(folder.iterdir()) == []
    upgrade(ensure(folder, durable=False))
    release(folder)
    second = core("doctor", "--json", KUBERA_DATA_DIR=str(folder))
    checks = {check["name"]: check for check in json.loads(second.stdout)["checks"]}
    assert checks["database"]["detail"] == f"embedded, in {folder}"
    assert checks["migrations"]["state"] == "ok"


def test_doctor_says_what_is_broken_and_what_to_do(tmp_path: Path) -> None:
    away = "postgresql://me:hunter2@127.0.0.1:9/none"
    done = core("doctor", "--json", DATABASE_URL=away, KUBERA_DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    [database] = [check for check in json.loads(done.stdout)["checks"] if check["name"] == "database"]
    assert database["state"] == "broken"
    assert "correct DATABASE_URL" in database["remedy"]
    assert "hunter2" not in done.stdout + done.stderr


def test_doctor_explains_wrong_settings_instead_of_ending_with_them() -> None:
    done = core("doctor", "--json", KUBERA_MARKET="real", KUBERA_WORKER="maybe")
    assert done.returncode == 1
    broken = [check["detail"] for check in json.loads(done.stdout)["checks"] if check["state"] == "broken"]
    assert len(broken) == 2
    assert any(text.startswith("KUBERA_MARKET: 'real'") for text in broken)


def test_doctor_notices_a_misspelt_variable(tmp_path: Path) -> None:
    done = core("doctor", "--json", KUBERA_MARKTE="live", KUBERA_DATA_DIR=str(tmp_path / "data"))
    [settings] = [check for check in json.loads(done.stdout)["checks"] if check["name"] == "settings"]
    assert settings["state"] == "warning"
    assert "KUBERA_MARKTE" in settings["detail"]


@pytest.mark.parametrize("command", [["worker"], ["doctor", "--frequently"], ["dance"], []])
def test_bad_input_ends_with_2_and_no_traceback(command: list[str]) -> None:
    done = core(*command, KUBERA_MARKET="real" if command == ["worker"] else "demo")
    assert done.returncode == 2
    assert done.stderr.strip() or not command
    assert "Traceback" not in done.stderr + done.stdout


def test_an_absent_database_ends_the_worker_with_1_and_a_remedy() -> None:
    done = core("worker", DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_printed() -> None:
    assert core("--version").stdout.strip() == __version__
