"""The price of 31 January 2018: cost of listed equity that was held then (s. 55(2)(ac))."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from core.market.errors import MarketError
from core.market.instruments import infer
from core.market.model import ActionKind
from core.market.service import Market, market
from core.market.store.adjust import exchange_days
from core.portfolio.model import NOTHING, ONE, Kind, Ledger
from core.portfolio.prices import day_number
from core.portfolio.tax.rules import GRANDFATHERED

_BEFORE = timedelta(days=20)


def fair_values(symbols: Iterable[str], *, service: Market | None = None) -> dict[str, Decimal]:
    """The highest price of 31 January 2018 of each symbol, as traded that day, or of the last day before it on which it
    was traded. Symbols without one are left out: the investor is asked."""
    asked = service or market()
    found: dict[str, Decimal] = {}
    for symbol, answer in asked.bars_many(symbols, "1d", GRANDFATHERED - _BEFORE).items():
        if isinstance(answer, MarketError) or answer.simulated:
            continue
        bars = answer.data
        days = exchange_days(pd.DatetimeIndex(bars.frame.index), infer(symbol).timezone)
        before = np.flatnonzero(days <= day_number(GRANDFATHERED))
        if not len(before):
            continue
        high = float(bars.frame["high"].to_numpy(dtype=np.float64)[before[-1]])
        for action in bars.actions:
            if action.kind is ActionKind.SPLIT and action.ex_date > GRANDFATHERED and action.value > 0:
                high *= action.value
        if np.isfinite(high) and high > 0:
            found[symbol] = Decimal(repr(round(high, 4)))
    return found


def splits_since(ledger: Ledger) -> Mapping[str, tuple[tuple[date, Decimal], ...]]:
    """Splits after 31 January 2018 by symbol: days and new units for each old one.

    Bonus units are lots of their own and leave the old units as they are, so they do not count here. A split is booked
    in each account that holds the symbol, and counts once: lots move between accounts.
    """
    found: dict[str, dict[date, Decimal]] = {}
    for entry in ledger.entries:
        if entry.kind is Kind.SPLIT and entry.on > GRANDFATHERED and entry.split_factor > 0:
            found.setdefault(entry.symbol, {})[entry.on] = entry.split_factor
    return {symbol: tuple(events.items()) for symbol, events in found.items()}


def at_sale(fair_value: Decimal, splits: Iterable[tuple[date, Decimal]], sold_on: date) -> Decimal:
    """The price of 31 January 2018 for one unit as it was when sold."""
    factor = ONE
    for on, ratio in splits:
        if on <= sold_on:
            factor *= ratio
    return fair_value / factor


def cost_of_acquisition(actual: Decimal, fair_value: Decimal, consideration: Decimal) -> Decimal:
    """The higher of what was paid and the lower of the value of 31 January 2018 and what was received, for the lot."""
    return max(actual, min(fair_value, consideration), NOTHING)
