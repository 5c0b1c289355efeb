from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import ENV_FILE_VARIABLE, PROJECT_ROOT, SettingsError, get_settings, variables

Environment = Callable[..., None]


def test_with_nothing_configured_everything_has_a_default(environment: Environment) -> None:
    environment(KUBERA_MARKET=None, KUBERA_DATA_DIR=None)
    settings = get_settings()
    assert settings.app.env == "demo"
    assert settings.app.data_dir == PROJECT_ROOT / ".data"
    assert settings.market.mode == "auto"
    assert settings.database.url is None
    assert settings.vendors.alpha_vantage_api_key is None


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("KUBERA_ENV", "staging", "'demo' or 'production'"),
        ("KUBERA_MARKET", "real", "'auto', 'live' or 'demo'"),
        ("KUBERA_UPLOAD_LIMIT_MB", "0", "smallest allowed is 1"),
        ("KUBERA_UPLOAD_LIMIT_MB", "lots", "a whole number"),
        ("KUBERA_HTTP_TIMEOUT", "soon", "a number"),
        ("KUBERA_HTTP_TIMEOUT", "100000", "largest allowed is 120"),
        ("KUBERA_DB_POOL_SIZE", "1.5", "a whole number"),
        ("KUBERA_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("KUBERA_WORKER", "yes", "'on' or 'off'"),
        ("YAHOO_BASE_URL", "ftp://somewhere", "an address such as http://127.0.0.1:9000"),
        ("ALPHA_VANTAGE_BASE_URL", "http://h/?apikey=1", "without ?"),
    ],
)
def test_a_wrong_value_names_variable_value_and_what_is_allowed(
    environment: Environment, name: str, value: str, allowed: str
) -> None:
    environment(**{name: value})
    with pytest.raises(SettingsError) as caught:
        get_settings()
    [problem] = caught.value.problems
    assert problem.startswith(f"{name}: '{value}' is not accepted")
    assert allowed in problem


@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", "mysql://me:hunter2@host/db"), ("KUBERA_SECRET_KEY", "hunter2")]
)
def test_a_wrong_secret_is_not_shown(environment: Environment, name: str, value: str) -> None:
    environment(**{name: value})
    with pytest.raises(SettingsError, match=name) as caught:
        get_settings()
    assert "hunter2" not in str(caught.value)


def test_all_wrong_values_are_named_at_once(environment: Environment) -> None:
    environment(KUBERA_ENV="x", KUBERA_WORKER="x", DATABASE_URL="x")
    with pytest.raises(SettingsError) as caught:
        get_settings()
    assert {problem.split(":")[0] for problem in caught.value.problems} == {
        "KUBERA_ENV",
        "KUBERA_WORKER",
        "DATABASE_URL",
    }


def test_secrets_do_not_show_in_the_settings_text(environment: Environment) -> None:
    environment(ALPHA_VANTAGE_API_KEY="hunter2hunter2", DATABASE_URL="postgresql://me:hunter2@host/db")
    assert "hunter2" not in repr(get_settings())


def test_an_empty_value_means_not_configured(environment: Environment) -> None:
    environment(ALPHA_VANTAGE_API_KEY=" ", DATABASE_URL="", KUBERA_MARKET="", YAHOO_BASE_URL="  ")
    settings = get_settings()
    assert settings.vendors.alpha_vantage_api_key is None
    assert settings.vendors.yahoo_base_url is None
    assert settings.database.url is None
    assert settings.market.mode == "auto"


def test_a_dotenv_file_is_read_and_the_environment_wins(environment: Environment, tmp_path: Path) -> None:
    file = tmp_path / "my.env"
    file.write_text("KUBERA_MARKET=live\nKUBERA_WORKER=off\nUNRELATED=1\n")
    environment(**{ENV_FILE_VARIABLE: str(file), "KUBERA_MARKET": "demo"})
    assert get_settings().market.mode == "demo"
    assert get_settings().jobs.worker == "off"


def test_the_base_address_loses_its_last_slash(environment: Environment) -> None:
    environment(YAHOO_BASE_URL="http://127.0.0.1:9000/")
    assert get_settings().vendors.yahoo_base_url == "http://127.0.0.1:9000"


def test_relative_data_folders_are_the_same_from_everywhere(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    environment(KUBERA_DATA_DIR="some data")
    assert get_settings().app.data_dir == PROJECT_ROOT / "some data"


def test_every_variable_is_described() -> None:
    assert [name for name, field in variables().items() if not field.description] == []


def test_the_example_file_has_every_variable_and_no_other() -> None:
    text = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))
    assert named == set(variables()) | {"HOST", "PORT"}
