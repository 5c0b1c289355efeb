"""Prices for a ledger: from the market service, from the investor's own prices, and from what they traded at.

One call for all symbols and one for all exchange rates. A vendor that fails leaves its symbols without prices and says
why; nothing else fails with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from core import clock
from core.market.errors import MarketError
from core.market.instruments import infer
from core.market.model import ActionKind, AssetClass, Bars, Sourced
from core.market.service import Market, market
from core.market.store.adjust import exchange_days
from core.portfolio.model import OWN, Kind, Ledger
from core.portfolio.prices import About, Days, Flags, Floats, Prices, as_traded, calendar, day_number, day_of, snapped

INDIA = "Asia/Kolkata"
_MINOR = {"GBp": ("GBP", 100.0), "GBX": ("GBP", 100.0), "ZAc": ("ZAR", 100.0), "ILA": ("ILS", 100.0)}
"""Currencies some exchanges quote in hundredths of; ledgers are kept in whole ones."""
_BEFORE = timedelta(days=10)
_PRICED = frozenset({Kind.BUY, Kind.SELL, Kind.RIGHTS})
_STATED = frozenset({Kind.OPENING_BALANCE, Kind.TRANSFER_IN})
"""For assets of the investor's own, what they were said to be worth when they came in."""


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """A price the investor gave for an asset of their own, for one unit in the asset's currency."""

    on: date
    price: Decimal


def load(
    ledger: Ledger,
    *,
    base_currency: str,
    until: date | None = None,
    extra: Iterable[str] = (),
    own_prices: Mapping[str, Sequence[OwnPrice]] | None = None,
    owner: str | None = None,
    service: Market | None = None,
) -> Prices:
    """All prices and rates to value a ledger with, from shortly before its first entry.

    Args:
        base_currency: what values will be shown in; rates into it are loaded.
        until: the last day; today in India when not said.
        extra: further symbols wanted over the same span (a benchmark).
        own_prices: by symbol, for assets of the investor's own; they also fill in for a symbol that no source has.
        owner: whose own files may be read (`core.accounts.model.Account.owner`).
        service: the market service; the process's own when not said.
    """
    last = until or clock.now().astimezone(ZoneInfo(INDIA)).date()
    first = min([last, *(entry.on for entry in ledger.entries)]) - _BEFORE
    days = calendar(first, last)
    asked = service or market()
    held = _symbols(ledger)
    listed = tuple(dict.fromkeys((*(each for each in held if not each.startswith(OWN)), *extra)))
    # Up to now even for an earlier `until`: prices are divided by every split since, and those have to be known.
    answers = asked.bars_many(listed, "1d", first, owner=owner)
    close: dict[str, Floats] = {}
    about: dict[str, About] = {}
    splits: dict[str, tuple[tuple[int, float], ...]] = {}
    booked = _booked_splits(ledger)
    for symbol, answer in answers.items():
        known, ratios, facts = _from_source(symbol, answer, days, booked.get(symbol, ()), held.get(symbol, ""))
        about[symbol] = facts
        splits[symbol] = ratios
        if known is not None:
            close[symbol] = known
    for symbol in held:
        if symbol.startswith(OWN):
            about[symbol] = About(held[symbol], because="It has no price yet. Add one.")
            splits[symbol] = booked.get(symbol, ())
    _add_own_prices(days, own_prices or {}, close, about)
    own_trades = _add_trades(ledger, days, close, about)
    currencies = {each.currency for each in about.values()} | {entry.currency for entry in ledger.entries}
    fx = rates(asked, currencies - {""}, base_currency, days)
    _add_stated_rates(ledger, days, base_currency, fx)
    return Prices(days, close, fx, about, {name: each for name, each in splits.items() if each}, own_trades)


def _symbols(ledger: Ledger) -> dict[str, str]:
    """Every symbol that was ever touched -> the currency it trades in."""
    return {each.symbol: each.currency for each in ledger.positions if each.symbol}


def _booked_splits(ledger: Ledger) -> dict[str, tuple[tuple[int, float], ...]]:
    """Splits and bonuses in the ledger by symbol; one event of several accounts counts once."""
    found: dict[str, dict[int, float]] = {}
    for entry in ledger.entries:
        if entry.split_factor != 1 and entry.split_factor > 0:
            found.setdefault(entry.symbol, {})[day_number(entry.on)] = float(entry.split_factor)
    return {symbol: tuple(sorted(events.items())) for symbol, events in found.items()}


def _from_source(
    symbol: str, answer: Sourced[Bars] | MarketError, days: Days, booked: tuple[tuple[int, float], ...], currency: str
) -> tuple[Floats | None, tuple[tuple[int, float], ...], About]:
    if isinstance(answer, MarketError):
        return None, booked, About(currency or _inferred(symbol), because=str(answer))
    bars = answer.data
    priced_in, units = _MINOR.get(bars.currency, (bars.currency or currency, 1.0))
    given = tuple(
        (day_number(action.ex_date), float(action.value))
        for action in bars.actions
        if action.kind is ActionKind.SPLIT and action.value > 0
    )
    moved, only_booked = snapped(given, booked)
    index = pd.DatetimeIndex(bars.frame.index)
    timezone = infer(symbol).timezone  # it has bars, so it has the shape of a symbol
    adjusted = bars.frame["close"].to_numpy(dtype=np.float64) / units
    close = as_traded(days, exchange_days(index, timezone), adjusted, given, moved)
    facts = About(priced_in, answer.source, answer.as_of, answer.simulated)
    if np.isnan(close).all():
        facts = About(priced_in, because=f"{answer.source} has no prices of {symbol} for this time.")
        return None, booked, facts
    return close, tuple(sorted((*moved, *only_booked))), facts


def _inferred(symbol: str) -> str:
    try:
        return infer(symbol).currency
    except MarketError:
        return ""  # no symbol of a market we know; its rows say in which currency they are


def _add_own_prices(
    days: Days, own: Mapping[str, Sequence[OwnPrice]], close: dict[str, Floats], about: dict[str, About]
) -> None:
    for symbol, prices in own.items():
        known = about.get(symbol)
        if known is None or (known.source and not symbol.startswith(OWN)):
            continue  # not in this ledger, or a source has it: sources never mix in one series
        series = np.full(len(days), np.nan)
        for each in sorted(prices, key=lambda one: one.on):
            at = day_number(each.on) - int(days[0])
            if at < len(days):
                series[max(at, 0)] = float(each.price)
        if not np.isnan(series).all():
            close[symbol] = series
            about[symbol] = About(known.currency, "own prices")


def _add_trades(ledger: Ledger, days: Days, close: dict[str, Floats], about: dict[str, About]) -> dict[str, Flags]:
    """What was paid stands in before the first market price, and for assets of the investor's own."""
    traded: dict[str, dict[int, float]] = {}
    for row in ledger.transactions:
        own = row.symbol.startswith(OWN) and row.kind in _STATED
        if not (own or row.kind in _PRICED) or row.symbol not in about or row.currency != about[row.symbol].currency:
            continue
        price = row.price
        if price is None and row.gross is not None and row.quantity:
            price = row.gross / row.quantity
        if price is not None and price > 0:
            traded.setdefault(row.symbol, {})[day_number(row.on) - int(days[0])] = float(price)
    flags: dict[str, Flags] = {}
    for symbol, prices in traded.items():
        series = close.get(symbol)
        first = len(days) if series is None else int(np.argmax(~np.isnan(series)))
        mine = np.zeros(len(days), dtype=np.bool_)
        filled = np.full(len(days), np.nan) if series is None else np.array(series)
        for at, paid in prices.items():
            if 0 <= at < len(days) and (at < first or (symbol.startswith(OWN) and np.isnan(filled[at]))):
                filled[at] = paid
                mine[at] = True
        if mine.any():
            close[symbol], flags[symbol] = filled, mine
            if series is None and symbol.startswith(OWN):
                about[symbol] = About(about[symbol].currency, "own trades")
    return flags


def rates(service: Market, currencies: Iterable[str], base: str, days: Days) -> dict[tuple[str, str], Floats]:
    """Exchange rates of each currency into `base` on each day: asked directly, then the other way round, then through
    the US dollar. A pair nobody has is left out."""
    wanted = {each for each in currencies if each != base and len(each) == 3 and each.isalpha()}
    if not wanted:
        return {}
    first, last = _span(days)
    direct = _series(service, {(one, base) for one in wanted}, first, last, days)
    missing = {one for one in wanted if (one, base) not in direct}
    if not missing:
        return direct
    back = _series(service, {(base, one) for one in missing}, first, last, days)
    missing = {one for one in missing if (base, one) not in back}
    found = direct | back
    if not missing or base == "USD":
        return found
    legs = _series(service, {*((one, "USD") for one in missing - {"USD"}), ("USD", base)}, first, last, days)
    across = Prices(days, {}, found | legs)
    for one in missing:
        through = across.rate(one, "USD") * across.rate("USD", base)
        if one != "USD" and not np.isnan(through).all():
            found[one, base] = through
    return found


def _span(days: Days) -> tuple[date, date]:
    return day_of(int(days[0])), day_of(int(days[-1]))


def pair_symbol(source: str, target: str) -> str:
    """The market's symbol for `target` per `source`: "EURINR=X", and "INR=X" for what a US dollar costs."""
    return f"{target}=X" if source == "USD" else f"{source}{target}=X"


def _series(
    service: Market, pairs: Iterable[tuple[str, str]], first: date, last: date, days: Days
) -> dict[tuple[str, str], Floats]:
    by_symbol = {pair_symbol(*pair): pair for pair in sorted(pairs)}
    found: dict[tuple[str, str], Floats] = {}
    for symbol, answer in service.bars_many(by_symbol, "1d", first, last).items():
        instrument = infer(symbol)
        if isinstance(answer, MarketError) or instrument.asset_class is not AssetClass.FX:
            continue
        bars = answer.data.frame
        numbers = exchange_days(pd.DatetimeIndex(bars.index), instrument.timezone)
        series = as_traded(days, numbers, bars["close"].to_numpy(dtype=np.float64), (), ())
        if not np.isnan(series).all():
            found[by_symbol[symbol]] = series
    return found


def _add_stated_rates(ledger: Ledger, days: Days, base: str, fx: dict[tuple[str, str], Floats]) -> None:
    """Rates that rows state, where the market has none for the pair."""
    home = {each.id: each.currency for each in ledger.accounts}
    stated: dict[tuple[str, str], Floats] = {}
    for row in ledger.transactions:
        pair = (row.currency, base)
        if row.rate is None or row.currency == base or home.get(row.account_id) != base or pair in fx:
            continue
        if (base, row.currency) in fx:
            continue
        series = stated.setdefault(pair, np.full(len(days), np.nan))
        series[day_number(row.on) - int(days[0])] = float(row.rate)
    fx.update(stated)


def quoted(
    symbols: Iterable[str],
    first: date,
    *,
    base_currency: str,
    until: date | None = None,
    owner: str | None = None,
    service: Market | None = None,
) -> Prices:
    """Prices of symbols by themselves (a benchmark, a crisis before the ledger began), with rates into `base_currency`.

    Splits count on the source's own days; there is no ledger to compare them with.
    """
    last = until or clock.now().astimezone(ZoneInfo(INDIA)).date()
    days = calendar(min(first, last), last)
    asked = service or market()
    close: dict[str, Floats] = {}
    about: dict[str, About] = {}
    splits: dict[str, tuple[tuple[int, float], ...]] = {}
    for symbol, answer in asked.bars_many(tuple(symbols), "1d", min(first, last), owner=owner).items():
        known, ratios, about[symbol] = _from_source(symbol, answer, days, (), "")
        if known is not None:
            close[symbol], splits[symbol] = known, ratios
    fx = rates(asked, {each.currency for each in about.values()} - {""}, base_currency, days)
    return Prices(days, close, fx, about, {name: each for name, each in splits.items() if each})


def daily_volumes(
    symbols: Iterable[str],
    *,
    days: int = 60,
    owner: str | None = None,
    service: Market | None = None,
    until: date | None = None,
) -> dict[str, float]:
    """The median number of units traded a day over the last `days` calendar days; symbols without it are left out."""
    last = until or clock.now().astimezone(ZoneInfo(INDIA)).date()
    found: dict[str, float] = {}
    for symbol, answer in (
        (service or market()).bars_many(tuple(symbols), "1d", last - timedelta(days=days), owner=owner).items()
    ):
        if isinstance(answer, MarketError):
            continue
        volume = answer.data.frame["volume"].to_numpy(dtype=np.float64)
        volume = volume[np.isfinite(volume)]
        if len(volume) >= 5 and np.median(volume) > 0:
            found[symbol] = float(np.median(volume))
    return found
