"""When a statement was public, where the vendor does not say: the last day the law allows.

India: 45 days after a quarter and 60 after the year (SEBI Listing Obligations and Disclosure Requirements 2015,
regulation 33). United States: 45 days after a quarter (Form 10-Q) and 75 after the year (Form 10-K of an accelerated
filer). Anywhere else the wider European rule is taken: 60 days and four months. The last allowed day and not a typical
one, because a value known too early is a look into the future and a value known a little late is not.
"""

from collections.abc import Collection
from datetime import date, timedelta

from core.market.model import Instrument, Period

INDIA = (timedelta(days=45), timedelta(days=60))
UNITED_STATES = (timedelta(days=45), timedelta(days=75))
ELSEWHERE = (timedelta(days=60), timedelta(days=122))

_BY_CALENDAR = {"XBOM": INDIA, "XNSE": INDIA, "XNYS": UNITED_STATES, "XNAS": UNITED_STATES}


def known_on(instrument: Instrument, period: Period, period_end: date, year_ends: Collection[date]) -> date:
    """The day by which figures up to ``period_end`` were surely public.

    The last quarter of a year comes with the year's accounts, so a quarter or trailing year ending in a month of
    ``year_ends`` (ends of fiscal years) waits as long as they do.
    """
    quarter, year = _BY_CALENDAR.get(instrument.calendar, ELSEWHERE)
    months = {end.month for end in year_ends}
    whole_year = period is Period.ANNUAL or period_end.month in months
    return period_end + (year if whole_year else quarter)
