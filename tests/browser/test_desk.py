"""An investor's first minutes: open the desk, one click to a chart, drop a file, read what was wrong, come back."""

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK

LONG = 30_000


def broken_file(folder: Path) -> Path:
    """A file as people have them: one bar twice, one with its high below its close, one that is no bar at all."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["Date", "Open", "High", "Low", "Close", "Volume"])
    day = date(2024, 1, 1)
    for number in range(60):
        while day.weekday() > 4:
            day += timedelta(days=1)
        price = 100 + number % 7
        rows.writerow([day.isoformat(), price, price + 2, price - 2, price + 1, 10_000 + number])
        if number == 20:
            rows.writerow([day.isoformat(), price, price + 2, price - 2, price + 1, 10_000 + number])
        day += timedelta(days=1)
    rows.writerow([day.isoformat(), 100, 99, 97, 101, 5_000])
    rows.writerow(["Total", "", "", "", "", "640000"])
    path = folder / "My bars.csv"
    path.write_text(out.getvalue())
    return path


def test_a_visitor_is_one_click_from_a_chart(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Market", exact=True)).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("stMetric").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Simulated market").first).to_be_visible()
    page.get_by_role("link", name="Chart", exact=True).first.click()
    expect(page).to_have_url(re.compile(r"/charts\?.*symbol=(%5E|\^)NSEI"), timeout=LONG)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Simulated").first).to_be_visible()


def test_the_region_is_in_the_address(page: Page) -> None:
    page.goto("/?region=Crypto")
    expect(page.get_by_text("Crypto has no sectors").or_(page.get_by_text("Coins by value")).first).to_be_visible(
        timeout=LONG
    )
    page.get_by_role("radio", name="US").click()
    expect(page).to_have_url(re.compile(r"region=US"), timeout=LONG)
    expect(page.get_by_role("heading", name="US names by sector")).to_be_visible(timeout=LONG)


def test_a_dropped_file_is_accounted_for_kept_and_private(
    page: Page, browser: Browser, app_url: str, tmp_path: Path
) -> None:
    page.goto("/data")
    page.locator('input[type="file"]').set_input_files(str(broken_file(tmp_path)))
    symbol = page.get_by_label("Symbol")
    expect(symbol).to_have_value("MY-BARS", timeout=LONG)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("63 rows read").first).to_be_visible(timeout=LONG)
    page.reload()
    expect(page.get_by_text("MY-BARS").first).to_be_visible(timeout=LONG)
    page.get_by_role("link", name="Chart", exact=True).first.click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=LONG)

    stranger = browser.new_context(**DESK, base_url=app_url)
    other = stranger.new_page()
    other.goto("/charts?symbol=MY-BARS")
    expect(other.get_by_text("No instrument is called").first).to_be_visible(timeout=LONG)
    other.goto("/data")
    expect(other.get_by_text("No file yet")).to_be_visible(timeout=LONG)
    stranger.close()

    page.goto("/data")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No file yet")).to_be_visible(timeout=LONG)


def test_a_page_that_is_no_table_is_refused_with_a_remedy(page: Page, tmp_path: Path) -> None:
    lie = tmp_path / "INFRATEL.csv"
    lie.write_text("<!DOCTYPE html><html><body>Session expired</body></html>")
    page.goto("/data")
    page.locator('input[type="file"]').set_input_files(str(lie))
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("INFRATEL.csv").last).to_be_visible(timeout=LONG)
    expect(page.get_by_text("HTML").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Traceback")).to_have_count(0)
    expect(page.get_by_text("No file yet")).to_be_visible()


def test_the_sources_say_how_to_switch_them_on(page: Page) -> None:
    page.goto("/data?show=Sources")
    expect(page.get_by_text("Simulated market").first).to_be_visible(timeout=LONG)
    table = page.get_by_test_id("stDataFrame")
    expect(table).to_be_visible(timeout=LONG)
    # The grid is a canvas; its accessible copy holds the cells.
    expect(page.locator("td", has_text="ALPHA_VANTAGE_API_KEY").first).to_be_attached(timeout=LONG)
