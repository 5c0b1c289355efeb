"""Ticks of an axis of money: round steps, written in the reader's way (lakh and crore, or millions)."""

from __future__ import annotations

import math

import numpy as np

from components.figures.drawn import Spec
from components.portfolio.amounts import Amounts

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def money_ticks(low: float, high: float, amounts: Amounts, *, about: int = 5) -> Spec:
    """Tick values and texts from `low` to `high`; percentages while amounts are hidden."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return {}
    rough = (high - low) / about
    scale = 10.0 ** math.floor(math.log10(rough))
    step = scale * next(each for each in _STEPS if each * scale >= rough)
    values = np.arange(math.ceil(low / step) * step, high + step / 2, step)
    texts = [f"{value:g}%" if amounts.private else amounts.compact(float(value)).replace(".00", "") for value in values]
    return {"tickmode": "array", "tickvals": values.tolist(), "ticktext": texts}
