"""Daily bars of one simulated company, coin, currency or fund, from 2010 to the end of a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from core.market.model import AssetClass, Instrument
from core.market.sources.demo.character import ANCHOR_YEAR, character, level
from core.market.sources.demo.corporate import DividendPlan, dividend_plans, results_days
from core.market.sources.demo.draws import (
    FIRST_YEAR,
    YEARS,
    Days,
    Floats,
    day_number,
    decaying_sum,
    normals,
    stream,
)
from core.market.sources.demo.factors import Factor, own_factor
from core.market.sources.demo.sessions import number, session_days

# Shocks fade with a half-life of about 690 sessions: prices wander, yet 17 years take none to nothing or to the sky.
FADE = 0.999
SESSIONS_A_YEAR = 250.0
RESULTS_JUMP = 0.032
_LIMIT = {AssetClass.CRYPTO: 0.28, AssetClass.FX: 0.03}
_EQUITY_LIMIT = 0.17
_WEEKDAY_VOLUME = np.log(np.array([0.94, 1.00, 1.02, 1.08, 0.97, 0.85, 0.85]))


@dataclass(frozen=True, slots=True)
class Dividend:
    """Cash ``amount`` per (split-adjusted) share, ex on ``ex_date``."""

    declared_on: date
    ex_date: date
    amount: float


@dataclass(frozen=True)
class DailyPath:
    """Whole sessions from 2010 on; arrays of equal length and read-only.

    ``days`` are day numbers; ``sigma`` the day's expected log deviation; ``trend`` the log of the slow growth that
    earnings follow; ``decimals`` how prices are rounded; ``shares`` the shares or coins outstanding.
    """

    symbol: str
    days: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    sigma: Floats
    trend: Floats
    decimals: int
    shares: float
    dividends: tuple[Dividend, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.open, self.high, self.low, self.close, self.volume, self.sigma, self.trend):
            array.flags.writeable = False


def decimals_for(price: float) -> int:
    """Two decimals for ordinary prices, more for small ones, so that about five figures remain."""
    return 2 if price >= 20.0 else 4 if price >= 0.5 else int(4 - np.floor(np.log10(price)) + 1)


def yearly_drift(seed: int, instrument: Instrument, days: Days, through: int) -> Floats:
    """Log growth of each session before dividends: the sector's in the long run and each year's own weather."""
    nature = character(instrument)
    spread = 0.0 if instrument.asset_class in (AssetClass.FX, AssetClass.ETF, AssetClass.INDEX) else 0.09
    own = 0.28 * spread * float(np.clip(stream(seed, instrument.symbol, "growth").normal(), -2.0, 2.0))
    weather = spread * np.clip(stream(seed, instrument.symbol, "weather").standard_normal(YEARS), -2.0, 2.0)
    first = np.array([day_number(year) for year in range(FIRST_YEAR, through + 1)])
    at = np.searchsorted(first, days, side="right") - 1
    sessions = 365.25 if instrument.calendar == "24/7" else SESSIONS_A_YEAR
    return (nature.drift + nature.dividend_yield + own + weather[at]) / sessions


def simulate(seed: int, instrument: Instrument, market: Factor, sector: Factor | None, through: int) -> DailyPath:
    """The path of an instrument with shocks of its own, given its market's and its sector's.

    ``through`` must not be before the anchor year; a later ``through`` lengthens the path and changes nothing in it.
    """
    nature = character(instrument)
    days = session_days(instrument, through)
    grid = days - day_number(FIRST_YEAR)
    own = own_factor(seed, instrument.symbol, nature.own_sigma, through)
    beta = nature.beta * float(stream(seed, instrument.symbol, "beta").uniform(0.85, 1.15))
    shocks = beta * market.returns[grid] + own.returns[grid]
    variance = (beta * market.sigma[grid]) ** 2 + own.sigma[grid] ** 2
    if sector is not None:
        shocks += sector.returns[grid]
        variance += sector.sigma[grid] ** 2
    reported = _reported(seed, instrument, days, through)
    shocks += RESULTS_JUMP * reported
    sigma = np.sqrt(variance)

    drift = yearly_drift(seed, instrument, days, through)
    level_now = decaying_sum(shocks, FADE)
    moves = drift + np.diff(level_now, prepend=0.0)
    limit = _LIMIT.get(instrument.asset_class, _EQUITY_LIMIT)
    np.clip(moves, -limit, limit, out=moves)

    anchor_price, shares = level(seed, instrument)
    decimals = decimals_for(anchor_price)
    log_price = np.cumsum(moves)
    anchor = int(np.searchsorted(days, day_number(ANCHOR_YEAR)))
    log_price -= log_price[anchor] - np.log(anchor_price)
    plans = dividend_plans(seed, instrument, through)
    drops, dividends = _dividends(plans, days, log_price, anchor)
    smallest = 10.0**-decimals
    close = np.maximum(np.round(np.exp(log_price), decimals), smallest)

    noise = normals(seed, instrument.symbol, 4, through)[:, grid]
    round_the_clock = instrument.calendar == "24/7"
    share = np.where(reported != 0.0, 0.8, 0.3)
    gap = np.zeros(days.size) if round_the_clock else share * moves + 0.22 * sigma * noise[0]
    gap = np.clip(gap + drops, -limit, limit)
    before = np.concatenate(([np.exp(log_price[0] - moves[0])], close[:-1]))
    opened = np.maximum(np.round(before * np.exp(gap), decimals), smallest)
    reach = (1.0 if round_the_clock else 0.8) * sigma
    high = np.round(np.maximum(opened, close) * np.exp(0.45 * reach * np.abs(noise[1])), decimals)
    low = np.round(np.minimum(opened, close) * np.exp(-0.45 * reach * np.abs(noise[2])), decimals)
    low = np.maximum(low, smallest)
    volume = _volume(seed, instrument, days, close, shares, moves / sigma, sigma, reported, noise[3])
    return DailyPath(
        instrument.symbol,
        days,
        opened,
        np.maximum(high, np.maximum(opened, close)),
        np.minimum(low, np.minimum(opened, close)),
        close,
        volume,
        sigma,
        np.cumsum(drift),
        decimals,
        shares,
        dividends,
    )


def _reported(seed: int, instrument: Instrument, days: Days, through: int) -> Floats:
    """The surprise of the results filed on each session, 0 where none were."""
    found = np.zeros(days.size)
    for each in results_days(seed, instrument, through):
        at = int(np.searchsorted(days, number(each.filed_on)))
        if at < days.size and days[at] == number(each.filed_on):
            found[at] = each.surprise
    return found


def _dividends(
    plans: tuple[DividendPlan, ...], days: Days, log_price: Floats, anchor: int
) -> tuple[Floats, tuple[Dividend, ...]]:
    """Takes each dividend out of ``log_price`` (in place) from its ex-date on; returns the log drops and the cash.

    The cash is rounded first and the drop follows from it, so that the price before and the dividend explain the
    price after to the last digit of a float. The drops after the anchor are what prices lose; those before it are
    added to older prices, which leaves the anchor where it was.
    """
    drops = np.zeros(days.size)
    paid = []
    at = [int(np.searchsorted(days, number(plan.ex_date))) for plan in plans]
    known = [(index, plan) for index, plan in zip(at, plans, strict=True) if 0 < index < days.size]
    # Backwards from the anchor (the price after is known), then forwards from it (the price before is known).
    raised = 0.0
    for index, plan in sorted((item for item in known if item[0] <= anchor), key=lambda item: -item[0]):
        after = float(np.exp(log_price[index - 1] + raised))
        cash = _cash(after * plan.fraction / (1.0 - plan.fraction))
        drops[index] = -np.log1p(cash / after)
        raised -= float(drops[index])
        paid.append(Dividend(plan.declared_on, plan.ex_date, cash))
    fallen = 0.0
    for index, plan in (item for item in known if item[0] > anchor):
        before = float(np.exp(log_price[index - 1] + fallen))
        cash = _cash(before * plan.fraction)
        drops[index] = np.log1p(-cash / before)
        fallen += float(drops[index])
        paid.append(Dividend(plan.declared_on, plan.ex_date, cash))
    total = np.cumsum(drops)
    log_price += total - total[anchor]
    return drops, tuple(sorted(paid, key=lambda each: each.ex_date))


def _cash(amount: float) -> float:
    return max(0.01, round(amount, 2 if amount >= 0.1 else 3))


def _volume(
    seed: int,
    instrument: Instrument,
    days: Days,
    close: Floats,
    shares: float,
    move: Floats,
    sigma: Floats,
    reported: Floats,
    noise: Floats,
) -> Floats:
    """Shares traded (US dollars for coins): more on excited days, on big moves and on results; NaN for currencies."""
    if instrument.asset_class is AssetClass.FX:
        return np.full(days.size, np.nan)
    turnover = float(stream(seed, instrument.symbol, "turnover").uniform(0.0012, 0.0035))
    usual = np.log(shares * turnover) if shares > 0.0 else np.log(4e6)
    weekday = _WEEKDAY_VOLUME[(days + 3) % 7]
    excitement = 0.7 * np.log(sigma / character(instrument).own_sigma) + 0.32 * np.minimum(np.abs(move), 5.0)
    log_volume = usual - 0.6 + excitement + weekday + 0.28 * noise + np.where(reported != 0.0, 0.5, 0.0)
    if instrument.asset_class is AssetClass.CRYPTO:
        log_volume += np.log(close) + 2.0
    return np.asarray(np.maximum(1.0, np.rint(np.exp(log_volume))))
