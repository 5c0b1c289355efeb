"""A company's accounts: fundamentals, annual reports, quarterly results."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.assistant.model import Column, Figure, Scalar, Series, Table, ToolResult
from core.assistant.tools import ratios
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.periods import Report, growth, reports, share, times, year_before
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.market.model import Event, Instrument, Period, Sourced

_LINES: tuple[tuple[str, Callable[[Report], float | None]], ...] = (
    ("Revenue", lambda one: one.revenue),
    ("Operating profit", lambda one: one.operating),
    ("Net profit", lambda one: one.profit),
    ("EPS", lambda one: one.eps),
    ("Operating cash flow", lambda one: one.get("operating_cash_flow")),
    ("Free cash flow", lambda one: one.free_cash_flow),
    ("Total debt", lambda one: one.get("total_debt")),
    ("Shareholders' equity", lambda one: one.get("total_equity", "common_stock_equity")),
)


@body("get_fundamentals")
def get_fundamentals(evidence: Evidence) -> ToolResult:
    """Years (or quarters) of accounts with growth, and where the company stands now."""
    period = Period.ANNUAL if evidence.text("period") == "annual" else Period.QUARTERLY
    result = _tell(evidence, period, evidence.whole("count"))
    try:
        known = ratios.ratios_of(evidence)
    except MarketError as error:
        evidence.warn(f"Ratios are not known: {error}")
        return result
    ratios.add(evidence, known, "roe", "debt_to_equity", "profit_margin", "pe", "market_cap")
    return evidence.result()


@body("get_annual_reports")
def get_annual_reports(evidence: Evidence) -> ToolResult:
    """Year by year as filed."""
    return _tell(evidence, Period.ANNUAL, evidence.whole("years"))


@body("get_quarterly_results")
def get_quarterly_results(evidence: Evidence) -> ToolResult:
    """Quarter by quarter, the latest with its surprise."""
    result = _tell(evidence, Period.QUARTERLY, evidence.whole("quarters"))
    _surprise(evidence)
    return evidence.result() if not result.unavailable else result


def _tell(evidence: Evidence, period: Period, count: int) -> ToolResult:
    instrument = evidence.instrument()
    rows, source = reports(evidence, period)
    shown = rows[-count:]
    latest = shown[-1]
    for row in reversed(shown):
        _values(evidence, row, year_before(rows, row), source, full=row is latest)
    if period is Period.QUARTERLY:
        _quarter_on_quarter(evidence, rows, latest, source)
    evidence.value("latest_period", latest.name, "text", "Latest period", as_of=latest.end, source=source)
    evidence.value("known_on", latest.known_on, "date", "Known since", as_of=latest.known_on, source=source)
    if latest.known_estimated:
        evidence.warn("The filing date is an assumption: the last day the law allowed.")
    _compound(evidence, shown, source, period)
    evidence.show(_table(instrument, shown, period))
    evidence.show(_figure(instrument, shown, period))
    return evidence.result()


def _values(evidence: Evidence, row: Report, before: Report | None, source: str, *, full: bool) -> None:
    money = row.currency

    def put(field: str, value: float | None, unit: str, label: str) -> None:
        if value is not None:
            evidence.value(field, value, unit, label, as_of=row.end, source=source, period=row.name)

    put("revenue", row.revenue, money, "Revenue")
    put("net_income", row.profit, money, "Net profit")
    put("eps", row.eps, money, "EPS")
    put("net_margin", share(row.profit, row.revenue), "%", "Net margin")
    if before is not None:
        put("revenue_growth", growth(row.revenue, before.revenue), "%", "Revenue growth on the year")
        put("net_income_growth", growth(row.profit, before.profit), "%", "Profit growth on the year")
        put("eps_growth", growth(row.eps, before.eps), "%", "EPS growth on the year")
    if not full:
        return
    equity, debt = row.get("total_equity", "common_stock_equity"), row.get("total_debt")
    put("operating_income", row.operating, money, "Operating profit")
    put("ebitda", row.get("ebitda"), money, "EBITDA")
    put("operating_margin", share(row.operating, row.revenue), "%", "Operating margin")
    put("gross_margin", share(row.get("gross_profit"), row.revenue), "%", "Gross margin")
    put("operating_cash_flow", row.get("operating_cash_flow"), money, "Operating cash flow")
    put("capital_expenditure", row.get("capital_expenditure"), money, "Capital expenditure")
    put("free_cash_flow", row.free_cash_flow, money, "Free cash flow")
    put("total_assets", row.get("total_assets"), money, "Total assets")
    put("total_equity", equity, money, "Shareholders' equity")
    put("total_debt", debt, money, "Total debt")
    put("cash", row.get("cash", "cash_and_short_term_investments"), money, "Cash")
    put("debt_to_equity", times(debt, equity), "x", "Debt to equity")
    put("cash_conversion", share(row.get("operating_cash_flow"), row.profit), "%", "Operating cash flow to profit")


def _quarter_on_quarter(evidence: Evidence, rows: Sequence[Report], latest: Report, source: str) -> None:
    if len(rows) < 2 or not 80 <= (latest.end - rows[-2].end).days <= 100:
        return
    before = rows[-2]
    for field, now, then, label in (
        ("revenue_qoq", latest.revenue, before.revenue, "Revenue growth on the quarter before"),
        ("net_income_qoq", latest.profit, before.profit, "Profit growth on the quarter before"),
    ):
        value = growth(now, then)
        if value is not None:
            evidence.value(field, value, "%", label, as_of=latest.end, source=source, period=latest.name)


def _compound(evidence: Evidence, rows: Sequence[Report], source: str, period: Period) -> None:
    """Compound yearly growth from the first to the last year shown."""
    if period is not Period.ANNUAL or len(rows) < 3:
        return
    first, last, years = rows[0], rows[-1], (rows[-1].end - rows[0].end).days / 365.25
    for field, one, other, label in (
        ("revenue_cagr", first.revenue, last.revenue, "Revenue growth a year (compound)"),
        ("net_income_cagr", first.profit, last.profit, "Profit growth a year (compound)"),
    ):
        if one is not None and other is not None and one > 0 and other > 0:
            value = 100.0 * ((other / one) ** (1.0 / years) - 1.0)
            evidence.value(field, value, "%", label, as_of=last.end, source=source,
                           period=f"{first.name} to {last.name}")  # fmt: skip


def _surprise(evidence: Evidence) -> None:
    """Actual against estimated earnings a share of the latest results announced."""
    try:
        answer: Sourced[tuple[Event, ...]] = evidence.market.events(
            evidence.symbol, as_of=evidence.as_of, owner=evidence.context.owner
        )
    except MarketError as error:
        evidence.warn(f"Estimates are not known: {error}")
        return
    events = [one for one in evidence.used(answer) if one.kind == "results"]
    past = [one for one in events if one.actual is not None and one.on <= evidence.moment.date()]
    ahead = [one for one in events if one.actual is None and one.on >= evidence.moment.date()]
    currency = evidence.instrument().currency
    if past:
        last = max(past, key=lambda one: one.on)
        evidence.value("announced_on", last.on, "date", "Results announced on", as_of=last.on, source=answer.source)
        evidence.value("eps_actual", last.actual, currency, "EPS announced", as_of=last.on, source=answer.source)
        if last.estimate:
            evidence.value("eps_estimate", last.estimate, currency, "EPS expected", as_of=last.on, source=answer.source)
            assert last.actual is not None
            surprise = 100.0 * (last.actual - last.estimate) / abs(last.estimate)
            evidence.value("eps_surprise", surprise, "%", "Surprise", as_of=last.on, source=answer.source)
    if ahead:
        soon = min(ahead, key=lambda one: one.on)
        label = "Next results" if soon.confirmed else "Next results (expected)"
        evidence.value("next_results", soon.on, "date", label, as_of=answer.as_of, source=answer.source)


def _table(instrument: Instrument, rows: Sequence[Report], period: Period) -> Table:
    cells: list[tuple[Scalar, ...]] = []
    for label, read in _LINES:
        values = [read(one) for one in rows]
        if any(value is not None for value in values):
            cells.append((label, *values))
    currency = rows[-1].currency
    kind = "by year" if period is Period.ANNUAL else "by quarter"
    return Table(
        f"{name_of(instrument)}: accounts {kind}",
        (Column("Line", "text"), *(Column(one.name, currency) for one in rows)),
        tuple(cells),
        note=f"In {currency}.",
    )


def _figure(instrument: Instrument, rows: Sequence[Report], period: Period) -> Figure:
    names = tuple(one.name for one in rows)
    revenue = np.array([np.nan if one.revenue is None else one.revenue for one in rows])
    profit = np.array([np.nan if one.profit is None else one.profit for one in rows])
    currency = rows[-1].currency
    kind = "year" if period is Period.ANNUAL else "quarter"
    return Figure(
        "bars",
        f"{name_of(instrument)}: revenue and profit by {kind}",
        f"Bars of revenue and net profit of {name_of(instrument)}, {names[0]} to {names[-1]}.",
        (
            Series("Revenue", names, revenue, "bar", unit=currency),
            Series("Net profit", names, profit, "bar", unit=currency),
        ),
        unit=currency,
        symbols=(instrument.symbol,),
    )
