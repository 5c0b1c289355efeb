"""The investor's portfolio: what it is worth and earned, its parts as a pie, its risk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from core.accounts import preferences
from core.accounts.model import Account as Investor
from core.assistant.errors import NeedsInvestor
from core.assistant.model import Column, Figure, Scalar, Series, Table, ToolResult
from core.assistant.tools.evidence import Evidence
from core.assistant.tools.tool import body
from core.market.service import INDIA
from core.portfolio import book
from core.portfolio.desk import desk, load_for
from core.portfolio.exposure import By, OwnAsset
from core.portfolio.holdings import Holding
from core.portfolio.overview import Overview, compose
from core.portfolio.periods import Period
from core.portfolio.returns import Rate, Unavailable
from core.portfolio.studies import risk_study

EMPTY = (
    "Your portfolio is empty. Import a broker's file or add a purchase on the Portfolio page; the sample portfolio "
    "shows what it looks like."
)
_BY = {"holding": By.SYMBOL, "sector": By.SECTOR, "asset_class": By.CLASS, "account": By.ACCOUNT}
MOST = 15
_SLICES = 12


@dataclass(frozen=True)
class Seen:
    """The view of a portfolio with the source and time its figures carry."""

    view: Overview
    source: str
    as_of: date | datetime


def investor_of(evidence: Evidence, what: str) -> Investor:
    """Who asks. Raises NeedsInvestor."""
    investor = evidence.context.investor
    if investor is None:
        raise NeedsInvestor(evidence.tool, what)
    return investor


def seen(evidence: Evidence, investor: Investor) -> Seen:
    """The portfolio of the moment, or as of a past day (its ledger and prices as they stood then).

    Raises:
        db.session.DatabaseProblem: the database is away.
    """
    service = evidence.market
    if evidence.as_of is None:
        stand = desk(investor, service=service)
        view = compose(stand.ledger, stand.prices, stand.base, of=stand.values, own=stand.own)
    else:
        day = evidence.moment.astimezone(ZoneInfo(INDIA)).date()
        base = preferences.load(investor).base_currency
        ledger = book.ledger(investor, as_of=day)
        own = {one.symbol: one for one in book.own_assets(investor)}
        prices = load_for(investor, ledger, base, own, until=day, service=service)
        about = {symbol: OwnAsset(one.name, one.asset_class.capitalize(), one.currency) for symbol, one in own.items()}
        view = compose(ledger, prices, base, own=about)
    source = ", ".join(("ledger", *view.source))
    newest = max((one.as_of for one in view.holdings if one.as_of is not None), default=None)
    return Seen(view, source, view.until if newest is None else min(newest, evidence.moment))


@body("get_portfolio")
def get_portfolio(evidence: Evidence) -> ToolResult:
    """Worth, gains, returns, and every holding."""
    investor = investor_of(evidence, "A portfolio")
    found = seen(evidence, investor)
    view = found.view
    if view.empty:
        return evidence.missing(EMPTY)
    _simulated(evidence, view)
    symbol = evidence.symbol
    held = [one for one in view.holdings if not symbol or one.facts.symbol == symbol]
    if symbol and not held:
        name = evidence.market.resolve(symbol, owner=investor.owner).name
        evidence.value("held", "no", "text", f"{name} held", as_of=found.as_of, source=found.source)
        evidence.about((symbol,))
        return evidence.result()
    if not symbol:
        _whole(evidence, found)
    for one in held[:MOST]:
        _holding(evidence, found, one)
    if len(held) > MOST:
        evidence.warn(f"The {MOST} largest of {len(held)} holdings are told; the table has all.")
    for finding in view.findings[:3]:
        evidence.warn(f"{finding.detail} {finding.remedy}")
    evidence.show(_table(held, view.base))
    return evidence.result()


def _whole(evidence: Evidence, found: Seen) -> None:
    view, totals = found.view, found.view.totals

    def put(field: str, value: Decimal | float | None, unit: str, label: str, period: str = "") -> None:
        if value is not None:
            evidence.value(field, float(value), unit, label, symbol="", as_of=found.as_of, source=found.source,
                           period=period)  # fmt: skip

    put("portfolio_value", view.value, view.base, "Portfolio value")
    put("cash_value", view.cash_value, view.base, "Cash in it")
    put("invested", totals.invested, view.base, "Invested (cost of what is held)")
    put("unrealised_gain", totals.unrealised.total, view.base, "Unrealised gain")
    put("realised_gain", totals.realised.total, view.base, "Realised gain")
    put("income", totals.income, view.base, "Dividends and interest")
    put("total_gain", totals.total, view.base, "Gain in all, costs taken off")
    if totals.invested > 0:
        put("unrealised_percent", 100 * totals.unrealised.total / totals.invested, "%", "Unrealised gain on cost")
    evidence.value("holdings_count", len(view.holdings), "count", "Holdings", symbol="", as_of=found.as_of,
                   source="ledger")  # fmt: skip
    for period, performance in view.performance.items():
        words = period.words
        put(f"gain_{period.value}", performance.gain, view.base, f"Gain: {words}", period.value)
        _rate(evidence, found, f"return_{period.value}", performance.twr, f"Return: {words}", period.value)
        if period is Period.START:
            _rate(evidence, found, "xirr", performance.xirr, "Yearly return on money put in (XIRR)", period.value)
    if view.unknown:
        evidence.warn(f"Not in the value, for want of a price or rate: {', '.join(view.unknown)}.")
    ranked = [one for one in view.holdings if one.unrealised_rate is not None]
    for field, chosen, label in (
        ("best_holding", max(ranked, key=lambda one: (one.unrealised_rate or 0.0, one.facts.symbol), default=None),
         "Best holding by gain"),
        ("worst_holding", min(ranked, key=lambda one: (one.unrealised_rate or 0.0, one.facts.symbol), default=None),
         "Worst holding by gain"),
    ):  # fmt: skip
        if chosen is not None:
            evidence.value(field, chosen.facts.name, "text", label, symbol=chosen.facts.symbol, as_of=found.as_of,
                           source="ledger")  # fmt: skip


def _holding(evidence: Evidence, found: Seen, one: Holding) -> None:
    symbol, base = one.facts.symbol, found.view.base
    evidence.about((symbol,))
    source = ", ".join(filter(None, ("ledger", one.source)))
    as_of = found.as_of if one.as_of is None else min(one.as_of, evidence.moment)

    def put(field: str, value: Decimal | float | None, unit: str, label: str) -> None:
        if value is not None:
            evidence.value(field, float(value), unit, f"{one.facts.name}: {label}", symbol=symbol, as_of=as_of,
                           source=source)  # fmt: skip

    put("quantity", one.quantity, "shares", "quantity")
    put("price", one.price, one.facts.currency, "price")
    put("average_cost", one.average_cost, one.facts.currency, "average cost")
    put("value", one.value, base, "value")
    put("holding_gain", None if one.unrealised is None else one.unrealised.total, base, "unrealised gain")
    rate = one.unrealised_rate
    put("holding_gain_percent", None if rate is None else 100.0 * rate, "%", "unrealised gain on cost")
    put("weight", None if one.share is None else 100.0 * one.share, "%", "share of holdings")
    put("today_gain", one.today, base, "gain today")
    put("today_percent", None if isinstance(one.today_rate, Unavailable) else 100.0 * one.today_rate, "%", "today")
    evidence.value("held_since", one.since, "date", f"{one.facts.name}: held since", symbol=symbol, as_of=as_of,
                   source="ledger")  # fmt: skip


def _table(held: Sequence[Holding], base: str) -> Table:
    rows: list[tuple[Scalar, ...]] = []
    for one in held:
        rate = one.unrealised_rate
        rows.append(
            (
                one.facts.symbol,
                one.facts.name,
                float(one.quantity),
                None if one.average_cost is None else float(one.average_cost),
                None if one.price is None else float(one.price),
                None if one.value is None else float(one.value),
                None if one.unrealised is None else float(one.unrealised.total),
                None if rate is None else 100.0 * rate,
                None if one.share is None else 100.0 * one.share,
            )
        )
    return Table(
        "Holdings",
        (Column("Symbol", "text"), Column("Name", "text"), Column("Quantity", "shares"), Column("Average cost"),
         Column("Price"), Column("Value", base), Column("Unrealised gain", base), Column("On cost", "%"),
         Column("Share", "%")),
        tuple(rows),
    )  # fmt: skip


@body("create_portfolio_pie_chart")
def create_portfolio_pie_chart(evidence: Evidence) -> ToolResult:
    """The parts of the whole, largest first, the small ones together."""
    investor = investor_of(evidence, "A portfolio")
    found = seen(evidence, investor)
    view, by = found.view, evidence.text("by")
    slices = [one for one in view.allocation.get(_BY[by], ()) if one.share is not None and one.share > 0]
    if view.empty or not slices:
        return evidence.missing(EMPTY)
    _simulated(evidence, view)
    rows = [(one.label, float(one.value), 100.0 * (one.share or 0.0)) for one in slices]
    if len(rows) > _SLICES:
        rest = rows[_SLICES - 1 :]
        rows = [*rows[: _SLICES - 1], ("Others", sum(row[1] for row in rest), sum(row[2] for row in rest))]
    for place, (label, value, share) in enumerate(rows, 1):
        evidence.value(f"slice_{place}", label, "text", f"Part {place}", symbol="", as_of=found.as_of, source="ledger")
        evidence.value(f"slice_{place}_share", share, "%", label, symbol="", as_of=found.as_of, source=found.source)
        evidence.value(f"slice_{place}_value", value, view.base, f"{label}: value", symbol="", as_of=found.as_of,
                       source=found.source)  # fmt: skip
    evidence.value("portfolio_value", float(view.value), view.base, "Portfolio value", symbol="", as_of=found.as_of,
                   source=found.source)  # fmt: skip
    words = by.replace("_", " ")
    largest = ", ".join(f"{label} {share:.1f} percent" for label, _, share in rows[:5])
    worth = np.array([value for _, value, _ in rows])
    evidence.show(
        Figure(
            "pie",
            f"Portfolio by {words}",
            f"Pie of the portfolio by {words}: {largest}.",
            (Series("Value", tuple(label for label, _, _ in rows), worth, "bar", unit=view.base),),
            deep_link="/portfolio",
            unit=view.base,
        )
    )
    evidence.show(
        Table(
            f"Portfolio by {words}",
            (Column(words.capitalize(), "text"), Column("Value", view.base), Column("Share", "%")),
            tuple(rows),
        )
    )
    return evidence.result()


@body("get_portfolio_risk")
def get_portfolio_risk(evidence: Evidence) -> ToolResult:
    """Risk of what is held now, by the returns it would have had in three years."""
    investor = investor_of(evidence, "A portfolio")
    if evidence.as_of is not None:
        return evidence.missing("Risk is reckoned for what is held now. Ask without a past day.")
    found = seen(evidence, investor)
    if found.view.empty or not found.view.holdings:
        return evidence.missing(EMPTY)
    study = risk_study(investor, service=evidence.market)
    view, risk = study.view, study.now
    _simulated(evidence, view)

    def put(field: str, value: float | None, unit: str, label: str, period: str = "3y") -> None:
        if value is not None:
            evidence.value(field, value, unit, label, symbol="", as_of=found.as_of, source=found.source, period=period)

    put("portfolio_value", float(view.value), view.base, "Portfolio value", "")
    for field, rate, scale, unit, label in (
        ("volatility", risk.volatility, 100.0, "%", "Volatility a year"),
        ("beta", risk.beta, 1.0, "x", "Beta against NIFTY 50"),
        ("sharpe", risk.sharpe, 1.0, "x", "Sharpe ratio"),
        ("sortino", risk.sortino, 1.0, "x", "Sortino ratio"),
        ("correlation", risk.correlation, 1.0, "index", "Correlation with NIFTY 50"),
    ):
        if isinstance(rate, Unavailable):
            evidence.warn(f"{label} is not known: {rate.because}")
        else:
            put(field, scale * rate, unit, label)
    for tail in risk.tails:
        percent = round(100 * tail.level)
        put(f"var_{percent}", 100.0 * tail.historical, "%", f"Value at risk of a day, {percent} %")
        put(f"var_{percent}_amount", tail.historical * float(view.value), view.base,
            f"Value at risk of a day, {percent} %, in money")  # fmt: skip
        put(f"cvar_{percent}", 100.0 * tail.conditional, "%", f"Mean loss beyond it ({percent} %)")
    if not isinstance(risk.drawdown, Unavailable):
        put("max_drawdown", 100.0 * risk.drawdown.depth, "%", "Deepest fall of today's holdings")
    if not isinstance(study.concentration, Unavailable):
        parts = study.concentration
        put("effective_holdings", parts.effective, "count", "Like so many equal holdings", "")
        put("top5_share", 100.0 * parts.top5, "%", "Share of the five largest", "")
        symbol, share = parts.largest[0]
        put("largest_share", 100.0 * share, "%", "Share of the largest holding", "")
        evidence.value("largest_holding", symbol, "text", "Largest holding", symbol=symbol, as_of=found.as_of,
                       source="ledger")  # fmt: skip
        evidence.about((symbol,))
    rows: list[tuple[Scalar, ...]] = []
    if not isinstance(study.parts, Unavailable):
        shares = {one.facts.symbol: one.share for one in view.holdings}
        ranked = sorted(study.parts.items(), key=lambda pair: (-pair[1], pair[0]))
        for symbol, part in ranked[:5]:
            evidence.value("risk_share", 100.0 * part, "%", f"{symbol}: share of the risk", symbol=symbol,
                           as_of=found.as_of, source=found.source, period="3y")  # fmt: skip
        rows = [(symbol, 100.0 * (shares.get(symbol) or 0.0), 100.0 * part) for symbol, part in ranked]
    for stress in study.stresses:
        if not isinstance(stress.change, Unavailable):
            field = "stress_" + "_".join(re.findall(r"[a-z0-9]+", stress.words.lower()))[:40]
            put(field, 100.0 * stress.change, "%", f"Stress: {stress.words}", "")
    for breach in study.breaches[:3]:
        evidence.warn(f"{breach.message} {breach.remedy}")
    if study.left_out:
        evidence.warn(f"Left out for want of prices: {', '.join(study.left_out)}.")
    if rows:
        evidence.show(
            Table(
                "Where the risk comes from",
                (Column("Symbol", "text"), Column("Share of value", "%"), Column("Share of risk", "%")),
                tuple(rows),
            )
        )
    return evidence.result()


def _rate(evidence: Evidence, found: Seen, field: str, rate: Rate, label: str, period: str) -> None:
    if not isinstance(rate, Unavailable):
        evidence.value(field, 100.0 * rate, "%", label, symbol="", as_of=found.as_of, source=found.source,
                       period=period)  # fmt: skip


def _simulated(evidence: Evidence, view: Overview) -> None:
    if view.simulated:
        evidence.simulate()
