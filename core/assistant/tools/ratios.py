"""Ratios of a company as the day knew them, in the units of `Value`, and the medians of its sector."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.assistant.tools.evidence import Evidence
from core.market.errors import MarketError
from core.market.model import AssetClass, Instrument, Period, Ratios, Sourced, Statement, StatementKind

MOST_PEERS = 24
_PATIENCE_S = 1.5
_LEAST_PEERS = 3


@dataclass(frozen=True, slots=True)
class Ratio:
    """How a ratio is told. `unit` "money" is the instrument's currency; percentages come as fractions."""

    name: str
    field: str
    label: str
    unit: str


RATIOS: tuple[Ratio, ...] = (
    Ratio("market_cap", "market_cap", "Market value", "money"),
    Ratio("enterprise_value", "enterprise_value", "Enterprise value", "money"),
    Ratio("pe", "pe_ratio", "P/E", "x"),
    Ratio("forward_pe", "forward_pe", "Forward P/E", "x"),
    Ratio("peg", "peg_ratio", "PEG", "x"),
    Ratio("pb", "pb_ratio", "P/B", "x"),
    Ratio("ps", "ps_ratio", "P/S", "x"),
    Ratio("ev_ebitda", "ev_ebitda", "EV/EBITDA", "x"),
    Ratio("ev_revenue", "ev_revenue", "EV/revenue", "x"),
    Ratio("dividend_yield", "dividend_yield", "Dividend yield", "%"),
    Ratio("dividend_rate", "dividend_rate", "Dividend a share (12 months)", "money"),
    Ratio("payout_ratio", "payout_ratio", "Payout ratio", "%"),
    Ratio("eps", "eps", "EPS (12 months)", "money"),
    Ratio("book_value", "book_value", "Book value a share", "money"),
    Ratio("roe", "roe", "Return on equity", "%"),
    Ratio("roa", "roa", "Return on assets", "%"),
    Ratio("gross_margin", "gross_margin", "Gross margin", "%"),
    Ratio("ebitda_margin", "ebitda_margin", "EBITDA margin", "%"),
    Ratio("operating_margin", "operating_margin", "Operating margin", "%"),
    Ratio("profit_margin", "net_margin", "Net margin", "%"),
    Ratio("debt_to_equity", "debt_to_equity", "Debt to equity", "x"),
    Ratio("current_ratio", "current_ratio", "Current ratio", "x"),
    Ratio("quick_ratio", "quick_ratio", "Quick ratio", "x"),
    Ratio("revenue_growth", "revenue_growth", "Revenue growth (year)", "%"),
    Ratio("earnings_growth", "earnings_growth", "Profit growth (year)", "%"),
    Ratio("revenue", "revenue", "Revenue (12 months)", "money"),
    Ratio("total_debt", "total_debt", "Total debt", "money"),
    Ratio("total_cash", "total_cash", "Cash", "money"),
    Ratio("free_cash_flow", "free_cash_flow", "Free cash flow (12 months)", "money"),
    Ratio("operating_cash_flow", "operating_cash_flow", "Operating cash flow (12 months)", "money"),
    Ratio("shares_outstanding", "shares_outstanding", "Shares outstanding", "shares"),
    Ratio("beta", "beta", "Beta", "x"),
)
BY_NAME: Mapping[str, Ratio] = {one.name: one for one in RATIOS}


@dataclass(frozen=True)
class Known:
    """A company's ratios with where they come from."""

    instrument: Instrument
    values: Mapping[str, float]
    as_of: datetime
    source: str

    def scaled(self, name: str) -> float | None:
        """The value in its unit (percent of a hundred); None when it is not known."""
        value = self.values.get(name)
        return None if value is None else in_unit(name, value)


def in_unit(name: str, value: float) -> float:
    """A ratio in the unit of `RATIOS`: fractions become percent."""
    return 100.0 * value if BY_NAME[name].unit == "%" else value


def ratios_of(evidence: Evidence, symbol: str = "", *, told: bool = True) -> Known:
    """The company's ratios as known on the day.

    Raises:
        MarketError: nobody has them (funds, indices, coins have none).
    """
    instrument = evidence.instrument(symbol)
    answer: Sourced[Ratios] = evidence.market.ratios(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    data = evidence.used(answer) if told else answer.data
    return Known(instrument, data.values, answer.as_of, answer.source)


def add(evidence: Evidence, known: Known, *names: str) -> None:
    """Add these ratios as values, those that are known."""
    for name in names:
        value = known.scaled(name)
        if value is not None:
            how = BY_NAME[name]
            unit = known.instrument.currency if how.unit == "money" else how.unit
            evidence.value(
                how.field, value, unit, how.label, symbol=known.instrument.symbol, as_of=known.as_of,
                source=known.source,
            )  # fmt: skip


@dataclass(frozen=True)
class Medians:
    """Medians of a sector. `counted` companies had ratios; each median rests on those that have the ratio."""

    sector: str
    values: Mapping[str, float]
    counted: int
    source: str
    as_of: datetime


def peers(evidence: Evidence, instrument: Instrument) -> tuple[Instrument, ...]:
    """Companies of the same sector and currency in the catalogue, its order, the company itself left out."""
    if not instrument.sector:
        return ()
    return tuple(
        one
        for one in evidence.market.instruments(asset_class=AssetClass.STOCK)
        if one.sector == instrument.sector and one.currency == instrument.currency and one.symbol != instrument.symbol
    )


def medians(evidence: Evidence, instrument: Instrument) -> Medians | None:
    """Medians of the ratios of up to `MOST_PEERS` companies of the sector as known on the day; None below three.

    With live vendors what does not come within `_PATIENCE_S` seconds is left out, and said.
    """
    live = evidence.market.mode().live
    started = time.monotonic()
    rows: list[Known] = []
    asked = peers(evidence, instrument)[:MOST_PEERS]
    for one in asked:
        if live and time.monotonic() - started > _PATIENCE_S:
            evidence.warn(f"The sector's medians rest on {len(rows)} of {len(asked)} companies; the rest was slow.")
            break
        try:
            answer = evidence.market.ratios(one.symbol, as_of=evidence.as_of)
        except MarketError:
            continue  # a peer without ratios does not count; how many did is told
        rows.append(Known(one, answer.data.values, answer.as_of, answer.source))
    if len(rows) < _LEAST_PEERS:
        return None
    found: dict[str, float] = {}
    for how in RATIOS:
        known = [value for row in rows if (value := row.scaled(how.name)) is not None]
        if len(known) >= _LEAST_PEERS and how.unit != "money":
            found[how.name] = float(np.median(known))
    return Medians(instrument.sector or "", found, len(rows), rows[0].source, max(row.as_of for row in rows))


def statements(
    evidence: Evidence, kind: StatementKind, period: Period, symbol: str = ""
) -> tuple[tuple[Statement, ...], str]:
    """Statements of one kind and period known on the day, oldest first, and their source.

    Raises:
        MarketError: nobody has any.
    """
    instrument = evidence.instrument(symbol)
    answer: Sourced[tuple[Statement, ...]] = evidence.market.statements(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    data = evidence.used(answer)
    chosen = [one for one in data if one.kind is kind and one.period is period]
    return tuple(sorted(chosen, key=lambda one: one.period_end)), answer.source
