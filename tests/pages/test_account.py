"""The Account page over the real service: what each section shows, changes and refuses."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pyotp
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from components import origin
from components.account import settings
from components.account.authenticator import qr_code
from core import formats
from core.accounts import demo, limits, people, preferences, second_factor, sessions, sign_in
from core.accounts.model import Account, Origin
from core.clock import clock_at, now
from core.market.service import Market
from core.notices import choices, outbox
from tests.pages.conftest import MORNING, open_page
from tests.pages.people import CHROME, PASSWORD, Browser, hold, press, registered, said

NEW_PASSWORD = "seven violet lanterns above the quay"


@pytest.fixture
def browser(demo_desk: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    monkeypatch.setattr(origin, "current", lambda: CHROME)
    yield hold(monkeypatch)
    formats.set_number_style("auto")


@pytest.fixture
def me(browser: Browser) -> Account:
    return browser.sign_in(registered())


def page(section: str = "Profile") -> AppTest:
    at = open_page("pages/account.py", section=section)
    assert not at.exception
    return at


def field(at: AppTest, label: str, text: str) -> AppTest:
    next(one for one in at.text_input if one.label == label).set_value(text)
    return at


def wrongs(at: AppTest) -> str:
    return "\n".join([str(one.value) for one in (*at.error, *at.warning)]).replace("\\", "")


def outs(at: AppTest) -> list[Button]:
    return [one for one in at.button if (one.key or "").startswith("account_out_") and one.label == "Sign out"]


# Profile


def test_the_name_is_changed_and_said_once(me: Account) -> None:
    at = press(field(page(), "Name", "Asha *Rao* Iyer"), "Save name")
    assert "Your name is Asha \\*Rao\\* Iyer now." in [one.value for one in at.success]
    assert people.get(me.id).name == "Asha *Rao* Iyer"
    assert not at.run().success


def test_an_eighty_character_name_is_kept_whole(me: Account) -> None:
    at = press(field(page(), "Name", "A" * 80), "Save name")
    assert people.get(me.id).name == "A" * 80
    assert not wrongs(at)


def test_a_taken_user_name_is_refused_beside_its_field(me: Account) -> None:
    registered("ravi")
    at = press(field(page(), "User name", "Ravi"), "Save user name")
    assert "Ravi" in wrongs(at)
    assert people.get(me.id).user_name == "asha"


def test_the_address_changes_with_the_code_sent_to_the_new_one(me: Account) -> None:
    at = page()
    field(at, "New e-mail address", "asha.rao@example.net")
    at = press(field(at, "Your password", PASSWORD), "Send the code")
    assert people.get(me.id).email == "asha@example.com"
    mail = outbox.on_screen(CHROME.device)[0]
    assert mail.to == "asha.rao@example.net"
    assert mail.code is not None
    assert mail.code in [one.value for one in at.code], "the demo shows the mail beside the field"
    wrong = f"{(int(mail.code) + 1) % 1_000_000:06}"
    at = press(field(at, "Code from the mail", wrong), "Change the address")
    assert "not right" in wrongs(at)
    at = press(field(at, "Code from the mail", mail.code), "Change the address")
    assert people.get(me.id).email == "asha.rao@example.net"
    assert "asha.rao@example.net" in at.success[0].value


def test_the_address_does_not_change_without_the_password(me: Account) -> None:
    at = field(page(), "New e-mail address", "thief@example.net")
    at = press(field(at, "Your password", "not my password at all"), "Send the code")
    assert "password is not right" in wrongs(at)
    assert not outbox.on_screen(CHROME.device)


def test_a_code_that_expired_meanwhile_brings_the_form_back(me: Account) -> None:
    at = field(page(), "New e-mail address", "asha.rao@example.net")
    at = press(field(at, "Your password", PASSWORD), "Send the code")
    with clock_at(MORNING + timedelta(minutes=11)):
        at.run()
        assert "expired" in wrongs(at)
        assert [one.label for one in at.text_input if one.label == "New e-mail address"]


# Security


def test_the_password_changes_and_other_browsers_are_out(me: Account, browser: Browser) -> None:
    elsewhere = sessions.open_session(me, Origin(user_agent=CHROME.user_agent))
    at = page("Security")
    field(at, "Current password", PASSWORD)
    field(at, "New password again", NEW_PASSWORD)
    at = field(at, "New password", NEW_PASSWORD).run()
    assert at.get("progress")[0].text.startswith("Strength: ")
    at = press(at, "Change password")
    assert "Your password is changed" in at.success[0].value
    assert sessions.lookup(elsewhere) is None
    assert sessions.lookup(cast(str, browser.token)) is not None
    assert isinstance(sign_in.sign_in("asha", NEW_PASSWORD, CHROME), sign_in.Accepted)
    assert all(one.value == "" for one in at.text_input if "password" in one.label.lower()), "nothing stays typed"


@pytest.mark.parametrize(
    ("current", "new", "again", "wrong"),
    [
        ("not my password at all", NEW_PASSWORD, NEW_PASSWORD, "password is not right"),
        (PASSWORD, NEW_PASSWORD, "something else entirely", "differ"),
        (PASSWORD, "short", "short", "12"),
        (PASSWORD, "passwordpassword", "passwordpassword", "weak"),
        (PASSWORD, "write to asha@example.com", "write to asha@example.com", "user name"),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(
    me: Account, current: str, new: str, again: str, wrong: str
) -> None:
    at = page("Security")
    field(at, "Current password", current)
    field(at, "New password", new)
    at = press(field(at, "New password again", again), "Change password")
    assert wrong in wrongs(at)
    assert isinstance(sign_in.sign_in("asha", PASSWORD, CHROME), sign_in.Accepted)


def test_an_authenticator_app_is_set_up_used_and_removed(me: Account) -> None:
    at = press(page("Security"), "Set up")
    assert at.get("image"), "a QR code to scan"
    secret = next(one.value for one in at.code).replace(" ", "")
    at = press(field(at, "Code from the app", "000000"), "Turn it on")
    assert "not right" in wrongs(at)
    at = press(field(at, "Code from the app", pyotp.TOTP(secret).at(now())), "Turn it on")
    codes = next(one.value for one in at.code).split("\n")
    assert len(codes) == second_factor.RECOVERY_CODES
    at = press(at, "I have kept them")
    assert codes[0] not in said(at)
    assert "10 recovery codes are left" in said(at)
    field(at, "Code from the app, or a recovery code", codes[0])
    passwords = [one for one in at.text_input if one.label == "Your password"]
    passwords[-1].set_value(PASSWORD)
    at = press(at, "Remove")
    assert not people.get(me.id).totp
    assert "removed" in at.success[0].value


def test_new_recovery_codes_need_the_password(me: Account) -> None:
    setup = second_factor.begin(me)
    old = second_factor.confirm(me, pyotp.TOTP(setup.secret).at(now()))
    at = page("Security")
    mine = [one for one in at.text_input if one.label == "Your password"]
    mine[0].set_value("not my password at all")
    at = press(at, "Make new ones")
    assert "password is not right" in wrongs(at)
    next(one for one in at.text_input if one.label == "Your password").set_value(PASSWORD)
    at = press(at, "Make new ones")
    fresh = next(one.value for one in at.code).split("\n")
    assert not set(fresh) & set(old)
    assert len(fresh) == len(old)


def test_the_qr_code_is_a_picture_cameras_can_read() -> None:
    uri = "otpauth://totp/Kubera:asha%40example.com?secret=" + "A" * 32 + "&issuer=Kubera"
    picture = Image.open(io.BytesIO(qr_code(uri))).convert("L")
    width, height = picture.size
    assert width == height
    assert width > 200
    border = [picture.getpixel((x, y)) for x in range(width) for y in (0, 19)]
    assert set(border) == {255}, "the quiet zone of four modules is white"
    assert cast(int, picture.getpixel((22, 22))) < 64, "the first finder pattern is dark"


def test_devices_are_listed_and_signed_out_one_by_one_or_all(me: Account, browser: Browser) -> None:
    others = [sessions.open_session(me, Origin(ip=f"198.51.100.{n}", user_agent=CHROME.user_agent)) for n in range(3)]
    at = page("Security")
    assert "**Devices** (4)" in said(at)
    assert said(at).count("This browser") == 1
    at = outs(at)[0].click().run()
    assert sum(sessions.lookup(one) is not None for one in others) == 2
    at = press(at, "Sign them out")
    assert [sessions.lookup(one) for one in others] == [None, None, None]
    assert sessions.lookup(cast(str, browser.token)) is not None
    assert "**Devices** (1)" in said(at)


def test_thirty_devices_come_a_page_at_a_time(me: Account) -> None:
    for number in range(29):
        sessions.open_session(me, Origin(ip=f"198.51.100.{number}", user_agent="Odd*Browser*" * 30))
    at = page("Security")
    assert "**Devices** (30)" in said(at)
    assert len(outs(at)) == 7
    at.get("pagination")[0].set_value(4).run()
    assert not at.exception
    assert len(outs(at)) == 6


# Preferences, notices, limits


def test_preferences_are_kept_and_numbers_follow_at_once(me: Account) -> None:
    at = page("Preferences")
    at.selectbox(key="account_number_format").set_value("international")
    at.selectbox(key="account_risk_tolerance").set_value("high")
    at.selectbox(key="account_timezone").set_value("Asia/Dubai")
    at = press(at, "Save preferences")
    kept = preferences.load(me)
    assert (kept.number_format, kept.risk_tolerance, kept.timezone) == ("international", "high", "Asia/Dubai")
    assert written(AppTest.from_function(amounts)) == ["₹12.35M", "₹12.35M"]
    desk = open_page("pages/charts.py", symbol="TCS.NS", range="1y")
    assert desk.session_state["investor_number_style"] == "international", "every page of the app asks for it"


def test_numbers_are_each_currency_s_own_for_the_signed_out(browser: Browser) -> None:
    assert written(AppTest.from_function(amounts)) == ["₹1.23 Cr", "₹1.23 Cr"]


def amounts() -> None:
    """A page with an amount of its own and one in a part that runs in another thread."""
    import threading

    import streamlit as st
    from streamlit.runtime.scriptrunner import add_script_run_ctx

    from components import investor, preferences
    from core import formats

    preferences.apply(investor.current())
    shown = [formats.compact(12_345_678, "INR")]
    part = threading.Thread(target=lambda: shown.append(formats.compact(12_345_678, "INR")))
    add_script_run_ctx(part)
    part.start()
    part.join()
    for amount in shown:
        st.text(amount)


def written(at: AppTest) -> list[str]:
    return [str(one.value) for one in at.run().text]


def test_another_tab_s_preferences_are_seen_in_half_a_minute(me: Account) -> None:
    at = AppTest.from_function(amounts)
    assert written(at) == ["₹1.23 Cr", "₹1.23 Cr"]
    preferences.save(me, preferences.Preferences(number_format="international"))
    assert written(at) == ["₹1.23 Cr", "₹1.23 Cr"], "not read at every run"
    with clock_at(MORNING + timedelta(seconds=31)):
        assert written(at) == ["₹12.35M", "₹12.35M"]


@pytest.mark.parametrize("style", formats.NUMBER_STYLES)
def test_every_style_shows_what_it_makes_of_numbers(style: formats.NumberStyle) -> None:
    assert (
        settings.sample(style)
        == {
            "auto": "₹5.23 Cr, $52.34M",
            "indian": "₹5.23 Cr, $5.23 Cr",
            "international": "₹52.34M, $52.34M",
        }[style]
    )


def test_zones_are_places_and_none_is_offered_twice() -> None:
    offered = settings.zones()
    assert offered[0] == "Asia/Kolkata"
    assert len(offered) == len(set(offered)) > 300
    assert all("/" in one or one == "UTC" for one in offered)


def test_reports_are_kept(me: Account) -> None:
    at = page("Notices")
    at.selectbox(key="account_report").set_value("weekly")
    at.selectbox(key="account_report_hour").set_value(7)
    press(at, "Save reports")
    kept = preferences.load(me)
    assert (kept.report, kept.report_hour) == ("weekly", 7)


def test_mails_are_declined_kind_by_kind_and_all_at_once(me: Account) -> None:
    at = page("Notices")
    at.toggle(key="account_notice_price_alert").set_value(False).run()
    assert not choices.get(me.id)["price_alert"]
    at = press(at, "All of these")
    assert all(choices.get(me.id).values())
    at = press(at, "None of these")
    assert not any(choices.get(me.id).values())
    assert "account_notice_password_changed" not in [one.key for one in at.toggle], "the essential has no switch"
    assert "Password changed" in said(at)


def test_a_switch_turned_in_a_tab_that_was_signed_out_changes_nothing(me: Account) -> None:
    at = page("Notices")
    sessions.revoke_all(me.id, why="test")
    at.toggle(key="account_notice_price_alert").set_value(False).run()
    assert not at.exception
    assert choices.get(me.id)["price_alert"]


def test_limits_say_what_is_left_and_when_it_returns(me: Account) -> None:
    for _ in range(10):
        limits.take(me, "chat-1")
    text = said(page("Limits"))
    assert "0 of 10 left" in text
    assert "Again from 11:31 IST" in text
    assert "140 of 150 left" in text
    assert "990 of 1,000 left" in text


# Data


def test_everything_held_is_one_download(me: Account) -> None:
    at = press(page("Data"), "Prepare my data")
    button = at.get("download_button")[0]
    assert button.label.startswith("Download (")
    stored = at.session_state["account_export"][1]
    with zipfile.ZipFile(io.BytesIO(stored)) as archive:
        assert "asha@example.com" in archive.read("accounts.json").decode()
    at = press(at, "Done")
    assert not at.get("download_button")


def test_too_many_downloads_say_when_to_come_back(me: Account) -> None:
    for _ in range(10):
        limits.guard("export", str(me.id))
    at = press(page("Data"), "Prepare my data")
    assert "Try again in" in wrongs(at)


def test_an_account_goes_only_with_its_name_and_password(me: Account, browser: Browser) -> None:
    at = field(page("Data"), "Type your user name: asha", "ravi")
    at = press(field(at, "Your password", PASSWORD), "Delete for good")
    assert "not your user name" in wrongs(at)
    field(at, "Type your user name: asha", "asha")
    at = press(field(at, "Your password", "not my password at all"), "Delete for good")
    assert "password is not right" in wrongs(at)
    assert people.by_login("asha") is not None
    at = press(field(at, "Your password", PASSWORD), "Delete for good")
    assert not at.exception
    assert people.by_login("asha") is None
    assert sessions.lookup(cast(str, browser.token)) is None
    assert "asha" not in said(at)


# Who sees what


def test_a_demo_desk_sees_what_applies_to_it(browser: Browser) -> None:
    browser.sign_in(demo.create_visitor(Origin(device="e" * 64)))
    profile = page()
    assert "This demo desk ends 19 Nov, 11:30 IST" in said(profile)
    assert "New e-mail address" not in [one.label for one in profile.text_input]
    assert "no password" in said(page("Security"))
    assert "comes to the inbox" in said(page("Notices"))
    at = page("Data")
    name = next(one.label for one in at.text_input if one.label.startswith("Type your user name"))
    at = press(field(at, name, name.rpartition(" ")[2]), "Delete for good")
    assert sessions.lookup(cast(str, browser.token)) is None


@pytest.mark.parametrize("section", ["Profile", "Security", "Preferences", "Notices", "Limits", "Data"])
def test_every_section_stands_with_the_longest_and_oddest_names(browser: Browser, section: str) -> None:
    odd = "<b>`|*_~$x$ :red[" + "W" * 60
    browser.sign_in(registered("w" * 32, name=odd, email=f"{'w' * 60}@example.com", role="admin"))
    at = page(section)
    assert "could not be shown" not in said(at)
    assert "<b>" not in said(at)


@pytest.mark.parametrize("section", ["Profile", "Security", "Data"])
def test_a_signed_out_browser_sees_no_account(me: Account, browser: Browser, section: str) -> None:
    browser.token = None
    at = open_page("pages/account.py", section=section)
    assert not at.exception
    assert "asha" not in said(at)


def test_a_section_that_does_not_exist_is_the_first_one(me: Account) -> None:
    assert "Save name" in [one.label for one in page("Nowhere").button]


def test_a_device_signed_out_elsewhere_cannot_act(me: Account, browser: Browser) -> None:
    at = page()
    sessions.revoke_all(me.id, why="test")
    at = press(field(at, "Name", "Somebody Else"), "Save name")
    assert not at.exception
    assert people.get(me.id).name == "Asha Rao"


def test_times_are_the_investor_s_own(me: Account) -> None:
    with clock_at(datetime(2026, 11, 18, 20, 0, tzinfo=UTC)):
        preferences.save(me, preferences.Preferences(timezone="America/New_York"))
        text = said(page("Security"))
    assert "signed in 01:00 EST" in text
