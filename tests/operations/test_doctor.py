"""What the doctor says about mail, the secret key and backups."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core import doctor
from core.operations import backup
from core.settings import load_settings
from tests.conftest import HeldClock


def test_without_a_mail_server_the_demo_works_and_says_how_to_have_one(environment: Callable[..., None]) -> None:
    environment(SMTP_HOST=None)
    found = doctor._mail(load_settings())
    assert (found.state, "SMTP_HOST" in found.remedy) == ("off", True)


def test_a_mail_server_that_answers_and_one_that_does_not(environment: Callable[..., None]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        environment(SMTP_HOST="127.0.0.1", SMTP_PORT=str(port), SMTP_USER="desk", SMTP_PASSWORD="hunter2hunter2")
        found = doctor._mail(load_settings())
        assert found.state == "ok"
        assert found.detail == f"127.0.0.1:{port} answers; starttls, signs in as desk"
    found = doctor._mail(load_settings())
    assert found.state == "warning"
    assert f"127.0.0.1:{port} does not answer" in found.detail
    assert "mails wait" in found.remedy


def test_production_without_a_mail_server_is_warned(
    environment: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(
        KUBERA_ENV="production", KUBERA_REGISTRATION="off", KUBERA_SECRET_KEY="3f9a8b1c6d7e2f4051627384a5b6c7d8e9"
    )
    found = doctor._mail(load_settings())
    assert (found.state, found.detail) == ("warning", "none: nobody can register or get a code")
    assert doctor._secret_key(load_settings()).state == "ok"


def test_the_age_of_the_newest_whole_backup(
    fresh_db: str, clock: HeldClock, environment: Callable[..., None], tmp_path: Path
) -> None:
    environment(KUBERA_DATA_DIR=str(tmp_path))
    found = doctor._backups(load_settings())
    assert (found.state, found.detail) == ("off", f"none in {tmp_path / 'backups'} yet")
    older = backup.run()
    clock.advance(timedelta(hours=30))
    assert doctor._backups(load_settings()).state == "ok"
    newer = backup.run()
    newer.path.write_bytes(b"PGDMP")
    clock.advance(timedelta(hours=7))
    found = doctor._backups(load_settings())
    assert (found.state, found.detail) == ("warning", f"the newest in {older.path.parent} is 1 d old")
