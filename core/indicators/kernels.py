"""Loops that neither TA-Lib nor a numpy expression covers, compiled by numba.

Every kernel is single-threaded, releases the GIL and is cached on disk; `core.indicators.warm()` compiles all. Inputs
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
def all_finite(x: Floats) -> bool:
    """Whether every value is a finite number."""
    bad = 0
    for i in range(len(x)):
        bad += 0 if abs(x[i]) < math.inf else 1
    return bad == 0


@kernel
def change(x: Floats, back: int) -> Floats:
    """100 (x / x `back` bars ago - 1); NaN where the earlier value is 0."""
    n = len(x)
    out = np.full(n, np.nan)
    for i in range(back, n):
        out[i] = 100.0 * (x[i] - x[i - back]) / x[i - back] if x[i - back] != 0.0 else math.nan
    return out


@kernel
def difference(x: Floats, y: Floats) -> Floats:
    """x - y; 0 where either is NaN."""
    n = len(x)
    out = np.empty(n)
    for i in range(n):
        d = x[i] - y[i]
        out[i] = 0.0 if math.isnan(d) else d
    return out


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
