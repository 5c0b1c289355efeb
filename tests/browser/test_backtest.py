"""A strategy's way from an idea to a kept run: run, change, search, keep, and open again by its link."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.visitor import no_traceback


def figure(page: Page, name: str) -> str:
    """A headline figure as it stands on the page."""
    tile = page.get_by_test_id("stMetric").filter(has_text=name)
    return tile.get_by_test_id("stMetricValue").inner_text()


def test_an_idea_is_run_changed_searched_kept_and_reopened(signed_in: Page) -> None:
    page = signed_in
    page.goto("/backtest?symbol=TCS.NS&range=5y&strategy=sma_cross")
    expect(page.get_by_test_id("stMetric")).to_have_count(10)
    before = figure(page, "Total return")

    slow = page.get_by_role("spinbutton", name="Slow length")
    slow.fill("120")
    slow.press("Enter")
    expect(page).to_have_url(re.compile("params=slow%3A120|params=slow:120"))
    expect(page.get_by_role("heading", name="Moving-average cross (slow 120)")).to_be_visible()
    assert figure(page, "Total return") != before

    page.get_by_role("radio", name="Optimise").click()
    expect(page).to_have_url(re.compile("view=optimise"))
    page.get_by_role("button", name="Search", exact=True).click()
    expect(
        page.get_by_text(re.compile("Probably luck|Not proven|Holds up so far|Nothing to choose from"))
    ).to_be_visible()
    expect(page.get_by_text("The ten with the highest Sharpe ratio")).to_be_visible()
    no_traceback(page)

    page.get_by_role("radio", name="Result", exact=True).click()
    expect(page.get_by_text("Returns by month")).to_be_visible()
    tested = figure(page, "Total return")
    page.get_by_role("button", name="Keep", exact=False).first.click()
    page.get_by_role("button", name="Save the strategy").click()
    expect(page).to_have_url(re.compile("saved="))
    page.get_by_role("button", name="Keep the run").click()
    expect(page.get_by_text("it is the same to the last bit")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?run=[\w-]+$"))

    link = page.url
    page.goto("/strategies")
    expect(page.get_by_text("Moving-average cross (slow 120)").first).to_be_visible()
    page.goto(link)
    expect(page.get_by_text("it is the same to the last bit")).to_be_visible()
    assert figure(page, "Total return") == tested
    no_traceback(page)
