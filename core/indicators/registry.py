"""The catalogue: all indicators, found by name or alias."""

from __future__ import annotations

from core.indicators import momentum, overlap, sessions, statistics, trend, volatility, volume
from core.indicators.errors import UnknownIndicator
from core.indicators.model import Indicator

_FAMILIES = (overlap, sessions, trend, momentum, volatility, volume, statistics)
_ALL: tuple[Indicator, ...] = tuple(i for family in _FAMILIES for i in family.shelf.indicators)
_BY_NAME: dict[str, Indicator] = {}
for _indicator in _ALL:
    for _name in (_indicator.name, *_indicator.aliases):
        if _name in _BY_NAME:
            raise RuntimeError(f"two indicators are called {_name}")
        _BY_NAME[_name] = _indicator


def catalogue() -> tuple[Indicator, ...]:
    """Every indicator, by family: overlap, trend, momentum, volatility, volume, statistics (cycle among them)."""
    return _ALL


def names() -> tuple[str, ...]:
    """Every name and alias `find` understands."""
    return tuple(_BY_NAME)


def find(name: str) -> Indicator:
    """The indicator of that name or alias, in any case; dashes and spaces count as underscores.

    Raises UnknownIndicator, whose message offers near names.
    """
    if isinstance(name, str):
        key = name.strip().lower().replace("-", "_").replace(" ", "_")
        if key in _BY_NAME:
            return _BY_NAME[key]
    raise UnknownIndicator(name, _BY_NAME)
