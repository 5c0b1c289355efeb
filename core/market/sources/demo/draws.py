"""Random draws keyed by what they are for, so that a value never depends on what else was asked.

One Philox stream (Salmon et al. 2011, as in NumPy) per seed, name and block of years. A block always draws for every
calendar day in it, so neither the span asked nor a session more or less moves a draw to another day.
"""

from __future__ import annotations

from datetime import date
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.int64]

FIRST_YEAR = 2010
_EPOCH = date(1970, 1, 1).toordinal()
BLOCK_YEARS = 8
LAST_YEAR = 2090
YEARS = LAST_YEAR - FIRST_YEAR + 2


def stream(seed: int, *key: str | int) -> np.random.Generator:
    """The generator that belongs to ``seed`` and ``key``; the same in every process and on every machine."""
    text = "\x1f".join(str(part) for part in (seed, *key))
    number = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=number))


def day_number(year: int, month: int = 1, day: int = 1) -> int:
    """Days since 1970-01-01."""
    return date(year, month, day).toordinal() - _EPOCH


def calendar_days(through: int) -> int:
    """How many calendar days lie from 2010-01-01 to the end of ``through``."""
    return day_number(through + 1) - day_number(FIRST_YEAR)


def normals(seed: int, name: str, rows: int, through: int) -> Floats:
    """Standard normal draws, one column a calendar day: shape ``(rows, days from 2010 to the end of through)``."""
    parts = [stream(seed, name, "normal", first).standard_normal((rows, days)) for first, days in _blocks(through)]
    return np.concatenate(parts, axis=1)[:, : calendar_days(through)]


def fat_tails(seed: int, name: str, through: int, degrees: float = 5.0) -> Floats:
    """Student-t draws of unit variance, one a calendar day from 2010 to the end of ``through``."""
    scale = np.sqrt((degrees - 2.0) / degrees)
    parts = [stream(seed, name, "tail", first).standard_t(degrees, days) * scale for first, days in _blocks(through)]
    return np.concatenate(parts)[: calendar_days(through)]


def _blocks(through: int) -> list[tuple[int, int]]:
    """First year and number of days of every block of years up to the one that holds ``through``."""
    firsts = range(FIRST_YEAR, through + 1, BLOCK_YEARS)
    return [(first, day_number(first + BLOCK_YEARS) - day_number(first)) for first in firsts]


def decaying_sum(inputs: Floats, keep: float) -> Floats:
    """``y[t] = keep * y[t-1] + inputs[t]``, such that a longer input never changes a bit of what was before.

    Runs of 64 days are summed side by side, then each gets what the runs before it carry over.
    """
    width = 64
    runs = -(-inputs.size // width)
    padded = np.zeros(runs * width)
    padded[: inputs.size] = inputs
    sums = padded.reshape(runs, width).T.copy()
    for step in range(1, width):
        sums[step] += keep * sums[step - 1]
    fade = keep**width
    carried, total = np.zeros(runs), 0.0
    for run, last in enumerate(sums[-1].tolist()):
        carried[run] = total
        total = fade * total + last
    sums += keep ** np.arange(1.0, width + 1.0)[:, None] * carried
    return np.ascontiguousarray(sums.T).ravel()[: inputs.size]
