"""Profile, ratios, statements and results out of Alpha Vantage's fundamentals. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from core.market.errors import EmptyAnswer, Unavailable
from core.market.model import Event, Instrument, Period, Profile, Ratios, Statement, StatementKind, Warn
from core.market.sources.alpha_vantage.calls import NAME
from core.market.sources.filing import known_on
from core.market.sources.untrusted import SUMMARY_LIMIT, day, link, mapping, number, put, sequence, text, whole

_RATIOS = (
    ("PERatio", "pe", 1.0),
    ("ForwardPE", "forward_pe", 1.0),
    ("PEGRatio", "peg", 1.0),
    ("PriceToBookRatio", "pb", 1.0),
    ("PriceToSalesRatioTTM", "ps", 1.0),
    ("EVToRevenue", "ev_revenue", 1.0),
    ("EVToEBITDA", "ev_ebitda", 1.0),
    ("ProfitMargin", "profit_margin", 1.0),
    ("OperatingMarginTTM", "operating_margin", 1.0),
    ("ReturnOnEquityTTM", "roe", 1.0),
    ("ReturnOnAssetsTTM", "roa", 1.0),
    ("DividendYield", "dividend_yield", 1.0),
    ("DividendPerShare", "dividend_rate", 1.0),
    ("PayoutRatio", "payout_ratio", 1.0),
    ("EPS", "eps", 1.0),
    ("BookValue", "book_value", 1.0),
    ("Beta", "beta", 1.0),
    ("MarketCapitalization", "market_cap", 1.0),
    ("RevenueTTM", "revenue", 1.0),
    ("EBITDA", "ebitda", 1.0),
    ("QuarterlyEarningsGrowthYOY", "quarterly_earnings_growth", 1.0),
    ("QuarterlyRevenueGrowthYOY", "revenue_growth", 1.0),
    ("RevenuePerShareTTM", "revenue_per_share", 1.0),
    ("SharesOutstanding", "shares_outstanding", 1.0),
    ("SharesFloat", "float_shares", 1.0),
    ("PercentInsiders", "held_by_insiders", 0.01),
    ("PercentInstitutions", "held_by_institutions", 0.01),
    ("50DayMovingAverage", "sma_50", 1.0),
    ("200DayMovingAverage", "sma_200", 1.0),
)
_KINDS = (StatementKind.INCOME, StatementKind.BALANCE, StatementKind.CASH_FLOW)
# Where the snake_case of its name is not the name the rest of the house uses (see the Yahoo source's lines).
_OURS = {
    "researchAndDevelopment": "research_and_development",
    "sellingGeneralAndAdministrative": "selling_general_administrative",
    "depreciationAndAmortization": "depreciation",
    "incomeBeforeTax": "pretax_income",
    "incomeTaxExpense": "tax_provision",
    "operatingExpenses": "operating_expense",
    "cashAndCashEquivalentsAtCarryingValue": "cash",
    "cashAndShortTermInvestments": "cash_and_short_term_investments",
    "totalCurrentAssets": "current_assets",
    "totalNonCurrentAssets": "non_current_assets",
    "totalCurrentLiabilities": "current_liabilities",
    "totalNonCurrentLiabilities": "non_current_liabilities",
    "currentNetReceivables": "receivables",
    "propertyPlantEquipment": "net_ppe",
    "currentAccountsPayable": "accounts_payable",
    "shortLongTermDebtTotal": "total_debt",
    "totalShareholderEquity": "total_equity",
    "commonStockSharesOutstanding": "shares_outstanding",
    "operatingCashflow": "operating_cash_flow",
    "cashflowFromInvestment": "investing_cash_flow",
    "cashflowFromFinancing": "financing_cash_flow",
    "dividendPayout": "dividends_paid",
}
# It reports these as amounts spent; Yahoo and our names have cash paid out as a negative number.
_SPENT = frozenset({"capital_expenditure", "dividends_paid"})
_NAMES = {"capitalExpenditures": "capital_expenditure", **_OURS}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def overview(payload: Any, instrument: Instrument, theirs: str) -> dict[str, Any]:
    """The overview's fields. Raises EmptyAnswer when it is ``{}`` (no company data) and Unavailable for another's."""
    answer = mapping(payload)
    if not answer:
        raise EmptyAnswer(NAME, f"it has no company data of {instrument.symbol}.")
    told = text(answer.get("Symbol"), 40)
    if told is None or told.upper() != theirs.upper():
        raise Unavailable(NAME, f"asked about {theirs}, it answered about {told or 'nothing'}. Not used.")
    return answer


def parse_profile(payload: Any, instrument: Instrument, theirs: str) -> Profile:
    """Who the company is."""
    found = overview(payload, instrument, theirs)
    return Profile(
        instrument.symbol,
        text(found.get("Name")) or instrument.name,
        summary=text(found.get("Description"), SUMMARY_LIMIT),
        sector=_title(found.get("Sector")),
        industry=_title(found.get("Industry")),
        country=text(found.get("Country")),
        website=link(found.get("OfficialSite")),
        employees=whole(found.get("FullTimeEmployees")),
    )


def _title(value: Any) -> str | None:
    words = text(value)
    return words.title() if words is not None and words.isupper() else words


def parse_ratios(payload: Any, instrument: Instrument, theirs: str, received_at: datetime) -> Ratios:
    """Ratios of the day they were received: the overview names no day of its own."""
    found = overview(payload, instrument, theirs)
    values: dict[str, float] = {}
    for field, name, factor in _RATIOS:
        put(values, name, found.get(field), scale=factor)
    if not values:
        raise EmptyAnswer(NAME, f"it has no ratios of {instrument.symbol}.")
    return Ratios(instrument.symbol, received_at.date(), values)


def parse_statements(
    payloads: Sequence[Any], instrument: Instrument, theirs: str, received_at: datetime
) -> tuple[tuple[Statement, ...], datetime, tuple[Warn, ...]]:
    """All statements, newest first within each kind and period.

    An income statement was known on the day the results were reported; balance sheets and cash flows often follow
    with the filing, so they count as known on the last day the law allowed, as do results without a reported day.
    """
    reported = _reported(payloads[3]) if len(payloads) > 3 else {}
    rows = [
        (kind, period, end, mapping(row))
        for kind, payload in zip(_KINDS, payloads, strict=False)
        for period, field in ((Period.ANNUAL, "annualReports"), (Period.QUARTERLY, "quarterlyReports"))
        for row in sequence(_own(payload, theirs).get(field))
        if (end := day(mapping(row).get("fiscalDateEnding"))) is not None
    ]
    year_ends = {end for _, period, end, _ in rows if period is Period.ANNUAL}
    statements = []
    for kind, period, end, row in rows:
        items = _items(row)
        if not items:
            continue
        filed = reported.get(end) if kind is StatementKind.INCOME else None
        known = filed or known_on(instrument, period, end, year_ends)
        money = text(row.get("reportedCurrency"), 8) or ""
        statements.append(Statement(kind, period, end, money, items, filed, known, known_estimated=filed is None))
    if not statements:
        raise EmptyAnswer(NAME, f"it has no statements of {instrument.symbol}.")
    statements.sort(key=lambda one: (one.kind, one.period, -one.period_end.toordinal()))
    public = [one.known_on for one in statements if one.known_on <= received_at.date()]
    as_of = datetime.combine(max(public), time(), tzinfo=UTC) if public else received_at
    detail = "Balance sheets and cash flows carry no filing date; they count as known on the last day the law allowed."
    return tuple(statements), as_of, (Warn("filing_estimated", detail),)


def _own(payload: Any, theirs: str) -> dict[str, Any]:
    answer = mapping(payload)
    told = text(answer.get("symbol"), 40)
    if told is not None and told.upper() != theirs.upper():
        raise Unavailable(NAME, f"asked about {theirs}, it answered about {told}. Not used.")
    return answer


def _items(row: dict[str, Any]) -> dict[str, float]:
    items: dict[str, float] = {}
    for field, value in row.items():
        if field not in {"fiscalDateEnding", "reportedCurrency"}:
            put(items, _NAMES.get(field) or _WORD.sub("_", field).lower(), value)
    for name in _SPENT & items.keys():
        items[name] = -abs(items[name])
    if "free_cash_flow" not in items and {"operating_cash_flow", "capital_expenditure"} <= items.keys():
        items["free_cash_flow"] = items["operating_cash_flow"] + items["capital_expenditure"]
    return items


def _reported(payload: Any) -> dict[date, date]:
    found = {}
    for row in sequence(mapping(payload).get("quarterlyEarnings")):
        end, reported = day(mapping(row).get("fiscalDateEnding")), day(mapping(row).get("reportedDate"))
        if end is not None and reported is not None and reported >= end:
            found[end] = reported
    return found


def parse_events(payload: Any, instrument: Instrument, theirs: str) -> tuple[Event, ...]:
    """Past results announcements, oldest first, with estimate and actual earnings a share."""
    events = []
    for row in sequence(_own(payload, theirs).get("quarterlyEarnings")):
        entry = mapping(row)
        on, end = day(entry.get("reportedDate")), day(entry.get("fiscalDateEnding"))
        if on is not None:
            title = f"Results for the quarter to {end:%Y-%m-%d}" if end else "Results"
            estimate, actual = number(entry.get("estimatedEPS")), number(entry.get("reportedEPS"))
            events.append(Event(instrument.symbol, "results", on, title, estimate, actual))
    if not events:
        raise EmptyAnswer(NAME, f"it knows no results of {instrument.symbol}.")
    return tuple(sorted(events, key=lambda event: event.on))
