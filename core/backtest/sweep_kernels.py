"""Compiled sweeps: many runs of one kind, of which only a few sums are kept.

`long_only` is the fill contract of `core.backtest.kernel` for the commonest case: long, everything in, market orders at
the next open, costs in percent, a stop, a trailing stop and one target in percent. It gives the figures of the full
kernel (a test holds it to that) at a tenth of the time, because a day without a position is skipped and a day with one
costs a few additions.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from core.backtest.layout import ENTER_LONG, EXIT_LONG, Codes, Records
from core.indicators.kernels import kernel
from core.indicators.numbers import Floats

SUMS = (
    "final", "sum", "squares", "down_squares", "max_drawdown", "trades", "wins", "gross_win", "gross_loss", "bars_held",
)  # fmt: skip
WIDTH = len(SUMS)
Indices = npt.NDArray[np.int64]
Sides = npt.NDArray[np.int8]


@kernel
def prepare(close: Floats) -> Floats:
    """Running sums of r, r^2 and min(r, 0)^2 of the closes' changes r; shape (3, n), row sums up to and with bar i."""
    n = len(close)
    out = np.zeros((3, n))
    for i in range(1, n):
        r = close[i] / close[i - 1] - 1.0
        fall = 0.5 * (r - abs(r))
        out[0, i] = out[0, i - 1] + r
        out[1, i] = out[1, i - 1] + r * r
        out[2, i] = out[2, i - 1] + fall * fall
    return out


@kernel
def long_only(
    open_: Floats, high: Floats, low: Floats, close: Floats, running: Floats, marks: Codes, codes: Codes,
    capital: float, costs: Floats, stop: float, trail: float, target: float, out: Floats,
) -> None:  # fmt: skip
    """One run; `out` (WIDTH,) takes the SUMS. `running` is of `prepare`, `marks` the session ends, or empty when every
    bar is one. `costs` are commission, charges on buying and on selling, slippage, as fractions."""
    n = len(close)
    daily = len(marks) == 0
    guarded = stop > 0.0 or trail > 0.0 or target > 0.0
    buying, selling = 1.0 + costs[0] + costs[1], 1.0 - costs[0] - costs[2]
    up, down = 1.0 + costs[3], 1.0 - costs[3]
    cash, sums, squares, falls, peak, lowest = capital, 0.0, 0.0, 0.0, capital, 1.0
    trades, wins, won, lost, held = 0, 0, 0.0, 0.0, 0
    last = capital  # equity at the last session's end
    i = 0
    while i < n - 1:
        if not daily and marks[i] != 0 and last != cash:  # what an exit earlier in the session has changed
            step = cash / last - 1.0
            fall = 0.5 * (step - abs(step))
            sums, squares, falls, last = sums + step, squares + step * step, falls + fall * fall, cash
            peak = max(peak, cash)
            lowest = min(lowest, cash / peak)
        if codes[i] & (ENTER_LONG | EXIT_LONG) != ENTER_LONG:
            i += 1
            continue
        i += 1
        begun = i
        entry = open_[i] * up
        shares = cash / (entry * buying)
        floor = entry * (1.0 - stop) if stop > 0.0 else 0.0
        goal = entry * (1.0 + target) if target > 0.0 else math.inf
        top, price, leaving = entry, 0.0, False
        crest = peak / shares  # the peak, as a price
        while True:
            if leaving:
                price = open_[i] * down
                break
            if guarded:
                level = max(floor, top * (1.0 - trail)) if trail > 0.0 else floor
                if i > begun and open_[i] <= level:
                    price = open_[i] * down
                    break
                if i > begun and open_[i] >= goal:
                    price = open_[i]
                    break
                if low[i] <= level:
                    price = min(level, open_[i]) * down
                    break
                if high[i] >= goal:
                    price = max(goal, open_[i])
                    break
                top = max(top, high[i])
            c = close[i]
            if daily:
                if c >= crest:
                    crest = c
                elif c < crest * lowest:
                    lowest = c / crest
            elif marks[i] != 0 or i == n - 1:
                value = shares * c
                step = value / last - 1.0
                fall = 0.5 * (step - abs(step))
                sums, squares, falls, last = sums + step, squares + step * step, falls + fall * fall, value
                crest = max(crest, c)
                lowest = min(lowest, c / crest)
            leaving = codes[i] & EXIT_LONG != 0
            i += 1
            if i == n:
                break
        held += i - begun
        peak = max(peak, crest * shares)
        if daily and i > begun:
            step = shares * close[begun] / cash - 1.0
            fall = 0.5 * (step - abs(step))
            sums += step + running[0, i - 1] - running[0, begun]
            squares += step * step + running[1, i - 1] - running[1, begun]
            falls += fall * fall + running[2, i - 1] - running[2, begun]
            last = shares * close[i - 1]
        if i == n:
            cash = shares * close[n - 1]
            last = cash
            break
        gained = shares * price * selling - cash
        cash = shares * price * selling
        trades += 1
        if gained > 0.0:
            wins += 1
            won += gained
        else:
            lost -= gained
        if daily:
            step = cash / last - 1.0
            fall = 0.5 * (step - abs(step))
            sums, squares, falls, last = sums + step, squares + step * step, falls + fall * fall, cash
            peak = max(peak, cash)
            lowest = min(lowest, cash / peak)
        # The bar of the exit may give the next entry by its own close: it is looked at again.
    if last != cash:
        step = cash / last - 1.0
        fall = 0.5 * (step - abs(step))
        sums, squares, falls = sums + step, squares + step * step, falls + fall * fall
        lowest = min(lowest, cash / max(peak, cash))
    lowest = 1.0 if lowest > 1.0 - 1e-12 else lowest  # a peak that went through shares and back
    out[0], out[1], out[2], out[3], out[4] = cash, sums, squares, falls, lowest - 1.0
    out[5], out[6], out[7], out[8], out[9] = trades, wins, won, lost, held


@kernel
def cross_into(first: Floats, second: Floats, sides: Sides, out: Codes) -> None:
    """`core.backtest.signals.cross_codes`, long only, into arrays that are there already."""
    n = len(first)
    level = 0
    for i in range(n):  # without branches, so that the compiler takes several bars at once
        sides[i] = (1 if first[i] > second[i] else 0) - (1 if first[i] < second[i] else 0)
        level += 1 if first[i] == second[i] else 0
    out[0] = 0
    if level > 0:  # a touch keeps the side there was
        for i in range(1, n):
            if first[i] == second[i]:
                sides[i] = sides[i - 1]
    for i in range(1, n):
        turn = sides[i] - sides[i - 1]
        out[i] = (ENTER_LONG if turn == 2 else 0) | (EXIT_LONG if turn == -2 else 0)


@kernel
def sweep_crosses(
    open_: Floats, high: Floats, low: Floats, close: Floats, running: Floats, marks: Codes,
    firsts: Floats, seconds: Floats, pairs: Indices, capital: float, costs: Floats, exits: Floats, out: Floats,
) -> None:  # fmt: skip
    """Runs over crosses: `pairs` (k, 2) are rows of `firsts` and `seconds`, below 0 to leave NaN. `exits` (k, 3) are
    stop, trail, target as fractions, 0 for none; `out` is (k, WIDTH)."""
    scratch = np.empty(len(close), dtype=np.uint8)
    sides = np.empty(len(close), dtype=np.int8)
    for k in range(len(pairs)):
        if pairs[k, 0] < 0:
            out[k] = math.nan
            continue
        cross_into(firsts[pairs[k, 0]], seconds[pairs[k, 1]], sides, scratch)
        long_only(
            open_, high, low, close, running, marks, scratch, capital, costs,
            exits[k, 0], exits[k, 1], exits[k, 2], out[k],
        )  # fmt: skip


@kernel
def sweep_codes(
    open_: Floats, high: Floats, low: Floats, close: Floats, running: Floats, marks: Codes,
    codes: Codes, rows: Indices, capital: float, costs: Floats, exits: Floats, out: Floats,
) -> None:  # fmt: skip
    """Runs over given signals: `rows` (k,) are rows of `codes` (u, n); otherwise as `sweep_crosses`."""
    for k in range(len(rows)):
        if rows[k] < 0:
            out[k] = math.nan
            continue
        long_only(
            open_, high, low, close, running, marks, codes[rows[k]], capital, costs,
            exits[k, 0], exits[k, 1], exits[k, 2], out[k],
        )  # fmt: skip


@kernel
def sums_of(equity: Floats, position: Floats, marks: Codes, trades: Records, capital: float, out: Floats) -> None:
    """The same SUMS from a run of the full kernel."""
    n = len(equity)
    total, squares, down, peak, lowest, last, held = 0.0, 0.0, 0.0, capital, 1.0, capital, 0
    for i in range(n):
        held += 1 if position[i] != 0.0 else 0
        if len(marks) > 0 and marks[i] == 0 and i != n - 1:
            continue
        step = equity[i] / last - 1.0 if last > 0.0 else 0.0
        total += step
        squares += step * step
        down += step * step if step < 0.0 else 0.0
        last = equity[i]
        peak = max(peak, last)
        lowest = min(lowest, last / peak)
    count, wins, won, lost = 0, 0, 0.0, 0.0
    for k in range(len(trades)):
        if trades[k].reason == 0:
            continue
        count += 1
        if trades[k].pnl > 0.0:
            wins += 1
            won += trades[k].pnl
        else:
            lost -= trades[k].pnl
    out[0], out[1], out[2], out[3], out[4] = equity[n - 1], total, squares, down, lowest - 1.0
    out[5], out[6], out[7], out[8], out[9] = count, wins, won, lost, held
