"""The Charts page as an investor uses it: a deep link, indicators, chart types, search, zoom, files to take along."""

import csv
import json
from pathlib import Path

from playwright.sync_api import Page, expect

LINK = Path(__file__).parents[2] / "components" / "charts" / "chart_link.js"
CHART = ".st-key-price_chart .js-plotly-plot"


def drawn(page: Page, state: str) -> None:
    """Wait until a script over the plot ``p`` holds."""
    page.wait_for_function(
        f"() => {{ const p = document.querySelector('{CHART}'); return p && p._fullData && ({state}) }}"
    )


def test_a_deep_link_opens_its_view_and_stays_in_the_address(page: Page) -> None:
    page.goto("/charts?symbol=TCS.NS&range=6mo&interval=1d&type=candles&ind=sma:20")
    drawn(page, "p._fullData.some(t => t.type === 'candlestick')")
    drawn(page, "p._fullData.some(t => t.name === 'SMA 20')")
    expect(page.get_by_role("heading", name="Tata Consultancy Services")).to_be_visible()
    expect(page.get_by_text("Simulated", exact=False).first).to_be_visible()

    page.get_by_role("button", name="Indicators").click()
    page.get_by_placeholder("Type RSI").fill("RSI ·")
    page.get_by_role("option", name="RSI ·").first.click()
    drawn(page, "p._fullLayout.yaxis4 && p._fullData.some(t => t.name === 'RSI 14' && t.yaxis === 'y4')")
    page.wait_for_url("**ind=sma%3A20%2Crsi%3A14**")

    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Chart type").click()
    page.get_by_role("option", name="Heikin-Ashi").click()
    page.wait_for_url("**type=heikin-ashi**")
    # A Heikin-Ashi bar opens in the middle of the one before, so neighbours overlap where candles may gap.
    drawn(page, "Math.abs(p._fullData[0].open[5] - (p._fullData[0].open[4] + p._fullData[0].close[4]) / 2) < 0.02")

    page.reload()
    drawn(page, "p._fullLayout.yaxis4 && p._fullData.some(t => t.name === 'RSI 14')")


def test_the_chart_can_be_taken_along_as_csv(page: Page) -> None:
    page.goto("/charts?symbol=RELIANCE.NS&range=3mo&interval=1d&type=line&ind=rsi:14")
    drawn(page, "p._fullData.length > 1")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV: bars and indicators").click()
    download = waiting.value
    assert download.suggested_filename == "RELIANCE.NS-3mo-1d.csv"
    with Path(download.path()).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shown = page.evaluate(f"document.querySelector('{CHART}')._fullData[0].y.length")
    assert len(rows) == shown
    assert all(float(row["low"]) <= float(row["close"]) <= float(row["high"]) for row in rows)
    assert all(0 <= float(row["RSI 14 rsi"]) <= 100 for row in rows), "warmed up before the first drawn bar"
    assert {row["source"].split(",")[0] for row in rows} == {"Simulated"}


def test_typing_part_of_a_name_finds_the_instrument(page: Page) -> None:
    page.goto("/charts?symbol=RELIANCE.NS")
    drawn(page, "true")
    page.get_by_placeholder("Search: tata mot").press_sequentially("tata cons", delay=40)
    page.get_by_role("button", name="TCS.NS").click()
    expect(page.get_by_role("heading", name="Tata Consultancy Services")).to_be_visible()
    page.wait_for_url("**symbol=TCS.NS**")


def test_prices_fit_the_bars_in_sight_and_a_zoom_outlives_a_redraw(page: Page) -> None:
    page.goto("/charts?symbol=INFY.NS&range=1y&interval=1d&type=candles")
    drawn(page, "p.__kuberaWatched")
    plot = f"document.querySelector('{CHART}')"
    before = page.evaluate(f"{plot}._fullLayout.yaxis.range")
    page.evaluate(f"window.Plotly.relayout({plot}, {{'xaxis.range': ['2026-10-01', '2026-11-18']}})")
    page.wait_for_function(
        f"before => JSON.stringify({plot}._fullLayout.yaxis.range) !== before", arg=json.dumps(before)
    )
    after = page.evaluate(f"{plot}._fullLayout.yaxis.range")
    assert after[1] - after[0] < before[1] - before[0]

    # A new trace rebuilds the chart; the view is the same, so its zoom is, too.
    page.get_by_role("button", name="View").click()
    page.get_by_text("Support and resistance").click()
    drawn(page, "p._fullLayout.annotations.length > 1")
    drawn(page, "String(p._fullLayout.xaxis.range[0]).startsWith('2026-10-01')")


def test_what_cannot_be_shown_is_said_with_a_way_out(page: Page) -> None:
    page.goto("/charts?symbol=QQZZXX&range=1y")
    expect(page.get_by_text("No instrument is called")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
    page.goto("/charts?symbol=TCS.NS&range=custom&from=2031-01-01&to=2031-02-01")
    expect(page.get_by_text("lies in the future")).to_be_visible()
    page.get_by_text("1Y", exact=True).click()
    drawn(page, "p._fullData.length > 1")


def test_the_forming_bar_moves_without_a_redraw(page: Page) -> None:
    page.goto("/charts?symbol=TCS.NS&range=3mo&interval=1d&type=candles")
    drawn(page, "p.__kuberaWatched")
    page.evaluate(f"document.querySelector('{CHART}').__mark = 1")
    bars = page.evaluate(f"document.querySelector('{CHART}')._fullData[0].close.length")
    # The component's own script, handed what the server sends with a new quote.
    page.evaluate(
        """async ([script, last]) => {
            const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }))
            const link = await import(address)
            link.default({
                data: { chart: "price_chart", revision: "test", mode: "light", last },
                parentElement: document.createElement("div"),
                setTriggerValue: () => {},
            })
        }""",
        [LINK.read_text(encoding="utf-8"), {"open": 5000, "high": 5100.5, "low": 4900, "close": 5050.25}],
    )
    drawn(page, "p._fullData[0].close.at(-1) === 5050.25 && p._fullData[0].high.at(-1) === 5100.5")
    drawn(page, "p.layout.annotations.find(a => a.name === 'last').text === '5,050.25'")
    assert page.evaluate(f"document.querySelector('{CHART}')._fullData[0].close.length") == bars
    assert page.evaluate(f"document.querySelector('{CHART}').__mark") == 1, "the plot is the one drawn before"


def test_on_a_phone_the_chart_fits_the_screen(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/charts?symbol=RELIANCE.NS&range=1y&interval=1d&type=candles")
    drawn(page, "true")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    assert page.locator(CHART).bounding_box()["width"] <= 390


def test_the_forming_bar_moves_and_the_candles_outlive_a_redraw(page: Page) -> None:
    page.goto("/charts?symbol=BTC-USD&range=6mo&interval=1d")
    boxes = f"document.querySelectorAll('{CHART} .boxlayer path.box').length"
    page.wait_for_function(f"() => {boxes} > 100")
    # Crypto always trades: within a minute the script has put the quote into the last candle.
    page.wait_for_function(
        f"() => {{ const p = document.querySelector('{CHART}'); return p.data[0].close.bdata === undefined }}",
        timeout=100_000,
    )
    page.get_by_role("button", name="View").click()
    page.get_by_text("Table of the last 50 bars").click()
    page.wait_for_url("**table=1**")
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => {boxes} > 100")
