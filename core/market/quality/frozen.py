"""Prices that stand still, and jumps nothing explains: flagged, never changed."""

import math

import numpy as np

from core.market.model import ActionKind, Interval, Treatment
from core.market.quality.working import Working, runs

_LEAST_RUN = 5
_RATIOS = (2.0, 3.0, 4.0, 5.0, 8.0, 10.0, 15.0, 20.0, 25.0, 50.0, 0.5, 0.2, 0.1)


def frozen(work: Working) -> None:
    """Runs of five or more bars without volume and range which repeat one price."""
    if len(work) < 2 or not bool((work.volume > 0).any()):
        # A series without any volume (an index, a fund) tells nothing by its absence.
        return
    close = work.close
    still = (work.price["high"] == work.price["low"]) & (work.volume == 0)
    still[1:] &= close[1:] == close[:-1]
    still[0] &= bool(len(close) > 1 and close[0] == close[1])
    for first, last in runs(still):
        count = last - first + 1
        if count < _LEAST_RUN:
            continue
        text = f"{count:,} bars without volume repeat {close[last]:,.2f}"
        if last + 1 < len(close) and abs(math.log(close[last + 1] / close[last])) > 0.2:
            text += f", then the price jumps to {close[last + 1]:,.2f}"
        work.note("frozen", Treatment.FLAGGED, text + ".", first, last, count=count, before=float(close[last]))


def unexplained_splits(work: Working) -> None:
    """Lasting overnight jumps to a simple fraction of the price which no noted split explains."""
    if work.interval is not Interval.D1 or len(work) < 3:
        return
    close, opened = work.close, work.price["open"]
    gap, whole = np.log(opened[1:] / close[:-1]), np.log(close[1:] / close[:-1])
    epoch = np.datetime64("1970-01-01")
    noted = [
        int((np.datetime64(action.ex_date) - epoch).astype(int))
        for action in work.actions
        if action.kind is ActionKind.SPLIT
    ]
    for row in np.flatnonzero((np.abs(gap) > 0.6) & (np.abs(whole) > 0.6)) + 1:
        if any(abs(int(work.days[row]) - day) <= 5 for day in noted):
            continue
        ratio = min(_RATIOS, key=lambda one, at=gap[row - 1]: abs(at + math.log(one)))  # type: ignore[misc]
        size = abs(math.log(ratio))
        if max(abs(gap[row - 1] + math.log(ratio)), abs(whole[row - 1] + math.log(ratio))) > min(0.12, 0.15 * size):
            continue
        detail = (
            f"The price opens at 1/{ratio:g} of the close before and stays there, and no split is noted: "
            "perhaps one is missing."
        )
        work.note(
            "missing_split", Treatment.FLAGGED, detail, int(row), before=float(close[row - 1]), after=float(opened[row])
        )
