"""Who sees which page, what stands in the place of the others, and maintenance."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from components import gate, investor, states
from components import session as browser_session
from core.accounts import demo, sessions
from core.accounts.model import Account, Origin
from core.clock import now
from core.market.service import Market
from core.operations import maintenance
from db.session import DatabaseAway
from tests.pages.conftest import open_page
from tests.pages.people import Browser, hold, registered, said

OPEN_IN_PRODUCTION = {"help", "sign_in"}


@pytest.fixture
def browser(demo_desk: Market, whole_app: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    here = hold(monkeypatch)
    maintenance.forget()
    yield here
    maintenance.forget()


@pytest.fixture
def production(environment: Callable[..., None]) -> None:
    environment(KUBERA_ENV="production", KUBERA_SECRET_KEY=secrets.token_hex(32), SMTP_HOST="127.0.0.1")


def visible(account: Account | None) -> set[str]:
    who = investor.Investor("0" * 64, True, account)
    return {entry.file for entry in gate.ENTRIES if entry.read_by(who)}


def close_desk(admin: Account, message: str = "The database moves.") -> maintenance.Maintenance:
    return maintenance.start(admin, message, now() + timedelta(hours=1), maintenance.state().version)


def test_everybody_gets_the_pages_meant_for_them(browser: Browser) -> None:
    market = {"market", "charts", "analyst", "backtest", "data", "help"}
    money = {"portfolio", "holdings", "transactions", "performance", "risk", "tax"}
    own = market | money | {"strategies", "inbox", "account"}
    assert visible(None) == market | {"sign_in"}
    assert visible(demo.create_visitor(Origin())) == own
    assert visible(registered()) == own
    assert visible(registered("keeper", role="admin")) == own | {"admin"}
    assert visible(demo.create_admin_visitor(Origin())) == own | {"admin"}


def test_in_production_a_stranger_may_sign_in_and_read_the_help(browser: Browser, production: None) -> None:
    assert visible(None) == OPEN_IN_PRODUCTION
    assert "market" in visible(registered())


@pytest.mark.parametrize("entry", gate.ENTRIES, ids=lambda entry: entry.file)
def test_no_closed_page_shows_anything_of_itself_in_production(
    browser: Browser, production: None, entry: gate.Entry
) -> None:
    at = open_page(f"pages/{entry.file}.py")
    assert not at.exception
    asked_to_sign_in = any("Sign in" in title.value for title in at.title)
    assert asked_to_sign_in == (entry.file != "help")
    if entry.file not in OPEN_IN_PRODUCTION:
        assert at.title[0].value == f"Sign in to open {entry.title}"
        assert not at.metric
        assert not at.dataframe
    assert "Try the desk" not in [button.label for button in at.button]


@pytest.mark.parametrize("file", ["inbox", "account", "admin"])
def test_a_personal_page_of_nobody_asks_to_sign_in(browser: Browser, file: str) -> None:
    at = open_page(f"pages/{file}.py", section="Security")
    assert not at.exception
    assert at.title[0].value.startswith("Sign in to open")
    assert at.session_state["came_from"] == f"/{file}?section=Security"


def test_an_investor_is_told_that_the_admin_page_is_for_admins(browser: Browser) -> None:
    browser.sign_in(registered())
    at = open_page("pages/admin.py")
    assert not at.exception
    assert at.info[0].proto.title == "This page is for admins"
    assert not at.dataframe


def test_the_foot_says_who_is_signed_in_and_leads_out(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    account = browser.sign_in(registered(name="Asha *Rao*"))
    at = open_page("pages/help.py")
    assert "Asha \\*Rao\\*" in said(at)
    assert account.user_name in said(at)
    assert browser.token is not None
    held = browser.token
    at.session_state[browser_session.TAB_SESSION] = held
    at.button(key="sign_out").click().run()
    assert sessions.lookup(held) is None, "without routes the page itself ends the session"
    browser.token = None
    at.run()
    assert "sign_out" not in [button.key for button in at.button]


def test_a_tab_that_changes_hands_forgets_what_was_typed(browser: Browser) -> None:
    browser.sign_in(registered())
    at = open_page("pages/help.py")
    at.session_state["half_an_order"] = "BUY 100"
    at.run()
    assert "half_an_order" in at.session_state
    browser.sign_in(registered("ravi"))
    at.run()
    assert "half_an_order" not in at.session_state
    browser.token = None
    at.session_state["ravis"] = 1
    at.run()
    assert "ravis" not in at.session_state


def test_the_session_is_looked_up_once_in_every_run(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    browser.sign_in(registered())
    asked: list[str] = []
    lookup = sessions.lookup

    def counted(token: str) -> object:
        asked.append(token)
        return lookup(token)

    monkeypatch.setattr(sessions, "lookup", counted)
    at = open_page("pages/account.py")
    assert not at.exception
    assert len(asked) == 1
    at.run()
    assert len(asked) == 2


def test_an_ended_session_shows_nothing_more(browser: Browser) -> None:
    browser.sign_in(registered())
    at = open_page("pages/account.py")
    assert at.title[0].value == "Account"
    assert browser.token is not None
    sessions.end(browser.token)
    at.run()
    assert at.title[0].value == "Sign in to open Account"


def test_while_nobody_can_tell_who_this_is_nothing_is_shown(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    browser.sign_in(registered())

    def away(_token: str) -> object:
        raise DatabaseAway("The database does not answer.", "Wait.")

    monkeypatch.setattr(sessions, "lookup", away)
    monkeypatch.setattr(states, "_database_answers", lambda: False)
    at = open_page("pages/data.py")
    assert not at.exception
    assert at.error[0].proto.title == "Waiting for the database"
    assert not at.title


# Maintenance


def test_maintenance_takes_the_pages_of_investors_and_leaves_those_of_admins(browser: Browser) -> None:
    admin = registered("keeper", role="admin")
    close_desk(admin, "The *database* moves.")
    for sign_in_as in (None, registered(), demo.create_visitor(Origin()), demo.create_admin_visitor(Origin())):
        browser.token = None
        if sign_in_as is not None:
            browser.sign_in(sign_in_as)
        at = open_page("pages/data.py")
        assert not at.exception
        assert at.warning[0].proto.title == "The desk is closed for maintenance"
        assert "The \\*database\\* moves." in at.warning[0].value
        assert "It should be over by" in at.warning[0].value
        assert "Your work is kept" in said(at)
        assert not at.title
    browser.sign_in(admin)
    at = open_page("pages/data.py")
    assert "You stay in" in at.warning[0].value
    assert at.title[0].value == "Data"


@pytest.mark.parametrize("file", ["sign_in", "help"])
def test_signing_in_and_the_help_stay_open(browser: Browser, file: str) -> None:
    close_desk(registered("keeper", role="admin"))
    at = open_page(f"pages/{file}.py")
    assert at.warning[0].proto.title == "The desk is closed for maintenance"
    assert at.title


def test_what_was_entered_is_there_again_when_maintenance_is_over(browser: Browser) -> None:
    admin = registered("keeper", role="admin")
    browser.sign_in(registered())
    at = open_page("pages/market.py")
    at.get("button_group")[1].set_value("losers").run()
    at.session_state["not a widget"] = 7
    close_desk(admin)
    maintenance.forget()
    for _ in range(3):
        at.run()
        assert "Your work is kept" in said(at)
        assert "movers" not in at.session_state
    maintenance.end(admin, maintenance.state().version)
    maintenance.forget()
    for _ in range(2):
        at.run()
        assert not at.exception
        assert at.get("button_group")[1].value == "losers"
        assert at.session_state["not a widget"] == 7


def test_an_announced_end_that_is_past_is_not_promised(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    close_desk(registered("keeper", role="admin"))
    monkeypatch.setattr(maintenance.Maintenance, "overdue", property(lambda _self: True))
    assert "It should be over" not in open_page("pages/data.py").warning[0].value


# The way back


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({}, "/account"),
        ({"symbol": "^NSEI", "ind": "sma:20,rsi"}, "/account?symbol=%5ENSEI&ind=sma%3A20%2Crsi"),
        ({"symbol": "M&M.NS"}, "/account?symbol=M%26M.NS"),
        ({"symbol": "रिल <b>"}, "/account?symbol=%E0%A4%B0%E0%A4%BF%E0%A4%B2+%3Cb%3E"),
    ],
)
def test_the_way_back_keeps_the_query(browser: Browser, query: dict[str, str], path: str) -> None:
    at = open_page("pages/account.py", **query)
    assert at.session_state["came_from"] == path
    assert browser_session.local_path(path) == path
