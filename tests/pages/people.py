"""Real accounts and sign-ins for tests of pages: rows in the test's own database, looked up as always."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import pytest
from streamlit.testing.v1 import AppTest

from components import session as browser
from core.accounts import passwords, people, sessions
from core.accounts.model import Account, Origin
from core.clock import now
from db.repositories.accounts_people import NewPerson, PeopleRepository
from db.session import unit_of_work

PASSWORD = "granite otter sails at dusk"
CHROME = Origin(
    ip="203.0.113.7",
    user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36",
    device="d" * 64,
)


def registered(
    user_name: str = "asha", *, name: str = "Asha Rao", email: str = "", role: str = "investor", days: int = 0
) -> Account:
    """A registered account with `PASSWORD`, cheaply hashed by whoever set `passwords.WORK_FACTOR`."""
    address = email or f"{user_name}@example.com"
    with unit_of_work() as work:
        number = PeopleRepository(work).add(
            NewPerson(
                owner=secrets.token_hex(32),
                kind="registered",
                role=role,
                user_name=user_name,
                user_name_key=user_name.casefold(),
                name=name,
                email=address,
                email_key=address.casefold(),
                password_hash=passwords.hash_password(PASSWORD),
                created_at=now(),
                expires_at=None,
            )
        )
        assert number is not None
    return people.get(number)


@dataclass
class Browser:
    """A browser in a test's hand: which token its cookie holds."""

    token: str | None = None
    origin: Origin = field(default=CHROME)

    def sign_in(self, account: Account) -> Account:
        """Hold a new session of this account."""
        self.token = sessions.open_session(account, self.origin)
        return account

    def held(self) -> str | None:
        """What the app asks of the cookie."""
        return self.token


def hold(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Put a browser of the test's in the place of the cookie; passwords are hashed quickly."""
    monkeypatch.setattr(passwords, "WORK_FACTOR", 4)
    here = Browser()
    monkeypatch.setattr(browser, "current_token", here.held)
    return here


def said(at: AppTest) -> str:
    """Everything a page says outside tables and labels of inputs."""
    kinds = (at.title, at.markdown, at.caption, at.warning, at.info, at.error, at.success, at.code)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def press(at: AppTest, label: str) -> AppTest:
    """Press the button of that label."""
    found = [button for button in at.button if button.label == label]
    assert found, f"no button {label!r} among {[button.label for button in at.button]}"
    return found[0].click().run()
