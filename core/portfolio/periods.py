"""Spans of time investors ask about, and what was earned in each: gain, time-weighted and money-weighted return."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from core.portfolio.prices import Flags, Floats, day_number, day_of
from core.portfolio.returns import (
    DAYS_A_YEAR,
    Rate,
    Unavailable,
    annualised,
    day_returns,
    money_weighted,
    twr,
)
from core.portfolio.valuation import Daily, Flows, flows


class Period(StrEnum):
    """How far back. Each begins at the close of the day before its first day."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    YEAR_TO_DATE = "ytd"
    FINANCIAL_YEAR = "fy"
    YEAR = "1y"
    THREE_YEARS = "3y"
    FIVE_YEARS = "5y"
    START = "start"

    @property
    def words(self) -> str:
        """As a heading."""
        return _WORDS[self]


_WORDS = {
    Period.TODAY: "Today",
    Period.WEEK: "1 week",
    Period.MONTH: "1 month",
    Period.YEAR_TO_DATE: "Year to date",
    Period.FINANCIAL_YEAR: "Financial year",
    Period.YEAR: "1 year",
    Period.THREE_YEARS: "3 years",
    Period.FIVE_YEARS: "5 years",
    Period.START: "Since start",
}

ASKED = (
    Period.TODAY,
    Period.WEEK,
    Period.MONTH,
    Period.YEAR_TO_DATE,
    Period.FINANCIAL_YEAR,
    Period.YEAR,
    Period.START,
)


@dataclass(frozen=True, slots=True)
class Performance:
    """What the chosen holdings earned from the close of `start` to that of `end`; money in `currency`.

    Attributes:
        gain: end value less start value less what came in plus what went out; None when a value is unknown.
        twr: time-weighted, for the whole span, not annualised.
        twr_year: the same as a year's rate, for spans of more than a year; else None.
        xirr: money-weighted, a year's rate.
        money_weighted: the same for the whole span ((1 + xirr) ** (days / 365) - 1), which reads better under a year.
        without: symbols (or currencies) left out because their value was unknown on some day of the span.
        days: calendar days between the two closes.
    """

    start: date
    end: date
    currency: str
    start_value: float
    end_value: float
    into: float
    out: float
    gain: float | None
    twr: Rate
    twr_year: float | None
    xirr: Rate
    money_weighted: Rate
    without: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        """Calendar days between the two closes."""
        return (self.end - self.start).days


def first_day(period: Period, until: date, began: date, last_session: date | None = None) -> date:
    """The day whose close a period starts from.

    Args:
        until: the last day.
        began: the ledger's first day: no period starts more than a day before it.
        last_session: the last day with a new price; "today" is that day on a weekend.
    """
    nothing_yet = began - timedelta(days=1)
    match period:
        case Period.TODAY:
            start = min(last_session or until, until) - timedelta(days=1)
        case Period.WEEK:
            start = until - timedelta(days=7)
        case Period.MONTH:
            start = _months_before(until, 1)
        case Period.YEAR_TO_DATE:
            start = date(until.year - 1, 12, 31)
        case Period.FINANCIAL_YEAR:
            start = date(until.year if until.month >= 4 else until.year - 1, 3, 31)
        case Period.YEAR:
            start = _months_before(until, 12)
        case Period.THREE_YEARS:
            start = _months_before(until, 36)
        case Period.FIVE_YEARS:
            start = _months_before(until, 60)
        case Period.START:
            start = nothing_yet
    return max(start, nothing_yet)


def _months_before(day: date, months: int) -> date:
    at = day.year * 12 + day.month - 1 - months
    year, month = divmod(at, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def began(of: Daily) -> date:
    """The first day anything happened; the first of the span when nothing ever did."""
    first = int(of.tape.day.min()) if len(of.tape.day) else int(of.days[0])
    return day_of(max(first, int(of.days[0]) + 1))


def last_session(of: Daily) -> date:
    """The last day on which some holding got a new price; the last day of the span when none has one."""
    held = of.quantity[:, -1] != 0.0
    ages = [int(of.age[at, -1]) for at, asset in enumerate(of.assets) if held[at] and not asset.is_cash]
    known = [age for age in ages if age >= 0]
    return day_of(int(of.days[-1]) - (min(known) if known else 0))


def performance(of: Daily, start: date, end: date, chosen: Flags | None = None) -> Performance:
    """What the chosen lines (all when not said) earned from the close of `start` to that of `end`.

    Lines whose value is unknown on a day in between are left out, flows and all, and named.
    """
    low, high = of.at(day_number(start)), of.at(day_number(end))
    wanted = of.everything if chosen is None else chosen
    known, gone = of.without_unknown(low, high)
    lines = wanted & known
    without = tuple(
        asset.symbol or asset.currency for at, asset in enumerate(of.assets) if wanted[at] and asset in gone
    )
    flow = flows(of, lines)
    value = of.values[lines].sum(axis=0)
    return _performance(of, low, high, lines, flow, value, without, wanted=bool(wanted.any()))


def _performance(
    of: Daily, low: int, high: int, lines: Flags, flow: Flows, value: Floats, without: tuple[str, ...], *, wanted: bool
) -> Performance:
    into = float(flow.into[low + 1 : high + 1].sum())
    out = float(flow.out[low + 1 : high + 1].sum())
    start_value, end_value = float(value[low]), float(value[high])
    days = high - low
    time_weighted: Rate
    rate: Rate
    if wanted and not lines.any():
        reason = f"The value of {', '.join(without[:3])} is unknown on some day."
        time_weighted = rate = Unavailable(reason)
    elif days < 1:
        time_weighted = rate = Unavailable("The ledger begins on this day.")
    else:
        time_weighted = twr(of, low, high, lines, flow)
        rate = money_weighted(of, low, high, lines, flow)
    span = rate if isinstance(rate, Unavailable) else float((1.0 + rate) ** (days / DAYS_A_YEAR) - 1.0)
    yearly = None
    if not isinstance(time_weighted, Unavailable) and days > DAYS_A_YEAR and time_weighted > -1.0:
        yearly = annualised(time_weighted, days)
    unknown = wanted and not lines.any()
    return Performance(
        day_of(int(of.days[low])),
        day_of(int(of.days[high])),
        of.currency,
        start_value,
        end_value,
        into,
        out,
        None if unknown else end_value - start_value - into + out,
        time_weighted,
        yearly,
        rate,
        span,
        without,
    )


def performances(
    of: Daily, periods: Iterable[Period] = ASKED, chosen: Flags | None = None, end: date | None = None
) -> dict[Period, Performance]:
    """`performance` for each period up to `end` (the last day when not said)."""
    until = end or day_of(int(of.days[-1]))
    beginning, session = began(of), last_session(of)
    return {each: performance(of, first_day(each, until, beginning, session), until, chosen) for each in periods}


@dataclass(frozen=True)
class Months:
    """Time-weighted returns by calendar month.

    Attributes:
        years: oldest first.
        rates: shape (years, 12), fractions; NaN where there was nothing, or no return is known.
        totals: shape (years,), of the months there are.
    """

    years: tuple[int, ...]
    rates: Floats
    totals: Floats


def months(of: Daily, chosen: Flags | None = None) -> Months:
    """The monthly matrix. Days whose value is unknown leave their month empty."""
    lines = of.everything if chosen is None else chosen
    moved = flows(of, lines)
    value = of.values[lines].sum(axis=0)
    linked = day_returns(value, moved.into, moved.out)
    linked[np.isnan(value)] = np.nan
    month = of.days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    first = of.at(day_number(began(of)))
    edges = np.flatnonzero(np.diff(month[first:], prepend=month[first] - 1)) + first
    products = np.multiply.reduceat(1.0 + linked, edges)
    held = np.add.reduceat(np.abs(np.nan_to_num(value, nan=1.0)) + moved.into, edges) > 0
    labels = month[edges]
    years = np.arange(labels[0] // 12, labels[-1] // 12 + 1)
    rates = np.full((len(years), 12), np.nan)
    rates[labels // 12 - years[0], labels % 12] = np.where(held, products - 1.0, np.nan)
    grown = np.where(np.isnan(rates), 1.0, 1.0 + rates).prod(axis=1) - 1.0
    totals = np.where(np.isnan(rates).all(axis=1), np.nan, grown)
    return Months(tuple(int(each) + 1970 for each in years), rates, totals)
