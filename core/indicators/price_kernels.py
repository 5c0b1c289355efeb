"""Compiled loops over whole bars: swings, sessions, stops, counts. See `kernels` for the conventions."""

from __future__ import annotations

import math

import numpy as np

from core.indicators.kernels import kernel
from core.indicators.numbers import Floats


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
) -> tuple[Floats, Floats, Floats, Floats]:
    """Open, high, low, close of the last complete group of bars before each bar."""
    n = len(close)
    o = np.full(n, np.nan)
    h = np.full(n, np.nan)
    lo = np.full(n, np.nan)
    c = np.full(n, np.nan)
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
        o[i], h[i], lo[i], c[i] = po, ph, pl, pc
    return o, h, lo, c


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


@kernel
def month_number(days: Floats) -> Floats:
    """12 * year + month - 1 of days since 1970-01-01 (civil calendar; Hinnant 2013)."""
    out = np.empty(len(days))
    month, begins, ends = 0.0, 0.0, 0.0  # the month of the bar before, as days from begins up to ends
    for i in range(len(days)):
        if not begins <= days[i] < ends:
            z = int(days[i]) + 719468
            era = z // 146097
            doe = z - era * 146097
            yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
            doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
            mp = (5 * doy + 2) // 153
            march = (153 * mp + 2) // 5
            begins = days[i] - (doy - march)
            # February is the last month of this calendar: 28 days are always there, the 29th is worked out again.
            ends = begins + ((153 * (mp + 1) + 2) // 5 - march if mp < 11 else 28)
            month = 12.0 * (yoe + era * 400) + mp + 2
        out[i] = month
    return out


@kernel
def compounded(close: Floats, volume: Floats, rising: bool) -> Floats:
    """1000, compounding the change of close on the bars whose volume rose (or fell) against the one before."""
    n = len(close)
    out = np.empty(n)
    value = 1000.0
    for i in range(n):
        if i > 0 and close[i] > 0.0 and close[i - 1] > 0.0:
            counts = volume[i] > volume[i - 1] if rising else volume[i] < volume[i - 1]
            value *= close[i] / close[i - 1] if counts else 1.0
        out[i] = value
    return out
