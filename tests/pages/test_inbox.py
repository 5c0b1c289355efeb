"""The Inbox page: what somebody is told, marked, filtered and paged; nobody else's, and nothing executed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from components.account.messages import A_PAGE, destination
from core.accounts.model import Account
from core.clock import now
from core.market.service import Market
from core.notices import inbox, outbox
from core.notices.kinds import KINDS
from db.session import unit_of_work
from tests.pages.conftest import open_page
from tests.pages.people import Browser, hold, press, registered, said


@pytest.fixture
def browser(demo_desk: Market, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return hold(monkeypatch)


@pytest.fixture
def me(browser: Browser) -> Account:
    return browser.sign_in(registered())


def tell(account: Account, kind: str, key: str, **context: object) -> None:
    with unit_of_work() as work:
        outbox.post(work, kind, to=None, account_id=account.id, key=key, context=context)


def maintenance(account: Account, key: str, message: str) -> None:
    tell(account, "maintenance_announced", key, message=message, until=now() + timedelta(hours=1))


def page(**query: str) -> AppTest:
    at = open_page("pages/inbox.py", **query)
    assert not at.exception
    return at


def test_an_empty_inbox_says_what_will_come(me: Account) -> None:
    at = page()
    assert "No message yet" in said(at)
    assert "Mark all as read" not in [button.label for button in at.button]


def test_a_message_is_new_until_it_is_read(me: Account) -> None:
    maintenance(me, "1", "The database moves.")
    at = page()
    assert "The database moves." in said(at).replace("\\", "")
    assert said(at).count(":blue-badge[New]") == 1
    at = press(at, "Mark as read")
    assert ":blue-badge[New]" not in said(at)
    assert inbox.unread(me.id) == 0


def test_all_are_read_at_once_and_only_mine(me: Account) -> None:
    other = registered("ravi")
    for number in range(3):
        maintenance(me, str(number), "Soon.")
    maintenance(other, "x", "For Ravi alone.")
    at = page()
    assert "For Ravi alone" not in said(at)
    at = press(at, "Mark all as read")
    assert (inbox.unread(me.id), inbox.unread(other.id)) == (0, 1)
    assert "3 messages, 0 unread" in said(at)


def test_the_kind_filters_in_the_address_too(me: Account) -> None:
    maintenance(me, "1", "The database moves.")
    tell(me, "hourly_limit_reached", "1", most=150, returns_at=now() + timedelta(minutes=20))
    everything = page()
    assert "2 messages" in said(everything)
    at = page(inbox_kind=KINDS["hourly_limit_reached"].title)
    assert "1 message" in said(at).splitlines()
    assert "The database moves" not in said(at)
    at.selectbox(key="inbox_kind").set_value("maintenance_announced").run()
    assert "The database moves" in said(at)


def test_two_hundred_messages_are_paged(me: Account) -> None:
    for number in range(203):
        maintenance(me, str(number), f"Message number {number:03}.")
    at = page()
    assert said(at).count("Message number") == A_PAGE
    assert "number 202" in said(at)
    assert "number 182" not in said(at)
    at.get("pagination")[0].set_value(11).run()
    assert not at.exception
    assert [f"number {n:03}" in said(at) for n in (2, 1, 0, 3)] == [True, True, True, False]


def test_html_and_markdown_of_others_stay_text(me: Account) -> None:
    maintenance(me, "1", "<script>alert(1)</script> **bold** [link](https://evil.example) :red[x]")
    text = said(page())
    assert "<script>" not in text
    assert "\\[link\\](https" in text, "what would be a link is text"
    assert "\\:red\\[x" in text


def test_a_signed_out_browser_sees_nothing(me: Account, browser: Browser) -> None:
    maintenance(me, "1", "The database moves.")
    browser.token = None
    at = open_page("pages/inbox.py")
    assert not at.exception
    assert "The database moves" not in said(at)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/account?section=Security", ("pages/account.py", {"section": "Security"})),
        ("/charts?symbol=M%26M.NS&range=1y", ("pages/charts.py", {"symbol": "M&M.NS", "range": "1y"})),
        ("/", ("pages/market.py", {})),
        ("", None),
        ("/nowhere", None),
        ("//evil.example/account", None),
        ("https://evil.example/account", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_path_leads_to_a_page_of_this_desk_or_nowhere(path: str, target: tuple[str, dict[str, str]] | None) -> None:
    assert destination(path) == target


def test_price_alerts_stand_beside_the_messages(me: Account) -> None:
    maintenance(me, "1", "The database moves.")
    at = page(box="Price alerts")
    assert "could not be shown" not in said(at)
    assert "The database moves" not in said(at), "only the chosen side is read"
    assert [tab.label for tab in at.tabs] == ["Messages", "Price alerts"]
    assert [one for one in at.text_input if one.label == "Set an alert on"], "an alert can be set here"
