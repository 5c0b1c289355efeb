"""Decades of real daily bars, phantom and frozen ones among them, where the folder with them is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.indicators import chart_patterns, compute_all, levels, patterns
from core.indicators.shapes import as_of
from tests.shared import SHARED

FILES = sorted((SHARED / "nse_daily_yahoo").glob("*.csv.gz"))[::6] if SHARED else []
BOUNDS = {"rsi": (0, 100), "mfi": (0, 100), "cmf": (-1, 1), "willr": (-100, 0), "stoch": (0, 100), "adx": (0, 100)}


def _history(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, skiprows=[1, 2]).rename(columns={"Price": "Date"})
    table.columns = table.columns.str.lower()
    bars = table.set_index(pd.to_datetime(table["date"]))
    return bars[["open", "high", "low", "close", "volume"]].astype(float)


if FILES:

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.split(".")[0])
    def test_history(path: Path) -> None:
        bars = _history(path)
        cut = len(bars) * 2 // 3
        whole, part = compute_all(bars), compute_all(bars.iloc[:cut])
        for name, arrays in whole.items():
            for values, before in zip(arrays, part[name], strict=True):
                assert not np.isinf(values).any(), name
                size = float(np.nanmax(np.abs(before), initial=1.0))
                np.testing.assert_allclose(values[:cut], before, rtol=1e-9, atol=1e-9 * size, err_msg=name)
            assert np.isfinite(arrays[0][-1]) or name == "fractals", name
        for name, (low, high) in BOUNDS.items():
            known = whole[name][0][np.isfinite(whole[name][0])]
            assert low - 1e-6 <= known.min() <= known.max() <= high + 1e-6, name
        pd.testing.assert_frame_equal(patterns(bars).iloc[:cut], patterns(bars.iloc[:cut]))
        shapes = chart_patterns(bars)
        assert [s.known_at for s in chart_patterns(bars.iloc[:cut])] == [
            s.known_at for s in shapes if as_of(s, cut - 1) is not None
        ]
        assert levels(bars)[0].strength > 30
