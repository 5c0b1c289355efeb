"""The catalogue as a whole: each entry keeps what it declares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import core.indicators as indicators
from core.indicators import BadParameter, Indicator, UnknownIndicator, catalogue, compute, find
from tests.indicators.made import sessions, walk

ALL = catalogue()
BARS = walk(400)


def by_name(indicator: Indicator) -> str:
    return indicator.name


def test_there_are_enough_indicators_in_every_family() -> None:
    families = pd.Series([i.family for i in ALL]).value_counts()
    assert len(ALL) >= 85
    assert families[["overlap", "trend", "momentum", "volatility", "volume"]].min() >= 15
    assert len({i.name for i in ALL}) == len(ALL)


def test_no_two_indicators_are_one_under_two_names() -> None:
    bars = walk(400, seed=11)
    first: dict[bytes, str] = {}
    for indicator in ALL:
        tail = compute(indicator.name, bars).iloc[-50:].to_numpy()
        key = np.round(tail / np.nanmax(np.abs(tail), initial=1e-300), 9).tobytes()
        assert key not in first, f"{indicator.name} is {first.get(key)}"
        first[key] = indicator.name


@pytest.mark.parametrize("indicator", ALL, ids=by_name)
def test_declares_itself(indicator: Indicator) -> None:
    assert indicator.label
    assert len(indicator.formula) > 10
    assert indicator.pane in {"price", "own"}
    assert len(set(indicator.column_names)) == len(indicator.columns) > 0
    assert {name for pair in indicator.fills for name in pair} <= set(indicator.column_names)
    assert {c.shift for c in indicator.columns if c.shift} <= {p.name for p in indicator.params}
    for param in indicator.params:
        assert param.clean(indicator.name, param.default) == param.default
    assert indicator.clean({}) == dict(indicator.defaults)


@pytest.mark.parametrize("indicator", ALL, ids=by_name)
def test_has_the_declared_shape(indicator: Indicator) -> None:
    bars = sessions(30, 12) if indicator.name == "pivots" else BARS
    result = compute(indicator.name, bars)
    assert result.index.equals(bars.index)
    assert tuple(result.columns) == indicator.column_names
    assert (result.dtypes == np.float64).all()
    values = result.to_numpy()
    assert not np.isinf(values).any()
    # Something comes out for every column, and nothing is missing again once the main line has begun.
    assert np.isfinite(values).any(axis=0).all() or indicator.name == "pivots"
    if indicator.name != "fractals":
        main = np.isfinite(values[:, 0])
        assert main[main.argmax() :].all()
    assert find(indicator.name) is indicator
    for alias in indicator.aliases:
        assert find(alias) is indicator


@pytest.mark.parametrize("indicator", ALL, ids=by_name)
def test_input_is_left_alone_and_results_are_the_callers_own(indicator: Indicator) -> None:
    data = indicators.OHLCV.of(BARS)
    before = {name: getattr(data, name).copy() for name in ("open", "high", "low", "close", "volume")}
    first = indicators.arrays.compute_arrays(indicator, data, indicator.defaults)
    kept = [array.copy() for array in first]
    for array in first:
        array[:] = -1.0
    for name, values in before.items():
        assert np.array_equal(getattr(data, name), values)
    for array, again in zip(kept, indicators.arrays.compute_arrays(indicator, data, indicator.defaults), strict=True):
        assert np.array_equal(array, again, equal_nan=True)


@pytest.mark.parametrize("indicator", ALL, ids=by_name)
def test_ends_of_every_range_compute(indicator: Indicator) -> None:
    for param in indicator.params:
        if param.kind in {"int", "float"}:
            for value in (param.low, min(param.high, 50.0), param.high):
                given = {param.name: value}
                if param.name == "fast":
                    given["slow"] = 1000
                    given["fast"] = min(value, 999)
                if param.name == "slow":
                    given["fast"] = next(p.low for p in indicator.params if p.name == "fast")
                    given["slow"] = max(value, given["fast"] + 1)
                result = compute(indicator.name, BARS, **given)
                assert not np.isinf(result.to_numpy()).any(), param.name
        for choice in param.choices:
            assert len(compute(indicator.name, BARS, **{param.name: choice})) == len(BARS)


@pytest.mark.parametrize(
    ("alias", "name"),
    [("bollinger", "bbands"), ("williams_r", "willr"), ("SAR", "psar"), ("Stoch-RSI", "stochrsi"), ("ULTOSC", "uo")],
)
def test_aliases(alias: str, name: str) -> None:
    assert find(alias).name == name


@pytest.mark.parametrize("name", ["rsii", "bolinger", "macdd"])
def test_an_unknown_name_offers_near_ones(name: str) -> None:
    with pytest.raises(UnknownIndicator, match="did you mean") as raised:
        find(name)
    assert raised.value.near


def test_a_hopeless_name_points_to_the_catalogue() -> None:
    with pytest.raises(UnknownIndicator, match="catalogue"):
        find("zzzzqqqq")
    with pytest.raises(UnknownIndicator):
        find(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"length": 0}, r"rsi: length was given as '0'; it must be a whole number from 2 to 1000"),
        ({"length": 10.5}, "10.5"),
        ({"length": "many"}, "many"),
        ({"length": None}, "None"),
        ({"length": True}, "True"),
        ({"length": float("nan")}, "nan"),
        ({"length": 10**400}, "length"),
        ({"width": 3}, "it takes length"),
    ],
)
def test_a_bad_parameter_is_named_with_its_range(params: dict[str, object], message: str) -> None:
    with pytest.raises(BadParameter, match=message):
        compute("rsi", BARS, **params)


def test_numbers_may_come_as_text() -> None:
    pd.testing.assert_frame_equal(compute("rsi", BARS, length="21"), compute("rsi", BARS, length=21))


def test_fast_must_be_below_slow() -> None:
    with pytest.raises(BadParameter, match="below slow, which is 26"):
        compute("macd", BARS, fast=30)


def test_choices_and_dates_are_checked() -> None:
    with pytest.raises(BadParameter, match="classic, fibonacci"):
        compute("pivots", BARS, method="magic")
    with pytest.raises(BadParameter, match="date such as"):
        compute("avwap", BARS, anchor="the day before")
    with pytest.raises(BadParameter, match="date such as"):
        compute("avwap", BARS, anchor="NaT")


def test_many_at_once_equal_one_by_one() -> None:
    specs = ["rsi", indicators.Spec("sma", {"length": 50}), ("bbands", {"deviations": 1.5})]
    many = indicators.compute_many(BARS, specs)
    assert list(many) == ["rsi", "sma(length=50)", "bbands(deviations=1.5)"]
    pd.testing.assert_frame_equal(many["sma(length=50)"], compute("sma", BARS, length=50))
    pd.testing.assert_frame_equal(many["rsi"], compute("rsi", BARS))


def test_all_at_once_equal_one_by_one() -> None:
    everything = indicators.compute_all(BARS)
    assert list(everything) == [i.name for i in ALL]
    for name, arrays in everything.items():
        np.testing.assert_array_equal(np.column_stack(arrays), compute(name, BARS).to_numpy())
