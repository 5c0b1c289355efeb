"""The desk when things go wrong around it: databases away, processes gone, addresses and files nobody should send."""

import csv
import io
import os
import re
import signal
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest
from playwright.sync_api import Page, expect

from db.embedded import ensure, release
from db.embedded.account import Account, become, choose_account
from db.embedded.binaries import find_binaries
from db.embedded.cluster import choose_socket_dir, is_postmaster, start_command
from db.embedded.layout import Layout
from tests.browser.conftest import Desk
from tests.browser.visitor import no_traceback, visit, wait_for

LONG = 30_000
AWAY = "Waiting for the database"
CHART = ".st-key-price_chart .js-plotly-plot"


def bars(count: int = 60) -> str:
    """A clean daily file."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["Date", "Open", "High", "Low", "Close", "Volume"])
    day = date(2024, 1, 1)
    for number in range(count):
        price = 100 + number % 7
        rows.writerow([day.isoformat(), price, price + 2, price - 2, price + 1, 10_000 + number])
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    return out.getvalue()


def upload(page: Page, path: Path, symbol: str | None = None) -> None:
    """Give the Data page a file and import it, under its proposed symbol or another."""
    page.goto("/data")
    page.locator('input[type="file"]').set_input_files(str(path))
    field = page.get_by_label("Symbol", exact=True)
    expect(field).to_be_visible(timeout=LONG)
    if symbol is not None:
        field.fill(symbol)
    page.get_by_role("button", name="Import").click()


# -- the database goes -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(start_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Desk]]:
    """Two processes on one data folder."""
    home = tmp_path_factory.mktemp("pair") / "shared data"
    both = start_desk(home), start_desk(home)
    yield both[0].wait(), both[1].wait()
    for desk in both:
        desk.stop()


def test_a_killed_postmaster_is_back_and_the_open_page_with_it(
    pair: tuple[Desk, Desk], open_tab: Callable[..., Page]
) -> None:
    first, second = pair
    page = open_tab(first.url)
    page.goto("/data")
    expect(page.get_by_text("No file yet")).to_be_visible(timeout=LONG)
    for _ in range(2):
        state = Layout.under(first.home).read_state()
        assert state is not None
        os.kill(state.postmaster, signal.SIGKILL)
        page.get_by_role("tab", name="Quality").click()
        page.get_by_role("tab", name="Your files").click()
        expect(page.get_by_text("No file yet")).to_be_visible(timeout=LONG)
        expect(page.get_by_text(AWAY)).to_have_count(0, timeout=LONG)
        no_traceback(page)
        wait_for(lambda: first.health() == (200, "up") and second.health() == (200, "up"))


def test_a_file_of_one_process_is_on_the_other_and_outlives_it(
    pair: tuple[Desk, Desk], open_tab: Callable[..., Page], tmp_path: Path
) -> None:
    first, second = pair
    path = tmp_path / "SHARED.csv"
    path.write_text(bars())
    page = open_tab(first.url)
    upload(page, path)
    expect(page.get_by_text("60 rows read").first).to_be_visible(timeout=LONG)
    page.goto(f"{second.url}/data")  # cookies know no ports: the same visitor
    expect(page.get_by_text("SHARED", exact=True).first).to_be_visible(timeout=LONG)
    page.goto(f"{second.url}/charts?symbol=SHARED&range=max")
    expect(page.locator(CHART).first).to_be_visible(timeout=LONG)

    first.stop()
    assert second.health() == (200, "up")
    page.goto(f"{second.url}/data")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No file yet")).to_be_visible(timeout=LONG)

    state = Layout.under(second.home).read_state()
    assert state is not None
    second.stop()
    wait_for(lambda: not is_postmaster(state.postmaster, Layout.under(second.home)))


class Postgres:
    """A server an operator runs: started and stopped at will, always at the same address."""

    def __init__(self, home: Path) -> None:
        ensure(home, durable=False)  # makes the files
        release(home)
        self._layout, self._binaries = Layout.under(home), find_binaries()
        wait_for(lambda: not (self._layout.cluster / "postmaster.pid").exists())
        needed = (self._layout.root, self._binaries.home / "bin")
        self._account: Account = choose_account(home, self._layout.cluster, needed)
        self._sockets = choose_socket_dir(self._layout, self._account)
        self.url = f"postgresql://kubera@/kubera?host={quote(str(self._sockets), safe='')}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            start_command(self._layout, self._binaries, self._sockets, durable=False),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd="/",
            preexec_fn=become(self._account, dies_with_parent=True),  # noqa: PLW1509 - as the watcher does
        )

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None


def test_a_configured_database_that_stops_is_waited_for(
    start_desk: Callable[..., Desk], open_tab: Callable[..., Page], tmp_path: Path
) -> None:
    postgres = Postgres(tmp_path / "pg")
    try:
        desk = start_desk(tmp_path / "data", DATABASE_URL=postgres.url, KUBERA_DB_CONNECT_TIMEOUT="2")
        early = open_tab(desk.url)
        wait_for(lambda: answers(desk), 60)
        assert desk.health()[0] == 503, "a desk that was started before its database says so"
        early.goto("/data")
        expect(early.get_by_text(AWAY).first).to_be_visible(timeout=LONG)
        postgres.start()
        desk.wait()
        expect(early.get_by_text("No file yet")).to_be_visible(timeout=LONG)

        postgres.stop()
        wait_for(lambda: desk.health() == (503, "away"))
        early.get_by_role("tab", name="Sources").click()
        early.get_by_role("tab", name="Your files").click()
        expect(early.get_by_text(AWAY).first).to_be_visible(timeout=LONG)
        expect(early.get_by_text("What you stored before is safe").first).to_be_visible()
        no_traceback(early)
        postgres.start()
        expect(early.get_by_text("No file yet")).to_be_visible(timeout=LONG)  # by itself: nothing is clicked
        expect(early.get_by_text(AWAY)).to_have_count(0)
        wait_for(lambda: desk.health() == (200, "up"))
        assert "kubera@" not in early.content()
        desk.stop()
    finally:
        postgres.stop()


def answers(desk: Desk) -> bool:
    """Whether anything listens."""
    with suppress(httpx.HTTPError):
        return httpx.get(f"{desk.url}/healthz", timeout=10).status_code in {200, 503}
    return False


# -- addresses ---------------------------------------------------------------------------------------------------

SCRIPT = "<script>window.owned=1</script>"
IMAGE = "<img src=x onerror=window.owned=1>"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"symbol": SCRIPT}, "is not a symbol"),
        ({"symbol": "A" * 10_000}, "is not a symbol"),
        ({"symbol": "रिलायंस 📈"}, "is not a symbol"),
        ({"symbol": "../../etc/passwd"}, "is not a symbol"),
        ({"symbol": "RELIANCE.NS\x00"}, "is not a symbol"),
        ({"symbol": "QQQQZZZZ"}, "No instrument is called “QQQQZZZZ”"),
        ({"symbol": "TCS.NS", "interval": "7d"}, "interval=7d is not one of 1m"),
        ({"symbol": "TCS.NS", "range": "99y"}, "range=99y is not one of 1d"),
        ({"symbol": "TCS.NS", "type": IMAGE}, "is not one of candles"),
        ({"symbol": "TCS.NS", "ind": "rsi:999999999"}, "length"),
        ({"symbol": "TCS.NS", "ind": "rsi:-3"}, "length"),
        ({"symbol": "TCS.NS", "ind": "rsi:nan,macd:26:12:9:4,sma:1e309"}, "length"),
        ({"symbol": "TCS.NS", "ind": f"{IMAGE}:1"}, "There is no indicator or pattern called '<img"),
        ({"symbol": "TCS.NS", "ind": ",".join(["sma:20"] * 3000)}, "TCS"),
        ({"symbol": "TCS.NS", "compare": f"{SCRIPT},QQQQZZZZ"}, "Not compared with QQQQZZZZ"),
        ({"symbol": "TCS.NS", "marks": "x" * 10_000}, "TCS"),
        ({"symbol": "TCS.NS", "range": "custom", "from": "2099-01-01"}, "lies in the future"),
        ({"symbol": "TCS.NS", "range": "custom", "from": "2025-05-01", "to": "2025-01-01"}, "before it starts"),
        ({"symbol": "TCS.NS", "from": "2025-02-30"}, "from=2025-02-30 is not a day"),
        ({"symbol": "TCS.NS", "from": "9999-12-31", "to": "9999-12-31"}, "lies in the future"),
        ({"symbol": "TCS.NS", "range": "custom", "to": "9999-12-31"}, "9999-12-31 cannot be a bar's day"),
        ({"symbol": "TCS.NS", "log": "maybe", "table": "' OR 1=1 --"}, "TCS"),
    ],
    ids=lambda value: None if isinstance(value, dict) else "",
)
def test_an_address_nobody_should_send_is_answered_in_words(app_url: str, query: dict[str, str], words: str) -> None:
    said = visit(app_url, "charts", urlencode(query))
    plain = said.replace("\\", "")
    assert re.search(words, plain), plain[-2000:]
    assert "could not be shown" not in said


@pytest.mark.parametrize("page", ["", "charts", "data", "help"])
def test_parameters_of_no_meaning_are_passed_over(app_url: str, page: str) -> None:
    noise = f"symbol=TCS.NS&symbol=INFY.NS&region={quote(SCRIPT)}&show=%00&a=&=b&&%ff%fe=%ff&x={'y' * 10_000}"
    assert "could not be shown" not in visit(app_url, page, noise)


def test_markup_in_an_address_stays_text(page: Page) -> None:
    page.goto(f"/charts?symbol={quote(IMAGE)}&interval={quote(SCRIPT)}&ind={quote(IMAGE)}&compare={quote(IMAGE)}")
    expect(page.locator(CHART).first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("is not a symbol").first).to_contain_text("<img src=x")
    assert page.locator("img[src='x']").count() == 0
    assert page.evaluate("window.owned") is None
    no_traceback(page)


# -- files -------------------------------------------------------------------------------------------------------


def bomb() -> bytes:
    """A workbook of 600 MB in 600 KB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(60):
                sheet.write(bytes(10_000_000))
    return out.getvalue()


REFUSED = {
    "PAGE.csv": (b"<!DOCTYPE html><html><body><script>window.owned=1</script></body></html>", "HTML"),
    "BOMB.xlsx": (bomb, "unpack|larger|zip|too"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_bars_is_refused_with_a_remedy(page: Page, tmp_path: Path, name: str) -> None:
    content, words = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content() if callable(content) else content)
    upload(page, path)
    told = page.get_by_test_id("stAlert").filter(has_text=name)
    expect(told).to_contain_text(re.compile(words, re.IGNORECASE), timeout=LONG)
    expect(page.get_by_text("No file yet")).to_be_visible()
    assert page.evaluate("window.owned") is None
    no_traceback(page)


def test_the_same_file_twice_changes_nothing(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "TWICE.csv"
    path.write_text(bars())
    for _ in range(2):
        upload(page, path)
        expect(page.get_by_text("60 rows read").first).to_be_visible(timeout=LONG)
        expect(page.get_by_text("60 accepted").first).to_be_visible()
        expect(page.get_by_role("button", name="Delete")).to_have_count(1)
    no_traceback(page)


def test_a_symbol_that_is_none_is_refused(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "MINE.csv"
    path.write_text(bars())
    upload(page, path, "<b>X</b>")
    told = page.get_by_test_id("stAlert")
    expect(told.filter(has_text="“<B>X</B>” cannot be a symbol")).to_be_visible(timeout=LONG)
    for symbol in ("A/../B", "   "):
        page.get_by_label("Symbol", exact=True).fill(symbol)
        page.get_by_role("button", name="Import").click()
        expect(told.filter(has_text=f"“{symbol.strip()}” cannot be a symbol")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("No file yet")).to_be_visible()
    no_traceback(page)


def test_a_file_under_a_market_symbol_is_shown_as_the_investors_own(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "CLASH.csv"
    path.write_text(bars())
    upload(page, path, "TCS.NS")
    expect(page.get_by_text("TCS.NS: 60 rows read").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("TCS.NS is also a listed instrument").first).to_be_attached()
    page.goto("/charts?symbol=TCS.NS&range=max")
    expect(page.locator(CHART).first).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("Your file, 22 Mar 2024")).first).to_be_visible()
    page.goto("/data")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No file yet")).to_be_visible(timeout=LONG)
    page.goto("/charts?symbol=TCS.NS&range=1y")
    expect(page.get_by_text(re.compile("Simulated, ")).first).to_be_visible(timeout=LONG)
    no_traceback(page)


def test_cells_and_names_with_markup_or_formulas_stay_text(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "..%2f..%2fetc <img src=x onerror=window.owned=1>.csv"
    path.write_text(bars() + f"=cmd|' /C calc'!A0,{SCRIPT},1,1,1,1\n{IMAGE},1,1,1,1,1\n")
    upload(page, path, "MARKED")
    expect(page.get_by_text("62 rows read").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("2 left out").first).to_be_visible()
    assert page.locator("img[src='x']").count() == 0
    assert page.evaluate("window.owned") is None
    no_traceback(page)


def test_a_file_of_thirty_megabytes_is_taken(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "MINUTES.csv"
    start = datetime(2018, 1, 1, tzinfo=UTC)
    with path.open("w") as out:
        out.write("Date,Open,High,Low,Close,Volume\n")
        for number in range(550_000):
            price = 100 + number % 97 * 0.05
            moment = start + timedelta(minutes=number)
            out.write(f"{moment:%Y-%m-%d %H:%M:%S},{price:.2f},{price + 1:.2f},{price - 1:.2f},{price:.2f},{number}\n")
    assert path.stat().st_size > 28_000_000
    page.set_default_timeout(60_000)
    upload(page, path)
    expect(page.get_by_text("550,000 rows read").first).to_be_visible(timeout=90_000)
    no_traceback(page)
