"""Ratios and valuation: against the sector's median and the stock's own past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.assistant.model import Column, Figure, Level, Scalar, Series, Table, ToolResult
from core.assistant.tools import ratios
from core.assistant.tools.bars import Floats, load
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.periods import Report, reports, share, times
from core.assistant.tools.quotes import price_of
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.market.model import Period

QUALITY = ("roe", "roa", "gross_margin", "operating_margin", "profit_margin", "debt_to_equity", "current_ratio",
           "quick_ratio", "revenue_growth", "earnings_growth", "payout_ratio")  # fmt: skip
VALUE = ("pe", "forward_pe", "pb", "ps", "ev_ebitda", "ev_revenue", "peg", "dividend_yield")
LEAST_MONTHS = 12


@body("get_financial_ratios")
def get_financial_ratios(evidence: Evidence) -> ToolResult:
    """Profitability, leverage and liquidity, each beside the sector's median."""
    known = ratios.ratios_of(evidence)
    ratios.add(evidence, known, *QUALITY)
    _from_statements(evidence)
    _beside_sector(evidence, known, QUALITY, "financial ratios")
    return evidence.result()


@body("get_valuation_metrics")
def get_valuation_metrics(evidence: Evidence) -> ToolResult:
    """Multiples, beside the sector's median and the stock's own five years."""
    known = ratios.ratios_of(evidence)
    ratios.add(evidence, known, "market_cap", "enterprise_value", *VALUE, "eps", "book_value")
    price = price_of(evidence)
    evidence.value("price", price.price, known.instrument.currency, "Price", as_of=price.at, source=price.source)
    pe, grown = known.values.get("pe"), known.values.get("earnings_growth")
    if pe is not None and pe > 0:
        evidence.value("earnings_yield", 100.0 / pe, "%", "Earnings yield (1 over P/E)", as_of=known.as_of,
                       source=known.source)  # fmt: skip
        if "peg" not in known.values and grown is not None and grown > 0:
            evidence.value("peg_ratio", pe / (100.0 * grown), "x", "PEG (P/E over last year's profit growth)",
                           as_of=known.as_of, source=known.source)  # fmt: skip
    elif pe is None:
        evidence.warn("There is no P/E: the company made no profit in the last twelve months, or none is reported.")
    _beside_sector(evidence, known, VALUE, "valuation")
    _own_history(evidence, known)
    return evidence.result()


def _beside_sector(evidence: Evidence, known: ratios.Known, names: Sequence[str], title: str) -> None:
    found = ratios.medians(evidence, known.instrument)
    medians: Mapping[str, float] = {} if found is None else found.values
    rows: list[tuple[Scalar, ...]] = []
    for name in names:
        how, own = ratios.BY_NAME[name], known.scaled(name)
        median = medians.get(name)
        if own is None:
            continue
        rows.append((how.label, own, median, how.unit))
        if found is not None and median is not None:
            evidence.value(
                f"sector_{how.field}", median, how.unit, f"{how.label}: median of {found.sector}",
                as_of=found.as_of, source=found.source,
            )  # fmt: skip
            if how.unit == "x" and median > 0:
                away = 100.0 * (own / median - 1.0)
                evidence.value(f"{how.field}_vs_sector", away, "%", f"{how.label} against the sector's median",
                               as_of=known.as_of, source=known.source)  # fmt: skip
    if found is None:
        evidence.warn("There are too few companies of its sector in the catalogue for a median.")
    else:
        evidence.value("sector", found.sector, "text", "Sector", as_of=known.as_of, source="catalogue")
        evidence.value("sector_counted", found.counted, "count", "Companies in the sector's median",
                       as_of=found.as_of, source=found.source)  # fmt: skip
    if rows:
        evidence.show(
            Table(
                f"{name_of(known.instrument)}: {title}",
                (Column("Ratio", "text"), Column("Value"), Column("Sector median"), Column("Unit", "text")),
                tuple(rows),
                note="" if found is None else f"Median of {found.counted} other companies in {found.sector}.",
            )
        )


def _from_statements(evidence: Evidence) -> None:
    """ROCE, interest cover, asset turnover of the last year filed: ratios no vendor gives the same way."""
    try:
        rows, source = reports(evidence, Period.ANNUAL)
    except MarketError as error:
        evidence.warn(f"Ratios out of the accounts are not known: {error}")
        return
    last = rows[-1]
    operating, assets = last.operating, last.get("total_assets")
    due, interest = last.get("current_liabilities"), last.get("interest_expense")

    def put(field: str, value: float | None, unit: str, label: str) -> None:
        if value is not None:
            evidence.value(field, value, unit, label, as_of=last.end, source=source, period=last.name)

    if assets is not None and due is not None:
        put("roce", share(operating, assets - due), "%", "Return on capital employed")
    # Interest is a bank's raw material, not a burden on its profit.
    if interest and evidence.instrument().sector != "Financial Services":
        put("interest_cover", times(operating, abs(interest)), "x", "Interest cover (operating profit over interest)")
    put("asset_turnover", times(last.revenue, assets), "x", "Asset turnover")
    put("equity_multiplier", times(assets, last.get("total_equity")), "x", "Assets over equity")


@dataclass(frozen=True)
class History:
    """P/E at month ends: price times today's shares over the twelve months' profit known then. `values` (n,)."""

    days: tuple[date, ...]
    values: Floats


def pe_history(evidence: Evidence, shares: float) -> History | None:
    """The stock's own P/E of five years; None with less than a year of it. Raises MarketError."""
    loaded = load(evidence, span="5y", interval="1d", warm=False)
    quarters = _reports(evidence, Period.QUARTERLY)
    years = _reports(evidence, Period.ANNUAL)
    index = loaded.index
    months = pd.Series(np.arange(len(index)), index=index.tz_localize(None)).groupby(
        [index.year, index.month]
    ).max().to_numpy()  # fmt: skip
    close = loaded.column("close")
    days: list[date] = []
    values: list[float] = []
    for row in months:
        day = index[int(row)].date()
        profit = _twelve_months(quarters, years, day)
        if profit is not None and profit > 0:
            days.append(day)
            values.append(float(close[int(row)]) * shares / profit)
    return History(tuple(days), np.array(values)) if len(values) >= LEAST_MONTHS else None


def _reports(evidence: Evidence, period: Period) -> tuple[Report, ...]:
    try:
        return reports(evidence, period)[0]
    except MarketError:
        return ()  # the other period may serve; without either there is no history, which is said


def _twelve_months(quarters: Sequence[Report], years: Sequence[Report], day: date) -> float | None:
    """Profit of the last four quarters in a row known on a day, else of the last year known."""
    known = [one for one in quarters if one.known_on <= day][-4:]
    if len(known) == 4 and (known[-1].end - known[0].end).days <= 290:
        profits = [one.profit for one in known]
        if all(one is not None for one in profits):
            return float(sum(one for one in profits if one is not None))
    past = [one for one in years if one.known_on <= day]
    return past[-1].profit if past and (day - past[-1].end).days <= 550 else None


def _own_history(evidence: Evidence, known: ratios.Known) -> None:
    shares, pe = known.values.get("shares_outstanding"), known.values.get("pe")
    if not shares or pe is None:
        return
    try:
        history = pe_history(evidence, shares)
    except MarketError as error:
        evidence.warn(f"Its own P/E history is not known: {error}")
        return
    if history is None:
        evidence.warn("Its accounts reach back too short a time for a P/E history of its own.")
        return
    span = f"{history.days[0]:%Y-%m} to {history.days[-1]:%Y-%m}"
    for field, value, unit, label in (
        ("pe_median_5y", float(np.median(history.values)), "x", "P/E: own median of up to five years"),
        ("pe_low_5y", float(history.values.min()), "x", "P/E: own lowest"),
        ("pe_high_5y", float(history.values.max()), "x", "P/E: own highest"),
        ("pe_percentile_5y", 100.0 * float(np.mean(history.values <= pe)), "%", "P/E: share of months at or below"),
    ):
        evidence.value(field, value, unit, label, as_of=known.as_of, source=known.source, period=span)
    milliseconds = np.array([pd.Timestamp(day).as_unit("ms").value for day in history.days], dtype=np.int64)
    name = name_of(known.instrument)
    evidence.show(
        Figure(
            "lines",
            f"{name}: P/E at month ends",
            f"P/E of {name} at month ends from {span}, now {pe:.1f}.",
            (Series("P/E", milliseconds, history.values, "line", unit="x"),),
            levels=(Level(float(np.median(history.values)), "Own median"),),
            unit="x",
            symbols=(known.instrument.symbol,),
            note="Price times today's shares over the profit of the twelve months known at the time.",
        )
    )
