"""Rule plans: read, written, told, decided; nothing that cannot be said gives a signal, and nothing looks ahead."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest import BadRule, Sizing, Stops, Tape, look_ahead, run, sweep
from core.backtest.layout import ENTER_LONG, EXIT_LONG
from core.backtest.rules import (
    Candle,
    Compare,
    Condition,
    Daytime,
    Deciding,
    Either,
    Every,
    Lasting,
    Level,
    Month,
    MonthDays,
    Not,
    Number,
    Price,
    Reckoned,
    RulePlan,
    Study,
    Trend,
    Value,
    Weekday,
    Within,
    document,
    dumps,
    loads,
    parameters,
    plan_of,
    sentences,
    signals_of,
    strategy_of,
    told,
    tuned,
)
from tests.backtest.made import flat, frame, intraday, walk

DAILY = walk(260, seed=5)
CLOSE, TEN = Price(), Number(10.0)


def truth(condition: Condition, *closes: float) -> tuple[list[bool], list[bool]]:
    """Where it is true and where it is false on hand-made closes."""
    found = Deciding(Tape.of(frame(flat(*closes)))).truth(condition)
    return found.yes.tolist(), found.no.tolist()


def places(flags: Any) -> list[int]:
    return np.flatnonzero(flags).tolist()


# -- any plan ------------------------------------------------------------------------------------------------------

_studies = st.sampled_from(
    [
        Study("sma", params=(("length", 5),)),
        Study("rsi", params=(("length", 3),), ago=1),
        Study("bbands", "lower", (("length", 7),)),
        Study("obv"),
        Study("macd", "signal", (("fast", 3), ("slow", 8), ("signal", 4))),
    ]
)
_leaves = st.one_of(
    st.builds(Price, st.sampled_from(["open", "high", "low", "close", "volume"]), st.integers(0, 4)),
    _studies,
    st.builds(Number, st.floats(-1e6, 1e6).map(lambda x: round(x, 3))),
    st.builds(Level, st.sampled_from(["highest", "lowest"]), st.integers(1, 12)),
    st.builds(
        Level,
        st.sampled_from(["previous_high", "previous_low", "previous_close"]),
        st.just(20),
        st.sampled_from(["day", "week", "month", "year"]),
    ),
)
values: st.SearchStrategy[Value] = st.recursive(
    _leaves, lambda inner: st.builds(Reckoned, inner, st.sampled_from(["+", "-", "*", "/"]), inner), max_leaves=3
)
_simple = st.one_of(
    st.builds(
        Compare,
        values,
        st.sampled_from(["above", "below", "at_least", "at_most", "crosses_above", "crosses_below"]),
        values,
    ),
    st.builds(Trend, values, st.sampled_from(["rising", "falling"]), st.integers(1, 4)),
    st.builds(Candle, st.sampled_from(["doji", "engulfing", "hammer"]), st.sampled_from(["any", "up", "down"])),
    st.builds(Weekday, st.lists(st.sampled_from(["mon", "wed", "fri"]), min_size=1, unique=True).map(tuple)),
    st.builds(Month, st.lists(st.sampled_from(["jan", "jun", "nov"]), min_size=1, unique=True).map(tuple)),
    st.builds(lambda first, more: MonthDays(first, min(31, first + more)), st.integers(1, 31), st.integers(0, 30)),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    _simple,
    lambda inner: st.one_of(
        st.builds(Every, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
        st.builds(Within, inner, st.integers(1, 6)),
        st.builds(Lasting, inner, st.integers(1, 4)),
    ),
    max_leaves=5,
)
plans = st.builds(
    RulePlan,
    st.just("Made up"),
    enter_long=conditions,
    exit_long=st.none() | conditions,
    enter_short=conditions,
    stops=st.sampled_from([Stops(), Stops(stop_percent=5.0, targets=((4.0, 0.5),))]),
    sizing=st.sampled_from([Sizing(), Sizing.atr_risk(1.0), Sizing.fraction(40.0, cool_down=2)]),
)


@settings(max_examples=25, deadline=None)
@given(plans)
def test_a_plan_comes_back_from_json_and_reads_in_english(plan: RulePlan) -> None:
    assert loads(dumps(plan)) == plan
    assert plan_of(json.loads(json.dumps(document(plan)))) == plan
    text = sentences(plan)
    assert text[0].startswith("Buy when ")
    assert all(one.endswith(".") for one in text)
    assert tuned(plan, {}) == plan
    assert len({one.name for one in parameters(plan)}) == len(parameters(plan))


@settings(max_examples=15, deadline=None)
@given(plans)
def test_no_plan_looks_ahead_and_equity_is_finite(plan: RulePlan) -> None:
    strategy = strategy_of(plan)
    assert look_ahead(DAILY, strategy, cuts=8) is None
    assert np.isfinite(run(DAILY, strategy).equity.to_numpy()).all()


@settings(max_examples=15, deadline=None)
@given(conditions)
def test_true_and_false_exclude_each_other_and_not_turns_them(condition: Condition) -> None:
    decide = Deciding(Tape.of(DAILY))
    one, other = decide.truth(condition), decide.truth(Not(condition))
    assert not (one.yes & one.no).any()
    assert (other.yes == one.no).all()
    assert (other.no == one.yes).all()


# -- conditions by hand --------------------------------------------------------------------------------------------


def test_above_below_and_touching() -> None:
    assert truth(Compare(CLOSE, "above", TEN), 9, 10, 11)[0] == [False, False, True]
    assert truth(Compare(CLOSE, "at_least", TEN), 9, 10, 11)[0] == [False, True, True]
    assert truth(Compare(CLOSE, "below", TEN), 9, 10, 11)[0] == [True, False, False]
    assert truth(Compare(CLOSE, "at_most", TEN), 9, 10, 11)[0] == [True, True, False]


def test_a_cross_needs_both_sides_and_a_touch_is_none() -> None:
    assert places(truth(Compare(CLOSE, "crosses_above", TEN), 11, 9, 10, 9, 10, 11, 12)[0]) == [5]
    assert places(truth(Compare(CLOSE, "crosses_below", TEN), 9, 11, 10, 11, 9)[0]) == [4]


def test_within_and_lasting_count_their_own_bar() -> None:
    up = Compare(CLOSE, "above", TEN)
    closes = (9, 11, 9, 9, 11, 11, 11)
    assert places(truth(Within(up, 2), *closes)[0]) == [1, 2, 4, 5, 6]
    assert places(truth(Lasting(up, 2), *closes)[0]) == [5, 6]
    assert places(truth(Within(up, 2), *closes)[1]) == [3]  # at bar 0 the bar before is unknown


def test_rising_needs_each_step() -> None:
    assert places(truth(Trend(CLOSE, "rising", 2), 1, 2, 3, 3, 4, 5)[0]) == [2, 5]
    assert places(truth(Trend(CLOSE, "falling", 1), 3, 2, 2, 1)[0]) == [1, 3]


def test_and_or_over_what_cannot_be_said() -> None:
    unknown = Compare(Price(ago=5), "above", TEN)
    up = Compare(CLOSE, "above", TEN)
    assert truth(Every((unknown, up)), 9, 11) == ([False, False], [True, False])
    assert truth(Either((unknown, up)), 9, 11) == ([False, True], [False, False])
    assert truth(Not(unknown), 9, 11) == ([False, False], [False, False])


def test_division_by_zero_is_unknown_and_gives_no_signal_either_way() -> None:
    ratio = Reckoned(TEN, "/", Reckoned(CLOSE, "-", Price(ago=1)))
    above = Compare(ratio, "above", Number(0.0))
    assert truth(above, 5, 5, 6) == ([False, False, True], [False, False, False])
    for condition in (above, Not(above)):
        plan = RulePlan("Ratio", enter_long=condition)
        assert not signals_of(plan, Tape.of(frame(flat(5, 5, 5)))).codes.any()


def test_warm_up_gives_no_signal_not_even_a_contrary_one() -> None:
    plan = RulePlan("Not yet", enter_long=Not(Compare(CLOSE, "above", Study("sma", params=(("length", 50),)))))
    codes = signals_of(plan, Tape.of(DAILY)).codes
    assert not codes[:49].any()
    assert codes[49:].any()


def test_levels_are_of_bars_and_spans_before_this_one() -> None:
    bars = frame([(10, 12, 9, 11), (11, 15, 10, 14), (14, 14, 8, 9), (9, 10, 7, 8)], start="2024-01-04")  # Thursday
    decide = Deciding(Tape.of(bars))
    assert decide.value(Level("highest", 2)).tolist()[2:] == [15.0, 15.0]
    assert decide.value(Level("lowest", 1)).tolist()[1:] == [9.0, 10.0, 8.0]
    assert decide.value(Level("previous_close", span="day")).tolist()[1:] == [11.0, 14.0, 9.0]
    week = frame([(10, 12, 9, 11)] * 4 + [(20, 30, 15, 25)] * 3, start="2024-01-04")  # the eighth is a Monday
    high = Deciding(Tape.of(week)).value(Level("previous_high", span="week"))
    assert np.isnan(high[:4]).all()
    assert high[4:].tolist() == [12.0, 12.0, 12.0]


def test_days_and_months_are_those_of_the_bars_own_clock() -> None:
    decide = Deciding(Tape.of(frame(flat(*range(1, 41)), start="2024-01-29")))  # a Monday
    assert places(decide.truth(Weekday(("mon", "tue"))).yes)[:4] == [0, 1, 7, 8]
    assert places(decide.truth(Month(("feb",))).yes) == list(range(3, 32))
    assert places(decide.truth(MonthDays(1, 2)).yes) == [3, 4, 32, 33]


def test_a_time_of_day_needs_bars_within_the_day() -> None:
    tape = Tape.of(intraday(2, 5).tz_convert("Asia/Kolkata"))
    opening = Daytime(5 * 60 + 30, 5 * 60 + 45)  # midnight in UTC is half past five in Mumbai
    assert places(Deciding(tape).truth(opening).yes) == [0, 1, 5, 6]
    with pytest.raises(BadRule, match="bars within the day"):
        run(DAILY, strategy_of(RulePlan("Opening", enter_long=opening)))


def test_a_bar_without_a_price_has_no_signal() -> None:
    bars = frame(flat(9, 11, 11, 11))
    bars.iloc[2, bars.columns.get_loc("close")] = np.nan
    up = Compare(CLOSE, "above", TEN)
    found = Deciding(Tape.of(bars)).truth(Either((up, Not(up))))
    assert places(found.yes) == [0, 1, 3]


def test_candle_patterns_say_up_or_down() -> None:
    falling = [(100.0 - k, 100.5 - k, 98.5 - k, 99.0 - k) for k in range(12)]
    bars = frame([*falling, (87.5, 90.5, 87.0, 90.0)])  # opens under the last body and closes above it
    decide = Deciding(Tape.of(bars))
    assert places(decide.truth(Candle("engulfing", "up")).yes) == [12]
    assert not decide.truth(Candle("CDLENGULFING", "down")).yes.any()


def test_the_plan_trades_what_its_conditions_say() -> None:
    plan = RulePlan(
        "Ten", Compare(CLOSE, "crosses_above", TEN), Compare(CLOSE, "crosses_below", TEN), stops=Stops(stop_percent=50)
    )
    result = run(frame(flat(9, 11, 12, 9, 8, 11, 12)), strategy_of(plan), costs="free")
    assert result.codes.tolist() == [0, ENTER_LONG, 0, EXIT_LONG, 0, ENTER_LONG, 0]
    assert result.trades["reason"].tolist() == ["signal", "open"]
    assert result.stops.stop_percent == 50


# -- numbers as parameters -----------------------------------------------------------------------------------------

DIP = RulePlan(
    "Dip",
    Every(
        (
            Compare(Study("rsi"), "crosses_below", Number(30.0)),
            Compare(CLOSE, "above", Study("sma", params=(("length", 50),))),
        )
    ),
    Compare(CLOSE, "above", Study("sma", params=(("length", 50),))),
)


def test_the_same_indicator_is_one_parameter() -> None:
    assert [one.name for one in parameters(DIP)] == ["rsi_length", "level", "sma_length"]
    other = tuned(DIP, {"sma_length": 20})
    assert "average (20)" in sentences(other)[0]
    assert "average (20)" in sentences(other)[1]
    with pytest.raises(BadRule, match="length"):
        tuned(DIP, {"sma_length": 0})


def test_a_sweep_of_rules_runs_what_each_variant_runs_alone() -> None:
    rows = sweep(DAILY, strategy_of(DIP), {"rsi_length": [3, 5], "level": [30.0, 45.0]}, metrics=["total_return"])
    for row in rows.to_dict("records"):
        alone = run(DAILY, strategy_of(tuned(DIP, {"rsi_length": row["rsi_length"], "level": row["level"]})))
        assert row["total_return"] == pytest.approx(alone.metrics["total_return"], rel=1e-9, abs=1e-12)


# -- words and refusals --------------------------------------------------------------------------------------------


def test_it_reads_as_one_would_say_it() -> None:
    assert sentences(DIP)[0] == (
        "Buy when Relative strength index (14) crosses below 30 and the close is above Simple moving average (50)."
    )
    assert told(Not(Weekday(("fri",)))) == "it is not Friday"
    assert told(Within(Either((Candle("hammer", "up"), Month(("jan", "may")))), 3)) == (
        "within the last 3 bars (the candles form a bullish hammer or the month is January or May)"
    )
    assert told(Compare(Study("macd", "signal"), "above", Level("previous_high", span="week"))) == (
        "signal of MACD (12, 26, 9) is above the high of the last week"
    )
    assert told(Daytime(570, 900)) == "the bar begins between 09:30 and 15:00"
    stopless = sentences(RulePlan("A", enter_long=Compare(CLOSE, "above", TEN)))
    assert stopless[1] == "Never sell: there is no exit."


def entry(condition: Any, **more: Any) -> dict[str, Any]:
    return {"rules": 1, "name": "A", "enter_long": condition, **more}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "rules"),
        ({"rules": 2, "name": "A"}, "rules"),
        ({"rules": 1, "name": "A"}, "rules"),
        (entry({"left": "close", "is": "over", "right": 1}), "enter_long.is"),
        (entry({"left": "price", "is": "above", "right": 1}), "enter_long.left"),
        (entry({"left": "close", "is": "above"}), "enter_long.right"),
        (
            entry({"all": [{"left": "close", "is": "above", "right": {"indicator": "smaa"}}]}),
            "enter_long.all[0].right.indicator",
        ),
        (
            entry({"any": [{"left": {"indicator": "rsi", "params": {"length": 0}}, "is": "above", "right": 1}]}),
            "enter_long.any[0].left.indicator",
        ),
        (entry({"left": {"indicator": "rsi", "column": "x"}, "is": "above", "right": 1}), "enter_long.left.column"),
        (entry({"left": {"op": "^", "left": 1, "right": 2}, "is": "above", "right": 1}), "enter_long.left.op"),
        (entry({"left": True, "is": "above", "right": 1}), "enter_long.left"),
        (entry({"pattern": "hamer"}), "enter_long.pattern"),
        (entry({"within": 0, "of": {"pattern": "hammer"}}), "enter_long.within"),
        (entry({"not": {"weekday": ["someday"]}}), "enter_long.not.weekday"),
        (entry({"month_days": [5, 2]}), "enter_long.last day of the month"),
        (entry({"time": ["9:15", "10:00"]}), "enter_long.time"),
        (entry({"time": ["11:00", "10:00"]}), "enter_long.last minute of the day"),
        (entry({"all": []}), "enter_long.all"),
        (entry({"pattern": "hammer", "also": 1}), "enter_long.also"),
        (entry({"pattern": "hammer"}, stops={"stop_percent": -1}), "stops.stop_percent"),
        (entry({"pattern": "hammer"}, stops={"stop": 1}), "stops.stop"),
        (entry({"pattern": "hammer"}, sizing={"kind": "martingale"}), "sizing.kind"),
        (entry({"pattern": "hammer"}, stops={"stop_percent": [1]}), "stops.stop_percent"),
        (entry({"pattern": "hammer"}, buy=1), "buy"),
        (entry(None, exit_long={"pattern": "hammer"}), "rules"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(data: Any, place: str) -> None:
    with pytest.raises(BadRule) as caught:
        plan_of(data)
    assert caught.value.what == place


def test_text_that_is_no_json_or_too_deep_is_refused() -> None:
    deep = {"pattern": "hammer"}
    for _ in range(60):
        deep = {"not": deep}  # type: ignore[dict-item]
    for text in ("{", "[" * 50_000, json.dumps(entry(deep)), "x" * 200_000, '{"rules": NaN}'):
        with pytest.raises(BadRule):
            loads(text)
    with pytest.raises(BadRule, match="at most 200"):
        plan_of(entry({"any": [{"pattern": "hammer"}] * 250}))
