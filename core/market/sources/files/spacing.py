"""How long the bars are, from the spacing of their times."""

import numpy as np
import pandas as pd

from core.market.errors import BadFile
from core.market.model import Interval

_INTRADAY = {60: Interval.M1, 300: Interval.M5, 900: Interval.M15, 1800: Interval.M30, 3600: Interval.H1}


def daily_or_longer(stamps: pd.Series) -> bool:
    """True when almost every day has one time only (``stamps`` naive; duplicates of a whole time do not count)."""
    unique = stamps.dropna().drop_duplicates()
    days = int(unique.dt.normalize().nunique())
    return days > 0 and len(unique) <= 1.05 * days + 1 and (len(unique) == days or days > 2)


def infer(name: str, stamps: pd.DatetimeIndex, *, daily: bool, given: Interval | None) -> Interval:
    """The interval of increasing ``stamps`` (UTC), checked against ``given``.

    Raises BadFile when the spacing is none of ours or contradicts what was given.
    """
    found = _spacing(name, stamps, daily=daily, given=given)
    if given is None or found is given:
        return found
    if found.seconds > given.seconds and not (found.intraday is False and given.intraday):
        # Thinly traded: gaps are longer than the bars.
        return given
    raise BadFile(
        name,
        f"its bars are {found.value} bars by their spacing, not {given.value}.",
        f"Import it with interval {found.value}, or leave the interval out.",
    )


def _spacing(name: str, stamps: pd.DatetimeIndex, *, daily: bool, given: Interval | None) -> Interval:
    steps = np.diff(stamps.as_unit("ns").asi8) / 1e9
    if not len(steps):
        if given is not None:
            return given
        if daily:
            return Interval.D1
        raise BadFile(name, "one intraday bar does not tell how long it is.", "Give the interval (for example 5m).")
    if daily:
        days = float(np.median(steps)) / 86_400
        if days <= 4.5:
            return Interval.D1
        if days <= 10.5:
            return Interval.W1
        if 25 <= days <= 35:
            return Interval.MO1
        if given is not None:
            return given
        remedy = "Bars may be daily, weekly or monthly; for a thinly traded series give the interval."
        raise BadFile(name, f"its bars are about {days:.0f} days apart.", remedy)
    values, counts = np.unique(np.round(steps), return_counts=True)
    common = int(values[np.argmax(counts)])
    if common in _INTRADAY:
        return _INTRADAY[common]
    # Thin minute data: most gaps are longer than the bar, but all times lie on its grid.
    if given is not None and given.intraday and common % given.seconds == 0:
        return given
    label = f"{common / 60:g} minutes" if common >= 60 else f"{common} seconds"
    raise BadFile(name, f"its bars are {label} apart.", "Bars may be 1m, 5m, 15m, 30m, 1h, 1d, 1wk or 1mo.")
