"""The tax report of a financial year: sums by head and rate, set-off, quarters, Schedule 112A rows, dividends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.portfolio.exposure import facts
from core.portfolio.model import NOTHING, Kind, Ledger, Transaction
from core.portfolio.tax.rules import (
    CESS,
    GRANDFATHERED,
    NOT_ADVICE,
    QUARTERS,
    RULES,
    Asset,
    FinancialYear,
    Rule,
)
from core.portfolio.tax.sales import Head, Sale, sales
from core.portfolio.tax.setoff import Losses, SetOff, set_off

ASSUMPTIONS = (
    "Shares of one account are matched first in, first out (s. 45(2A)).",
    "Shares and equity funds listed in India are taken as sold on the exchange with securities transaction tax paid.",
    "Securities transaction tax is not deducted (s. 48); brokerage and other fees are.",
    "A lot bought and sold on one day is speculative business (s. 43(5)) and no capital gain.",
    "Short-term losses meet short-term gains first, the highest rate first, then long-term ones.",
    "The exemption is used on the highest rate first.",
    "The tax is without surcharge, rebate under s. 87A and unused basic exemption; cess of 4 % is added.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """Gains of one head and rate, before set-off."""

    head: Head
    rate: Decimal | None
    section: str
    count: int
    consideration: Decimal
    cost: Decimal
    gain: Decimal


@dataclass(frozen=True, slots=True)
class Quarter:
    """One span of the quarterly split: net gains by (head, rate) and dividends."""

    words: str
    gains: Mapping[tuple[Head, Decimal], Decimal]
    dividends: Decimal


@dataclass(frozen=True, slots=True)
class Dividend:
    """Dividends of one symbol in the year, in `currency`; `deducted` is tax taken at source."""

    symbol: str
    name: str
    currency: str
    gross: Decimal
    deducted: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Schedule112ARow:
    """One row of Schedule 112A of the return, in rupees, in the order of its columns.

    Attributes:
        acquired: "BE" up to 31 January 2018, "AE" after.
        transferred: "BE" before 23 July 2024, "AE" from then on.
        fair_value_unit, fair_value: of 31 January 2018, for "BE" rows.
        lower: of fair value and consideration, for "BE" rows.
        cost: of acquisition: the higher of actual cost and `lower`.
        balance: consideration less cost and expenses.
    """

    acquired: str
    transferred: str
    isin: str
    name: str
    quantity: Decimal
    sale_price: Decimal
    consideration: Decimal
    cost: Decimal
    actual_cost: Decimal
    lower: Decimal | None
    fair_value_unit: Decimal | None
    fair_value: Decimal | None
    expenses: Decimal
    deductions: Decimal
    balance: Decimal


@dataclass(frozen=True)
class TaxReport:
    """A financial year; rupees.

    Attributes:
        sales: every lot that was sold.
        lines: sums by head and rate.
        set_off: of capital gains; virtual digital assets are apart, because nothing is set off there.
        crypto: gains of sales with a gain; losses count for nothing (s. 115BBH(2)).
        speculative: net result of same-day trades, a business income at slab rates.
        exempt: long-term gains that were free before 1 April 2018.
        tax: at the special rates, without cess; `cess` on top. None when a gain is unknown.
        interest: gross, in rupees.
        attention: sales with something to look at or to add.
        not_covered: sales no rule here covers.
        rules: those that were used.
    """

    year: FinancialYear
    sales: tuple[Sale, ...]
    lines: tuple[Line, ...]
    set_off: SetOff
    crypto: Decimal
    speculative: Decimal
    exempt: Decimal
    tax: Decimal | None
    cess: Decimal | None
    quarters: tuple[Quarter, ...]
    dividends: tuple[Dividend, ...]
    interest: Decimal
    schedule_112a: tuple[Schedule112ARow, ...]
    attention: tuple[Sale, ...]
    not_covered: tuple[Sale, ...]
    rules: tuple[Rule, ...]
    assumptions: tuple[str, ...] = ASSUMPTIONS
    notice: str = NOT_ADVICE

    @property
    def taxable(self) -> Mapping[tuple[Head, Decimal], Decimal]:
        """What is taxed at which rate after set-off and exemption."""
        found = {(Head.SHORT, rate): amount for rate, amount in self.set_off.short.items()}
        found |= {(Head.LONG, rate): amount for rate, amount in self.set_off.long.items()}
        if self.crypto:
            found[Head.CRYPTO, Decimal("0.30")] = self.crypto
        return found


def report(
    ledger: Ledger,
    year: FinancialYear,
    *,
    fair_values: Mapping[str, Decimal] | None = None,
    brought: Losses | None = None,
) -> TaxReport:
    """The report of a year.

    Args:
        ledger: the whole of one person's ledger (the exemption is per person), matched first in, first out.
        fair_values: highest prices of 31 January 2018 by symbol (`grandfathering.fair_values`, or the investor's word).
        brought: losses of earlier years.

    Raises:
        ValueError: the ledger is matched in another way.
    """
    sold = sales(ledger, year, fair_values=fair_values)
    exempt = _sum(each for each in sold if each.head is Head.LONG and each.rate == 0)
    capital = [each for each in sold if each.head in {Head.SHORT, Head.LONG} and each.rate]
    result = set_off(_by_rate(capital, Head.SHORT), _by_rate(capital, Head.LONG), year.exemption, brought)
    crypto = sum((each.gain for each in sold if each.head is Head.CRYPTO and each.gain and each.gain > 0), NOTHING)
    unknown = any(each.gain is None for each in sold if each.head in {Head.SHORT, Head.LONG, Head.CRYPTO})
    tax = sum((rate * amount for rate, amount in (*result.short.items(), *result.long.items())), NOTHING)
    tax += crypto * Decimal("0.30")
    used = {each.section for each in sold}
    return TaxReport(
        year,
        sold,
        _lines(sold),
        result,
        crypto,
        _sum(each for each in sold if each.head is Head.SPECULATIVE),
        exempt,
        None if unknown else tax,
        None if unknown else tax * CESS,
        _quarters(ledger, year, sold),
        _dividends(ledger, year),
        _interest(ledger, year),
        tuple(_schedule_row(each) for each in sold if each.section == "112A" and each.cost is not None),
        tuple(each for each in sold if each.attention and each.head is not Head.NOT_COVERED),
        tuple(each for each in sold if each.head is Head.NOT_COVERED),
        tuple(each for each in RULES if used & {each.short_section, each.long_section} and _overlaps(each, year)),
    )


def years(ledger: Ledger) -> tuple[FinancialYear, ...]:
    """Financial years in which something was sold or received, the latest first."""
    found = {FinancialYear.of(max(each.sold_on, each.acquired_on)) for each in ledger.disposals}
    found |= {FinancialYear.of(row.on) for row in ledger.transactions if row.kind in {Kind.DIVIDEND, Kind.INTEREST}}
    return tuple(sorted(found, reverse=True))


def _overlaps(each: Rule, year: FinancialYear) -> bool:
    return each.since <= year.last and (each.until is None or each.until >= year.first)


def _sum(rows: Iterable[Sale]) -> Decimal:
    return sum((each.gain for each in rows if each.gain is not None), NOTHING)


def _by_rate(rows: Iterable[Sale], head: Head) -> dict[Decimal, Decimal]:
    found: dict[Decimal, Decimal] = {}
    for each in rows:
        if each.head is head and each.rate is not None and each.gain is not None:
            found[each.rate] = found.get(each.rate, NOTHING) + each.gain
    return found


def _lines(sold: Iterable[Sale]) -> tuple[Line, ...]:
    groups: dict[tuple[Head, Decimal | None, str], list[Sale]] = {}
    for each in sold:
        if each.gain is not None:
            groups.setdefault((each.head, each.rate, each.section), []).append(each)
    return tuple(
        Line(
            head,
            rate,
            section,
            len(rows),
            sum((each.consideration for each in rows), NOTHING),
            sum((each.cost or NOTHING for each in rows), NOTHING),
            _sum(rows),
        )
        for (head, rate, section), rows in groups.items()
    )


def _quarters(ledger: Ledger, year: FinancialYear, sold: Iterable[Sale]) -> tuple[Quarter, ...]:
    gains: list[dict[tuple[Head, Decimal], Decimal]] = [{} for _ in QUARTERS]
    for each in sold:
        if each.gain is None or each.rate is None or (each.head is Head.CRYPTO and each.gain < 0):
            continue
        here = gains[year.quarter(each.sold_on)]
        here[each.head, each.rate] = here.get((each.head, each.rate), NOTHING) + each.gain
    paid = [NOTHING for _ in QUARTERS]
    for row in _received(ledger, year, Kind.DIVIDEND):
        if row.currency == "INR":
            paid[year.quarter(row.on)] += row.gross or NOTHING
    return tuple(
        Quarter(words, here, dividends) for (words, _, _), here, dividends in zip(QUARTERS, gains, paid, strict=True)
    )


def _received(ledger: Ledger, year: FinancialYear, kind: Kind) -> Iterable[Transaction]:
    return (row for row in ledger.transactions if row.kind is kind and year.first <= row.on <= year.last)


def _dividends(ledger: Ledger, year: FinancialYear) -> tuple[Dividend, ...]:
    groups: dict[tuple[str, str], list[Transaction]] = {}
    for row in _received(ledger, year, Kind.DIVIDEND):
        groups.setdefault((row.symbol, row.currency), []).append(row)
    return tuple(
        Dividend(
            symbol,
            facts(symbol, currency=currency).name if symbol else "",
            currency,
            sum((row.gross or NOTHING for row in rows), NOTHING),
            sum((row.taxes for row in rows), NOTHING),
            len(rows),
        )
        for (symbol, currency), rows in sorted(groups.items())
    )


def _interest(ledger: Ledger, year: FinancialYear) -> Decimal:
    rows = _received(ledger, year, Kind.INTEREST)
    return sum((row.gross or NOTHING for row in rows if row.currency == "INR"), NOTHING)


def _schedule_row(sale: Sale) -> Schedule112ARow:
    disposal = sale.disposal
    assert sale.cost is not None
    assert sale.actual_cost is not None
    assert sale.gain is not None
    before = disposal.held_since <= GRANDFATHERED
    fair = sale.fair_value
    return Schedule112ARow(
        "BE" if before else "AE",
        "BE" if sale.sold_on < date(2024, 7, 23) else "AE",
        disposal.isin,
        sale.name,
        disposal.quantity,
        sale.consideration / disposal.quantity,
        sale.consideration,
        sale.cost,
        sale.actual_cost,
        None if fair is None else min(fair, sale.consideration),
        None if fair is None else fair / disposal.quantity,
        fair,
        sale.expenses,
        sale.cost + sale.expenses,
        sale.gain,
    )


__all__ = ["Asset", "Dividend", "Line", "Quarter", "Schedule112ARow", "TaxReport", "report", "years"]
