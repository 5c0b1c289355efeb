"""What the environment says: every variable the project reads, in one place, checked before anything starts.

Values come from the process environment and from `.env` beside the project (the environment wins). A wrong value
raises `SettingsError`, whose text names the variable, what was given and what is allowed; secrets are never shown.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds `app.py`; relative paths in the environment are relative to it."""

ENV_FILE_VARIABLE = "KUBERA_ENV_FILE"
"""Names another file than `.env`; empty for none."""

_DATABASE_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")


class SettingsError(ValueError):
    """The environment holds a value the project cannot start with; the text is meant for the operator."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _blank_is_unset(value: object) -> object:
    """`NAME=` in a `.env` or compose file means "not configured", the same as leaving the line out."""
    return None if isinstance(value, str) and not value.strip() else value


def _http_url(value: str | None) -> str | None:
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address such as http://127.0.0.1:9000")
    if parts.query or parts.fragment:
        raise ValueError("an address without ? or #")
    return value.rstrip("/")


def _database_url(value: SecretStr | None) -> SecretStr | None:
    if value is None:
        return None
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in _DATABASE_SCHEMES:
        raise ValueError("an address such as postgresql://user:password@host:5432/kubera")
    return value


def _absolute(value: Path) -> Path:
    expanded = value.expanduser()
    return expanded if expanded.is_absolute() else PROJECT_ROOT / expanded


HttpUrl = Annotated[str | None, BeforeValidator(_blank_is_unset), AfterValidator(_http_url)]
Secret = Annotated[SecretStr | None, BeforeValidator(_blank_is_unset)]


class _Group(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=False)


class AppSettings(_Group):
    """The application as a whole."""

    env: Literal["demo", "production"] = Field(
        "demo", alias="KUBERA_ENV", description="demo: a visitor may look around with one click; production: not"
    )
    data_dir: Annotated[Path, AfterValidator(_absolute)] = Field(
        Path(".data"), alias="KUBERA_DATA_DIR", description="Folder of the embedded database and caches"
    )
    secret_key: Annotated[SecretStr | None, BeforeValidator(_blank_is_unset)] = Field(
        None,
        alias="KUBERA_SECRET_KEY",
        min_length=32,
        description="At least 32 random characters that sign what leaves the server; the same in every process",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", alias="KUBERA_LOG_LEVEL", description="Least severity written to the log"
    )
    upload_limit_mb: int = Field(
        200, ge=1, le=2000, alias="KUBERA_UPLOAD_LIMIT_MB", description="Largest file an investor may give, in MB"
    )


class DatabaseSettings(_Group):
    """Where rows live."""

    url: Annotated[SecretStr | None, BeforeValidator(_blank_is_unset), AfterValidator(_database_url)] = Field(
        None, alias="DATABASE_URL", description="A Postgres 15+ server; without it the embedded one is started"
    )
    pool_size: int = Field(
        10, ge=1, le=200, alias="KUBERA_DB_POOL_SIZE", description="Connections a process keeps; as many again at peaks"
    )
    statement_timeout_s: float = Field(
        30.0, ge=0.1, le=3600, alias="KUBERA_DB_STATEMENT_TIMEOUT", description="Longest statement, in seconds"
    )
    connect_timeout_s: int = Field(
        5, ge=1, le=60, alias="KUBERA_DB_CONNECT_TIMEOUT", description="Longest wait for a connection, in seconds"
    )


class MarketSettings(_Group):
    """Which market the pages show."""

    mode: Literal["auto", "live", "demo"] = Field(
        "auto",
        alias="KUBERA_MARKET",
        description="live: vendors only; demo: the simulated market; auto: vendors when they answer, else simulated",
    )


class VendorSettings(_Group):
    """Data vendors: where they are and how to sign in to them."""

    yahoo_base_url: HttpUrl = Field(
        None,
        alias="YAHOO_BASE_URL",
        description="Sends calls for https://HOST/path of Yahoo to this address + /HOST/path",
    )
    alpha_vantage_base_url: HttpUrl = Field(
        None, alias="ALPHA_VANTAGE_BASE_URL", description="Another address than Alpha Vantage's own"
    )
    alpha_vantage_api_key: Secret = Field(
        None, alias="ALPHA_VANTAGE_API_KEY", description="Key of Alpha Vantage; without it the source is not used"
    )
    http_timeout_s: float = Field(
        10.0, ge=0.1, le=120, alias="KUBERA_HTTP_TIMEOUT", description="Longest wait for a vendor's answer, in seconds"
    )


class JobSettings(_Group):
    """Background work."""

    worker: Literal["on", "off"] = Field(
        "on", alias="KUBERA_WORKER", description="Whether the web process also works the queue"
    )
    concurrency: int = Field(
        2, ge=1, le=32, alias="KUBERA_WORKER_CONCURRENCY", description="Jobs one worker runs at a time"
    )


class AccountSettings(_Group):
    """People: who may register, how long a sign-in lasts."""

    registration: Literal["on", "off"] = Field(
        "on", alias="KUBERA_REGISTRATION", description="Whether people may register themselves; admins are made by hand"
    )
    idle_hours: float = Field(
        72.0, gt=0, le=24 * 90, alias="KUBERA_SESSION_IDLE_HOURS", description="A sign-in ends after this long unused"
    )
    lifetime_hours: float = Field(
        24.0 * 30,
        gt=0,
        le=24 * 366,
        alias="KUBERA_SESSION_LIFETIME_HOURS",
        description="A sign-in ends then in any case",
    )
    public_url: HttpUrl = Field(
        None,
        alias="KUBERA_PUBLIC_URL",
        description="The address people open, for links in mails (https://desk.example)",
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=5,
        alias="KUBERA_TRUSTED_PROXIES",
        description="How many proxies in front add themselves to X-Forwarded-For (nginx of deploy/: 1)",
    )


class MailSettings(_Group):
    """The mail server; without it production has no registration, and the demo shows mails on screen."""

    host: str | None = Field(None, alias="SMTP_HOST", description="The mail server's name; unset: no mail is sent")
    port: int = Field(587, ge=1, le=65535, alias="SMTP_PORT", description="Its port: 587 (STARTTLS), 465 (TLS), 25")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", alias="SMTP_SECURITY", description="How the connection is protected; none only to this machine"
    )
    user: str | None = Field(None, alias="SMTP_USER", description="Name to sign in with; unset: no sign-in")
    password: Secret = Field(None, alias="SMTP_PASSWORD", description="Password to sign in with")
    sender: str = Field(
        "Kubera <kubera@localhost>", alias="SMTP_FROM", description="Whom mails are from: Name <address>"
    )
    timeout_s: float = Field(
        10.0, ge=0.1, le=120, alias="SMTP_TIMEOUT", description="Longest wait for the mail server, in seconds"
    )
    ca_file: Path | None = Field(
        None, alias="SMTP_CA_FILE", description="Certificates to trust besides the system's (a company's own)"
    )


class BackupSettings(_Group):
    """Nightly copies of the database."""

    directory: Path | None = Field(
        None, alias="KUBERA_BACKUP_DIR", description="Where backups are kept; unset: backups/ in KUBERA_DATA_DIR"
    )
    keep: int = Field(14, ge=1, le=1000, alias="KUBERA_BACKUP_KEEP", description="How many nightly backups are kept")


@dataclass(frozen=True, slots=True)
class Settings:
    """All groups together."""

    app: AppSettings
    database: DatabaseSettings
    market: MarketSettings
    vendors: VendorSettings
    jobs: JobSettings
    accounts: AccountSettings
    mail: MailSettings
    backups: BackupSettings


GROUPS: dict[str, type[_Group]] = {
    "app": AppSettings,
    "database": DatabaseSettings,
    "market": MarketSettings,
    "vendors": VendorSettings,
    "jobs": JobSettings,
    "accounts": AccountSettings,
    "mail": MailSettings,
    "backups": BackupSettings,
}


def env_file() -> Path | None:
    """The `.env` in use, or None when there is none."""
    named = os.environ.get(ENV_FILE_VARIABLE)
    if named is not None and not named.strip():
        return None
    path = _absolute(Path(named)) if named else PROJECT_ROOT / ".env"
    return path if path.is_file() else None


def variables() -> dict[str, FieldInfo]:
    """Every variable by its name in the environment, in the order of the groups."""
    return {str(field.alias): field for group in GROUPS.values() for field in group.model_fields.values()}


def load_settings() -> Settings:
    """Read and check the environment now.

    Raises:
        SettingsError: one line for each wrong variable.
    """
    groups: dict[str, Any] = {}
    problems: list[str] = []
    for name, group in GROUPS.items():
        try:
            groups[name] = group(_env_file=env_file())  # type: ignore[call-arg]
        except ValidationError as error:
            problems.extend(_explain(group, error))
    if not problems:
        settings = Settings(**groups)
        problems.extend(_unsafe(settings))
    if problems:
        raise SettingsError(tuple(problems))
    return settings


@cache
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        SettingsError: one line for each wrong variable.
    """
    return load_settings()


def reset_settings() -> None:
    """Forget what was read, so that the next `get_settings` reads the environment again (tests)."""
    get_settings.cache_clear()


_SAMPLE_WORDS = ("change", "example", "secret", "default", "password", "insecure", "kubera")


def _unsafe(settings: Settings) -> list[str]:
    """What production must not start with, though each value is well-formed."""
    if settings.app.env != "production":
        return []
    problems = []
    key = settings.app.secret_key
    if key is None:
        problems.append(
            "KUBERA_SECRET_KEY: it is not set, and production needs it; `openssl rand -hex 32` prints a good one"
        )
    elif _guessable(key.get_secret_value()):
        problems.append(
            "KUBERA_SECRET_KEY: the value given (not shown) looks like a sample, not like random characters; "
            "`openssl rand -hex 32` prints a good one"
        )
    if settings.accounts.registration == "on" and settings.mail.host is None:
        problems.append(
            "SMTP_HOST: it is not set, and production needs a mail server to let people register; "
            "set it, or close registration with KUBERA_REGISTRATION=off"
        )
    return problems


def _guessable(key: str) -> bool:
    lowered = key.lower()
    return len(set(key)) < 10 or any(word in lowered for word in _SAMPLE_WORDS)


def _explain(group: type[_Group], error: ValidationError) -> list[str]:
    fields = {str(field.alias): field for field in group.model_fields.values()}
    lines = []
    for item in error.errors(include_url=False):
        variable = str(item["loc"][0]) if item["loc"] else "the environment"
        field = fields.get(variable)
        secret = field is None or "SecretStr" in str(field.annotation)
        given = "the value given (not shown)" if secret else repr(str(item["input"]))
        lines.append(f"{variable}: {given} is not accepted; {_allowed(item)}")
    return lines


def _allowed(item: Any) -> str:
    context = item.get("ctx", {})
    match item["type"]:
        case "literal_error":
            return f"allowed are {context['expected']}"
        case "value_error":
            return f"expected {context['error']}"
        case "greater_than_equal":
            return f"the smallest allowed is {context['ge']}"
        case "less_than_equal":
            return f"the largest allowed is {context['le']}"
        case "int_parsing" | "int_from_float" | "int_type":
            return "expected a whole number"
        case "float_parsing" | "float_type":
            return "expected a number"
        case "too_short" | "string_too_short":
            return f"at least {context['min_length']} characters are needed"
        case _:
            return str(item["msg"]).lower()
