"""A running desk and a browser: `app_url` is a real server on the demo market, `page` a fresh Chromium page on it.

The server starts once a worker with an empty data folder and nothing configured, as a visitor would start it.
`start_desk(folder, KUBERA_MARKET="live", ...)` starts further ones as `make run` does; `open_tab(url)` is a page of a
visitor's own on any of them. `signed_in` is `page` after one click: a demo visitor at the markets;
`enter_as_visitor(page)` does that click on any page, `enter_as_visitor(page, admin=True)` for the demo's admin.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import processes

ROOT = Path(__file__).parents[2]
QUIET_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

DESK = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
"""A browser on a desk. Without a graphics card a page that moves (skeletons shimmer while they wait) keeps a core busy
with drawing: 10 s of CPU for a first page on two busy cores, 0.5 s when it stands still."""

PATIENCE_MS = 45_000
"""How long to wait for what must come. A test that passes does not wait for it; two busy cores are slow, not wrong."""

STORED = "cookies,indexeddb,local_storage,service_workers,websql,file_systems"

expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All browser tests share one worker, so that one server and one browser serve them all."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.timeout(300))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def chromium_path() -> str:
    """Where Chromium is; fails, never skips, when there is none.

    The shell without a window comes first: the same engine and pages, a quarter less of a core for each of them.
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    pytest.fail("Chromium is not installed. `make test` installs it on Debian; elsewhere install Chrome or Chromium.")


def wait_until_healthy(url: str, server: processes.Forked | subprocess.Popen[bytes], seconds: float = 90) -> None:
    """Wait for `/healthz` to answer 200, or fail with what the server said."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise AssertionError(f"the server stopped with {server.returncode} before it answered")
        try:
            if httpx.get(f"{url}/healthz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{url}/healthz did not answer 200 in {seconds} s")


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server, demo market, empty data folder (with a space in its path)."""
    home = tmp_path_factory.mktemp("desk") / "data folder"
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("KUBERA_", "DATABASE_URL", "STREAMLIT_"))}
    environment |= {"KUBERA_DATA_DIR": str(home), "KUBERA_MARKET": "demo", "KUBERA_ENV_FILE": ""}
    log = home.parent / "server.log"
    server = processes.start(
        *("-m", "streamlit", "run", "server.py"),
        *("--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"),
        env=environment,
        out=log,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        try:
            wait_until_healthy(url, server)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{log.read_text(errors='replace')[-3000:]}") from error
        yield url
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)


class Desk:
    """A server of a test's own. `before` is Python run in its process ahead of `server.py`."""

    def __init__(self, home: Path, before: str = "", **environment: str) -> None:
        port = free_port()
        self.home = home
        self.url = f"http://127.0.0.1:{port}"
        self._log = home.parent / f"{home.name}-{port}.log"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("KUBERA_", "DATABASE_URL", "STREAMLIT_"))}
        clean |= {"KUBERA_DATA_DIR": str(home), "KUBERA_ENV_FILE": "", "PORT": str(port), "HOST": "127.0.0.1"}
        started = f"import runpy\n{before}\nrunpy.run_path('server.py', run_name='__main__')"
        self._process = processes.start(
            *(("-c", started) if before else ("server.py",)),
            env=clean | {"KUBERA_MARKET": "demo"} | environment,
            out=self._log,
        )

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return self._log.read_text(errors="replace")

    def health(self) -> tuple[int, str]:
        """Status and `database` of `/healthz`."""
        answer = httpx.get(f"{self.url}/healthz", timeout=10)
        return answer.status_code, answer.json()["database"]

    def wait(self) -> "Desk":
        """Until it is healthy."""
        try:
            wait_until_healthy(self.url, self._process)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log[-3000:]}") from error
        return self

    def stop(self) -> None:
        """As an operator does; a second time does nothing."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)


@pytest.fixture(scope="module")
def start_desk() -> Iterator[Callable[..., Desk]]:
    """start_desk(folder, before="", **environment) -> Desk, not waited for; stopped with its module at the latest."""
    started: list[Desk] = []

    def start(home: Path, before: str = "", **environment: str) -> Desk:
        started.append(Desk(home, before, **environment))
        return started[-1]

    yield start
    for desk in started:
        desk.stop()


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Page]]:
    """open_tab(url, **context options) -> the page of a visitor with cookies of their own."""
    contexts = []

    def tab(url: str, **options: object) -> Page:
        contexts.append(browser.new_context(**(DESK | {"base_url": url} | options)))
        contexts[-1].set_default_timeout(PATIENCE_MS)
        return contexts[-1].new_page()

    yield tab
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests of a module; not longer, as its event loop would be in others' way."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=chromium_path(), args=QUIET_CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def cached(browser: Browser, app_url: str) -> Iterator[BrowserContext]:
    """A context whose cache lives as long as its module: a context of its own reads all scripts again, 1 s of CPU."""
    context = browser.new_context(**DESK, base_url=app_url, accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(cached: BrowserContext) -> Iterator[Page]:
    """A page of somebody nobody has seen: no cookies, nothing stored; at desktop width, `page.goto("/charts")`."""
    tab = cached.new_page()
    yield tab
    origins = {f"{parts.scheme}://{parts.netloc}" for parts in (urlsplit(one.url) for one in cached.pages)}
    protocol = cached.new_cdp_session(cached.pages[0] if cached.pages else cached.new_page())
    for origin in origins:
        if origin.startswith("http"):
            protocol.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": STORED})
    for one in cached.pages:
        one.close()
    cached.clear_cookies()


def enter_as_visitor(page: Page, *, admin: bool = False) -> Page:
    """Become a demo visitor, or the demo's admin, with one click on the sign-in page; returns where that leads."""
    page.goto("/sign_in")
    page.get_by_role("button", name="Try as admin" if admin else "Try the desk").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible(timeout=30_000)
    return page


@pytest.fixture
def signed_in(page: Page) -> Page:
    """`page`, signed in as a demo visitor and showing the markets."""
    return enter_as_visitor(page)
