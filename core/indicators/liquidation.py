"""Where leveraged positions would be liquidated: an estimate, for markets that trade on margin (crypto).

Nobody publishes the book of open positions. The estimate supposes that every bar's volume opened positions at
its typical price, in the given leverages by equal shares, half long and half short, on isolated margin, and
that a position stays open until the price reaches its liquidation:

    long:  entry * (1 - 1 / leverage) / (1 - maintenance)
    short: entry * (1 + 1 / leverage) / (1 + maintenance)

which is where the loss has eaten the margin down to `maintenance` times the position's value. Those already
reached by a later low or high are gone; old volume fades with a half-life, since positions get closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.indicators import price_kernels
from core.indicators.arrays import OHLCV
from core.indicators.errors import BadParameter
from core.indicators.price_levels import AsOf, cut

NOTE = (
    "An estimate: it supposes positions opened at each bar's typical price in proportion to its volume, equally "
    "over the leverages, and still open. Real positions are not public."
)


@dataclass(frozen=True, slots=True)
class LiquidationZone:
    """A band of prices where positions of one side and leverage would be liquidated.

    `price` is the volume-weighted middle, `entry` the same of the entries. `intensity` is 0..100, relative to
    the strongest zone; `share` is the part of all estimated open volume, 0..1.
    """

    side: Literal["long", "short"]
    leverage: float
    price: float
    low: float
    high: float
    entry: float
    intensity: float
    share: float


def liquidation_price(entry: float, leverage: float, side: Literal["long", "short"], maintenance: float) -> float:
    """Price at which an isolated position's margin falls to `maintenance` times its value."""
    if side == "long":
        return entry * (1.0 - 1.0 / leverage) / (1.0 - maintenance)
    return entry * (1.0 + 1.0 / leverage) / (1.0 + maintenance)


def liquidation_zones(
    bars: pd.DataFrame,
    leverages: tuple[float, ...] = (5, 10, 25, 50, 100),
    *,
    maintenance: float = 0.005,
    lookback: int = 180,
    half_life: float = 60.0,
    step: float = 0.005,
    limit: int = 30,
    as_of: AsOf = None,
) -> list[LiquidationZone]:
    """Estimated zones as of the last bar (of those up to `as_of`), strongest first; see the module for the formula.

    `maintenance` is the margin rate, `lookback` and `half_life` count bars, `step` is the width of a price bin
    as a share of the last close. Empty when there is no bar with volume. Raises BadBars, and BadParameter for a
    leverage that is not above 1 (or whose margin is below the maintenance margin) and for ranges.
    """
    if not 0.0 <= maintenance < 0.5:
        raise BadParameter("liquidation_zones", "maintenance", maintenance, "it must lie from 0 to 0.5")
    for leverage in leverages:
        if not leverage > 1.0 or 1.0 / leverage <= maintenance:
            raise BadParameter(
                "liquidation_zones", "leverages", leverage,
                f"each must be above 1 and below {1.0 / maintenance if maintenance else float('inf'):g}",
            )  # fmt: skip
    if lookback < 2 or half_life <= 0.0 or not 0.0 < step < 0.5 or limit < 1:
        raise BadParameter(
            "liquidation_zones", "lookback, half_life, step, limit", (lookback, half_life, step, limit),
            "lookback must be at least 2, half_life above 0, step between 0 and 0.5, limit at least 1",
        )  # fmt: skip
    needed = ("high", "low", "close", "volume")
    data = OHLCV.of(cut(bars, as_of), needed)
    mask = data.valid(needed)
    if mask is not None:
        data = data.rows(mask)
    high, low, close = data.high[-lookback:], data.low[-lookback:], data.close[-lookback:]
    volume = np.maximum(data.volume[-lookback:], 0.0)
    entry = data.typical[-lookback:]
    n = len(close)
    if n == 0 or not volume.any() or close[-1] <= 0.0:
        return []
    weight = volume * 0.5 ** (np.arange(n - 1, -1, -1) / half_life)
    # Lowest low and highest high after each bar: what has happened to a position opened there.
    low_after, high_after = price_kernels.extremes_after(high, low)
    bin_width = step * float(close[-1])
    zones: list[LiquidationZone] = []
    total = 0.0
    sides: tuple[Literal["long", "short"], ...] = ("long", "short")
    for leverage in leverages:
        for side in sides:
            factor = liquidation_price(1.0, leverage, side, maintenance)
            price = entry * factor
            alive = (low_after > price) if side == "long" else (high_after < price)
            alive &= weight > 0.0
            total += float(weight[alive].sum())
            bins = np.floor(price[alive] / bin_width).astype(np.int64)
            for number in np.unique(bins):
                inside = bins == number
                w, p = weight[alive][inside], price[alive][inside]
                amount = float(w.sum())
                middle = float((w * p).sum() / amount)
                zones.append(
                    LiquidationZone(
                        side,
                        float(leverage),
                        middle,
                        min(middle, float(number * bin_width)),
                        max(middle, float((number + 1) * bin_width)),
                        middle / factor,
                        amount,
                        amount,
                    )
                )
    if not zones:
        return []
    strongest = max(zone.intensity for zone in zones)
    scaled = [
        LiquidationZone(
            z.side, z.leverage, z.price, z.low, z.high, z.entry, 100.0 * z.intensity / strongest, z.share / total
        )
        for z in zones
    ]
    scaled.sort(key=lambda z: (-z.intensity, z.price))
    return scaled[:limit]
