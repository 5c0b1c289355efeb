"""Loops that neither TA-Lib nor a numpy expression covers, compiled by numba.

Every kernel is single-threaded, releases the GIL and is cached on disk; `warm()` compiles them all. Inputs
are contiguous float64 arrays of one length, oldest first; a leading run of NaN is a warm-up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np

from core.indicators.numbers import Floats

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile on first use, single-threaded, without the GIL, cached on disk; x / 0 is an infinity or NaN."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def reduction(function: F) -> F:
    """As `kernel`, for sums over a window: lets the compiler add in any order, so it can use vectors."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc"})(function))


@kernel
def ratio(top: Floats, bottom: Floats, nothing: float) -> Floats:
    """top / bottom; `nothing` where the bottom is 0, NaN where either is NaN."""
    n = len(top)
    out = np.empty(n)
    for i in range(n):
        # top * 0 is 0, or NaN where top is: the addition keeps the warm-up and no branch stops the vectors.
        out[i] = top[i] / bottom[i] if bottom[i] != 0.0 else nothing + top[i] * 0.0
    return out


@kernel
def no_infinity(x: Floats) -> None:
    """Put NaN in place of infinity: a division by nothing (no volume, no range) has no value."""
    for i in range(len(x)):
        x[i] = x[i] if abs(x[i]) < math.inf else math.nan


@kernel
def window_sum(x: Floats, length: int) -> Floats:
    """Rolling sum that never subtracts: the tail sums of one block of `length` plus the head sums of the next.

    A running sum keeps a residue of large values that left the window; this one is 0 when all terms are.
    """
    n = len(x)
    out = np.full(n, np.nan)
    start = 0
    while start < n and math.isnan(x[start]):
        start += 1
    if n - start < length:
        return out
    tail = np.zeros(length + 1)
    first = start
    while first < n:
        last = min(first + length, n)
        head = 0.0
        for i in range(first, last):
            head += x[i]
            if i - start >= length - 1:
                out[i] = head + tail[i - first + 1]
        if last - first == length:
            tail[length] = 0.0
            for j in range(length - 1, 0, -1):
                tail[j] = tail[j + 1] + x[first + j]
        first = last
    return out


@kernel
def first_valid(x: Floats) -> int:
    """Row of the first value that is not NaN; n when there is none."""
    for i in range(len(x)):
        if not math.isnan(x[i]):
            return i
    return len(x)


@reduction
def weighted(x: Floats, weights: Floats) -> Floats:
    """Sum of weights[j] * x[i - len(weights) + 1 + j]: a moving average with any weights, oldest first."""
    n, m = len(x), len(weights)
    out = np.full(n, np.nan)
    for i in range(m - 1, n):
        window = x[i - m + 1 : i + 1]
        total = 0.0
        for j in range(m):
            total += weights[j] * window[j]
        out[i] = total
    return out


@kernel
def smooth(x: Floats, alpha: float) -> Floats:
    """y = alpha * x + (1 - alpha) * y of the bar before, starting at the first value; a NaN is passed over."""
    n = len(x)
    out = np.full(n, np.nan)
    y = math.nan
    for i in range(n):
        if not math.isnan(x[i]):
            y = x[i] if math.isnan(y) else y + alpha * (x[i] - y)
        out[i] = y
    return out


@kernel
def fisher(position: Floats) -> Floats:
    """Ehlers' transform of a position in the range (0..1): smoothed, clamped, then 0.5 ln((1+v)/(1-v))."""
    n = len(position)
    out = np.full(n, np.nan)
    value, previous = 0.0, 0.0
    for i in range(n):
        if math.isnan(position[i]):
            continue
        value = 0.66 * (position[i] - 0.5) + 0.67 * value
        value = min(0.999, max(-0.999, value))
        previous = 0.5 * math.log((1.0 + value) / (1.0 - value)) + 0.5 * previous
        out[i] = previous
    return out


@kernel
def mcginley(x: Floats, length: int) -> Floats:
    """McGinley's dynamic: steps towards x, slower when x runs ahead of the line."""
    n = len(x)
    out = np.full(n, np.nan)
    if n < length:
        return out
    y = 0.0
    for i in range(length):
        y += x[i] / length
    out[length - 1] = y
    for i in range(length, n):
        # Far below the line the fourth power vanishes and the step would overshoot: never pass x.
        slower = 0.6 * length * (x[i] / y) ** 4 if y != 0.0 and x[i] / y > 0.0 else 1.0
        y += (x[i] - y) / max(1.0, slower)
        out[i] = y
    return out


@kernel
def adaptive(x: Floats, alpha: Floats, start: int) -> Floats:
    """An exponential average whose alpha changes bar by bar; a NaN alpha holds the line."""
    n = len(x)
    out = np.full(n, np.nan)
    if start >= n:
        return out
    y = x[start]
    out[start] = y
    for i in range(start + 1, n):
        if not math.isnan(alpha[i]):
            y += alpha[i] * (x[i] - y)
        out[i] = y
    return out


@kernel
def super_smoother(x: Floats, length: int) -> Floats:
    """Ehlers' two-pole filter with the given critical period."""
    n = len(x)
    out = np.full(n, np.nan)
    a = math.exp(-math.sqrt(2.0) * math.pi / length)
    c2 = 2.0 * a * math.cos(math.sqrt(2.0) * math.pi / length)
    c3 = -a * a
    c1 = 1.0 - c2 - c3
    y1, y2, before = 0.0, 0.0, 0.0
    for i in range(n):
        if i == 0:
            y1 = y2 = x[0]
            y = x[0]
        else:
            y = c1 * 0.5 * (x[i] + before) + c2 * y1 + c3 * y2
        y2, y1, before = y1, y, x[i]
        if i >= length - 1:
            out[i] = y
    return out


@kernel
def decycler(x: Floats, length: int) -> Floats:
    """Price less Ehlers' one-pole high-pass of the given period: the trend with the cycles taken out."""
    n = len(x)
    out = np.full(n, np.nan)
    angle = 2.0 * math.pi / length
    alpha = (math.cos(angle) + math.sin(angle) - 1.0) / math.cos(angle)
    y = 0.0
    for i in range(n):
        y = x[0] if i == 0 else alpha / 2.0 * (x[i] + x[i - 1]) + (1.0 - alpha) * y
        if i >= length - 1:
            out[i] = y
    return out


@kernel
def laguerre_rsi(x: Floats, gamma: float) -> Floats:
    """Ehlers' RSI over a four-element Laguerre filter, 0..1; NaN while no element differs."""
    n = len(x)
    out = np.full(n, np.nan)
    if n == 0:
        return out
    l0 = l1 = l2 = l3 = x[0]
    for i in range(1, n):
        p0, p1, p2 = l0, l1, l2
        l0 = (1.0 - gamma) * x[i] + gamma * l0
        l1 = p0 + gamma * (l1 - l0)
        l2 = p1 + gamma * (l2 - l1)
        l3 = p2 + gamma * (l3 - l2)
        up = max(l0 - l1, 0.0) + max(l1 - l2, 0.0) + max(l2 - l3, 0.0)
        down = max(l1 - l0, 0.0) + max(l2 - l1, 0.0) + max(l3 - l2, 0.0)
        # Rounding leaves differences of a few ulps on a flat price; they carry no direction.
        out[i] = up / (up + down) if up + down > 1e-12 * abs(x[i]) else 0.5
    return out


@kernel
def klinger_force(high: Floats, low: Floats, close: Floats, volume: Floats) -> Floats:
    """Klinger's volume force: volume signed by the trend of h+l+c, weighted by the share of the day's range."""
    n = len(close)
    out = np.full(n, np.nan)
    trend, cumulated = 0, 0.0
    for i in range(1, n):
        now = high[i] + low[i] + close[i]
        was = high[i - 1] + low[i - 1] + close[i - 1]
        turn = 1 if now > was else -1
        span, span_before = high[i] - low[i], high[i - 1] - low[i - 1]
        cumulated = cumulated + span if turn == trend else span_before + span
        trend = turn
        weight = abs(2.0 * (span / cumulated) - 1.0) if cumulated > 0.0 else 0.0
        out[i] = volume[i] * weight * trend * 100.0
    return out


@kernel
def streak(x: Floats) -> Floats:
    """Closes in a row above (positive) or below (negative) the one before; 0 after an unchanged one."""
    n = len(x)
    out = np.zeros(n)
    for i in range(1, n):
        if x[i] > x[i - 1]:
            out[i] = out[i - 1] + 1.0 if out[i - 1] > 0.0 else 1.0
        elif x[i] < x[i - 1]:
            out[i] = out[i - 1] - 1.0 if out[i - 1] < 0.0 else -1.0
    return out


@kernel
def td_setup(x: Floats, back: int) -> Floats:
    """DeMark's setup count: closes in a row above (positive) or below (negative) the close `back` bars ago."""
    n = len(x)
    out = np.full(n, np.nan)
    count = 0.0
    for i in range(back, n):
        if x[i] > x[i - back]:
            count = count + 1.0 if count > 0.0 else 1.0
        elif x[i] < x[i - back]:
            count = count - 1.0 if count < 0.0 else -1.0
        else:
            count = 0.0
        out[i] = count
    return out


@kernel
def anchored(price: Floats, volume: Floats, group: Floats) -> tuple[Floats, Floats]:
    """Volume-weighted mean of price and its standard deviation since the group number last changed.

    NaN where the group number is NaN; before any volume the mean is of the prices, unweighted.
    """
    n = len(price)
    mean = np.full(n, np.nan)
    deviation = np.full(n, np.nan)
    weight, m, s = 0.0, 0.0, 0.0
    bare, bare_count = 0.0, 0.0
    current = math.nan
    for i in range(n):
        g = group[i]
        if math.isnan(g):
            continue
        if g != current:
            current, weight, m, s, bare, bare_count = g, 0.0, 0.0, 0.0, 0.0, 0.0
        if volume[i] > 0.0:
            # West's update: no catastrophic cancellation on long series of large prices.
            weight += volume[i]
            step = price[i] - m
            m += step * volume[i] / weight
            s += volume[i] * step * (price[i] - m)
        bare += price[i]
        bare_count += 1.0
        if weight > 0.0:
            mean[i] = m
            deviation[i] = math.sqrt(max(0.0, s / weight))
        else:
            mean[i] = bare / bare_count
            deviation[i] = 0.0
    return mean, deviation


@kernel
def previous_group(
    open_: Floats, high: Floats, low: Floats, close: Floats, group: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Open, high, low, close of the last complete group of bars before each bar, and the bar's own group open."""
    n = len(close)
    o = np.full(n, np.nan)
    h = np.full(n, np.nan)
    lo = np.full(n, np.nan)
    c = np.full(n, np.nan)
    own = np.full(n, np.nan)
    po = ph = pl = pc = math.nan
    co = ch = cl = cc = math.nan
    current = math.nan
    for i in range(n):
        if group[i] != current:
            if not math.isnan(current):
                po, ph, pl, pc = co, ch, cl, cc
            current = group[i]
            co, ch, cl = open_[i], high[i], low[i]
        ch = max(ch, high[i])
        cl = min(cl, low[i])
        cc = close[i]
        o[i], h[i], lo[i], c[i], own[i] = po, ph, pl, pc, co
    return o, h, lo, c, own


@kernel
def hilo(close: Floats, high_mean: Floats, low_mean: Floats) -> tuple[Floats, Floats]:
    """Krausz's activator: the low average while closing above the high one, and the other way round."""
    n = len(close)
    line = np.full(n, np.nan)
    side = np.full(n, np.nan)
    direction = 0.0
    for i in range(1, n):
        if math.isnan(high_mean[i - 1]):
            continue
        if close[i] > high_mean[i - 1]:
            direction = 1.0
        elif close[i] < low_mean[i - 1]:
            direction = -1.0
        if direction != 0.0:
            line[i] = low_mean[i - 1] if direction > 0.0 else high_mean[i - 1]
            side[i] = direction
    return line, side


@kernel
def volatility_stop(close: Floats, width: Floats) -> tuple[Floats, Floats]:
    """Wilder's stop and reverse: `width` from the best close since the last reversal."""
    n = len(close)
    line = np.full(n, np.nan)
    side = np.full(n, np.nan)
    best, direction = math.nan, 1.0
    for i in range(n):
        if math.isnan(width[i]):
            continue
        if math.isnan(best):
            best = close[i]
        best = max(best, close[i]) if direction > 0.0 else min(best, close[i])
        stop = best - width[i] if direction > 0.0 else best + width[i]
        if (direction > 0.0 and close[i] < stop) or (direction < 0.0 and close[i] > stop):
            direction = -direction
            best = close[i]
            stop = best - width[i] if direction > 0.0 else best + width[i]
        line[i] = stop
        side[i] = direction
    return line, side


@kernel
def drawdown(x: Floats) -> Floats:
    """Percent below the highest value so far, 0 or negative."""
    n = len(x)
    out = np.full(n, np.nan)
    peak = -math.inf
    for i in range(n):
        peak = max(peak, x[i])
        out[i] = (x[i] / peak - 1.0) * 100.0 if peak > 0.0 else math.nan
    return out


@kernel
def moments(x: Floats, length: int) -> tuple[Floats, Floats]:
    """Rolling sample skewness (g1) and excess kurtosis (g2); 0 where the window does not vary."""
    n = len(x)
    skew = np.full(n, np.nan)
    kurtosis = np.full(n, np.nan)
    square = x * x
    s1 = window_sum(x, length) / length
    s2 = window_sum(square, length) / length
    s3 = window_sum(square * x, length) / length
    s4 = window_sum(square * square, length) / length
    for i in range(n):
        if math.isnan(s1[i]):
            continue
        mean = s1[i]
        m2 = s2[i] - mean * mean
        if m2 <= 1e-10 * s2[i]:
            skew[i] = 0.0
            kurtosis[i] = 0.0
        else:
            m3 = s3[i] - 3.0 * mean * s2[i] + 2.0 * mean * mean * mean
            m4 = s4[i] - 4.0 * mean * s3[i] + 6.0 * mean * mean * s2[i] - 3.0 * mean * mean * mean * mean
            skew[i] = m3 / (m2 * math.sqrt(m2))
            kurtosis[i] = m4 / (m2 * m2) - 3.0
    return skew, kurtosis


@kernel
def percent_rank(x: Floats, length: int) -> Floats:
    """Share in percent of the `length` values before that are below the present one."""
    n = len(x)
    out = np.full(n, np.nan)
    start = first_valid(x)
    for i in range(start + length, n):
        window = x[i - length : i]
        now = x[i]
        below = 0
        for j in range(length):
            below += 1 if window[j] < now else 0
        out[i] = 100.0 * below / length
    return out


@reduction
def mean_deviation(x: Floats, length: int) -> tuple[Floats, Floats]:
    """Rolling mean and mean absolute deviation from it."""
    n = len(x)
    mean = np.full(n, np.nan)
    deviation = np.full(n, np.nan)
    for i in range(length - 1, n):
        window = x[i - length + 1 : i + 1]
        total = 0.0
        for j in range(length):
            total += window[j]
        m = total / length
        apart = 0.0
        for j in range(length):
            apart += abs(window[j] - m)
        mean[i] = m
        deviation[i] = apart / length
    return mean, deviation


@kernel
def pivots(high: Floats, low: Floats, left: int, right: int) -> tuple[Floats, Floats]:
    """Swing highs and lows, marked at the bar where they become known: `right` bars after the extreme.

    The value is the extreme price; NaN elsewhere. A high must be above the `left` bars before it and not
    below the `right` bars after it (equal tops count once, at the first), a low the other way round.
    """
    n = len(high)
    tops = np.full(n, np.nan)
    bottoms = np.full(n, np.nan)
    for known in range(left + right, n):
        i = known - right
        top = True
        bottom = True
        for j in range(i - left, i):
            if high[j] >= high[i]:
                top = False
            if low[j] <= low[i]:
                bottom = False
        for j in range(i + 1, known + 1):
            if high[j] > high[i]:
                top = False
            if low[j] < low[i]:
                bottom = False
        if top:
            tops[known] = high[i]
        if bottom:
            bottoms[known] = low[i]
    return tops, bottoms


@kernel
def random_walk(high: Floats, low: Floats, mean_range: Floats, length: int) -> tuple[Floats, Floats]:
    """Poulos' random walk index: the greatest move over 2..length bars in units of a random walk's."""
    n = len(high)
    up = np.full(n, np.nan)
    down = np.full(n, np.nan)
    root = np.empty(length + 1)
    for k in range(1, length + 1):
        root[k] = 1.0 / math.sqrt(k)
    for i in range(length, n):
        step = mean_range[i - 1]
        if math.isnan(step):
            continue
        best_up, best_down = -math.inf, -math.inf
        for k in range(2, length + 1):
            best_up = max(best_up, (high[i] - low[i - k]) * root[k])
            best_down = max(best_down, (high[i - k] - low[i]) * root[k])
        up[i] = best_up / step if step > 0.0 else 0.0
        down[i] = best_down / step if step > 0.0 else 0.0
    return up, down


@reduction
def gravity(x: Floats, length: int) -> Floats:
    """Ehlers' centre of gravity of the last `length` prices, as a distance from the newest (negative)."""
    n = len(x)
    out = np.full(n, np.nan)
    for i in range(length - 1, n):
        window = x[i - length + 1 : i + 1]
        top = 0.0
        total = 0.0
        for j in range(length):
            top += (length - j) * window[j]
            total += window[j]
        if total != 0.0:
            out[i] = -top / total
    return out


@kernel
def spread_volume(low: Floats, high: Floats, volume: Floats, bottom: float, top: float, bins: int) -> Floats:
    """Volume a price bin, each bar's spread evenly over its range; (bins,) from bottom to top."""
    out = np.zeros(bins)
    width = (top - bottom) / bins
    for i in range(len(low)):
        first = min(bins - 1, max(0, int((low[i] - bottom) / width)))
        last = min(bins - 1, max(0, int((high[i] - bottom) / width)))
        span = high[i] - low[i]
        if first == last or span <= 0.0:
            out[first] += volume[i]
            continue
        placed = 0.0
        for k in range(first, last):
            edge = bottom + (k + 1) * width
            start = max(low[i], bottom + k * width)
            part = volume[i] * max(0.0, edge - start) / span
            out[k] += part
            placed += part
        out[last] += volume[i] - placed
    return out


@kernel
def extremes_after(high: Floats, low: Floats) -> tuple[Floats, Floats]:
    """Lowest low and highest high of the bars after each bar; infinities after the last one."""
    n = len(high)
    lowest = np.empty(n)
    highest = np.empty(n)
    lo, hi = math.inf, -math.inf
    for i in range(n - 1, -1, -1):
        lowest[i] = lo
        highest[i] = hi
        lo = min(lo, low[i])
        hi = max(hi, high[i])
    return lowest, highest


def warm() -> None:
    """Compile every kernel (or load it from the disk cache); safe to call more than once."""
    x = np.linspace(1.0, 2.0, 64)
    y = x + 0.1
    first_valid(x)
    ratio(x, y, 0.0)
    no_infinity(x.copy())
    window_sum(x, 5)
    weighted(x, x[:3].copy())
    smooth(x, 0.5)
    fisher(x)
    mcginley(x, 5)
    adaptive(x, x, 0)
    super_smoother(x, 5)
    decycler(x, 9)
    laguerre_rsi(x, 0.5)
    klinger_force(y, x, x, x)
    streak(x)
    td_setup(x, 4)
    anchored(x, x, x)
    previous_group(x, y, x, x, x)
    hilo(x, y, x)
    volatility_stop(x, x)
    drawdown(x)
    moments(x, 5)
    percent_rank(x, 5)
    mean_deviation(x, 5)
    pivots(y, x, 2, 2)
    random_walk(y, x, x, 5)
    gravity(x, 5)
    spread_volume(x, y, x, 1.0, 2.1, 8)
    extremes_after(y, x)
