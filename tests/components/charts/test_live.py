"""The forming bar: which quote belongs to it and what it makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from components.charts.live import begun, forming
from components.charts.loading import Loaded
from components.charts.view import ChartView
from core.market.model import Bars, Interval, Quote, Sourced
from tests.components.figures.market import CATALOGUE, NOW, frame


def loaded(**view: object) -> Loaded:
    bars = frame("TCS.NS", bars=30)
    sourced = Sourced(Bars("TCS.NS", Interval.D1, bars), "demo", NOW, NOW, simulated=True)
    return Loaded(replace(ChartView(symbol="TCS.NS"), **view), CATALOGUE[1], sourced, bars, "me")


def quote(price: float, at: datetime = NOW, **fields: float) -> Sourced[Quote]:
    return Sourced(Quote("TCS.NS", price, at, "INR", **fields), "demo", at, at, simulated=True)


def test_a_quote_moves_close_and_extremes_of_todays_bar() -> None:
    chart = loaded()
    last = chart.frame.iloc[-1]
    bar = forming(chart, quote(last["high"] + 50))
    assert bar is not None
    assert (bar["close"], bar["high"]) == (last["high"] + 50, last["high"] + 50)
    assert (bar["open"], bar["low"]) == (last["open"], last["low"])


def test_a_daily_bar_takes_the_sessions_extremes_from_the_quote() -> None:
    chart = loaded()
    last = chart.frame.iloc[-1]
    bar = forming(chart, quote(float(last["close"]), high=last["high"] + 9, low=last["low"] - 9, volume=5.0))
    assert bar is not None
    assert (bar["high"], bar["low"], bar["volume"]) == (last["high"] + 9, last["low"] - 9, 5.0)


@pytest.mark.parametrize("view", [{"compare": ("INFY.NS",)}, {"dividends": True}, {"kind": "heikin-ashi"}])
def test_lines_that_are_not_prices_are_left_alone(view: dict[str, object]) -> None:
    assert forming(loaded(**view), quote(1.0)) is None


def test_a_quote_of_the_next_session_asks_for_new_bars() -> None:
    chart, later = loaded(), quote(1.0, NOW + timedelta(days=1))
    assert forming(chart, later) is None
    assert begun(chart, later)
    assert not begun(chart, quote(1.0))
    assert not begun(loaded(range="custom"), later), "a past range waits for nothing"
