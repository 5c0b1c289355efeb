"""The view of a chart as one value: what the address bar, a saved layout and the toolbar all speak of.

``/charts?symbol=TCS.NS&range=1y&interval=1d&type=candles&ind=sma:20,rsi:14&compare=INFY.NS&log=1&marks=events``
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from core.indicators import Indicator, IndicatorError, find
from core.market.model import Interval

RANGES = ("1d", "5d", "1mo", "3mo", "6mo", "ytd", "1y", "2y", "5y", "10y", "max")
CUSTOM = "custom"
KINDS = ("candles", "heikin-ashi", "line", "area")
MARKS = ("events", "patterns", "shapes", "levels", "liquidations", "profile")
MOST_STUDIES = 12
MOST_COMPARED = 6

_DAYS = {"1d": 1, "5d": 7, "1mo": 31, "3mo": 92, "6mo": 183, "1y": 366, "2y": 731, "5y": 1827, "10y": 3653}
_EPOCH = date(1970, 1, 1)
# How far back vendors keep short bars, in days.
_REACH = {"1m": 7, "5m": 59, "15m": 59, "30m": 59, "1h": 729}
_USUAL = {"1d": "5m", "5d": "15m", "1mo": "1d", "max": "1wk", "10y": "1d"}
_SYMBOL = re.compile(r"[A-Za-z0-9^&.\-=:$ _']{1,40}")
_NAMES = {"1m": "1 minute", "5m": "5 minutes", "15m": "15 minutes", "30m": "30 minutes", "1h": "1 hour"} | {
    "1d": "1 day",
    "1wk": "1 week",
    "1mo": "1 month",
}


def interval_name(interval: str) -> str:
    """The interval in words."""
    return _NAMES[interval]


@dataclass(frozen=True, slots=True)
class StudySpec:
    """An indicator asked for: its name and checked parameters in the catalogue's order, defaults included."""

    name: str
    params: tuple[tuple[str, Any], ...] = ()

    @property
    def indicator(self) -> Indicator:
        """The catalogue's entry."""
        return find(self.name)

    def text(self) -> str:
        """As in the address bar: ``macd:12:26:9``."""
        values = [_plain(value) for _, value in self.params]
        while values and values[-1] == "":
            values.pop()
        return ":".join([self.name, *values])


@dataclass(frozen=True, slots=True)
class ChartView:
    """What a chart shows. ``start`` and ``end`` are exchange days and only used with the range "custom"."""

    symbol: str = "RELIANCE.NS"
    range: str = "1y"
    interval: str = "1d"
    kind: str = "candles"
    studies: tuple[StudySpec, ...] = ()
    compare: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    log: bool = False
    volume: bool = True
    dividends: bool = False
    frames: bool = False
    table: bool = False
    start: date | None = None
    end: date | None = None


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d"))
    return str(value)


def study(text: str) -> StudySpec:
    """Read ``name:value:value``; missing values are the catalogue's defaults.

    Raises core.indicators.IndicatorError: an unknown name, a value out of range, more values than parameters.
    """
    name, *values = [part.strip() for part in text.strip().split(":")]
    indicator = find(name.lower())
    known = [p.name for p in indicator.params]
    # A value too many gets a name the indicator does not have, so that the catalogue refuses it by its own words.
    names = [*known, *(f"value {place}" for place in range(len(known) + 1, len(values) + 1))]
    return checked(indicator, dict(zip(names, values, strict=False)))


def checked(indicator: Indicator, given: Mapping[str, Any]) -> StudySpec:
    """A study of the catalogue's indicator with checked parameters; empty text means the default."""
    cleaned = indicator.clean({name: value for name, value in given.items() if value not in ("", None)})
    return StudySpec(indicator.name, tuple((p.name, cleaned.get(p.name)) for p in indicator.params))


def from_query(query: Mapping[str, str], base: ChartView | None = None) -> tuple[ChartView, tuple[str, ...]]:
    """The view a query asks for and a word on everything in it that could not be followed."""
    view, notes = base or ChartView(), []
    symbol = query.get("symbol", "").strip()
    if symbol and _SYMBOL.fullmatch(symbol):
        view = replace(view, symbol=symbol)
    elif symbol:
        notes.append(f"“{symbol[:40]}” is not a symbol; {view.symbol} is shown.")
    for key, allowed in (("range", (*RANGES, CUSTOM)), ("interval", tuple(_NAMES)), ("type", KINDS)):
        value = query.get(key, "").strip().lower()
        if not value:
            continue
        if value in allowed:
            view = replace(view, **{"kind" if key == "type" else key: value})
        else:
            notes.append(f"{key}={value[:20]} is not one of {', '.join(allowed)}.")
    studies: list[StudySpec] = []
    for text in [t for t in query.get("ind", "").split(",") if t.strip()][:MOST_STUDIES]:
        try:
            studies.append(study(text[:80]))
        except IndicatorError as error:
            notes.append(str(error))
    compare = [s.strip() for s in query.get("compare", "").split(",") if _SYMBOL.fullmatch(s.strip())]
    marks = [m for m in query.get("marks", "").lower().split(",") if m in MARKS]
    view = replace(
        view,
        studies=tuple(dict.fromkeys(studies)) if "ind" in query else view.studies,
        compare=tuple(dict.fromkeys(compare))[:MOST_COMPARED] if "compare" in query else view.compare,
        marks=tuple(dict.fromkeys(marks)) if "marks" in query else view.marks,
        log=_flag(query, "log", view.log),
        volume=_flag(query, "volume", view.volume),
        dividends=_flag(query, "dividends", view.dividends),
        frames=_flag(query, "frames", view.frames),
        table=_flag(query, "table", view.table),
        start=_day(query, "from", notes) or view.start,
        end=_day(query, "to", notes) or view.end,
    )
    if (query.get("from") or query.get("to")) and "range" not in query:
        view = replace(view, range=CUSTOM)
    if view.range == CUSTOM and view.start is None and view.end is None:
        view = replace(view, range="1y")
    return view, tuple(notes)


def _flag(query: Mapping[str, str], key: str, default: bool) -> bool:
    value = query.get(key, "").strip().lower()
    return default if not value else value in ("1", "true", "yes", "on")


def _day(query: Mapping[str, str], key: str, notes: list[str]) -> date | None:
    value = query.get(key, "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        notes.append(f"{key}={value[:20]} is not a day such as 2025-03-31.")
        return None


def to_query(view: ChartView) -> dict[str, str]:
    """The address of a view; what is at its default stays out, apart from the four that make a link readable."""
    query = {"symbol": view.symbol, "range": view.range, "interval": view.interval, "type": view.kind}
    if view.studies:
        query["ind"] = ",".join(s.text() for s in view.studies)
    if view.compare:
        query["compare"] = ",".join(view.compare)
    if view.marks:
        query["marks"] = ",".join(view.marks)
    plain = ChartView()
    for key in ("log", "volume", "dividends", "frames", "table"):
        if getattr(view, key) != getattr(plain, key):
            query[key] = "1" if getattr(view, key) else "0"
    if view.range == CUSTOM:
        query |= {k: v.isoformat() for k, v in (("from", view.start), ("to", view.end)) if v is not None}
    return query


def start_of(view: ChartView, today: date) -> date | None:
    """First day of the range; None for everything there is."""
    if view.range == CUSTOM:
        return view.start
    if view.range == "max":
        return None
    if view.range == "ytd":
        return date(today.year, 1, 1)
    return today - timedelta(days=_DAYS[view.range])


def _span_days(view: ChartView, today: date) -> int:
    start = start_of(view, today) or _EPOCH
    end = view.end if view.range == CUSTOM and view.end else today
    return max((end - start).days, 0)


def fitted(view: ChartView, today: date) -> tuple[ChartView, str | None]:
    """The view with an interval its range can be had in, and a sentence on why it was changed.

    Vendors keep short bars only for a while, and a bar as long as the range is not a chart.
    """
    days = _span_days(view, today)
    back = (today - (start_of(view, today) or _EPOCH)).days
    interval = Interval(view.interval)
    reach = _REACH.get(view.interval)
    if reach is not None and back > reach:
        wanted = next(
            (i for i in ("5m", "15m", "30m", "1h") if Interval(i).seconds > interval.seconds and back <= _REACH[i]),
            _USUAL.get(view.range, "1d"),
        )
        why = f"{interval_name(view.interval)} bars are kept for about {reach} days"
        return replace(view, interval=wanted), f"{why}; showing {interval_name(wanted)} bars."
    needed = {"1d": 2, "1wk": 15, "1mo": 62}.get(view.interval, 0)
    if days < needed:
        finer = _USUAL["1d"] if days <= 2 else _USUAL["5d"] if days <= 7 and back <= 59 else "1d"
        why = f"{interval_name(view.interval)} bars are too long for this range"
        return replace(view, interval=finer), f"{why}; showing {interval_name(finer)} bars."
    return view, None


def warmed(view: ChartView, start: date | None, today: date) -> date | None:
    """An earlier start, so that an average over 200 bars has its value at the left edge already."""
    if start is None or not view.studies:
        return start
    bars = 260
    days = {"1m": 2, "5m": 6, "15m": 16, "30m": 31, "1h": 62, "1d": 390, "1wk": 7 * bars, "1mo": 31 * bars}
    earlier = start - timedelta(days=days[view.interval])
    reach = _REACH.get(view.interval)
    return max(earlier, today - timedelta(days=reach)) if reach is not None else max(earlier, _EPOCH)


def midnight(day: date) -> datetime:
    """Start of a day in UTC."""
    return datetime.combine(day, time(), UTC)
