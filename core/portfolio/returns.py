"""Two returns, kept apart and labelled: time-weighted (how the holdings did) and money-weighted (how the investor did).

A return that cannot be had is `Unavailable`, with the reason; it is never 0 in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from core.portfolio.prices import EPOCH, Flags, Floats
from core.portfolio.valuation import Daily, Flows, flows

DAYS_A_YEAR = 365.0
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A figure that does not exist or cannot be known, and why, as a sentence."""

    because: str

    def __bool__(self) -> bool:
        return False


Rate = float | Unavailable
"""A fraction (0.12 is 12 %), or why there is none."""


def day_returns(value: Floats, into: Floats, out: Floats) -> Floats:
    """Each day's return, linked by the convention of `core.portfolio.valuation`; arrays of shape (n,) or (lines, n).

    Returns:
        The same shape. 0 on days without capital. NaN where value or flows are unknown, and where the capital is
        negative (more was sold, or owed, than held): no return is defined there.
    """
    before = np.zeros_like(value)
    before[..., 1:] = value[..., :-1]
    switched = np.minimum(np.minimum(into, out), np.maximum(before, 0.0))
    capital = before + into - switched
    result = value + out - switched
    with np.errstate(divide="ignore", invalid="ignore"):
        linked = result / capital - 1.0
    # No capital, nothing to link: also for a dividend that arrives after everything was sold (it is in the gain).
    linked = np.where(np.abs(capital) <= _SAME, 0.0, linked)
    return np.where(capital < -_SAME, np.nan, linked)


def compounded(returns: Floats, start: int, end: int) -> Floats:
    """The return from the close of position `start` to that of `end`, over the last axis; NaN where a day has none."""
    return np.asarray(np.prod(1.0 + returns[..., start + 1 : end + 1], axis=-1) - 1.0)


def annualised(rate: float, days: int) -> float:
    """A return over some days as one of a year of 365 days (compounded)."""
    return float((1.0 + rate) ** (DAYS_A_YEAR / days) - 1.0)


def twr(of: Daily, start: int, end: int, chosen: Flags | None = None, flow: Flows | None = None) -> Rate:
    """Time-weighted return of the chosen lines (all when not said) from the close of `start` to that of `end`.

    Not annualised. Source: GIPS 2020, time-weighted by daily linking.
    """
    lines = of.everything if chosen is None else chosen
    moved = flows(of, lines) if flow is None else flow
    value = of.values[lines].sum(axis=0)
    if np.isnan(value[start : end + 1]).any():
        return Unavailable(_unknown_sentence(of, lines, start, end))
    active = (value[start:end] != 0.0) | (moved.into[start + 1 : end + 1] != 0.0)
    if not active.any():
        return Unavailable("Nothing was held in this time.")
    linked = day_returns(value, moved.into, moved.out)[start + 1 : end + 1]
    broken = np.flatnonzero(np.isnan(linked))
    if len(broken):
        day = _date(of, start + 1 + int(broken[0]))
        return Unavailable(f"On {day:%d %b %Y} less than nothing was held (sold or owed more than there was).")
    return float(np.prod(1.0 + linked) - 1.0)


def xirr(days: Sequence[date] | NDArray[np.datetime64], amounts: Sequence[float] | Floats) -> Rate:
    """Money-weighted return a year: the rate at which all flows, discounted to one day, add up to nothing.

    Args:
        days: of the flows, in any order.
        amounts: what the investor received (positive: withdrawals, the value at the end) or paid (negative).

    Returns:
        A year's rate (365 days), or why there is none. Computed by pyxirr. Flows that change their sign often can have
        several; `other_rates` tells the rest.
    """
    when = np.asarray(days, dtype="datetime64[D]").astype(np.int64)
    money = np.asarray(amounts, dtype=np.float64)
    if np.isnan(money).any():
        return Unavailable("The value of something that came in or is held is unknown.")
    unique, place = np.unique(when, return_inverse=True)
    summed: Floats = np.bincount(place, weights=money, minlength=len(unique)).astype(np.float64)
    kept = np.abs(summed) > _SAME
    unique, summed = unique[kept], summed[kept]
    if len(unique) == 0:
        return Unavailable("No money came in or went out.")
    if when.max() == when.min():
        return Unavailable("Everything happened on one day, so there is no time to earn a rate in.")
    if (summed < 0).all():
        return Unavailable("Nothing came back: all that was paid in is lost (-100 %), for which no yearly rate exists.")
    if (summed > 0).all():
        return Unavailable("Nothing was paid in, so there is nothing to earn a rate on.")
    import pyxirr

    rate = pyxirr.xirr(unique.astype("datetime64[D]"), summed)
    if rate is None or not np.isfinite(rate) or rate <= -1.0 or not _solves(unique, summed, float(rate)):
        return Unavailable("No rate fits these flows.")
    return float(rate)


def _solves(days: NDArray[np.int64], amounts: Floats, rate: float) -> bool:
    """Whether the flows discounted at `rate` add up to nothing, against the size of the largest."""
    weights = -(days - days[0]) / DAYS_A_YEAR * np.log1p(rate)
    worth = amounts * np.exp(weights - weights.max())
    return bool(abs(worth.sum()) <= 1e-6 * np.abs(worth).sum())


def other_rates(days: Sequence[date] | NDArray[np.datetime64], amounts: Sequence[float] | Floats) -> tuple[float, ...]:
    """Every rate that fits the flows when there are several, rounded to a hundredth of the discount; else empty.

    One change of sign of the running sum means one rate (Norstrom, 1972), which nearly every portfolio has.
    """
    when = np.asarray(days, dtype="datetime64[D]").astype(np.int64)
    order = np.argsort(when, kind="stable")
    when, money = when[order], np.asarray(amounts, dtype=np.float64)[order]
    if len(when) == 0 or np.isnan(money).any():
        return ()
    running = np.cumsum(money)[np.append(when[1:] != when[:-1], True)]
    signs = np.sign(running[np.abs(running) > _SAME])
    if np.count_nonzero(signs[1:] != signs[:-1]) <= 1:
        return ()
    rates = np.expm1(np.linspace(np.log(1e-2), np.log(1e2), 241))
    years = (when - when[0]) / DAYS_A_YEAR
    powers = -years[None, :] * np.log1p(rates)[:, None]
    present = (money * np.exp(powers - powers.max(axis=1, keepdims=True))).sum(axis=1)
    at = np.flatnonzero(np.sign(present[1:]) != np.sign(present[:-1]))
    return tuple(float((rates[each] + rates[each + 1]) / 2) for each in at) if len(at) > 1 else ()


@dataclass(frozen=True)
class MoneyFlows:
    """What goes into an XIRR: days and amounts as the investor sees them (paid negative), shape (k,)."""

    days: NDArray[np.datetime64]
    amounts: Floats


def money_flows(of: Daily, start: int, end: int, chosen: Flags | None = None, flow: Flows | None = None) -> MoneyFlows:
    """The value at the close of `start` as paid in, the flows after it, the value at the close of `end` as received."""
    lines = of.everything if chosen is None else chosen
    moved = flows(of, lines) if flow is None else flow
    value = of.values[lines].sum(axis=0)
    net = -moved.net[start + 1 : end + 1]
    at = np.flatnonzero(net != 0.0)
    places = np.concatenate([[start], start + 1 + at, [end]])
    amounts = np.concatenate([[-value[start]], net[at], [value[end]]])
    return MoneyFlows(of.days[places].astype("datetime64[D]"), amounts)


def money_weighted(of: Daily, start: int, end: int, chosen: Flags | None = None, flow: Flows | None = None) -> Rate:
    """XIRR of the chosen lines (all when not said) from the close of `start` to that of `end`, a year's rate."""
    lines = of.everything if chosen is None else chosen
    value = of.values[lines].sum(axis=0)
    if np.isnan(value[[start, end]]).any():
        return Unavailable(_unknown_sentence(of, lines, start, end))
    given = money_flows(of, start, end, lines, flow)
    return xirr(given.days, given.amounts)


def _unknown_sentence(of: Daily, lines: Flags, start: int, end: int) -> str:
    gap = np.isnan(of.values[:, start : end + 1]) & lines[:, None]
    line, at = (int(each[0]) for each in np.nonzero(gap))
    asset = of.assets[line]
    day = _date(of, start + at)
    if asset.is_cash:
        return f"There is no exchange rate of {asset.currency} into {of.currency} on {day:%d %b %Y}."
    return f"There is no price of {asset.symbol} on {day:%d %b %Y}."


def _date(of: Daily, at: int) -> date:
    return date.fromordinal(int(of.days[at]) + EPOCH.toordinal())
