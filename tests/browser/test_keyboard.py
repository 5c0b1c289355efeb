"""The desk without a mouse: what Tab reaches and in which order, what Enter and Escape do, that focus can be seen."""

import re

from playwright.sync_api import Page, expect

LONG = 30_000
CHART = ".st-key-price_chart .js-plotly-plot"
FOCUSED = """() => {
    const e = document.activeElement
    const ids = (e.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean)
    const named = ids.map(id => document.getElementById(id)?.innerText)
    const own = e.getAttribute('aria-label') || e.closest('label')?.innerText || e.innerText
    const words = [own, ...named, e.placeholder]
    return (e.tagName.toLowerCase() + ' ' + words.filter(Boolean).join(' ')).replace(/\\s+/g, ' ').slice(0, 90)
}"""
SEEN = """async () => {
    const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
    const look = () => {
        const seen = []
        for (let e = focused, up = 0; e && up < 4; e = e.parentElement, up++) {
            const s = getComputedStyle(e)
            seen.push([s.outlineStyle, s.outlineWidth, s.boxShadow, s.borderColor, s.backgroundColor, s.color].join())
        }
        return seen.join(';')
    }
    const focused = document.activeElement
    await drawn()
    const held = look()
    focused.blur()
    await drawn()
    const left = look()
    focused.focus()
    await drawn()
    return held !== left
}"""
"""Whether the element that has the focus, or what it sits in, looks otherwise than without it."""


def opened(page: Page, address: str) -> None:
    """Load a chart and start where a visitor's keyboard starts: at the top of the page."""
    page.goto(address)
    expect(page.locator(CHART).first).to_be_visible(timeout=LONG)
    page.add_style_tag(content="* { transition: none !important }")
    page.evaluate("document.activeElement.blur()")


def tab_to(page: Page, wanted: str, most: int = 60) -> list[str]:
    """Press Tab until the focus is on what is called `wanted` (a regular expression); what was passed."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate(FOCUSED)
        passed.append(said)
        if re.search(wanted, said):
            assert page.evaluate(SEEN), f"the focus on {said} cannot be seen"
            return passed
    raise AssertionError(f"{most} times Tab did not reach {wanted}: {passed}")


def test_tab_reaches_navigation_search_range_and_interval(page: Page) -> None:
    opened(page, "/charts?symbol=TCS.NS")
    tab_to(page, "^a .*Market")
    tab_to(page, "^a .*Data")
    tab_to(page, "^input .*Search: tata mot")
    tab_to(page, "^button 1D")  # one stop for all ranges: the arrows move within
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="1M", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("range=1mo"), timeout=LONG)
    tab_to(page, "Interval")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="1 hour")).to_be_visible(timeout=LONG)
    page.keyboard.type("1 hour")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("interval=1h"), timeout=LONG)


def test_navigation_by_keyboard_opens_a_page(page: Page) -> None:
    opened(page, "/charts?symbol=TCS.NS")
    tab_to(page, "^a .*Data")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible(timeout=LONG)


def test_search_opens_a_chart_without_a_mouse(page: Page) -> None:
    opened(page, "/charts?symbol=TCS.NS")
    tab_to(page, "^input .*Search: tata mot")
    page.keyboard.type("infosys")
    expect(page.get_by_role("button", name="INFY.NS")).to_be_visible(timeout=LONG)
    tab_to(page, "INFY.NS", 5)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Infosys")).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile("symbol=INFY.NS"))


def test_escape_closes_what_was_opened(page: Page) -> None:
    opened(page, "/charts?symbol=TCS.NS")
    tab_to(page, "^button .*Indicators")
    page.keyboard.press("Enter")
    field = page.get_by_placeholder("Type RSI")
    expect(field).to_be_visible(timeout=LONG)
    page.keyboard.press("Escape")
    expect(field).to_be_hidden(timeout=LONG)
    tab_to(page, "^button .*Upload")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Chart your own file")
    expect(dialog).to_be_visible(timeout=LONG)
    for _ in range(6):
        page.keyboard.press("Tab")
        assert dialog.evaluate("d => d.contains(document.activeElement)"), "a dialog keeps the focus"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden(timeout=LONG)
    expect(page.locator(CHART).first).to_be_visible()
