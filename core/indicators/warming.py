"""Compile everything once, so that the first chart of the day does not wait."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.indicators.arrays import OHLCV
from core.indicators.candles import pattern_arrays
from core.indicators.frame import compute_all
from core.indicators.liquidation import liquidation_zones
from core.indicators.price_levels import levels
from core.indicators.profile import volume_profile
from core.indicators.shapes import chart_patterns


def warm() -> None:
    """Run every indicator, pattern and level finder on a few made-up bars.

    Compiles the kernels (some seconds) or loads them from the disk cache (a moment); safe to call again.
    """
    # A run over the catalogue makes hundreds of small arrays. glibc hands their memory back to the system after each
    # run and faults it in again for the next (a fifth of the time), until a large block has been freed once.
    block = np.empty(1_000_000)
    del block
    wave = np.arange(300, dtype=np.float64)
    close = 100.0 + 10.0 * np.sin(wave / 9.0) + wave / 30.0
    bars = pd.DataFrame(
        {"open": close - 0.2, "high": close + 1.0, "low": close - 1.0, "close": close, "volume": 1000.0 + wave},
        index=pd.date_range("2020-01-01", periods=len(wave), tz="UTC"),
    )
    compute_all(bars)
    pattern_arrays(OHLCV.of(bars))
    levels(bars)
    liquidation_zones(bars)
    volume_profile(bars)
    chart_patterns(bars)
