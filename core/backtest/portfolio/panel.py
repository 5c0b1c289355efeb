"""Bars of a universe on one time axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.backtest.errors import NothingToTest, TooMuch
from core.backtest.run import AnyBars, tape_of
from core.indicators.numbers import Floats

MOST_CELLS = 50_000_000


@dataclass(frozen=True, eq=False)
class Panel:
    """k instruments over n bars: the union of their times, oldest first.

    `open` and `close` are float64 (n, k), NaN where an instrument has no usable bar: nothing is traded there, and it is
    valued at its last close. `index` (n,) are the times.
    """

    symbols: tuple[str, ...]
    index: pd.DatetimeIndex
    open: Floats = field(repr=False)
    close: Floats = field(repr=False)

    @classmethod
    def of(cls, universe: Mapping[str, AnyBars]) -> Panel:
        """From bars by symbol, of one time zone and interval. Raises NothingToTest, TooMuch, BadBars."""
        if not universe:
            raise NothingToTest("The universe is empty; give bars of at least one instrument.")
        tapes = {symbol: tape_of(bars)[0] for symbol, bars in universe.items()}
        index = next(iter(tapes.values())).index
        for tape in tapes.values():
            index = index.union(tape.index)
        index = pd.DatetimeIndex(index)
        n, k = len(index), len(tapes)
        if n * k > MOST_CELLS:
            raise TooMuch(f"{k:,} instruments over {n:,} bars are too many at once; use fewer or longer bars.")
        opens, closes = np.full((n, k), np.nan), np.full((n, k), np.nan)
        for j, tape in enumerate(tapes.values()):
            at = index.get_indexer(tape.index)
            good = np.isfinite(tape.open) & np.isfinite(tape.close) & (tape.open > 0.0) & (tape.close > 0.0)
            opens[at[good], j], closes[at[good], j] = tape.open[good], tape.close[good]
        return cls(tuple(tapes), index, opens, closes)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def known(self) -> Floats:
        """Each instrument's last close up to each bar, (n, k); NaN before its first."""
        return pd.DataFrame(self.close).ffill().to_numpy(dtype=np.float64)

    def cut(self, n: int) -> Panel:
        """The first n bars."""
        return Panel(self.symbols, self.index[:n], self.open[:n], self.close[:n])
