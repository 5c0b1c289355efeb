"""One journey through the portfolio: a visitor's sample, a file imported and mended, booked, undone, amounts hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS
from tests.browser.visitor import no_traceback

FILE = """Date,Type,Name,Quantity,Price
2026-03-02,Buy,Reliance Industries,10,1250.50
2026-03-03,Buy,Fictional Widgets Ltd,7,101.25
2026-03-04,Buy,TCS,2,-5
2026-03-05,Buy,Infosys,5,900
"""


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """The first page of a portfolio prices three years of it, beside whatever else the two cores do."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=20_000)


def test_sample_import_mend_book_undo_and_hide(signed_in: Page) -> None:
    page = signed_in
    page.goto("/portfolio")
    value = page.get_by_test_id("stMetric").filter(has_text="Value").first.get_by_test_id("stMetricValue")
    expect(value).to_have_text(re.compile("₹[0-9,]+"))
    expect(page.get_by_text("Prices: Simulated")).to_be_visible()
    expect(page.get_by_role("figure", name="Value of the portfolio")).to_be_visible()
    page.get_by_role("button", name="How this was computed").click()
    expect(page.get_by_text("0 = sum of amount")).to_be_visible()
    no_traceback(page)

    page.goto("/transactions?show=Import")
    page.locator("input[type=file]").set_input_files(
        {"name": "trades.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    expect(page.get_by_text("Instruments to check (1)")).to_be_visible()
    expect(page.get_by_role("button", name="Book 2 transactions")).to_be_visible()
    page.get_by_role("radio", name="Not booked (1)").click()
    page.get_by_label("It is").fill("ITC")
    page.get_by_label("It is").press("Enter")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("Instruments to check")).to_have_count(0)
    page.get_by_role("button", name="Book 3 transactions").click()
    expect(page.get_by_text("3 transactions of trades.csv are booked.")).to_be_visible()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("The import is undone: 3 transactions count no more.")).to_be_visible()
    no_traceback(page)

    page.get_by_role("button", name="Hide amounts").click()
    expect(page.get_by_role("button", name="Show amounts")).to_be_visible()
    page.goto("/portfolio")
    expect(value).to_have_text("••••")
    expect(page.get_by_role("figure", name="Value of the portfolio")).to_be_visible()
    assert not re.search("₹ ?[0-9]", page.get_by_test_id("stMain").inner_text())
    expect(page.get_by_text(re.compile(r"TWR a year")).first).to_be_visible()
    no_traceback(page)
