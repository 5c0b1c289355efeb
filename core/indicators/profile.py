"""Volume profile and Heikin-Ashi candles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import price_kernels
from core.indicators.arrays import COLUMNS, OHLCV
from core.indicators.errors import BadBars, BadParameter
from core.indicators.numbers import Floats


@dataclass(frozen=True, slots=True)
class VolumeProfile:
    """How much traded at which price.

    `edges` (bins + 1,) and `volume` (bins,): the volume of a bar is spread evenly over its range. `poc` is the
    middle of the fullest bin; `value_low` to `value_high` hold the share `value_area` of the volume around it.
    `weighted_by` is "time" when no bar had any volume: then every bar counts 1.
    """

    edges: Floats
    volume: Floats
    poc: float
    value_low: float
    value_high: float
    value_area: float
    weighted_by: Literal["volume", "time"]

    @property
    def middles(self) -> Floats:
        """Middle price of each bin, (bins,)."""
        return (self.edges[1:] + self.edges[:-1]) * 0.5


def volume_profile(bars: pd.DataFrame, bins: int = 50, value_area: float = 0.70) -> VolumeProfile:
    """The profile of the bars given (Steidlmayer 1984: point of control and value area).

    The value area grows from the point of control by the fuller neighbour. Bars whose high or low is not
    finite are left out; a volume that is not finite counts as none. Raises BadBars when no bar is left and
    BadParameter for bins outside 2..1000 or a value area outside 0..1.
    """
    if not 2 <= bins <= 1000:
        raise BadParameter("volume_profile", "bins", bins, "it must be a whole number from 2 to 1000")
    if not 0.0 < value_area < 1.0:
        raise BadParameter("volume_profile", "value_area", value_area, "it must lie between 0 and 1")
    data = OHLCV.of(bars, ("high", "low", "volume"))
    usable = np.isfinite(data.high) & np.isfinite(data.low)
    if not usable.any():
        raise BadBars("A volume profile needs at least one bar with a high and a low; choose a longer range.")
    high, low = data.high[usable], data.low[usable]
    volume = np.nan_to_num(data.volume[usable], nan=0.0, posinf=0.0, neginf=0.0)
    volume[volume < 0.0] = 0.0
    by: Literal["volume", "time"] = "volume" if volume.any() else "time"
    if by == "time":
        volume = np.ones(len(high))
    bottom, top = float(low.min()), float(high.max())
    if top <= bottom:  # one single price: a bin around it
        pad = abs(bottom) * 1e-4 or 1e-4
        bottom, top = bottom - pad, top + pad
    edges = np.linspace(bottom, top, bins + 1)
    filled = price_kernels.spread_volume(low, high, volume, bottom, top, bins)
    fullest = int(filled.argmax())
    first, last = _value_area(filled, fullest, value_area)
    return VolumeProfile(
        edges=edges,
        volume=filled,
        poc=float((edges[fullest] + edges[fullest + 1]) * 0.5),
        value_low=float(edges[first]),
        value_high=float(edges[last + 1]),
        value_area=value_area,
        weighted_by=by,
    )


def _value_area(volume: Floats, fullest: int, share: float) -> tuple[int, int]:
    first = last = fullest
    held, wanted = float(volume[fullest]), share * float(volume.sum())
    while held < wanted and (first > 0 or last < len(volume) - 1):
        below = volume[first - 1] if first > 0 else -1.0
        above = volume[last + 1] if last < len(volume) - 1 else -1.0
        if above >= below:
            last += 1
            held += float(above)
        else:
            first -= 1
            held += float(below)
    return first, last


def heikin_ashi(bars: pd.DataFrame) -> pd.DataFrame:
    """Heikin-Ashi candles with the bars' volume: columns open, high, low, close, volume, index as given.

    close is the mean of the four prices, open the middle of the candle before (of the first bar: its own),
    high and low take in both; TA-Lib HA. Rows with a price that is not finite are NaN and skipped over.
    Raises BadBars.
    """
    needed = COLUMNS if "volume" in bars else COLUMNS[:4]
    data = OHLCV.of(bars, needed)
    block = np.full((5, len(data)), np.nan)
    mask = data.valid(COLUMNS[:4])
    rows = data if mask is None else data.rows(mask)
    where = slice(None) if mask is None else mask
    if len(rows):
        for line, values in enumerate(talib.HA(rows.open, rows.high, rows.low, rows.close)):
            block[line, where] = values
    block[4] = data.volume
    return pd.DataFrame(block.T, index=bars.index, columns=list(COLUMNS), copy=False)
