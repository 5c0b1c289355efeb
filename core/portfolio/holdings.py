"""What is held, one line a symbol over all accounts in scope, with its price, its age and what it has earned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from core.portfolio.exposure import Facts, OwnAsset, facts
from core.portfolio.gains import Gain, Split
from core.portfolio.model import NOTHING, OWN, Ledger
from core.portfolio.periods import Period, began, first_day, last_session
from core.portfolio.prices import OWN_STALE_DAYS, STALE_DAYS, Prices, day_number
from core.portfolio.returns import DAYS_A_YEAR, Rate, Unavailable, day_returns, xirr
from core.portfolio.valuation import Daily, line_flows


@dataclass(frozen=True, slots=True)
class Holding:
    """A symbol that is held; money in `base` unless said otherwise; None is unknown, never 0.

    Attributes:
        price: of a unit, in `facts.currency`, with its `age` in days, `source` and `as_of`.
        stale: the price is older than it should be.
        average_cost: of a unit, in `facts.currency`, over all accounts.
        share: of the value of all holdings whose value is known.
        today: change in value since the last session began, flows taken out; `today_rate` the same as a fraction.
        twr, xirr: since the first purchase in scope; the first for the whole time, the second a year's rate.
        since: the first day it was held.
        accounts: numbers of the accounts that hold it.
    """

    facts: Facts
    base: str
    quantity: Decimal
    price: Decimal | None
    age: int | None
    stale: bool
    source: str
    as_of: datetime | None
    simulated: bool
    average_cost: Decimal | None
    value: Decimal | None
    invested: Decimal | None
    unrealised: Split | None
    realised: Split | None
    income: Decimal | None
    share: float | None
    today: float | None
    today_rate: Rate
    twr: Rate
    xirr: Rate
    since: date
    accounts: tuple[int, ...]
    because: str

    @property
    def unrealised_rate(self) -> float | None:
        """Unrealised gain against what is invested, a fraction."""
        if self.unrealised is None or not self.invested or self.invested < 0:
            return None
        return float(self.unrealised.total / self.invested)


def holdings(
    ledger: Ledger,
    prices: Prices,
    of: Daily,
    found: Iterable[Gain],
    *,
    own: Mapping[str, OwnAsset] | None = None,
    sectors: Mapping[str, str] | None = None,
) -> tuple[Holding, ...]:
    """Every symbol with a quantity in some account in scope, largest value first, unknown values last.

    Args:
        of: daily values in the base currency.
        found: gains of the same accounts.
        own: what the investor said of assets of their own.
        sectors: by symbol, for what the catalogue lacks.
    """
    groups: dict[str, list[Gain]] = {}
    for each in found:
        groups.setdefault(each.symbol, []).append(each)
    kept = {symbol: parts for symbol, parts in groups.items() if any(each.quantity for each in parts)}
    returns = _returns(of)
    whole = sum((each.value or NOTHING for parts in kept.values() for each in parts), NOTHING)
    costs: dict[str, list[Decimal | None]] = {}
    isins: dict[str, str] = {}
    for position in ledger.positions:
        if position.symbol in kept and position.quantity:
            known = None if position.unknown_quantity else position.invested
            costs.setdefault(position.symbol, []).append(known)
    for lot in ledger.lots:
        if lot.isin:
            isins.setdefault(lot.symbol, lot.isin)
    listed = []
    for symbol, parts in kept.items():
        about = prices.about.get(symbol)
        quantity = sum((each.quantity for each in parts), NOTHING)
        value = _known(each.value for each in parts)
        first = parts[0]
        limit = OWN_STALE_DAYS if symbol.startswith(OWN) else STALE_DAYS
        local = _known(costs.get(symbol, ()))
        line = returns[symbol]
        listed.append(
            Holding(
                facts(
                    symbol,
                    currency=first.currency,
                    isin=isins.get(symbol, ""),
                    own=own,
                    sector=(sectors or {}).get(symbol, ""),
                ),
                first.base,
                quantity,
                first.price,
                first.age,
                first.age is not None and first.age > limit,
                about.source if about else "",
                about.as_of if about else None,
                about.simulated if about else False,
                local / quantity if local is not None and quantity > 0 else None,
                value,
                _known(each.invested for each in parts),
                _splits(each.unrealised for each in parts),
                _splits(each.realised for each in parts),
                _known(each.income for each in parts),
                float(value / whole) if value is not None and whole > 0 else None,
                line.today,
                line.today_rate,
                line.twr,
                line.xirr,
                line.since,
                tuple(each.account_id for each in parts if each.quantity),
                next((each.because for each in parts if each.because), ""),
            )
        )
    return tuple(sorted(listed, key=lambda each: (each.value is None, -(each.value or NOTHING), each.facts.symbol)))


def _known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = NOTHING
    for each in amounts:
        if each is None:
            return None
        total += each
    return total


def _splits(parts: Iterable[Split | None]) -> Split | None:
    total = Split()
    for each in parts:
        if each is None:
            return None
        total += each
    return total


@dataclass(frozen=True, slots=True)
class LineReturns:
    """Returns of one symbol by itself."""

    today: float | None
    today_rate: Rate
    twr: Rate
    xirr: Rate
    since: date


def _returns(of: Daily) -> dict[str, LineReturns]:
    """Returns of every symbol at once: one pass over all lines, then one XIRR a line."""
    into, out = line_flows(of)
    linked = day_returns(of.values, into, out)
    n = len(of.days)
    day = of.at(day_number(first_day(Period.TODAY, _last(of), began(of), last_session(of))))
    touched = (of.values != 0.0) | (into != 0.0)
    firsts = np.argmax(touched, axis=1)
    unknown = np.asarray(np.isnan(of.values).any(axis=1))
    with np.errstate(invalid="ignore"):
        grown = np.prod(1.0 + linked, axis=1) - 1.0
        grown_today = np.prod(1.0 + linked[:, day + 1 :], axis=1) - 1.0
        gained = of.values[:, -1] - of.values[:, day] - (into - out)[:, day + 1 :].sum(axis=1)
    net = out - into
    found = {}
    stamps = of.days.astype("datetime64[D]")
    for at, asset in enumerate(of.assets):
        if asset.is_cash:
            continue
        since = date.fromordinal(int(of.days[firsts[at]]) + date(1970, 1, 1).toordinal())
        places = np.flatnonzero(net[at])
        rate: Rate = Unavailable(f"There is no price of {asset.symbol} on some day.")
        linked_rate: Rate = rate
        if not unknown[at]:
            rate = xirr(
                np.concatenate([stamps[places], stamps[-1:]]), np.concatenate([net[at, places], of.values[at, -1:]])
            )
            linked_rate = _rate(float(grown[at]))
        today = float(gained[at]) if np.isfinite(gained[at]) and n > 1 else None
        today_rate = _rate(float(grown_today[at]))
        found[asset.symbol] = LineReturns(today, today_rate, linked_rate, rate, since)
    return found


def _rate(value: float) -> Rate:
    return value if np.isfinite(value) else Unavailable("Its price is unknown, or more was sold than held.")


def _last(of: Daily) -> date:
    return date.fromordinal(int(of.days[-1]) + date(1970, 1, 1).toordinal())


def yearly(rate: Rate, days: int) -> Rate:
    """A return of some days as a year's, when there is one and the time is longer than a year."""
    if isinstance(rate, Unavailable) or days <= DAYS_A_YEAR or rate <= -1.0:
        return rate
    return float((1.0 + rate) ** (DAYS_A_YEAR / days) - 1.0)
