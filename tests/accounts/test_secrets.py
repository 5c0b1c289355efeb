from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import secrets
from core.secrets import SecretKeyProblem, fingerprint, seal, secret_key, sign, unseal, unsign
from core.settings import SettingsError, load_settings

Environment = Callable[..., None]
GOOD_KEY = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@given(st.text(max_size=200), st.text(max_size=30))
@settings(deadline=None, max_examples=50)
def test_what_is_signed_comes_back_for_the_same_purpose_only(text: str, purpose: str) -> None:
    token = sign(purpose, text)
    assert unsign(purpose, token) == text
    assert unsign(purpose + "x", token) is None


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=80)
def test_nothing_made_up_is_taken_for_signed(token: str) -> None:
    assert unsign("close", token) is None


def test_a_changed_character_breaks_a_signature() -> None:
    token = sign("close", "session 12")
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert unsign("close", changed) in {None, "session 12"}
        if unsign("close", changed) is not None:  # the last character of base64 carries bits that mean nothing
            assert place in {token.index(".") - 1, len(token) - 1}


def test_sealed_bytes_need_the_same_key(environment: Environment) -> None:
    sealed = seal(b"JBSWY3DP")
    assert unseal(sealed) == b"JBSWY3DP"
    assert b"JBSWY3DP" not in sealed
    environment(KUBERA_SECRET_KEY=GOOD_KEY)
    with pytest.raises(SecretKeyProblem, match="KUBERA_SECRET_KEY"):
        unseal(sealed)
    with pytest.raises(SecretKeyProblem):
        unseal(b"nothing of ours")


def test_a_fingerprint_depends_on_key_and_purpose(environment: Environment) -> None:
    first = fingerprint("code", "123456")
    assert first == fingerprint("code", "123456") != fingerprint("proof", "123456")
    assert len(first) == 64
    environment(KUBERA_SECRET_KEY=GOOD_KEY)
    assert fingerprint("code", "123456") != first


def test_the_demo_makes_one_key_and_keeps_it_to_itself(environment: Environment, tmp_path: Path) -> None:
    environment(KUBERA_SECRET_KEY=None, KUBERA_DATA_DIR=str(tmp_path / "new"))
    key = secret_key()
    path = tmp_path / "new" / secrets.KEY_FILE
    assert len(key) >= 32
    assert path.read_bytes() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    path = tmp_path / secrets.KEY_FILE
    read = secrets._kept_key.__wrapped__
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: read(path), range(8)))
    assert len(set(keys)) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_or_unusable_key_file_is_named(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / secrets.KEY_FILE).write_bytes(b"short")
    environment(KUBERA_SECRET_KEY=None, KUBERA_DATA_DIR=str(tmp_path))
    with pytest.raises(SecretKeyProblem, match="damaged"):
        secret_key()
    (tmp_path / "file").write_bytes(b"")
    environment(KUBERA_DATA_DIR=str(tmp_path / "file"))
    with pytest.raises(SecretKeyProblem, match=r"secret\.key"):
        secret_key()


def _problems(environment: Environment, **values: str | None) -> str:
    environment(KUBERA_ENV="production", **values)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return str(refused.value)


def test_production_does_not_start_without_a_secret_key(environment: Environment) -> None:
    said = _problems(environment, KUBERA_SECRET_KEY=None, SMTP_HOST="mail.example.com")
    assert "KUBERA_SECRET_KEY" in said
    assert "SMTP_HOST" not in said


@pytest.mark.parametrize("key", ["change-me-change-me-change-me-change-me", "a" * 64, "0123" * 16, "Kubera" * 8])
def test_production_does_not_start_with_a_sample_key_and_does_not_repeat_it(environment: Environment, key: str) -> None:
    said = _problems(environment, KUBERA_SECRET_KEY=key, SMTP_HOST="mail.example.com")
    assert "KUBERA_SECRET_KEY" in said
    assert key not in said


def test_production_needs_a_mail_server_to_let_people_register(environment: Environment) -> None:
    said = _problems(environment, KUBERA_SECRET_KEY=GOOD_KEY)
    assert "SMTP_HOST" in said
    assert "KUBERA_REGISTRATION=off" in said
    environment(KUBERA_REGISTRATION="off")
    assert load_settings().app.env == "production"
    environment(KUBERA_REGISTRATION=None, SMTP_HOST="mail.example.com")
    assert load_settings().accounts.registration == "on"


def test_the_demo_starts_with_nothing_configured(environment: Environment) -> None:
    environment(KUBERA_SECRET_KEY=None)
    assert load_settings().app.env == "demo"
