"""An X-ray of a portfolio: rules with thresholds the investor can set, each passed, pointed out, or not to be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from core.portfolio.exposure import UNKNOWN, By, Slice
from core.portfolio.model import NOTHING
from core.portfolio.overview import Overview
from core.portfolio.returns import Unavailable
from core.portfolio.risk import Correlations, Risk, concentration

State = Literal["passed", "pointed out", "unknown"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What is pointed out beyond these; fractions, except the counts of holdings."""

    holding: float = 0.10
    top5: float = 0.60
    sector: float = 0.30
    crypto: float = 0.10
    foreign: float = 0.50
    cash: float = 0.25
    unknown: float = 0.05
    fewest: int = 8
    most: int = 50
    volatility: float = 0.30
    drawdown: float = 0.30
    correlation: float = 0.85
    costs: float = 0.02


@dataclass(frozen=True, slots=True)
class Ray:
    """One rule. `value` and `threshold` are comparable; `value` None when unknown."""

    key: str
    title: str
    state: State
    value: float | None
    threshold: float
    detail: str
    remedy: str


def xray(
    view: Overview,
    thresholds: Thresholds | None = None,
    *,
    risk: Risk | None = None,
    related: Correlations | None = None,
    home: str = "India",
) -> tuple[Ray, ...]:
    """Every rule, what is pointed out first.

    Args:
        risk: of today's holdings; without it volatility and drawdown are unknown.
        related: correlations of the holdings; without it they are unknown.
        home: the country that is not foreign.
    """
    limit = thresholds or Thresholds()
    if view.empty or not view.holdings:
        return ()
    rays = [
        *_shares(view, limit),
        *_groups(view, limit, home),
        *_known(view, limit),
        *_moves(risk, limit),
        _related(related, limit),
        _costs(view, limit),
    ]
    order = {"pointed out": 0, "unknown": 1, "passed": 2}
    return tuple(sorted(rays, key=lambda each: order[each.state]))


def _ray(key: str, title: str, value: float | None, limit: float, detail: str, remedy: str) -> Ray:
    state: State = "unknown" if value is None else "pointed out" if value > limit else "passed"
    return Ray(key, title, state, value, limit, detail, remedy)


def _shares(view: Overview, limit: Thresholds) -> list[Ray]:
    found = concentration(view.holdings)
    count = len(view.holdings)
    few = f"{count} holding{'s' if count != 1 else ''}"
    rays = [
        Ray("fewest", "Enough holdings", "pointed out" if count < limit.fewest else "passed", float(count),
            float(limit.fewest), few, f"Spread over at least {limit.fewest}, or hold a broad fund."),
        Ray("most", "Not too many holdings", "pointed out" if count > limit.most else "passed", float(count),
            float(limit.most), few, "Each adds work and little spread: sell the smallest."),
    ]  # fmt: skip
    if isinstance(found, Unavailable):
        return [*rays, _ray("holding", "Largest holding", None, limit.holding, found.because, "Add prices.")]
    symbol, share = found.largest[0]
    return [
        *rays,
        _ray("holding", "Largest holding", share, limit.holding, f"{symbol} is {_percent(share)}.", "Sell some of it."),
        _ray(
            "top5", "Five largest holdings", found.top5, limit.top5,
            f"They are {_percent(found.top5)}; it is like {found.effective:.1f} equal holdings.", "Spread more evenly.",
        ),
    ]  # fmt: skip


def _groups(view: Overview, limit: Thresholds, home: str) -> list[Ray]:
    sectors = {part.label: part for part in view.allocation[By.SECTOR] if part.label not in {UNKNOWN, "Cash"}}
    largest = max(sectors.values(), key=lambda part: part.value, default=None)
    sector = None if largest is None else largest.share
    label = "No sector is known." if largest is None else f"{largest.label} is {_percent(sector)}."
    crypto = _share(view.allocation[By.CLASS], {"Crypto"})
    domestic = _share(view.allocation[By.COUNTRY], {home, "Cash", "No country", UNKNOWN})
    foreign = None if domestic is None else max(0.0, 1.0 - domestic)
    cash = _share(view.allocation[By.CLASS], {"Cash"})
    return [
        _ray("sector", "Largest sector", sector, limit.sector, label, "Balance it with other sectors."),
        _ray("crypto", "Crypto", crypto, limit.crypto, f"Crypto is {_percent(crypto)}.", "Sell some, or raise this."),
        _ray(
            "foreign", "Listed abroad", foreign, limit.foreign, f"{_percent(foreign)} is listed abroad.",
            "Mind currency and tax abroad.",
        ),
        _ray("cash", "Idle cash", cash, limit.cash, f"Cash is {_percent(cash)}.", "Invest it, or keep it on purpose."),
    ]  # fmt: skip


def _known(view: Overview, limit: Thresholds) -> list[Ray]:
    sector = _share(view.allocation[By.SECTOR], {UNKNOWN})
    unpriced = len([each for each in view.holdings if each.value is None])
    stale = [each.facts.symbol for each in view.holdings if each.stale]
    old = ", ".join(stale[:5]) or "All prices are fresh."
    return [
        _ray(
            "unknown_sector", "Sectors known", sector, limit.unknown, f"The sector of {_percent(sector)} is unknown.",
            "Its risk cannot be placed; treat it with care.",
        ),
        _ray("unpriced", "Prices known", float(unpriced), 0.0, f"{unpriced} without a price.", "See Health."),
        _ray("stale", "Prices fresh", float(len(stale)), 0.0, old, "See Health."),
    ]  # fmt: skip


def _moves(risk: Risk | None, limit: Thresholds) -> list[Ray]:
    volatility = None if risk is None or isinstance(risk.volatility, Unavailable) else risk.volatility
    fall = None if risk is None or isinstance(risk.drawdown, Unavailable) else -risk.drawdown.depth
    because = "It was not computed." if risk is None else "There are too few daily prices."
    return [
        _ray(
            "volatility", "Volatility", volatility, limit.volatility,
            because if volatility is None else f"{_percent(volatility)} a year.", "Add steadier holdings or cash.",
        ),
        _ray(
            "drawdown", "Deepest fall", fall, limit.drawdown,
            because if fall is None else f"Today's holdings once fell {_percent(fall)}.", "Could you sit through it?",
        ),
    ]  # fmt: skip


def _related(related: Correlations | None, limit: Thresholds) -> Ray:
    if related is None or len(related.symbols) < 2:
        return _ray("correlation", "Moving together", None, limit.correlation, "There are no pairs to compare.", "")
    pairs = np.where(np.triu(np.ones_like(related.matrix), k=1) > 0, related.matrix, np.nan)
    if np.isnan(pairs).all():
        detail = "There are too few shared days."
        return _ray("correlation", "Moving together", None, limit.correlation, detail, "Wait for more prices.")
    at, other = np.unravel_index(int(np.nanargmax(pairs)), pairs.shape)
    value = float(pairs[at, other])
    detail = f"{related.symbols[int(at)]} and {related.symbols[int(other)]}: {value:.2f}."
    return _ray("correlation", "Moving together", value, limit.correlation, detail, "They count as one in a fall.")


def _costs(view: Overview, limit: Thresholds) -> Ray:
    paid = view.totals.fees + view.totals.taxes
    ground = view.totals.invested
    share = float(paid / ground) if ground > 0 else None
    detail = f"Fees and taxes so far are {_percent(share)} of what is invested."
    return _ray("costs", "Costs", share, limit.costs, detail, "Trade less often, or cheaper.")


def _share(parts: tuple[Slice, ...], labels: set[str]) -> float | None:
    whole = sum((part.value for part in parts), NOTHING)
    if whole <= 0:
        return None
    return float(sum((part.value for part in parts if part.label in labels), Decimal(0)) / whole)


def _percent(share: float | None) -> str:
    return "an unknown part" if share is None else f"{100 * share:.1f} %"


SHOWN: Mapping[State, str] = {"pointed out": "Look at this", "unknown": "Unknown", "passed": "Fine"}
"""States in words."""
