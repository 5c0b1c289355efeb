"""Weights by a stated aim, from the daily returns that are known: skfolio's estimators and the investor's constraints.

Expected returns from the past are weak; every answer says how many days it stands on, and the aims that need no
expected return (minimum variance, risk parity, HRP, minimum CVaR) come first for that reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from core.portfolio.prices import Floats
from core.portfolio.returns import Rate, Unavailable
from core.portfolio.risk import DAYS_A_YEAR

FEWEST = 126
"""Half a year of days on which every asset has a return."""
MOST_ASSETS = 120


class Aim(StrEnum):
    """What the weights are chosen for."""

    MINIMUM_VARIANCE = "minimum variance"
    RISK_PARITY = "risk parity"
    HRP = "hierarchical risk parity"
    MINIMUM_CVAR = "minimum CVaR"
    MAXIMUM_SHARPE = "maximum Sharpe"
    BLACK_LITTERMAN = "Black-Litterman"


SOURCES: Mapping[Aim, str] = {
    Aim.MINIMUM_VARIANCE: "Markowitz (1952)",
    Aim.RISK_PARITY: "Maillard, Roncalli and Teiletche (2010)",
    Aim.HRP: "López de Prado (2016)",
    Aim.MINIMUM_CVAR: "Rockafellar and Uryasev (2000), at 95 %",
    Aim.MAXIMUM_SHARPE: "Sharpe (1966); Charnes and Cooper (1962)",
    Aim.BLACK_LITTERMAN: "Black and Litterman (1992), equal weights as the neutral view; maximum Sharpe on it",
}


@dataclass(frozen=True, slots=True)
class View:
    """What the investor expects.

    Attributes:
        symbol: of the asset.
        rate: a year's return, a fraction; with `against`, how much better than that asset.
        confidence: 0 to 1 (Idzorek, 2005).
    """

    symbol: str
    rate: float
    against: str = ""
    confidence: float = 0.5


@dataclass(frozen=True, slots=True)
class Constraints:
    """Bounds of weights, fractions; weights are never negative and add up to 1.

    Attributes:
        least, most: of every asset; `bounds` overrides both by symbol.
        groups: label -> (least, most) of all assets of that label; `labels` says which asset has which.
    """

    least: float = 0.0
    most: float = 1.0
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    groups: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Weights:
    """An answer.

    Attributes:
        of: symbol -> weight, adding up to 1.
        rate, volatility: a year's mean (simple, of the days) and deviation with these weights in the past.
        sharpe: mean over the riskless rate, by volatility.
        cvar: mean loss of the worst twentieth of days, a fraction.
        days: daily returns it stands on.
        source: who described the method.
    """

    aim: Aim
    of: Mapping[str, float]
    rate: float
    volatility: float
    sharpe: Rate
    cvar: float
    days: int
    source: str


def optimise(
    symbols: Sequence[str],
    returns: Floats,
    aim: Aim,
    *,
    constraints: Constraints | None = None,
    riskless: float = 0.0,
    views: Sequence[View] = (),
) -> Weights | Unavailable:
    """Weights for an aim.

    Args:
        symbols, returns: daily returns, shape (days, symbols) (`core.portfolio.risk.price_returns`); only days on which
            all have one count.
        riskless: a year's rate.
        views: for Black-Litterman, one or more.
    """
    bounds = constraints or Constraints()
    usable = _usable(symbols, returns, bounds, aim, views)
    if isinstance(usable, Unavailable):
        return usable
    weights = _solved(symbols, usable, aim, bounds, riskless, views)
    if isinstance(weights, Unavailable):
        return weights
    return described(aim, symbols, usable, weights, riskless)


def described(aim: Aim, symbols: Sequence[str], returns: Floats, weights: Floats, riskless: float) -> Weights:
    """What given weights would have done."""
    mixed = returns @ weights
    rate, volatility = float(mixed.mean() * DAYS_A_YEAR), float(mixed.std(ddof=1) * np.sqrt(DAYS_A_YEAR))
    worst = mixed[mixed <= np.quantile(mixed, 0.05)]
    sharpe: Rate = (rate - riskless) / volatility if volatility > 0 else Unavailable("The value did not move.")
    return Weights(
        aim,
        {symbol: float(weight) for symbol, weight in zip(symbols, weights, strict=True)},
        rate,
        volatility,
        sharpe,
        -float(worst.mean()),
        len(returns),
        SOURCES[aim],
    )


@dataclass(frozen=True)
class Frontier:
    """The efficient frontier: the least volatility for each return, from minimum variance upwards."""

    points: tuple[Weights, ...]


def frontier(
    symbols: Sequence[str],
    returns: Floats,
    *,
    constraints: Constraints | None = None,
    riskless: float = 0.0,
    points: int = 15,
) -> Frontier | Unavailable:
    """Efficient portfolios of mean and variance, `points` of them (2 to 50), by rising return."""
    if not 2 <= points <= 50:
        raise ValueError(f"a frontier of {points} points cannot be drawn; choose 2 to 50")
    bounds = constraints or Constraints()
    usable = _usable(symbols, returns, bounds, Aim.MINIMUM_VARIANCE, ())
    if isinstance(usable, Unavailable):
        return usable
    from skfolio.optimization import MeanRisk  # type: ignore[import-untyped]

    model = MeanRisk(efficient_frontier_size=points, **_bounds(symbols, bounds))
    fitted = _fit(model, usable)
    if isinstance(fitted, Unavailable):
        # Where the steadiest asset also earned the most there is one efficient portfolio and no line.
        only = _fit(MeanRisk(**_bounds(symbols, bounds)), usable)
        if isinstance(only, Unavailable):
            return only
        fitted = only[None, :]
    found = (described(Aim.MINIMUM_VARIANCE, symbols, usable, _clean(each), riskless) for each in fitted)
    return Frontier(tuple(sorted(found, key=lambda each: each.rate)))


def _usable(
    symbols: Sequence[str], returns: Floats, bounds: Constraints, aim: Aim, views: Sequence[View]
) -> Floats | Unavailable:
    n = len(symbols)
    if n < 2:
        return Unavailable("There is nothing to choose between: at least two assets are needed.")
    if n > MOST_ASSETS:
        return Unavailable(f"{n} assets are too many; choose at most {MOST_ASSETS}.")
    known = returns[~np.isnan(returns).any(axis=1)]
    if len(known) < max(FEWEST, 2 * n):
        short = [symbol for at, symbol in enumerate(symbols) if np.isnan(returns[:, at]).mean() > 0.5]
        names = f" The shortest histories: {', '.join(short[:5])}." if short else ""
        return Unavailable(
            f"Only {len(known)} days have a return of all {n} assets; at least {max(FEWEST, 2 * n)} are needed.{names}"
        )
    still = [symbol for at, symbol in enumerate(symbols) if known[:, at].std() <= 1e-12]
    if still:
        return Unavailable(f"The price of {', '.join(still[:5])} did not move. Leave it out.")
    problem = _impossible(symbols, bounds) or _wrong_views(symbols, aim, views)
    return Unavailable(problem) if problem else known


def _impossible(symbols: Sequence[str], bounds: Constraints) -> str:
    least = [bounds.bounds.get(each, (bounds.least, bounds.most))[0] for each in symbols]
    most = [bounds.bounds.get(each, (bounds.least, bounds.most))[1] for each in symbols]
    for symbol, low, high in zip(symbols, least, most, strict=True):
        if not 0 <= low <= high <= 1:
            return f"{symbol}: a weight between {100 * low:.0f} % and {100 * high:.0f} % cannot be."
    if sum(most) < 1 - 1e-9:
        return f"The largest weights allowed add up to {100 * sum(most):.0f} %, less than everything. Allow more."
    if sum(least) > 1 + 1e-9:
        return f"The smallest weights asked for add up to {100 * sum(least):.0f} %, more than everything. Ask for less."
    for label, (low, high) in bounds.groups.items():
        if not 0 <= low <= high <= 1:
            return f"{label}: a share between {100 * low:.0f} % and {100 * high:.0f} % cannot be."
    return ""


def _wrong_views(symbols: Sequence[str], aim: Aim, views: Sequence[View]) -> str:
    if aim is not Aim.BLACK_LITTERMAN:
        return ""
    if not views:
        return "Black-Litterman needs at least one view: what do you expect of an asset?"
    for view in views:
        for name in (view.symbol, view.against):
            if name and name not in symbols:
                return f"A view speaks of {name}, which is not among the assets."
        if not (np.isfinite(view.rate) and -1 < view.rate < 10 and 0 < view.confidence <= 1):
            return f"The view of {view.symbol} needs a return above -100 % and a confidence above 0 up to 100 %."
    return ""


def _solved(
    symbols: Sequence[str],
    known: Floats,
    aim: Aim,
    bounds: Constraints,
    riskless: float,
    views: Sequence[View],
) -> Floats | Unavailable:
    from skfolio import RiskMeasure  # type: ignore[import-untyped]
    from skfolio.optimization import (
        HierarchicalRiskParity,
        MeanRisk,
        ObjectiveFunction,
        RiskBudgeting,
    )
    from skfolio.prior import BlackLitterman  # type: ignore[import-untyped]

    if aim is Aim.MAXIMUM_SHARPE and float(known.mean(axis=0).max()) * DAYS_A_YEAR <= riskless:
        return Unavailable("Every asset earned less than the riskless rate, so no Sharpe ratio can be raised.")
    limits = _bounds(symbols, bounds)
    daily = riskless / DAYS_A_YEAR
    model: Any
    match aim:
        case Aim.MINIMUM_VARIANCE:
            model = MeanRisk(**limits)
        case Aim.MINIMUM_CVAR:
            model = MeanRisk(risk_measure=RiskMeasure.CVAR, cvar_beta=0.95, **limits)
        case Aim.RISK_PARITY:
            model = RiskBudgeting(**limits)
        case Aim.HRP:
            if bounds.groups:
                return Unavailable("Hierarchical risk parity knows no limits of groups. Take them off, or another aim.")
            model = HierarchicalRiskParity(min_weights=limits["min_weights"], max_weights=limits["max_weights"])
        case Aim.MAXIMUM_SHARPE:
            model = MeanRisk(objective_function=ObjectiveFunction.MAXIMIZE_RATIO, risk_free_rate=daily, **limits)
        case Aim.BLACK_LITTERMAN:
            prior = BlackLitterman(
                views=[_words(symbols, view) for view in views],
                view_confidences=[view.confidence for view in views],
            )
            model = MeanRisk(
                objective_function=ObjectiveFunction.MAXIMIZE_RATIO,
                prior_estimator=prior,
                risk_free_rate=daily,
                **limits,
            )
    fitted = _fit(model, known)
    return fitted if isinstance(fitted, Unavailable) else _clean(fitted)


def _fit(model: Any, known: Floats) -> Floats | Unavailable:
    """The weights a model finds. Columns have names of our own, so that no symbol is read as an expression."""
    import pandas as pd
    from skfolio.exceptions import SkfolioError  # type: ignore[import-untyped]

    frame = pd.DataFrame(known, columns=[_column(at) for at in range(known.shape[1])])
    try:
        weights = np.asarray(model.fit(frame).weights_, dtype=np.float64)
    except SkfolioError:
        return Unavailable("No weights meet all the constraints. Loosen one of them.")
    if not np.isfinite(weights).all() or (np.abs(weights.sum(axis=-1) - 1.0) > 1e-3).any():
        return Unavailable("The solver found no weights that add up to everything. Loosen the constraints.")
    return weights


def _column(at: int) -> str:
    return f"A{at}"


def _bounds(symbols: Sequence[str], bounds: Constraints) -> dict[str, Any]:
    pairs = [bounds.bounds.get(each, (bounds.least, bounds.most)) for each in symbols]
    arguments: dict[str, Any] = {
        "min_weights": np.array([low for low, _ in pairs]),
        "max_weights": np.array([high for _, high in pairs]),
    }
    if bounds.groups:
        names = {label: f"G{at}" for at, label in enumerate(bounds.groups)}
        arguments["groups"] = {
            _column(at): [names.get(bounds.labels.get(symbol, ""), "OTHER")] for at, symbol in enumerate(symbols)
        }
        present = {each[0] for each in arguments["groups"].values()}
        arguments["linear_constraints"] = [
            line
            for label, (low, high) in bounds.groups.items()
            if names[label] in present
            for line in (f"{names[label]} >= {low:.6f}", f"{names[label]} <= {high:.6f}")
        ]
    return arguments


def _words(symbols: Sequence[str], view: View) -> str:
    left = _column(symbols.index(view.symbol))
    right = f" - {_column(symbols.index(view.against))}" if view.against else ""
    return f"{left}{right} == {view.rate / DAYS_A_YEAR:.10f}"


def _clean(weights: Floats) -> Floats:
    """Weights without the solver's dust, adding up to 1."""
    kept = np.where(weights < 1e-4, 0.0, weights)
    return np.asarray(kept / kept.sum())


def minimum_variance(covariance: Floats, least: float = 0.0, most: float = 1.0) -> Floats | Unavailable:
    """Weights of least variance for a covariance matrix, shape (n,): Clarabel by itself, fast enough for a slider."""
    n = len(covariance)
    if most * n < 1 - 1e-9 or least * n > 1 + 1e-9:
        return Unavailable("The limits of the weights cannot add up to everything.")
    import clarabel  # type: ignore[import-untyped]
    from scipy import sparse  # type: ignore[import-untyped]

    identity = sparse.eye(n, format="csc")
    rows = sparse.vstack([sparse.csc_matrix(np.ones((1, n))), -identity, identity], format="csc")
    right = np.concatenate([[1.0], np.full(n, -least), np.full(n, most)])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    quadratic = sparse.triu(sparse.csc_matrix(covariance), format="csc")
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(2 * n)]
    answer = clarabel.DefaultSolver(quadratic, np.zeros(n), rows, right, cones, settings).solve()
    if "Solved" not in str(answer.status):
        return Unavailable("No weights meet the limits.")
    weights = np.clip(np.asarray(answer.x, dtype=np.float64), least, most)
    return np.asarray(weights / weights.sum())
