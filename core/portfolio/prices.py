"""Prices as they were on each day, for what a ledger held: arrays over calendar days, in each symbol's own currency.

Three traps are dealt with here, once:

* Vendors restate the past at every split. Quantities in a ledger are those of the day, so prices are brought back to
  what was traded that day. A vendor's split date is sometimes a few days off; then the day it was booked on counts.
* No price on a day means the last known one, at the level after splits in between, and it has an age.
* Without any price the value is unknown. NaN says so; nothing here writes 0 for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.portfolio.model import OWN

Floats = NDArray[np.float64]
Days = NDArray[np.int64]
Flags = NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
BRIDGE_DAYS = 30
"""How long the price of an investor's own trade stands in for a market price that is not there (an allotment before the
listing). After that the value is unknown."""
STALE_DAYS = 5
"""A listed price older than this (a long weekend with holidays) is pointed out."""
OWN_STALE_DAYS = 100
"""The same for assets that are valued by hand (once a quarter)."""
SNAP_DAYS = 14
"""A split of the source this close to a booked one of the same ratio is the same event."""


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


@dataclass(frozen=True, slots=True)
class About:
    """Where a symbol's prices come from.

    Attributes:
        source: the vendor's name; "own prices", "own trades", or "" when there is none.
        as_of: the moment the newest price speaks of, aware UTC.
        because: why there are no prices; "" when there are.
    """

    currency: str
    source: str = ""
    as_of: datetime | None = None
    simulated: bool = False
    because: str = ""


@dataclass(frozen=True)
class Prices:
    """Closing prices and exchange rates by calendar day.

    Attributes:
        days: shape (n,), epoch days without a gap, oldest first.
        close: symbol -> shape (n,), as traded that day in `about[symbol].currency`, NaN where nothing was traded.
        fx: (from, to) -> shape (n,), units of `to` for one of `from`, NaN where nobody said.
        splits: symbol -> (epoch day, new units for one old), oldest first: the level of a carried price follows them.
        own_trades: symbol -> shape (n,), true where the price is the investor's own trade and no market price.
    """

    days: Days
    close: Mapping[str, Floats]
    fx: Mapping[tuple[str, str], Floats] = field(default_factory=dict)
    about: Mapping[str, About] = field(default_factory=dict)
    splits: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    own_trades: Mapping[str, Flags] = field(default_factory=dict)

    @property
    def first(self) -> date:
        """The first day."""
        return day_of(int(self.days[0]))

    @property
    def until(self) -> date:
        """The last day."""
        return day_of(int(self.days[-1]))

    @property
    def simulated(self) -> bool:
        """True when any price comes from the simulated market."""
        return any(each.simulated for each in self.about.values())

    def currency(self, symbol: str, otherwise: str) -> str:
        """The currency the symbol is priced in."""
        known = self.about.get(symbol)
        return known.currency if known is not None and known.currency else otherwise

    def at(self, day: date) -> int:
        """The position of a day, clipped to the span."""
        return int(np.clip(day_number(day) - int(self.days[0]), 0, len(self.days) - 1))

    def carried(self, symbols: Iterable[str]) -> tuple[Floats, NDArray[np.int32]]:
        """The price to value each symbol with, and its age in days, shape (symbols, n); NaN and -1 for unknown."""
        names = tuple(symbols)
        n = len(self.days)
        traded = np.full((len(names), n), np.nan)
        for row, name in enumerate(names):
            known = self.close.get(name)
            if known is not None:
                traded[row] = known
        last = np.where(np.isnan(traded), -1, np.arange(n, dtype=np.int32))
        np.maximum.accumulate(last, axis=1, out=last)
        rows = np.arange(len(names))[:, None]
        out = np.where(last >= 0, traded[rows, np.maximum(last, 0)], np.nan)
        age = np.where(last >= 0, np.arange(n, dtype=np.int32) - last, -1).astype(np.int32)
        for row, name in enumerate(names):
            events = self.splits.get(name, ())
            if events:
                level = self._level(events)
                out[row] *= level[np.maximum(last[row], 0)] / level
            own = self.own_trades.get(name)
            if own is not None and not name.startswith(OWN):
                gone = own[np.maximum(last[row], 0)] & (age[row] > BRIDGE_DAYS)
                out[row, gone] = np.nan
                age[row, gone] = -1
        return out, age

    def _level(self, events: tuple[tuple[int, float], ...]) -> Floats:
        """Units on each day for one unit before the first day, shape (n,)."""
        level = np.ones(len(self.days))
        for day, ratio in events:
            level[self.days >= day] *= ratio
        return level

    def rate(self, source: str, target: str) -> Floats:
        """Units of `target` for one of `source`, the last known carried on; NaN before the first, shape (n,)."""
        n = len(self.days)
        if source == target:
            return np.ones(n)
        known = self.fx.get((source, target))
        if known is None:
            back = self.fx.get((target, source))
            if back is None:
                return np.full(n, np.nan)
            with np.errstate(divide="ignore"):
                known = np.where(back > 0, 1.0 / back, np.nan)
        return carry(known)

    def with_quotes(self, quotes: Mapping[str, tuple[float, datetime]]) -> Prices:
        """The same with the last day's prices replaced: symbol -> (price in its currency, moment).

        Prices that are none (zero, negative, not a number) are left out.
        """
        close, about = dict(self.close), dict(self.about)
        for symbol, (price, moment) in quotes.items():
            if symbol not in about or not np.isfinite(price) or price <= 0:
                continue
            series = np.array(close[symbol]) if symbol in close else np.full(len(self.days), np.nan)
            series[-1] = price
            close[symbol] = series
            about[symbol] = replace(about[symbol], as_of=moment, because="")
        own = {
            name: np.concatenate([flags[:-1], [False]]) if name in quotes else flags
            for name, flags in self.own_trades.items()
        }
        return replace(self, close=close, about=about, own_trades=own)

    def joined(self, other: Prices) -> Prices:
        """These and the other's symbols over the same days; what both have stays as it is here.

        Raises:
            ValueError: the other is over other days.
        """
        if not np.array_equal(self.days, other.days):
            raise ValueError(f"prices from {other.first} to {other.until} do not fit {self.first} to {self.until}")
        return Prices(
            self.days,
            {**other.close, **self.close},
            {**other.fx, **self.fx},
            {**other.about, **self.about},
            {**other.splits, **self.splits},
            self.own_trades,
        )


def carry(values: Floats) -> Floats:
    """Each NaN replaced by the last value before it; NaN before the first. Shape (n,)."""
    last = np.where(np.isnan(values), -1, np.arange(len(values)))
    np.maximum.accumulate(last, out=last)
    return np.where(last >= 0, values[np.maximum(last, 0)], np.nan)


def snapped(
    source: Iterable[tuple[int, float]], booked: Iterable[tuple[int, float]]
) -> tuple[tuple[tuple[int, float], ...], tuple[tuple[int, float], ...]]:
    """Splits of a source on the days the investor booked them.

    Returns:
        The source's splits, each on the day of the booked one it is (same ratio within 2 %, at most SNAP_DAYS apart),
        and the booked ones that the source does not have.
    """
    left = sorted(booked)
    found: list[tuple[int, float]] = []
    for day, ratio in sorted(source):
        same = [each for each in left if abs(each[0] - day) <= SNAP_DAYS and abs(each[1] / ratio - 1.0) <= 0.02]
        if same:
            nearest = min(same, key=lambda each: abs(each[0] - day))
            left.remove(nearest)
            found.append((nearest[0], ratio))
        else:
            found.append((day, ratio))
    return tuple(sorted(found)), tuple(left)


def as_traded(
    days: Days,
    day_numbers: Days,
    adjusted: Floats,
    source_splits: Iterable[tuple[int, float]],
    moved: Iterable[tuple[int, float]],
) -> Floats:
    """Closes on the grid `days` at the level of each day.

    Args:
        day_numbers, adjusted: split-adjusted closes and their days, shape (m,).
        source_splits: the splits the source has adjusted for.
        moved: the same on the days they count for this ledger (`snapped`).

    Returns:
        Shape (n,), NaN on days without a close. Splits after the last day count too: the source has divided by them.
    """
    out = np.full(len(days), np.nan)
    later = np.ones(len(adjusted))
    for day, ratio in moved:
        later[day_numbers < day] *= ratio
    inside = (day_numbers >= days[0]) & (day_numbers <= days[-1]) & np.isfinite(adjusted) & (adjusted > 0)
    out[day_numbers[inside] - days[0]] = (adjusted * later)[inside]
    # Between the source's day of a split and the booked one the source may trade at either level: there the price
    # before counts on, so that no day shows a fall that never was.
    for (given, ratio), (counted, _) in zip(sorted(source_splits), sorted(moved), strict=True):
        if given != counted and ratio != 1.0:
            low, high = sorted((given, counted))
            out[(days >= low) & (days < high)] = np.nan
    return out


def calendar(first: date, last: date) -> Days:
    """Every day from `first` to `last`, both included, as epoch days."""
    return np.arange(day_number(first), day_number(last) + 1, dtype=np.int64)
