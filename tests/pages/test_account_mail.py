"""Mails on screen: this browser's only, newest first, as text; nothing where a mail server is configured."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from components import origin
from core.accounts.model import Account
from core.clock import clock_at, now
from core.market.service import Market
from core.notices import outbox
from db.session import unit_of_work
from tests.pages.conftest import MORNING
from tests.pages.people import CHROME, hold, registered, said


@pytest.fixture
def me(demo_desk: Market, monkeypatch: pytest.MonkeyPatch) -> Account:
    hold(monkeypatch)
    monkeypatch.setattr(origin, "current", lambda: CHROME)
    return registered()


def a_mail(account: Account, key: str, *, device: str = CHROME.device, message: str = "Soon.") -> None:
    with unit_of_work() as work:
        outbox.post(
            work,
            "maintenance_announced",
            to=account.email,
            account_id=account.id,
            key=key,
            context={"message": message, "until": now() + timedelta(hours=1)},
            device=device,
        )


def panel() -> None:
    """A page with nothing but the panel."""
    from components import mail_on_screen

    mail_on_screen.panel()


def shown() -> str:
    at = AppTest.from_function(panel, default_timeout=30).run()
    assert not at.exception
    return said(at) + "".join(one.label for one in at.expander) + "".join(one.value for one in at.text)


def test_an_empty_outbox_says_what_it_is_for(me: Account) -> None:
    text = shown()
    assert "Mails on screen (no mail server is configured)" in text
    assert "Nothing yet" in text


def test_only_what_this_browser_caused_is_shown_newest_first(me: Account) -> None:
    a_mail(me, "1", message="The first of mine.")
    with clock_at(MORNING + timedelta(minutes=1)):
        a_mail(me, "2", message="The second of mine.")
        a_mail(me, "3", device="f" * 64, message="Another browser's.")
        text = shown()
    assert text.index("The second of mine") < text.index("The first of mine")
    assert "Another browser's" not in text
    assert "To asha@example.com, 1 min ago" in text


def test_a_mail_s_markup_stays_text(me: Account) -> None:
    a_mail(me, "1", message="<img src=x onerror=alert(1)> **bold**")
    at = AppTest.from_function(panel, default_timeout=30).run()
    assert "<img" not in "".join(str(one.value) for one in at.markdown)
    assert not at.get("html")


def test_after_an_hour_it_is_gone(me: Account) -> None:
    a_mail(me, "1", message="The first of mine.")
    with clock_at(MORNING + timedelta(minutes=61)):
        assert "The first of mine" not in shown()


def test_with_a_mail_server_there_is_no_panel(me: Account, environment: Callable[..., None]) -> None:
    environment(SMTP_HOST="127.0.0.1", KUBERA_MARKET="demo")
    assert shown() == ""
