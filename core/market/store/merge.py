"""How newly fetched bars join the stored ones of the same series.

Four things can happen to a closed bar told again: it is the same; the vendor restated its whole past at once (a split:
all older bars times one ratio); it was corrected on its own (kept as a revision); it is gone (then it stays: an answer
may be partial, and nothing is silently dropped). A bar that was still forming is simply replaced.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.repositories.market_bars import KNOWN_NEVER, BarBlock, Revisions

_ROUNDING = 1e-4
_CENT = 0.0051
_VOLUME_ROUNDING = 1e-3
_RESTATED_FROM = 0.005
_SAME_RATIO = 2e-3
_LEAST_BARS = 3


@dataclass(frozen=True)
class Merge:
    """The bars of the fetched span after the merge, and what was found on the way.

    `restated`: new price level over old one of the older bars, None when the past stands as it was.
    `revised`: superseded values of corrected bars. `absent`: starts of bars the vendor no longer tells.
    """

    block: BarBlock
    revised: Revisions
    restated: float | None
    absent: NDArray[np.int64]


def merge(old: BarBlock, new: BarBlock, *, covered_to: int, now: int) -> Merge:
    """Join `new` with `old`, both of the same span.

    Args:
        old: stored bars of the fetched span.
        new: fetched bars; `known_at` is each bar's close, `KNOWN_NEVER` while it is forming.
        covered_to: microseconds; up to here the vendor was asked before. A closed bar turning up before it, unseen so
            far, became known now.
        now: microseconds; when `new` was fetched.
    """
    closed = old.rows(old.known_at != KNOWN_NEVER)
    _, at_old, at_new = np.intersect1d(closed.ts, new.ts, assume_unique=True, return_indices=True)
    restated = _restated(closed.values[3, at_old], new.values[3, at_new])

    known_at = new.known_at.copy()
    values = new.values.copy()
    forming = known_at == KNOWN_NEVER
    late = ~np.isin(new.ts, old.ts) & ~forming & (known_at <= covered_to) & _inside(old, new.ts)
    known_at[late] = now

    before = closed.values[:, at_old]
    if restated is not None:
        before = before * np.array([[restated]] * 4 + [[1.0 / restated]])
    same = _same(before, values[:, at_new])
    stays = at_new[same]
    known_at[stays] = closed.known_at[at_old[same]]
    if restated is None:
        values[:, stays] = closed.values[:, at_old[same]]
    changed = ~same & ~forming[at_new]
    if restated is not None:
        # A restatement reaches back from its ex-date only; bars after it were at the new level already.
        changed &= ~_same(closed.values[:, at_old], values[:, at_new])
        kept = ~same & ~changed
        known_at[at_new[kept]] = closed.known_at[at_old[kept]]
    known_at[at_new[changed]] = now
    revised = Revisions(
        BarBlock(closed.ts[at_old[changed]], before[:, changed], closed.known_at[at_old[changed]]),
        np.full(int(changed.sum()), now, dtype=np.int64),
    )

    gone = np.ones(len(closed), dtype=bool)
    gone[at_old] = False
    absent = closed.rows(gone)
    if restated is not None:
        absent = scaled(absent, restated)
    joined = BarBlock.joined([BarBlock(new.ts, values, known_at), absent])
    return Merge(joined.rows(np.argsort(joined.ts, kind="stable")), revised, restated, absent.ts)


def restatement(old: BarBlock, new: BarBlock) -> float | None:
    """New price level over old one where both have closed bars; None when the past stands as it was."""
    closed = old.rows(old.known_at != KNOWN_NEVER)
    _, at_old, at_new = np.intersect1d(closed.ts, new.ts, assume_unique=True, return_indices=True)
    return _restated(closed.values[3, at_old], new.values[3, at_new])


def scaled(block: BarBlock, ratio: float) -> BarBlock:
    """Bars at another price level: prices times `ratio`, volume divided by it."""
    return BarBlock(block.ts, block.values * np.array([[ratio]] * 4 + [[1.0 / ratio]]), block.known_at)


def _inside(old: BarBlock, ts: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(old):
        return np.zeros(len(ts), dtype=bool)
    inside: NDArray[np.bool_] = (ts >= old.ts[0]) & (ts <= old.ts[-1])
    return inside


def _same(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which bars, shape (5, n) each, say the same within a vendor's rounding."""
    prices, volume = slice(0, 4), 4
    apart = np.abs(after - before)
    with np.errstate(invalid="ignore"):
        close = apart[prices] <= np.maximum(_ROUNDING * np.abs(before[prices]), _CENT)
        traded = apart[volume] <= np.maximum(_VOLUME_ROUNDING * np.abs(before[volume]), 1.0)
    unknown = np.isnan(before) & np.isnan(after)
    alike: NDArray[np.bool_] = (close | unknown[prices]).all(axis=0) & (traded | unknown[volume])
    return alike


def _restated(before: NDArray[np.float64], after: NDArray[np.float64]) -> float | None:
    """The one ratio by which the older bars changed, from the first bars that both have; None when they did not."""
    usable = np.isfinite(before) & np.isfinite(after) & (before > 0) & (after > 0)
    ratios = after[usable] / before[usable]
    if len(ratios) < _LEAST_BARS:
        return None
    head = ratios[: max(_LEAST_BARS, len(ratios) // 2)]
    ratio = float(np.median(head))
    if abs(ratio - 1.0) < _RESTATED_FROM or np.max(np.abs(head / ratio - 1.0)) > _SAME_RATIO:
        return None
    return ratio
