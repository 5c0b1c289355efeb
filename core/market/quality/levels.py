"""Whole spans at a wrong level: pence for pounds, and splits applied too late, too early, to a part, or not at all.

The series is taken to hop between a few levels: the right one, a hundred times off either way, and off by each of its
own splits either way. The cheapest path through them (Viterbi 1967) is found, where a step costs how far the price
moves once put right, and changing level costs a fixed sum. The last level is right: prices are adjusted to today.
"""

import math

import numpy as np

from core.market.model import ActionKind, Treatment
from core.market.quality.spikes import _volume_off
from core.market.quality.working import Floats, Ints, Working, runs, spread, steps

_NEAR = 60
"""Days between a split and the edge of the span it left unadjusted."""


def levels(work: Working) -> None:
    """Find spans at a wrong level and scale them to the right one."""
    if len(work) < 4:
        return
    factors = _factors(work)
    change = np.log(work.price["open"][1:] / work.close[:-1])
    inside = steps(work.close)
    # The gap and the whole step must both hop: a crash in trading starts from the close before.
    hop = np.where(np.sign(change) == np.sign(inside), np.where(np.abs(change) < np.abs(inside), change, inside), 0.0)
    noise = spread(inside)
    usable = [factor for factor in factors if abs(math.log(factor)) > max(0.3, 6 * noise)]
    if not usable or not _hops(hop, usable):
        return
    state = _path(hop, usable, noise)
    offsets = np.asarray([0.0, *(math.log(factor) for factor in usable)])
    right = _right(state)
    for first, last, level in _spans(state):
        if level == right:
            continue
        _put_right(work, first, last, math.exp(offsets[level] - offsets[right]))


def _factors(work: Working) -> list[float]:
    own = {action.value for action in work.actions if action.kind is ActionKind.SPLIT and action.value > 0}
    both = {100.0, 0.01} | own | {1 / value for value in own}
    return sorted(factor for factor in both if factor != 1.0)


def _hops(hop: Floats, factors: list[float]) -> bool:
    """A quick look whether any step is large enough for the smallest factor; most series end here."""
    least = min(abs(math.log(factor)) for factor in factors)
    return bool((np.abs(hop) > 0.6 * least).any())


def _path(hop: Floats, factors: list[float], noise: float) -> Ints:
    """The cheapest level of each bar: int array into (1, *factors)."""
    offsets = np.asarray([0.0, *(math.log(factor) for factor in factors)])
    between = offsets[None, :] - offsets[:, None]
    change_cost = 0.15 + 4 * noise
    fixed = np.where(between == 0.0, 0.0, change_cost + 0.25 * np.abs(between))
    count = len(hop) + 1
    cost = np.where(offsets == 0.0, 0.0, 0.01)
    back = np.zeros((count, len(offsets)), dtype=np.int64)
    stay = np.arange(len(offsets))
    least = float(np.min(np.abs(offsets[1:])))
    for row in range(1, count):
        step = hop[row - 1]
        if abs(step) < 0.5 * least:
            # Nobody changes level on an ordinary day.
            back[row] = stay
            cost = cost + abs(step)
            continue
        total = cost[:, None] + fixed + np.abs(step - between)
        back[row] = np.argmin(total, axis=0)
        cost = total[back[row], stay]
    state = np.zeros(count, dtype=np.int64)
    state[-1] = int(np.argmin(cost))
    for row in range(count - 1, 0, -1):
        state[row - 1] = back[row, state[row]]
    return state


def _right(state: Ints) -> int:
    """The level of the end, unless the end is a mere tail: then the level most bars have."""
    tail = int((state[::-1] != state[-1]).argmax()) or len(state)
    if tail <= max(2, len(state) // 20):
        return int(np.bincount(state).argmax())
    return int(state[-1])


def _spans(state: Ints) -> list[tuple[int, int, int]]:
    return [(first, last, int(level)) for level in np.unique(state) for first, last in runs(state == level)]


def _put_right(work: Working, first: int, last: int, factor: float) -> None:
    rows = slice(first, last + 1)
    count = last - first + 1
    before = float(work.close[first])
    split = _split_near(work, first, last, factor)
    if split is None:
        if abs(abs(math.log(factor)) - math.log(100)) > 1e-6:
            detail = f"{count:,} bars stand {factor:.4g} times off; no split or unit explains it, so they were kept."
            work.note("unit_error", Treatment.FLAGGED, detail, first, last, count=count, before=before)
            return
        work.scale(rows, 1 / factor, volume=False)
        detail = (
            f"{count:,} bars are in a unit {max(factor, 1 / factor):.0f} times "
            f"{'smaller' if factor > 1 else 'larger'} (pence for pounds): rescaled."
        )
        work.note(
            "unit_error",
            Treatment.REPAIRED,
            detail,
            first,
            last,
            count=count,
            before=before,
            after=float(work.close[first]),
        )
        return
    work.scale(rows, 1 / factor, volume=_volume_moved(work, first, last, factor))
    kind = "missing_split" if count > _SPIKE and first == 0 else "late_split"
    detail = f"{count:,} bars are not at the level the 1:{split:g} split makes: adjusted by it."
    work.note(kind, Treatment.REPAIRED, detail, first, last, count=count, before=before, after=float(work.close[first]))


_SPIKE = 3


def _split_near(work: Working, first: int, last: int, factor: float) -> float | None:
    """The split whose ratio the factor is, if it lies within the span or near one of its edges."""
    epoch = np.datetime64("1970-01-01")
    for action in work.actions:
        if action.kind is not ActionKind.SPLIT or action.value <= 0:
            continue
        if min(abs(math.log(factor / action.value)), abs(math.log(factor * action.value))) > 1e-6:
            continue
        day = int((np.datetime64(action.ex_date) - epoch).astype(int))
        if work.days[first] - _NEAR <= day <= work.days[last] + _NEAR:
            return action.value
    return None


def _volume_moved(work: Working, first: int, last: int, factor: float) -> bool:
    """Vendors adjust price and volume together, so a span whose price was left out had its volume left out too; only
    where the volume plainly contradicts that is it left alone."""
    count = last - first + 1
    if count <= _SPIKE:
        return _volume_off(work, first, count, factor)
    edge = last + 1 if last + 1 < len(work) else first
    one, two = work.volume[max(0, edge - 20) : edge], work.volume[edge : edge + 20]
    one, two = one[one > 0], two[two > 0]
    if not len(one) or not len(two):
        return True
    gap = math.log(float(np.median(two)) / float(np.median(one)))
    inner_first = edge == last + 1
    seen = gap if inner_first else -gap
    # The span's volume is to be multiplied by the factor, so the gap to what lies beyond becomes seen - log(factor).
    return abs(seen - math.log(factor)) <= abs(seen) + 1.0
