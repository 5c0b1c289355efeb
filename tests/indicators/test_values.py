"""Values worked out by hand (or by a direct loop over the definition)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from core.indicators import BadBars, compute, heikin_ashi
from core.indicators.price_kernels import month_number
from tests.indicators.made import frame, from_close, sessions, walk


def column(name: str, bars: pd.DataFrame, which: int = 0, **params: object) -> list[float]:
    return [float(v) for v in compute(name, bars, **params).iloc[:, which]]


def same(values: list[float], expected: list[float], tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(values, expected, rtol=0, atol=tolerance)


NAN = math.nan
FIVE = from_close([10, 11, 12, 11, 15])


def test_averages() -> None:
    same(column("sma", FIVE, length=3), [NAN, NAN, 11, 34 / 3, 38 / 3], 1e-9)
    # Seed 11, alpha 1/2.
    same(column("ema", FIVE, length=3), [NAN, NAN, 11, 11, 13])
    same(column("wma", FIVE, length=3), [NAN, NAN, (10 + 22 + 36) / 6, (11 + 24 + 33) / 6, (12 + 22 + 45) / 6], 1e-9)
    # Seed 11, then (2 * 11 + 11) / 3, then (2 * 11 + 15) / 3.
    same(column("rma", FIVE, length=3), [NAN, NAN, 11, 11, 37 / 3], 1e-9)
    same(column("midpoint", FIVE, length=3), [NAN, NAN, 11, 11.5, 13])
    same(column("mom", FIVE, length=2), [NAN, NAN, 2, 0, 3])
    same(column("roc", FIVE, length=2), [NAN, NAN, 20, 0, 25], 1e-9)


def test_volume_weighted_average_is_the_plain_one_at_constant_volume_and_undefined_without_any() -> None:
    same(column("vwma", FIVE, length=3), column("sma", FIVE, length=3), 1e-9)
    bars = FIVE.assign(volume=[1.0, 0.0, 3.0, 0.0, 0.0])
    same(column("vwma", bars, length=2), [NAN, 10, 12, 12, NAN])


def test_rsi() -> None:
    # Changes +1, +1, -1, +4; averages over 2: (1, 0), then (0.5, 0.5), then (2.25, 0.25).
    same(column("rsi", FIVE, length=2), [NAN, NAN, 100, 50, 90], 1e-9)


def test_macd_is_the_difference_of_two_averages_and_the_histogram_what_is_left_of_the_signal() -> None:
    bars = walk(80)
    result = compute("macd", bars)
    expected = compute("ema", bars, length=12)["ema"] - compute("ema", bars, length=26)["ema"]
    same(list(result["macd"]), list(expected), 1e-9)
    same(list(result["histogram"].dropna()), list((result["macd"] - result["signal"]).dropna()))
    assert result["macd"].first_valid_index() == bars.index[25]
    assert result["signal"].first_valid_index() == bars.index[33]


def test_true_range_and_atr() -> None:
    bars = frame([10, 12, 9], [11, 13, 10], [9, 11, 8], [10, 12, 9], [1, 1, 1])
    # 13 - 10 (gap up), 12 - 8 (gap down).
    same(column("trange", bars), [NAN, 3, 4])
    same(column("atr", bars, length=2), [NAN, NAN, 3.5])
    same(column("natr", bars, length=2), [NAN, NAN, 350 / 9], 1e-9)


def test_bollinger() -> None:
    bars = from_close([1, 3, 5])
    result = compute("bbands", bars, length=3, deviations=2)
    sd = math.sqrt(8 / 3)
    same(list(result.iloc[2]), [3, 3 + 2 * sd, 3 - 2 * sd, 0.5 + 2 / (4 * sd), 4 * sd / 3], 1e-9)
    assert list(result.columns[:3]) == ["middle", "upper", "lower"]


def test_stochastic_and_williams() -> None:
    bars = frame([5, 5, 5], [8, 9, 10], [4, 2, 3], [6, 7, 8], [1, 1, 1])
    same(column("stochf", bars, length=3, signal=1), [NAN, NAN, 75])
    same(column("willr", bars, length=3), [NAN, NAN, -25])
    same(column("donchian", bars, 1, length=3), [NAN, NAN, 10])
    same(column("donchian", bars, 2, length=2, offset=1), [NAN, NAN, 2])


def test_cci_and_mean_deviation() -> None:
    bars = from_close([1, 2, 6], spread=0.0)
    typical = [1, (2 + 1 + 2) / 3, (6 + 2 + 6) / 3]
    mean = sum(typical) / 3
    apart = sum(abs(t - mean) for t in typical) / 3
    same(column("cci", bars, length=3), [NAN, NAN, (typical[2] - mean) / (0.015 * apart)], 1e-9)


def test_money_flow() -> None:
    bars = frame([1] * 4, [2, 3, 2, 4], [2, 3, 2, 4], [2, 3, 2, 4], [10, 10, 20, 5])
    # Flows 30 up, 40 down, 20 up; over 2 bars: 30 of 70, then 20 of 60.
    same(column("mfi", bars, length=2), [NAN, NAN, 300 / 7, 100 / 3], 1e-9)
    same(column("obv", bars), [10, 20, 0, 5])
    same(column("vpt", bars), [0, 5, 5 - 20 / 3, 5 - 20 / 3 + 5], 1e-9)


def test_chaikin_flow_and_accumulation() -> None:
    bars = frame([2, 2], [4, 4], [0, 0], [3, 1], [100, 300])
    # Close location 0.5 and -0.5.
    same(column("ad", bars), [50, -100])
    same(column("cmf", bars, length=2), [NAN, -0.25])


def test_parabolic_sar_and_aroon() -> None:
    high, low = [10, 11, 12, 13, 14], [9, 10, 11, 12, 13]
    bars = frame(low, high, low, high, [1] * 5)
    # Rising: starts at the first low, then 9 + 0.02 (11 - 9) but never above the two lows before.
    same(column("psar", bars)[1:3], [9, 9.04], 1e-9)
    same(column("aroon", bars, length=3), [NAN, NAN, NAN, 100, 100])
    same(column("aroon", bars, 1, length=3), [NAN, NAN, NAN, 0, 0])


def test_supertrend_by_its_definition() -> None:
    bars = walk(120)
    atr = np.array(column("atr", bars, length=10))
    middle = ((bars["high"] + bars["low"]) / 2).to_numpy()
    close = bars["close"].to_numpy()
    up, down = middle + 3 * atr, middle - 3 * atr
    line = np.full(120, np.nan)
    upper, lower, direction = up[10], down[10], 1.0 if close[10] > up[10] else -1.0
    line[10] = lower if direction > 0 else upper
    for i in range(11, 120):
        upper = up[i] if up[i] < upper or close[i - 1] > upper else upper
        lower = down[i] if down[i] > lower or close[i - 1] < lower else lower
        direction = (
            1.0 if close[i] > (upper if direction < 0 else math.inf) or (direction > 0 and close[i] >= lower) else -1.0
        )
        line[i] = lower if direction > 0 else upper
    same(column("supertrend", bars)[40:], list(line[40:]), 1e-9)
    assert set(compute("supertrend", bars)["direction"].dropna()) == {1.0, -1.0}


def test_ichimoku_spans_stand_later_and_the_chikou_is_drawn_earlier() -> None:
    bars = walk(200)
    result = compute("ichimoku", bars)
    window = bars.iloc[91:100]
    assert result["tenkan"].iloc[99] == pytest.approx((window["high"].max() + window["low"].min()) / 2)
    assert result["senkou_a"].iloc[125] == pytest.approx((result["tenkan"].iloc[99] + result["kijun"].iloc[99]) / 2)
    assert result["senkou_b"].first_valid_index() == bars.index[51 + 26]
    pd.testing.assert_series_equal(result["chikou"], bars["close"], check_names=False)


def test_session_vwap_restarts_and_daily_vwap_does_not() -> None:
    bars = sessions(3, 4)
    typical = (bars["high"] + bars["low"] + bars["close"]) / 3
    result = compute("vwap", bars)["vwap"]
    assert result.iloc[4] == pytest.approx(typical.iloc[4])
    part = slice(4, 8)
    assert result.iloc[7] == pytest.approx(np.average(typical.iloc[part], weights=bars["volume"].iloc[part]))
    daily = walk(30)
    typical = (daily["high"] + daily["low"] + daily["close"]) / 3
    assert compute("vwap", daily)["vwap"].iloc[-1] == pytest.approx(np.average(typical, weights=daily["volume"]))


def test_anchored_vwap() -> None:
    bars = frame([1] * 4, [1, 2, 4, 8], [1, 2, 4, 8], [1, 2, 4, 8], [1, 1, 3, 0])
    result = compute("avwap", bars, anchor="2024-01-02", deviations=1)
    same(list(result["avwap"]), [NAN, 2, 3.5, 3.5])
    same(list(result["upper"] - result["avwap"]), [NAN, 0, math.sqrt(0.75), math.sqrt(0.75)], 1e-9)
    same(column("avwap", bars), column("avwap", bars, anchor="2020-05-05"))
    assert compute("avwap", bars, anchor="2030-01-01").isna().all(axis=None)
    aware = pd.Timestamp("2024-01-02 05:30", tz="Asia/Kolkata")
    same(column("avwap", bars, anchor=aware), [NAN, 2, 3.5, 3.5])
    with pytest.raises(BadBars, match="time zone"):
        compute("avwap", bars.tz_localize(None), anchor=aware)


def test_pivot_points_come_from_the_session_before() -> None:
    bars = sessions(3, 4)
    day = bars.iloc[:4]
    o, h, low, c = day["open"].iloc[0], day["high"].max(), day["low"].min(), day["close"].iloc[-1]
    row = bars.index[5]
    p = (h + low + c) / 3
    classic = compute("pivots", bars).loc[row]
    same(
        list(classic), [p, 2 * p - low, 2 * p - h, p + h - low, p - h + low, h + 2 * (p - low), low - 2 * (h - p)], 1e-9
    )
    fib = compute("pivots", bars, method="fibonacci").loc[row]
    assert fib["r2"] == pytest.approx(p + 0.618 * (h - low))
    assert compute("pivots", bars, method="camarilla").loc[row, "r3"] == pytest.approx(c + 1.1 * (h - low) / 4)
    assert compute("pivots", bars, method="woodie").loc[row, "pivot"] == pytest.approx((h + low + 2 * c) / 4)
    x = h + 2 * low + c if c < o else 2 * h + low + c
    assert compute("pivots", bars, method="demark").loc[row, "pivot"] == pytest.approx(x / 4)
    assert compute("pivots", bars).iloc[:4].isna().all(axis=None)
    weekly = compute("pivots", walk(30), period="week")
    assert weekly["pivot"].nunique() == 4


def test_volatility_estimators_on_one_repeated_bar() -> None:
    # Open and close at 100, high 110, low 100 / 1.1: ln(h/l) = 2 ln 1.1, no drift, no gaps.
    u = math.log(1.1)
    bars = frame([100] * 30, [110] * 30, [100 / 1.1] * 30, [100] * 30, [1] * 30)
    year = math.sqrt(252) * 100
    same([column("parkinson", bars)[-1]], [2 * u / math.sqrt(4 * math.log(2)) * year], 1e-9)
    same([column("garman_klass", bars)[-1]], [math.sqrt(0.5) * 2 * u * year], 1e-9)
    same([column("rogers_satchell", bars)[-1]], [math.sqrt(2) * u * year], 1e-9)
    k = 0.34 / (1.34 + 21 / 19)
    same([column("yang_zhang", bars)[-1]], [math.sqrt((1 - k) * 2) * u * year], 1e-6)
    same([column("hv", bars)[-1]], [0], 1e-9)


def test_statistics() -> None:
    bars = from_close([1, 2, 4, 8, 16])
    same([column("r2", from_close([1, 2, 3, 4]), length=4)[-1]], [1], 1e-9)
    same([column("linreg_slope", from_close([1, 3, 5, 7]), length=4)[-1]], [2], 1e-9)
    same(column("percentrank", from_close([3, 1, 2, 5]), length=3), [NAN, NAN, NAN, 100])
    same(column("drawdown", from_close([10, 8, 12, 9])), [0, -20, 0, -25], 1e-9)
    same([column("stderr", from_close([1, 3, 5, 7]), length=4)[-1]], [0], 1e-6)
    assert column("zscore", bars, length=5)[-1] == pytest.approx((16 - 6.2) / np.std([1, 2, 4, 8, 16]))
    x = np.log(np.array([1.0, 1.2, 1.1, 1.6, 1.5, 1.4]))
    steps = np.diff(x)
    z = (steps - steps.mean()) / steps.std()
    skew = compute("skew", from_close(list(np.exp(x))), length=5).iloc[-1]
    same(list(skew), [(z**3).mean(), (z**4).mean() - 3], 1e-9)


def test_months_are_the_calendars() -> None:
    days = pd.date_range("1895-01-01", "2105-01-01")
    numbers = (days.to_numpy() - np.datetime64("1970-01-01")) / np.timedelta64(1, "D")
    expected = days.year.to_numpy() * 12 + days.month.to_numpy() - 1
    assert np.array_equal(month_number(numbers), expected)
    assert np.array_equal(month_number(numbers[::-17].copy()), expected[::-17])


def test_counts_and_swings() -> None:
    close = [10, 11, 12, 13, 14, 15, 16, 1]
    same(column("td_setup", from_close(close)), [NAN, NAN, NAN, NAN, 1, 2, 3, -1])
    bars = frame([1] * 7, [1, 2, 5, 2, 1, 2, 3], [0, 1, 4, 1, 0, 1, 2], [1, 2, 5, 2, 1, 2, 3], [1] * 7)
    fractals = compute("fractals", bars)
    same(list(fractals["high"]), [NAN, NAN, NAN, NAN, 5, NAN, NAN])
    same(list(fractals["low"]), [NAN, NAN, NAN, NAN, NAN, NAN, 0])


def test_williams_ad_and_elder_ray_and_qstick() -> None:
    bars = frame([10, 10, 11], [11, 13, 12], [9, 10, 8], [10, 12, 9], [1, 1, 1])
    wad = column("wad", bars)
    # +(12 - min(10, 10)), then -(max(12, 12) - 9).
    same([wad[1] - wad[0], wad[2] - wad[1]], [2, -3], 1e-9)
    same(column("eri", bars, length=1), [1, 1, 3])
    same(column("qstick", bars, length=2), [NAN, 1, 0])


def test_heikin_ashi() -> None:
    bars = frame([10, 12], [14, 16], [8, 11], [12, 15], [5, 7])
    candles = heikin_ashi(bars)
    assert list(candles.columns) == ["open", "high", "low", "close", "volume"]
    same(list(candles["close"]), [11, 13.5])
    first_open = candles["open"].iloc[0]
    assert first_open in {10.0, 11.0}
    same(list(candles.iloc[1]), [(first_open + 11) / 2, 16, min(11, (first_open + 11) / 2), 13.5, 7])
    holed = bars.reindex(pd.date_range("2024-01-01", periods=3, tz="UTC"))
    assert heikin_ashi(holed.iloc[[0, 2, 1]].sort_index()).iloc[2, :4].isna().all()
    assert heikin_ashi(bars.iloc[:0]).shape == (0, 5)


def test_averages_agree_with_a_direct_reading_of_their_definition() -> None:
    bars = walk(150)
    c = bars["close"]
    mean = c.ewm(span=20, adjust=False).mean()
    assert column("ema", bars)[-1] == pytest.approx(mean.iloc[-1], rel=1e-4)
    assert column("hma", bars, length=16)[-1] == pytest.approx(_wma(2 * _wma(c, 8) - _wma(c, 16), 4).iloc[-1], rel=1e-9)
    assert column("trima", bars, length=5)[-1] == pytest.approx(c.rolling(3).mean().rolling(3).mean().iloc[-1])
    place = np.arange(9)
    weights = np.exp(-((place - 0.85 * 8) ** 2) / (2 * (9 / 6) ** 2))
    assert column("alma", bars)[-1] == pytest.approx(float(np.average(c.iloc[-9:], weights=weights)))
    assert column("stddev", bars)[-1] == pytest.approx(c.rolling(20).std(ddof=0).iloc[-1])
    assert column("ulcer", bars)[-1] == pytest.approx(
        math.sqrt((((c / c.rolling(14).max() - 1) * 100) ** 2).iloc[-14:].mean())
    )
    tr = pd.Series(column("trange", bars), index=bars.index)
    before = c.shift()
    top = np.maximum(bars["high"], before).rolling(14).max()
    bottom = np.minimum(bars["low"], before).rolling(14).min()
    chop = 100 * np.log10(tr.rolling(14).sum() / (top - bottom)) / math.log10(14)
    assert column("chop", bars)[-1] == pytest.approx(chop.iloc[-1])
    vortex = (bars["high"] - bars["low"].shift()).abs().rolling(14).sum() / tr.rolling(14).sum()
    assert column("vortex", bars)[-1] == pytest.approx(vortex.iloc[-1])


def _wma(x: pd.Series, n: int) -> pd.Series:
    weights = np.arange(1, n + 1)
    return x.rolling(n).apply(lambda w: float(np.average(w, weights=weights)), raw=True)
