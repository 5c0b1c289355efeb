"""People come and go: register, sign in, several tabs, a forgotten password, visitors, admins, maintenance."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import processes
from tests.browser.conftest import Desk, enter_as_visitor
from tests.browser.visitor import no_traceback

LONG = 60_000
PASSWORD = "granite otter sails at dusk"
Tab = Callable[..., Page]


def unique(name: str) -> str:
    return f"{name}-{secrets.token_hex(3)}"


def settled(page: Page) -> Page:
    """Streamlit has finished its run: what is typed now is typed into the page that stays."""
    expect(page.locator('[data-test-script-state="notRunning"]').first).to_be_attached(timeout=LONG)
    page.wait_for_timeout(300)
    return page


def choose(page: Page, way: str) -> Page:
    page.get_by_role("radio", name=way).click()
    return settled(page)


def fill(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True)
    expect(field).to_be_visible(timeout=LONG)
    settled(page)
    field.fill(text)


def enter(page: Page, label: str, text: str) -> None:
    fill(page, label, text)
    page.get_by_label(label, exact=True).press("Enter")


def code_on_screen(page: Page) -> str:
    """The newest code in the mails that are shown on the page."""
    mails = page.locator(".st-key-mails_on_screen")
    expect(mails.get_by_text(re.compile(r"^\s*\d{6}\s*$")).first).to_be_visible(timeout=LONG)
    return mails.get_by_text(re.compile(r"^\s*\d{6}\s*$")).first.inner_text().strip()


def registered(page: Page, user_name: str, *, start: str = "/sign_in") -> Page:
    """Create an account and be signed in with it."""
    page.goto(start)
    choose(page, "Create account")
    enter(page, "E-mail", f"{user_name}@example.com")
    enter(page, "Code", code_on_screen(page))
    fill(page, "User name", user_name)
    fill(page, "Your name", "Asha Rao")
    fill(page, "Password", PASSWORD)
    expect(page.get_by_text("Strength: Very strong")).to_be_visible(timeout=LONG)
    page.get_by_label("Password", exact=True).press("Enter")
    return inside(page)


def sign_in(page: Page, user_name: str, password: str = PASSWORD) -> None:
    fill(page, "User name or e-mail", user_name)
    enter(page, "Password", password)


def inside(page: Page) -> Page:
    expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=LONG)
    return page


def outside(page: Page) -> Page:
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Sign in")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    return page


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    outside(page)


def session_cookie(context: BrowserContext) -> dict[str, object]:
    return next((dict(cookie) for cookie in context.cookies() if cookie["name"] == "kubera_session"), {})


def test_register_sign_out_and_sign_in_again_by_a_deep_link(page: Page) -> None:
    name = unique("asha")
    registered(page, name)
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.get_by_test_id("stSidebar").get_by_text("Asha Rao")).to_be_visible()
    cookie = session_cookie(page.context)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert "kubera_session" not in page.evaluate("document.cookie")
    sign_out(page)
    assert not session_cookie(page.context)
    # A personal page asks who is there, and is what signing in leads to.
    page.goto("/account?section=Security")
    expect(page.get_by_role("heading", name="Sign in to open Account")).to_be_visible(timeout=LONG)
    sign_in(page, name, "not my password at all")
    expect(page.get_by_text("User name or password is not right.")).to_be_visible(timeout=LONG)
    sign_in(page, f"{name}@example.com")
    inside(page)
    expect(page).to_have_url(re.compile(r"/account\?section=Security$"))
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible(timeout=LONG)
    page.reload()
    inside(page)
    no_traceback(page)


def test_a_wrong_code_is_said_beside_its_field_and_may_be_put_right(page: Page) -> None:
    page.goto("/sign_in")
    choose(page, "Create account")
    enter(page, "E-mail", "no address")
    expect(page.get_by_role("alert").first).to_be_visible(timeout=LONG)
    enter(page, "E-mail", f"{unique('ravi')}@example.com")
    code = code_on_screen(page)
    enter(page, "Code", "12ab")
    expect(page.get_by_text("A code has 6 digits.")).to_be_visible(timeout=LONG)
    enter(page, "Code", "000000" if code != "000000" else "111111")
    expect(page.get_by_text("4 more tries are left.")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name=re.compile("Send another in"))).to_be_disabled()
    enter(page, "Code", code)
    fill(page, "Password", "password1")
    expect(page.get_by_text("Strength: Very weak")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Begin again").click()
    expect(page.get_by_label("E-mail", exact=True)).to_be_visible(timeout=LONG)


def test_signed_out_in_one_tab_is_seen_in_the_others(page: Page) -> None:
    enter_as_visitor(page)
    second = page.context.new_page()
    second.goto("/charts?symbol=TCS.NS&range=1y")
    inside(second)
    idle = page.context.new_page()
    idle.goto("/account?section=Profile")
    inside(idle)
    sign_out(page)
    outside(second)
    expect(second).to_have_url(re.compile(r"/charts\?.*symbol=TCS\.NS"))
    outside(idle)
    expect(idle.get_by_role("heading", name="Sign in to open Account")).to_be_visible(timeout=LONG)
    no_traceback(second)
    second.reload()
    outside(second)


def test_a_forgotten_password_is_set_anew_and_ends_every_sign_in(page: Page, open_tab: Tab, app_url: str) -> None:
    name = unique("mira")
    registered(page, name)
    elsewhere = open_tab(app_url)
    elsewhere.goto("/account")
    sign_in(elsewhere, name)
    inside(elsewhere)
    # A code on the screen is shown only in a browser the account knows: this one.
    reset = page
    sign_out(reset)
    reset.goto("/sign_in")
    choose(reset, "Forgot password")
    enter(reset, "E-mail", f"{name}@example.com")
    enter(reset, "Code", code_on_screen(reset))
    fill(reset, "New password", "seven violet lanterns above the quay")
    expect(reset.get_by_text("Strength: Very strong")).to_be_visible(timeout=LONG)
    reset.get_by_label("New password", exact=True).press("Enter")
    expect(reset.get_by_text("Your password is set")).to_be_visible(timeout=LONG)
    outside(elsewhere)
    reset.goto("/account")
    sign_in(reset, name)
    expect(reset.get_by_text("User name or password is not right.")).to_be_visible(timeout=LONG)
    sign_in(reset, name, "seven violet lanterns above the quay")
    inside(reset)


def test_one_click_makes_a_desk_of_ones_own_and_stays_where_one_was(page: Page, open_tab: Tab, app_url: str) -> None:
    page.goto("/charts?symbol=INFY.NS&range=6mo")
    page.get_by_role("button", name="Try the desk").click()
    inside(page)
    expect(page).to_have_url(re.compile(r"/charts\?symbol=INFY\.NS&range=6mo"))
    expect(page.get_by_role("button", name="Try the desk")).to_have_count(0)
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Account")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Admin")).to_have_count(0)
    page.goto("/admin")
    expect(page.get_by_text("This page is for admins")).to_be_visible(timeout=LONG)
    other = open_tab(app_url)
    enter_as_visitor(other)
    names = [
        tab.get_by_test_id("stSidebar").get_by_text(re.compile(r"Visitor \w+")).inner_text() for tab in (page, other)
    ]
    assert names[0] != names[1]


def test_the_demos_admin_page_is_one_click_away(page: Page) -> None:
    enter_as_visitor(page, admin=True)
    expect(page).to_have_url(re.compile(r"/admin"))
    expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name="Admin")).to_be_visible()
    no_traceback(page)


def test_what_the_browser_stored_before_is_offered_to_the_account(page: Page, tmp_path: Path) -> None:
    page.goto("/data")
    table = tmp_path / "Mine.csv"
    table.write_text("Date,Open,High,Low,Close,Volume\n2024-01-01,10,11,9,10.5,100\n2024-01-02,10.5,12,10,11,120\n")
    page.locator('input[type="file"]').set_input_files(str(table))
    expect(page.get_by_label("Symbol")).to_have_value("MINE", timeout=LONG)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("2 rows read").first).to_be_visible(timeout=LONG)
    registered(page, unique("uma"))
    page.goto("/data")
    expect(page.get_by_text("This browser holds 1 file from before you signed in.")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Take into my account").click()
    expect(page.get_by_text("This browser holds")).to_have_count(0, timeout=LONG)
    expect(page.get_by_test_id("stMain").get_by_text("MINE").first).to_be_visible(timeout=LONG)
    sign_out(page)
    page.goto("/data")
    expect(page.get_by_text("No file yet")).to_be_visible(timeout=LONG)


@pytest.fixture
def made_admin(tmp_path: Path, start_desk: Callable[..., Desk]) -> tuple[Desk, str]:
    """A desk of its own and the user name of its admin (password `PASSWORD`)."""
    desk = start_desk(tmp_path / "desk").wait()
    done = processes.run(
        *("-m", "core", "create-admin", "--user-name", "keeper", "--email", "keeper@example.com"),
        *("--password-stdin", "--json"),
        env={**os.environ, "KUBERA_DATA_DIR": str(desk.home), "KUBERA_ENV_FILE": ""},
        given=PASSWORD + "\n",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["role"] == "admin"
    return desk, "keeper"


def test_an_admin_needs_a_code_and_maintenance_begins_and_ends_at_once(
    made_admin: tuple[Desk, str], open_tab: Tab
) -> None:
    desk, name = made_admin
    visitor = enter_as_visitor(open_tab(desk.url))
    visitor.goto("/?region=US")
    expect(visitor.get_by_role("heading", name="US names by sector")).to_be_visible(timeout=LONG)
    admin = open_tab(desk.url)
    admin.goto("/admin?section=system")
    expect(admin.get_by_role("heading", name="Sign in to open Admin")).to_be_visible(timeout=LONG)
    sign_in(admin, name)
    expect(admin.get_by_role("button", name=re.compile("Send another in"))).to_be_visible(timeout=LONG)
    enter(admin, "Code", code_on_screen(admin))
    inside(admin)
    expect(admin).to_have_url(re.compile(r"/admin\?section=system$"))

    maintain(desk, "start")
    # Nobody touches the visitor's page: it changes by itself.
    expect(visitor.get_by_text("The desk is closed for maintenance")).to_be_visible(timeout=LONG)
    expect(visitor.get_by_text("Your work is kept")).to_be_visible(timeout=LONG)
    expect(visitor.get_by_role("heading", name="US names by sector")).to_have_count(0)
    expect(admin.get_by_text("You stay in")).to_be_visible(timeout=LONG)
    maintain(desk, "end")
    expect(visitor.get_by_role("heading", name="US names by sector")).to_be_visible(timeout=LONG)
    expect(visitor.get_by_text("The desk is closed for maintenance")).to_have_count(0)
    no_traceback(visitor)
    no_traceback(admin)


def maintain(desk: Desk, what: str) -> None:
    """Another process closes or opens the desk."""
    script = """if True:
        import sys
        from core.accounts import people
        from core.boot import boot
        from core.operations import maintenance
        boot("cli")
        keeper = people.by_login("keeper")
        version = maintenance.state().version
        if sys.argv[1] == "start":
            maintenance.start(keeper, "The database moves.", None, version)
        else:
            maintenance.end(keeper, version)
    """
    done = processes.run(
        "-c", script, what, env={**os.environ, "KUBERA_DATA_DIR": str(desk.home), "KUBERA_ENV_FILE": ""}
    )
    assert done.returncode == 0, done.stderr


def test_in_production_a_deep_link_waits_behind_the_sign_in(
    tmp_path: Path, start_desk: Callable[..., Desk], open_tab: Tab
) -> None:
    desk = start_desk(
        tmp_path / "desk",
        KUBERA_ENV="production",
        KUBERA_SECRET_KEY=secrets.token_hex(32),
        SMTP_HOST="127.0.0.1",
        SMTP_PORT="9",
    ).wait()
    page = open_tab(desk.url)
    page.goto("/charts?symbol=TCS.NS&range=1y")
    expect(page.get_by_role("heading", name="Sign in to open Charts")).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile(r"/charts\?symbol=TCS\.NS&range=1y$"))
    expect(page.locator(".js-plotly-plot")).to_have_count(0)
    expect(page.get_by_text("Only looking?")).to_have_count(0)
    links = page.get_by_test_id("stSidebarNav").get_by_role("link")
    assert [link.inner_text().splitlines()[-1] for link in links.all()] == ["Help", "Sign in"]
