"""What holds for every tool: sources and times on every value, one answer, no look ahead, refusals that help."""

from __future__ import annotations

import json
import math
from datetime import date, datetime
from functools import cache

import pytest

from core import clock
from core.assistant.errors import BadArguments, NeedsInvestor, UnknownTool
from core.assistant.model import Context, Figure, Table, ToolResult
from core.assistant.tools import TOOLS, find, result_document, result_json, run, run_many
from core.clock import clock_at
from core.market.router import ModeSwitch
from core.market.service import Market
from core.market.sources.demo import DemoMarket
from tests.assistant.tools.desks import INVESTORS_OWN, NOW, SPECIAL, args_for, at, service

OPEN = sorted(set(TOOLS) - INVESTORS_OWN)
PAST = date(2026, 3, 13)
LATER = datetime.fromisoformat("2026-05-20T06:00:00+00:00")
OF_AN_INSTRUMENT = [name for name in OPEN if "symbol" in TOOLS[name].card.needs and name not in SPECIAL]


@cache
def once(name: str) -> ToolResult:
    """The result at the tests' moment, asked for once."""
    with at():
        return told(name)


def told(name: str, **more: object) -> ToolResult:
    return run(name, args_for(TOOLS[name].card) | more, service=service())


@pytest.mark.parametrize("name", OPEN)
def test_every_value_says_where_and_when_it_comes_from(name: str) -> None:
    result = once(name)
    if name == "get_social_sentiment":
        assert "not configured" in result.unavailable
        assert not result.values
        return
    assert not result.unavailable
    assert result.values
    assert result.as_of is not None
    cites = [one.cite for one in result.values]
    assert len(set(cites)) == len(cites)
    for one in result.values:
        assert one.source, one
        assert one.as_of is not None, one
        assert one.label, one
        assert one.cite.startswith(f"{name}:"), one
        assert not isinstance(one.value, float) or math.isfinite(one.value)
        assert (one.unit == "text") == (isinstance(one.value, str)), one
        assert (one.unit == "date") == (isinstance(one.value, date)), one
        if isinstance(one.as_of, datetime):
            assert one.as_of.tzinfo is not None
            assert one.as_of <= NOW
        else:
            assert one.as_of <= NOW.date()
    assert set(result.sources) >= {one.source for one in result.values}


@pytest.mark.parametrize("name", OPEN)
def test_displays_are_whole(name: str) -> None:
    result = once(name)
    for one in result.displays:
        assert getattr(one, "title", "") or getattr(one, "name", "")
        if isinstance(one, Table):
            assert all(len(row) == len(one.columns) for row in one.rows)
        if isinstance(one, Figure):
            assert one.alt
            assert one.series
            for series in one.series:
                assert len(series.x) == series.y.shape[-1]
                assert series.ohlc is None or series.ohlc.shape == (len(series.x), 4)
                assert series.colour_by is None or len(series.colour_by) == len(series.x)


@pytest.mark.parametrize("name", OPEN)
def test_the_same_question_twice_is_the_same_answer(name: str) -> None:
    with at():
        again = told(name)
    assert result_json(again) == result_json(once(name))
    assert json.loads(result_json(again))["tool"] == name


@pytest.mark.parametrize("name", [one for one in OPEN if one not in {"calc", "explain"}])
def test_a_past_day_reads_the_same_whatever_came_after(name: str) -> None:
    context = Context(as_of=PAST)
    args = args_for(TOOLS[name].card)
    with at(LATER):
        then = run(name, args, context, service=service())
    with at():
        now = run(name, args, context, service=service())
    assert result_json(then) == result_json(now)
    for one in now.values:
        day = one.as_of.date() if isinstance(one.as_of, datetime) else one.as_of
        assert day is not None
        assert day <= PAST, one


@pytest.mark.parametrize("name", OF_AN_INSTRUMENT)
def test_an_unknown_instrument_is_named_back(name: str) -> None:
    with at():
        result = told(name, symbol="Zzyzzxq Nonsense Ltd")
    assert "Zzyzzxq" in result.unavailable
    assert not result.values


@pytest.mark.parametrize("as_of", [date(1999, 1, 1), date(1700, 1, 1), datetime(2025, 6, 13, 12, 0)])  # noqa: DTZ001
def test_a_day_nobody_knows_is_said_not_raised(as_of: date) -> None:
    with at():
        result = run("get_price_action", {"symbol": "TCS"}, Context(as_of=as_of), service=service())
    assert result.unavailable
    assert not result.values


def test_a_day_ahead_knows_what_is_known_now() -> None:
    with at():
        ahead = run("get_rsi", {"symbol": "TCS"}, Context(as_of=date(2030, 1, 1)), service=service())
        now = told("get_rsi")
    assert ahead.value("rsi") == now.value("rsi")


def test_an_ambiguous_instrument_gives_the_choice() -> None:
    with at():
        result = told("get_rsi", symbol="tata")
    assert "TCS.NS" in result.choices
    assert result.unavailable


@pytest.mark.parametrize("name", OPEN)
def test_an_argument_nobody_has_is_refused(name: str) -> None:
    with at(), pytest.raises(BadArguments) as refused:
        told(name, colour="red")
    assert "colour" in str(refused.value)


@pytest.mark.parametrize("name", [one for one in OPEN if any(arg.required for arg in TOOLS[one].card.arguments)])
def test_a_missing_argument_is_asked_for(name: str) -> None:
    with at(), pytest.raises(BadArguments) as refused:
        run(name, {}, service=service())
    assert refused.value.remedy


@pytest.mark.parametrize("name", sorted(set(TOOLS) & INVESTORS_OWN))
def test_ones_own_things_need_somebody_signed_in(name: str) -> None:
    with at(), pytest.raises(NeedsInvestor):
        run(name, {"symbol": "TCS", "level": 1} if name == "create_alert" else {}, service=service())


def test_an_unknown_tool_offers_near_ones() -> None:
    with pytest.raises(UnknownTool, match="get_rsi"):
        find("get_rsy")


def test_the_scope_stands_in_for_a_missing_instrument() -> None:
    with at():
        result = run("get_rsi", {}, Context(scope=("INFY.NS",)), service=service())
    assert result.symbols == ("INFY.NS",)


def test_several_at_once_keep_their_order_and_faults_stay_apart() -> None:
    asked = [
        ("get_rsi", {"symbol": "TCS"}),
        ("get_rsi", {"symbol": "TCS", "length": 1}),
        ("get_nothing", {}),
        ("get_macd", {"symbol": "Infosys"}),
    ]
    with at():
        results = run_many(asked, service=service())
    assert [one.tool for one in results] == ["get_rsi", "get_rsi", "get_nothing", "get_macd"]
    assert results[0].value("rsi") is not None
    assert "2 to 200" in results[1].unavailable
    assert "no tool" in results[2].unavailable
    assert results[3].symbols == ("INFY.NS",)


def test_at_once_is_the_same_as_one_after_the_other() -> None:
    names = [
        "get_rsi",
        "get_macd",
        "get_chart_patterns",
        "create_volume_chart",
        "get_valuation_metrics",
        "run_backtest",
    ]
    with at():
        results = run_many([(name, args_for(TOOLS[name].card)) for name in names], service=service())
    assert [result_json(one) for one in results] == [result_json(once(name)) for name in names]


def test_too_long_a_wait_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from core.assistant.tools import together

    release = threading.Event()
    real = together.outcome

    def slow(tools: object, one: tuple[str, object], context: object, market: object) -> ToolResult:
        if one[0] == "get_macd":
            release.wait(5)
        return real(tools, one, context, market)  # type: ignore[arg-type]

    monkeypatch.setattr(together, "outcome", slow)
    try:
        with at():
            quick, late = run_many([("get_rsi", {"symbol": "TCS"}), ("get_macd", {"symbol": "TCS"})], timeout=0.8,
                                   service=service())  # fmt: skip
    finally:
        release.set()
    assert quick.value("rsi") is not None
    assert "0.8 seconds" in late.unavailable


def test_a_fault_of_ours_does_not_take_the_others_with_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> ToolResult:
        raise KeyError("gone")

    tools = dict(TOOLS)
    from core.assistant.tools import together
    from core.assistant.tools.tool import Tool

    tools["get_macd"] = Tool(TOOLS["get_macd"].card, broken)
    with at():
        good, bad = together.all_of(tools, [("get_rsi", {"symbol": "TCS"}), ("get_macd", {"symbol": "TCS"})],
                                    service=service())  # fmt: skip
    assert good.value("rsi") is not None
    assert "our side" in bad.unavailable
    assert "gone" not in bad.unavailable
    assert "get_macd failed" in caplog.text


def test_a_document_without_figures_is_small_and_says_what_they_are() -> None:
    with at():
        result = told("create_technical_chart")
    brief = result_document(result, figures=False, timing=True)
    figure = next(one for one in brief["displays"] if one["display"] == "figure")
    assert set(figure) == {"display", "kind", "title", "alt", "deep_link", "symbols"}
    assert len(json.dumps(brief)) < len(result_json(result)) / 3
    assert brief["ms"] > 0


@pytest.mark.parametrize("name", [one for one in OPEN if one not in {"calc", "explain"}])
def test_without_any_source_a_tool_says_so(name: str) -> None:
    """A live market with nothing configured: no traceback, no simulated number in place of a real one."""
    with clock_at(NOW):
        result = run(name, args_for(TOOLS[name].card), service=deaf())
    assert result.unavailable
    assert not result.simulated
    assert "demo" not in result.sources


@cache
def deaf() -> Market:
    return Market(
        vendors=(),
        simulated=lambda now: DemoMarket(now=now),
        mode=ModeSwitch("live", None, clock.now),
        timeout_s=1.0,
    )
