"""The report: one file that loads nothing, says what was run, and lets no text become markup."""

from __future__ import annotations

import re
from dataclasses import replace

from core.backtest import METRICS, Stops
from core.backtest.recipe import Inputs, Recipe
from core.backtest.report import report_page
from core.backtest.rules import Compare, Number, Price, RulePlan
from core.backtest.told import GROUPS, told
from tests.backtest.test_search import read


def page(inputs: Inputs, **changed: str) -> str:
    material = read(500)
    if changed:
        material = replace(material, instrument=replace(material.instrument, **changed))
    return report_page(inputs, material, material.run(inputs), notes=["Mind <this>."])


def test_it_stands_alone_and_has_every_figure() -> None:
    text = page(Inputs("TCS.NS", Recipe("rsi_reversal", (("length", 5),), stops=Stops(stop_percent=5))))
    assert not re.search(r"https?://|<script|@import|src=", text)
    for one in METRICS:
        assert one.label.replace("'", "&#x27;").replace("<", "&lt;") in text
    assert text.count("<svg") == 2
    assert text.count("<polyline") == 2
    assert "RSI reversal (length 5) on TCS.NS" in text
    assert len(text) < 300_000
    assert re.search(r"Inputs [0-9a-f]{16}, data [0-9a-f]{16}, code ", text)


def test_no_text_becomes_markup() -> None:
    plan = RulePlan("<b>Bold</b> & 'quoted'", enter_long=Compare(Price(), "above", Number(1e9)))
    text = page(Inputs("TCS.NS", Recipe("rules", plan=plan)), name="<img src=x onerror=alert(1)>")
    assert "<b>Bold" not in text
    assert "<img" not in text
    assert "Mind &lt;this&gt;." in text
    assert "<h2>Trades</h2><p>None.</p>" in text


def test_simulated_prices_are_named() -> None:
    material = read(300)
    material = replace(material, sourced=replace(material.sourced, simulated=True))
    inputs = Inputs("TCS.NS", Recipe())
    assert "The prices are simulated" in report_page(inputs, material, material.run(inputs))


def test_groups_cover_all_figures_and_what_is_unknown_is_a_dash() -> None:
    names = [one.name for one in METRICS]
    covered = [name for _, first, last in GROUPS for name in names[names.index(first) : names.index(last) + 1]]
    assert covered == names
    assert told("sharpe", float("nan")) == "—"
    assert told("cagr", 0.1234) == "12.34%"
    assert told("final_equity", 123456.0, "INR") == "₹1,23,456"
    assert told("trades", 12.0) == "12"
