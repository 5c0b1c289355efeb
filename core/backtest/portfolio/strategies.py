"""Strategies of a universe: the weights they want at each close, from closes up to it and nothing later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.backtest.errors import between, whole
from core.backtest.portfolio.panel import Panel
from core.indicators.numbers import Floats

Scores = Callable[[Panel], Floats]


@dataclass(frozen=True)
class PortfolioStrategy:
    """Scores, and how many of the highest are held.

    `scores(panel)` is float64 (n, k): higher is better, NaN is not to be held. `most` names are held, each `weights`
    (n, k) in proportion; None is the same each. With `absolute` only scores above 0 are held, the rest stays cash.
    """

    name: str
    idea: str
    reference: str
    scores: Scores = field(repr=False)
    most: int
    absolute: bool = False
    weights: Scores | None = field(default=None, repr=False)

    def targets(self, panel: Panel, decisions: np.ndarray, inside: np.ndarray | None = None) -> Floats:
        """Weights (n, k) at the decisions, rows elsewhere 0; a row adds up to at most 1.

        `inside` (n, k) says who belonged to the universe; the past of one who joins counts from before.
        """
        scores = self.scores(panel)
        scores = np.where(np.isnan(panel.close), np.nan, scores)  # what does not trade today is not chosen
        if inside is not None:
            scores = np.where(inside, scores, np.nan)
        if self.absolute:
            scores = np.where(scores > 0.0, scores, np.nan)
        sizes = self.weights(panel) if self.weights is not None else np.ones_like(scores)
        out = np.zeros_like(scores)
        for i in np.flatnonzero(decisions):
            row = np.where(np.isfinite(scores[i]) & np.isfinite(sizes[i]) & (sizes[i] > 0.0), scores[i], -np.inf)
            order = np.argsort(-row, kind="stable")[: self.most]
            chosen = order[np.isfinite(row[order])]
            if not len(chosen):
                continue
            # Empty places stay cash where a strategy may be out; otherwise what there is shares everything.
            whole_sum = sizes[i][chosen].sum() * (self.most / len(chosen) if self.absolute else 1.0)
            out[i, chosen] = sizes[i][chosen] / whole_sum
        return out


def equal_weight(most: int = 1000) -> PortfolioStrategy:
    """Everything that trades, the same each."""
    whole("most", most, 1, 100_000)
    return PortfolioStrategy(
        "equal_weight", "Hold all, the same each, and bring them back to it.",
        "DeMiguel, Garlappi and Uppal (2009), Optimal versus naive diversification",
        lambda panel: np.where(np.isnan(panel.known), np.nan, 1.0), most,
    )  # fmt: skip


def cross_momentum(most: int = 10, length: int = 252, skip: int = 21) -> PortfolioStrategy:
    """The highest returns over `length` bars, without the last `skip`."""
    return PortfolioStrategy(
        "cross_momentum", "What rose most over the last year, its last month left out, goes on rising.",
        "Jegadeesh and Titman (1993), Returns to buying winners and selling losers",
        _momentum(length, skip), whole("most", most, 1, 100_000),
    )  # fmt: skip


def dual_momentum(most: int = 3, length: int = 252) -> PortfolioStrategy:
    """The highest returns over `length` bars, held only while they are above 0; the rest stays cash."""
    return PortfolioStrategy(
        "dual_momentum", "Hold the strongest, and only while they rise at all.",
        "Antonacci (2014), Dual momentum investing", _momentum(length, 0), whole("most", most, 1, 100_000), True,
    )  # fmt: skip


def low_volatility(most: int = 10, length: int = 126, *, inverse: bool = True) -> PortfolioStrategy:
    """The calmest by the deviation of returns over `length` bars; with `inverse` weighted by one over it."""
    whole("length", length, 5, 2000)

    def deviation(panel: Panel) -> Floats:
        frame = pd.DataFrame(panel.known)
        returns = frame.pct_change(fill_method=None)
        return returns.rolling(length).std().to_numpy(dtype=np.float64)

    def inverted(panel: Panel) -> Floats:
        found = deviation(panel)
        return np.divide(1.0, found, out=np.full_like(found, np.nan), where=found > 1e-12)

    return PortfolioStrategy(
        "low_volatility", "Calm shares earn more for their risk than wild ones.",
        "Blitz and van Vliet (2007), The volatility effect",
        lambda panel: -deviation(panel), whole("most", most, 1, 100_000), False, inverted if inverse else None,
    )  # fmt: skip


def _momentum(length: int, skip: int) -> Scores:
    whole("length", length, 2, 5000)
    between("skip", skip, 0, length - 1)

    def scores(panel: Panel) -> Floats:
        known = panel.known
        out = np.full_like(known, np.nan)
        if len(known) > length:
            out[length:] = known[length - skip : len(known) - skip] / known[: len(known) - length] - 1.0
        return out

    return scores
