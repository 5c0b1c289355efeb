"""The mails in Chromium, light and dark, at full width and on a phone: nothing sticks out, everything can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from core.notices.kinds import KINDS
from core.notices.model import Table
from core.notices.rendering import render
from tests.browser.conftest import QUIET_CHROMIUM, chromium_path

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = "Unbrokenwordsthatgoonandon" * 10

# The WCAG 2 contrast of every element with text of its own against the nearest background behind it.
CONTRASTS = """() => {
  const parse = c => {
    const m = c.match(/[\\d.]+/g).map(Number);
    return m.length > 3 && m[3] === 0 ? null : m.slice(0, 3);
  };
  const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => { const [r, g, b] = c.map(v => linear(v / 255)); return .2126 * r + .7152 * g + .0722 * b; };
  const found = [];
  for (const one of document.body.querySelectorAll('*')) {
    if (![...one.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(one);
    if (one.closest('div[style*="display: none"]')) continue;
    let behind = one, ground = null;
    while (behind && !ground) {
      ground = parse(getComputedStyle(behind).backgroundColor);
      behind = behind.parentElement;
    }
    const [a, b] = [light(parse(style.color)), light(ground || [255, 255, 255])].sort((x, y) => y - x);
    found.push([Math.round(100 * (a + .05) / (b + .05)) / 100, one.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET_CHROMIUM)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 680])
def test_every_mail_fits_and_can_be_read(
    chromium: Browser, environment: Callable[..., None], scheme: Any, width: int
) -> None:
    environment(KUBERA_PUBLIC_URL="https://desk.test", KUBERA_SECRET_KEY="k" * 40)
    contexts = [(name, kind.sample()) for name, kind in KINDS.items()]
    table = Table(LONG, ("Instrument", "Close", "Change"), ((LONG, "₹12,34,567.89", "▲ +2.31%"),))
    long = {"headline": LONG, "figures": [[LONG, LONG]], "tables": [table], "notes": [LONG], "source": LONG}
    contexts.append(("daily_report", KINDS["daily_report"].sample() | long))
    asked: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.on("request", lambda request: asked.append(request.url))
    for name, context in contexts:
        path = "" if KINDS[name].essential else "/unsubscribe?token=x"
        page.set_content(render(name, context, unsubscribe_path=path).html)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) >= 3
        assert [pair for pair in contrasts if pair[0] < 4.5] == [], name
    page.close()
    assert asked == [], "a mail loads nothing"
