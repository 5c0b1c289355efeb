"""How a return was computed: the very flows that went in, and the formula in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from core.portfolio.periods import Performance
from core.portfolio.prices import Flags, day_number, day_of
from core.portfolio.returns import DAYS_A_YEAR, Unavailable, day_returns, money_flows, other_rates
from core.portfolio.valuation import Daily, flows

Method = Literal["xirr", "twr"]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a computation.

    Attributes:
        amount: as the investor sees it in the money-weighted return: paid is negative, received positive; in the
            time-weighted one: what came in (positive) or went out on the day.
        factor: for XIRR the discount factor of its day; for TWR what one unit grew to since the step before.
    """

    on: date
    what: str
    amount: float
    factor: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What to show beside a return.

    Attributes:
        formula: in plain mathematics.
        convention: how days and flows were treated, in sentences.
        result: the rate, or why there is none.
        check: what the discounted flows add up to (XIRR), which is nothing up to rounding; None otherwise.
        left_out: how many steps are not listed.
    """

    method: Method
    currency: str
    formula: str
    convention: tuple[str, ...]
    steps: tuple[Step, ...]
    result: float | Unavailable
    check: float | None
    without: tuple[str, ...]
    left_out: int = 0


_XIRR = "0 = sum of amount x (1 + rate) ^ (-(day - first day) / 365)"
_TWR = "(1 + r1) x (1 + r2) x ... - 1,  with  r = (value + out) / (value before + in) - 1  for each day"
_IMPLIED = (
    "The cash of an account was not booked there, so what was paid for purchases counts as brought in, and what sales "
    "and dividends paid counts as taken out."
)


def explain(of: Daily, shown: Performance, method: Method, chosen: Flags | None = None, most: int = 500) -> Explanation:
    """How the return of a `Performance` of the same lines came about.

    Args:
        most: steps to list at most; the earliest are left out beyond that.
    """
    low, high = of.at(day_number(shown.start)), of.at(day_number(shown.end))
    wanted = of.everything if chosen is None else chosen
    lines = wanted & of.without_unknown(low, high)[0]
    convention = [_IMPLIED] if of.tape.implied else []
    if shown.without:
        convention.append(f"Left out, because a price is unknown: {', '.join(shown.without)}.")
    if method == "xirr":
        return _xirr(of, shown, lines, (low, high), convention, most)
    return _twr(of, shown, lines, (low, high), convention, most)


def _xirr(
    of: Daily, shown: Performance, lines: Flags, span: tuple[int, int], convention: list[str], most: int
) -> Explanation:
    given = money_flows(of, *span, lines)
    days = given.days.astype(np.int64)
    rate = shown.xirr
    known = not isinstance(rate, Unavailable)
    factors = (1.0 + float(rate)) ** (-(days - days[0]) / DAYS_A_YEAR) if not isinstance(rate, Unavailable) else None
    steps = []
    for at, (day, amount) in enumerate(zip(days, given.amounts, strict=True)):
        what = "value at the start" if at == 0 else "value at the end" if at == len(days) - 1 else ""
        what = what or ("paid in" if amount < 0 else "taken out")
        steps.append(Step(day_of(int(day)), what, float(amount), None if factors is None else float(factors[at])))
    others = other_rates(given.days, given.amounts)
    if others:
        listed = ", ".join(f"{100 * each:.1f} %" for each in others)
        convention.append(f"These flows fit several rates (about {listed}): look at the time-weighted return instead.")
    convention.append("All flows of a day are one sum at its close; a year has 365 days.")
    check = float((given.amounts * factors).sum()) if known and factors is not None else None
    return _told("xirr", of, _XIRR, convention, steps, rate, check, shown.without, most)


def _twr(
    of: Daily, shown: Performance, lines: Flags, span: tuple[int, int], convention: list[str], most: int
) -> Explanation:
    low, high = span
    moved = flows(of, lines)
    value = of.values[lines].sum(axis=0)
    growth = np.cumprod(1.0 + day_returns(value, moved.into, moved.out)[low + 1 : high + 1])
    net = moved.net[low + 1 : high + 1]
    marks = sorted({*np.flatnonzero((moved.into + moved.out)[low + 1 : high + 1]).tolist(), high - low - 1} - {-1})
    steps = [Step(day_of(int(of.days[low])), "value at the start", float(value[low]), None)]
    before = 1.0
    for at in marks:
        amount = float(net[at])
        what = "value at the end" if at == high - low - 1 else "came in" if amount > 0 else "went out"
        shown_amount = float(value[high]) if at == high - low - 1 else amount
        factor = float(growth[at] / before) if before else None
        steps.append(Step(day_of(int(of.days[low + 1 + at])), what, shown_amount, factor))
        before = float(growth[at])
    convention += [
        "What comes in counts from the start of its day, what goes out until its end.",
        "What goes out and in again on one day is taken off both sides first, up to the value of the evening before.",
        "Between two steps the daily returns are linked; the factor is their product.",
    ]
    return _told("twr", of, _TWR, convention, steps, shown.twr, None, shown.without, most)


def _told(
    method: Method,
    of: Daily,
    formula: str,
    convention: list[str],
    steps: list[Step],
    result: float | Unavailable,
    check: float | None,
    without: tuple[str, ...],
    most: int,
) -> Explanation:
    left = max(0, len(steps) - most)
    kept = tuple(steps if not left else [steps[0], *steps[left + 1 :]])
    return Explanation(method, of.currency, formula, tuple(convention), kept, result, check, without, left)
