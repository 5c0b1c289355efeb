"""What moves many instruments at once: the world, each market, each sector; and how excited the days are.

Volatility follows an exponential GARCH recursion (Nelson 1991, Econometrica 59): the log variance remembers the size
of past shocks and rises more after falls. It is driven by standardised shocks, so it is one causal recursion over
calendar days: a later year never changes an earlier one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.market.model import AssetClass, Instrument
from core.market.sources.demo.draws import Floats, decaying_sum, fat_tails

MEMORY = 0.975
REACTION = 0.28
ASYMMETRY = 0.07
MEAN_ABS_SHOCK = 0.735  # of a unit-variance Student-t with five degrees of freedom
WORLD_SHARE = 0.45
MARKET_SIGMA = {"IN": 0.0078, "US": 0.0078, "crypto": 0.0200, "currency": 0.0}
_OTHER_MARKET_SIGMA = 0.0085


@dataclass(frozen=True)
class Factor:
    """A common shock: ``returns`` and ``sigma`` (both daily, log) for each calendar day from 2010-01-01."""

    returns: Floats
    sigma: Floats


def log_variance(shocks: Floats) -> Floats:
    """Log variance relative to its long-run level for each day, known before that day's shock; within [-1.6, 2.4]."""
    news = REACTION * (np.abs(shocks) - MEAN_ABS_SHOCK) - ASYMMETRY * shocks
    carried = decaying_sum(news, MEMORY)
    before = np.empty_like(carried)
    before[0] = 0.0
    before[1:] = carried[:-1]
    return np.clip(before, -1.6, 2.4)


def market_name(instrument: Instrument) -> str:
    """Which market's mood an instrument shares."""
    if instrument.asset_class is AssetClass.CRYPTO:
        return "crypto"
    if instrument.asset_class is AssetClass.FX:
        return "currency"
    if instrument.calendar == "XBOM":
        return "IN"
    return "US" if instrument.calendar == "XNYS" else instrument.calendar


def market_factor(seed: int, name: str, through: int) -> Factor:
    """The shock all instruments of one market share; partly the world's."""
    world = fat_tails(seed, "world", through)
    own = fat_tails(seed, f"market {name}", through)
    shocks = WORLD_SHARE * world + np.sqrt(1.0 - WORLD_SHARE**2) * own
    sigma = MARKET_SIGMA.get(name, _OTHER_MARKET_SIGMA) * np.exp(0.5 * log_variance(shocks))
    return _frozen(Factor(shocks * sigma, sigma))


def sector_factor(seed: int, market: str, sector: str, scale: float, through: int) -> Factor:
    """The shock a sector of one market shares, with a long-run daily deviation of ``scale``."""
    shocks = fat_tails(seed, f"sector {market} {sector}", through)
    sigma = scale * np.exp(0.5 * log_variance(shocks))
    return _frozen(Factor(shocks * sigma, sigma))


def own_factor(seed: int, symbol: str, scale: float, through: int) -> Factor:
    """The shock of one instrument alone."""
    shocks = fat_tails(seed, f"own {symbol}", through)
    sigma = scale * np.exp(0.5 * log_variance(shocks))
    return Factor(shocks * sigma, sigma)


def _frozen(factor: Factor) -> Factor:
    factor.returns.flags.writeable = False
    factor.sigma.flags.writeable = False
    return factor
