"""The same money, put into an index on the same days: the fair comparison for an investor who pays in over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.portfolio.periods import Performance
from core.portfolio.prices import Flags, Floats, Prices, day_number
from core.portfolio.returns import Rate, Unavailable, xirr
from core.portfolio.risk import Series, price_returns
from core.portfolio.valuation import Daily, flows

USUAL = ("^NSEI", "^GSPC")


@dataclass(frozen=True)
class Comparison:
    """The investor's holdings beside an index that received the same flows, in the base currency.

    Attributes:
        value: of the index holding at the end.
        gain: of the index holding; `ahead` is the investor's gain less it.
        xirr: of the index holding, with the same flows; `twr` of the index itself over the span.
        days, own, index: lines for a chart, shape (k,): datetime64[D], the investor's value, the index holding's.
        because: why the comparison cannot be made; "" when it can.
        price_only: the index is a price index, so its dividends are not in it, while the investor's are.
    """

    symbol: str
    currency: str
    value: float | None
    gain: float | None
    ahead: float | None
    xirr: Rate
    twr: Rate
    days: NDArray[np.datetime64]
    own: Floats
    index: Floats
    because: str = ""
    price_only: bool = False


def compare(of: Daily, prices: Prices, symbol: str, shown: Performance, chosen: Flags | None = None) -> Comparison:
    """Put the flows of a `Performance` (of the same lines) into the index.

    What comes in buys units at that day's close (or the last one before), what goes out sells them.

    Args:
        prices: with the index among them (`price_loading.load(extra=...)`).
    """
    low, high = of.at(day_number(shown.start)), of.at(day_number(shown.end))
    lines = (of.everything if chosen is None else chosen) & of.without_unknown(low, high)[0]
    moved = flows(of, lines)
    own = of.values[lines].sum(axis=0)
    level = levels(prices, symbol, of.currency)
    days = of.days[low : high + 1].astype("datetime64[D]")
    price_only = symbol.startswith("^")
    first = low if own[low] != 0.0 else low + 1
    if high <= low or np.isnan(level[first : high + 1]).any():
        reason = _reason(prices, symbol, of.currency)
        none = Unavailable(reason)
        empty = np.full(len(days), np.nan)
        return Comparison(
            symbol, of.currency, None, None, None, none, none, days, own[low : high + 1], empty, reason, price_only
        )
    net = moved.net[low : high + 1].copy()
    net[0] = own[low]
    bought = np.divide(net, level[low : high + 1], out=np.zeros_like(net), where=net != 0.0)
    units = np.cumsum(bought)
    index = np.where(units != 0.0, units * level[low : high + 1], 0.0)
    at = np.flatnonzero(net)
    rate = xirr(np.append(days[at], days[-1]), np.append(-net[at], index[-1]))
    because = ""
    if (units < -1e-9).any():
        because = "More was taken out than the index would have held; from there on it is a debt."
    value, gain = float(index[-1]), float(index[-1] - net.sum())
    grown = float(level[high] / level[first] - 1.0)
    return Comparison(
        symbol,
        of.currency,
        value,
        gain,
        None if shown.gain is None else shown.gain - gain,
        rate,
        grown,
        days,
        own[low : high + 1],
        index,
        because,
        price_only,
    )


def levels(prices: Prices, symbol: str, base: str) -> Floats:
    """An index in the base currency on each day, the last known carried on, shape (n,); splits make no jump."""
    carried, _ = prices.carried([symbol])
    level = np.ones(len(prices.days))
    for day, ratio in prices.splits.get(symbol, ()):
        level[prices.days >= day] *= ratio
    return np.asarray(carried[0] * level * prices.rate(prices.currency(symbol, base), base))


def returns_of(prices: Prices, symbol: str, base: str, *, years: float = 3.0) -> Series:
    """Daily returns of an index in the base currency, for beta."""
    frame, returns = price_returns(prices, [symbol], base, years=years)
    there = ~np.isnan(returns[:, 0])
    return Series(frame.days[there], returns[there, 0])


def _reason(prices: Prices, symbol: str, base: str) -> str:
    about = prices.about.get(symbol)
    if about is not None and about.because:
        return f"{symbol}: {about.because}"
    if symbol not in prices.close:
        return f"There are no prices of {symbol}."
    return f"{symbol} has no price in {base} at the beginning of this time."
