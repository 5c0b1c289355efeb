"""How much could be lost, and where it comes from: numbers of the portfolio as it is held today.

Two questions are kept apart. `history` looks at what happened: the daily returns of the portfolio as it was held.
`today` looks at what is held now: the returns today's holdings would have had, which is what risk is about.

Daily figures use weekdays on which some holding got a new price; a year has 252 of them. What moves on a weekend
(crypto, a special session) counts with the next of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from core.portfolio.holdings import Holding
from core.portfolio.model import OWN
from core.portfolio.periods import began
from core.portfolio.prices import Flags, Floats, Prices, day_number, day_of
from core.portfolio.returns import Rate, Unavailable, day_returns
from core.portfolio.valuation import Daily, flows

DAYS_A_YEAR = 252
FEWEST = 30
"""Below this many daily returns no figure is given: it would be chance."""


@dataclass(frozen=True)
class Series:
    """Daily returns on trading days. `days` datetime64[D] and `returns` have shape (k,)."""

    days: NDArray[np.datetime64]
    returns: Floats


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall from a peak. `depth` is a fraction, zero or negative; `back` None while it is not made good."""

    depth: float
    peak: date
    trough: date
    back: date | None


@dataclass(frozen=True, slots=True)
class Tail:
    """What a bad day loses, as fractions of the value (positive is a loss).

    Attributes:
        level: confidence, 0.95 or 0.99.
        historical, conditional: value at risk from the days themselves, and the mean of the days beyond it.
        parametric, parametric_conditional: the same for normally distributed returns of the same mean and deviation.
    """

    level: float
    historical: float
    conditional: float
    parametric: float
    parametric_conditional: float


@dataclass(frozen=True)
class Risk:
    """Figures of one series of daily returns; each is `Unavailable` where it cannot be had.

    Attributes:
        days: number of daily returns.
        volatility: a year's (daily deviation x sqrt 252).
        sharpe, sortino: mean excess return a year over volatility, and over the deviation below the riskless rate.
        beta, correlation: against the benchmark.
    """

    days: int
    first: date | None
    last: date | None
    riskless: float
    volatility: Rate
    sharpe: Rate
    sortino: Rate
    beta: Rate
    correlation: Rate
    tails: tuple[Tail, ...]
    drawdown: Drawdown | Unavailable


def trading_days(of: Daily, lines: Flags) -> Flags:
    """Weekdays on which a chosen line that is held got a new price, shape (n,)."""
    fresh = (of.age == 0) & (of.quantity != 0.0) & lines[:, None]
    fresh &= ~np.array([asset.is_cash for asset in of.assets], dtype=np.bool_)[:, None]
    return np.asarray(fresh.any(axis=0) & _weekday(of.days))


def _weekday(days: NDArray[np.int64]) -> Flags:
    return np.asarray((days + 3) % 7 < 5)  # day 0 was a Thursday


def history(of: Daily, since: date | None = None, chosen: Flags | None = None) -> Series:
    """The daily returns of the chosen lines as they were held; lines of unknown value are left out.

    Flows and returns of days without trading are linked to the next trading day.
    """
    low = max(of.at(day_number(since or began(of))), 1)
    known, _ = of.without_unknown(low - 1, len(of.days) - 1)
    lines = known if chosen is None else known & chosen
    moved = flows(of, lines)
    value = of.values[lines].sum(axis=0)
    linked = np.nan_to_num(day_returns(value, moved.into, moved.out))
    counted = trading_days(of, lines)
    counted[:low] = False
    at = np.flatnonzero(counted)
    if not len(at):
        return Series(np.array([], dtype="datetime64[D]"), np.array([]))
    growth = np.cumprod(1.0 + linked[low:])
    ends = growth[at - low]
    before = np.concatenate([[1.0], ends[:-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = np.where(before > 0, ends / before - 1.0, 0.0)
    return Series(of.days[at].astype("datetime64[D]"), returns)


def price_returns(prices: Prices, symbols: Sequence[str], base: str, *, years: float = 3.0) -> tuple[Series, Floats]:
    """Daily returns of each symbol in the base currency over the last years, on weekdays when any of them traded.

    Returns:
        The days with an empty series, and the returns of shape (k, symbols). A column is NaN before its first price;
        splits and carried prices make no return.
    """
    n = len(prices.days)
    first = max(0, n - int(years * 365.25) - 1)
    carried, age = prices.carried(symbols)
    traded = (age[:, first:] == 0).any(axis=0) & _weekday(prices.days[first:])
    at = np.flatnonzero(traded)
    levels = np.empty((len(symbols), n))
    for row, symbol in enumerate(symbols):
        currency = prices.currency(symbol, base)
        level = np.ones(n)
        for day, ratio in prices.splits.get(symbol, ()):
            level[prices.days >= day] *= ratio
        levels[row] = carried[row] * level * prices.rate(currency, base)
    window = levels[:, first:][:, at]
    with np.errstate(divide="ignore", invalid="ignore"):
        returns = window[:, 1:] / window[:, :-1] - 1.0
    days = prices.days[first:][at][1:].astype("datetime64[D]")
    return Series(days, np.zeros(len(days))), np.ascontiguousarray(returns.T)


def today(
    held: Sequence[Holding], prices: Prices, base: str, *, cash: float = 0.0, years: float = 3.0
) -> tuple[Series, tuple[str, ...]]:
    """The returns that today's holdings, in today's weights, would have had; and the symbols left out of it.

    Left out is what has no price, or no daily ones: assets valued by hand would look as if they never moved.

    Args:
        cash: in the base currency; it moves nothing and weighs on the rest.
        years: how far back. A holding with less than that counts from its first price on, and the others share its
            weight before.
    """
    known = [each for each in held if each.value is not None and _moves(each, prices)]
    symbols = [each.facts.symbol for each in known]
    values = np.array([float(each.value or 0) for each in known])
    left_out = tuple(each.facts.symbol for each in held if each not in known)
    if not len(values) or values.sum() + cash <= 0:
        return Series(np.array([], dtype="datetime64[D]"), np.array([])), left_out
    frame, returns = price_returns(prices, symbols, base, years=years)
    weights = values / (values.sum() + cash)
    there = ~np.isnan(returns)
    covered = there @ weights
    whole = weights.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        mixed = np.nan_to_num(returns) @ weights / np.where(covered > 0, covered, np.nan) * whole
    kept = np.isfinite(mixed) & (covered > 0.5 * whole)
    return Series(frame.days[kept], mixed[kept]), left_out


def _moves(each: Holding, prices: Prices) -> bool:
    symbol = each.facts.symbol
    return symbol in prices.close and not symbol.startswith(OWN)


def measure(of: Series, *, riskless: float = 0.0, benchmark: Series | None = None) -> Risk:
    """The figures of a series.

    Args:
        riskless: a year's rate, a fraction.
        benchmark: its daily returns; days both have are compared.
    """
    returns = of.returns
    if len(returns) < FEWEST:
        few = Unavailable(f"There are {len(returns)} daily returns; at least {FEWEST} are needed.")
        return Risk(len(returns), None, None, riskless, few, few, few, few, few, (), few)
    spread = float(returns.std(ddof=1))
    excess = returns - ((1.0 + riskless) ** (1.0 / DAYS_A_YEAR) - 1.0)
    below = float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2)))
    flat = Unavailable("The value did not move.")
    yearly = np.sqrt(DAYS_A_YEAR)
    beta, correlation = _against(of, benchmark)
    return Risk(
        len(returns),
        _day(of.days[0]),
        _day(of.days[-1]),
        riskless,
        spread * float(yearly),
        float(excess.mean() / spread * yearly) if spread > 0 else flat,
        float(excess.mean() / below * yearly) if below > 0 else Unavailable("No day was below the riskless rate."),
        beta,
        correlation,
        tuple(tail(returns, level) for level in (0.95, 0.99)),
        drawdown(of),
    )


def tail(returns: Floats, level: float) -> Tail:
    """Value at risk and expected shortfall of one day.

    Historical: the (1 - level) quantile of the days (linear, as numpy's), and the mean of the days at or beyond it.
    Parametric: normal distribution (RiskMetrics, 1996; expected shortfall by Acerbi and Tasche, 2002).
    """
    cut = float(np.quantile(returns, 1.0 - level))
    mean, spread = float(returns.mean()), float(returns.std(ddof=1))
    normal = NormalDist()
    z = normal.inv_cdf(1.0 - level)
    return Tail(
        level,
        -cut,
        -float(returns[returns <= cut].mean()),
        -(mean + z * spread),
        -(mean - spread * normal.pdf(z) / (1.0 - level)),
    )


def drawdown(of: Series) -> Drawdown | Unavailable:
    """The deepest fall of the compounded series."""
    if not len(of.returns):
        return Unavailable("There are no daily returns.")
    level = np.concatenate([[1.0], np.cumprod(1.0 + of.returns)])
    days = np.concatenate([of.days[:1] - np.timedelta64(1, "D"), of.days])
    peaks = np.maximum.accumulate(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        falls = np.where(peaks > 0, level / peaks - 1.0, 0.0)
    trough = int(np.argmin(falls))
    peak = int(np.argmax(level[: trough + 1]))
    back = np.flatnonzero(level[trough:] >= level[peak])
    made_good = _day(days[trough + int(back[0])]) if len(back) else None
    return Drawdown(float(falls[trough]), _day(days[peak]), _day(days[trough]), made_good)


def underwater(of: Series) -> Floats:
    """How far below the last peak each day is, shape (k,), zero or negative."""
    level = np.cumprod(1.0 + of.returns)
    return np.asarray(level / np.maximum(np.maximum.accumulate(level), 1.0) - 1.0)


def _against(of: Series, benchmark: Series | None) -> tuple[Rate, Rate]:
    if benchmark is None:
        none = Unavailable("No benchmark was chosen.")
        return none, none
    shared, mine, theirs = np.intersect1d(of.days, benchmark.days, return_indices=True)
    if len(shared) < FEWEST:
        few = Unavailable(f"Only {len(shared)} days are in both series; at least {FEWEST} are needed.")
        return few, few
    ours, other = of.returns[mine], benchmark.returns[theirs]
    variance = float(other.var(ddof=1))
    if variance <= 0 or float(ours.var(ddof=1)) <= 0:
        flat = Unavailable("One of the two did not move.")
        return flat, flat
    joint = float(np.cov(ours, other, ddof=1)[0, 1])
    return joint / variance, float(np.corrcoef(ours, other)[0, 1])


@dataclass(frozen=True)
class Correlations:
    """Pairwise correlations of daily returns.

    Attributes:
        matrix: shape (symbols, symbols), NaN where fewer than FEWEST days are shared.
        days: days shared by each pair, the same shape.
    """

    symbols: tuple[str, ...]
    matrix: Floats
    days: NDArray[np.int64]


def correlations(prices: Prices, symbols: Sequence[str], base: str, *, years: float = 3.0) -> Correlations:
    """Correlations of the symbols' daily returns in the base currency, over the days on which both have one."""
    _, returns = price_returns(prices, symbols, base, years=years)
    there = ~np.isnan(returns)
    x = np.nan_to_num(returns)
    mask = there.astype(np.float64)
    shared = mask.T @ mask
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (x.T @ mask) / shared
        square = ((x * x).T @ mask) / shared - mean * mean
        joint = (x.T @ x) / shared - mean * mean.T
        matrix = joint / np.sqrt(square * square.T)
    matrix[shared < FEWEST] = np.nan
    return Correlations(tuple(symbols), np.clip(matrix, -1.0, 1.0), shared.astype(np.int64))


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much lies in few holdings. `herfindahl` is the sum of squared shares (1 is one holding); `effective` is its
    inverse, the number of equal holdings it is like; `top5` the share of the five largest; `largest` by name."""

    herfindahl: float
    effective: float
    top5: float
    largest: tuple[tuple[str, float], ...]


def concentration(held: Sequence[Holding]) -> Concentration | Unavailable:
    """Of the holdings whose value is known (Herfindahl, 1950)."""
    known = [(each.facts.symbol, float(each.value)) for each in held if each.value is not None and each.value > 0]
    if not known:
        return Unavailable("Nothing of known value is held.")
    whole = sum(value for _, value in known)
    shares = sorted(((symbol, value / whole) for symbol, value in known), key=lambda each: -each[1])
    herfindahl = sum(share * share for _, share in shares)
    return Concentration(herfindahl, 1.0 / herfindahl, sum(share for _, share in shares[:5]), tuple(shares[:5]))


def share_of_risk(
    held: Sequence[Holding], prices: Prices, base: str, *, years: float = 3.0
) -> Mapping[str, float] | Unavailable:
    """What part of the variance each holding brings, adding up to 1 (Euler's decomposition)."""
    known = [each for each in held if each.value is not None and each.value > 0 and _moves(each, prices)]
    if not known:
        return Unavailable("Nothing with daily prices is held.")
    symbols = [each.facts.symbol for each in known]
    weights = np.array([float(each.value or 0) for each in known])
    weights /= weights.sum()
    _, returns = price_returns(prices, symbols, base, years=years)
    full = returns[~np.isnan(returns).any(axis=1)]
    if len(full) < FEWEST:
        return Unavailable(f"Only {len(full)} days have prices of all holdings; at least {FEWEST} are needed.")
    covariance = np.atleast_2d(np.cov(full, rowvar=False))
    marginal = covariance @ weights
    variance = float(weights @ marginal)
    if variance <= 0:
        return Unavailable("The value did not move.")
    return {symbol: float(each) for symbol, each in zip(symbols, weights * marginal / variance, strict=True)}


def _day(stamp: np.datetime64) -> date:
    return day_of(int(stamp.astype("datetime64[D]").astype(np.int64)))


@dataclass(frozen=True, slots=True)
class Liquidity:
    """How long it takes to sell a holding without moving its price. `days` None when no volume is known."""

    symbol: str
    quantity: float
    daily_volume: float | None
    days: float | None


def liquidity(held: Sequence[Holding], volumes: Mapping[str, float], *, part: float = 0.10) -> tuple[Liquidity, ...]:
    """Days to sell each holding when at most `part` of the usual volume is sold a day, the slowest first."""
    found = []
    for each in held:
        quantity, volume = float(each.quantity), volumes.get(each.facts.symbol)
        days = None if volume is None else abs(quantity) / (part * volume)
        found.append(Liquidity(each.facts.symbol, quantity, volume, days))
    return tuple(sorted(found, key=lambda each: (each.days is None, -(each.days or 0.0), each.symbol)))
