"""Profile, officers and ratios out of Yahoo's company summary. Pure."""

from datetime import UTC, datetime
from typing import Any

from core.market.errors import EmptyAnswer, Unavailable
from core.market.model import Instrument, Officer, Profile, Ratios
from core.market.sources.untrusted import SUMMARY_LIMIT, link, mapping, moment, number, put, sequence, text, whole
from core.market.sources.yahoo.calls import NAME
from core.market.sources.yahoo.chart import refuse

# Yahoo's field, our name, factor. Percentages become fractions.
_RATIOS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "summaryDetail": (
        ("trailingPE", "pe", 1),
        ("forwardPE", "forward_pe", 1),
        ("priceToSalesTrailing12Months", "ps", 1),
        ("dividendYield", "dividend_yield", 1),
        ("dividendRate", "dividend_rate", 1),
        ("fiveYearAvgDividendYield", "dividend_yield_5y", 0.01),
        ("payoutRatio", "payout_ratio", 1),
        ("beta", "beta", 1),
        ("marketCap", "market_cap", 1),
        ("averageVolume", "average_volume", 1),
        ("fiftyDayAverage", "sma_50", 1),
        ("twoHundredDayAverage", "sma_200", 1),
    ),
    "defaultKeyStatistics": (
        ("priceToBook", "pb", 1),
        ("pegRatio", "peg", 1),
        ("enterpriseValue", "enterprise_value", 1),
        ("enterpriseToRevenue", "ev_revenue", 1),
        ("enterpriseToEbitda", "ev_ebitda", 1),
        ("bookValue", "book_value", 1),
        ("trailingEps", "eps", 1),
        ("forwardEps", "forward_eps", 1),
        ("sharesOutstanding", "shares_outstanding", 1),
        ("floatShares", "float_shares", 1),
        ("heldPercentInsiders", "held_by_insiders", 1),
        ("heldPercentInstitutions", "held_by_institutions", 1),
        ("shortPercentOfFloat", "short_of_float", 1),
        ("earningsQuarterlyGrowth", "quarterly_earnings_growth", 1),
    ),
    "financialData": (
        ("returnOnEquity", "roe", 1),
        ("returnOnAssets", "roa", 1),
        ("grossMargins", "gross_margin", 1),
        ("ebitdaMargins", "ebitda_margin", 1),
        ("operatingMargins", "operating_margin", 1),
        ("profitMargins", "profit_margin", 1),
        ("debtToEquity", "debt_to_equity", 0.01),
        ("currentRatio", "current_ratio", 1),
        ("quickRatio", "quick_ratio", 1),
        ("revenueGrowth", "revenue_growth", 1),
        ("earningsGrowth", "earnings_growth", 1),
        ("revenuePerShare", "revenue_per_share", 1),
        ("totalRevenue", "revenue", 1),
        ("ebitda", "ebitda", 1),
        ("totalDebt", "total_debt", 1),
        ("totalCash", "total_cash", 1),
        ("freeCashflow", "free_cash_flow", 1),
        ("operatingCashflow", "operating_cash_flow", 1),
    ),
}


def modules(payload: Any, instrument: Instrument) -> dict[str, Any]:
    """The modules of a summary. Raises UnknownSymbol, EmptyAnswer and Unavailable (another symbol's data)."""
    found = mapping(mapping(payload).get("quoteSummary")) or mapping(mapping(payload).get("finance"))
    error = mapping(found.get("error"))
    if "no fundamentals data" in str(error.get("description", "")).lower():
        raise EmptyAnswer(NAME, f"it has no company data of {instrument.symbol}.")
    refuse(error, instrument.symbol)
    result = mapping(next(iter(sequence(found.get("result"))), None))
    if not result:
        raise EmptyAnswer(NAME, f"it has no company data of {instrument.symbol}.")
    for part in ("price", "quoteType"):
        told = mapping(result.get(part)).get("symbol")
        if isinstance(told, str) and told.upper() != instrument.symbol.upper():
            raise Unavailable(NAME, f"asked about {instrument.symbol}, it answered about {text(told, 30)}. Not used.")
    return result


def parse_profile(payload: Any, instrument: Instrument) -> Profile:
    """Who the company is, in Yahoo's words made safe for the screen."""
    found = modules(payload, instrument)
    about, kind, price = (mapping(found.get(name)) for name in ("assetProfile", "quoteType", "price"))
    first = moment(kind.get("firstTradeDateEpochUtc"))
    name = text(kind.get("longName")) or text(price.get("longName")) or text(price.get("shortName"))
    return Profile(
        instrument.symbol,
        name or instrument.name,
        summary=text(about.get("longBusinessSummary"), SUMMARY_LIMIT),
        sector=text(about.get("sector")),
        industry=text(about.get("industry")),
        country=text(about.get("country")),
        city=text(about.get("city")),
        website=link(about.get("website")),
        employees=whole(about.get("fullTimeEmployees")),
        first_traded=first.date() if first else None,
    )


def parse_officers(payload: Any, instrument: Instrument) -> tuple[Officer, ...]:
    """The officers in Yahoo's order. Raises EmptyAnswer when it names none."""
    officers = []
    for row in sequence(mapping(modules(payload, instrument).get("assetProfile")).get("companyOfficers")):
        entry = mapping(row)
        name = text(entry.get("name"))
        if name:
            title = text(entry.get("title")) or "Officer"
            officers.append(Officer(name, title, whole(entry.get("age")), number(entry.get("totalPay"))))
    if not officers:
        raise EmptyAnswer(NAME, f"it names no officers of {instrument.symbol}.")
    return tuple(officers)


def parse_ratios(payload: Any, instrument: Instrument, received_at: datetime) -> tuple[Ratios, datetime]:
    """Ratios of the day of the last trade, and its time. Raises EmptyAnswer when there are none."""
    found = modules(payload, instrument)
    values: dict[str, float] = {}
    for module, fields in _RATIOS.items():
        source = mapping(found.get(module))
        for field, name, factor in fields:
            put(values, name, source.get(field), scale=factor)
    if not values:
        raise EmptyAnswer(NAME, f"it has no ratios of {instrument.symbol}.")
    traded = moment(mapping(found.get("price")).get("regularMarketTime"))
    as_of = min(traded or received_at, received_at).astimezone(UTC)
    return Ratios(instrument.symbol, as_of.date(), values), as_of
