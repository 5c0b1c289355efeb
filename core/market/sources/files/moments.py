"""From times as written to bar times: sessions by their date, intraday bars by their instant, both in UTC."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from core.market.model import Finding, Treatment
from core.market.sources.files import dates
from core.market.sources.files.spacing import daily_or_longer

_MIDNIGHT = np.timedelta64(0, "us")


@dataclass(frozen=True)
class Moments:
    """``ts``: UTC bar starts (NaT where unreadable), ``daily`` whether a bar is a session or longer."""

    ts: pd.Series
    daily: bool
    findings: tuple[Finding, ...]


def place(stamps: dates.Stamps, timezone: str | None, *, any_valid: np.ndarray) -> Moments:
    """Bar starts of ``stamps`` for an exchange in ``timezone`` (IANA name; None: the file's own offset, else UTC)."""
    zone = ZoneInfo(timezone or "UTC")
    wall = stamps.wall
    known = stamps.utc.notna()
    daily = daily_or_longer(wall[any_valid])
    found: list[Finding] = []
    if not daily:
        local = _localise(wall, zone)
        ts = stamps.utc.dt.tz_localize("UTC").where(known, local)
        if timezone is None and bool((wall.notna() & ~known).any()):
            detail = "The times carry no offset and no exchange was given; they were read as UTC."
            found.append(Finding("timezone", Treatment.FLAGGED, detail))
        return Moments(ts, False, tuple(found))
    clock = (wall - wall.dt.normalize()).to_numpy(dtype="timedelta64[us]")
    at_midnight = clock == _MIDNIGHT
    day = wall.dt.normalize()
    late = wall.notna().to_numpy() & ~at_midnight
    if late.any():
        as_utc = stamps.utc.where(known, wall).dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
        local_midnight = ((as_utc - as_utc.dt.normalize()).to_numpy(dtype="timedelta64[us]") == _MIDNIGHT) & late
        # 18:30 on every row is midnight in India told in UTC: the session is the next day's.
        shifted = local_midnight & (known.to_numpy() | (local_midnight.sum() > 0.9 * late.sum()))
        own = late & known.to_numpy() & ~shifted
        day = day.where(~(shifted | own), as_utc.dt.normalize())
        unmarked = shifted & ~known.to_numpy()
        if unmarked.any():
            detail = (
                f"{int(unmarked.sum()):,} days were stamped in UTC (midnight in {zone.key}); they were put on "
                "the exchange's day."
            )
            found.append(Finding("timezone", Treatment.REPAIRED, detail, count=int(unmarked.sum())))
    return Moments(_localise(day, zone), True, tuple(found))


def _localise(naive: pd.Series, zone: ZoneInfo) -> pd.Series:
    # An hour told twice in autumn is taken as the first; an hour that never was moves to the next that is.
    first = np.ones(len(naive), dtype=bool)
    placed: pd.Series = naive.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward").dt.tz_convert("UTC")
    return placed
