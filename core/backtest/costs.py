"""What trading costs: fees of broker, exchange and state, and the worse price one gets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.backtest.errors import BadRule, between
from core.backtest.layout import (
    FEE_BUY,
    FEE_COLUMNS,
    FEE_MAXIMUM,
    FEE_MAXIMUM_PERCENT,
    FEE_MINIMUM,
    FEE_ORDER,
    FEE_PERCENT,
    FEE_SELL,
    FEE_SELL_FLAT,
    FEE_SHARE,
    FEE_TAX,
    Codes,
)
from core.indicators.numbers import Floats


@dataclass(frozen=True, slots=True)
class Fees:
    """Fees in force from a day on. Percentages are of the traded value, sums in the currency of the prices.

    A fill costs min(max(per_order + per_share * shares + commission, minimum), maximum) of the broker, with
    `tax_percent` on top of it, and `buy_percent` or `sell_percent` and `per_sell` of exchange and state.
    """

    commission_percent: float = 0.0
    per_share: float = 0.0
    per_order: float = 0.0
    minimum: float = 0.0
    maximum: float = math.inf
    maximum_percent: float = math.inf
    tax_percent: float = 0.0
    buy_percent: float = 0.0
    sell_percent: float = 0.0
    per_sell: float = 0.0
    since: date = date.min

    def __post_init__(self) -> None:
        for name in ("commission_percent", "buy_percent", "sell_percent"):
            between(name, getattr(self, name), 0.0, 50.0)
        between("tax_percent", self.tax_percent, 0.0, 100.0)
        for name in ("per_share", "per_order", "minimum", "per_sell", "maximum", "maximum_percent"):
            between(name, getattr(self, name), 0.0, math.inf)

    def row(self) -> Floats:
        """The columns FEE_* of the kernels, as fractions; shape (FEE_COLUMNS,)."""
        out = np.zeros(FEE_COLUMNS)
        out[FEE_PERCENT] = self.commission_percent / 100.0
        out[FEE_SHARE] = self.per_share
        out[FEE_ORDER] = self.per_order
        out[FEE_MINIMUM] = self.minimum
        out[FEE_MAXIMUM] = self.maximum
        out[FEE_MAXIMUM_PERCENT] = self.maximum_percent / 100.0
        out[FEE_TAX] = self.tax_percent / 100.0
        out[FEE_BUY] = self.buy_percent / 100.0
        out[FEE_SELL] = self.sell_percent / 100.0
        out[FEE_SELL_FLAT] = self.per_sell
        return out


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of a run. Without arguments: 0.05 % commission and 0.1 % slippage on each side.

    Attributes:
        commission_percent, per_share, per_order, minimum: the broker's fee a fill, see `Fees`.
        slippage_percent: how much worse than its reference a market or stop fill is. Limits and targets have none.
        impact: volume-share slippage: a fill of share s of the bar's volume is worse by impact * s^2 of the price
            (the quadratic model of Zipline's VolumeShareSlippage; 0.1 is its usual value). 0 turns it off.
        volume_limit_percent: the most of a bar's volume an entry takes; the rest is not bought. 0: no limit.
        schedule: fees by date, oldest first, in place of the four above (Indian presets: `core.backtest.charges`).
        name, source: what the schedule is and where its numbers are from.
    """

    commission_percent: float = 0.05
    slippage_percent: float = 0.1
    per_share: float = 0.0
    per_order: float = 0.0
    minimum: float = 0.0
    impact: float = 0.0
    volume_limit_percent: float = 0.0
    schedule: tuple[Fees, ...] = ()
    name: str = "custom"
    source: str = ""

    def __post_init__(self) -> None:
        between("slippage_percent", self.slippage_percent, 0.0, 50.0)
        between("impact", self.impact, 0.0, 10.0)
        between("volume_limit_percent", self.volume_limit_percent, 0.0, 100.0)
        self._flat()
        days = [one.since for one in self.schedule]
        if days != sorted(set(days)):
            raise BadRule("schedule", days, "its days must rise, one row a day")

    def _flat(self) -> Fees:
        return Fees(self.commission_percent, self.per_share, self.per_order, self.minimum)

    @property
    def rows(self) -> tuple[Fees, ...]:
        """The fees, oldest first; one when they do not change."""
        return self.schedule or (self._flat(),)

    @property
    def linear(self) -> bool:
        """True when a fill costs a fixed share of its value, whatever its size and day."""
        one = self.rows[0]
        flat = one.per_share == one.per_order == one.minimum == one.per_sell == 0.0
        return (
            len(self.rows) == 1 and flat and math.isinf(one.maximum) and self.impact == self.volume_limit_percent == 0
        )

    def table(self) -> Floats:
        """All rows for the kernels, shape (k, FEE_COLUMNS)."""
        return np.array([one.row() for one in self.rows])

    def in_force(self, index: pd.DatetimeIndex) -> Codes:
        """Which row holds on the day of each bar, (n,), the first before its day too; empty when there is one row."""
        if len(self.schedule) <= 1:
            return np.empty(0, dtype=np.uint8)
        days = index.tz_localize(None) if index.tz is not None else index
        starts = pd.DatetimeIndex([pd.Timestamp(max(one.since, date(1900, 1, 1))) for one in self.rows])
        return np.maximum(starts.searchsorted(days, side="right") - 1, 0).astype(np.uint8)


FREE = Costs(commission_percent=0.0, slippage_percent=0.0, name="free")
"""No costs at all: for studies of a signal, and for comparing engines."""
