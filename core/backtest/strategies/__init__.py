"""The library: strategies with their idea, reference and parameters, found by name."""

from __future__ import annotations

from core.backtest.errors import UnknownStrategy
from core.backtest.strategies import calendar, crosses, reversions, trends
from core.backtest.strategy import Strategy

_ALL: tuple[Strategy, ...] = tuple(
    one for module in (crosses, trends, reversions, calendar) for one in module.library.strategies
)
_BY_NAME = {one.name: one for one in _ALL}
if len(_BY_NAME) != len(_ALL):
    raise RuntimeError("two strategies share a name")


def strategies() -> tuple[Strategy, ...]:
    """Every strategy: trend, reversion, calendar."""
    return _ALL


def find(name: str) -> Strategy:
    """The strategy of that name, in any case; dashes and spaces count as underscores. Raises UnknownStrategy."""
    key = str(name).strip().lower().replace("-", "_").replace(" ", "_")
    if key not in _BY_NAME:
        raise UnknownStrategy(name, _BY_NAME)
    return _BY_NAME[key]


__all__ = ["find", "strategies"]
