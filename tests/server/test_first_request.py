"""The very first request of a new process may be a deep link; it must find the whole app around its page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import QUIET_CHROMIUM, chromium_path, free_port, wait_until_healthy

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_a_deep_link_as_the_first_request_shows_the_navigation(fresh_db: str) -> None:
    import os

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "server.py"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": fresh_db, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET_CHROMIUM)
            page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
            page.goto(f"http://127.0.0.1:{port}/help")
            sidebar = page.get_by_test_id("stSidebarNav")
            expect(sidebar).to_contain_text("Charts", timeout=30_000)
            expect(sidebar).not_to_contain_text("app")
            browser.close()
    finally:
        server.terminate()
        server.wait(30)
