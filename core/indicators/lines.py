"""Building blocks the families share: safe division, averages with their seeds, lags."""

from __future__ import annotations

import numpy as np
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import kernels
from core.indicators.numbers import Floats, Mask


def ratio(top: Floats, bottom: Floats, nothing: float = np.nan) -> Floats:
    """top / bottom; `nothing` where the bottom is 0, NaN where either is NaN."""
    return kernels.ratio(top, bottom, nothing)


def lag(x: Floats, bars: int) -> Floats:
    """x moved `bars` rows later; NaN in the rows before."""
    out = np.full(len(x), np.nan)
    if bars == 0:
        out[:] = x
    elif bars < len(x):
        out[bars:] = x[:-bars]
    return out


def sma(x: Floats, length: int) -> Floats:
    """Simple mean; TA-Lib SMA."""
    return talib.SMA(x, length)


def ema(x: Floats, length: int) -> Floats:
    """Exponential mean, seeded with the simple mean of the first `length` values; TA-Lib EMA."""
    return talib.EMA(x, length)


def rma(x: Floats, length: int) -> Floats:
    """Wilder's mean (alpha = 1 / length), seeded with the simple mean; TA-Lib RMA."""
    return talib.RMA(x, length)


def wma(x: Floats, length: int) -> Floats:
    """Linearly weighted mean; TA-Lib WMA."""
    return talib.WMA(x, length)


def highest(x: Floats, length: int) -> Floats:
    """Rolling maximum; TA-Lib MAX."""
    return x.copy() if length == 1 else talib.MAX(x, length)


def lowest(x: Floats, length: int) -> Floats:
    """Rolling minimum; TA-Lib MIN."""
    return x.copy() if length == 1 else talib.MIN(x, length)


def total(x: Floats, length: int) -> Floats:
    """Rolling sum without the residue a running sum keeps of values that left the window."""
    return kernels.window_sum(x, length)


def deviation(x: Floats, length: int) -> Floats:
    """Rolling population standard deviation; TA-Lib STDDEV."""
    return talib.STDDEV(x, length, 1.0)


def filled(x: Floats, warmup: int, value: float = 0.0) -> Floats:
    """x with NaN after the first `warmup` rows replaced: a bar where the quantity is undefined but harmless."""
    out = x.copy()
    tail = out[warmup:]
    tail[np.isnan(tail)] = value
    return out


def blank(x: Floats, mask: Mask | None) -> Floats:
    """x with NaN where `mask` is true (in place)."""
    if mask is not None:
        x[mask] = np.nan
    return x


def motionless(high: Floats, low: Floats, length: int) -> Mask | None:
    """Rows whose last `length` bars span no range; None when every bar has one."""
    if (high > low).all():
        return None
    mask: Mask = highest(high, length) <= lowest(low, length)
    return mask


def until_first_change(x: Floats, out: Floats) -> Floats:
    """`out` with NaN up to the first row in which x differs from the start: nothing has moved, so no gain
    stands against no loss and an oscillator of the two is not defined there (in place)."""
    if len(x) > 1 and x[1] == x[0]:
        moved = x != x[0]
        out[: int(moved.argmax()) if moved.any() else len(x)] = np.nan
    return out


def idle(x: Floats, length: int) -> Mask | None:
    """Rows whose last `length` values of x (0 or more) are all 0; None when no value is."""
    if not (x == 0.0).any():
        return None
    mask: Mask = highest(x, length) == 0.0
    return mask
