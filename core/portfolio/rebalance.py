"""From what is held to what is wanted: drift, and orders that close it, with what they cost. Proposals, never orders.

"Buy only" spends cash and never sells, so it costs no tax. "Full" sells what is over its target, and the estimate of
its tax takes lots first in, first out, as the law does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from core.portfolio.holdings import Holding
from core.portfolio.model import NOTHING, ONE, Lot
from core.portfolio.tax.assets import asset_of
from core.portfolio.tax.rules import Asset, Term, rule, term

Mode = Literal["full", "buy only"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a symbol should be. `share` is a fraction of holdings and cash together."""

    symbol: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    """What trading costs: `rate` of the amount (brokerage, taxes on trading, slippage) and `fixed` for each order."""

    rate: Decimal = Decimal("0.0015")
    fixed: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a symbol is from its target. `value` None is unknown; shares are fractions."""

    symbol: str
    value: Decimal | None
    share: Decimal | None
    target: Decimal
    drift: Decimal | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One order to consider; money in the base currency.

    Attributes:
        quantity: units, whole ones unless the asset trades in fractions.
        price: of a unit, in the base currency.
        costs: of trading, estimated.
        tax: estimated on the gain of the lots that would go, at the rates of the day, without exemption and set-off;
            None when no rule covers it.
        gain: on those lots; None when a cost is unknown.
    """

    side: Literal["buy", "sell"]
    symbol: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    costs: Decimal
    gain: Decimal | None
    tax: Decimal | None
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """What would bring the holdings to their targets.

    Attributes:
        cash_before, cash_after: in the base currency.
        costs, tax: sums of the proposals; `tax` None when that of one is unknown.
        left: drift that remains (whole units, no cash, or an unknown price).
        problems: why something could not be proposed, as sentences.
    """

    proposals: tuple[Proposal, ...]
    drifts: tuple[Drift, ...]
    left: tuple[Drift, ...]
    cash_before: Decimal
    cash_after: Decimal
    costs: Decimal
    tax: Decimal | None
    problems: tuple[str, ...]


def drifts(held: Sequence[Holding], targets: Iterable[Target], cash: Decimal) -> tuple[Drift, ...]:
    """How far each holding, and each target that is not held, is from its share of holdings and cash."""
    wanted = {each.symbol: each.share for each in targets}
    values = {each.facts.symbol: each.value for each in held}
    whole = sum((each or NOTHING for each in values.values()), NOTHING) + cash
    found = []
    for symbol in dict.fromkeys((*values, *wanted)):
        value = values.get(symbol, NOTHING)
        share = None if value is None or whole <= 0 else value / whole
        target = wanted.get(symbol, NOTHING)
        found.append(Drift(symbol, value, share, target, None if share is None else share - target))
    return tuple(sorted(found, key=lambda each: (each.drift is None, -abs(each.drift or NOTHING), each.symbol)))


def rebalance(
    held: Sequence[Holding],
    targets: Sequence[Target],
    cash: Decimal,
    prices: Mapping[str, Decimal],
    on: date,
    *,
    mode: Mode = "full",
    band: Decimal = Decimal("0.01"),
    reserve: Decimal = NOTHING,
    costs: Costs | None = None,
    lots: Iterable[Lot] = (),
    smallest: Decimal = NOTHING,
) -> Plan:
    """Orders that bring holdings to their targets.

    Args:
        targets: shares adding up to at most 1; the rest stays cash. What is held without a target is sold ("full").
        cash: that may be used, in the base currency.
        prices: of a unit in the base currency, for every symbol that may be traded.
        on: the day, for tax terms.
        band: a drift below this is left alone.
        reserve: cash that is kept.
        smallest: amounts below this are not worth an order.

    Raises:
        ValueError: targets that are negative or add up to more than 1.
    """
    total = sum((each.share for each in targets), NOTHING)
    if total > ONE + Decimal("1e-9") or any(each.share < 0 for each in targets):
        raise ValueError(f"targets must not be negative and add up to at most 100 %, not {100 * total:.2f} %")
    fees = costs or Costs()
    before = drifts(held, targets, cash)
    whole = sum((each.value or NOTHING for each in before), NOTHING) + cash
    problems = [f"{each.symbol} has no price, so it is left as it is." for each in before if each.value is None]
    by_symbol: dict[str, list[Lot]] = {}
    for lot in lots:
        by_symbol.setdefault(lot.symbol, []).append(lot)
    quantities = {each.facts.symbol: each.quantity for each in held}
    made: list[Proposal] = []
    purse = cash
    if mode == "full":
        for each in before:
            if each.drift is None or each.drift <= band or each.value is None:
                continue
            excess = each.value - each.target * whole
            proposal = _sale(each, excess, quantities[each.symbol], prices, fees, by_symbol.get(each.symbol, []), on)
            if proposal is not None and proposal.amount >= smallest:
                made.append(proposal)
                purse += proposal.amount - proposal.costs
    spendable = purse - reserve
    short = [each for each in before if each.drift is not None and each.drift < (-band if mode == "full" else NOTHING)]
    # Amounts and not shares: a share is rounded, and a unit could be lost to it.
    wanted = {each.symbol: each.target * whole - (each.value or NOTHING) for each in short}
    need = sum(wanted.values(), NOTHING)
    available = max(NOTHING, spendable)
    for each in short:
        price = prices.get(each.symbol)
        if price is None or price <= 0:
            problems.append(f"{each.symbol} has no price, so it cannot be bought.")
            continue
        budget = wanted[each.symbol] if need <= available else wanted[each.symbol] * available / need
        budget = min(budget, spendable)
        quantity = _units(each.symbol, (budget - fees.fixed) / (price * (ONE + fees.rate)))
        amount = quantity * price
        if quantity <= 0 or amount < smallest:
            continue
        cost = amount * fees.rate + fees.fixed
        spendable -= amount + cost
        purse -= amount + cost
        made.append(Proposal("buy", each.symbol, quantity, price, amount, cost, NOTHING, NOTHING))
    if need > available:
        problems.append("There is not enough cash for all of it, so each purchase is smaller in proportion.")
    taxes = [each.tax for each in made]
    return Plan(
        tuple(made),
        before,
        _after(before, made, whole),
        cash,
        purse,
        sum((each.costs for each in made), NOTHING),
        None if None in taxes else sum((each or NOTHING for each in taxes), NOTHING),
        tuple(problems),
    )


def _sale(
    drift: Drift,
    excess: Decimal,
    held: Decimal,
    prices: Mapping[str, Decimal],
    fees: Costs,
    lots: list[Lot],
    on: date,
) -> Proposal | None:
    price = prices.get(drift.symbol)
    if price is None or price <= 0:
        return None
    quantity = held if drift.target == 0 else min(held, _units(drift.symbol, excess / price))
    if quantity <= 0:
        return None
    amount = quantity * price
    gain, tax, note = _taxed(drift.symbol, quantity, price, lots, on)
    return Proposal("sell", drift.symbol, quantity, price, amount, amount * fees.rate + fees.fixed, gain, tax, note)


def _taxed(
    symbol: str, quantity: Decimal, price: Decimal, lots: list[Lot], on: date
) -> tuple[Decimal | None, Decimal | None, str]:
    """Gain and tax of selling, lots first in, first out. A loss lowers no other tax here."""
    asset = asset_of(symbol, lots[0].isin if lots else "")
    applied = rule(asset, on)
    left, gain, tax = quantity, NOTHING, NOTHING
    for lot in sorted(lots, key=lambda each: each.acquired_on):
        if left <= 0 or lot.quantity <= 0:
            continue
        units = min(left, lot.quantity)
        if lot.unit_cost is None:
            return None, None, "Nobody stated what some of it cost."
        part = units * (price - lot.unit_cost)
        gain += part
        left -= units
        if applied is not None and applied.short_rate is not None and applied.long_rate is not None:
            long = applied.months is not None and term(lot.held_since, on, applied.months) is Term.LONG
            tax += max(part, NOTHING) * (applied.long_rate if long else applied.short_rate)
    if left > 0:
        return None, None, "Its lots are not all known."
    if applied is None:
        return gain, None, f"No tax rule here covers {asset.value}."
    exempt = asset is Asset.EQUITY and applied.months is not None
    return gain, tax, "Before the yearly exemption of long-term gains and any losses." if exempt and tax else ""


def _units(symbol: str, quantity: Decimal) -> Decimal:
    """Whole units, except of crypto, which trades in fractions."""
    if quantity <= 0:
        return NOTHING
    step = Decimal("0.000001") if asset_of(symbol) is Asset.CRYPTO else ONE
    return quantity.quantize(step, rounding=ROUND_DOWN)


def _after(before: Sequence[Drift], made: Iterable[Proposal], whole: Decimal) -> tuple[Drift, ...]:
    moved: dict[str, Decimal] = {}
    for one in made:
        moved[one.symbol] = moved.get(one.symbol, NOTHING) + (one.amount if one.side == "buy" else -one.amount)
    found = []
    for each in before:
        value = None if each.value is None else each.value + moved.get(each.symbol, NOTHING)
        share = None if value is None or whole <= 0 else value / whole
        found.append(Drift(each.symbol, value, share, each.target, None if share is None else share - each.target))
    return tuple(found)
