"""Fixtures of this area.

certificate      a self-made certificate for the loopback mail server
mail_server      mail_server(**how) -> LoopbackMail, running, with the settings pointed to it (no protection unless
                 asked); closed at the end
account          account(name) -> the number of a registered account, in the test's database
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from core import clock as project_clock
from db.session import unit_of_work
from db.tables.accounts import AccountRow
from tests.notices.mail import Certificate, LoopbackMail, make_certificate

MailServerMaker = Callable[..., LoopbackMail]
AccountMaker = Callable[[str], int]

SENDER = "Kubera <desk@kubera.test>"


@pytest.fixture(autouse=True)
def _key(environment: Callable[..., None]) -> None:
    environment(KUBERA_SECRET_KEY="k" * 40)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def mail_server(environment: Callable[..., None]) -> Iterator[MailServerMaker]:
    with ExitStack() as stack:

        def start(*, settings: dict[str, str] | None = None, **how: object) -> LoopbackMail:
            server = stack.enter_context(LoopbackMail(**how))  # type: ignore[arg-type]
            tls = how.get("tls")
            protected = "none" if tls is None else "tls" if how.get("wrapped") else "starttls"
            values = {
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(server.port),
                "SMTP_SECURITY": protected,
                "SMTP_FROM": SENDER,
                "SMTP_TIMEOUT": "1",
                "KUBERA_PUBLIC_URL": "https://desk.test",
            }
            if isinstance(tls, Certificate):
                values["SMTP_CA_FILE"] = str(tls.certificate)
            environment(**(values | (settings or {})))
            return server

        yield start


@pytest.fixture
def account() -> AccountMaker:
    def make(name: str) -> int:
        now = project_clock.now()
        with unit_of_work() as session:
            row = AccountRow(
                owner=hashlib.sha256(name.encode()).hexdigest(),
                kind="registered",
                role="investor",
                user_name=name,
                user_name_key=name,
                name=name.title(),
                email=f"{name}@example.com",
                email_key=f"{name}@example.com",
                password_hash="never matched",
                password_changed_at=now,
                state="active",
                state_reason="",
                limits_exempt=False,
                created_at=now,
                last_seen_at=None,
                expires_at=None,
                version=1,
            )
            session.add(row)
            session.flush()
            return row.id

    return make
