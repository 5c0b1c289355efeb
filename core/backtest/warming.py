"""Compile or load every kernel once, so that the first backtest of the day does not wait."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.backtest.overfitting import overfitting
from core.backtest.run import run
from core.backtest.strategies import strategies
from core.backtest.sweep import sweep
from core.backtest.tape import Tape


def warm() -> None:
    """Run the library and the sweeps on a few made-up bars; half a minute cold, a moment from the disk cache."""
    wave = np.arange(200, dtype=np.float64)
    close = 100.0 + 10.0 * np.sin(wave / 9.0) + wave / 30.0
    bars = pd.DataFrame(
        {"open": close - 0.2, "high": close + 1.0, "low": close - 1.0, "close": close, "volume": 1000.0 + wave},
        index=pd.date_range("2020-01-01", periods=len(wave), freq="8h", tz="UTC"),
    )
    tape = Tape.of(bars)
    for one in strategies():
        assert len(run(tape, one).metrics)
    daily = Tape.of(bars.set_axis(pd.date_range("2020-01-01", periods=len(wave), tz="UTC"), axis=0))
    sweep(daily, "sma_cross", {"fast": [5], "slow": [20]})
    sweep(daily, "rsi_reversal", {"length": [5]})
    sweep(daily, "sma_cross", {"max_bars": [5]})
    overfitting(np.stack([np.sin(wave), np.cos(wave)], axis=1), blocks=4)
