"""The admin page in a browser: the simulated desk of a demo admin, asking once, undoing, by keyboard, on a phone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import enter_as_visitor

LONG = 30_000


def opened(page: Page, section: str) -> Page:
    """The admin page of a demo admin at one section."""
    enter_as_visitor(page, admin=True)
    page.goto(f"/admin?section={section}")
    expect(page.get_by_role("heading", name="Admin", exact=True)).to_be_visible(timeout=LONG)
    return page


def test_a_demo_admin_changes_a_limit_and_takes_it_back(page: Page) -> None:
    opened(page, "limits")
    expect(page.get_by_text("People, log and figures are made up")).to_be_visible()
    field = page.get_by_role("spinbutton", name="At most")
    expect(field).to_have_value("10", timeout=LONG)
    field.fill("6")
    field.press("Enter")
    page.get_by_role("button", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("From 10 to 6")).to_be_visible(timeout=LONG)
    dialog.get_by_role("button", name="Change limit").click()
    expect(dialog).to_be_hidden(timeout=LONG)
    expect(page.get_by_text("is 6 for everybody now")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is 10 for everybody now")).to_be_visible(timeout=LONG)


def test_the_keyboard_alone_deactivates_and_escape_does_not(page: Page) -> None:
    opened(page, "users&user=3")
    start = page.get_by_role("button", name="Deactivate")
    start.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=LONG)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden(timeout=LONG)
    expect(page.get_by_text("Active", exact=True).first).to_be_visible()
    start.focus()
    page.keyboard.press("Enter")
    reason = dialog.get_by_label("Reason")
    expect(reason).to_be_visible(timeout=LONG)
    reason.focus()
    page.keyboard.type("Asked for it")
    page.keyboard.press("Tab")
    confirm = dialog.get_by_role("button", name="Deactivate")
    confirm.focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden(timeout=LONG)
    expect(page.get_by_text("is deactivated.")).to_be_visible(timeout=LONG)


def test_the_address_names_the_section_and_opens_it_again(page: Page) -> None:
    opened(page, "dashboard")
    page.get_by_role("radio", name="Activity").or_(
        page.get_by_role("button", name="Activity", exact=True)
    ).first.click()
    expect(page.get_by_role("button", name="Export as CSV")).to_be_visible(timeout=LONG)
    page.wait_for_url("**/admin?section=activity", timeout=LONG)
    page.reload()
    expect(page.get_by_role("button", name="Export as CSV")).to_be_visible(timeout=LONG)
    with page.expect_download(timeout=LONG) as download:
        page.get_by_role("button", name="Export as CSV").click()
    sheet = download.value.path().read_text()
    assert sheet.startswith("simulated,at,who")
    assert len(sheet.splitlines()) > 600


def test_nothing_is_wider_than_a_phone(open_tab: Callable[..., Page], app_url: str) -> None:
    page = open_tab(app_url)
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, "dashboard")
    for section in ("users", "limits", "reports", "jobs", "outbox", "sources", "activity", "analytics"):
        page.goto(f"/admin?section={section}")
        expect(page.get_by_text("People, log and figures are made up")).to_be_visible(timeout=LONG)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{section} is {wide} pixels too wide"


def test_a_demo_visitor_has_no_admin_page(signed_in: Page) -> None:
    expect(signed_in.get_by_role("link", name="Account")).to_be_visible(timeout=LONG)
    expect(signed_in.get_by_role("link", name="Admin")).to_have_count(0)
    signed_in.goto("/admin?section=users")
    expect(signed_in.get_by_text("This page is for admins")).to_be_visible(timeout=LONG)
    expect(signed_in.get_by_text("simulated.example")).to_have_count(0)
