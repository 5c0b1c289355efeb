"""Where a portfolio may be in some years: many possible ways from what happened before, never one promised number.

Two ways to draw months: blocks of real days in their order (circular block bootstrap, Politis and Romano, 1992), which
keep runs and crashes together, or normally distributed log returns of the same mean and deviation (Monte Carlo).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.portfolio.prices import Floats
from core.portfolio.returns import Unavailable

Method = Literal["bootstrap", "normal"]
MONTH = 21
"""Trading days in a month."""
FEWEST = 252
"""Fewer daily returns than a year's say nothing about years."""
PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is paid in, and what for; money in one currency.

    Attributes:
        start: value today.
        monthly: paid in at the start of each month; negative is taken out.
        raise_a_year: by how much `monthly` grows each year, a fraction.
        goal: a value to reach at the end; None for none.
        inflation: a year's; results are in today's money when it is not 0.
    """

    start: float
    monthly: float
    years: int
    raise_a_year: float = 0.0
    goal: float | None = None
    inflation: float = 0.0


@dataclass(frozen=True)
class Projection:
    """Possible values by month.

    Attributes:
        months: 0 to 12 x years, shape (m,).
        fan: percentile -> values, shape (m,) each.
        paid: start and contributions so far, shape (m,), in the same money.
        reached: share of the ways that end at or above the goal, with its standard error; None without a goal.
        ruined: share of the ways that ran out of money on the way.
        seed, paths, method, block: what drew them; the same ones draw the same again.
        mean, deviation: of a year's log return in what was drawn from.
    """

    months: NDArray[np.int64]
    fan: dict[int, Floats]
    paid: Floats
    final: Floats
    reached: float | None
    error: float | None
    ruined: float
    seed: int
    paths: int
    method: Method
    block: int
    mean: float
    deviation: float


def project(
    returns: Floats, plan: Plan, *, method: Method = "bootstrap", paths: int = 5_000, seed: int = 1, block: int = 3
) -> Projection | Unavailable:
    """Draw the ways.

    Args:
        returns: daily returns to draw from, shape (k,).
        paths: how many ways, 100 to 50,000.
        block: months that stay together in a bootstrap.

    Raises:
        ValueError: a plan that cannot be: no years, or a start that is not positive with nothing paid in.
    """
    if not 1 <= plan.years <= 60:
        raise ValueError(f"{plan.years} years cannot be projected; choose 1 to 60")
    if not 100 <= paths <= 50_000:
        raise ValueError(f"{paths} ways cannot be drawn; choose 100 to 50,000")
    if plan.start < 0 or (plan.start == 0 and plan.monthly <= 0):
        raise ValueError("there is nothing to project: give a value to start with, or a sum to pay in")
    if block < 1:
        raise ValueError(f"a block of {block} months cannot be drawn; choose 1 or more")
    if len(returns) < FEWEST:
        return Unavailable(f"There are {len(returns)} daily returns; a projection needs at least {FEWEST}.")
    logs = np.log1p(np.maximum(returns, -0.999999))
    chance = np.random.default_rng(seed)
    count = 12 * plan.years
    drawn = (
        _bootstrap(logs, paths, count, block, chance) if method == "bootstrap" else _normal(logs, paths, count, chance)
    )
    drawn -= np.log1p(plan.inflation) / 12.0
    growth = np.exp(drawn)
    months = np.arange(count + 1)
    contributions = plan.monthly * (1.0 + plan.raise_a_year) ** (months[:-1] // 12)
    contributions = contributions / (1.0 + plan.inflation) ** (months[:-1] / 12.0)
    values = np.empty((count + 1, paths))
    values[0] = plan.start
    ruined = np.zeros(paths, dtype=np.bool_)
    for month in range(count):
        level = values[month] + contributions[month]
        ruined |= level < 0
        values[month + 1] = np.maximum(level, 0.0) * growth[:, month]
    bands = np.percentile(values, PERCENTILES, axis=1)
    final = values[-1]
    reached = None if plan.goal is None else float(np.mean(final >= plan.goal))
    return Projection(
        months,
        {percentile: bands[at] for at, percentile in enumerate(PERCENTILES)},
        np.concatenate([[plan.start], plan.start + np.cumsum(contributions)]),
        final,
        reached,
        None if reached is None else float(np.sqrt(reached * (1.0 - reached) / paths)),
        float(ruined.mean()),
        seed,
        paths,
        method,
        block,
        float(logs.mean() * 252),
        float(logs.std(ddof=1) * np.sqrt(252)),
    )


def _bootstrap(logs: Floats, paths: int, months: int, block: int, chance: np.random.Generator) -> Floats:
    """Log returns of months, shape (paths, months): blocks of days in their order, around the end to the beginning."""
    around = np.concatenate([logs, logs[:MONTH]])
    sums = np.concatenate([[0.0], np.cumsum(around)])
    month_from = sums[MONTH : MONTH + len(logs)] - sums[: len(logs)]
    blocks = -(-months // block)
    starts = chance.integers(0, len(logs), size=(paths, blocks))
    places = (starts[:, :, None] + MONTH * np.arange(block)[None, None, :]) % len(logs)
    return np.asarray(month_from[places.reshape(paths, blocks * block)[:, :months]])


def _normal(logs: Floats, paths: int, months: int, chance: np.random.Generator) -> Floats:
    mean, deviation = float(logs.mean()) * MONTH, float(logs.std(ddof=1)) * np.sqrt(MONTH)
    return np.asarray(chance.normal(mean, deviation, size=(paths, months)))
