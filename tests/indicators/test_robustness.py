"""Data as it comes: gaps, frozen prices, no volume, too few bars, and frames that cannot be used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.indicators import BadBars, catalogue, chart_patterns, compute, find, levels, patterns, patterns_found
from tests.indicators.made import from_close, walk

NAMES = [indicator.name for indicator in catalogue()]


@pytest.mark.parametrize("name", NAMES)
def test_few_bars_give_nan_not_an_error(name: str) -> None:
    indicator = find(name)
    for n in (0, 1, 2, 5):
        bars = walk(50).iloc[:n]
        result = compute(name, bars)
        assert result.shape == (n, len(indicator.columns))
        assert result.index.equals(bars.index)
        if "length" in indicator.defaults and name != "vidya":  # whose length is a speed, not a window
            assert compute(name, bars, length=50).iloc[:, 0].isna().all()


@pytest.mark.parametrize("name", NAMES)
def test_a_gap_costs_its_own_rows_only(name: str) -> None:
    bars = walk(400)
    holed = bars.copy()
    holed.iloc[[0, 150, 151, 280]] = np.nan
    result = compute(name, holed)
    assert result.iloc[[0, 150, 151, 280]].isna().all(axis=None)
    expected = compute(name, holed.dropna())
    pd.testing.assert_frame_equal(result.drop(holed.index[[0, 150, 151, 280]]), expected, check_freq=False)


@pytest.mark.parametrize("name", [i.name for i in catalogue() if "volume" not in i.inputs])
def test_price_indicators_do_not_mind_missing_volume(name: str) -> None:
    bars = walk(300)
    pd.testing.assert_frame_equal(compute(name, bars.drop(columns="volume")), compute(name, bars))


@pytest.mark.parametrize("name", NAMES)
def test_all_nan_and_infinite_rows_give_nan(name: str) -> None:
    bars = walk(60)
    bars[:] = np.nan
    assert compute(name, bars).isna().all(axis=None)
    bars = walk(60)
    bars.iloc[20] = np.inf
    assert compute(name, bars).iloc[20].isna().all()


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_price_has_no_infinity_and_no_direction(name: str) -> None:
    assert not np.isinf(compute(name, from_close([100.0] * 320, 0.0)).to_numpy()).any()
    values = compute(name, from_close([100.0] * 320)).to_numpy()
    assert not np.isinf(values).any()
    if find(name).family == "momentum":
        # Neither overbought nor oversold: where nothing moves there is nothing to say, or the neutral value.
        low, high = min(find(name).levels), max(find(name).levels)
        main = values[:, 0][np.isfinite(values[:, 0])]
        if low < high:
            assert ((main >= low) & (main <= high)).all()
        else:
            assert np.allclose(main, low, atol=1e-9)


BOUNDS = {
    "rsi": (0, 100), "stoch": (0, 100), "stochf": (0, 100), "stochrsi": (0, 100), "willr": (-100, 0), "mfi": (0, 100),
    "cmf": (-1, 1), "adx": (0, 100), "aroon": (0, 100), "chop": (0, 100.001), "cmo": (-100, 100), "uo": (0, 100),
    "imi": (0, 100), "er": (0, 1), "vhf": (0, 1), "crsi": (0, 100), "lrsi": (0, 1), "rmi": (0, 100), "r2": (0, 1),
    "percentrank": (0, 100), "psl": (0, 100), "stc": (0, 100), "tsi": (-100, 100), "vzo": (-100, 100),
    "tmf": (-1, 1), "iii": (-100, 100), "pvcorr": (-1, 1), "autocorr": (-1, 1), "drawdown": (-100, 0), "bop": (-1, 1),
    "dx": (0, 100), "rvi": (0, 100), "ulcer": (0, 100), "aroonosc": (-100, 100), "smi": (-100, 100),
}  # fmt: skip


@pytest.mark.parametrize("name", BOUNDS)
def test_bounded_indicators_stay_in_their_bounds_after_a_freeze(name: str) -> None:
    for scale in (1e-6, 1.0, 1e6):
        bars = walk(500)
        bars.iloc[100:180, :4] = bars["close"].iloc[99]
        bars.iloc[100:180, 4] = 0.0
        bars.iloc[:, :4] *= scale
        values = compute(name, bars).iloc[:, 0]
        low, high = BOUNDS[name]
        slack = 1e-6 * (high - low)
        assert values.dropna().between(low - slack, high + slack).all()
        assert values.iloc[300:].notna().all()


@pytest.mark.parametrize("name", NAMES)
def test_recovers_from_a_freeze(name: str) -> None:
    bars = walk(900)
    bars.iloc[300:340, :4] = bars["close"].iloc[299]
    bars.iloc[300:340, 4] = 0.0
    if name != "fractals":
        assert compute(name, bars).iloc[700:, 0].notna().all()


@pytest.mark.parametrize("name", [i.name for i in catalogue() if i.scale != "other"])
def test_prices_in_another_unit(name: str) -> None:
    bars = walk(400)
    plain = compute(name, bars)
    for factor in (1e-4, 1e4):
        other = bars.copy()
        other.iloc[:, :4] *= factor
        expected = plain * (factor if find(name).scale == "price" else 1.0)
        slack = 1e-7 * float(np.nanmax(np.abs(expected.to_numpy())))
        pd.testing.assert_frame_equal(compute(name, other), expected, rtol=1e-7, atol=slack)


def test_negative_and_zero_prices_do_not_break_anything() -> None:
    bars = walk(300)
    bars.iloc[100:150, :4] -= 400.0
    bars.iloc[200, :4] = 0.0
    for name in NAMES:
        assert not np.isinf(compute(name, bars).to_numpy()).any(), name


def test_any_number_type_will_do() -> None:
    bars = walk(100).round(2)
    expected = compute("obv", bars)
    pd.testing.assert_frame_equal(compute("obv", bars.astype({"volume": "int64"})), expected)
    pd.testing.assert_frame_equal(compute("obv", bars.astype("Float64")), expected)
    missing = bars.astype("Float64")
    missing.iloc[5] = pd.NA
    assert compute("sma", missing, length=3).iloc[5].isna().all()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda b: b.iloc[::-1], "not in order"),
        (lambda b: pd.concat([b, b.iloc[-1:]]), "more than one bar at"),
        (lambda b: b.reset_index(drop=True), "DatetimeIndex"),
        (lambda b: b.drop(columns="close"), "no close column"),
        (lambda b: b.assign(close="dear"), "not numbers"),
        (lambda b: pd.concat([b, b[["close"]]], axis=1), "more than one close column"),
        (lambda b: b.set_axis(b.index.where(b.index != b.index[3]), axis=0), "time of bar 3 is missing"),
        (lambda b: b["close"], "must be a DataFrame"),
    ],
)
def test_bars_that_cannot_be_used_are_refused_with_the_reason(spoil: object, message: str) -> None:
    bars = spoil(walk(60))  # type: ignore[operator]
    for ask in (
        lambda: compute("rsi", bars),
        lambda: patterns(bars),
        lambda: levels(bars),
        lambda: chart_patterns(bars),
    ):
        with pytest.raises(BadBars, match=message):
            ask()


def test_patterns_on_awkward_bars() -> None:
    for n in (0, 1, 3):
        assert patterns(walk(50).iloc[:n]).shape == (n, 61)
        assert chart_patterns(walk(50).iloc[:n]) == []
        assert levels(walk(50).iloc[:n]) == []
    bars = walk(200)
    holed = bars.copy()
    holed.iloc[50:53] = np.nan
    found = patterns(holed)
    assert (found.iloc[50:53] == 0).all(axis=None)
    pd.testing.assert_frame_equal(found.drop(holed.index[50:53]), patterns(holed.dropna()), check_freq=False)


def test_a_frozen_price_is_no_doji() -> None:
    bars = from_close([100.0] * 60)
    assert patterns_found(bars) == []
    assert (patterns(bars, ["doji"]) == 100).any(axis=None)
