"""Candle patterns: by TA-Lib, named and explained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators.arrays import OHLCV
from core.indicators.candle_table import PATTERNS, CandlePattern, Direction
from core.indicators.errors import UnknownIndicator

PRICES = ("open", "high", "low", "close")
_BY_NAME = {key: p for p in PATTERNS for key in (p.name, p.code.lower(), p.code[3:].lower())}


@dataclass(frozen=True, slots=True)
class PatternHit:
    """A candle pattern at one bar.

    `index` is the row of its last candle, by which it is complete and known; `first` the row of its first.
    `strength` is 0..100, as TA-Lib grades it (most patterns know only 100).
    """

    name: str
    label: str
    index: int
    first: int
    time: pd.Timestamp
    direction: Direction
    strength: int
    bars: int
    kind: str
    description: str


def candle_patterns() -> tuple[CandlePattern, ...]:
    """All 61 patterns."""
    return PATTERNS


def find_pattern(name: str) -> CandlePattern:
    """The pattern of that name; TA-Lib's names (`CDLDOJI`) are understood. Raises UnknownIndicator."""
    key = str(name).strip().lower().replace("-", "_").replace(" ", "_")
    if key not in _BY_NAME:
        raise UnknownIndicator(name, (p.name for p in PATTERNS))
    return _BY_NAME[key]


def pattern_arrays(bars: OHLCV, chosen: Iterable[CandlePattern] = PATTERNS) -> dict[str, npt.NDArray[np.int32]]:
    """name -> int32 (n,) values from -100 to 100; 0 is no pattern, and rows that are not finite have none."""
    n = len(bars)
    mask = bars.valid(PRICES)
    if mask is not None:
        bars = bars.rows(mask)
    prices = (bars.open, bars.high, bars.low, bars.close)
    out: dict[str, npt.NDArray[np.int32]] = {}
    for pattern in chosen:
        values = getattr(talib, pattern.code)(*prices)
        if pattern.code.startswith("CDLHIKKAKE"):
            # TA-Lib says 200 when the breakout's failure is confirmed; the scale here ends at 100.
            np.clip(values, -100, 100, out=values)
        if mask is not None:
            whole = np.zeros(n, dtype=np.int32)
            whole[mask] = values
            values = whole
        out[pattern.name] = values
    return out


def patterns(bars: pd.DataFrame, names: Iterable[str] | None = None) -> pd.DataFrame:
    """Candle patterns over bars: one int16 column a pattern, -100..100, index as given; all when no names.

    Raises UnknownIndicator for a name and BadBars for bars that cannot be used.
    """
    chosen = PATTERNS if names is None else tuple(find_pattern(name) for name in names)
    arrays = pattern_arrays(OHLCV.of(bars, PRICES), chosen)
    block = np.zeros((len(arrays), len(bars)), dtype=np.int16)
    for row, values in enumerate(arrays.values()):
        block[row] = values
    return pd.DataFrame(block.T, index=bars.index, columns=list(arrays), copy=False)


def patterns_found(bars: pd.DataFrame, names: Iterable[str] | None = None, last: int | None = None) -> list[PatternHit]:
    """The hits among bars, newest first; only those of the `last` bars when given.

    A bar without any range (a frozen or untraded price) completes no pattern here, although TA-Lib would call
    it a doji. Raises as `patterns` does.
    """
    chosen = PATTERNS if names is None else tuple(find_pattern(name) for name in names)
    data = OHLCV.of(bars, PRICES)
    arrays = pattern_arrays(data, chosen)
    moved = data.high > data.low
    floor = 0 if last is None else max(0, len(bars) - last)
    hits = [
        _hit(pattern, bars.index, int(row), int(arrays[pattern.name][row]))
        for pattern in chosen
        for row in np.flatnonzero((arrays[pattern.name] != 0) & moved)
        if row >= floor
    ]
    return sorted(hits, key=lambda hit: (-hit.index, hit.name))


def _hit(pattern: CandlePattern, index: pd.Index, row: int, value: int) -> PatternHit:
    direction: Direction = pattern.lean or ("bullish" if value > 0 else "bearish")
    meaning = {
        "indecision": "indecision",
        "reversal": f"read as a {direction} reversal",
        "continuation": f"read as a {direction} continuation",
    }[pattern.kind]
    return PatternHit(
        name=pattern.name,
        label=pattern.label,
        index=row,
        first=max(0, row - pattern.bars + 1),
        time=index[row],
        direction=direction,
        strength=abs(value),
        bars=pattern.bars,
        kind=pattern.kind,
        description=f"{pattern.label}: {pattern.looks}; {meaning}.",
    )
