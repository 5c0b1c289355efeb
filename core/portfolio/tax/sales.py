"""Each lot that was sold, with its term, its cost by law and its gain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.portfolio.exposure import facts
from core.portfolio.model import FIFO, NOTHING, Disposal, Kind, Ledger
from core.portfolio.tax.assets import asset_of
from core.portfolio.tax.grandfathering import at_sale, cost_of_acquisition, splits_since
from core.portfolio.tax.rules import (
    GRANDFATHERED,
    OTHER_TERMS,
    VERIFIED_UNTIL,
    Asset,
    FinancialYear,
    Rule,
    Term,
    rule,
    term,
)

_TRADED = frozenset({Kind.BUY, Kind.SELL})


class Head(StrEnum):
    """Where a sale belongs in the return."""

    SHORT = "short-term capital gain"
    LONG = "long-term capital gain"
    CRYPTO = "virtual digital asset"
    SPECULATIVE = "speculative business (same-day trades)"
    NOT_COVERED = "not covered"


@dataclass(frozen=True, slots=True)
class Sale:
    """One lot (or part of it) that was sold; money in `currency`.

    Attributes:
        consideration: full value received, before fees and taxes.
        actual_cost: what was paid, with purchase fees and without securities transaction tax; None unknown.
        fair_value: value of the lot on 31 January 2018, where that may count; None otherwise.
        cost: of acquisition, as the law counts it; None unknown.
        expenses: of the sale; none may be deducted for virtual digital assets or securities transaction tax.
        gain: consideration less cost and expenses; None unknown or not covered.
        rate: of tax, a fraction; None where there is none.
        attention: what to look at or to add; "" for nothing.
    """

    disposal: Disposal
    name: str
    asset: Asset
    head: Head
    term: Term | None
    consideration: Decimal
    actual_cost: Decimal | None
    fair_value: Decimal | None
    cost: Decimal | None
    expenses: Decimal
    gain: Decimal | None
    rate: Decimal | None
    section: str
    attention: str

    @property
    def sold_on(self) -> date:
        """Day of the sale."""
        return max(self.disposal.sold_on, self.disposal.acquired_on) if self.disposal.short else self.disposal.sold_on

    @property
    def symbol(self) -> str:
        """What was sold."""
        return self.disposal.symbol


def sales(ledger: Ledger, year: FinancialYear, *, fair_values: Mapping[str, Decimal] | None = None) -> tuple[Sale, ...]:
    """Every lot sold in the year, by day.

    Args:
        ledger: matched first in, first out, as the law wants it for shares in demat (s. 45(2A), CBDT circular 768).
        fair_values: highest prices of 31 January 2018 by symbol, for one unit as traded that day.

    Raises:
        ValueError: the ledger is matched in another way.
    """
    if ledger.matching is not FIFO:
        raise ValueError(f"taxes are computed first in, first out; this ledger is matched {ledger.matching.value}")
    splits = splits_since(ledger)
    known = fair_values or {}
    found = []
    for each in ledger.disposals:
        done = max(each.sold_on, each.acquired_on) if each.short else each.sold_on
        if year.first <= done <= year.last:
            fair = known.get(each.symbol)
            events = splits.get(each.symbol, ())
            found.append(_sale(each, None if fair is None else at_sale(fair, events, each.sold_on)))
    return tuple(sorted(found, key=lambda sale: (sale.sold_on, sale.symbol, sale.disposal.acquired_on)))


def grandfathered_symbols(ledger: Ledger, year: FinancialYear) -> tuple[str, ...]:
    """Symbols whose price of 31 January 2018 the report of a year needs."""
    return tuple(
        dict.fromkeys(
            each.symbol
            for each in ledger.disposals
            if year.first <= each.sold_on <= year.last and each.acquired_on <= GRANDFATHERED and _needs_fair_value(each)
        )
    )


def _needs_fair_value(disposal: Disposal) -> bool:
    if (
        disposal.held_since > GRANDFATHERED
        or disposal.short
        or asset_of(disposal.symbol, disposal.isin) is not Asset.EQUITY
    ):
        return False
    applied = rule(Asset.EQUITY, disposal.sold_on)
    return applied is not None and applied.long_section == "112A"


def _sale(disposal: Disposal, fair_value: Decimal | None) -> Sale:
    asset = asset_of(disposal.symbol, disposal.isin)
    applied = rule(asset, disposal.sold_on)
    # A fraction of a bonus share that is paid out on its day is no day trade.
    if asset is Asset.EQUITY and disposal.acquired_on == disposal.sold_on and disposal.origin in _TRADED:
        return _made(disposal, asset, Head.SPECULATIVE, None, None, None, "")
    if disposal.short:
        return _made(
            disposal, asset, Head.NOT_COVERED, None, None, None,
            "It was sold before it was bought. Add the purchase that is missing, or an opening balance.",
        )  # fmt: skip
    if applied is None or applied.short_rate is None:
        because = OTHER_TERMS.get(asset) or f"The table has no rule for {asset.value} sold on {disposal.sold_on}."
        return _made(disposal, asset, Head.NOT_COVERED, None, None, None, because)
    if disposal.currency != "INR":
        because = f"It was traded in {disposal.currency}; rule 115 wants a rate that no source here has."
        return _made(disposal, asset, Head.NOT_COVERED, None, None, None, because)
    if applied.months is None:
        return _made(disposal, asset, Head.CRYPTO, applied, None, None, "")
    held = term(disposal.held_since, disposal.sold_on, applied.months)
    head = Head.LONG if held is Term.LONG else Head.SHORT
    if held is Term.SHORT or not _needs_fair_value(disposal):
        return _made(disposal, asset, head, applied, held, None, "")
    if disposal.acquired_on > GRANDFATHERED:
        return _made(
            disposal, asset, head, applied, held, None,
            "It came out of a merger or demerger of shares held on 31 January 2018; that price is not used.",
        )  # fmt: skip
    if fair_value is None:
        return _made(
            disposal, asset, head, applied, held, None,
            "It was held on 31 January 2018, and the highest price of that day is not known. Add it.",
        )  # fmt: skip
    return _made(disposal, asset, head, applied, held, fair_value * disposal.quantity, "")


def _made(
    disposal: Disposal,
    asset: Asset,
    head: Head,
    applied: Rule | None,
    held: Term | None,
    fair_value: Decimal | None,
    attention: str,
) -> Sale:
    consideration = disposal.proceeds + disposal.fees
    expenses = NOTHING if head is Head.CRYPTO else disposal.fees
    cost = disposal.cost
    if cost is not None and fair_value is not None:
        cost = cost_of_acquisition(cost, fair_value, consideration)
    if cost is None:
        attention = attention or "Nobody stated what it cost. Add the purchase price; until then the gain is unknown."
    gain = None if cost is None else consideration - cost - expenses
    if head is Head.NOT_COVERED:
        gain = None
    rate, section = None, ""
    if applied is not None:
        long = held is Term.LONG
        rate = applied.long_rate if long else applied.short_rate
        section = applied.long_section if long else applied.short_section
        if disposal.sold_on > VERIFIED_UNTIL and not attention:
            attention = f"Sold after {VERIFIED_UNTIL:%d %B %Y}: the last rates known here were used. Check them."
    return Sale(
        disposal,
        facts(disposal.symbol, isin=disposal.isin).name,
        asset,
        head,
        held,
        consideration,
        disposal.cost,
        fair_value,
        cost,
        expenses,
        gain,
        rate,
        section,
        attention,
    )


def known_gain(rows: Iterable[Sale]) -> Decimal:
    """The sum of the gains that are known."""
    return sum((each.gain for each in rows if each.gain is not None), NOTHING)
