"""Compiled arithmetic of one fill: what it costs, how much a budget buys, at which price an order is done.

`side` is +1 for buying and -1 for selling. `fees` has the columns FEE_* of `core.backtest.layout`; row `k` is in force.
"""

from __future__ import annotations

import math

from core.backtest.layout import (
    FEE_BUY,
    FEE_MAXIMUM,
    FEE_MAXIMUM_PERCENT,
    FEE_MINIMUM,
    FEE_ORDER,
    FEE_PERCENT,
    FEE_SELL,
    FEE_SELL_FLAT,
    FEE_SHARE,
    FEE_TAX,
    Entry,
    Reason,
)
from core.indicators.kernels import kernel
from core.indicators.numbers import Floats

MARKET, LIMIT, STOP, STOP_LIMIT = int(Entry.MARKET), int(Entry.LIMIT), int(Entry.STOP), int(Entry.STOP_LIMIT)
R_STOP, R_TRAILING, R_MARGIN = int(Reason.STOP), int(Reason.TRAILING), int(Reason.MARGIN)

NOT_FILLED, AT_OPEN, BY_LIMIT, BY_STOP = -1, 0, 1, 2


@kernel
def fee(fees: Floats, k: int, quantity: float, price: float, side: int) -> float:
    """What a fill of `quantity` shares at `price` costs beyond the price."""
    if quantity <= 0.0:
        return 0.0
    value = quantity * price
    broker = fees[k, FEE_ORDER] + fees[k, FEE_SHARE] * quantity + fees[k, FEE_PERCENT] * value
    broker = max(broker, fees[k, FEE_MINIMUM])
    broker = min(broker, fees[k, FEE_MAXIMUM], fees[k, FEE_MAXIMUM_PERCENT] * value)
    state = fees[k, FEE_BUY] * value if side > 0 else fees[k, FEE_SELL] * value + fees[k, FEE_SELL_FLAT]
    return float(broker * (1.0 + fees[k, FEE_TAX]) + state)


@kernel
def affordable(fees: Floats, k: int, price: float, budget: float, side: int) -> float:
    """The most shares whose value and fee fit into `budget`; 0 when none do."""
    gross = 1.0 + fees[k, FEE_TAX]
    linear = fees[k, FEE_BUY] if side > 0 else fees[k, FEE_SELL]
    left = budget if side > 0 else budget - fees[k, FEE_SELL_FLAT]
    if left <= 0.0 or price <= 0.0:
        return 0.0
    # The fee is piecewise linear in the quantity: solve the middle piece, then the piece the answer lies on.
    q = (left - gross * fees[k, FEE_ORDER]) / (
        price * (1.0 + linear + gross * fees[k, FEE_PERCENT]) + gross * fees[k, FEE_SHARE]
    )
    q = max(q, 0.0)
    broker = fees[k, FEE_ORDER] + fees[k, FEE_SHARE] * q + fees[k, FEE_PERCENT] * q * price
    if broker < fees[k, FEE_MINIMUM]:
        q = (left - gross * fees[k, FEE_MINIMUM]) / (price * (1.0 + linear))
        broker = fees[k, FEE_MINIMUM]
    if broker > fees[k, FEE_MAXIMUM]:
        q = (left - gross * fees[k, FEE_MAXIMUM]) / (price * (1.0 + linear))
    if broker > fees[k, FEE_MAXIMUM_PERCENT] * max(q, 0.0) * price:
        q = max(q, left / (price * (1.0 + linear + gross * fees[k, FEE_MAXIMUM_PERCENT])))
    q = max(q, 0.0)
    # Two bounds at once (a minimum beyond the maximum share) may put the answer on a piece not tried: close in on it.
    if q * price + fee(fees, k, q, price, side) > budget * (1.0 + 1e-12):
        low, high = 0.0, q
        for _ in range(80):
            middle = 0.5 * (low + high)
            if middle * price + fee(fees, k, middle, price, side) > budget:
                high = middle
            else:
                low = middle
        q = low
    return float(q)


@kernel
def whole_lots(quantity: float, lot: float) -> float:
    """`quantity` rounded down to a multiple of `lot`; as it is when `lot` is 0."""
    if lot <= 0.0:
        return quantity
    return math.floor(quantity / lot + 1e-9) * lot


@kernel
def entry_fill(
    kind: int,
    side: int,
    limit: float,
    trigger: float,
    triggered: bool,
    o: float,
    h: float,
    l: float,  # noqa: E741
    c: float,
) -> tuple[int, float, bool, bool]:
    """Whether and where a waiting entry is done within one bar.

    Returns how (NOT_FILLED, AT_OPEN, BY_LIMIT, BY_STOP), the price before slippage, whether slippage applies (it
    does not to a resting limit), and whether a stop-limit has been triggered.
    """
    near, far = (l, h) if side > 0 else (h, l)  # a buyer's limit waits below, his stop above
    if kind == MARKET:
        return AT_OPEN, o, True, triggered
    if kind == LIMIT or (kind == STOP_LIMIT and triggered):
        if side * (o - limit) <= 0.0:
            return AT_OPEN, o, True, triggered
        if side * (near - limit) <= 0.0:
            return BY_LIMIT, limit, False, triggered
        return NOT_FILLED, math.nan, False, triggered
    if kind == STOP:
        if side * (o - trigger) >= 0.0:
            return AT_OPEN, o, True, triggered
        if side * (far - trigger) >= 0.0:
            return BY_STOP, trigger, True, triggered
        return NOT_FILLED, math.nan, False, triggered
    if side * (o - trigger) >= 0.0:  # a stop-limit that the open sets off is a limit order for the whole bar
        if side * (o - limit) <= 0.0:
            return AT_OPEN, o, True, True
        if side * (near - limit) <= 0.0:
            return BY_LIMIT, limit, False, True
        return NOT_FILLED, math.nan, False, True
    if side * (far - trigger) >= 0.0:
        if side * (trigger - limit) <= 0.0:
            return BY_STOP, trigger, True, True
        # Set off in mid-bar beyond its limit: only the close is known to come after.
        if side * (c - limit) <= 0.0:
            return BY_LIMIT, limit, False, True
        return NOT_FILLED, math.nan, False, True
    return NOT_FILLED, math.nan, False, triggered


@kernel
def slipped(reference: float, side: int, slippage: float, impact: float, quantity: float, volume: float) -> float:
    """The price after slippage: worse by a share of it, and by `impact` times the squared share of the bar's volume."""
    share = 0.0
    if impact > 0.0:
        share = min(quantity / volume, 1.0) if volume > 0.0 else 1.0
    return reference * (1.0 + side * slippage) * (1.0 + side * impact * share * share)


@kernel
def protective(
    side: int, quantity: float, cash: float, stop: float, peak: float, trail: float, trail_atr: float, atr: float,
    maintenance: float,
) -> tuple[float, int]:  # fmt: skip
    """The stop that comes first against a position, and its reason; NaN when there is none.

    The margin level is where equity falls to `maintenance` of the position's value.
    """
    level, reason = stop, R_STOP
    if trail > 0.0:
        trailing = peak * (1.0 - side * trail)
        if math.isnan(level) or side * (trailing - level) > 0.0:
            level, reason = trailing, R_TRAILING
    if trail_atr > 0.0:
        trailing = peak - side * trail_atr * atr
        if math.isnan(level) or side * (trailing - level) > 0.0:
            level, reason = trailing, R_TRAILING
    if side < 0 or cash < 0.0:
        # cash + q p = m |q| p, solved for p
        margin = -cash / (quantity - maintenance * abs(quantity))
        if margin > 0.0 and (math.isnan(level) or side * (margin - level) > 0.0):
            level, reason = margin, R_MARGIN
    return level, reason
