"""The alerts panel: set one by searching for a name, see it, let it rest, remove it; only one's own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from core.accounts.model import Account
from core.clock import now
from core.market.service import Market
from core.operations import alerts
from tests.pages.people import Browser, hold, press, registered, said


@pytest.fixture
def browser(demo_desk: Market, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return hold(monkeypatch)


@pytest.fixture
def me(browser: Browser) -> Account:
    return browser.sign_in(registered())


def desk() -> None:
    from components import alerts as panels
    from components import investor

    panels.panel(investor.current())


def on_a_chart() -> None:
    from components import alerts as panels
    from components import investor

    panels.panel(investor.current(), symbol="INFY.NS", key="c_alert")


def page(script: object = desk) -> AppTest:
    at = AppTest.from_function(script, default_timeout=60).run()  # type: ignore[arg-type]
    assert not at.exception
    return at


def plain(text: str) -> str:
    return text.replace("\\", "")


def test_who_is_signed_out_is_told_what_to_do(browser: Browser) -> None:
    at = page()
    assert "Sign in, or try the desk" in said(at)
    assert not at.text_input


def test_an_alert_is_searched_set_paused_and_removed(me: Account, demo_desk: Market) -> None:
    at = page()
    assert "No alert yet" in said(at)
    at.text_input(key="alerts_search").set_value("tata consult").run()
    at.button(key="alerts_found_0_TCS.NS").click().run()
    assert "TCS.NS, ₹" in plain(said(at)), "the present price helps to choose a level"
    at.selectbox(key="alerts_condition").set_value("below")
    at.text_input(key="alerts_level_TCS.NS").set_value("3,000.50")
    at.text_input(key="alerts_note").set_value("buy <b>more</b>")
    at = press(at, "Set alert")
    assert not at.exception
    assert "You are told when TCS falls to or below ₹3,000.50." in plain(said(at))
    [made] = alerts.alerts_of(me, service=demo_desk)
    assert (made.symbol, made.condition, made.level, made.note) == (
        "TCS.NS",
        "below",
        Decimal("3000.5"),
        "buy <b>more</b>",
    )
    assert "buy \\<b\\>more\\</b\\>" in said(at), "a note is text, not markup"
    assert at.text_input(key="alerts_search").value == "", "ready for the next one"
    at = press(at, "Pause")
    assert "Paused" in said(at)
    at = press(at, "Wait again")
    assert "Waiting" in said(at)
    at = press(at, "Remove")
    assert "No alert yet" in said(at)
    assert alerts.alerts_of(me, service=demo_desk) == ()


def test_a_level_that_is_none_is_named_and_what_was_typed_stays(me: Account, demo_desk: Market) -> None:
    at = page(on_a_chart)
    at.text_input(key="c_alert_level_INFY.NS").set_value("a lot")
    at.text_input(key="c_alert_note").set_value("keep me")
    at = press(at, "Set alert")
    assert "“a lot” is not a number. Give one such as 3400 or 3412.50." in plain(said(at))
    assert at.text_input(key="c_alert_note").value == "keep me"
    assert alerts.alerts_of(me, service=demo_desk) == ()


def test_percent_may_be_written_with_its_sign(me: Account, demo_desk: Market) -> None:
    at = page(on_a_chart)
    at.selectbox(key="c_alert_condition").set_value("change_pct")
    at.text_input(key="c_alert_level_INFY.NS").set_value("-2.5 %")
    at = press(at, "Set alert")
    [made] = alerts.alerts_of(me, service=demo_desk)
    assert (made.condition, made.level) == ("change_pct", Decimal("-2.5"))
    assert "moves in a day by −2.50%" in plain(said(at))


def test_the_list_says_when_one_fired_and_until_when_it_waits(me: Account, demo_desk: Market) -> None:
    alerts.create(me, "TCS.NS", "above", 1, service=demo_desk, expires_at=now() + timedelta(days=2), repeat=True)
    at = page()
    assert "again whenever it happens · until 20 Nov, 11:30 IST" in said(at)


def test_another_s_alerts_are_not_shown(me: Account, demo_desk: Market) -> None:
    alerts.create(registered("ravi"), "TCS.NS", "above", 1, service=demo_desk)
    assert "No alert yet" in said(page())


def test_one_removed_in_another_tab_is_said(me: Account, demo_desk: Market) -> None:
    made = alerts.create(me, "TCS.NS", "above", 1, service=demo_desk)
    at = page()
    alerts.remove(me, made.id)
    at = press(at, "Pause")
    assert f"You have no alert {made.id}" in plain(said(at))
