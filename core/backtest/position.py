"""The one position of an account, compiled: opened, added to, closed in parts, split. See `core.backtest.kernel`."""

from __future__ import annotations

import math

from core.backtest.fills import affordable, fee, slipped, whole_lots
from core.backtest.layout import Reason, Records, Size, Unit
from core.indicators.kernels import kernel
from core.indicators.numbers import Floats

ALL_IN, SUM, FRACTION, VOLATILITY = int(Size.ALL_IN), int(Size.SUM), int(Size.FRACTION), int(Size.VOLATILITY)
ATR_RISK, KELLY = int(Size.ATR_RISK), int(Size.KELLY)
IN_ATR, IN_RISK = int(Unit.ATR), int(Unit.RISK)
TARGET = int(Reason.TARGET)


@kernel
def close_part(
    book: Records, trades: Records, i: int, reference: float, quantity: float, reason: int, slips: bool,
    fees: Floats, row: int, volume: float, rules: Records,
) -> None:  # fmt: skip
    """Close `quantity` shares of the position at `reference` and write the trade; flat when nothing is left."""
    b = book[0]
    side = 1 if b.quantity > 0.0 else -1
    whole = abs(b.quantity)
    last = quantity >= whole * (1.0 - 1e-12)
    if last:
        quantity = whole
    price = reference
    if slips:
        price = slipped(reference, -side, rules[0].slippage, rules[0].impact, quantity, volume)
    cost = fee(fees, row, quantity, price, -side)
    share = b.entry_fees * quantity / whole
    pnl = side * quantity * (price - b.entry_price) - cost - share
    b.cash += side * quantity * price - cost
    b.fees += cost
    b.slippage += quantity * abs(price - reference)
    b.traded += quantity * price
    b.result += pnl
    b.entry_fees -= share
    gone = side * (price / b.entry_price - 1.0)
    t = trades[b.count]
    t.position, t.side, t.entry_bar, t.exit_bar = b.positions, side, b.entry_bar, i
    t.quantity, t.entry_price, t.exit_price = quantity, b.entry_price, price
    t.fees, t.pnl, t.reason = cost + share, pnl, reason
    t.mae, t.mfe = min(b.worst, gone), max(b.best, gone)
    b.count += 1
    if not last:
        b.quantity -= side * quantity
        return
    b.quantity = 0.0
    b.entry_fees = 0.0
    b.closed += 1
    if b.result > 0.0:
        b.wins += 1
        b.win_sum += b.result / b.invested
    else:
        b.loss_sum -= b.result / b.invested
        b.last_loss = i


@kernel
def target_price(book: Records, k: int, side: int, rules: Records) -> float:
    """The price of target `k` of the position as it is now."""
    distance = rules[0].targets[k]
    if rules[0].target_unit == IN_ATR:
        return float(book[0].entry_price + side * distance * book[0].atr)
    if rules[0].target_unit == IN_RISK:
        return float(book[0].entry_price + side * distance * book[0].risk)
    return float(book[0].entry_price * (1.0 + side * distance))


@kernel
def take_targets(
    book: Records, trades: Records, i: int, at_open: float, furthest: float,
    fees: Floats, row: int, volume: float, rules: Records,
) -> None:  # fmt: skip
    """Do every target of the position that `furthest` reaches: at its price, or at the open where that is better."""
    side = 1 if book[0].quantity > 0.0 else -1
    count = rules[0].target_count
    for k in range(count):
        if book[0].quantity == 0.0:
            return
        if book[0].targets_done & (1 << k):
            continue
        level = target_price(book, k, side, rules)
        if math.isnan(level) or side * (furthest - level) < 0.0:
            continue
        book[0].targets_done |= 1 << k
        quantity = whole_lots(rules[0].shares[k] * book[0].entered, rules[0].lot)
        if quantity <= 0.0:
            continue
        price = level
        if not math.isnan(at_open) and side * (at_open - level) > 0.0:
            price = at_open
        close_part(
            book, trades, i, price, min(quantity, abs(book[0].quantity)), TARGET, False, fees, row, volume, rules
        )


@kernel
def reached(book: Records, furthest: float, rules: Records) -> bool:
    """Whether any open target of the position is touched by `furthest`."""
    side = 1 if book[0].quantity > 0.0 else -1
    for k in range(rules[0].target_count):
        if not book[0].targets_done & (1 << k):
            level = target_price(book, k, side, rules)
            if not math.isnan(level) and side * (furthest - level) >= 0.0:
                return True
    return False


@kernel
def kelly(book: Records, rules: Records) -> float:
    """Kelly's p / a - q / b of the positions closed so far, shared and capped; `size` while they are few."""
    b = book[0]
    r = rules[0]
    if b.closed < r.kelly_trades:
        return float(r.size)
    losses = b.closed - b.wins
    if b.wins == 0:
        return float(r.kelly_least)
    if losses == 0 or b.loss_sum <= 0.0:
        return float(r.size_cap)
    p = b.wins / b.closed
    won, lost = b.win_sum / b.wins, b.loss_sum / losses
    return float(min(max(r.kelly_share * (p / lost - (1.0 - p) / won), r.kelly_least), r.size_cap))


@kernel
def enter(
    book: Records, i: int, side: int, reference: float, slips: bool, limit: float, atr: float, vol: float,
    weight: float, fees: Floats, row: int, volume: float, rules: Records,
) -> bool:  # fmt: skip
    """Buy or sell short what the sizing asks for, as far as the account allows; whether anything was done."""
    b = book[0]
    r = rules[0]
    equity = b.cash + b.quantity * reference
    exposure = abs(b.quantity) * reference
    power = r.leverage * equity - exposure
    wanted = math.inf
    budget = power
    if r.sizing == ALL_IN:
        budget = r.size * r.leverage * equity - exposure
    elif r.sizing == SUM:
        budget = r.size
    elif r.sizing == FRACTION:
        budget = r.size * equity
    elif r.sizing == VOLATILITY:
        budget = min(r.size / vol, r.size_cap) * equity if vol > 0.0 else math.nan
    elif r.sizing == ATR_RISK:
        wanted = weight * r.size * equity / (r.size_atr * atr) if atr > 0.0 else math.nan
    elif r.sizing == KELLY:
        budget = kelly(book, rules) * equity
    else:
        wanted = weight * r.size
    if math.isinf(wanted):
        budget *= weight
    needs_atr = r.stop_atr > 0.0 or r.trail_atr > 0.0 or (r.target_unit == IN_ATR and r.target_count > 0)
    if math.isnan(budget) or math.isnan(wanted) or (needs_atr and not atr > 0.0):
        b.no_data += 1
        return False
    budget = min(budget, power)
    if r.max_weight > 0.0:
        budget = min(budget, r.max_weight * equity - exposure)
    price = reference
    if slips:
        price = slipped(reference, side, r.slippage, 0.0, 0.0, volume)
        if not math.isnan(limit):
            price = min(price, limit) if side > 0 else max(price, limit)
    quantity = min(affordable(fees, row, price, budget, side), wanted)
    if r.volume_limit > 0.0:
        most = r.volume_limit * volume if volume > 0.0 else 0.0
        if quantity > most:
            quantity = most
            b.capped += 1
    quantity = whole_lots(quantity, r.lot)
    if slips and r.impact > 0.0 and quantity > 0.0:
        # Priced at the impact of the wish; what is bought for that price is less, never more.
        price = slipped(reference, side, r.slippage, r.impact, quantity, volume)
        if not math.isnan(limit):
            price = min(price, limit) if side > 0 else max(price, limit)
        quantity = whole_lots(min(affordable(fees, row, price, budget, side), quantity), r.lot)
    if not quantity * price > 1e-9 * equity:  # dust left by rounding is not an order
        b.too_small += 1
        return False
    cost = fee(fees, row, quantity, price, side)
    b.cash -= side * quantity * price + cost
    b.fees += cost
    b.slippage += quantity * abs(price - reference)
    b.traded += quantity * price
    held = abs(b.quantity)
    if held == 0.0:
        b.positions += 1
        b.entry_bar, b.held, b.entries, b.targets_done = i, 0, 0, 0
        b.entered, b.result, b.invested, b.entry_fees, b.entry_price = 0.0, 0.0, 0.0, 0.0, price
        b.peak, b.worst, b.best = price, 0.0, 0.0
    else:
        b.entry_price = (b.entry_price * held + price * quantity) / (held + quantity)
    b.quantity += side * quantity
    b.entered += quantity
    b.invested += quantity * price
    b.entry_fees += cost
    b.entries += 1
    b.atr = atr
    b.stop = math.nan
    if r.stop > 0.0:
        b.stop = b.entry_price * (1.0 - side * r.stop)
    if r.stop_atr > 0.0:
        by_atr = b.entry_price - side * r.stop_atr * atr
        if math.isnan(b.stop) or side * (by_atr - b.stop) > 0.0:
            b.stop = by_atr
    b.risk = side * (b.entry_price - b.stop)
    return True


@kernel
def split(book: Records, ratio: float) -> None:
    """Make `ratio` shares of each one held: quantities go up, prices down."""
    b = book[0]
    b.quantity *= ratio
    b.entered *= ratio
    b.entry_price /= ratio
    b.peak /= ratio
    b.stop /= ratio
    b.risk /= ratio
    b.atr /= ratio
