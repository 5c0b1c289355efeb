"""Take the pictures the README shows: every page, light and dark, desktop and phone width, for whom it is for.

`make screenshots` runs it; pictures go to `docs/screenshots/`. It starts the desk as a visitor would: nothing
configured, simulated market. `python tests/browser/gallery.py --url URL --out DIR` uses a running desk.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.browser.conftest import DESK, QUIET_CHROMIUM, ROOT, chromium_path, free_port, wait_until_healthy

PAGES = {
    "market": "/",
    "charts": "/charts?symbol=TCS.NS&range=1y&interval=1d&type=candles&ind=sma:20,bbands,rsi,macd",
    "charts-crypto": "/charts?symbol=BTC-USD&range=6mo&interval=1d",
    "backtest": "/backtest?strategy=sma_cross",
    "data": "/data",
    "data-sources": "/data?show=Sources",
    "help": "/help",
    "sign-in": "/sign_in",
}
"""What anybody sees."""

VISITOR_PAGES = {
    "portfolio": "/portfolio",
    "holdings": "/holdings",
    "transactions": "/transactions",
    "performance": "/performance",
    "risk": "/risk",
    "tax": "/tax",
    "analyst": "/analyst",
    "strategies": "/strategies",
    "account": "/account?section=Security",
    "inbox": "/inbox",
}
ADMIN_PAGES = {"admin": "/admin", "admin-users": "/admin?section=users", "admin-limits": "/admin?section=limits"}
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}


def settle(page) -> None:
    """Wait until Streamlit has finished its run and nothing is still loading."""
    page.wait_for_selector('[data-testid="stMain"]')
    page.wait_for_function(
        """() => !document.querySelector('[data-testid="stSkeleton"]')
              && document.querySelector('[data-test-script-state="notRunning"]')""",
        timeout=30_000,
    )
    page.wait_for_timeout(700)


def shoot(browser: Browser, url: str, out: Path, only: set[str], *, full: bool) -> None:
    """One picture a page, mode and width."""
    for width_name, (width, height) in WIDTHS.items():
        for scheme in ("light", "dark"):
            for pages, enter in ((PAGES, None), (VISITOR_PAGES, "Try the desk"), (ADMIN_PAGES, "Try as admin")):
                wanted = {name: path for name, path in pages.items() if not only or name in only}
                if not wanted:
                    continue
                context = browser.new_context(
                    **DESK | {"viewport": {"width": width, "height": height}},
                    base_url=url,
                    color_scheme=scheme,
                    device_scale_factor=1,
                )
                page = context.new_page()
                if enter:
                    page.goto("/sign_in")
                    page.get_by_role("button", name=enter).click()
                    page.wait_for_url(lambda address: "sign_in" not in address and "session" not in address)
                    settle(page)
                shoot_pages(page, wanted, out, f"{scheme}-{width_name}", (width, height), full=full)
                context.close()


def shoot_pages(page, pages: dict[str, str], out: Path, suffix: str, size: tuple[int, int], *, full: bool) -> None:
    """Pictures of pages one after the other in one browser tab."""
    width, height = size
    for name, path in pages.items():
        page.goto(path)
        settle(page)
        if name == "analyst":
            ask(page, "hdfcbank ka support kahan hai")
        if full:
            # Streamlit scrolls inside its main part; a taller window shows all of it.
            tall = page.evaluate(
                """() => { const m = document.querySelector('[data-testid="stMain"]');
                           return Math.ceil(m.scrollHeight) }"""
            )
            page.set_viewport_size({"width": width, "height": min(max(height, tall + 40), 4000)})
            page.wait_for_timeout(600)
        page.screenshot(path=out / f"{name}-{suffix}.png")
        page.set_viewport_size({"width": width, "height": height})


def ask(page, question: str) -> None:
    """One question and its whole answer."""
    page.get_by_test_id("stChatInput").get_by_role("textbox").fill(question)
    page.keyboard.press("Enter")
    page.get_by_text("The nearest support").first.wait_for(timeout=60_000)
    settle(page)


def main() -> None:
    """Start a desk if none is given, take the pictures, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--only", default="", help="page names, comma separated")
    parser.add_argument("--full", action="store_true", help="the whole page, not the first window")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    server = None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        url = options.url
        if not url:
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            server = subprocess.Popen(
                [
                    *(sys.executable, "-m", "streamlit", "run", "server.py"),
                    *("--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"),
                ],
                cwd=ROOT,
                env=os.environ | {"KUBERA_DATA_DIR": home, "KUBERA_MARKET": "demo", "KUBERA_ENV_FILE": ""},
            )
            wait_until_healthy(url, server)
        try:
            with sync_playwright() as play:
                chromium = play.chromium.launch(executable_path=chromium_path(), args=QUIET_CHROMIUM)
                shoot(chromium, url, options.out, {n for n in options.only.split(",") if n}, full=options.full)
                chromium.close()
        finally:
            if server:
                server.send_signal(signal.SIGTERM)
                server.wait(30)


if __name__ == "__main__":
    main()
