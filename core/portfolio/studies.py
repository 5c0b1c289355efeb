"""What the pages Performance, Risk and Tax show of one investor: each study in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from core.accounts import preferences
from core.accounts.model import Account as Investor
from core.market.service import Market
from core.portfolio import book, risk, stress
from core.portfolio.attribution import Contributions, Group, by_group, contributions
from core.portfolio.benchmark import Comparison, compare, levels, returns_of
from core.portfolio.desk import WHOLE, Desk, Scope, desk
from core.portfolio.limits import Breach, Limits, of_profile, standing, watch
from core.portfolio.overview import Overview, compose
from core.portfolio.periods import (
    Months,
    Performance,
    Period,
    first_day,
    last_session,
    months,
    performance,
    performances,
)
from core.portfolio.periods import began as first_of
from core.portfolio.price_loading import daily_volumes, quoted
from core.portfolio.prices import Prices
from core.portfolio.returns import Unavailable
from core.portfolio.risk import Concentration, Correlations, Liquidity, Risk, Series
from core.portfolio.stress import Stress
from core.portfolio.tax.grandfathering import fair_values
from core.portfolio.tax.report import TaxReport, report, years
from core.portfolio.tax.rules import FinancialYear
from core.portfolio.tax.sales import grandfathered_symbols
from core.portfolio.tax.setoff import Losses
from core.portfolio.xray import Ray, Thresholds, xray

NIFTY = "^NSEI"


@dataclass(frozen=True)
class PerformanceStudy:
    """Returns by period, the monthly matrix, the index with the same flows, and who made the result of one period."""

    desk: Desk
    period: Period
    shown: Performance
    periods: Mapping[Period, Performance]
    months: Months
    comparison: Comparison
    contributions: Contributions
    sectors: tuple[Group, ...]


def performance_study(
    investor: Investor,
    scope: Scope = WHOLE,
    *,
    period: Period = Period.START,
    benchmark: str = NIFTY,
    base: str | None = None,
    service: Market | None = None,
) -> PerformanceStudy:
    """What the Performance page shows.

    Raises:
        db.session.DatabaseProblem: the database is away.
    """
    stand = desk(investor, scope, base=base, service=service)
    of, until = stand.values, stand.prices.until
    shown = performance(of, first_day(period, until, first_of(of), last_session(of)), until)
    prices = with_benchmark(stand, benchmark, service=service)
    parts = contributions(of, shown)
    held = compose(stand.ledger, stand.prices, stand.base, of=of, own=stand.own)
    labels = {each.facts.symbol: each.facts.sector for each in held.holdings}
    return PerformanceStudy(
        stand,
        period,
        shown,
        performances(of, tuple(Period)),
        months(of),
        compare(of, prices, benchmark, shown),
        parts,
        by_group(parts, labels),
    )


def with_benchmark(stand: Desk, benchmark: str, *, service: Market | None = None) -> Prices:
    """A desk's prices with an index among them, over the same days."""
    if benchmark in stand.prices.close:
        return stand.prices
    extra = quoted([benchmark], stand.prices.first, base_currency=stand.base, until=stand.prices.until, service=service)
    return stand.prices.joined(extra)


@dataclass(frozen=True)
class RiskStudy:
    """Risk of what was held and of what is held now.

    Attributes:
        past, now: figures of the portfolio as it was held, and of today's holdings in today's weights.
        series: daily returns of today's holdings, for charts.
        left_out: holdings without prices.
        parts: share of the variance by symbol.
    """

    view: Overview
    past: Risk
    now: Risk
    series: Series
    left_out: tuple[str, ...]
    concentration: Concentration | Unavailable
    parts: Mapping[str, float] | Unavailable
    correlations: Correlations | None
    liquidity: tuple[Liquidity, ...]
    stresses: tuple[Stress, ...]
    rays: tuple[Ray, ...]
    breaches: tuple[Breach, ...]
    benchmark: str


def risk_study(
    investor: Investor,
    scope: Scope = WHOLE,
    *,
    benchmark: str = NIFTY,
    riskless: float = 0.065,
    years_back: float = 3.0,
    fall: float = 0.20,
    limits: Limits | None = None,
    thresholds: Thresholds | None = None,
    base: str | None = None,
    most: int = 30,
    service: Market | None = None,
) -> RiskStudy:
    """What the Risk page shows.

    Args:
        riskless: a year's rate for Sharpe and Sortino (an assumption, to be shown).
        years_back: how far back daily returns are taken.
        fall: the market's fall of the chosen stress test.
        limits: those of the investor's risk profile when not said.
        most: holdings in the correlation matrix, the largest ones.

    Raises:
        db.session.DatabaseProblem: the database is away.
    """
    stand = desk(investor, scope, base=base, service=service)
    view = compose(stand.ledger, stand.prices, stand.base, of=stand.values, own=stand.own)
    held, money = view.holdings, float(view.cash_value or 0)
    symbols = [each.facts.symbol for each in held]
    back = min(stand.prices.first, years_before(stand.prices.until, years_back))
    prices = quoted(
        [each for each in symbols if not each.startswith("OWN:")] + [benchmark],
        back,
        base_currency=stand.base,
        until=stand.prices.until,
        owner=investor.owner,
        service=service,
    )
    market = returns_of(prices, benchmark, stand.base, years=years_back)
    series, left_out = risk.today(held, prices, stand.base, cash=max(0.0, money), years=years_back)
    now = risk.measure(series, riskless=riskless, benchmark=market)
    largest = [each for each in symbols if each in prices.close][:most]
    related = risk.correlations(prices, largest, stand.base, years=years_back) if len(largest) > 1 else None
    betas = stress.betas(held, prices, market, stand.base, years=years_back)
    stresses = [
        *_crises(investor, stand, view, betas, benchmark, service),
        stress.rate_rise(held, 1.0, cash=money),
        stress.market_fall(held, betas, fall, cash=money),
    ]
    return RiskStudy(
        view,
        risk.measure(risk.history(stand.values), riskless=riskless, benchmark=market),
        now,
        series,
        left_out,
        risk.concentration(held),
        risk.share_of_risk(held, prices, stand.base, years=years_back),
        related,
        risk.liquidity(held, daily_volumes(largest, owner=investor.owner, service=service)),
        tuple(stresses),
        xray(view, thresholds, risk=now, related=related),
        watch(standing(view), limits or limits_of(investor)) if not view.empty else (),
        benchmark,
    )


def limits_of(investor: Investor) -> Limits:
    """The limits that go with the risk tolerance an investor told."""
    return of_profile(preferences.load(investor).risk_tolerance)


def _crises(
    investor: Investor,
    stand: Desk,
    view: Overview,
    betas: dict[str, float],
    benchmark: str,
    service: Market | None,
) -> Iterable[Stress]:
    symbols = [each.facts.symbol for each in view.holdings if not each.facts.symbol.startswith("OWN:")]
    for scenario in stress.CRISES:
        past = quoted(
            [*symbols, benchmark],
            scenario.start - timedelta(days=10),
            base_currency=stand.base,
            until=scenario.end,
            owner=investor.owner,
            service=service,
        )
        level = levels(past, benchmark, stand.base)
        fall = float(level[past.at(scenario.end)] / level[past.at(scenario.start)] - 1.0)
        yield stress.crisis(
            view.holdings,
            past,
            scenario,
            cash=float(view.cash_value or 0),
            betas=betas,
            market_fall=fall if np.isfinite(fall) else scenario.market,
        )


def years_before(day: date, span: float) -> date:
    """The day some years before, for how far back prices are asked for."""
    return date.fromordinal(day.toordinal() - int(365.25 * span) - 1)


@dataclass(frozen=True)
class TaxStudy:
    """A tax report with the years there are.

    Attributes:
        asked: symbols whose price of 31 January 2018 is not known; the investor may give it.
    """

    report: TaxReport
    years: tuple[FinancialYear, ...]
    fair_values: Mapping[str, Decimal]
    asked: tuple[str, ...]


def tax_study(
    investor: Investor,
    year: FinancialYear,
    *,
    given: Mapping[str, Decimal] | None = None,
    brought: Losses | None = None,
    service: Market | None = None,
) -> TaxStudy:
    """The tax report of one person: all accounts together, first in, first out.

    Args:
        given: highest prices of 31 January 2018 the investor gave; they count before the source's.
        brought: losses of earlier years.

    Raises:
        db.session.DatabaseProblem: the database is away.
    """
    ledger = book.ledger(investor)
    needed = grandfathered_symbols(ledger, year)
    stated = dict(given or {})
    missing = [each for each in needed if each not in stated]
    known = (fair_values(missing, service=service) if missing else {}) | stated
    return TaxStudy(
        report(ledger, year, fair_values=known, brought=brought),
        years(ledger),
        known,
        tuple(each for each in needed if each not in known),
    )


__all__ = [
    "PerformanceStudy",
    "RiskStudy",
    "TaxStudy",
    "limits_of",
    "performance_study",
    "risk_study",
    "tax_study",
    "with_benchmark",
    "years_before",
]
