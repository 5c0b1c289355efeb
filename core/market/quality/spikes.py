"""Bars which jump off the series and come back at once: unadjusted prices and single-bar unit errors."""

import math

import numpy as np

from core.market.model import ActionKind, Treatment
from core.market.quality.working import PRICES, Bools, Floats, Working, spread, steps

_SIMPLE = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 25.0, 50.0, 100.0, 1000.0, 1.5, 2.5)
_LONGEST = 10  # bars a spike may last
_SHORT = 3  # bars up to which the shape of the bars alone convicts; longer runs must also leave and return overnight
_LEAST = 0.35  # log size of the smallest spike looked at: a factor of 1.4


def spikes(work: Working) -> None:
    """Runs of up to ten bars whose every price stands off both sides by one factor.

    A bar without trades repeats the close before it, so it is set to that. A traded one is divided by the factor when
    that is a split of the series or a simple ratio and open, high and low moved with the close; a real rush starts from
    yesterday's price and leaves a long bar. What fits neither is flagged.
    """
    if len(work) < 4:
        return
    ratios = split_ratios(work)
    noise = spread(steps(work.close))
    row = 1
    while row < len(work) - 1:
        width = _returns(work.close, row, noise)
        if not width:
            row += 1
            continue
        _settle(work, row, width, ratios)
        row += width
    return


def split_ratios(work: Working) -> list[float]:
    """The ratios of the series' own splits, each once."""
    return sorted(
        {action.value for action in work.actions if action.kind is ActionKind.SPLIT and action.value > 0} - {1.0}
    )


def _returns(close: Floats, row: int, noise: float) -> int:
    """How many bars from ``row`` form a spike: away in one step, back in one step to where it left."""
    away = math.log(close[row] / close[row - 1])
    if abs(away) < max(_LEAST, 8 * noise):
        return 0
    for width in range(1, _LONGEST + 1):
        if row + width >= len(close):
            return 0
        back = math.log(close[row + width] / close[row + width - 1])
        whole = math.log(close[row + width] / close[row - 1])
        if abs(back) > 0.6 * abs(away) and back * away < 0 and abs(whole) < max(0.25 * abs(away), 3 * noise):
            return width
    return 0


def _settle(work: Working, row: int, width: int, ratios: list[float]) -> None:
    close = work.close
    rows = slice(row, row + width)
    before, after = float(close[row - 1]), float(close[row + width])
    level = math.sqrt(before * after)
    seen = float(np.exp(np.mean(np.log(close[rows] / level))))
    text = f"The price is {seen:.3g} times its neighbours and comes back after {width} bar{'s' if width > 1 else ''}"
    if width <= _SHORT and bool((work.volume[rows] == 0).all()) and _flat(work, rows).all():
        was = float(close[row])
        detail = f"{text}; without a trade, so the close before was put in its place."
        share = None if work.adj is None else float(work.adj[row - 1])
        for column in PRICES:
            work.price[column][rows] = before
        if work.adj is not None and share is not None:
            work.adj[rows] = share
        work.repaired[rows] = True
        work.note("spike", Treatment.REPAIRED, detail, row, row + width - 1, count=width, before=was, after=before)
        return
    factor, kind = _factor(work, row, width, seen, ratios)
    if factor is None:
        detail = f"{text}; no split or unit explains it, so it was kept."
        work.note("spike", Treatment.FLAGGED, detail, row, row + width - 1, count=width, before=float(close[row]))
        return
    was = float(close[row])
    # The volume of a unit error is right; that of an unadjusted bar is off the other way when it shows.
    work.scale(rows, 1 / factor, volume=kind == "spike" and _volume_off(work, row, width, factor))
    detail = f"{text}: divided by {factor:g}."
    work.note(
        kind, Treatment.REPAIRED, detail, row, row + width - 1, count=width, before=was, after=float(work.close[row])
    )


def _factor(work: Working, row: int, width: int, seen: float, ratios: list[float]) -> tuple[float | None, str]:
    rows = slice(row, row + width)
    before, after = float(work.close[row - 1]), float(work.close[row + width])
    wanted = math.log(seen)
    # Every price of the run must stand clear of both neighbours, on the side of the jump.
    edge = np.stack([work.price[column][rows] for column in PRICES])
    clear = edge.min() / max(before, after) if wanted > 0 else min(before, after) / edge.max()
    if clear <= 0 or math.log(clear) < 0.5 * abs(wanted):
        return None, ""
    for ratio in ratios:
        for factor in (ratio, 1 / ratio):
            if abs(wanted - math.log(factor)) < max(0.15, 0.1 * abs(wanted)):
                return factor, "spike"
    choices = [factor for one in _SIMPLE for factor in (one, 1 / one)]
    best = min(choices, key=lambda factor: abs(wanted - math.log(factor)))
    if abs(wanted - math.log(best)) > 0.1:
        return None, ""
    if width > _SHORT:
        leaves = math.log(work.price["open"][row] / before)
        returns = math.log(after / work.price["close"][row + width - 1])
        if (
            abs(leaves - math.log(best)) > 0.1
            or abs(returns + math.log(best)) > 0.1
            or not best.is_integer() | (1 / best).is_integer()
        ):
            return None, ""
    hundred = abs(abs(math.log(best)) - math.log(100)) < 1e-9 or abs(abs(math.log(best)) - math.log(1000)) < 1e-9
    return best, "unit_error" if hundred else "spike"


def _flat(work: Working, rows: slice) -> Bools:
    return np.asarray(work.price["high"][rows] == work.price["low"][rows], dtype=np.bool_)


def _volume_off(work: Working, row: int, width: int, factor: float) -> bool:
    """Whether the run's volume stands off its surroundings in the sense opposite to the price, by about the factor."""
    inside = work.volume[row : row + width]
    around = np.concatenate((work.volume[max(0, row - 20) : row], work.volume[row + width : row + width + 20]))
    around = around[np.isfinite(around) & (around > 0)]
    inside = inside[np.isfinite(inside) & (inside > 0)]
    if len(around) < 3 or not len(inside):
        return False
    off = math.log(float(np.median(inside)) / float(np.median(around)))
    # Put right, the volume must lie nearer to its surroundings than it lies now.
    return abs(off + math.log(factor)) < abs(off)
