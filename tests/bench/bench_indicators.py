"""The whole catalogue and all candle patterns on 50 instruments x 2,520 bars, against `ta.add_all_ta_features`.

The baseline is measured on a few of the instruments, between rounds of ours, and scaled to 50. Both run on one thread
and are measured in CPU seconds, which are wall seconds on a machine with nothing else to do.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
import pandas as pd
import ta

from core.indicators import OHLCV, catalogue, compute_all, pattern_arrays, warm

INSTRUMENTS, BARS, BASELINE = 50, 2520, 3
TARGET_SECONDS, TARGET_RATIO = 0.6, 25.0


def _bars(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.015, BARS)))
    open_ = np.r_[close[:1], close[:-1]] * np.exp(rng.normal(0.0, 0.004, BARS))
    high = np.maximum(open_, close) * (1.0 + np.abs(rng.normal(0.0, 0.005, BARS)))
    low = np.minimum(open_, close) * (1.0 - np.abs(rng.normal(0.0, 0.005, BARS)))
    volume = np.round(rng.lognormal(13.0, 0.5, BARS))
    return pd.DataFrame(
        {"open": open_, "high": high, "low": low, "close": close, "volume": volume},
        index=pd.bdate_range("2016-01-01", periods=BARS, tz="UTC"),
    )


def _ours(market: list[pd.DataFrame]) -> float:
    started = time.process_time()
    for bars in market:
        data = OHLCV.of(bars)
        compute_all(data)
        pattern_arrays(data)
    return time.process_time() - started


def _baseline(bars: pd.DataFrame) -> float:
    copy = bars.reset_index(drop=True)
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own divisions by zero and frame fragmentation
        ta.add_all_ta_features(copy, "open", "high", "low", "close", "volume")
    return time.process_time() - started


def main() -> None:
    """Print the line `make bench` shows."""
    market = [_bars(seed) for seed in range(INSTRUMENTS)]
    started = time.process_time()
    warm()
    warmed = time.process_time() - started
    _baseline(market[0])  # imports and first-use costs are nobody's
    ours, theirs = [], []
    for k in range(BASELINE):
        ours.append(_ours(market))
        theirs.append(_baseline(market[k + 1]) * INSTRUMENTS)
        ours.append(_ours(market))
    best, base = min(ours), min(theirs)
    ratio = base / best
    verdict = "ok" if best <= TARGET_SECONDS and ratio >= TARGET_RATIO else "MISSED"
    print(
        f"catalogue+patterns {INSTRUMENTS}x{BARS} ({len(catalogue())} indicators, 61 patterns): {best:.2f} s of CPU, "
        f"baseline ta.add_all_ta_features: {base:.1f} s (scaled from {BASELINE}), ratio {ratio:.0f}x, "
        f"target <= {TARGET_SECONDS} s and >= {TARGET_RATIO:.0f}x: {verdict}"
    )
    print(f"warm-up of kernels and TA-Lib: {warmed:.2f} s")


if __name__ == "__main__":
    main()
