"""The grid of a sweep: each parameter's checked values, and every combination of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from core.backtest.errors import BadRule, TooMuch
from core.backtest.stops import Stops
from core.backtest.strategy import Strategy
from core.backtest.sweep_kernels import Indices
from core.indicators.errors import BadParameter

MOST = 2_000_000
"""Combinations that one sweep runs at most."""
STOPS = {one.name for one in fields(Stops)} - {"targets", "target_unit"}
"""What of the stops can be swept."""


@dataclass(frozen=True)
class Space:
    """A grid: each parameter's checked values, and which combinations cannot be."""

    strategy: Strategy
    values: dict[str, list[Any]]
    size: int
    _kept: dict[tuple[str, ...], tuple[list[dict[str, Any]], Indices]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, strategy: Strategy, grid: Mapping[str, Iterable[object] | object]) -> Space:
        """Raises BadParameter, BadRule or TooMuch."""
        if not grid:
            raise BadRule("grid", grid, "it must name at least one parameter and its values")
        size, given = 1, {}
        for name, some in grid.items():
            listed = isinstance(some, Iterable) and not isinstance(some, str)
            count = len(some) if isinstance(some, Sequence | range | np.ndarray) else None
            if count is not None and size * max(count, 1) > MOST:  # before a range of a billion is made a list
                raise TooMuch(size_text(math.prod(_length(one) for one in grid.values()), 1))
            given[name] = list(some) if listed else [some]  # type: ignore[arg-type]
            if not given[name]:
                raise BadRule(f"grid: {name}", "nothing", "give at least one value")
            size *= len(given[name])
        if size > MOST:
            raise TooMuch(size_text(size, 1))
        return cls(
            strategy, {name: [_clean(strategy, name, one) for one in some] for name, some in given.items()}, size
        )

    def index(self, name: str) -> Indices:
        """For each combination, which of the parameter's values it has; shape (size,)."""
        names = list(self.values)
        at = names.index(name)
        inner = math.prod(len(self.values[one]) for one in names[at + 1 :])
        outer = math.prod(len(self.values[one]) for one in names[:at])
        return np.tile(np.repeat(np.arange(len(self.values[name])), inner), outer)

    def columns(self) -> dict[str, np.ndarray]:
        """Each parameter's value by combination."""
        return {name: np.asarray(some)[self.index(name)] for name, some in self.values.items()}

    def possible(self) -> np.ndarray:
        """False where fast is not below slow; shape (size,)."""
        have = {**self.strategy.values}
        out = np.ones(self.size, dtype=bool)
        if "fast" not in have or "slow" not in have or not {"fast", "slow"} & set(self.values):
            return out
        fast, slow = (
            np.asarray(self.values[name])[self.index(name)] if name in self.values else have[name]
            for name in ("fast", "slow")
        )
        return np.asarray((fast < slow) & out)

    def stop_names(self) -> list[str]:
        """Parameters of the grid that belong to the stops."""
        own = {one.name for one in self.strategy.params}
        return [name for name in self.values if name not in own]

    def by(self, names: Sequence[str]) -> tuple[list[dict[str, Any]], Indices]:
        """The distinct combinations of some parameters, the rest of the strategy's left out, and which one each
        combination of the whole grid has."""
        if tuple(names) in self._kept:
            return self._kept[tuple(names)]
        inside = [name for name in names if name in self.values]
        code = np.zeros(self.size, dtype=np.int64)
        for name in inside:
            code = code * len(self.values[name]) + self.index(name)
        fixed = {name: self.strategy.values[name] for name in names if name not in self.values}
        total = math.prod(len(self.values[name]) for name in inside)
        out = []
        for k in range(total):
            rest, one = k, dict(fixed)
            for name in reversed(inside):
                rest, at = divmod(rest, len(self.values[name]))
                one[name] = self.values[name][at]
            out.append(one)
        self._kept[tuple(names)] = out, code
        return out, code


def _length(some: object) -> int:
    return len(some) if isinstance(some, Sequence | range | np.ndarray) and not isinstance(some, str) else 1


def _clean(strategy: Strategy, name: str, value: object) -> Any:
    plain = value.item() if isinstance(value, np.generic) else value
    if any(one.name == name for one in strategy.params):
        return strategy.param(name).clean(strategy.name, plain)
    if name in STOPS:
        getattr(Stops(**{name: plain}), name)  # type: ignore[arg-type]  # refuses what cannot be
        return plain
    have = ", ".join([*(one.name for one in strategy.params), *sorted(STOPS)])
    raise BadParameter(strategy.name, name, plain, f"a sweep takes {have}")


def size_text(size: int, assets: int) -> str:
    of = f" on {assets} instruments" if assets > 1 else ""
    return (
        f"The grid has {size:,} combinations{of}; at most {MOST:,} are run in one sweep. Use wider steps, fewer "
        "parameters, or a search that samples."
    )
