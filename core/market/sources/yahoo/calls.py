"""What to ask Yahoo for each kind of data. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from core import clock
from core.market.errors import BadRange
from core.market.model import Instrument, Interval
from core.market.sources.base import Request
from core.market.sources.span import check_span

NAME = "yahoo"
SYMBOL = re.compile(r"^[A-Z0-9^][A-Z0-9.\-=^&_]{0,23}$", re.IGNORECASE)
Q1 = "https://query1.finance.yahoo.com"
Q2 = "https://query2.finance.yahoo.com"
LOCALE = (("lang", "en-US"), ("region", "US"), ("corsDomain", "finance.yahoo.com"))

# How far back Yahoo keeps intraday bars, and how many days one request may span.
REACH = {
    Interval.M1: timedelta(days=30),
    Interval.M5: timedelta(days=60),
    Interval.M15: timedelta(days=60),
    Interval.M30: timedelta(days=60),
    Interval.H1: timedelta(days=730),
}
MINUTE_SPAN = timedelta(days=7)
# Bars this old are gone by the time the request arrives; a request a little too early is cut, not refused.
EDGE = timedelta(minutes=10)
SLACK = timedelta(days=1)
FIRST_YEAR = 1900


@dataclass(frozen=True)
class Call:
    """One request: an https address of Yahoo, its query, a JSON body for a POST.

    ``instead`` is asked when Yahoo refuses our session; an ``optional`` call that fails leaves a ``Failed`` in its
    place (unless Yahoo throttles us).
    """

    url: str
    params: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = None
    instead: "Call | None" = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """In place of the answer to an optional call: why there is none."""

    reason: str


def chart(symbol: str, interval: str, start: datetime, end: datetime) -> Call:
    """Bars and corporate actions of [start, end)."""
    return Call(
        f"{Q2}/v8/finance/chart/{quote(symbol, safe='')}",
        (
            ("period1", str(int(start.timestamp()))),
            ("period2", str(int(end.timestamp()))),
            ("interval", interval),
            ("includePrePost", "false"),
            ("events", "div,splits,capitalGains"),
        ),
    )


def bars(request: Request, instrument: Instrument, interval: Interval) -> tuple[Call, ...]:
    """The calls for a request of bars, oldest span first.

    Raises BadRange for a start after the end, in the future, or before what Yahoo keeps of this interval. No start
    means as far back as there is.
    """
    now = clock.now()
    check_span(request, now)
    end = min(request.end or now, now) + (timedelta(0) if request.end and request.end <= now else timedelta(minutes=1))
    reach = REACH.get(interval)
    earliest = now - reach + EDGE if reach else datetime(FIRST_YEAR, 1, 1, tzinfo=now.tzinfo)
    start = request.start or earliest
    if reach and start < earliest - SLACK:
        raise BadRange(
            f"Yahoo keeps {interval.value} bars for {reach.days} days; {start:%Y-%m-%d} is further back. "
            f"Start on {(now - reach).date() + timedelta(days=1):%Y-%m-%d} or later, or take a longer interval."
        )
    start = max(start, earliest)
    if start >= end:
        raise BadRange(
            f"Yahoo keeps {interval.value} bars from {earliest:%Y-%m-%d} on and the end is {end:%Y-%m-%d}. "
            "Take a later end or a longer interval."
        )
    if not interval.intraday:
        start, end = _whole_periods(start, end, interval, ZoneInfo(instrument.timezone))
    # Yahoo answers 30m with hourly bars at times, so half hours are built from quarters.
    asked = Interval.M15.value if interval is Interval.M30 else interval.value
    if interval is not Interval.M1:
        return (chart(instrument.symbol, asked, start, end),)
    calls = []
    while start < end:
        stop = min(start + MINUTE_SPAN, end)
        calls.append(chart(instrument.symbol, asked, start, stop))
        start = stop
    return tuple(calls)


def _whole_periods(start: datetime, end: datetime, interval: Interval, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Widened to whole days, weeks or months of the exchange: Yahoo stamps a daily bar with the opening time and cuts
    the first week or month at the start it is given."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    day = first.date()
    if interval is Interval.W1:
        day -= timedelta(days=day.weekday())
    elif interval is Interval.MO1:
        day = day.replace(day=1)
    midnight = datetime.combine(last.date(), time(), tzinfo=zone)
    closing = last if last == midnight else datetime.combine(last.date() + timedelta(days=1), time(), tzinfo=zone)
    return datetime.combine(day, time(), tzinfo=zone), closing


def actions(request: Request, instrument: Instrument) -> tuple[Call, ...]:
    """Dividends and splits: events come whole with monthly bars, which are the smallest answer that has them."""
    now = clock.now()
    check_span(request, now)
    start = request.start or datetime(FIRST_YEAR, 1, 1, tzinfo=now.tzinfo)
    end = request.end or now + timedelta(minutes=1)
    return (chart(instrument.symbol, Interval.MO1.value, start, end),)


def quotes(*symbols: str) -> Call:
    """Quotes of up to a hundred symbols in one call; it needs a crumb."""
    return Call(f"{Q1}/v7/finance/quote", (("symbols", ",".join(symbols)), ("formatted", "false"), *LOCALE))


def heading(symbol: str) -> Call:
    """The smallest chart: its heading carries the latest price and it needs no crumb."""
    address = f"{Q2}/v8/finance/chart/{quote(symbol, safe='')}"
    return Call(address, (("range", "1d"), ("interval", "1d"), ("includePrePost", "false")))


def quote_call(symbol: str) -> Call:
    """The quote of one symbol, from the chart's heading when Yahoo refuses our session."""
    call = quotes(symbol)
    return Call(call.url, call.params, instead=heading(symbol))
