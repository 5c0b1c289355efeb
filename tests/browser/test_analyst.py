"""A conversation: ask, see the tools, read a chart and the evidence, follow up, reload while it answers, on a phone."""

import re

from playwright.sync_api import Page, expect

LONG = 45_000


def ask(page: Page, question: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")


def test_a_conversation(page: Page) -> None:
    page.goto("/analyst")
    page.get_by_role("button", name="Is Reliance overbought").click(timeout=LONG)
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_have_value("Is Reliance overbought? Show RSI and MACD", timeout=LONG)
    expect(page.get_by_test_id("stChatMessage")).to_have_count(0)

    box.press("Enter")
    expect(page).to_have_url(re.compile(r"/analyst\?chat=[0-9a-f-]{36}"), timeout=LONG)
    answer = page.get_by_test_id("stChatMessage").nth(1)
    expect(answer).to_contain_text("RSI of Reliance", timeout=LONG)
    expect(answer).to_contain_text(re.compile(r"Verified (\d+) of \1 figures"))
    expect(answer.get_by_text("Simulated figures").first).to_be_visible()
    expect(answer.locator(".js-plotly-plot").first).to_be_visible(timeout=LONG)
    expect(answer.get_by_role("link", name="Open in Charts").first).to_have_attribute(
        "href", re.compile(r"charts\?symbol=RELIANCE")
    )

    answer.get_by_text("Used 2 tools").click()
    expect(answer.get_by_text("MACD", exact=False).first).to_be_visible()
    proofs = answer.locator("details.proofs")
    expect(proofs).not_to_have_attribute("open", "")
    number = answer.locator('a[href^="#proof-"]').first
    expect(number).to_have_attribute("title", re.compile(r"RSI .*RELIANCE\.NS.*Simulated market"))
    number.focus()
    page.keyboard.press("Enter")
    expect(proofs).to_have_attribute("open", "", timeout=LONG)
    expect(proofs.get_by_role("cell", name="get_rsi").first).to_be_visible()

    # A follow-up, reloaded at once: it is answered once, whoever looks.
    ask(page, "and its PE?")
    expect(page.get_by_test_id("stChatMessage").nth(2)).to_contain_text("and its PE?", timeout=LONG)
    page.reload()
    expect(page.get_by_test_id("stChatMessage").nth(3)).to_contain_text(re.compile(r"P/?E"), timeout=LONG)
    expect(page.get_by_test_id("stChatMessage").nth(3).get_by_text("Verified")).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4)

    page.set_viewport_size({"width": 390, "height": 844})
    expect(box).to_be_in_viewport(timeout=LONG)
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390, "nothing makes a phone scroll sideways"

    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("button", name="New chat").first.click()
    expect(page.get_by_role("heading", name="Analyst")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Chats").click()
    page.get_by_label("Search chats").fill("overbought")
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Is Reliance overbought").click(timeout=LONG)
    expect(page.get_by_test_id("stChatMessage")).to_have_count(4, timeout=LONG)
