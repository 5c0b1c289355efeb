"""What today's holdings would have lost in a crisis, or lose in a fall of the market that the investor chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from core.portfolio.holdings import Holding
from core.portfolio.prices import Prices
from core.portfolio.returns import Unavailable
from core.portfolio.risk import FEWEST, Series, price_returns


@dataclass(frozen=True, slots=True)
class Crisis:
    """A fall that happened, between the highest and the lowest close of the NIFTY 50; `market` is its change."""

    key: str
    words: str
    start: date
    end: date
    market: float


CRISES = (
    Crisis("2008", "Financial crisis, January to October 2008", date(2008, 1, 8), date(2008, 10, 27), -0.599),
    Crisis("2020", "Pandemic, January to March 2020", date(2020, 1, 14), date(2020, 3, 23), -0.384),
)

RATE_SENSITIVITY = {
    "Financial Services": -6.0,
    "Real Estate": -12.0,
    "Utilities": -8.0,
    "Consumer Cyclical": -6.0,
    "Industrials": -5.0,
    "Technology": -5.0,
    "Basic Materials": -3.0,
    "Energy": -2.0,
    "Communication Services": -4.0,
    "Consumer Defensive": -3.0,
    "Healthcare": -3.0,
}
"""Assumed change of a sector in per cent when interest rates rise by one percentage point: round figures of an equity
duration between 2 and 12 years, an assumption and no measurement. Other holdings are unknown."""


@dataclass(frozen=True, slots=True)
class Shock:
    """What a holding does in a scenario. `change` is a fraction, None unknown; `how` says where it comes from."""

    symbol: str
    change: float | None
    loss: float | None
    how: str


@dataclass(frozen=True, slots=True)
class Stress:
    """A scenario applied to today's holdings.

    Attributes:
        change: of the known part (cash included), a fraction.
        amount: the same in the base currency; negative is a loss.
        covered: share of the holdings' value that the figure speaks of.
    """

    words: str
    change: float | Unavailable
    amount: float | Unavailable
    covered: float
    shocks: tuple[Shock, ...]
    assumption: str


def crisis(
    held: Sequence[Holding],
    past: Prices,
    scenario: Crisis,
    *,
    cash: float = 0.0,
    betas: dict[str, float] | None = None,
    market_fall: float | None = None,
) -> Stress:
    """Each holding with its own prices of that time.

    Args:
        past: prices that reach back to the crisis.
        betas, market_fall: for holdings that were not traded then: beta x the market's fall stands in, and is said.
    """
    symbols = [each.facts.symbol for each in held]
    carried, age = past.carried(symbols)
    low, high = past.at(scenario.start), past.at(scenario.end)
    reaches = past.first <= scenario.start
    shocks = []
    for row, each in enumerate(held):
        change, how = None, "It was not traded then."
        fresh = reaches and 0 <= age[row, low] <= 10 and 0 <= age[row, high] <= 10
        if fresh:
            level = np.ones(len(past.days))
            for day, ratio in past.splits.get(symbols[row], ()):
                level[past.days >= day] *= ratio
            change = float(carried[row, high] * level[high] / (carried[row, low] * level[low]) - 1.0)
            how = "its own prices"
        elif betas and market_fall is not None and symbols[row] in betas:
            change, how = max(-1.0, betas[symbols[row]] * market_fall), "beta times the market's fall"
        shocks.append(_shock(each, change, how))
    return _stress(scenario.words, held, shocks, cash, "Prices in their own currency, without dividends.")


def market_fall(held: Sequence[Holding], betas: dict[str, float], fall: float, *, cash: float = 0.0) -> Stress:
    """The market falls by `fall` (0.2 is 20 %), each holding by its beta times that, at most by everything."""
    shocks = []
    for each in held:
        beta = betas.get(each.facts.symbol)
        change = None if beta is None else max(-1.0, -beta * fall)
        shocks.append(_shock(each, change, "no beta" if beta is None else f"beta {beta:.2f}"))
    return _stress(
        f"The market falls by {100 * fall:.0f} %", held, shocks, cash, "Holdings move with the market by their beta."
    )


def rate_rise(held: Sequence[Holding], points: float, *, cash: float = 0.0) -> Stress:
    """Interest rates rise by `points` percentage points; sectors move by `RATE_SENSITIVITY`."""
    shocks = []
    for each in held:
        effect = RATE_SENSITIVITY.get(each.facts.sector)
        change = None if effect is None else max(-1.0, effect / 100.0 * points)
        how = (
            "its sector has no assumption" if effect is None else f"{effect:.0f} % for each point ({each.facts.sector})"
        )
        shocks.append(_shock(each, change, how))
    words = f"Interest rates rise by {points:g} percentage point{'s' if points != 1 else ''}"
    return _stress(words, held, shocks, cash, "Assumed sensitivities by sector, not measured ones.")


def betas(
    held: Sequence[Holding], prices: Prices, market: Series, base: str, *, years: float = 3.0
) -> dict[str, float]:
    """The beta of each holding to the market over the last years; holdings with too few shared days are left out."""
    symbols = [each.facts.symbol for each in held if each.value is not None]
    if not symbols:
        return {}
    frame, returns = price_returns(prices, symbols, base, years=years)
    _, mine, theirs = np.intersect1d(frame.days, market.days, return_indices=True)
    found = {}
    for column, symbol in enumerate(symbols):
        ours, other = returns[mine, column], market.returns[theirs]
        there = ~np.isnan(ours)
        if there.sum() < FEWEST:
            continue
        variance = float(other[there].var(ddof=1))
        if variance > 0:
            found[symbol] = float(np.cov(ours[there], other[there], ddof=1)[0, 1]) / variance
    return found


def _shock(each: Holding, change: float | None, how: str) -> Shock:
    value = None if each.value is None else float(each.value)
    return Shock(each.facts.symbol, change, None if change is None or value is None else change * value, how)


def _stress(words: str, held: Sequence[Holding], shocks: list[Shock], cash: float, assumption: str) -> Stress:
    values = [float(each.value) if each.value is not None else 0.0 for each in held]
    known = [value for value, shock in zip(values, shocks, strict=True) if shock.loss is not None]
    whole = sum(values)
    covered = sum(known) / whole if whole > 0 else 0.0
    if not known:
        none = Unavailable("None of the holdings has a figure for this.")
        return Stress(words, none, none, covered, tuple(shocks), assumption)
    amount = sum(shock.loss for shock in shocks if shock.loss is not None)
    ground = sum(known) + cash
    change: float | Unavailable = amount / ground if ground > 0 else Unavailable("Less than nothing is held.")
    return Stress(words, change, amount, covered, tuple(shocks), assumption)
