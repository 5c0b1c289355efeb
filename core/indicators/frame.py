"""The DataFrame face: `compute`, `compute_many` and, for whole catalogues, `compute_all`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from core.indicators.arrays import OHLCV, compute_arrays, compute_quietly
from core.indicators.numbers import Arrays
from core.indicators.registry import catalogue, find


@dataclass(frozen=True)
class Spec:
    """One indicator to compute: its name and the parameters that differ from the defaults."""

    name: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`sma(length=50)`, or the bare name without parameters."""
        if not self.params:
            return self.name
        return f"{self.name}({', '.join(f'{k}={v}' for k, v in self.params.items())})"


def compute(name: str, bars: pd.DataFrame, **params: object) -> pd.DataFrame:
    """One indicator over bars.

    `bars`: columns open, high, low, close, volume and a sorted DatetimeIndex without repeats; only the columns
    the indicator uses need be there. The result has the same index, the indicator's columns with the main
    line first, float64, NaN in the warm-up and in rows whose inputs are not finite, and never infinity.

    Raises UnknownIndicator, BadParameter or BadBars.
    """
    indicator = find(name)
    cleaned = indicator.clean(params)
    arrays = compute_arrays(indicator, OHLCV.of(bars, indicator.inputs), cleaned)
    return framed(arrays, bars.index, indicator.column_names)


def framed(arrays: Arrays, index: pd.Index, columns: tuple[str, ...]) -> pd.DataFrame:
    """A frame over arrays of one length."""
    block = np.empty((len(columns), len(index)))
    for row, array in enumerate(arrays):
        block[row] = array
    return pd.DataFrame(block.T, index=index, columns=_labels(columns), copy=False)


@lru_cache(maxsize=1024)
def _labels(columns: tuple[str, ...]) -> pd.Index:
    return pd.Index(columns)


def compute_many(
    bars: pd.DataFrame, specs: Iterable[str | Spec | tuple[str, Mapping[str, object]]]
) -> dict[str, pd.DataFrame]:
    """Several indicators over the same bars, each frame under its `Spec.key`, in the order asked.

    The bars are checked and copied once. Raises as `compute` does.
    """
    wanted = [_spec(item) for item in specs]
    chosen = [(spec, find(spec.name)) for spec in wanted]
    needed = tuple({name for _, indicator in chosen for name in indicator.inputs})
    data = OHLCV.of(bars, needed)
    return {
        spec.key: framed(
            compute_arrays(indicator, data, indicator.clean(spec.params)), bars.index, indicator.column_names
        )
        for spec, indicator in chosen
    }


def _spec(item: str | Spec | tuple[str, Mapping[str, object]]) -> Spec:
    if isinstance(item, Spec):
        return item
    return Spec(item) if isinstance(item, str) else Spec(item[0], dict(item[1]))


def compute_all(bars: pd.DataFrame | OHLCV) -> dict[str, Arrays]:
    """The whole catalogue with default parameters: name -> one float64 array (n,) a column.

    Raises BadBars.
    """
    data = bars if isinstance(bars, OHLCV) else OHLCV.of(bars)
    with np.errstate(all="ignore"):
        return {i.name: compute_quietly(i, data, i.defaults) for i in catalogue()}
