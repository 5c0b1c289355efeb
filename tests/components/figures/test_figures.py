"""Figures: what is drawn where, that hover numbers are exact, that nothing grows with reruns."""

from __future__ import annotations

import base64
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import plotly.io
import plotly.tools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from components.figures.axis import MOST_BREAKS, time_axis, wall_milliseconds
from components.figures.drawn import Drawn, numbers, packed, whole
from components.figures.export import ExportFailed, chromium, image, page
from components.figures.marks import EventMark, Flag, Marks, Outline, Profile, Zone
from components.figures.price import PriceFigure, Rebased, price_figure
from components.figures.studies import Study, study_traces
from components.figures.theme import overlay_colours
from components.theme import DARK, LIGHT, Tokens
from core.indicators import catalogue, compute, find
from core.market.model import Interval
from tests.components.figures.market import frame

IST = "Asia/Kolkata"


def unpacked(array: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=f"<{array['dtype']}")


def study(name: str, bars: pd.DataFrame, **params: Any) -> Study:
    indicator = find(name)
    cleaned = indicator.clean(params)
    return Study(indicator, cleaned, compute(name, bars, **cleaned))


def drawn(bars: pd.DataFrame, tokens: Tokens = LIGHT, **fields: Any) -> Drawn:
    usual: dict[str, Any] = {"interval": Interval.D1, "timezone": IST, "currency": "INR"}
    return price_figure(PriceFigure(symbol="TCS.NS", frame=bars, **(usual | fields)), tokens)


# numbers on the wire


@given(some.lists(some.floats(0.01, 9_000_000), min_size=1, max_size=40))
@settings(max_examples=120, deadline=None)
def test_a_price_on_the_wire_reads_the_same_at_two_decimals(prices: list[float]) -> None:
    sent = unpacked(numbers(prices, 2)).astype(float)
    assert [f"{v:.2f}" for v in sent] == [f"{v:.2f}" for v in np.round(prices, 2)]


def test_small_prices_go_in_half_the_bytes_and_large_ones_do_not() -> None:
    assert numbers([2456.75, 123_456.75], 2)["dtype"] == "f4"
    assert numbers([1_234_567.89], 2)["dtype"] == "f8"
    assert numbers([0.00001234], 8)["dtype"] == "f4"


def test_what_is_not_a_number_is_a_gap() -> None:
    sent = unpacked(numbers([1.0, np.inf, np.nan, -np.inf], 2))
    assert np.isnan(sent).tolist() == [False, True, True, True]
    assert np.isnan(unpacked(whole([1e300]))).all()


# the time axis


def test_a_daily_bar_is_labelled_with_its_exchange_day() -> None:
    bars = frame(bars=2600)
    axis = time_axis(bars.index, Interval.D1, IST)
    assert axis.x.dtype == np.float32
    days = pd.to_datetime(axis.x.astype(float), unit="ms").normalize()
    assert (days == bars.index.tz_convert(IST).normalize().tz_localize(None)).all()


def test_weekends_and_holidays_of_daily_bars_are_left_out() -> None:
    bars = frame(bars=11, last=date(2026, 11, 20))
    bars = bars.drop(bars.index[4])  # a holiday
    axis = time_axis(bars.index, Interval.D1, IST)
    whole_days = [(end - start) / 86_400_000 for start, end in axis.breaks]
    assert whole_days == [2.0, 1.0, 2.0] or sorted(whole_days) == [1.0, 2.0, 2.0]


def test_nights_are_left_out_of_intraday_bars_and_a_pause_within_the_session_is_not() -> None:
    first = pd.date_range("2026-11-17 09:15", "2026-11-17 15:15", freq="15min", tz=IST)
    second = pd.date_range("2026-11-18 09:15", "2026-11-18 15:15", freq="15min", tz=IST)
    index = first.append(second).tz_convert("UTC")
    index = index.delete([5, 6])
    axis = time_axis(index, Interval.M15, IST)
    assert len(axis.breaks) == 1
    start, end = (pd.Timestamp(t, unit="ms") for t in axis.breaks[0])
    assert (start.isoformat(), end.isoformat()) == ("2026-11-17T15:30:00", "2026-11-18T09:15:00")


def test_markets_that_never_close_have_no_breaks() -> None:
    index = pd.date_range("2026-10-01", periods=900, freq="15min", tz="UTC")
    assert time_axis(index, Interval.M15, "UTC").breaks == ()


def test_too_many_breaks_are_worse_than_thin_gaps() -> None:
    assert len(time_axis(frame(bars=1200).index, Interval.D1, IST).breaks) <= MOST_BREAKS
    assert time_axis(frame(bars=2600).index, Interval.D1, IST).breaks == ()


def test_bars_keep_their_order_when_clocks_are_set_back() -> None:
    index = pd.date_range("2026-11-01 03:00", periods=8, freq="1h", tz="UTC")
    axis = time_axis(index, Interval.H1, "America/New_York")
    assert (np.diff(axis.x) > 0).all()
    assert wall_milliseconds(index, "America/New_York")[2] == wall_milliseconds(index, "America/New_York")[3]


# the price figure


def test_rising_candles_are_hollow_and_falling_ones_filled() -> None:
    for tokens in (LIGHT, DARK):
        candles = drawn(frame(), tokens).spec["data"][0]
        assert candles["increasing"]["fillcolor"] == tokens.background
        assert candles["decreasing"]["fillcolor"] == tokens.down


def test_candles_carry_the_prices_to_the_paisa() -> None:
    bars = frame()
    candles = drawn(bars).spec["data"][0]
    for column in ("open", "high", "low", "close"):
        assert [f"{v:.2f}" for v in unpacked(candles[column])] == [f"{v:.2f}" for v in bars[column]]


def test_heikin_ashi_closes_at_the_mean_of_the_bar() -> None:
    bars = frame()
    candles = drawn(bars, kind="heikin-ashi").spec["data"][0]
    mean = bars[["open", "high", "low", "close"]].mean(axis=1).round(2)
    assert np.allclose(unpacked(candles["close"]), mean, atol=0.011)


def test_panes_stand_under_the_price_in_order_and_do_not_overlap() -> None:
    bars = frame()
    layout = drawn(bars, studies=(study("rsi", bars), study("macd", bars), study("sma", bars))).spec["layout"]
    price, first, second = (layout[name]["domain"] for name in ("yaxis", "yaxis4", "yaxis5"))
    assert price[0] > first[1] > first[0] > second[1] > second[0] >= 0
    assert "yaxis6" not in layout, "an average shares the price pane"
    assert layout["height"] > drawn(bars).spec["layout"]["height"]


@pytest.mark.parametrize("indicator", catalogue(), ids=lambda i: i.name)
def test_any_indicator_of_the_catalogue_can_be_drawn(indicator: Any) -> None:
    bars = frame(bars=300)
    figure = drawn(bars, studies=(study(indicator.name, bars),))
    shown = [c for c in indicator.columns if c.draw != "none"]
    axis = "y" if indicator.pane == "price" else "y4"
    traces = [t for t in figure.spec["data"] if t["yaxis"] == axis and t["name"] != "TCS.NS" and "hovertemplate" in t]
    assert len(traces) == len(shown)
    for trace in traces:
        assert len(unpacked(trace["y"])) == len(bars)
    figure.editable()  # plotly itself accepts every property


def test_values_known_later_are_drawn_where_they_belong() -> None:
    bars = frame(bars=120)
    ichimoku = study("ichimoku", bars)
    moved = [c for c in ichimoku.indicator.columns if c.shift]
    assert moved
    axis = time_axis(bars.index, Interval.D1, IST)
    traces = study_traces(
        ichimoku, axis, LIGHT, yaxis="y", legend="legend", colours=cycle(overlay_colours(LIGHT)), decimals=2
    )
    line = next(t for t in traces if t["name"].endswith(moved[0].label))
    bars_left = int(ichimoku.params[moved[0].shift])
    drawn_values, values = unpacked(line["y"]), ichimoku.values[moved[0].name].to_numpy()
    assert np.allclose(drawn_values[:-bars_left], values[bars_left:], atol=0.01, equal_nan=True)
    assert np.isnan(drawn_values[-bars_left:]).all()


def test_volume_stays_in_the_lowest_fifth_and_an_index_has_none() -> None:
    bars = frame()
    layout = drawn(bars).spec["layout"]
    assert layout["yaxis2"]["range"][1] == pytest.approx(bars["volume"].max() * 5)
    index = frame("^NSEI")
    assert "yaxis2" not in drawn(index).spec["layout"]
    assert "yaxis2" not in drawn(bars, volume=False).spec["layout"]


def test_a_wild_study_does_not_squeeze_the_bars() -> None:
    bars = frame()
    wild = study("sma", bars)
    wild.values.iloc[100] = 10 * float(bars["high"].max())
    low, high = drawn(bars, studies=(wild,)).spec["layout"]["yaxis"]["range"]
    seen = float(bars["high"].max() - bars["low"].min())
    assert high - low < 2.2 * seen


def test_log_prices_put_range_and_tag_into_powers_of_ten() -> None:
    bars = frame()
    layout = drawn(bars, log=True).spec["layout"]
    assert layout["yaxis"]["type"] == "log"
    assert 10 ** layout["yaxis"]["range"][1] == pytest.approx(float(bars["high"].max()), rel=0.2)
    tag = next(n for n in layout["annotations"] if n["name"] == "last")
    assert 10 ** tag["y"] == pytest.approx(float(bars["close"].iloc[-1]))


def test_comparison_draws_lines_only_and_says_each_return() -> None:
    bars = frame(bars=50)
    lines = (Rebased("TCS.NS", np.linspace(100, 110, 50)), Rebased("INFY.NS", np.linspace(100, 95, 50)))
    figure = drawn(bars, compare=lines)
    assert [t["name"] for t in figure.spec["data"]] == ["TCS.NS", "INFY.NS"]
    assert "INFY.NS −5.00%" in figure.alt


@pytest.mark.parametrize("bars", [1, 2, 3])
@pytest.mark.parametrize("kind", ["candles", "heikin-ashi", "line", "area"])
def test_a_handful_of_bars_is_a_chart(bars: int, kind: str) -> None:
    few = frame(bars=bars)
    figure = drawn(few, kind=kind, studies=(study("rsi", few), study("bbands", few)), log=bars == 2)
    low, high = figure.spec["layout"]["yaxis"]["range"]
    assert low < high
    figure.editable()


def test_no_bars_are_the_callers_business() -> None:
    with pytest.raises(ValueError, match="at least one bar"):
        drawn(frame().iloc[:0])


def test_missing_prices_and_volumes_leave_gaps_only() -> None:
    bars = frame()
    bars.iloc[10:20] = np.nan
    bars.loc[bars.index[30], "volume"] = np.nan
    figure = drawn(bars, studies=(study("rsi", bars),))
    assert np.isnan(unpacked(figure.spec["data"][0]["close"])).sum() == 10
    assert all(np.isfinite(figure.spec["layout"]["yaxis"]["range"]))


def test_one_price_for_ever_still_has_a_range() -> None:
    bars = frame(bars=20)
    bars[["open", "high", "low", "close"]] = 10.0
    low, high = drawn(bars).spec["layout"]["yaxis"]["range"]
    assert low < 10 < high


def test_the_alternative_text_says_what_the_chart_says() -> None:
    bars = frame(bars=30)
    alt = drawn(bars, studies=(study("rsi", bars),)).alt
    change = float(bars["close"].iloc[-1] / bars["close"].iloc[0] - 1)
    assert f"TCS.NS {'up' if change > 0 else 'down'} {abs(change):.2%}" in alt
    assert "RSI 14" in alt


# marks


def test_marks_stand_on_their_bars_and_those_outside_are_left_out() -> None:
    bars = frame(bars=100)
    day = bars.index[50].to_pydatetime()
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    marks = Marks(
        events=(EventMark(day + timedelta(hours=9), "D", "Dividend"), EventMark(long_ago, "S", "Split")),
        flags=(Flag(day, 1, "Hammer"), Flag(day, 1, "Morning star"), Flag(day, -1, "Dark cloud")),
        zones=(Zone(1000, 1010, "Support", "support", 80), Zone(1200, 1210, "25x shorts", "short", 20)),
        outlines=(
            Outline(
                (((day, 1000.0), (bars.index[60].to_pydatetime(), 1100.0)),), "Double top (forming)", -1, dashed=True
            ),
        ),
        profile=Profile(np.linspace(900, 1100, 11), np.arange(10.0), 1050, 1000, 1080),
    )
    figure = drawn(bars, marks=marks)
    by_name = {t["name"]: t for t in figure.spec["data"]}
    x = time_axis(bars.index, Interval.D1, IST).at(50)
    assert by_name["Events"]["x"] == [x]
    assert by_name["Bullish"]["text"] == ["Hammer, Morning star"]
    assert unpacked(by_name["Bearish"]["y"])[0] > float(bars["high"].iloc[50])
    assert by_name["Double top (forming)"]["line"]["dash"] == "dash"
    assert by_name["Volume by price"]["xaxis"] == "x2"
    dashes = [s["line"]["dash"] for s in figure.spec["layout"]["shapes"] if s["type"] == "rect"]
    assert dashes == ["solid", "dash"], "an estimate is dashed"
    figure.editable()


# drawing and sending


def test_sending_a_figure_again_encodes_nothing_and_changes_nothing() -> None:
    bars = frame(bars=2500)
    figure = drawn(bars, studies=tuple(study("sma", bars, length=n) for n in (10, 20, 50, 100, 200)))

    def sent() -> str:
        ready = plotly.tools.return_figure_from_figure_or_data(figure, validate_figure=True)
        return str(plotly.io.to_json(ready, validate=False))

    first = sent()
    assert first == sent()
    assert len(first) < 260_000
    spec = json.loads(first)
    assert isinstance(spec["data"][0]["close"]["bdata"], str)


def test_a_drawn_figure_is_a_plotly_figure_of_the_same_content() -> None:
    figure = drawn(frame(bars=40))
    assert isinstance(figure, go.Figure)
    whole_figure = figure.editable()
    assert len(whole_figure.data) == len(figure.spec["data"])
    assert whole_figure.to_dict()["data"][0]["close"] == figure.spec["data"][0]["close"]


def test_arrays_travel_little_endian() -> None:
    assert packed(np.array([1.5], dtype=">f8").astype("f8")) == packed(np.array([1.5]))


# files


def test_the_html_file_needs_no_network_and_no_trust() -> None:
    made = page(drawn(frame(bars=40)), LIGHT, "<b>TCS</b> & Co").decode()
    assert "<title>&lt;b&gt;TCS&lt;/b&gt; &amp; Co</title>" in made
    assert not re.search(r"<script[^>]+src=", made)
    assert "aria-label=" in made


def test_without_a_browser_a_picture_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    assert chromium() is None
    with pytest.raises(ExportFailed, match="BROWSER_PATH"):
        image(drawn(frame(bars=40)), LIGHT, "TCS", "png")


def test_pictures_are_drawn() -> None:
    assert chromium() is not None, "Chromium is part of the set-up"
    figure = drawn(frame(bars=40))
    png = image(figure, LIGHT, "TCS", "png")
    assert png.startswith(b"\x89PNG")
    width = int.from_bytes(io.BytesIO(png[16:20]).read(), "big")
    assert width == 2800
    assert b"<svg" in image(figure, DARK, "TCS", "svg")[:300]
