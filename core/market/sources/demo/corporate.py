"""The corporate calendar of a simulated company: results days, dividends, splits. Fixed by the seed, not by prices."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from core.market.model import AssetClass, Instrument
from core.market.sources.demo.character import character
from core.market.sources.demo.draws import FIRST_YEAR, YEARS, Days, stream
from core.market.sources.demo.sessions import day, number, session_days

# Prices are adjusted for every split there will ever be, so none is scheduled after this year: a price of the
# simulation then never has to be restated while somebody is looking.
LAST_SPLIT_YEAR = 2025
MOST_PAID_OUT = 0.45
FIRST_PERIOD = date(2009, 6, 30)


@dataclass(frozen=True, slots=True)
class ResultsDay:
    """Results of the quarter that ended on ``period_end``, filed on session ``filed_on``; ``surprise`` (of earnings)
    and ``noise`` (of revenue) are z-scores."""

    period_end: date
    filed_on: date
    surprise: float
    noise: float
    annual: bool


@dataclass(frozen=True, slots=True)
class DividendPlan:
    """A dividend worth about ``fraction`` of the price before it."""

    declared_on: date
    ex_date: date
    fraction: float


@dataclass(frozen=True, slots=True)
class Split:
    """``ratio`` new shares for one old from ``ex_date`` on."""

    ex_date: date
    ratio: float


def fiscal_year_end(instrument: Instrument) -> int:
    """The month in which the company's year ends: March in India, December elsewhere."""
    return 3 if instrument.calendar == "XBOM" else 12


def quarter_ends(first: date, last: date) -> list[date]:
    """Calendar quarter ends from ``first`` to ``last``, both included."""
    found = []
    for year in range(first.year, last.year + 1):
        for month, last_day in ((3, 31), (6, 30), (9, 30), (12, 31)):
            end = date(year, month, last_day)
            if first <= end <= last:
                found.append(end)
    return found


@lru_cache(maxsize=1024)
def results_days(seed: int, instrument: Instrument, through: int) -> tuple[ResultsDay, ...]:
    """Results filed up to the end of ``through``, oldest first; none for what is not a company."""
    if instrument.asset_class is not AssetClass.STOCK:
        return ()
    sessions = session_days(instrument, through)
    rng = stream(seed, instrument.symbol, "results")
    habit = int(rng.integers(0, 16))
    ends = quarter_ends(FIRST_PERIOD, date(through, 12, 31))
    draws = np.clip(rng.standard_normal((4 * YEARS, 2)), -2.5, 2.5).tolist()
    wobbles = rng.integers(-3, 6, 4 * YEARS).tolist()
    found = []
    for end, (surprise, noise), wobble in zip(ends, draws, wobbles, strict=False):
        annual = end.month == fiscal_year_end(instrument)
        delay = (31 if annual else 20) + habit + wobble
        filed = on_session(sessions, end + timedelta(days=delay))
        if filed is not None:
            found.append(ResultsDay(end, filed, surprise, noise, annual))
    return tuple(found)


@lru_cache(maxsize=1024)
def dividend_plans(seed: int, instrument: Instrument, through: int) -> tuple[DividendPlan, ...]:
    """Dividends with an ex-date up to the end of ``through``, oldest first."""
    nature = character(instrument)
    if instrument.asset_class is not AssetClass.STOCK or nature.dividend_yield <= 0.0:
        return ()
    rng = stream(seed, instrument.symbol, "payout")
    indian = instrument.calendar == "XBOM"
    if rng.random() < (0.06 if indian else 0.2):
        return ()
    # At the usual price a year's dividends stay within not quite half of its earnings.
    yearly = min(nature.dividend_yield * float(rng.uniform(0.6, 1.5)), MOST_PAID_OUT / nature.pe)
    # India: a final dividend after the annual meeting, often an interim one in winter. US: one a quarter.
    months: tuple[tuple[int, float], ...] = ((2, 0.25), (5, 0.25), (8, 0.25), (11, 0.25))
    if indian:
        months = ((7, 1.0),) if rng.random() < 0.4 else ((7, 0.6), (11, 0.4))
    habit = int(rng.integers(4, 22))
    sessions = session_days(instrument, through)
    found = []
    draws = rng.standard_normal((YEARS, len(months))).tolist()
    wobbles = rng.integers(-2, 3, (YEARS, len(months))).tolist()
    for year, noises, shifts in zip(range(FIRST_YEAR, through + 1), draws, wobbles, strict=False):
        for (month, part), noise, shift in zip(months, noises, shifts, strict=True):
            wanted = date(year, month, min(28, habit + shift))
            ex = on_session(sessions, wanted)
            declared = on_session(sessions, wanted - timedelta(days=24))
            if ex is not None and declared is not None:
                found.append(DividendPlan(declared, ex, yearly * part * math.exp(0.12 * noise)))
    return tuple(found)


@lru_cache(maxsize=1024)
def splits(seed: int, instrument: Instrument) -> tuple[Split, ...]:
    """Splits of the whole simulation, oldest first: none to two a company."""
    if instrument.asset_class is not AssetClass.STOCK:
        return ()
    rng = stream(seed, instrument.symbol, "splits")
    count = int(rng.choice([0, 1, 2], p=[0.55, 0.35, 0.10]))
    years = sorted(rng.choice(np.arange(FIRST_YEAR + 1, LAST_SPLIT_YEAR + 1), size=count, replace=False).tolist())
    ratios = (2.0, 5.0, 10.0, 2.0) if instrument.calendar == "XBOM" else (2.0, 3.0, 4.0, 10.0)
    sessions = session_days(instrument, LAST_SPLIT_YEAR + 1)
    found = []
    for year in years:
        ex = on_session(sessions, date(year, 1, 10) + timedelta(days=int(rng.integers(0, 320))))
        if ex is not None:
            found.append(Split(ex, ratios[int(rng.integers(0, 4))]))
    return tuple(found)


def on_session(sessions: Days, wanted: date) -> date | None:
    """The first session on or after ``wanted``; the day itself before the history begins; None past its end."""
    if not sessions.size or number(wanted) < int(sessions[0]):
        return wanted
    at = bisect_left(sessions, number(wanted))
    return day(int(sessions[at])) if at < sessions.size else None
