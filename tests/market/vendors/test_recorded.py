"""Recorded answers of the real vendors, where the folder beside the project has them. Without it nothing is collected
here; the same behaviour is shown on hand-made answers in the other files of this folder."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.market.errors import CredentialsExpired, EmptyAnswer, MarketError, ThrottledUntil, UnknownSymbol
from core.market.instruments import by_symbol, infer
from core.market.model import Interval, Kind
from core.market.sources.alpha_vantage import AlphaVantage, company, listings, series
from core.market.sources.alpha_vantage.answers import refusal
from core.market.sources.base import Plan, Raw, Request
from core.market.sources.yahoo import Yahoo
from tests.market.vendors.contract import check_bars
from tests.shared import SHARED

NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)

if SHARED is not None:
    YAHOO, ALPHA = SHARED / "yahoo_responses", SHARED / "alphavantage_responses"

    def read(path: Path) -> Any:
        return json.loads(path.read_bytes())

    def parse(source: Yahoo, request: Request, payload: Any) -> Any:
        return source.parse(Plan(request, ()), Raw((payload,), NOW))

    @pytest.fixture
    def offline(tmp_path: Path) -> Yahoo:
        return Yahoo(None, timeout=1.0, cache_dir=tmp_path)

    def test_a_chart_of_a_german_share(offline: Yahoo) -> None:
        payload = read(YAHOO / "chart_MUV2.DE.json")
        sourced = parse(offline, Request(Kind.BARS, infer("MUV2.DE"), Interval.D1), payload)
        check_bars(sourced.data, NOW)
        assert len(sourced.data.frame) == len(payload["chart"]["result"][0]["timestamp"]) == 124
        assert sourced.data.currency == "EUR"
        assert sourced.data.frame["close"].iloc[0] == 188.5500030517578
        assert sourced.data.frame.index[0].tz_convert("Europe/Berlin").hour == 0

    def test_a_chart_s_heading_is_a_quote(offline: Yahoo) -> None:
        apple = by_symbol("AAPL")
        sourced = parse(offline, Request(Kind.QUOTE, apple), read(YAHOO / "chart_AAPL_range1d_2025-02-18.json"))
        assert (sourced.data.price, sourced.data.previous_close) == (244.47, 244.6)
        assert sourced.as_of == datetime(2025, 2, 18, 21, 0, tzinfo=UTC)

    def test_dividends(offline: Yahoo) -> None:
        result = {"meta": {"symbol": "AAPL"}, "events": read(YAHOO / "chart_AAPL_dividend_events_2023-2025.json")}
        payload = {"chart": {"result": [result], "error": None}}
        actions = parse(offline, Request(Kind.ACTIONS, by_symbol("AAPL")), payload).data
        assert len(actions) == 9
        assert (actions[0].ex_date, actions[0].value) == (date(2023, 2, 10), 0.23)

    def test_a_company_summary(offline: Yahoo) -> None:
        payload, apple = read(YAHOO / "quoteSummary_AAPL_2024-07-01.json"), by_symbol("AAPL")
        assert parse(offline, Request(Kind.PROFILE, apple), payload).data.industry == "Consumer Electronics"
        assert parse(offline, Request(Kind.OFFICERS, apple), payload).data[0].pay == 16_239_562.0
        ratios = parse(offline, Request(Kind.RATIOS, apple), payload).data.values
        assert ratios["pe"] == 32.806854
        assert ratios["dividend_yield_5y"] == pytest.approx(0.0069)
        assert len(ratios) >= 30

    def test_a_screen_and_a_search(offline: Yahoo) -> None:
        movers = parse(
            offline, Request(Kind.MOVERS, text="losers:us"), read(YAHOO / "screener_TSLA_2025-02-19.json")
        ).data
        assert [(one.symbol, round(one.change_percent, 4)) for one in movers] == [("TSLA", -0.4862)]
        payload = read(YAHOO / "search_AAPL_with_news_2024-10-24_excerpt.json")
        assert [one.symbol for one in parse(offline, Request(Kind.SEARCH, text="AAPL"), payload).data] == [
            "AAPL",
            "APLY",
        ]
        news = parse(offline, Request(Kind.NEWS, limit=10), payload).data
        assert len(news) == 7
        assert all(item.url and item.url.startswith("https://finance.yahoo.com/") for item in news)

    def test_error_bodies(offline: Yahoo) -> None:
        apple = by_symbol("AAPL")
        bodies = [case["body"] for case in read(YAHOO / "error_bodies_reported.json")]
        with pytest.raises(UnknownSymbol):
            parse(offline, Request(Kind.BARS, apple, Interval.D1), bodies[0])
        for body in bodies[1:3]:
            with pytest.raises(MarketError):
                parse(offline, Request(Kind.PROFILE, apple), body)
        with pytest.raises(EmptyAnswer):
            parse(offline, Request(Kind.BARS, infer("THF"), Interval.D1), bodies[3])

    def test_alpha_vantage_refusals() -> None:
        kinds = [type(refusal(case["body"], "AAPL")) for case in read(ALPHA / "error_bodies_reported.json")]
        assert kinds == [ThrottledUntil, ThrottledUntil, CredentialsExpired]

    def test_alpha_vantage_answers() -> None:
        folder = ALPHA / "romeltorres"
        microsoft, ibm = by_symbol("MSFT"), by_symbol("IBM") or infer("IBM")
        assert microsoft is not None
        quote = listings.parse_quote(read(folder / "global_quote"), microsoft, "MSFT", NOW)
        assert (quote.price, quote.time) == (112.13, datetime(2018, 10, 5, 20, 0, tzinfo=UTC))
        ratios = company.parse_ratios(read(folder / "mock_company_overview"), ibm, "IBM", NOW)
        assert ratios.values["pe"] == 14.1327
        statements, _, _ = company.parse_statements((read(folder / "mock_fundamental_data"),), ibm, "IBM", NOW)
        assert statements[0].items["total_revenue"] == 77_147_000_000.0
        bars, _, _ = series.parse(
            (read(folder / "mock_time_series"),), microsoft, Interval.M1, (None, None), NOW, "MSFT"
        )
        check_bars(bars, NOW)
        assert bars.frame.index[-1] == datetime(2017, 12, 18, 19, 56, tzinfo=UTC)
        found = listings.parse_search(read(folder / "symbol_search"), "BA", 10)
        assert found[0].symbol == "BA"
        assert "6190.HK" in {one.symbol for one in found}

    def test_alpha_vantage_is_a_source_without_a_network() -> None:
        assert AlphaVantage("demo", None, timeout=1.0).configured()
