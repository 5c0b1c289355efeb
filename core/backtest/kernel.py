"""The fill contract, compiled: one instrument, one account, bar by bar.

What happens within a bar, in this order (docs/backtesting.md says why):

 1. Night: interest on cash and debt, the fee for borrowed shares, by calendar days since the bar before, on the
    amounts of its close. Then dividends (a short pays them) and splits, on the position as it came in.
 2. Open: exits decided at the last close. A position still held whose stop, trailing stop or margin level the open has
    passed goes at the open; otherwise targets that the open has passed are done at the open.
 3. Entries: market orders at the open; limit and stop orders at the open if it is there already, else at their price
    if the bar reaches it. After an exit within the bar nothing is entered.
 4. Within the bar: stop before target. A stop is done at its price, worsened by slippage; a target at its price. When
    both are touched it is the stop, and the bar is counted as ambiguous (`rules.optimistic` turns such bars the other
    way). In the bar of an entry within the bar, what may have come before the entry is taken against the position.
 5. Close: the end of the session (when asked), delisting (last bar), then peaks: the trailing stop of a bar knows the
    extremes of earlier bars only. Equity is cash plus position at the close.
 6. Decision: time exit, daily loss, the signals of this close. They become orders for the next bar, or with
    `rules.fill_close` are done at this close, exits first.

A bar with a price that is not finite and positive does not exist: nothing is done, orders wait.
"""

from __future__ import annotations

import math

import numpy as np

from core.backtest.fills import (
    BY_LIMIT,
    BY_STOP,
    NOT_FILLED,
    entry_fill,
    protective,
)
from core.backtest.layout import (
    BOOK,
    ENTER_LONG,
    ENTER_SHORT,
    EXIT_LONG,
    EXIT_SHORT,
    TRADE,
    Codes,
    Entry,
    Reason,
    Records,
)
from core.backtest.position import close_part, enter, reached, split, take_targets
from core.indicators.kernels import kernel
from core.indicators.numbers import Floats

MARKET, LIMIT, STOP, STOP_LIMIT = int(Entry.MARKET), int(Entry.LIMIT), int(Entry.STOP), int(Entry.STOP_LIMIT)
SIGNAL, REVERSAL, TIME = int(Reason.SIGNAL), int(Reason.REVERSAL), int(Reason.TIME)
DAILY_LOSS, SESSION_END = int(Reason.DAILY_LOSS), int(Reason.SESSION_END)
DELISTED, RUIN = int(Reason.DELISTED), int(Reason.RUIN)
NEVER = -(1 << 40)
OPEN, ENTER, WITHIN, CLOSE, DECIDE, CLOSE_ENTRY, STAGES = range(7)


@kernel
def simulate(
    open_: Floats, high: Floats, low: Floats, close: Floats, volume: Floats, codes: Codes,
    limits: Floats, triggers: Floats, weights: Floats, atrs: Floats, vols: Floats,
    dividends: Floats, splits: Floats, days: Floats, session_end: Codes,
    fees: Floats, fee_row: Codes, rules: Records,
) -> tuple[Floats, Floats, Records, Records]:  # fmt: skip
    """Run one account through n bars. Every array but the five of the bars and `codes` may be empty: no such thing.

    `limits`, `triggers` (prices, NaN none), `weights` (multiples of the size), `atrs`, `vols` are read at the bar of
    the signal. `dividends` is cash a share going ex on that bar, `splits` new shares for one (1 or 0: none), `days`
    calendar days since the bar before. `fees` has shape (k, FEE_COLUMNS), `fee_row` says which row is in force.

    Returns equity (n,), the position in shares at each close (n,), the trades and the book.
    """
    n = len(close)
    r = rules[0]
    book = np.zeros(1, dtype=BOOK)
    most = 1  # every position needs an entry signal and closes in at most one part more than it has targets
    for i in range(n):
        most += 1 if codes[i] & (ENTER_LONG | ENTER_SHORT) else 0
    trades = np.empty(most * (1 + r.target_count), dtype=TRADE)
    equity = np.empty(n)
    position = np.empty(n)
    b = book[0]
    b.cash = r.capital
    b.last_loss = NEVER
    has_dividends, has_splits, has_days = len(dividends) > 0, len(splits) > 0, len(days) > 0
    has_sessions, has_rows = len(session_end) > 0, len(fee_row) > 0
    accrues = r.cash_rate != 0.0 or r.debit_rate != 0.0 or r.borrow_rate != 0.0
    leave = 0  # the reason of an exit decided at the last close
    side, kind, waited, source = 0, MARKET, 0, 0  # the waiting entry
    limit, trigger, triggered = math.nan, math.nan, False
    before, value, session_equity, blocked = math.nan, r.capital, r.capital, False
    waiting_days = 0.0
    for i in range(n):
        o, h, l, c, v = open_[i], high[i], low[i], close[i], volume[i]  # noqa: E741
        if has_days:
            waiting_days += days[i]
        if not (o > 0.0 and h > 0.0 and l > 0.0 and c > 0.0 and o + h + l + c < math.inf):
            b.skipped += 1
            equity[i], position[i] = value, b.quantity
            continue
        h, l = max(h, o, c), min(l, o, c)  # noqa: E741
        row = int(fee_row[i]) if has_rows else 0
        ends = session_end[i] != 0 if has_sessions else True
        last_call = r.square_off != 0 and ends

        if accrues and waiting_days > 0.0 and not math.isnan(before):
            year = waiting_days / 365.0
            short = max(-b.quantity, 0.0) * before
            earned = r.cash_rate * max(b.cash - 2.0 * short, 0.0) * year
            owed = r.debit_rate * max(-b.cash, 0.0) * year
            lent = r.borrow_rate * short * year
            b.cash += earned - owed - lent
            b.interest += earned - owed
            b.borrow += lent
        waiting_days = 0.0
        if has_dividends and dividends[i] != 0.0 and b.quantity != 0.0:
            b.cash += b.quantity * dividends[i]
            b.dividends += b.quantity * dividends[i]
        if has_splits and splits[i] > 0.0 and splits[i] != 1.0:
            split(book, splits[i])
            limit /= splits[i]
            trigger /= splits[i]

        how, reference, left_within = NOT_FILLED, math.nan, False
        busy = b.quantity != 0.0 or side != 0
        # Each stage proposes targets up to `far`, an exit of all that is left, or an entry; what is proposed is done
        # at the end of the stage, in that order.
        for stage in range(OPEN if busy else DECIDE, STAGES):
            far, at_open, at_price, why = math.nan, math.nan, math.nan, 0
            wish, slips, bound = 0, True, math.nan
            s = 1 if b.quantity > 0.0 else -1

            if stage == OPEN:
                if b.quantity != 0.0 and leave != 0:
                    at_price, why = o, leave
                elif b.quantity != 0.0:
                    level, reason = protective(
                        s, b.quantity, b.cash, b.stop, b.peak, r.trail, r.trail_atr, b.atr, r.maintenance
                    )  # fmt: skip
                    if s * (o - level) <= 0.0:
                        at_price, why, left_within = o, reason, True
                    elif r.target_count > 0:
                        far, at_open = o, o
                leave = 0

            elif stage == ENTER:
                if side == 0:
                    continue
                if left_within or (b.quantity != 0.0 and b.quantity * side < 0.0):
                    b.lapsed += 1
                    side = 0
                    continue
                how, reference, slips, triggered = entry_fill(kind, side, limit, trigger, triggered, o, h, l, c)
                waited += 1
                if how != NOT_FILLED:
                    wish, at_price = side, reference
                    bound = limit if kind in (LIMIT, STOP_LIMIT) else math.nan
                    side = 0
                elif waited >= r.valid_bars:
                    b.lapsed += 1
                    side = 0

            elif stage == WITHIN:
                if b.quantity == 0.0:
                    continue
                against, beyond = (l, h) if s > 0 else (h, l)
                within = how in (BY_LIMIT, BY_STOP) and b.entries == 1
                level, reason = protective(
                    s, b.quantity, b.cash, b.stop, b.peak, r.trail, r.trail_atr, b.atr, r.maintenance
                )  # fmt: skip
                stopped = s * (against - level) <= 0.0
                gained = r.target_count > 0 and reached(book, beyond, rules)
                if stopped or gained:
                    sure_stop, sure_gain, sure_far = stopped, gained, beyond
                    if within and how == BY_STOP and stopped:
                        sure_stop = s * (c - level) <= 0.0
                    if within and how == BY_LIMIT and gained:
                        sure_gain, sure_far = reached(book, c, rules), c
                    if (stopped and gained) or sure_stop != stopped or sure_gain != gained:
                        b.ambiguous += 1
                    if not within:
                        at_open = o
                    if r.optimistic != 0:
                        stopped = sure_stop
                        far = beyond if gained else far
                    elif not stopped and sure_gain:
                        far = sure_far
                    if stopped:
                        start = reference if within else o
                        at_price, why = (level if s * (start - level) > 0.0 else start), reason

            elif stage == CLOSE:
                if b.quantity == 0.0:
                    continue
                if last_call:
                    at_price, why = c, SESSION_END
                elif r.delisted != 0 and i == n - 1:
                    at_price, why = c, DELISTED
                else:
                    beyond, against = (h, l) if s > 0 else (l, h)
                    if how == BY_LIMIT and b.entries == 1:
                        beyond = c  # the bar's far end may have come before the entry
                    elif how == BY_STOP and b.entries == 1:
                        against = c
                    b.peak = max(b.peak, beyond) if s > 0 else min(b.peak, beyond)
                    b.best = max(b.best, s * (beyond / b.entry_price - 1.0))
                    b.worst = min(b.worst, s * (against / b.entry_price - 1.0))
                    b.held += 1
                    if b.cash + b.quantity * c <= 0.0:
                        at_price, why = c, RUIN

            elif stage == DECIDE:
                value = b.cash + b.quantity * c
                if value <= 0.0:
                    b.ruined = 1
                code = codes[i]
                long_out, short_out = code & EXIT_LONG != 0, code & EXIT_SHORT != 0
                long_in = code & ENTER_LONG != 0 and not long_out
                short_in = code & ENTER_SHORT != 0 and not short_out
                if code & ENTER_LONG != 0 and code & ENTER_SHORT != 0:
                    long_in, short_in = False, False
                if last_call or (side > 0 and long_out) or (side < 0 and short_out):
                    side = 0
                if r.daily_loss > 0.0:
                    if value <= (1.0 - r.daily_loss) * session_equity:
                        blocked, side = True, 0
                        leave = DAILY_LOSS if b.quantity != 0.0 else 0
                    if blocked:
                        long_in, short_in = False, False
                    if ends:
                        session_equity, blocked = value, False
                if b.quantity != 0.0 and leave == 0:
                    if (s > 0 and long_out) or (s < 0 and short_out):
                        leave = SIGNAL
                    elif (s > 0 and short_in) or (s < 0 and long_in):
                        leave = REVERSAL
                    elif r.max_bars > 0 and b.held >= r.max_bars:
                        leave = TIME
                want = 1 if long_in else (-1 if short_in else 0)
                if (
                    want != 0
                    and b.ruined == 0
                    and not last_call
                    and (r.cool_down == 0 or i - b.last_loss >= r.cool_down)
                ):
                    again = b.quantity * want > 0.0
                    if not again or (leave == 0 and b.entries < r.max_entries):
                        side, waited, triggered, source, kind = want, 0, False, i, r.entry
                        limit, trigger = math.nan, math.nan
                        if len(limits) > 0 or len(triggers) > 0:
                            limit = limits[i] if len(limits) > 0 else math.nan
                            trigger = triggers[i] if len(triggers) > 0 else math.nan
                            if math.isnan(trigger):
                                kind = MARKET if math.isnan(limit) else LIMIT
                            else:
                                kind = STOP if math.isnan(limit) else STOP_LIMIT
                        elif kind == LIMIT:
                            limit = c * (1.0 - want * r.limit_offset)
                        elif kind != MARKET:
                            trigger = c * (1.0 + want * r.trigger_offset)
                            limit = trigger * (1.0 + want * r.limit_offset)
                if r.fill_close != 0 and leave != 0:
                    at_price, why, leave = c, leave, 0

            elif r.fill_close != 0 and side != 0:
                wish, at_price, side = side, c, 0

            if not math.isnan(far):
                take_targets(book, trades, i, at_open, far, fees, row, v, rules)
                left_within = left_within or b.quantity == 0.0
            if wish != 0:
                atr = atrs[source] if len(atrs) > 0 else math.nan
                vol = vols[source] if len(vols) > 0 else math.nan
                weight = weights[source] if len(weights) > 0 else 1.0
                if not enter(book, i, wish, at_price, slips, bound, atr, vol, weight, fees, row, v, rules):
                    how = NOT_FILLED
            elif why != 0 and b.quantity != 0.0:
                close_part(book, trades, i, at_price, abs(b.quantity), why, True, fees, row, v, rules)
        value = b.cash + b.quantity * c
        equity[i], position[i] = value, b.quantity
        before = c
    b.pending, b.pending_exit = side, leave
    if b.quantity != 0.0:  # the open rest is listed at the last close, without the fees of a sale that was not made
        s = 1 if b.quantity > 0.0 else -1
        held = abs(b.quantity)
        gone = s * (before / b.entry_price - 1.0)
        t = trades[b.count]
        t.position, t.side, t.entry_bar, t.exit_bar = b.positions, s, b.entry_bar, n - 1
        t.quantity, t.entry_price, t.exit_price = held, b.entry_price, before
        t.fees, t.pnl = b.entry_fees, s * held * (before - b.entry_price) - b.entry_fees
        t.mae, t.mfe, t.reason = min(b.worst, gone), max(b.best, gone), 0
        b.count += 1
    return equity, position, trades[: b.count], book
