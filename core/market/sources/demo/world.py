"""Everything simulated, put together once and kept: factors, daily paths, baskets, minutes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import numpy as np

from core.market.model import AssetClass, Instrument
from core.market.sources.demo.baskets import VOLATILITY, Baskets, baskets, commodity
from core.market.sources.demo.character import ANCHOR_YEAR, character, level
from core.market.sources.demo.company import Accounts, accounts
from core.market.sources.demo.draws import FIRST_YEAR, Floats, day_number, normals
from core.market.sources.demo.factors import MARKET_SIGMA, Factor, market_factor, market_name, sector_factor
from core.market.sources.demo.minutes import MinuteDay, simulate_minutes
from core.market.sources.demo.paths import DailyPath, decimals_for, simulate
from core.market.sources.demo.sessions import bounds, session_days

V = TypeVar("V")
_COMMODITY_SIGMA = {"gold": 0.0085, "silver": 0.0150, "crude": 0.0200}


class Kept(Generic[V]):
    """The ``size`` most recently used results of a pure function, shared between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[tuple[str, int], V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int], make: Callable[[], V]) -> V:
        """The value of ``key``, made if it is not there. Two threads may both make it; they make the same."""
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._values[key] = made
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return made


class World:
    """A pure function of (seed, instruments): asked for a path, it makes it or remembers it.

    ``through`` is the last simulated year; a larger one lengthens every path and changes nothing in it.
    """

    def __init__(self, seed: int, instruments: Iterable[Instrument], nifty: Iterable[str] = ()) -> None:
        self.seed = seed
        self.instruments = {each.symbol: each for each in instruments}
        self.baskets: Baskets = baskets(seed, self.instruments.values(), nifty)
        self._factors: Kept[Factor] = Kept(64)
        self._paths: Kept[DailyPath] = Kept(320)
        self._accounts: Kept[Accounts] = Kept(128)
        self._minutes: Kept[MinuteDay] = Kept(1024)

    def path(self, symbol: str, through: int) -> DailyPath:
        """Daily bars of a known symbol from 2010 to the end of ``through`` (at least the anchor year)."""
        through = max(through, ANCHOR_YEAR)
        return self._paths.get((symbol, through), lambda: self._make(self.instruments[symbol], through))

    def minutes(self, symbol: str, at: int, through: int) -> MinuteDay | None:
        """The minutes of session number ``at`` of a path; None when the calendar has no hours for it."""
        path = self.path(symbol, through)
        instrument = self.instruments[symbol]
        hours = bounds(instrument, int(path.days[at]))
        if hours is None:
            return None
        market = market_name(instrument)
        shape = symbol
        if symbol in self.baskets.members or self.baskets.tracked.get(symbol) in self.baskets.members:
            shape = market
        elif symbol in self.baskets.tracked:
            shape = self.baskets.tracked[symbol]
        return self._minutes.get(
            (symbol, int(path.days[at])), lambda: simulate_minutes(self.seed, shape, market, path, at, hours)
        )

    def accounts(self, symbol: str, through: int) -> Accounts:
        """The books of a company, with every quarter filed to the end of ``through``."""
        through = max(through, ANCHOR_YEAR)
        instrument = self.instruments[symbol]
        return self._accounts.get(
            (symbol, through), lambda: accounts(self.seed, instrument, self.path(symbol, through), through)
        )

    def _market(self, name: str, through: int) -> Factor:
        return self._factors.get((name, through), lambda: market_factor(self.seed, name, through))

    def _sector(self, market: str, sector: str, scale: float, through: int) -> Factor:
        return self._factors.get(
            (f"{market}/{sector}", through), lambda: sector_factor(self.seed, market, sector, scale, through)
        )

    def _make(self, instrument: Instrument, through: int) -> DailyPath:
        symbol = instrument.symbol
        market = market_name(instrument)
        if symbol in VOLATILITY:
            return self._volatility(instrument, self._market(market, through), through)
        if symbol in self.baskets.members:
            return self._index(instrument, self.baskets.members[symbol], through)
        if symbol in self.baskets.tracked:
            return self._fund(instrument, self.path(self.baskets.tracked[symbol], through), through)
        nature = character(instrument)
        followed = commodity(instrument)
        if followed is not None and instrument.asset_class is not AssetClass.FX:
            scale = _COMMODITY_SIGMA[followed]
            still = Factor(*(np.zeros_like(each) for each in self._moves("world", followed, scale, through)))
            return simulate(self.seed, instrument, still, self._sector("world", followed, scale, through), through)
        sector = None
        if nature.sector_sigma > 0.0:
            sector = self._sector(market, nature.sector, nature.sector_sigma, through)
        return simulate(self.seed, instrument, self._market(market, through), sector, through)

    def _moves(self, market: str, sector: str, scale: float, through: int) -> tuple[Floats, Floats]:
        factor = self._sector(market, sector, scale, through)
        return factor.returns, factor.sigma

    def _index(self, instrument: Instrument, members: tuple[str, ...], through: int) -> DailyPath:
        """An index of fixed share counts: its level is its members' market value over a constant.

        Members are added in order, one by one: sums then do not depend on how many days are asked. A day's high and
        low lie between the index's own open and close and what its members' extremes would add up to, since members
        do not peak at the same minute.
        """
        days = session_days(instrument, through)
        value = {name: np.zeros(days.size) for name in ("open", "high", "low", "close", "volume", "variance")}
        for symbol in members:
            path = self.path(symbol, through)
            if path.days.size != days.size:
                raise ValueError(f"{symbol} and {instrument.symbol} trade on different calendars")
            value["open"] += path.shares * path.open
            value["high"] += path.shares * path.high
            value["low"] += path.shares * path.low
            value["close"] += path.shares * path.close
            value["volume"] += path.volume
        price, _ = level(self.seed, instrument)
        anchor = int(np.searchsorted(days, day_number(ANCHOR_YEAR)))
        scale = price / value["close"][anchor]
        close, opened = np.round(scale * value["close"], 2), np.round(scale * value["open"], 2)
        above, below = np.maximum(opened, close), np.minimum(opened, close)
        high = np.round(above + 0.5 * np.maximum(0.0, scale * value["high"] - above), 2)
        low = np.round(below - 0.5 * np.maximum(0.0, below - scale * value["low"]), 2)
        grid = days - day_number(FIRST_YEAR)
        sigma = 1.15 * self._market(market_name(instrument), through).sigma[grid]
        trend = np.zeros(days.size)
        return DailyPath(
            instrument.symbol,
            days,
            opened,
            np.maximum(high, above),
            np.minimum(low, below),
            close,
            value["volume"],
            sigma,
            trend,
            2,
            0.0,
        )

    def _fund(self, instrument: Instrument, index: DailyPath, through: int) -> DailyPath:
        """A fund that holds an index: the index at a fixed ratio, each price off by under a tenth of a percent."""
        price, _ = level(self.seed, instrument)
        decimals = decimals_for(price)
        anchor = int(np.searchsorted(index.days, day_number(ANCHOR_YEAR)))
        ratio = price / index.close[anchor]
        noise = normals(self.seed, instrument.symbol, 3, through)[:, index.days - day_number(FIRST_YEAR)]
        close = np.round(ratio * index.close * np.exp(np.clip(2e-4 * noise[0], -8e-4, 8e-4)), decimals)
        opened = np.round(ratio * index.open * np.exp(np.clip(2e-4 * noise[1], -8e-4, 8e-4)), decimals)
        high = np.maximum(np.round(ratio * index.high, decimals), np.maximum(opened, close))
        low = np.minimum(np.round(ratio * index.low, decimals), np.minimum(opened, close))
        volume = np.rint(np.exp(14.5 + 0.5 * np.log(index.sigma / 0.009) + 0.35 * noise[2]))
        return DailyPath(
            instrument.symbol,
            index.days,
            opened,
            high,
            low,
            close,
            volume,
            index.sigma.copy(),
            index.trend.copy(),
            decimals,
            0.0,
        )

    def _volatility(self, instrument: Instrument, market: Factor, through: int) -> DailyPath:
        """A volatility index: what the market's own recursion expects of the next session, as a yearly percentage."""
        days = session_days(instrument, through)
        grid = days - day_number(FIRST_YEAR)
        noise = normals(self.seed, instrument.symbol, 4, through)[:, grid]
        ahead = np.minimum(grid + 1, market.sigma.size - 1)
        # Thirty days ahead, much of today's excitement will have faded: the square root of it is expected to last.
        usual = MARKET_SIGMA[market_name(instrument)]
        expected = usual * np.sqrt(market.sigma[ahead] / usual)
        close = np.round(120.0 * np.sqrt(250.0) * expected * np.exp(0.015 * noise[0]), 2)
        before = np.concatenate((close[:1], close[:-1]))
        opened = np.round(before * np.exp(0.02 * noise[1]), 2)
        high = np.round(np.maximum(opened, close) * np.exp(0.02 * np.abs(noise[2])), 2)
        low = np.round(np.minimum(opened, close) * np.exp(-0.02 * np.abs(noise[3])), 2)
        nothing = np.full(days.size, np.nan)
        sigma = np.full(days.size, 0.05)
        return DailyPath(instrument.symbol, days, opened, high, low, close, nothing, sigma, np.zeros(days.size), 2, 0.0)
