"""Compiled passes over an equity curve and over trades. What each number means stands in `core.backtest.metrics`.

Returns are of sessions: r[0] is against the starting capital, r[t] = equity[t] / equity[t - 1] - 1.
"""

from __future__ import annotations

import math

import numpy as np

from core.backtest.layout import Codes, Records
from core.indicators.kernels import kernel
from core.indicators.numbers import Floats

EQUITY_MEASURES = (
    "mean", "deviation", "downside", "skew", "kurtosis", "best", "worst", "gains", "losses", "gain_sum", "loss_sum",
    "max_drawdown", "drawdown_bars", "drawdown_start", "drawdown_end", "drawdowns", "drawdown_mean", "underwater",
    "pain", "ulcer", "autocorrelation", "up_streak", "down_streak", "square_drawdowns", "longest_underwater",
)  # fmt: skip
TRADE_MEASURES = (
    "closed", "open", "long", "short", "wins", "losses", "gross_win", "gross_loss", "best", "worst", "return_mean",
    "return_deviation", "win_mean", "loss_mean", "win_streak", "loss_streak", "bars_mean", "bars_most", "bars_win",
    "bars_loss", "pnl_mean", "pnl_deviation", "mae_mean", "mfe_mean", "stopped", "targets", "open_pnl", "long_pnl",
    "short_pnl", "return_middle",
)  # fmt: skip


@kernel
def session_values(values: Floats, session_end: Codes) -> Floats:
    """The values at session ends, and the very last one; all when `session_end` is empty."""
    n = len(values)
    if len(session_end) == 0:
        return values
    out = np.empty(n)
    count = 0
    for i in range(n):
        if session_end[i] != 0 or i == n - 1:
            out[count] = values[i]
            count += 1
    return out[:count]


@kernel
def returns_of(equity: Floats, capital: float) -> Floats:
    """Session returns, the first against `capital`; 0 from the session on where nothing was left before."""
    n = len(equity)
    out = np.empty(n)
    before = capital
    for i in range(n):
        out[i] = equity[i] / before - 1.0 if before > 0.0 else 0.0
        before = equity[i]
    return out


@kernel
def equity_measures(returns: Floats, equity: Floats, capital: float, target: float) -> Floats:
    """The numbers of EQUITY_MEASURES; `target` is the return a session below which one counts as a loss."""
    n = len(returns)
    total, down, gains, losses, gain_sum, loss_sum = 0.0, 0.0, 0, 0, 0.0, 0.0
    best, worst = -math.inf, math.inf
    peak, peak_at, deepest, start, end = capital, -1, 0.0, -1, -1
    within, count, depth, depth_sum, under, pain, squares, of_each = False, 0, 0.0, 0.0, 0, 0.0, 0.0, 0.0
    up, fall, most_up, most_down, longest = 0, 0, 0, 0, 0
    for i in range(n):
        r = returns[i]
        total += r
        below = r - target
        if below > 0.0:
            gain_sum += below
        elif below < 0.0:
            loss_sum -= below
            down += below * below
        if r > 0.0:
            gains += 1
            up, fall = up + 1, 0
        elif r < 0.0:
            losses += 1
            up, fall = 0, fall + 1
        else:
            up, fall = 0, 0
        most_up, most_down = max(most_up, up), max(most_down, fall)
        best, worst = max(best, r), min(worst, r)
        e = equity[i]
        if e >= peak:
            if within:
                depth_sum += depth
                of_each += depth * depth
            peak, peak_at, within, depth = e, i, False, 0.0
        else:
            if not within:
                within = True
                count += 1
            under += 1
            longest = max(longest, i - peak_at)
            fallen = 1.0 - e / peak
            pain += fallen
            squares += fallen * fallen
            depth = max(depth, fallen)
            if fallen > deepest:
                deepest, start, end = fallen, peak_at, i
    if within:
        depth_sum += depth
        of_each += depth * depth
    mean = total / n
    second, third, fourth, lagged = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        d = returns[i] - mean
        square = d * d
        second += square
        third += square * d
        fourth += square * square
        if i > 0:
            lagged += d * (returns[i - 1] - mean)
    out = np.full(25, math.nan)
    out[0] = mean
    spread = second > 1e-30 * n
    if n > 1:
        out[1] = math.sqrt(second / (n - 1)) if spread else 0.0
        out[2] = math.sqrt(down / n)
    if n > 3 and spread:
        variance = second / n
        out[3] = third / n / variance**1.5
        out[4] = fourth / n / (variance * variance) - 3.0
        out[20] = lagged / second
    out[5], out[6] = best, worst
    out[7], out[8], out[9], out[10] = gains, losses, gain_sum, loss_sum
    out[11], out[12], out[13], out[14] = -deepest, end - start, start, end
    out[15], out[16] = count, -depth_sum / count if count else 0.0
    out[17], out[18], out[19] = under / n, pain / n, math.sqrt(squares / n)
    out[21], out[22], out[23], out[24] = most_up, most_down, of_each, longest
    return out


@kernel
def trade_measures(trades: Records) -> Floats:
    """The numbers of TRADE_MEASURES. Each closed part of a position counts as a trade; the open rest stands apart."""
    n = len(trades)
    out = np.full(30, math.nan)
    gains = np.empty(n)
    closed, still, longs, shorts, wins, losses = 0, 0, 0, 0, 0, 0
    won, lost, best, worst, total, open_pnl, long_pnl, short_pnl = 0.0, 0.0, -math.inf, math.inf, 0.0, 0.0, 0.0, 0.0
    win_sum, loss_sum, bars, bars_win, bars_loss, longest = 0.0, 0.0, 0, 0, 0, 0
    streak_win, streak_loss, most_win, most_loss, mae, mfe, stopped, targets = 0, 0, 0, 0, 0.0, 0.0, 0, 0
    for k in range(n):
        t = trades[k]
        if t.reason == 0:
            still += 1
            open_pnl += t.pnl
            continue
        gain = t.pnl / (t.quantity * t.entry_price)
        gains[closed] = gain
        closed += 1
        total += t.pnl
        if t.side > 0:
            longs += 1
            long_pnl += t.pnl
        else:
            shorts += 1
            short_pnl += t.pnl
        held = t.exit_bar - t.entry_bar
        bars += held
        longest = max(longest, held)
        best, worst = max(best, gain), min(worst, gain)
        mae += t.mae
        mfe += t.mfe
        stopped += 1 if 3 <= t.reason <= 4 else 0
        targets += 1 if t.reason == 5 else 0
        if t.pnl > 0.0:
            wins += 1
            won += t.pnl
            win_sum += gain
            bars_win += held
            streak_win, streak_loss = streak_win + 1, 0
        else:
            losses += 1
            lost -= t.pnl
            loss_sum += gain
            bars_loss += held
            streak_win, streak_loss = 0, streak_loss + 1
        most_win, most_loss = max(most_win, streak_win), max(most_loss, streak_loss)
    out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7] = (
        closed, still, longs, shorts, wins, losses, won, lost,
    )  # fmt: skip
    out[14], out[15], out[24], out[25] = most_win, most_loss, stopped, targets
    out[26], out[27], out[28] = open_pnl, long_pnl, short_pnl
    if wins > 0:
        out[12], out[18] = win_sum / wins, bars_win / wins
    if losses > 0:
        out[13], out[19] = loss_sum / losses, bars_loss / losses
    if closed == 0:
        return out
    out[8], out[9] = best, worst
    out[10] = (win_sum + loss_sum) / closed
    out[16], out[17] = bars / closed, longest
    out[20], out[22], out[23] = total / closed, mae / closed, mfe / closed
    out[29] = np.median(gains[:closed])
    if closed > 1:
        spread, money = 0.0, 0.0
        for k in range(closed):
            spread += (gains[k] - out[10]) ** 2
        for k in range(n):
            if trades[k].reason != 0:
                money += (trades[k].pnl - out[20]) ** 2
        out[11], out[21] = math.sqrt(spread / (closed - 1)), math.sqrt(money / (closed - 1))
    return out


@kernel
def together(returns: Floats, benchmark: Floats) -> Floats:
    """Mean and deviation of the benchmark, covariance, correlation, tracking error, and the mean return of both in
    the benchmark's rising sessions and in its falling ones."""
    n = len(returns)
    out = np.full(9, math.nan)
    if n < 2:
        return out
    mean, other = 0.0, 0.0
    up, down, up_mine, up_its, down_mine, down_its = 0, 0, 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        mean += returns[i]
        other += benchmark[i]
        if benchmark[i] > 0.0:
            up, up_mine, up_its = up + 1, up_mine + returns[i], up_its + benchmark[i]
        elif benchmark[i] < 0.0:
            down, down_mine, down_its = down + 1, down_mine + returns[i], down_its + benchmark[i]
    mean, other = mean / n, other / n
    mine, its, both, active = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        a, b = returns[i] - mean, benchmark[i] - other
        mine += a * a
        its += b * b
        both += a * b
        active += (a - b) ** 2
    out[0], out[1], out[2] = other, math.sqrt(its / (n - 1)), both / (n - 1)
    if mine > 1e-30 * n and its > 1e-30 * n:
        out[3] = both / math.sqrt(mine * its)
    out[4] = math.sqrt(active / (n - 1))
    if up > 0:
        out[5], out[6] = up_mine / up, up_its / up
    if down > 0:
        out[7], out[8] = down_mine / down, down_its / down
    return out
