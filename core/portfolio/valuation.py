"""What a ledger was worth on each day, and what came in and went out: the arrays every return is made of.

The convention, stated once. A day's return links yesterday's close to today's:

    r = (value + out) / (value before + in) - 1

so money that comes in works from the day's start, and money that goes out has worked until its end. What goes out and
in again on one day (a switch from one holding to another) is taken off both sides first, as far as it was worth the
evening before; otherwise a switch would seem to need the capital twice.

A holding without any known price has an unknown value: NaN on its line, and `Daily.unknown` says so for the sums. It is
never counted as 0 in a return; see `Daily.without_unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.portfolio.model import Ledger
from core.portfolio.prices import Days, Flags, Floats, Prices
from core.portfolio.tape import Asset, Tape, tape

_DUST = 1e-9
"""Units (or currency) below this are what is left of rounding, and are nothing."""


@dataclass(frozen=True)
class Daily:
    """Values by day; money in `currency`, whose rate of each day is used.

    Attributes:
        days: epoch days, shape (n,).
        quantity: units of each line, shape (lines, n); for cash its sum.
        values: in `currency`, shape (lines, n); NaN where something is held whose price or rate is unknown.
        price: of a unit in `currency`, shape (lines, n), NaN unknown.
        age: days since that price, shape (lines, n), -1 unknown.
        rates: currency -> units of `currency` for one of it, shape (n,).
    """

    currency: str
    tape: Tape
    days: Days
    quantity: Floats
    values: Floats
    price: Floats
    age: NDArray[np.int32]
    rates: Mapping[str, Floats]

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The lines: symbols first, then currencies."""
        return self.tape.assets

    @cached_property
    def unknown(self) -> Flags:
        """Days on which something of unknown value was held, shape (n,)."""
        return np.asarray(np.isnan(self.values).any(axis=0))

    @cached_property
    def value(self) -> Floats:
        """Cash and holdings together, shape (n,); NaN where `unknown`."""
        return np.asarray(self.values.sum(axis=0))

    @cached_property
    def known_value(self) -> Floats:
        """The part whose value is known, shape (n,)."""
        return np.asarray(np.nansum(self.values, axis=0))

    @cached_property
    def cash(self) -> Floats:
        """Money, shape (n,); NaN when a rate is unknown."""
        lines = [at for at, asset in enumerate(self.assets) if asset.is_cash]
        return np.asarray(self.values[lines].sum(axis=0)) if lines else np.zeros(len(self.days))

    @cached_property
    def by_symbol(self) -> dict[str, Floats]:
        """The value of each symbol, shape (n,) each."""
        return {asset.symbol: self.values[at] for at, asset in enumerate(self.assets) if not asset.is_cash}

    def lines(self, symbols: Iterable[str], *, cash: bool = False) -> Flags:
        """A choice of lines by symbol, with or without the cash lines; shape (lines,)."""
        wanted = set(symbols)
        return np.array([(asset.is_cash and cash) or asset.symbol in wanted for asset in self.assets], dtype=np.bool_)

    @property
    def everything(self) -> Flags:
        """All lines."""
        return np.ones(len(self.assets), dtype=np.bool_)

    def at(self, day: int) -> int:
        """Position of an epoch day, clipped to the span."""
        return int(np.clip(day - int(self.days[0]), 0, len(self.days) - 1))

    def without_unknown(self, start: int, end: int) -> tuple[Flags, tuple[Asset, ...]]:
        """The lines whose value is known on every day from position `start` to `end`, and those left out."""
        gone = np.asarray(np.isnan(self.values[:, start : end + 1]).any(axis=1))
        return ~gone, tuple(self.assets[at] for at in np.flatnonzero(gone))


def daily(ledger: Ledger, prices: Prices, base_currency: str, *, accounts: Iterable[int] | None = None) -> Daily:
    """The value of each line on each day of `prices`.

    Entries before the first day count from the first day on; entries after the last are left out.
    """
    entries = tape(ledger, accounts)
    days, lines = prices.days, len(entries.assets)
    n = len(days)
    at = np.clip(entries.day - days[0], 0, n)
    inside = at < n
    counted = inside & (entries.purse >= 0)
    moved = inside & (entries.symbol >= 0)
    flat = np.concatenate([(entries.symbol * n + at)[moved], (entries.purse * n + at)[counted]])
    change = np.concatenate([entries.quantity[moved], entries.cash[counted]])
    quantity = summed(flat, change, lines * n).reshape(lines, n)
    np.cumsum(quantity, axis=1, out=quantity)
    quantity[np.abs(quantity) < _DUST] = 0.0
    price, age = prices.carried(asset.symbol for asset in entries.assets)
    rates: dict[str, Floats] = {}
    for line, asset in enumerate(entries.assets):
        if asset.is_cash:
            price[line], age[line] = 1.0, 0
        currency = asset.currency if asset.is_cash else prices.currency(asset.symbol, asset.currency)
        if currency not in rates:
            rates[currency] = prices.rate(currency, base_currency)
        if currency != base_currency:
            price[line] *= rates[currency]
    values = quantity * price
    values[quantity == 0.0] = 0.0
    return Daily(base_currency, entries, days, quantity, values, price, age, rates)


@dataclass(frozen=True)
class Flows:
    """What came in and went out of a choice of lines on each day, in the base currency; both positive, shape (n,)."""

    into: Floats
    out: Floats

    @property
    def net(self) -> Floats:
        """In less out."""
        return self.into - self.out


def flows(of: Daily, chosen: Flags | None = None) -> Flows:
    """Flows over the border of the chosen lines (all when not said).

    Cash that a chosen line exchanges with one that is not chosen crosses the border as well: for one symbol alone a
    purchase comes in, a sale and a dividend go out. Units that come or go without cash (a transfer, an opening balance)
    count at that day's price.
    """
    entries, n = of.tape, len(of.days)
    # One more line that is never chosen: -1, "none", points to it.
    inside = np.append(of.everything if chosen is None else chosen, False)
    at, cash, units = _worth(of)
    symbol_in, cash_in = inside[entries.symbol], inside[entries.purse]
    traded = (entries.symbol >= 0) & (entries.purse >= 0)
    amount = np.where(traded & symbol_in & ~cash_in, -cash, 0.0) + np.where(traded & cash_in & ~symbol_in, cash, 0.0)
    amount += np.where(entries.exchange & symbol_in & ~inside[entries.partner], units, 0.0)
    cells, outer, between = _outside(of)
    mine = inside[entries.outside.line]
    single, moved = mine & ~between, mine & between
    into = summed(at, np.maximum(amount, 0.0), n + 1) + summed(cells[single], np.maximum(outer[single], 0.0), n + 1)
    out = summed(at, np.maximum(-amount, 0.0), n + 1) + summed(cells[single], np.maximum(-outer[single], 0.0), n + 1)
    # Both sides of a transfer between accounts in scope fall on one day and are nothing together.
    net = summed(cells[moved], outer[moved], n + 1)
    net[np.abs(net) < _DUST] = 0.0
    return Flows((into + np.maximum(net, 0.0))[:n], (out + np.maximum(-net, 0.0))[:n])


def line_flows(of: Daily) -> tuple[Floats, Floats]:
    """In and out of each line by itself, both positive, shape (lines, n); the same rules as `flows`."""
    entries, n, lines = of.tape, len(of.days), len(of.assets)
    at, cash, units = _worth(of)
    traded = (entries.symbol >= 0) & (entries.purse >= 0)
    moved = entries.exchange & (entries.symbol >= 0)
    cells, outer, between = _outside(of)
    width = n + 1
    into, out = np.zeros(lines * width), np.zeros(lines * width)
    for line, when, amount, valid in (
        (entries.symbol, at, -cash, traded),
        (entries.purse, at, cash, traded),
        (entries.symbol, at, units, moved),
        (entries.outside.line, cells, outer, ~between),
    ):
        place = (line * width + when)[valid]
        into += summed(place, np.maximum(amount[valid], 0.0), lines * width)
        out += summed(place, np.maximum(-amount[valid], 0.0), lines * width)
    if between.any():
        net = summed((entries.outside.line * width + cells)[between], outer[between], lines * width)
        net[np.abs(net) < _DUST] = 0.0
        into += np.maximum(net, 0.0)
        out += np.maximum(-net, 0.0)
    return into.reshape(lines, width)[:, :n], out.reshape(lines, width)[:, :n]


def _outside(of: Daily) -> tuple[NDArray[np.int64], Floats, Flags]:
    """What crossed the accounts' border: position of its day (n for days outside), its worth, and whether it only moved
    between own accounts."""
    outside, n = of.tape.outside, len(of.days)
    at = _places(of, outside.day)
    worth = outside.amount * of.price[outside.line, np.minimum(at, n - 1)]
    return at, worth, outside.between


def _places(of: Daily, day: NDArray[np.int64]) -> NDArray[np.int64]:
    at = day - of.days[0]
    return np.where((at >= 0) & (at < len(of.days)), at, len(of.days))


def summed(cells: NDArray[np.int64], amounts: Floats, size: int) -> Floats:
    """The sum of the amounts in each cell, shape (size,)."""
    return np.bincount(cells, weights=amounts, minlength=size).astype(np.float64, copy=False)


def _worth(of: Daily) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Each entry's place (n for days outside), and its cash and units in the base currency on its day.

    0 where it has none, NaN where the rate or price is unknown.
    """
    entries, n = of.tape, len(of.days)
    places = _places(of, entries.day)
    at = np.minimum(places, n - 1)
    cash, units = np.zeros(len(at)), np.zeros(len(at))
    paid = entries.purse >= 0
    # The "price" of a unit of cash is its rate.
    cash[paid] = entries.cash[paid] * of.price[entries.purse[paid], at[paid]]
    moved = entries.exchange & (entries.symbol >= 0) & (entries.quantity != 0.0)
    units[moved] = entries.quantity[moved] * of.price[entries.symbol[moved], at[moved]]
    return places, cash, units
