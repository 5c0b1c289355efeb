"""Moments at which lines cross or thresholds are passed, for signal functions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.backtest.signals import cross_codes
from core.indicators.numbers import Floats

Flags = npt.NDArray[np.bool_]


def rose_above(line: Floats, other: Floats) -> Flags:
    """True at the closes where `line` comes to be above `other`, having been below."""
    return np.asarray(cross_codes(line, other, False) == 1)


def fell_below(line: Floats, other: Floats) -> Flags:
    """True at the closes where `line` comes to be below `other`, having been above."""
    return np.asarray(cross_codes(line, other, False) == 2)
