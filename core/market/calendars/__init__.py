"""When markets trade: sessions, special sessions, holidays, and the moment each bar was complete.

calendar("XBOM").is_open(now)
calendar("XBOM").sessions(date(2026, 11, 1), date(2026, 11, 30))
calendar("XBOM").bar_close(Interval.D1, bars.frame.index, "Asia/Kolkata")
"""

from core.market.calendars.calendar import FIRST_DAY, LAST_DAY, Calendar, DayKind, TradingDay
from core.market.calendars.registry import calendar, calendar_of

__all__ = ["FIRST_DAY", "LAST_DAY", "Calendar", "DayKind", "TradingDay", "calendar", "calendar_of"]
