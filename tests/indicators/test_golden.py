"""Published values: expected results of 24 indicators for 502 daily bars, where the folder with them is there."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.indicators import catalogue, compute, patterns
from tests.shared import SHARED

ORACLES = SHARED / "oracles" / "indicators" if SHARED else None

# file -> (our name, parameters, {their column: ours}, bars after which to compare, tolerance relative to the values)
CASES: dict[str, tuple[str, dict[str, object], dict[str, str], int, float]] = {
    "adx": ("adx", {"length": 14}, {"adx": "adx", "pdi": "plus_di", "mdi": "minus_di"}, 300, 1e-6),
    "aroon": ("aroon", {"length": 25}, {"aroonUp": "up", "aroonDown": "down"}, 40, 1e-9),
    "atr": ("atr", {"length": 14}, {"atr": "atr"}, 0, 1e-9),
    "awesome": ("ao", {"fast": 5, "slow": 34}, {"oscillator": "ao"}, 0, 1e-9),
    "bb": ("bbands", {}, {"sma": "middle", "upperBand": "upper", "lowerBand": "lower", "percentB": "percent_b",
                          "width": "width"}, 0, 1e-9),
    "cci": ("cci", {"length": 20}, {"cci": "cci"}, 0, 1e-9),
    "chop": ("chop", {"length": 14}, {"chop": "chop"}, 0, 1e-9),
    "cmf": ("cmf", {"length": 20}, {"cmf": "cmf"}, 0, 1e-9),
    "donchian": ("donchian", {"length": 20, "offset": 1},
                 {"centerline": "middle", "upperBand": "upper", "lowerBand": "lower"}, 0, 1e-12),
    "ema": ("ema", {"length": 20}, {"ema": "ema"}, 0, 1e-12),
    "ichimoku": ("ichimoku", {}, {"tenkanSen": "tenkan", "kijunSen": "kijun", "senkouSpanA": "senkou_a",
                                  "senkouSpanB": "senkou_b"}, 0, 1e-12),
    "kama": ("kama", {"length": 10}, {"kama": "kama"}, 0, 1e-9),
    "keltner": ("keltner", {"length": 20, "atr_length": 10, "multiplier": 2},
                {"centerline": "middle", "upperBand": "upper", "lowerBand": "lower"}, 0, 1e-9),
    "macd": ("macd", {}, {"macd": "macd", "signal": "signal", "histogram": "histogram"}, 0, 1e-9),
    "mfi": ("mfi", {"length": 14}, {"mfi": "mfi"}, 0, 1e-9),
    "psar": ("psar", {}, {"sar": "psar"}, 60, 1e-9),
    "rsi": ("rsi", {"length": 14}, {"rsi": "rsi"}, 0, 1e-9),
    "sma": ("sma", {"length": 20}, {"sma": "sma"}, 0, 1e-12),
    "stoch-rsi": ("stochrsi", {"length": 14, "stoch_length": 14, "signal": 3}, {"stochRsi": "k", "signal": "d"}, 0,
                  1e-9),
    "stoch": ("stoch", {"length": 14, "smooth": 3, "signal": 3}, {"oscillator": "k", "signal": "d"}, 0, 1e-9),
    "supertrend": ("supertrend", {"length": 10, "multiplier": 3}, {"superTrend": "supertrend"}, 0, 1e-9),
    "vwap": ("avwap", {}, {"vwap": "avwap"}, 0, 1e-9),
    "willr": ("willr", {"length": 14}, {"williamsR": "willr"}, 0, 1e-9),
}  # fmt: skip


# Rows in which two readings of a definition part: of two equal highs TA-Lib's Aroon counts from the later one, and
# on the bar of a reversal its SAR is also held outside that bar's own range.
READINGS = {"aroon": 1, "psar": 1}


def _quotes(name: str) -> pd.DataFrame:
    assert ORACLES is not None
    return pd.read_csv(ORACLES / "quotes" / f"{name}.csv.gz", index_col=0, parse_dates=True).astype(float)


def _results(name: str) -> pd.DataFrame:
    assert ORACLES is not None
    with gzip.open(ORACLES / "results" / f"{name}.standard.json.gz", "rt") as file:
        table = pd.DataFrame(json.load(file))
    return table.set_index(pd.to_datetime(table.pop("timestamp")))


def _paths(folder: Path) -> list[str]:
    return sorted(path.name.split(".")[0] for path in folder.glob("*.json.gz"))


if ORACLES is not None:

    @pytest.mark.parametrize("file", [name for name in _paths(ORACLES / "results") if name != "obv"])
    def test_published_values(file: str) -> None:
        name, params, columns, after, tolerance = CASES[file]
        expected, result = _results(file), compute(name, _quotes("default"), **params)
        for theirs, ours in columns.items():
            wanted, got = expected[theirs].astype(float).to_numpy()[after:], result[ours].to_numpy()[after:]
            both = np.isfinite(wanted) & np.isfinite(got)
            assert both.sum() >= np.isfinite(wanted).sum() - 10
            size = float(np.nanmax(np.abs(wanted)))
            apart = np.abs(got[both] - wanted[both]) > tolerance * size
            assert apart.sum() <= READINGS.get(file, 0), (theirs, np.flatnonzero(apart))

    def test_on_balance_volume_differs_by_its_start_only() -> None:
        gap = compute("obv", _quotes("default"))["obv"] - _results("obv")["obv"]
        assert gap.nunique() == 1

    def test_session_vwap_of_daily_bars_is_the_published_running_one() -> None:
        got = compute("vwap", _quotes("default"))["vwap"]
        np.testing.assert_allclose(got, _results("vwap")["vwap"], rtol=1e-12)

    def test_chikou_is_the_close_drawn_earlier() -> None:
        expected = _results("ichimoku")["chikouSpan"]
        got = compute("ichimoku", _quotes("default"))["chikou"].shift(-26)
        pd.testing.assert_series_equal(got, expected, check_names=False, check_freq=False)

    @pytest.mark.parametrize("file", ["bitcoin", "intraday", "penny"])
    def test_other_markets_compute(file: str) -> None:
        bars = _quotes(file)
        for indicator in catalogue():
            values = compute(indicator.name, bars)
            assert not np.isinf(values.to_numpy()).any(), indicator.name
            assert values.iloc[-1].notna().any() or indicator.name == "fractals", indicator.name
        assert (patterns(bars) != 0).any(axis=None)
