"""Account and Inbox in a browser: typing, codes, devices, deletion, the keyboard, narrow windows."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from components.cookies import SESSION_COOKIE
from tests import processes
from tests.browser.conftest import Desk
from tests.browser.visitor import no_traceback
from tests.pages.people import PASSWORD

PEOPLE = ("typing", "codes", "address", "leaving", "devices", "keys", "full")
NEW_PASSWORD = "seven violet lanterns above the quay"
SECTIONS = ("Profile", "Security", "Preferences", "Notices", "Limits", "Data")
Enter = Callable[..., Page]


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """A password is hashed for a tenth of a second alone, for longer beside other tests."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def desk(start_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return start_desk(tmp_path_factory.mktemp("account") / "home").wait()


@pytest.fixture(scope="module")
def tokens(desk: Desk) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KUBERA_", "DATABASE_URL"))}
    made = processes.run(
        str(Path(__file__).parent / "seed_accounts.py"),
        *PEOPLE,
        env=clean | {"KUBERA_DATA_DIR": str(desk.home), "KUBERA_ENV_FILE": "", "KUBERA_MARKET": "demo"},
        timeout=90,
    )
    assert made.returncode == 0, made.stderr[-3000:]
    found: dict[str, str] = json.loads(made.stdout.strip().splitlines()[-1])
    return found


@pytest.fixture
def enter(desk: Desk, tokens: dict[str, str], open_tab: Callable[..., Page]) -> Enter:
    """enter(name, path, **context options): a browser of this person's own, on that page."""

    def go(name: str, path: str, **options: object) -> Page:
        page = open_tab(desk.url, **options)
        page.context.add_cookies([{"name": SESSION_COOKIE, "value": tokens[name], "url": desk.url}])
        page.goto(path)
        return page

    return go


def test_strength_follows_typing_and_the_new_password_is_kept(enter: Enter) -> None:
    page = enter("typing", "/account?section=Security")
    new = page.get_by_label("New password", exact=True)
    new.press_sequentially("monsoon")
    expect(page.get_by_text("Strength: Weak")).to_be_visible()
    new.fill(NEW_PASSWORD)
    expect(page.get_by_text("Strength: Very strong")).to_be_visible()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(page.get_by_label("Current password")).to_have_value("")
    expect(new).to_have_value("")
    no_traceback(page)


def test_an_authenticator_app_from_qr_to_recovery_codes(enter: Enter) -> None:
    page = enter("codes", "/account?section=Security")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    key = page.get_by_test_id("stCode").inner_text().replace(" ", "").strip()
    code = page.get_by_label("Code from the app")
    code.fill(pyotp.TOTP(key).now())
    code.press("Enter")
    expect(page.get_by_text("They are not shown again.")).to_be_visible()
    shown = page.get_by_test_id("stCode").inner_text().split()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    kept = download.value.path().read_text()
    assert [one in kept for one in shown] == [True] * 10
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    assert shown[0] not in page.content()
    no_traceback(page)


def test_the_address_changes_with_the_mail_on_the_screen(enter: Enter) -> None:
    page = enter("address", "/account")
    page.get_by_label("New e-mail address").fill("asha.rao@example.net")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Your password").press("Enter")
    expect(page.get_by_text("Mails on screen (no mail server is configured)")).to_be_visible()
    code = page.get_by_test_id("stCode").first.inner_text().strip()
    page.get_by_label("Code from the mail").fill(code)
    page.get_by_label("Code from the mail").press("Enter")
    expect(page.get_by_test_id("stAlert").get_by_text("asha.rao@example.net")).to_be_visible()
    page.goto("/inbox")
    expect(page.get_by_text("Your Kubera e-mail address was changed")).to_be_visible()
    page.get_by_role("button", name="Look at your account").first.click()
    expect(page.get_by_role("heading", name="Account")).to_be_visible()
    no_traceback(page)


def test_signing_out_everywhere_else_closes_the_other_tab(enter: Enter) -> None:
    here = enter("devices", "/account?section=Security")
    expect(here.get_by_text("Devices (1)")).to_be_visible()
    there = enter("devices", "/inbox")
    expect(there.get_by_text("No message yet")).to_be_visible()
    # The same cookie is the same device: a password change keeps both, an end of this session ends both.
    here.get_by_role("button", name="Sign out", exact=True).click()
    expect(here.get_by_role("button", name="Sign out", exact=True)).to_have_count(0)
    expect(there.get_by_text("No message yet")).to_have_count(0)


def test_thirty_devices_end_with_one_click(enter: Enter) -> None:
    page = enter("full", "/account?section=Security")
    expect(page.get_by_text("Devices (30)")).to_be_visible()
    page.get_by_role("button", name="Sign out everywhere else").click()
    page.get_by_role("button", name="Sign them out").click()
    expect(page.get_by_text("Every other browser is signed out.")).to_be_visible()
    expect(page.get_by_text("Devices (1)")).to_be_visible()
    no_traceback(page)


def test_a_deleted_account_leaves_a_signed_out_desk(enter: Enter) -> None:
    page = enter("leaving", "/account?section=Data")
    page.get_by_role("button", name="Prepare my data").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download (").click()
    assert download.value.suggested_filename.startswith("kubera-leaving-")
    page.get_by_text("Delete this account").click()
    page.get_by_label("Type your user name: leaving").fill("leaving")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    no_traceback(page)


def test_sections_by_keyboard_and_in_the_address(enter: Enter) -> None:
    page = enter("keys", "/account?section=Limits")
    expect(page.get_by_text("Questions in an hour")).to_be_visible()
    page.get_by_role("tab", name="Limits").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Prepare my data")).to_be_visible()
    expect(page).to_have_url(re.compile("section=Data"))
    page.get_by_role("tab", name="Profile").click()
    name = page.get_by_label("Name", exact=True)
    name.fill("Asha K Rao")
    name.press("Enter")
    expect(page.get_by_text("Your name is Asha K Rao now.")).to_be_visible()
    no_traceback(page)


def test_nothing_is_wider_than_a_phone(enter: Enter) -> None:
    page = enter("full", "/inbox")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_text("45 messages")).to_be_visible()
    for path in ("/inbox", *(f"/account?section={section}" for section in SECTIONS)):
        page.goto(path)
        expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(500)
        over = page.evaluate(
            """() => { const m = document.querySelector('[data-testid="stMain"]');
                       return m.scrollWidth - m.clientWidth }"""
        )
        assert over <= 1, f"{path} is {over} px too wide"
        no_traceback(page)


def test_the_inbox_turns_its_pages_and_forgets_what_is_new(enter: Enter) -> None:
    page = enter("full", "/inbox")
    expect(page.get_by_text("Message number 44")).to_be_visible()
    page.get_by_test_id("stPagination").get_by_text("3", exact=True).click()
    expect(page.get_by_text("Message number 00")).to_be_visible()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("45 messages, 0 unread")).to_be_visible()
    expect(page.get_by_role("button", name="Mark as read", exact=True)).to_have_count(0)
    no_traceback(page)
