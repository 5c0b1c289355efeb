"""Skill or luck, in plain words: what the checks found about the best of many variants.

Pure: it weighs results that were computed elsewhere and says which way each points. The thresholds are the usual ones:
95 % for the deflated Sharpe ratio, 5 % for White's reality check, half for the probability of overfitting (a coin), and
half of the promise for walk-forward.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from core.backtest.errors import NothingToTest
from core.backtest.overfitting import Deflated, Overfitting, Reality, deflated_sharpe, overfitting, reality_check
from core.backtest.trials import Trials
from core.backtest.walkforward import WalkForward

Says = Literal["skill", "luck", "open"]
Level = Literal["luck", "open", "skill", "nothing"]

FEW_TRADES = 30
SURE, LIKELY = 0.95, 0.80
OVERFIT, SAFE = 0.50, 0.20
KEPT, LOST = 0.50, 0.10
RARE, COMMON = 0.05, 0.20
_DRAWS = 500

_HEADLINES: dict[Level, str] = {
    "luck": "Probably luck",
    "open": "Not proven",
    "skill": "Holds up so far",
    "nothing": "Nothing to choose from",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding as a sentence, and which way it points."""

    text: str
    says: Says


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be believed of the best variant: a headline, and why."""

    level: Level
    headline: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks that could be made of one search; None is one that could not, and `missing` says why not."""

    variants: int
    best_sharpe: float
    trades: int
    deflated: Deflated | None = None
    overfitting: Overfitting | None = None
    reality: Reality | None = None
    walk: WalkForward | None = None
    missing: tuple[str, ...] = ()


def check(tried: Trials, *, sessions_a_year: float, walk: WalkForward | None = None, blocks: int = 16) -> Checks:
    """Make every check that the trials allow; those that need more sessions or variants are named in `missing`."""
    best = tried.best
    own = tried.returns[:, best]
    spread = float(own.std(ddof=1)) if len(own) > 1 else 0.0
    sharpe = float(own.mean()) / spread * math.sqrt(sessions_a_year) if spread > 1e-12 else math.nan
    missing: list[str] = []
    deflated = overfit = reality = None
    try:
        deflated = deflated_sharpe(tried.returns)
    except NothingToTest as error:
        missing.append(str(error))
    try:
        overfit = overfitting(tried.returns, blocks)
    except NothingToTest as error:
        missing.append(str(error))
    try:
        reality = reality_check(tried.returns, tried.benchmark, draws=_DRAWS)
    except NothingToTest as error:
        missing.append(str(error))
    return Checks(
        tried.returns.shape[1], sharpe, int(tried.trades[best]), deflated, overfit, reality, walk, tuple(missing)
    )  # fmt: skip


def verdict(checks: Checks) -> Verdict:
    """Weigh the checks. One finding for luck keeps it from being proven, two make it probably luck."""
    if checks.trades == 0 or not math.isfinite(checks.best_sharpe):
        text = f"None of the {checks.variants:,} variants closed a trade on these bars."
        return _verdict("nothing", [Reason(text, "open")])
    if checks.best_sharpe <= 0.0:
        text = f"Even the best of {_variants(checks.variants)} has a Sharpe ratio of {checks.best_sharpe:.2f}."
        return _verdict("nothing", [Reason(text, "luck")])
    reasons = [
        *_of_tries(checks),
        *_of_splits(checks.overfitting),
        *_of_walk(checks.walk),
        *_of_benchmark(checks.reality),
        *_of_trades(checks.trades),
    ]
    against = sum(one.says == "luck" for one in reasons)
    support = sum(one.says == "skill" for one in reasons)
    if against >= 2:
        return _verdict("luck", reasons)
    every = checks.deflated is not None and checks.overfitting is not None
    return _verdict("skill" if against == 0 and support >= 3 and every else "open", reasons)


def _verdict(level: Level, reasons: list[Reason]) -> Verdict:
    return Verdict(level, _HEADLINES[level], tuple(reasons))


def _of_tries(checks: Checks) -> list[Reason]:
    found = checks.deflated
    if found is None:
        return []
    lucky = round(found.lucky)
    count = "Fewer than one" if lucky < 1 else f"{lucky:,}"
    says: Says = "skill" if found.probability >= SURE else "open" if found.probability >= LIKELY else "luck"
    return [
        Reason(
            f"{count} of {_variants(found.trials)} would look this good by chance. With so many tries taken into "
            f"account, the best one's Sharpe ratio of {checks.best_sharpe:.2f} is real with a probability of "
            f"{_percent(found.probability)}.",
            says,
        )
    ]


def _of_splits(found: Overfitting | None) -> list[Reason]:
    if found is None:
        return []
    says: Says = "skill" if found.probability <= SAFE else "open" if found.probability < OVERFIT else "luck"
    return [
        Reason(
            f"In {_percent(found.probability)} of {found.splits:,} ways to cut the history in two halves, the variant "
            "that was best in one half was below the middle in the other.",
            says,
        )
    ]


def _of_walk(found: WalkForward | None) -> list[Reason]:
    if found is None:
        return []
    kept = found.efficiency
    good = found.total_return > 0.0
    says: Says = "open"
    if not math.isfinite(kept) or kept <= LOST or not good:
        says = "luck"
    elif kept >= KEPT:
        says = "skill"
    promise = f", {_percent(max(kept, 0.0))} of what was promised" if math.isfinite(kept) else ""
    return [
        Reason(
            f"Chosen anew in {len(found.windows)} steps and traded on unseen bars only, it returned "
            f"{_percent(found.total_return, 1)}{promise}.",
            says,
        )
    ]


def _of_benchmark(found: Reality | None) -> list[Reason]:
    if found is None:
        return []
    says: Says = "skill" if found.p_value <= RARE else "open" if found.p_value < COMMON else "luck"
    return [
        Reason(
            f"Against buy and hold, chance alone brings a best variant this good in {_percent(found.p_value)} of "
            "resampled histories.",
            says,
        )
    ]


def _of_trades(trades: int) -> list[Reason]:
    if trades >= FEW_TRADES:
        return []
    closed = "one trade" if trades == 1 else f"{trades} trades"
    return [Reason(f"The best variant closed {closed}; below {FEW_TRADES} little can be told.", "luck")]


def _variants(count: int) -> str:
    return "one variant" if count == 1 else f"{count:,} variants"


def _percent(fraction: float, decimals: int = 0) -> str:
    if 0.0 < fraction < 0.005 and decimals == 0:
        return "less than 1 %"
    return f"{100.0 * fraction:,.{decimals}f} %"
