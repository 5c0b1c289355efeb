"""What the command line prints is JSON with the promised keys."""

from __future__ import annotations

import json

import pytest

from core.indicators import BadParameter, UnknownIndicator, catalogue, chart_patterns, compute, patterns_found
from core.indicators.report import catalogue_report, indicator_report, levels_report, patterns_report
from tests.indicators.made import walk


def as_json(report: dict[str, object]) -> dict[str, object]:
    """The report through strict JSON: no NaN, no foreign types."""
    text = json.dumps(report, allow_nan=False)
    parsed: dict[str, object] = json.loads(text)
    return parsed


def test_indicator() -> None:
    bars = walk(60)
    report = as_json(indicator_report("bollinger", bars, {"length": "10"}))
    assert list(report) == ["indicator", "label", "family", "pane", "formula", "columns", "levels", "params", "rows"]
    assert report["indicator"] == "bbands"
    assert report["params"] == {"length": 10, "deviations": 2.0}
    rows = report["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 60
    assert rows[0] == {
        "time": "2020-01-01T03:45:00+00:00", "middle": None, "upper": None, "lower": None, "percent_b": None,
        "width": None,
    }  # fmt: skip
    assert rows[-1]["middle"] == pytest.approx(compute("bbands", bars, length=10)["middle"].iloc[-1])
    last = indicator_report("bbands", bars, {"length": 10}, last=5)["rows"]
    assert last == indicator_report("bbands", bars, {"length": 10})["rows"][-5:]  # type: ignore[index]


@pytest.mark.parametrize("name", [i.name for i in catalogue()])
def test_every_indicator_reports(name: str) -> None:
    report = as_json(indicator_report(name, walk(120), {}))
    assert report["indicator"] == name


def test_dates_in_parameters_report_as_text() -> None:
    report = as_json(indicator_report("avwap", walk(20), {"anchor": "2020-01-05"}))
    assert report["params"] == {"anchor": "2020-01-05T00:00:00", "deviations": 2.0}


def test_bad_requests_say_so() -> None:
    with pytest.raises(UnknownIndicator):
        indicator_report("nope", walk(20))
    with pytest.raises(BadParameter):
        indicator_report("rsi", walk(20), {"length": "x"})


def test_levels() -> None:
    bars = walk(300)
    report = as_json(levels_report(bars, leveraged=True))
    assert list(report) == ["as_of", "close", "levels", "liquidation"]
    assert report["as_of"] == bars.index[-1].isoformat()
    assert report["close"] == pytest.approx(bars["close"].iloc[-1])
    found = report["levels"]
    assert isinstance(found, list)
    assert set(found[0]) == {
        "kind", "price", "low", "high", "strength", "touches", "first_touch", "last_touch", "flipped"
    }  # fmt: skip
    liquidation = report["liquidation"]
    assert isinstance(liquidation, dict)
    assert "estimate" in liquidation["note"]
    assert {zone["side"] for zone in liquidation["zones"]} == {"long", "short"}
    assert levels_report(bars)["liquidation"] is None
    assert levels_report(bars, as_of=bars.index[200])["as_of"] == bars.index[200].isoformat()
    assert as_json(levels_report(bars.iloc[:0])) == {"as_of": None, "close": None, "levels": [], "liquidation": None}


def test_patterns() -> None:
    bars = walk(900, 21)
    report = as_json(patterns_report(bars, last=None))
    candles, charts = report["candles"], report["charts"]
    assert isinstance(candles, list)
    assert isinstance(charts, list)
    assert len(candles) == len(patterns_found(bars))
    assert len(charts) == len(chart_patterns(bars)) > 0
    assert set(candles[0]) == {"name", "label", "time", "direction", "strength", "bars", "kind", "description"}
    assert {"kind", "state", "known_at", "target", "pivots", "lines"} <= set(charts[0])
    assert charts[0]["known_at"] >= charts[-1]["known_at"]
    recent = as_json(patterns_report(bars, last=30))["candles"]
    assert isinstance(recent, list)
    assert all(hit["time"] >= bars.index[-30].isoformat() for hit in recent)
    assert patterns_report(bars.iloc[:0]) == {"as_of": None, "candles": [], "charts": []}


def test_catalogue() -> None:
    report = as_json(catalogue_report())["indicators"]
    assert isinstance(report, list)
    assert [entry["indicator"] for entry in report] == [i.name for i in catalogue()]
    macd = next(entry for entry in report if entry["indicator"] == "macd")
    assert [p["name"] for p in macd["params"]] == ["fast", "slow", "signal"]
    assert macd["columns"][0] == "macd"
