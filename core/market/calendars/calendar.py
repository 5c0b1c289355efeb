"""A trading calendar as sorted arrays of sessions, and the questions it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.market.errors import BadRange
from core.market.model import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2099, 12, 31)

_NS_PER_DAY = 86_400_000_000_000
_EPOCH = date(1970, 1, 1)


class DayKind(StrEnum):
    """What a calendar knows of a day."""

    REGULAR = "regular"
    EARLY_CLOSE = "early close"
    SPECIAL = "special"
    HOLIDAY = "holiday"
    WEEKEND = "weekend"


@dataclass(frozen=True, slots=True)
class TradingDay:
    """One day of a calendar.

    ``opens`` and ``closes`` (aware UTC) are None on a day without session. ``estimated`` says the day lies outside the
    recorded years (or its hours are not to hand), so a rule stands in for the exchange's own list.
    """

    day: date
    kind: DayKind
    opens: datetime | None = None
    closes: datetime | None = None
    estimated: bool = False
    note: str = ""


@dataclass(frozen=True)
class SessionTable:
    """Sessions of a calendar, oldest first; equal lengths.

    ``days``: int64, days since 1970-01-01 in the exchange's timezone; ``opens``, ``closes``: int64 nanoseconds UTC;
    ``kinds``: index into ``DayKind``; ``estimated``: bool.
    """

    days: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    special: NDArray[np.bool_]
    early: NDArray[np.bool_]
    estimated: NDArray[np.bool_]


class Calendar:
    """When one market trades, for days from 1900 to 2099. Immutable; safe to share between threads.

    Inside ``recorded`` (first and last day, inclusive; None for a rule-only calendar) days are the exchange's own;
    outside, a weekday rule stands in and days are ``estimated``. A pause in the middle of a session counts as open.

    Methods taking a day or a moment raise BadRange outside 1900 to 2099, ValueError for a moment without timezone.
    """

    def __init__(
        self,
        code: str,
        timezone: str,
        table: SessionTable,
        recorded: tuple[date, date] | None,
        notes: dict[date, str] | None = None,
        *,
        always_open: bool = False,
    ) -> None:
        self.code = code
        self.timezone = timezone
        self.recorded = recorded
        self.always_open = always_open
        self._table = table
        self._notes = notes or {}

    def __repr__(self) -> str:
        return f"Calendar({self.code!r})"

    @property
    def table(self) -> SessionTable:
        """All sessions. Shared: read only."""
        return self._table

    @property
    def notes(self) -> dict[date, str]:
        """What is said of single days, such as a holiday declared late. Shared: read only."""
        return self._notes

    def day(self, day: date) -> TradingDay:
        """Everything known of one day."""
        ordinal = _ordinal(day)
        at = self._find(ordinal)
        note = self._notes.get(day, "")
        if at is None:
            kind = DayKind.WEEKEND if day.weekday() >= 5 else DayKind.HOLIDAY
            return TradingDay(day, kind, estimated=not self._is_recorded(day), note=note)
        table = self._table
        kind = DayKind.REGULAR
        if table.special[at]:
            kind = DayKind.SPECIAL
        elif table.early[at]:
            kind = DayKind.EARLY_CLOSE
        opens, closes = _moment(int(table.opens[at])), _moment(int(table.closes[at]))
        return TradingDay(day, kind, opens, closes, bool(table.estimated[at]), note)

    def is_session(self, day: date) -> bool:
        """Whether there is trading on `day` (exchange date)."""
        return self._find(_ordinal(day)) is not None

    def known_holiday(self, day: date) -> bool:
        """Whether the exchange's own record names this weekday closed.

        False for weekends and for days outside the record: absence of knowledge is not a holiday.
        """
        ordinal = _ordinal(day)
        return day.weekday() < 5 and self._is_recorded(day) and self._find(ordinal) is None

    def estimated(self, day: date) -> bool:
        """Whether a rule, not the exchange's record, decides about `day`."""
        _ordinal(day)
        return not self._is_recorded(day)

    def sessions(self, start: date, end: date) -> list[date]:
        """Session days from `start` to `end`, both inclusive, oldest first; empty when start is after end."""
        low = int(np.searchsorted(self._table.days, _ordinal(start), side="left"))
        high = int(np.searchsorted(self._table.days, _ordinal(end), side="right"))
        return [_EPOCH + timedelta(days=int(d)) for d in self._table.days[low:high]]

    def session_bounds(self, day: date) -> tuple[datetime, datetime] | None:
        """Open and close of the session on `day` as aware UTC; None without session."""
        at = self._find(_ordinal(day))
        if at is None:
            return None
        return _moment(int(self._table.opens[at])), _moment(int(self._table.closes[at]))

    def is_open(self, now: datetime) -> bool:
        """Whether the market trades at `now` (aware): open inclusive, close exclusive."""
        moment = _nanoseconds(now)
        at = int(np.searchsorted(self._table.opens, moment, side="right")) - 1
        return at >= 0 and moment < int(self._table.closes[at])

    def next_open(self, now: datetime) -> datetime:
        """The first open strictly after `now`, aware UTC. For a market that never closes, the next midnight UTC."""
        moment = _nanoseconds(now)
        at = int(np.searchsorted(self._table.opens, moment, side="right"))
        if at >= len(self._table.opens):
            raise BadRange(f"{self.code}: no session is known after {now:%Y-%m-%d}. Ask for a day before {LAST_DAY}.")
        return _moment(int(self._table.opens[at]))

    def last_close(self, now: datetime) -> datetime:
        """The latest close at or before `now`, aware UTC."""
        moment = _nanoseconds(now)
        at = int(np.searchsorted(self._table.closes, moment, side="right")) - 1
        if at < 0:
            raise BadRange(f"{self.code}: no session is known before {now:%Y-%m-%d}. Ask for a day after {FIRST_DAY}.")
        return _moment(int(self._table.closes[at]))

    def bar_close(self, interval: Interval | str, ts_index: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
        """When each bar was complete, hence known.

        An intraday bar ends after its length or with its session, whichever comes first. A daily bar ends with its
        session; a weekly (Monday to Sunday) or monthly one with the last session of its period. Where the calendar has
        no session but a bar exists (a session it never heard of), the end of the local day or period is taken: late,
        never early.

        Args:
            interval: the length of the bars.
            ts_index: bar starts, aware (any timezone); any order, duplicates allowed.
            timezone: IANA name in which daily and longer bars start at midnight.

        Returns:
            A UTC DatetimeIndex named "known_at", aligned with `ts_index`.
        """
        interval = Interval(interval)
        if ts_index.tz is None:
            raise ValueError("bar starts need a timezone")
        starts_index = ts_index.tz_convert("UTC").as_unit("ns")
        if len(starts_index) == 0:
            return pd.DatetimeIndex([], dtype="datetime64[ns, UTC]", name="known_at")
        if starts_index.hasnans:
            raise ValueError("bar starts must not be missing (NaT)")
        starts: NDArray[np.int64] = starts_index.asi8
        if interval.intraday:
            closes = self._intraday_close(starts, interval)
        else:
            closes = self._period_close(starts_index, interval, timezone)
        return pd.DatetimeIndex(closes.view("datetime64[ns]"), name="known_at").tz_localize("UTC")

    def _intraday_close(self, starts: NDArray[np.int64], interval: Interval) -> NDArray[np.int64]:
        closes = starts + np.int64(interval.seconds * 1_000_000_000)
        if self.always_open:
            return closes
        at = np.searchsorted(self._table.opens, starts, side="right") - 1
        session_close = self._table.closes[np.maximum(at, 0)]
        inside = (at >= 0) & (starts < session_close) & (session_close < closes)
        return np.where(inside, session_close, closes)

    def _period_close(self, starts: pd.DatetimeIndex, interval: Interval, timezone: str) -> NDArray[np.int64]:
        local = starts.tz_convert(timezone).tz_localize(None)
        days: NDArray[np.int64] = local.normalize().asi8 // _NS_PER_DAY
        if days.min() < _ordinal(FIRST_DAY) or days.max() > _ordinal(LAST_DAY):
            raise BadRange(f"{self.code}: bars lie outside {FIRST_DAY} to {LAST_DAY}. Check the dates of the file.")
        if interval is Interval.D1:
            first, after = days, days + 1
        elif interval is Interval.W1:
            first = days - (days + 3) % 7  # 1970-01-01 was a Thursday
            after = first + 7
        else:
            months = local.to_numpy().astype("datetime64[M]")
            first = months.astype("datetime64[D]").astype(np.int64)
            after = (months + 1).astype("datetime64[D]").astype(np.int64)
        table = self._table
        at = np.searchsorted(table.days, after, side="left") - 1
        held = (at >= 0) & (table.days[np.maximum(at, 0)] >= first)
        closes = table.closes[np.maximum(at, 0)]
        if not held.all():
            midnights = pd.DatetimeIndex((after[~held] * _NS_PER_DAY).view("datetime64[ns]"))
            ends = midnights.tz_localize(
                timezone, ambiguous=np.zeros(len(midnights), bool), nonexistent="shift_forward"
            )
            closes = closes.copy()
            closes[~held] = ends.tz_convert("UTC").as_unit("ns").asi8
        return closes

    def _find(self, ordinal: int) -> int | None:
        at = int(np.searchsorted(self._table.days, ordinal))
        return at if at < len(self._table.days) and int(self._table.days[at]) == ordinal else None

    def _is_recorded(self, day: date) -> bool:
        return self.always_open or (self.recorded is not None and self.recorded[0] <= day <= self.recorded[1])


def _ordinal(day: date) -> int:
    if isinstance(day, datetime):
        raise TypeError("a calendar day is a date, not a moment; convert with .astimezone(exchange).date()")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise BadRange(f"{day} is outside the calendar. Ask for a day from {FIRST_DAY} to {LAST_DAY}.")
    return (day - _EPOCH).days


def _nanoseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"the calendar needs a moment with a timezone, not {moment.isoformat()}")
    utc = moment.astimezone(UTC)
    _ordinal(utc.date())
    since = utc - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000


def _moment(nanoseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)
