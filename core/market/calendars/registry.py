"""Builds each calendar once: recorded years from exchange_calendars, special days over them, a rule around them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from core.market.calendars import kept, special
from core.market.calendars.calendar import FIRST_DAY, LAST_DAY, Calendar, SessionTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.market.model import Instrument

ALWAYS: Final = "24/7"
CURRENCIES: Final = "24/5"
INDIA: Final = "XBOM"

_NS_PER_DAY: Final = 86_400_000_000_000
_NS_PER_MINUTE: Final = 60_000_000_000
_FULL_DAY: Final = (time(0, 0), time(0, 0))  # from midnight to midnight
_built: dict[tuple[str, str], Calendar] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Rule:
    """What stands in where nothing is recorded: regular local hours on weekdays, less holidays of fixed date."""

    timezone: str
    hours: tuple[special.RegularHours, ...]
    fixed_holidays: tuple[tuple[int, int], ...] = ()


def calendar(code: str, timezone: str | None = None) -> Calendar:
    """The calendar of a market, built on first use (the first recorded one takes about a second, later calls nothing).

    Args:
        code: "XBOM" (NSE and BSE), "XNYS", "24/7", "24/5", or any other code of exchange_calendars. Whatever else is
            given gets the weekday rule: every weekday, from midnight to midnight, all labelled estimated.
        timezone: IANA name for the weekday rule (UTC when None); ignored where the code has its own.

    Raises:
        ValueError: `timezone` is not an IANA name.
    """
    zone = timezone or "UTC"
    key = (code, zone)
    known = _built.get(key)
    if known is not None:
        return known
    with _lock:
        known = _built.get(key)
        if known is None:
            known = _build(code, zone)
            # One object a market, whatever timezone it was asked with, where the market has its own.
            known = _built.setdefault((known.code, known.timezone), known)
            _built[key] = known
        return known


def calendar_of(instrument: Instrument) -> Calendar:
    """The calendar an instrument trades by."""
    return calendar(instrument.calendar, instrument.timezone)


def _build(code: str, timezone: str) -> Calendar:
    if code == ALWAYS:
        days = np.arange(_day_number(FIRST_DAY), _day_number(LAST_DAY) + 1, dtype=np.int64)
        opens = days * _NS_PER_DAY
        none = np.zeros(len(days), bool)
        table = SessionTable(days, opens, opens + _NS_PER_DAY, none, none, none)
        return Calendar(ALWAYS, "UTC", table, (FIRST_DAY, LAST_DAY), always_open=True)
    if code != CURRENCIES:
        ready = kept.load(code)
        if ready is not None:
            return ready
        recorded = _recorded(code)
        if recorded is not None:
            built = _overlay(code, recorded)
            kept.save(built)
            return built
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"“{timezone[:60]}” is not a timezone. Use a name such as Asia/Kolkata.") from error
    rule = _Rule(timezone, (special.RegularHours(date.min, *_FULL_DAY),))
    days = _weekdays(rule, FIRST_DAY, LAST_DAY)
    opens, closes = _bounds(rule, days)
    none = np.zeros(len(days), bool)
    return Calendar(code, timezone, SessionTable(days, opens, closes, none, none, ~none), None)


def _recorded(code: str) -> Any:
    """The exchange_calendars object with all the years it knows, or None for a code it does not have."""
    import exchange_calendars

    if code not in exchange_calendars.get_calendar_names():
        return None
    # Without a start it keeps the last twenty years only. India's days before 2000 disagree with when NSE traded (it
    # has Republic Day 1998 open and five trading days of 1999 closed), so its record begins there.
    earliest = {INDIA: "2000-01-01", "XNYS": "1962-01-02"}.get(code)
    return exchange_calendars.get_calendar(code, start=earliest)


def _overlay(code: str, recorded: Any) -> Calendar:
    """Recorded sessions, corrected by the special table, with the weekday rule before and after."""
    zone = str(recorded.tz)
    first, last = recorded.first_session.date(), recorded.last_session.date()
    days = recorded.sessions.as_unit("ns").asi8 // _NS_PER_DAY
    opens = pd.DatetimeIndex(recorded.opens).as_unit("ns").asi8
    closes = pd.DatetimeIndex(recorded.closes).as_unit("ns").asi8
    indian = code in (INDIA, "BSE")
    if indian:
        rule = _Rule(zone, special.INDIA_HOURS, special.INDIA_FIXED_HOLIDAYS)
        opens, closes = _bounds(rule, days)  # the recorded hours are today's throughout
    else:
        rule = _Rule(zone, (special.RegularHours(date.min, recorded.open_times[-1][1], recorded.close_times[-1][1]),))
    early = np.isin(days, recorded.early_closes.as_unit("ns").asi8 // _NS_PER_DAY)
    notes: dict[date, str] = {}
    frame = pd.DataFrame({"opens": opens, "closes": closes, "early": early}, index=pd.Index(days, name="day"))
    frame["special"] = False
    frame["estimated"] = False
    if indian:
        notes = dict(special.INDIA_CLOSED) | {s.day: s.note for s in special.INDIA_SPECIALS}
        frame = frame.drop(index=[_day_number(day) for day, _ in special.INDIA_CLOSED], errors="ignore")
        frame = pd.concat([frame.drop(index=[_day_number(s.day) for s in special.INDIA_SPECIALS], errors="ignore"),
                           _special_rows(zone)])  # fmt: skip
    parts = [frame]
    # A calendar computed from rules ends somewhere in the future; its sessions stay as recorded, the rule goes on.
    for start, end in ((FIRST_DAY, first - timedelta(days=1)), (last + timedelta(days=1), LAST_DAY)):
        outside = _weekdays(rule, start, end)
        outside_opens, outside_closes = _bounds(rule, outside)
        parts.append(
            pd.DataFrame(
                {"opens": outside_opens, "closes": outside_closes, "early": False, "special": False, "estimated": True},
                index=pd.Index(outside, name="day"),
            )
        )
    whole = pd.concat([part for part in parts if len(part)]).sort_index()
    table = SessionTable(
        days=whole.index.to_numpy(dtype=np.int64),
        opens=whole["opens"].to_numpy(dtype=np.int64),
        closes=whole["closes"].to_numpy(dtype=np.int64),
        special=whole["special"].to_numpy(dtype=bool),
        early=whole["early"].to_numpy(dtype=bool),
        estimated=whole["estimated"].to_numpy(dtype=bool),
    )
    return Calendar(code, zone, table, (first, last), notes)


def _special_rows(zone: str) -> pd.DataFrame:
    rows = []
    for session in special.INDIA_SPECIALS:
        opens, closes = session.hours or special.WIDEST.get(session.note, (time(9, 15), time(15, 30)))
        days = np.array([_day_number(session.day)], dtype=np.int64)
        bounds = _bounds(_Rule(zone, (special.RegularHours(date.min, opens, closes),)), days)
        rows.append((int(days[0]), int(bounds[0][0]), int(bounds[1][0]), session.hours is None))
    frame = pd.DataFrame(rows, columns=["day", "opens", "closes", "estimated"]).set_index("day")
    return frame.assign(early=False, special=True)


def _weekdays(rule: _Rule, start: date, end: date) -> NDArray[np.int64]:
    """Day numbers of weekdays from start to end, less the rule's fixed holidays."""
    days = np.arange(_day_number(start), _day_number(end) + 1, dtype=np.int64)
    days = days[(days + 3) % 7 < 5]
    if rule.fixed_holidays and len(days):
        dates = days.astype("datetime64[D]")
        months = dates.astype("datetime64[M]")
        month = months.astype(np.int64) % 12 + 1
        day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
        closed = np.isin(month * 100 + day, [m * 100 + d for m, d in rule.fixed_holidays])
        days = days[~closed]
    return days


def _bounds(rule: _Rule, days: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Open and close of regular sessions, nanoseconds UTC. A close at or before the open is on the next day."""
    opens = np.zeros(len(days), dtype=np.int64)
    closes = np.zeros(len(days), dtype=np.int64)
    for hours in rule.hours:
        since = -(2**40) if hours.since == date.min else _day_number(hours.since)
        late = days >= since
        opening, closing = _minutes(hours.open), _minutes(hours.close)
        if closing <= opening:
            closing += 24 * 60
        opens[late] = days[late] * _NS_PER_DAY + opening * _NS_PER_MINUTE
        closes[late] = days[late] * _NS_PER_DAY + closing * _NS_PER_MINUTE
    return _to_utc(opens, rule.timezone), _to_utc(closes, rule.timezone)


def _to_utc(local: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    index = pd.DatetimeIndex(local.view("datetime64[ns]"))
    aware = index.tz_localize(timezone, ambiguous=np.zeros(len(index), bool), nonexistent="shift_forward")
    result: NDArray[np.int64] = aware.tz_convert("UTC").as_unit("ns").asi8
    return result


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
