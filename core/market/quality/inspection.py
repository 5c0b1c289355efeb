"""All checks in their order, on a frame of bars."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.market.model import Action, Finding, Instrument, Interval
from core.market.quality import dividends, frozen, impossible, levels, sessions, spikes
from core.market.quality.entry import working
from core.market.quality.working import Working


@dataclass(frozen=True)
class Inspection:
    """What came of a frame.

    ``frame``: the bars put right, open, high, low, close, volume (and adj_close when given), increasing UTC index "ts";
    ``actions``: the corporate actions put right, oldest first; ``findings``: every problem with what was done;
    ``repaired`` counts bars whose values were changed, ``rejected`` bars set aside.
    """

    frame: pd.DataFrame
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    repaired: int = 0
    rejected: int = 0


def inspect(
    frame: pd.DataFrame,
    *,
    instrument: Instrument,
    interval: Interval | str,
    actions: Iterable[Action] = (),
    source: str,
) -> Inspection:
    """Find what is wrong with bars and put right what can be proved; pure, the input is not changed.

    ``frame``: columns open, high, low, close, volume and perhaps adj_close (the vendor's dividend-adjusted close), any
    order, times UTC (naive ones are read as UTC). Nothing raises on the values: bars that cannot be used are set aside
    with a finding. A second inspection of the result repairs nothing more.
    """
    work = working(frame, instrument=instrument, interval=Interval(interval), actions=actions, source=source)
    # Ratios of absurd prices may overflow; every check treats what is not finite as no evidence.
    with np.errstate(all="ignore"):
        _check(work)
    ordered = tuple(sorted(work.actions, key=lambda action: (action.ex_date, action.kind)))
    return Inspection(work.frame(), ordered, tuple(work.findings), int(work.repaired.sum()), work.rejected)


def _check(work: Working) -> None:
    """Every check, each on what the ones before have put right."""
    impossible.negative(work)
    dividends.negative_adjustment(work)
    sessions.midnight(work)
    sessions.misplaced_days(work)
    sessions.holidays(work)
    impossible.stray_column(work)
    spikes.spikes(work)
    levels.levels(work)
    impossible.inconsistent(work)
    dividends.dividends(work)
    frozen.frozen(work)
    frozen.unexplained_splits(work)
    sessions.missing(work)
