"""Reporting periods: how they are called, and one line of a statement through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.assistant.tools.evidence import Evidence
from core.assistant.tools.ratios import statements
from core.market.errors import EmptyAnswer
from core.market.model import Instrument, Period, Statement, StatementKind


@dataclass(frozen=True)
class Report:
    """One period's three statements, as far as they are known. `name`: "FY2026" or "Q2 FY2027"."""

    name: str
    end: date
    currency: str
    known_on: date
    known_estimated: bool
    items: Mapping[str, float]

    def get(self, *names: str) -> float | None:
        """The first line of these names that there is."""
        return next((self.items[name] for name in names if name in self.items), None)

    @property
    def revenue(self) -> float | None:
        """Total revenue."""
        return self.get("total_revenue", "operating_revenue")

    @property
    def profit(self) -> float | None:
        """Net income."""
        return self.get("net_income", "net_income_common")

    @property
    def eps(self) -> float | None:
        """Earnings a share, diluted where known."""
        return self.get("diluted_eps", "basic_eps")

    @property
    def operating(self) -> float | None:
        """Operating income."""
        return self.get("operating_income", "ebit")

    @property
    def free_cash_flow(self) -> float | None:
        """Operating cash flow less capital expenditure."""
        found = self.get("free_cash_flow")
        operating, spent = self.get("operating_cash_flow"), self.get("capital_expenditure")
        return found if found is not None or operating is None or spent is None else operating + spent


def reports(evidence: Evidence, period: Period, symbol: str = "") -> tuple[tuple[Report, ...], str]:
    """Periods known on the day, oldest first, and the source. Lines of the three statements are joined.

    Raises:
        MarketError: there are none.
    """
    instrument = evidence.instrument(symbol)
    joined: dict[date, dict[str, float]] = {}
    heads: dict[date, Statement] = {}
    source = ""
    for kind in StatementKind:
        rows, source = statements(evidence, kind, period, symbol)
        for row in rows:
            joined.setdefault(row.period_end, {}).update(row.items)
            if kind is StatementKind.INCOME or row.period_end not in heads:
                heads[row.period_end] = row
    if not joined:
        raise EmptyAnswer(source, f"it has no {period.value} statements of {instrument.symbol} known by then.")
    ends = sorted(joined)
    year_end = ends[-1].month if period is Period.ANNUAL else year_end_month(instrument)
    return tuple(
        Report(
            period_name(end, period, year_end),
            end,
            heads[end].currency,
            heads[end].known_on,
            heads[end].known_estimated,
            joined[end],
        )
        for end in ends
    ), source


def year_end_month(instrument: Instrument) -> int:
    """The month in which companies of this exchange usually end their year: March in India, December elsewhere."""
    return 3 if instrument.calendar == "XBOM" else 12


def period_name(end: date, period: Period, year_end: int) -> str:
    """ "FY2026" for a year, "Q2 FY2027" for a quarter; a fiscal year is named after the year in which it ends."""
    year = end.year if end.month <= year_end else end.year + 1
    if period is Period.ANNUAL:
        return f"FY{end.year}"
    quarter = ((end.month - year_end - 1) % 12) // 3 + 1
    return f"Q{quarter} FY{year}"


def growth(now: float | None, before: float | None) -> float | None:
    """Percent growth; None from nothing, from a loss, or when either is unknown."""
    if now is None or before is None or before <= 0:
        return None
    return 100.0 * (now / before - 1.0)


def share(part: float | None, whole: float | None) -> float | None:
    """Percent of the whole; None when either is unknown or the whole is not positive."""
    return None if part is None or whole is None or whole <= 0 else 100.0 * part / whole


def times(above: float | None, below: float | None) -> float | None:
    """A quotient; None when either is unknown or what is below is not positive."""
    return None if above is None or below is None or below <= 0 else above / below


def year_before(rows: Sequence[Report], row: Report) -> Report | None:
    """The same period one year earlier, within a week."""
    for one in rows:
        if abs((row.end - one.end).days - 365) <= 7:
            return one
    return None
