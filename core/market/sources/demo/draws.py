"""Random draws keyed by what they are for, so that a value never depends on what else was asked.

One Philox stream (Salmon et al. 2011, as in NumPy) per seed, name and year. A year always draws for 366 days: a
calendar that gains or loses a session changes that session's bar only.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.int64]

FIRST_YEAR = 2010
DAYS_A_YEAR = 366


def stream(seed: int, *key: str | int) -> np.random.Generator:
    """The generator that belongs to ``seed`` and ``key``; the same in every process and on every machine."""
    text = "\x1f".join(str(part) for part in (seed, *key))
    number = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little")
    return np.random.Generator(np.random.Philox(key=number))


def day_number(year: int, month: int = 1, day: int = 1) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D").astype(np.int64))


def calendar_days(through: int) -> int:
    """How many calendar days lie from 2010-01-01 to the end of ``through``."""
    return day_number(through + 1) - day_number(FIRST_YEAR)


def normals(seed: int, name: str, rows: int, through: int) -> Floats:
    """Standard normal draws, one column a calendar day: shape ``(rows, days from 2010 to the end of through)``."""
    parts = []
    for year in range(FIRST_YEAR, through + 1):
        length = day_number(year + 1) - day_number(year)
        parts.append(stream(seed, name, "normal", year).standard_normal((rows, DAYS_A_YEAR))[:, :length])
    return np.concatenate(parts, axis=1)


def fat_tails(seed: int, name: str, through: int, degrees: float = 5.0) -> Floats:
    """Student-t draws of unit variance, one a calendar day from 2010 to the end of ``through``."""
    scale = np.sqrt((degrees - 2.0) / degrees)
    parts = []
    for year in range(FIRST_YEAR, through + 1):
        length = day_number(year + 1) - day_number(year)
        parts.append(stream(seed, name, "tail", year).standard_t(degrees, DAYS_A_YEAR)[:length] * scale)
    return np.concatenate(parts)


def decaying_sum(inputs: Floats, keep: float) -> Floats:
    """``y[t] = keep * y[t-1] + inputs[t]``, strictly in order, so that a longer input never changes a bit before it."""
    values: Iterable[float] = accumulate(inputs.tolist(), lambda carried, new: keep * carried + new)
    return np.fromiter(values, np.float64, inputs.size)
