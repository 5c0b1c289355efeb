"""Tables whose cells are written in the reader's way and still sort as numbers.

The numbers themselves go to the browser, so columns of amounts are left out while amounts are hidden.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from components import theme
from core import formats
from core.portfolio.returns import Unavailable

Write = Callable[[float], str]


def number(value: Decimal | float | Unavailable | None) -> float:
    """A figure for a column; what is unknown is NaN, which is written as a dash and sorted last."""
    return math.nan if value is None or isinstance(value, Unavailable) else float(value)


def written(frame: pd.DataFrame, ways: Mapping[str, Write], signed: Sequence[str] = ()) -> Any:
    """The frame with its number columns written by `ways`, and the signed ones in the colours of gain and loss."""
    look = theme.active()

    def way(write: Write) -> Callable[[float], str]:
        return lambda value: write(value) if value == value else formats.UNKNOWN  # noqa: PLR0124  NaN

    def colour(value: float) -> str:
        return f"color: {look.up if value > 0 else look.down if value < 0 else look.muted}"

    columns = [name for name in frame.columns if name in ways]
    styled = frame.style.format({name: way(ways[name]) for name in columns})
    return styled.map(colour, subset=[name for name in signed if name in frame.columns])


def percent(value: float) -> str:
    """A fraction with its sign: +1.23%."""
    return formats.percent(value, 2, signed=True)


def share(value: float) -> str:
    """A fraction without a sign: 12.3%."""
    return formats.percent(value, 1)
