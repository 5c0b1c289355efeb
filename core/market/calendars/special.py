"""What the recorded calendars miss: sessions held on closed days, days closed at short notice, odd hours.

Exchange times are local (India: Asia/Kolkata). ``hours`` of None means the session is certain but its hours are not to
hand; the calendar then takes the widest hours such a session has had, so that nothing counts as known too early.
Days come from the exchanges' circulars; those up to April 2021 and from July 2023 to June 2024 were checked against
trades on NSE.
"""

from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True)
class Special:
    """A session out of the ordinary. ``hours`` are local open and close, or None where not to hand."""

    day: date
    note: str
    hours: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class RegularHours:
    """Regular local hours from a day on."""

    since: date
    open: time
    close: time


MUHURAT = "Muhurat trading (Diwali)"
BUDGET = "Union Budget"
SATURDAY = "special Saturday session"
DRILL = "disaster-recovery drill on a Saturday"
RECORDED_CLOSED = "traded although the recorded calendar says closed"

# The widest hours: a Diwali evening has ended between 17:00 and 19:30, a Saturday session by 15:30.
WIDEST = {MUHURAT: (time(13, 45), time(19, 30))}


def _special(day: str, note: str, opens: str | None = None, closes: str | None = None) -> Special:
    hours = (time.fromisoformat(opens), time.fromisoformat(closes)) if opens and closes else None
    return Special(date.fromisoformat(day), note, hours)


INDIA_SPECIALS: tuple[Special, ...] = (
    _special("2000-10-26", MUHURAT),
    _special("2001-01-01", RECORDED_CLOSED, "09:55", "15:30"),
    _special("2001-11-14", MUHURAT),
    _special("2002-11-04", MUHURAT),
    _special("2003-03-22", SATURDAY),
    _special("2003-10-25", MUHURAT),
    _special("2003-11-15", SATURDAY),
    _special("2004-01-01", RECORDED_CLOSED, "09:55", "15:30"),
    _special("2004-04-17", SATURDAY),
    _special("2004-10-09", SATURDAY),
    _special("2004-11-12", MUHURAT),
    _special("2005-06-04", SATURDAY),
    _special("2005-11-01", MUHURAT),
    _special("2005-11-26", SATURDAY),
    _special("2006-04-29", SATURDAY),
    _special("2006-06-25", "special Sunday session"),
    _special("2006-10-21", MUHURAT),
    _special("2007-11-09", MUHURAT),
    _special("2008-10-28", MUHURAT),
    _special("2009-10-17", MUHURAT),
    _special("2010-02-06", SATURDAY),
    _special("2010-11-05", MUHURAT),
    _special("2011-10-26", MUHURAT),
    _special("2012-01-07", SATURDAY),
    _special("2012-03-03", SATURDAY),
    _special("2012-04-28", SATURDAY),
    _special("2012-09-08", SATURDAY),
    _special("2012-11-13", MUHURAT),
    _special("2013-05-11", SATURDAY),
    _special("2013-11-03", MUHURAT),
    _special("2013-11-14", RECORDED_CLOSED, "09:15", "15:30"),
    _special("2014-03-22", SATURDAY),
    _special("2014-10-23", MUHURAT, "18:15", "19:30"),
    _special("2015-02-28", BUDGET, "09:15", "15:30"),
    _special("2015-11-11", MUHURAT, "17:45", "18:45"),
    _special("2016-10-30", MUHURAT, "18:30", "19:30"),
    _special("2017-10-19", MUHURAT, "18:30", "19:30"),
    _special("2018-11-07", MUHURAT, "17:30", "18:30"),
    _special("2019-10-27", MUHURAT, "18:15", "19:15"),
    _special("2020-02-01", BUDGET, "09:15", "15:30"),
    _special("2020-11-14", MUHURAT, "18:15", "19:15"),
    # An outage stopped NSE at 11:40; trading came back at 15:45 and ran to 17:00.
    _special("2021-02-24", "session extended after an outage", "09:15", "17:00"),
    _special("2021-11-04", MUHURAT, "18:15", "19:15"),
    _special("2022-10-24", MUHURAT, "18:15", "19:15"),
    _special("2023-11-12", MUHURAT, "18:15", "19:15"),
    _special("2024-01-20", "full session in place of Monday 22 January", "09:15", "15:30"),
    _special("2024-03-02", DRILL, "09:15", "12:30"),
    _special("2024-05-18", DRILL, "09:15", "12:30"),
    _special("2024-11-01", MUHURAT, "18:00", "19:00"),
    _special("2025-02-01", BUDGET, "09:15", "15:30"),
    _special("2025-10-21", MUHURAT, "13:45", "14:45"),
    _special("2026-02-01", BUDGET, "09:15", "15:30"),
    _special("2026-11-08", MUHURAT),
)

# Closed although the recorded calendar has a session (Muharram was observed a day later than foreseen).
INDIA_CLOSED: tuple[tuple[date, str], ...] = ((date(2013, 11, 15), "Muharram"),)

# The day opened at 9:55 until 2009; the pre-open auction moved the start to 9:15 in October 2010.
INDIA_HOURS: tuple[RegularHours, ...] = (
    RegularHours(date.min, time(9, 55), time(15, 30)),
    RegularHours(date(2010, 1, 4), time(9, 0), time(15, 30)),
    RegularHours(date(2010, 10, 18), time(9, 15), time(15, 30)),
)

# Days of the year (month, day) on which both Indian exchanges close. Used only outside the recorded years, where
# everything is labelled estimated; movable feasts are not foreseen there.
INDIA_FIXED_HOLIDAYS: tuple[tuple[int, int], ...] = ((1, 26), (4, 14), (5, 1), (8, 15), (10, 2), (12, 25))
