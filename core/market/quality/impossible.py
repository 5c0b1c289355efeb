"""Prices that cannot be: negative, zero, a high below the close, one price a hundred times its neighbours."""

import numpy as np

from core.market.model import Treatment
from core.market.quality.working import PRICES, Working, runs

_LEAST_PRICE, _MOST_PRICE = 1e-12, 1e15
_ROUNDING = 1e-6
"""Relative difference up to which a violation is the vendor's rounding (prices travel as 32-bit floats)."""


def negative(work: Working) -> None:
    """Zero and negative prices. The sign is wrong when the size fits the neighbours; otherwise nothing can be told.

    A zero open, high or low beside a positive close means "not known" at every vendor that writes it.
    """
    close = work.close
    flipped = (close < 0) & _sizes_fit(work)
    for first, last in runs(flipped):
        detail = "Negative prices of the neighbours' size: the sign was turned."
        count = last - first + 1
        work.note(
            "negative_price",
            Treatment.REPAIRED,
            detail,
            first,
            last,
            count=count,
            before=float(close[first]),
            after=float(-close[first]),
        )
    for column in PRICES:
        values = work.price[column]
        values[flipped] = np.abs(values[flipped])
    if work.adj is not None:
        work.adj[flipped] = np.abs(work.adj[flipped])
    work.repaired |= flipped
    lost = (work.close <= 0) | _absurd(work.close)
    for first, last in runs(lost):
        count = last - first + 1
        word = _word(work.close[first : last + 1])
        detail = f"{count:,} bars have {word} close and nothing tells the true one; they were set aside."
        work.note(
            "negative_price", Treatment.REJECTED, detail, first, last, count=count, before=float(work.close[first])
        )
    work.drop(lost)
    for column in ("open", "high", "low"):
        bad = (work.price[column] <= 0) | _absurd(work.price[column])
        for first, last in runs(bad):
            count = last - first + 1
            detail = f"A {column} of zero or less, or beyond reason: the close was put in its place."
            before = float(work.price[column][first])
            work.note("bad_ohlc", Treatment.REPAIRED, detail, first, last, count=count, column=column, before=before)
        work.price[column] = np.where(bad, work.close, work.price[column])
        work.repaired |= bad


def _absurd(values: np.ndarray) -> np.ndarray:
    """True beyond what any instrument trades at: the cheapest coins cost 1e-9, the dearest index under 1e9."""
    size = np.abs(values)
    return np.asarray((size < _LEAST_PRICE) | (size > _MOST_PRICE), dtype=np.bool_)


def _word(closes: np.ndarray) -> str:
    if (closes < 0).any():
        return "a negative"
    return "a zero" if (closes == 0).any() else "an absurd"


def _sizes_fit(work: Working) -> np.ndarray:
    """True where the absolute close lies within a factor of two of the nearest positive close on either side."""
    close = work.close
    good = np.flatnonzero(close > 0)
    if not len(good):
        return np.zeros(len(close), dtype=np.bool_)
    rows = np.arange(len(close))
    after = good[np.minimum(np.searchsorted(good, rows), len(good) - 1)]
    before = good[np.maximum(np.searchsorted(good, rows, side="right") - 1, 0)]
    size = np.abs(close)
    fits = np.zeros(len(close), dtype=np.bool_)
    for near in (before, after):
        ratio = size / close[near]
        fits |= (ratio > 0.5) & (ratio < 2.0)
    return fits


def stray_column(work: Working) -> None:
    """One price of a bar ten or more times off the three others: divided by the power of ten that brings it back."""
    if len(work) == 0:
        return
    table = np.stack([work.price[column] for column in PRICES])
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(table)
    middle = np.median(logs, axis=0)
    for place, column in enumerate(PRICES):
        off = logs[place] - middle
        others = np.delete(logs, place, axis=0)
        agree = (others.max(axis=0) - others.min(axis=0)) < 0.3
        power = np.round(off)
        stray = agree & (np.abs(power) >= 1) & (np.abs(off - power) < 0.2)
        if column == "close":
            # A close far from the three others is trusted when the next open goes on from it.
            stray &= ~_goes_on(work, np.abs(off))
        for row in np.flatnonzero(stray):
            before = float(work.price[column][row])
            after = before / 10.0 ** float(power[row])
            detail = (
                f"The {column} is {10.0 ** abs(float(power[row])):,.0f} times off the bar's other prices; it "
                "was scaled back."
            )
            work.note("unit_error", Treatment.REPAIRED, detail, int(row), column=column, before=before, after=after)
            work.price[column][row] = after
            if column == "close" and work.adj is not None:
                work.adj[row] /= 10.0 ** float(power[row])
            work.repaired[row] = True


def _goes_on(work: Working, off: np.ndarray) -> np.ndarray:
    following = np.append(work.price["open"][1:], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.abs(np.log10(following / work.close)) < 0.15
    return near & (off > 0.5)


def inconsistent(work: Working) -> None:
    """High below or low above the bar's open or close: widened to hold them, as traded prices they were both."""
    opened, close = work.price["open"], work.close
    top, bottom = np.maximum(opened, close), np.minimum(opened, close)
    high, low = work.price["high"], work.price["low"]
    swapped = (high < low) & (high <= bottom) & (low >= top)
    for first, last in runs(swapped):
        detail = "High and low are exchanged; they were put back."
        work.note("bad_ohlc", Treatment.REPAIRED, detail, first, last, count=last - first + 1)
    high, low = np.where(swapped, low, high), np.where(swapped, high, low)
    work.repaired |= swapped
    rounding = 0
    for column, values, bound, bad in (("high", high, top, high < top), ("low", low, bottom, low > bottom)):
        gross = bad & (np.abs(values - bound) > _ROUNDING * np.abs(bound))
        rounding += int((bad & ~gross).sum())
        for first, last in runs(gross):
            side = "below" if column == "high" else "above"
            detail = f"The {column} lies {side} the open or the close; it was moved to hold them."
            work.note(
                "bad_ohlc",
                Treatment.REPAIRED,
                detail,
                first,
                last,
                count=last - first + 1,
                column=column,
                before=float(values[first]),
                after=float(bound[first]),
            )
        work.repaired |= gross
    if rounding:
        detail = f"{rounding:,} highs or lows miss the open or close by the vendor's rounding; they were levelled."
        work.note("rounding", Treatment.KEPT, detail, count=rounding)
    work.price["high"], work.price["low"] = np.maximum(high, top), np.minimum(low, bottom)
