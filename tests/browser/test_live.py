"""The desk on real sources, played by a Yahoo on the loopback: live, stale, gone, back, refusing and lying."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect

from core.market.calendars import calendar
from core.market.instruments import catalogue
from core.market.model import AssetClass, Instrument
from db.embedded.layout import DATABASE, PORT, USER, Layout
from tests.browser.conftest import Desk
from tests.browser.visitor import no_traceback, visit, wait_for
from tests.market.vendors.fake_yahoo import FakeYahoo, Fault, Listing
from tests.market.vendors.loopback_vendor import Answer, as_json

LONG = 30_000
CHART = ".st-key-price_chart .js-plotly-plot"
SPIKED = "INFY.NS"
PHANTOM = "WIPRO.NS"
KINDS = {
    AssetClass.STOCK: "EQUITY",
    AssetClass.ETF: "ETF",
    AssetClass.FUND: "MUTUALFUND",
    AssetClass.INDEX: "INDEX",
    AssetClass.CRYPTO: "CRYPTOCURRENCY",
    AssetClass.FX: "CURRENCY",
}


class Trading(Listing):
    """A listing that trades on its exchange's sessions, not on all weekdays."""

    def days(self, start: date, end: date) -> list[date]:
        days = super().days(start, end)
        if self.timezone != "Asia/Kolkata" or self.everyday:
            return days
        return [day for day in days if calendar("XBOM").is_session(day)]


def listed(one: Instrument) -> Listing:
    """An instrument of the catalogue as Yahoo lists it; each at a price of its own, far from the simulated ones."""
    base = 5000.0 + sum(map(ord, one.symbol)) % 2000
    days = {"everyday": one.asset_class is AssetClass.CRYPTO, "sector": one.sector or "Technology"}
    hours = {"XBOM": (time(9, 15), time(15, 30)), "XNYS": (time(9, 30), time(16))}.get(one.calendar, (time(0), time(0)))
    kind = KINDS[one.asset_class]
    return Trading(
        one.symbol, one.name, base, one.currency, "NSI", one.timezone, *hours, kind=kind, first=date(2023, 1, 2), **days
    )


class WholeYahoo(FakeYahoo):
    """A Yahoo that lists the whole catalogue, and whose bars of two instruments are wrong."""

    def __init__(self) -> None:
        super().__init__(lambda: datetime.now(UTC))
        self.charts: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.add(*(listed(one) for one in catalogue()))

    def answer(self, route: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        symbol = path.rsplit("/", 1)[-1]
        if route == "chart":
            self.charts.append(symbol)
            self.gate.wait(20)
        sent = super().answer(route, path, query, body)
        if route != "chart" or sent.status != 200 or query.get("interval", "1d") != "1d":
            return sent
        return as_json(spoiled(symbol, sent)) if symbol in {SPIKED, PHANTOM} else sent


def spoiled(symbol: str, sent: Answer) -> dict[str, Any]:
    """A daily chart with a spike of one day, or with a bar nobody traded on a holiday."""
    value: dict[str, Any] = json.loads(sent.body)
    result = value["chart"]["result"][0]
    stamps, quote = result["timestamp"], result["indicators"]["quote"][0]
    if len(stamps) < 100:
        return value
    if symbol == SPIKED:
        for name in ("open", "high", "low", "close"):
            quote[name][-60] = round(quote[name][-60] * 7.3, 2)
        result["indicators"]["adjclose"][0]["adjclose"][-60] = quote["close"][-60]
        return value
    holiday = last_holiday()
    at = int(datetime.combine(holiday, time(9, 15), Listing("", "").zone).timestamp())
    place = next(index for index, stamp in enumerate(stamps) if stamp > at)
    stamps.insert(place, at)
    before = quote["close"][place - 1]
    for name in ("open", "high", "low", "close"):
        quote[name].insert(place, before)
    quote["volume"].insert(place, 0)
    result["indicators"]["adjclose"][0]["adjclose"].insert(place, before)
    return value


def last_holiday() -> date:
    """The latest exchange holiday on a weekday, a month ago or more."""
    day = datetime.now(UTC).date() - timedelta(days=30)
    while day.weekday() > 4 or not calendar("XBOM").known_holiday(day):
        day -= timedelta(days=1)
    return day


@pytest.fixture(scope="module")
def yahoo() -> Iterator[WholeYahoo]:
    with WholeYahoo() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def live(
    yahoo: WholeYahoo, start_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("live") / "data"
    desk = start_desk(home, KUBERA_MARKET="live", YAHOO_BASE_URL=yahoo.url, KUBERA_HTTP_TIMEOUT="5").wait()
    yield desk
    desk.stop()


def database(home: Path) -> psycopg.Connection[Any]:
    """A connection to a desk's own Postgres."""
    state = Layout.under(home).read_state()
    assert state is not None
    return psycopg.connect(host=state.socket_dir, port=PORT, user=USER, dbname=DATABASE, autocommit=True)


def rows(home: Path, statement: str, *values: object) -> list[Any]:
    """What is stored."""
    with closing(database(home)) as connection:
        return connection.execute(statement, values).fetchall()


def write(home: Path, statement: str, *values: object) -> None:
    """Change what is stored."""
    with closing(database(home)) as connection:
        connection.execute(statement, values)


def drawn(page: Page) -> None:
    """Wait until the price chart is there."""
    expect(page.locator(CHART).first).to_be_visible(timeout=LONG)


def test_a_live_chart_names_yahoo_and_keeps_what_it_read(
    live: Desk, yahoo: WholeYahoo, open_tab: Callable[..., Page]
) -> None:
    page = open_tab(live.url)
    page.goto("/charts?symbol=RELIANCE.NS&range=1y&interval=1d")
    drawn(page)
    expect(page.get_by_text(re.compile(r"Yahoo, \d")).first).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("simulated", re.IGNORECASE))).to_have_count(0)
    no_traceback(page)
    assert last_close(page) == pytest.approx(yahoo.listings["RELIANCE.NS"].base, rel=0.25), "Yahoo's price"
    page.goto("/charts?symbol=RELIANCE.NS&range=5d&interval=5m")
    page.wait_for_function(f"document.querySelector('{CHART}')?._fullData?.[0]?.close?.length > 100", timeout=LONG)
    kept = rows(live.home, "SELECT source, interval FROM series WHERE symbol = %s", "RELIANCE.NS")
    assert {("yahoo", "1d"), ("yahoo", "5m")} <= set(kept)
    assert {source for (source,) in rows(live.home, "SELECT source FROM series")} == {"yahoo"}


def test_what_is_wrong_with_a_vendor_series_stands_beside_it(live: Desk, open_tab: Callable[..., Page]) -> None:
    page = open_tab(live.url)
    page.goto(f"/charts?symbol={SPIKED}&range=1y&interval=1d")
    drawn(page)
    page.get_by_text(re.compile("finding.* about the data of this chart")).click(timeout=LONG)
    expect(page.locator("td", has_text="spike").first).to_be_attached(timeout=LONG)
    highest = page.evaluate(f"Math.max(...document.querySelector('{CHART}')._fullData[0].high)")
    typical = page.evaluate(f"document.querySelector('{CHART}')._fullData[0].close.at(-1)")
    assert highest < 3 * typical, "a spike that came back is repaired, not drawn"
    page.goto(f"/charts?symbol={PHANTOM}&range=1y&interval=1d")
    drawn(page)
    page.get_by_text(re.compile("finding.* about the data of this chart")).click(timeout=LONG)
    expect(page.locator("td", has_text="holiday bar").first).to_be_attached(timeout=LONG)

    page.goto("/data?show=Quality")
    page.get_by_role("combobox", name="Instrument").fill(SPIKED)
    page.get_by_role("option", name=SPIKED).click()
    expect(page.locator("td", has_text="Spike that comes back").first).to_be_attached(timeout=LONG)
    no_traceback(page)


def test_twenty_visitors_of_one_chart_are_one_call(live: Desk, yahoo: WholeYahoo) -> None:
    yahoo.gate.clear()  # nobody is answered before all have asked
    with ThreadPoolExecutor(20) as crowd:
        visits = [crowd.submit(visit, live.url, "charts", "symbol=DABUR.NS&range=1y&interval=1d") for _ in range(20)]
        begun = [visit_.result for visit_ in visits]
        wait_for(lambda: yahoo.charts.count("DABUR.NS") > 0)
        yahoo.gate.set()
        seen = [result(60) for result in begun]
    assert all("Dabur" in text and "Yahoo, " in text for text in seen)
    assert yahoo.charts.count("DABUR.NS") == 1


@pytest.fixture(scope="module")
def moody() -> Iterator[WholeYahoo]:
    """A second Yahoo, for the tests in which it misbehaves."""
    with WholeYahoo() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def impatient(live: Desk, moody: WholeYahoo, start_desk: Callable[..., Desk]) -> Iterator[Desk]:
    """Another process on the live desk's data; it waits two seconds for a vendor."""
    desk = start_desk(live.home, KUBERA_MARKET="live", YAHOO_BASE_URL=moody.url, KUBERA_HTTP_TIMEOUT="2").wait()
    yield desk
    desk.stop()


@pytest.fixture
def healed(live: Desk, moody: WholeYahoo) -> Iterator[None]:
    """A Yahoo in good health that no breaker holds anything against, before and after."""
    moody.heal()
    write(live.home, "DELETE FROM source_state")
    yield
    moody.heal()
    moody.released.set()
    moody.released = threading.Event()
    write(live.home, "DELETE FROM source_state")


@pytest.mark.usefixtures("healed")
def test_with_yahoo_gone_what_is_stored_is_shown_with_its_age(
    live: Desk, impatient: Desk, moody: WholeYahoo, open_tab: Callable[..., Page]
) -> None:
    visit(live.url, "charts", "symbol=MARICO.NS&range=1y&interval=1d")
    wait_for(lambda: bool(rows(live.home, "SELECT 1 FROM series WHERE symbol = %s", "MARICO.NS")))
    write(
        live.home,
        "UPDATE series SET fetched_at = fetched_at - interval '8 days', covered_to = covered_to - interval '8 days',"
        " as_of = as_of - interval '8 days' WHERE symbol = %s",
        "MARICO.NS",
    )
    moody.fail("*", Fault.SERVER_ERROR)
    page = open_tab(impatient.url)
    page.goto("/charts?symbol=MARICO.NS&range=1y&interval=1d")
    drawn(page)
    expect(page.get_by_text(re.compile(r"Yahoo, \d+ \w+.*being refreshed")).first).to_be_visible(timeout=LONG)
    assert last_close(page) == pytest.approx(moody.listings["MARICO.NS"].base, rel=0.25)
    no_traceback(page)


@pytest.mark.usefixtures("healed")
@pytest.mark.parametrize(
    ("fault", "symbol", "words"),
    [
        (Fault.HANG, "PIDILITIND.NS", "no complete answer within 2 s"),
        (Fault.DRIP, "GODREJCP.NS", "no complete answer within 2 s"),
        (Fault.THROTTLED, "BERGEPAINT.NS", "too many requests.*asking again after"),
        (Fault.HTML, "HAVELLS.NS", "answered with a web page"),
        (Fault.MALFORMED, "AMBUJACEM.NS", "JSON"),
        (Fault.RESET, "SIEMENS.NS", "connection|broke"),
        (Fault.WRONG_SHAPES, "PAGEIND.NS", "yahoo"),
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Fault) else "",
)
def test_a_vendor_that_fails_is_named_and_the_controls_stay(
    impatient: Desk, moody: WholeYahoo, open_tab: Callable[..., Page], fault: Fault, symbol: str, words: str
) -> None:
    moody.fail("*", fault)
    page = open_tab(impatient.url)
    page.goto(f"/charts?symbol={symbol}&range=1y&interval=1d")
    told = page.get_by_test_id("stAlert").filter(has_text=re.compile(r"yahoo", re.IGNORECASE)).first
    expect(told).to_contain_text(re.compile(words, re.IGNORECASE), timeout=LONG)
    expect(page.get_by_placeholder("Search: tata mot")).to_be_visible()
    expect(page.get_by_role("radio", name="1Y", exact=True)).to_be_visible()
    no_traceback(page)
    assert "<html" not in told.inner_text()


@pytest.mark.usefixtures("healed")
def test_a_vendor_that_throttles_is_left_alone_and_the_data_page_says_so(
    impatient: Desk, moody: WholeYahoo, open_tab: Callable[..., Page]
) -> None:
    moody.fail("*", Fault.THROTTLED)
    visit(impatient.url, "charts", "symbol=COLPAL.NS&range=1y&interval=1d")
    page = open_tab(impatient.url)
    page.goto("/data?show=Sources")
    expect(page.locator("td", has_text="Pausing after errors").first).to_be_attached(timeout=LONG)
    expect(page.locator("td", has_text="too many requests").first).to_be_attached()
    asked = len(moody.requests)
    said = visit(impatient.url, "charts", "symbol=MPHASIS.NS&range=1y&interval=1d")
    assert "too many requests" in said
    assert len(moody.requests) == asked, "a vendor that asked for a pause gets one"


SOON = "from datetime import timedelta\nimport core.market.router as r\nr._PROBE_EVERY = timedelta(seconds=2)"
"""The market is asked every two seconds whether it is there, in place of five minutes."""


def test_in_auto_the_market_comes_and_goes_without_mixing(
    start_desk: Callable[..., Desk], open_tab: Callable[..., Page], tmp_path: Path
) -> None:
    with WholeYahoo() as vendor:
        vendor.fail("*", Fault.SERVER_ERROR)
        desk = start_desk(tmp_path / "data", SOON, KUBERA_MARKET="auto", YAHOO_BASE_URL=vendor.url).wait()
        page = open_tab(desk.url)
        page.goto("/charts?symbol=RELIANCE.NS&range=1y&interval=1d")
        drawn(page)
        expect(page.get_by_text(re.compile("Simulated, ")).first).to_be_visible(timeout=LONG)
        banner = page.get_by_text("Simulated prices: not the real market")
        expect(banner).to_have_count(1)
        expect(banner).to_contain_text("Yahoo does not answer")
        made_up = last_close(page)
        assert not rows(desk.home, "SELECT 1 FROM series"), "simulated bars are not stored"

        vendor.heal()
        base = vendor.listings["RELIANCE.NS"].base
        wait_for(lambda: shown_market(page, base) == "Yahoo", 60)
        expect(page.get_by_text(re.compile("simulated", re.IGNORECASE))).to_have_count(0)
        real = page.evaluate(f"Array.from(document.querySelector('{CHART}')._fullData[0].close)")
        assert all(0.7 * base < close < 1.3 * base for close in real), "every bar is Yahoo's"
        assert abs(made_up / base - 1) > 0.5
        assert {source for (source,) in rows(desk.home, "SELECT source FROM series")} == {"yahoo"}

        vendor.fail("*", Fault.SERVER_ERROR)
        wait_for(lambda: shown_market(page, base) == "Simulated", 60)
        assert last_close(page) == pytest.approx(made_up, rel=0.2)
        desk.stop()


def shown_market(page: Page, base: float) -> str:
    """Load the chart again; the market its badge names, which its prices must be of (Yahoo's lie around `base`)."""
    page.reload()
    drawn(page)
    badge = page.get_by_text(re.compile(r"(Simulated|Yahoo), ")).first.inner_text()
    named = "Yahoo" if "Yahoo" in badge else "Simulated"
    assert (abs(last_close(page) / base - 1) < 0.3) == (named == "Yahoo"), f"prices under the badge {badge}"
    return named


def last_close(page: Page) -> float:
    """The last bar's close in the price chart."""
    return float(page.evaluate(f"document.querySelector('{CHART}')._fullData[0].close.at(-1)"))
