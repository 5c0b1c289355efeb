"""Bars against the exchange's calendar: bars stamped on the wrong day, bars of holidays, sessions that are missing.

A calendar is a record made by people, and it misses sessions. So a bar that traded is never dropped on its word, and a
missing session is reported, never invented.
"""

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from core.market import calendars
from core.market.model import Finding, Interval, Treatment
from core.market.quality.entry import session_days
from core.market.quality.working import Bools, Working, runs

_EPOCH = date(1970, 1, 1)
_SHIFT_SHARE = 0.95
_OFF = 0.015
"""Log distance from which a flat bar on a holiday is off both neighbours, not their rounding."""


def misplaced_days(work: Working) -> None:
    """Daily bars stamped a day off, told by weekdays: a Monday-to-Friday market whose bars run Sunday to Thursday."""
    if work.interval is not Interval.D1 or len(work) < 10 or work.instrument.calendar == "24/7":
        return
    calendar = calendars.calendar_of(work.instrument)
    table = np.asarray(
        [day.toordinal() for day in calendar.sessions(_date(work.days[0] - 7), _date(work.days[-1] + 7))]
    )
    ordinals = work.days + _EPOCH.toordinal()
    here = float(np.isin(ordinals, table).mean())
    if here >= 1 - 0.12:
        return
    best, share = 0, here
    for shift in (1, -1):
        fit = float(np.isin(ordinals + shift, table).mean())
        if fit > share:
            best, share = shift, fit
    if not best or share < _SHIFT_SHARE:
        return
    count = len(work)
    word = "before" if best > 0 else "after"
    detail = (
        f"All {count:,} bars stood on the day {word} their session ({here:.0%} on sessions, "
        f"{share:.0%} when moved); they were moved."
    )
    local = work.index.tz_convert(work.instrument.timezone).tz_localize(None) + timedelta(days=best)
    first = np.ones(count, dtype=bool)
    moved = local.tz_localize(work.instrument.timezone, ambiguous=first, nonexistent="shift_forward").tz_convert("UTC")
    work.note("timezone", Treatment.REPAIRED, detail, 0, count - 1, count=count)
    work.index = moved.rename("ts")
    work.days = session_days(work.index, work.instrument.timezone)
    work.repaired[:] = True


def midnight(work: Working) -> None:
    """Daily and longer bars start at midnight of the exchange's clock; other stamps of a session are moved there."""
    if work.interval.intraday or len(work) == 0 or work.instrument.calendar == "24/7":
        return
    local = work.index.tz_convert(work.instrument.timezone).tz_localize(None)
    off = np.asarray(local != local.normalize())
    if not off.any():
        return
    in_utc = np.asarray(work.index == work.index.normalize())
    # Stamped at midnight UTC, a date is meant, whatever the hour that is at the exchange.
    naive = local.normalize().where(~(off & in_utc), work.index.tz_localize(None))
    first = np.ones(len(work), dtype=bool)
    moved = naive.tz_localize(work.instrument.timezone, ambiguous=first, nonexistent="shift_forward").tz_convert("UTC")
    rows = np.flatnonzero(off)
    if len(np.unique(moved.asi8)) < len(moved):
        # Two bars would fall on one session: the stamps do not mean what they seem to, so they stay.
        detail = f"{len(rows):,} bars are not stamped at the start of a session."
        work.note("timezone", Treatment.FLAGGED, detail, int(rows[0]), int(rows[-1]), count=len(rows))
        return
    detail = f"{len(rows):,} bars were not stamped at the session's midnight; they were moved there."
    work.note("timezone", Treatment.REPAIRED, detail, int(rows[0]), int(rows[-1]), count=len(rows))
    work.index = moved.rename("ts")
    work.days = session_days(work.index, work.instrument.timezone)
    work.repaired |= off


def holidays(work: Working) -> None:
    """Daily bars on a recorded holiday. One without volume and without range, which repeats the close of a neighbour or
    jumps off and comes back, is a vendor's filling and set aside; every other is kept and said."""
    if work.interval is not Interval.D1 or len(work) == 0:
        return
    calendar = calendars.calendar_of(work.instrument)
    holiday = np.asarray([calendar.known_holiday(_date(day)) for day in work.days], dtype=np.bool_)
    if not holiday.any():
        return
    work.follows_calendar = _follows(work, calendar, holiday)
    if not work.follows_calendar:
        rows = np.flatnonzero(holiday)
        detail = (
            f"{len(rows):,} bars lie on holidays of the calendar {work.instrument.calendar}, and the series does not"
            " keep them (or hardly trades at all): the calendar was not used."
        )
        work.note("holiday_bar", Treatment.KEPT, detail, int(rows[0]), int(rows[-1]), count=len(rows))
        return
    phantom: Bools = np.zeros(len(work), dtype=np.bool_)
    for row in np.flatnonzero(holiday):
        verdict = _phantom(work, int(row))
        if verdict is None:
            traded = work.volume[row] > 0 or work.price["high"][row] > work.price["low"][row]
            why = "the bar traded" if traded else "its price is its own"
            detail = f"The calendar says holiday, but {why}; it was kept."
            work.note("holiday_bar", Treatment.KEPT, detail, int(row))
            continue
        phantom[row] = True
        work.note("holiday_bar", Treatment.REJECTED, verdict[0], int(row), before=float(work.close[row]))
        if verdict[1]:
            work.note("spike", Treatment.REJECTED, verdict[1], int(row), before=float(work.close[row]))
    work.drop(phantom)


def _follows(work: Working, calendar: calendars.Calendar, holiday: Bools) -> bool:
    """Whether the calendar is this series' own, told by its trading: a file may be of another market.

    A foreign series trades on the calendar's holidays as on any weekday; ours on the few which the record has wrong.
    Where most sessions pass without a trade, a holiday without one says nothing.
    """
    still = (work.price["high"] == work.price["low"]) & (work.volume == 0)
    if float(still[~holiday].mean() if (~holiday).any() else 0.0) > 0.5:
        return False
    traded = ~still & ~(np.isnan(work.volume) & (work.price["high"] == work.price["low"]))
    count = int(traded.sum())
    if count < 20:
        return True
    days = [_date(day) for day in range(int(work.days[0]), int(work.days[-1]) + 1)]
    weekdays = sum(day.weekday() < 5 for day in days)
    share = sum(calendar.known_holiday(day) for day in days) / max(weekdays, 1)
    return int((traded & holiday).sum()) <= max(1.0, 0.3 * share * count)


def _phantom(work: Working, row: int) -> tuple[str, str] | None:
    flat = work.price["high"][row] == work.price["low"][row] and work.price["open"][row] == work.close[row]
    volume = work.volume[row]
    if not flat or volume > 0:
        return None
    here = float(work.close[row])
    beside = [near for near in (row - 1, row + 1) if 0 <= near < len(work)]
    closes = [float(work.close[near]) for near in beside]
    if any(abs(here / close - 1) < 1e-4 for close in closes):
        return "A bar on a holiday, without volume, which repeats a neighbour's price; it was set aside.", ""
    if np.isnan(volume):
        return None
    # Some vendors repeat the last trade of the day before in place of its official close.
    if row > 0 and work.price["low"][row - 1] <= here <= work.price["high"][row - 1]:
        return "A bar on a holiday, without volume, at a price of the day before; it was set aside.", ""
    if len(closes) == 2 and all(abs(math.log(here / close)) > _OFF for close in closes):
        before, after = closes
        away, between = min(abs(math.log(here / before)), abs(math.log(here / after))), abs(math.log(after / before))
        if away > 2 * between and (here > max(closes) or here < min(closes)):
            spike = (
                f"The price is {here / before:.4g} times the day before and comes back the next: an unadjusted price."
            )
            return "A bar on a holiday, without volume, at an unadjusted price; it was set aside.", spike
    return None


def missing(work: Working) -> None:
    """Sessions of the calendar inside the span of a daily series which have no bar: reported run by run."""
    if work.interval is not Interval.D1 or len(work) < 2 or work.instrument.calendar == "24/7":
        return
    if not work.follows_calendar:
        return
    calendar = calendars.calendar_of(work.instrument)
    sessions = calendar.sessions(_date(work.days[0]), _date(work.days[-1]))
    ordinals = np.asarray([day.toordinal() for day in sessions], dtype=np.int64) - _EPOCH.toordinal()
    gone = ~np.isin(ordinals, work.days)
    sure = np.asarray([not calendar.estimated(day) for day in sessions], dtype=np.bool_)
    for first, last in runs(gone & sure):
        count = last - first + 1
        span = f"{sessions[first]}" if count == 1 else f"{sessions[first]} to {sessions[last]}"
        detail = f"{count} session{'s' if count > 1 else ''} of the exchange without a bar: {span}."
        start, end = (_start(sessions[place], work.instrument.timezone) for place in (first, last))
        work.findings.append(Finding("missing_session", Treatment.FLAGGED, detail, start=start, end=end, count=count))


def _start(day: date, timezone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=int(day))
