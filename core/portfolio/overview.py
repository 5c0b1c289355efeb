"""The one view that the Overview page draws: value, today, returns, allocation, income, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from core.accounts.model import Account as Investor
from core.portfolio.desk import WHOLE, Scope, desk
from core.portfolio.exposure import LABELS, By, OwnAsset, Slice, allocation
from core.portfolio.gains import Rates, Totals, gains, totals
from core.portfolio.holdings import Holding, holdings
from core.portfolio.model import NOTHING, Finding, Kind, Ledger
from core.portfolio.periods import ASKED, Performance, Period, began, performances
from core.portfolio.prices import Floats, Prices, day_number
from core.portfolio.valuation import Daily, daily, flows


@dataclass(frozen=True)
class History:
    """Lines for the value chart, shape (k,) each: days (datetime64[D]), value, and what was paid in net.

    Days with something of unknown value are NaN in `value`; `known` holds the part that is known.
    """

    days: NDArray[np.datetime64]
    value: Floats
    known: Floats
    contributed: Floats


@dataclass(frozen=True, slots=True)
class Income:
    """Dividends and interest of a month, gross, in the base currency."""

    month: date
    amount: Decimal


@dataclass(frozen=True)
class Overview:
    """Everything the page shows; money in `base`.

    Attributes:
        value: cash and holdings whose value is known; `unknown` names the others.
        cash: by currency, in that currency.
        cash_value: all of it in `base`; None when a rate is unknown.
        source: where prices come from, each name once; `as_of` the oldest of the newest moments.
        findings: of the ledger, and prices that are stale, missing or own trades.
    """

    base: str
    until: date
    began: date | None
    value: Decimal
    cash: Mapping[str, Decimal]
    cash_value: Decimal | None
    totals: Totals
    performance: Mapping[Period, Performance]
    holdings: tuple[Holding, ...]
    allocation: Mapping[By, tuple[Slice, ...]]
    income: tuple[Income, ...]
    history: History
    unknown: tuple[str, ...]
    findings: tuple[Finding, ...]
    source: tuple[str, ...]
    as_of: datetime | None
    simulated: bool
    cash_kept: bool

    @property
    def empty(self) -> bool:
        """True when the ledger has no rows in scope."""
        return self.began is None


def compose(
    ledger: Ledger,
    prices: Prices,
    base: str,
    *,
    of: Daily | None = None,
    own: Mapping[str, OwnAsset] | None = None,
    sectors: Mapping[str, str] | None = None,
) -> Overview:
    """The view of a ledger (already the scope the investor chose) at given prices."""
    values = of or daily(ledger, prices, base)
    found = gains(ledger, prices, base)
    held = holdings(ledger, prices, values, found, own=own, sectors=sectors)
    sums = totals(found, ledger, prices, base)
    rates = Rates(prices, base)
    cash: dict[str, Decimal] = {}
    for purses in ledger.cash.values():
        for currency, amount in purses.items():
            if amount:
                cash[currency] = cash.get(currency, NOTHING) + amount
    converted = {currency: _times(amount, rates.on(currency, prices.until)) for currency, amount in cash.items()}
    cash_value = None if None in converted.values() else sum((each or NOTHING for each in converted.values()), NOTHING)
    known_cash = sum((each or NOTHING for each in converted.values()), NOTHING)
    sources = [prices.about[each.facts.symbol] for each in held if each.facts.symbol in prices.about]
    moments = [each.as_of for each in sources if each.as_of is not None]
    unknown = [each.facts.symbol for each in held if each.value is None]
    unknown += [currency for currency, amount in converted.items() if amount is None]
    return Overview(
        base=base,
        until=prices.until,
        began=began(values) if ledger.entries else None,
        value=sum((each.value or NOTHING for each in held), NOTHING) + known_cash,
        cash=cash,
        cash_value=cash_value,
        totals=sums,
        performance=performances(values, ASKED),
        holdings=held,
        allocation=_allocations(ledger, found_values(held, ledger, prices, base), held, converted, rates, prices.until),
        income=_income(ledger, rates, prices.until),
        history=_history(values),
        unknown=tuple(unknown),
        findings=(*ledger.findings, *price_findings(held, prices)),
        source=tuple(dict.fromkeys(each.source for each in sources if each.source)),
        as_of=min(moments) if moments else None,
        simulated=any(each.simulated for each in sources),
        cash_kept=not values.tape.implied,
    )


def _times(amount: Decimal, rate: Decimal | None) -> Decimal | None:
    return None if rate is None else amount * rate


def found_values(
    held: tuple[Holding, ...], ledger: Ledger, prices: Prices, base: str
) -> Mapping[tuple[int, str], Decimal | None]:
    """The value of each position by (account, symbol); None unknown."""
    rates = Rates(prices, base)
    unit = {}
    for each in held:
        rate = rates.on(each.facts.currency, prices.until)
        unit[each.facts.symbol] = None if each.price is None or rate is None else each.price * rate
    worth: dict[tuple[int, str], Decimal | None] = {}
    for position in ledger.holdings:
        price = unit.get(position.symbol)
        worth[position.account_id, position.symbol] = None if price is None else position.quantity * price
    return worth


def _allocations(
    ledger: Ledger,
    worth: Mapping[tuple[int, str], Decimal | None],
    held: tuple[Holding, ...],
    cash: Mapping[str, Decimal | None],
    rates: Rates,
    until: date,
) -> Mapping[By, tuple[Slice, ...]]:
    made: dict[By, tuple[Slice, ...]] = {}
    purse = [(currency, amount) for currency, amount in cash.items()]
    for by, label in LABELS.items():
        parts: list[tuple[str, str, Decimal | None]] = [
            (label(each.facts), each.facts.symbol, each.value) for each in held
        ]
        for currency, amount in purse:
            parts.append((currency if by is By.CURRENCY else "Cash", currency, amount))
        made[by] = allocation(parts)
    names = {each.id: each.name for each in ledger.accounts}
    by_account = [(names[account], symbol, value) for (account, symbol), value in worth.items()]
    for account, purses in ledger.cash.items():
        for currency, amount in purses.items():
            by_account.append((names[account], currency, _times(amount, rates.on(currency, until))))
    made[By.ACCOUNT] = allocation(by_account)
    return made


def _income(ledger: Ledger, rates: Rates, until: date) -> tuple[Income, ...]:
    """Each of the last 24 months, the empty ones too; rows whose rate is unknown are left out."""
    at = until.year * 12 + until.month - 1
    sums = dict.fromkeys(range(at - 23, at + 1), NOTHING)
    for row in ledger.transactions:
        month = row.on.year * 12 + row.on.month - 1
        if row.kind in {Kind.DIVIDEND, Kind.INTEREST} and month in sums:
            rate = rates.on(row.currency, row.on)
            if rate is not None:
                sums[month] += (row.gross or NOTHING) * rate
    return tuple(Income(date(each // 12, each % 12 + 1, 1), amount) for each, amount in sums.items())


def _history(of: Daily) -> History:
    first = max(of.at(day_number(began(of))) - 1, 0)
    paid = np.cumsum(np.nan_to_num(flows(of).net))
    days = of.days.astype("datetime64[D]")
    return History(days[first:], of.value[first:], of.known_value[first:], paid[first:])


def price_findings(held: tuple[Holding, ...], prices: Prices) -> tuple[Finding, ...]:
    """Prices that are old, missing, or not from a market; each with what to do."""
    found = []
    for each in held:
        symbol, account = each.facts.symbol, each.accounts[0] if each.accounts else 0
        if each.price is None:
            reason = each.because or "No source has a price."
            remedy = "Check the symbol, or add a price of your own."
            found.append(Finding("no_price", account, None, symbol, f"{symbol}: {reason}", remedy))
        elif each.value is None:
            remedy = f"Add the rate of {each.facts.currency} to its transactions."
            found.append(Finding("no_rate", account, None, symbol, f"{symbol}: {each.because}", remedy))
        elif each.stale:
            detail = f"{symbol}: the last price is {each.age} days old."
            remedy = "Trading may be suspended, or the symbol has changed. Book a symbol change, or add your own price."
            found.append(Finding("stale_price", account, None, symbol, detail, remedy))
        own = prices.own_trades.get(symbol)
        if own is not None and each.age is not None and own[len(prices.days) - 1 - each.age]:
            detail = f"{symbol}: valued at what you traded at, because no source has a price yet."
            found.append(Finding("own_trade_price", account, None, symbol, detail, "Add a price of your own."))
    return tuple(found)


def overview(investor: Investor, scope: Scope = WHOLE, *, base: str | None = None) -> Overview:
    """The view of one investor's ledger, in their own currency when not said otherwise.

    Raises:
        db.session.DatabaseProblem: the database is away. A price source that is away leaves prices unknown instead.
    """
    stand = desk(investor, scope, base=base)
    return compose(stand.ledger, stand.prices, stand.base, of=stand.values, own=stand.own)
