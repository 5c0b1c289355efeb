"""The Charts page over a scripted market: what it shows, what its controls change, how it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components import market as cached
from components import states
from core.clock import clock_at
from core.market.errors import EmptyAnswer, ThrottledUntil, Unavailable
from core.market.model import Finding, Treatment, Warn
from db.session import DatabaseAway
from tests.components.figures.market import NOW, ScriptedMarket

PAGE = str(Path(__file__).parents[2] / "pages" / "charts.py")


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedMarket]:
    """The scripted market in the service's place, with empty caches and the clock on a trading morning."""
    scripted = ScriptedMarket()
    monkeypatch.setattr(cached, "_market", lambda: scripted)
    monkeypatch.setattr(states, "_database_answers", lambda: scripted.fail is None)
    st.cache_data.clear()
    st.cache_resource.clear()
    with clock_at(NOW):
        yield scripted


def page(**query: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=30)
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def figure(at: AppTest) -> dict[str, Any]:
    charts = at.get("plotly_chart")
    assert len(charts) == 1
    spec: dict[str, Any] = json.loads(charts[0].proto.spec)
    return spec


def names(at: AppTest) -> list[str]:
    return [trace["name"] for trace in figure(at)["data"]]


def said(at: AppTest) -> str:
    """All text on the page."""
    parts = [e.value for kind in (at.markdown, at.caption, at.warning, at.info, at.error, at.subheader) for e in kind]
    return "\n".join(str(p) for p in parts)


def test_a_bare_visit_shows_a_year_of_candles(market: ScriptedMarket) -> None:
    at = page()
    assert not at.exception
    assert figure(at)["data"][0]["type"] == "candlestick"
    assert "Reliance Industries" in said(at)
    assert "Simulated, 11:29 IST" in said(at)
    assert "RELIANCE.NS" in at.get("plotly_chart")[0].proto.alt


def test_a_link_brings_symbol_type_studies_and_comparison(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", range="6mo", interval="1d", type="area", ind="sma:20,rsi:14")
    assert not at.exception
    assert "SMA 20" in names(at)
    assert "RSI 14" in names(at)
    assert figure(at)["data"][0]["fill"] == "tozeroy"
    at = page(symbol="TCS.NS", compare="INFY.NS,^NSEI")
    assert names(at) == ["TCS.NS", "INFY.NS", "^NSEI"]


def test_parts_of_a_link_that_make_no_sense_are_named_and_the_rest_followed(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", range="7weeks", type="candels", ind="sma:0,nosuch,rsi:14")
    assert not at.exception
    text = said(at)
    assert "range=7weeks" in text
    assert "candels" in text
    assert "nosuch" in text
    assert "length" in text
    assert "RSI 14" in names(at)


def test_an_interval_its_range_cannot_have_is_corrected_with_a_word_why(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", range="1y", interval="1m")
    assert "1 minute bars are kept for about 7 days" in said(at)
    assert at.selectbox(key="c_interval").value == "1h"
    at = page(symbol="TCS.NS", range="1d", interval="1wk")
    assert "too long for this range" in said(at)
    assert at.selectbox(key="c_interval").value == "5m"


def test_range_interval_and_type_redraw_the_chart_and_the_address(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS")
    at.segmented_control(key="c_range").set_value("5d").run()
    assert not at.exception
    assert at.query_params["range"] == "5d"
    at.selectbox(key="c_interval").select("15m").run()
    assert at.query_params["interval"] == "15m"
    at.selectbox(key="c_kind").select("line").run()
    assert figure(at)["data"][0]["mode"] == "lines"
    assert at.query_params["type"] == "line"


def test_an_address_changed_by_the_back_button_is_followed(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", range="1y")
    at.query_params["symbol"] = "AAPL"
    at.query_params["range"] = "3mo"
    at.run()
    assert "Apple" in said(at)
    assert at.segmented_control(key="c_range").value == "3mo"


def test_coming_back_without_an_address_shows_the_desk_as_it_was_left(market: ScriptedMarket) -> None:
    at = page(symbol="AAPL", range="3mo", ind="rsi:14")
    at.query_params = {}
    at.run()
    assert "Apple" in said(at)
    assert "RSI 14" in names(at)


def test_search_by_part_of_the_name_opens_the_instrument(market: ScriptedMarket) -> None:
    at = page()
    at.text_input(key="c_search").set_value("tata mot").run()
    found = [b for b in at.button if b.key and b.key.startswith("c_found_")]
    assert [b.key for b in found] == ["c_found_0_TATAMOTORS.NS"]
    found[0].click().run()
    assert not at.exception
    assert "Tata Motors" in said(at)
    assert at.text_input(key="c_search").value == ""
    assert at.query_params["symbol"] == "TATAMOTORS.NS"


def test_an_unknown_symbol_offers_near_ones_that_open(market: ScriptedMarket) -> None:
    at = page(symbol="TCX")
    assert "No instrument is called “TCX”" in said(at)
    assert not at.get("plotly_chart")
    at.button(key="chart_pick_TCS.NS").click().run()
    assert "Tata Consultancy" in said(at)


def test_an_ambiguous_name_is_asked_not_guessed(market: ScriptedMarket) -> None:
    at = page(symbol="TATA")
    assert "could be TCS.NS, TATAMOTORS.NS" in said(at).replace("\\", "")
    assert {b.key for b in at.button} >= {"chart_pick_TCS.NS", "chart_pick_TATAMOTORS.NS"}


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"range": "custom", "from": "2031-01-01"}, "lies in the future"),
        ({"range": "custom", "from": "2026-05-01", "to": "2026-04-01"}, "before it starts"),
        ({"range": "custom", "from": "1985-01-01", "to": "1985-02-01"}, "There are no"),
    ],
)
def test_a_range_without_bars_says_why(market: ScriptedMarket, query: dict[str, str], word: str) -> None:
    at = page(symbol="TCS.NS", **query)
    assert not at.exception
    assert word in said(at)
    at.segmented_control(key="c_range").set_value("1y").run()
    assert figure(at)["data"]


@pytest.mark.parametrize(
    ("failure", "word"),
    [
        (Unavailable("yahoo", "no answer within 10 s"), "no answer within 10 s"),
        (ThrottledUntil("yahoo", datetime.fromisoformat("2026-11-18T06:05:00+00:00")), "asking again after"),
        (EmptyAnswer("yahoo", "no bars for TCS.NS"), "no bars for TCS.NS"),
        (DatabaseAway("connection refused", "Start it."), "connection refused"),
        (RuntimeError("boom at line 3"), "could not be shown"),
    ],
)
def test_what_fails_below_is_said_without_a_traceback(market: ScriptedMarket, failure: Exception, word: str) -> None:
    market.fail = failure
    at = page(symbol="TCS.NS")
    assert not at.exception
    assert word in said(at).replace("\\", "")
    assert "boom" not in said(at)
    market.fail = None
    at.run()
    assert figure(at)["data"]


def test_stale_data_and_warnings_are_said(market: ScriptedMarket) -> None:
    market.simulated, market.stale = False, True
    market.warned = (Warn("late", "The last session is missing at the vendor."),)
    at = page(symbol="TCS.NS")
    assert "Yahoo, 11:29 IST, being refreshed" in said(at)
    assert "The last session is missing" in said(at)
    assert "Simulated" not in said(at)


def test_findings_within_the_range_are_listed(market: ScriptedMarket) -> None:
    market.simulated = False
    market.found = (
        Finding("spike", Treatment.REPAIRED, "a close of 100 times", start=NOW - timedelta(days=30)),
        Finding("frozen", Treatment.KEPT, "long ago", start=NOW - timedelta(days=5000)),
    )
    at = page(symbol="TCS.NS")
    assert "1 finding about" in at.expander[0].label
    assert list(at.dataframe[0].value["What was done"]) == ["repaired"]


def test_the_table_holds_the_last_fifty_bars_newest_first(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", table="1")
    table = at.dataframe[0].value
    assert len(table) == 50
    assert table["Time"].iloc[0] == "18 Nov 2026"
    assert table["Change"].iloc[0][0] in "▲▼■"


def test_day_week_and_month_stand_side_by_side(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", frames="1", ind="sma:20")
    assert not at.exception
    assert len(at.get("plotly_chart")) == 3
    text = said(at)
    assert all(word in text for word in ("**Day**", "**Week**", "**Month**"))


def test_events_and_zones_are_marked(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", marks="events,levels,profile,patterns,shapes")
    assert not at.exception
    assert "Events" in names(at)
    assert "Volume by price" in names(at)
    told = "".join(str(t.get("customdata")) for t in figure(at)["data"])
    assert "Dividend ₹5.50" in told
    assert "Results 16 Oct 2026" in told
    assert any("touches" in note.get("text", "") for note in figure(at)["layout"]["annotations"])


def test_a_real_instrument_is_not_compared_with_a_simulated_one(
    market: ScriptedMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = market.bars

    def mixed(symbol: str, *rest: Any, **named: Any) -> Any:
        market.simulated = symbol == "INFY.NS"
        return whole(symbol, *rest, **named)

    monkeypatch.setattr(market, "bars", mixed)
    at = page(symbol="TCS.NS", compare="INFY.NS")
    assert "never mixed" in said(at)
    assert "INFY.NS" not in names(at)


def test_text_of_an_address_is_never_markup(market: ScriptedMarket) -> None:
    at = page(symbol="<script>alert(1)</script>", range="**1y**")
    assert not at.exception
    assert "<script>" not in said(at).replace("\\<", "")


def test_two_sessions_keep_their_own_views(market: ScriptedMarket) -> None:
    one, other = page(symbol="TCS.NS"), page(symbol="AAPL")
    one.selectbox(key="c_kind").select("line").run()
    other.run()
    assert one.session_state["chart_view"].kind == "line"
    assert other.session_state["chart_view"].kind == "candles"
    assert other.session_state["chart_view"].symbol == "AAPL"


def test_layouts_are_saved_opened_and_deleted(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", ind="rsi:14", type="line")
    at.session_state["c_layouts"] = True
    at.run()
    at.text_input(key="c_layout_name").set_value("Swing").run()
    at.button(key="c_layout_save").click().run()
    assert market.saved["Swing"] == {
        "symbol": "TCS.NS", "range": "1y", "interval": "1d", "type": "line", "ind": "rsi:14",
    }  # fmt: skip
    at.selectbox(key="c_kind").select("area").run()
    at.button(key="c_layout_open_Swing").click().run()
    assert figure(at)["data"][0]["mode"] == "lines"
    at.button(key="c_layout_drop_Swing").click().run()
    assert market.saved == {}


def opened(at: AppTest, menu: str) -> AppTest:
    """Open a menu; unlike a browser, AppTest forgets that it is open with every run."""
    at.session_state[menu] = True
    return at.run()


def test_indicators_are_added_edited_within_their_range_and_removed(market: ScriptedMarket) -> None:
    at = opened(page(symbol="TCS.NS"), "c_studies")
    at.selectbox(key="c_add_study").select("rsi").run()
    assert "RSI 14" in names(at)
    opened(at, "c_studies").number_input(key="c_study_0_rsi_length").set_value(21).run()
    assert not at.exception
    assert "RSI 21" in names(at)
    assert at.query_params["ind"] == "rsi:21"
    # A client that does not keep to the range gets the nearest value in it.
    opened(at, "c_studies").number_input(key="c_study_0_rsi_length").set_value(-5).run()
    assert not at.exception
    assert "RSI 2" in names(at)
    at.button(key="c_study_remove_0").click().run()
    assert "RSI 2" not in names(at)


def upload_form() -> None:
    from components.charts import upload

    upload.form("owner")


def test_an_own_file_is_imported_and_accounted_for(market: ScriptedMarket) -> None:
    at = AppTest.from_function(upload_form, default_timeout=20).run()
    at.file_uploader(key="c_upload_file").upload("tcs.csv", b"date,open,high,low,close\n", "text/csv").run()
    next(one for one in at.text_input if one.label == "Symbol").set_value("infy.ns")
    next(one for one in at.button if one.label == "Import").click().run()
    assert not at.exception
    assert market.imported == [("tcs.csv", 25, "INFY.NS")]
    assert any("3 rows read" in s.value and "2 accepted" in s.value for s in at.success)
    assert list(at.dataframe[0].value["Detail"]) == ["line 3 repeats line 2"]


def test_a_file_that_is_no_table_is_refused_by_name(market: ScriptedMarket) -> None:
    at = AppTest.from_function(upload_form, default_timeout=20).run()
    at.file_uploader(key="c_upload_file").upload("data.csv", b"<html></html>", "text/csv").run()
    next(one for one in at.button if one.label == "Import").click().run()
    assert not at.exception
    assert "data.csv: this is a web page" in said(at).replace("\\", "")
    assert market.imported == []


def test_days_long_before_any_market_are_refused_in_words(market: ScriptedMarket) -> None:
    at = page(symbol="TCS.NS", **{"from": "0001-01-01", "to": "0001-01-02"})
    assert not at.exception
    assert at.warning, "a sentence in place of the chart"
