"""The days a simulated instrument trades, as day numbers, and when each of them begins and ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.market.calendars import calendar, calendar_of
from core.market.model import Instrument
from core.market.sources.demo.draws import FIRST_YEAR, Days

_EPOCH = date(1970, 1, 1).toordinal()
_NS = 1_000_000_000


def number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def day(number_: int) -> date:
    """The date of a day number."""
    return date.fromordinal(int(number_) + _EPOCH)


def nanoseconds(moment: datetime) -> int:
    """An aware time as nanoseconds since 1970-01-01 UTC."""
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _NS + since.microseconds * 1000


def moment(nanoseconds_: int) -> datetime:
    """The aware UTC time of a count of nanoseconds, to the microsecond."""
    seconds, rest = divmod(int(nanoseconds_), _NS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def local_day(instrument: Instrument, now: datetime) -> date:
    """The exchange's date at ``now``."""
    return now.astimezone(ZoneInfo(instrument.timezone)).date()


def session_days(instrument: Instrument, through: int) -> Days:
    """Sessions of the instrument's calendar from 2010-01-01 to the end of year ``through``: read-only day numbers."""
    return _session_days(instrument.calendar, instrument.timezone, through)


@lru_cache(maxsize=32)
def _session_days(code: str, timezone: str, through: int) -> Days:
    found = calendar(code, timezone).sessions(date(FIRST_YEAR, 1, 1), date(through, 12, 31))
    days = np.array([number(each) for each in found], np.int64)
    days.flags.writeable = False
    return days


def bounds(instrument: Instrument, number_: int) -> tuple[int, int] | None:
    """Open and close of the session on a day number in nanoseconds UTC, or None when there is none."""
    found = calendar_of(instrument).session_bounds(day(number_))
    return None if found is None else (nanoseconds(found[0]), nanoseconds(found[1]))


def starts(instrument: Instrument, through: int) -> NDArray[np.int64]:
    """Midnight of each session in the exchange's timezone, as nanoseconds UTC: the times of daily bars."""
    return _starts(instrument.calendar, instrument.timezone, through)


@lru_cache(maxsize=32)
def _starts(code: str, timezone: str, through: int) -> NDArray[np.int64]:
    days = _session_days(code, timezone, through)
    local = pd.DatetimeIndex(days.astype("datetime64[D]").astype("datetime64[ns]"))
    zoned = local.tz_localize(timezone, ambiguous=np.ones(days.size, bool), nonexistent="shift_forward")
    found: NDArray[np.int64] = np.array(zoned.as_unit("ns").asi8)
    found.flags.writeable = False
    return found
