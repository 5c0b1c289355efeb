"""Who a company is, and what it pays its owners."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import numpy as np

from core.assistant.model import Column, Figure, Scalar, Series, Table, Text, ToolResult
from core.assistant.tools import ratios
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.quotes import price_of
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.market.model import Action, ActionKind, AssetClass, Event, Profile, Sourced

MOST_PEERS = 6


@body("get_company_profile")
def get_company_profile(evidence: Evidence) -> ToolResult:
    """Business, place, people, listing and peers."""
    instrument = evidence.instrument()
    answer: Sourced[Profile] = evidence.market.profile(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    profile = evidence.used(answer)

    def put(field: str, value: Scalar, unit: str, label: str, source: str = "") -> None:
        if value not in (None, ""):
            evidence.value(field, value, unit, label, as_of=answer.as_of, source=source or answer.source)

    put("name", profile.name, "text", "Name")
    put("sector", profile.sector or instrument.sector, "text", "Sector")
    put("industry", profile.industry or instrument.industry, "text", "Industry")
    put("country", profile.country, "text", "Country")
    put("city", profile.city, "text", "City")
    put("employees", profile.employees, "count", "Employees")
    put("website", profile.website, "text", "Website")
    put("isin", profile.isin or instrument.isin, "text", "ISIN", "catalogue" if not profile.isin else "")
    put("exchange", instrument.exchange, "text", "Exchange", "catalogue")
    put("currency", instrument.currency, "text", "Currency", "catalogue")
    put("asset_class", instrument.asset_class.value, "text", "Kind", "catalogue")
    if profile.first_traded:
        put("first_traded", profile.first_traded, "date", "First traded")
    if profile.summary:
        evidence.show(Text(f"About {profile.name}", profile.summary, untrusted=True))
        put("summary", profile.summary, "text", "Business")
    if instrument.asset_class is AssetClass.STOCK:
        same = [one for one in ratios.peers(evidence, instrument) if one.industry == instrument.industry]
        if same:
            names = ", ".join(name_of(one) for one in same[:MOST_PEERS])
            put("peers", names, "text", "Others in the industry", "catalogue")
        try:
            known = ratios.ratios_of(evidence)
        except MarketError as error:
            evidence.warn(f"Its size is not known: {error}")
        else:
            ratios.add(evidence, known, "market_cap", "revenue")
    return evidence.result()


@body("get_dividend_info")
def get_dividend_info(evidence: Evidence) -> ToolResult:
    """Dividends by year, the yield on the price of the day, what comes next."""
    instrument = evidence.instrument()
    years = evidence.whole("years")
    answer: Sourced[tuple[Action, ...]] = evidence.market.actions(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    today = evidence.moment.date()
    rows = [one for one in evidence.used(answer) if one.kind is ActionKind.DIVIDEND]
    paid = [one for one in rows if one.ex_date <= today]
    source, currency = answer.source, instrument.currency
    price = price_of(evidence)

    def put(field: str, value: Scalar, unit: str, label: str, as_of: date | None = None, period: str = "") -> None:
        evidence.value(field, value, unit, label, as_of=as_of or price.at, source=source, period=period)

    put("dividends_paid_count", len(paid), "count", "Dividends on record")
    year = [one for one in paid if one.ex_date > today - timedelta(days=365)]
    total = float(sum(one.value for one in year))
    put("dividend_12m", total, currency, "Dividends a share of 12 months", period="12 months")
    put("dividend_yield", 100.0 * total / price.price, "%", "Dividend yield (12 months on the price)")
    put("price", price.price, currency, "Price")
    if paid:
        last = max(paid, key=lambda one: one.ex_date)
        put("last_dividend", last.value, currency, "Last dividend a share", last.ex_date)
        put("last_ex_date", last.ex_date, "date", "Last ex-date", last.ex_date)
    else:
        evidence.warn(f"{name_of(instrument)} has paid no dividend on record.")
    _next(evidence, [one for one in rows if one.ex_date > today], source)
    by_year: dict[int, float] = defaultdict(float)
    count: dict[int, int] = defaultdict(int)
    for one in paid:
        by_year[one.ex_date.year] += one.value
        count[one.ex_date.year] += 1
    shown = [number for number in sorted(by_year) if number > today.year - years]
    full = [number for number in shown if number < today.year]
    if len(full) >= 2 and by_year[full[0]] > 0:
        grown = 100.0 * ((by_year[full[-1]] / by_year[full[0]]) ** (1.0 / (full[-1] - full[0])) - 1.0)
        put("dividend_cagr", grown, "%", "Dividend growth a year (compound)", date(full[-1], 12, 31),
            f"{full[0]} to {full[-1]}")  # fmt: skip
    for number in shown:
        end = min(date(number, 12, 31), today)
        put("dividend", by_year[number], currency, "Dividends a share of the year", end, str(number))
    try:
        known = ratios.ratios_of(evidence)
    except MarketError as error:
        evidence.warn(f"The payout ratio is not known: {error}")
    else:
        ratios.add(evidence, known, "payout_ratio", "eps")
    if shown:
        name = name_of(instrument)
        evidence.show(
            Table(
                f"{name}: dividends a share",
                (Column("Year", "text"), Column("Dividends a share", currency), Column("Payments", "count")),
                tuple((str(number), by_year[number], count[number]) for number in reversed(shown)),
                note="Split-adjusted, by ex-date.",
            )
        )
        evidence.show(
            Figure(
                "bars",
                f"{name}: dividends a share by year",
                f"Bars of dividends a share of {name}, {shown[0]} to {shown[-1]}.",
                (Series("Dividends a share", tuple(map(str, shown)), np.array([by_year[n] for n in shown]), "bar",
                        unit=currency),),
                unit=currency,
                symbols=(instrument.symbol,),
            )
        )  # fmt: skip
    return evidence.result()


def _next(evidence: Evidence, declared: list[Action], source: str) -> None:
    """The next ex-date: declared already, or in the calendar of events."""
    currency = evidence.instrument().currency
    if declared:
        soon = min(declared, key=lambda one: one.ex_date)
        evidence.value("next_ex_date", soon.ex_date, "date", "Next ex-date", as_of=evidence.moment, source=source)
        evidence.value("next_dividend", soon.value, currency, "Next dividend", as_of=evidence.moment, source=source)
        return
    try:
        answer: Sourced[tuple[Event, ...]] = evidence.market.events(
            evidence.symbol, as_of=evidence.as_of, owner=evidence.context.owner
        )
    except MarketError as error:
        evidence.warn(f"The next ex-date is not known: {error}")
        return
    today = evidence.moment.date()
    ahead = [one for one in evidence.used(answer) if one.kind == "ex_dividend" and one.on > today]
    if ahead:
        soonest = min(ahead, key=lambda one: one.on)
        evidence.value("next_ex_date", soonest.on, "date", "Next ex-date", as_of=answer.as_of, source=answer.source)
        if soonest.actual is not None:
            evidence.value("next_dividend", soonest.actual, currency, "Next dividend", as_of=answer.as_of,
                           source=answer.source)  # fmt: skip
