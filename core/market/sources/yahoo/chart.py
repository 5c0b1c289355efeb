"""Bars, corporate actions and a quote out of Yahoo's chart answers. Pure.

Yahoo's habits this file deals with, each seen in real answers: daily bars stamped with the opening time, the running
week or month split in two rows, the latest price appended beyond the end, rows of nulls, volume 0 for what has none.
Everything else that is wrong with the numbers is left for ``core.market.quality``.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.market.calendars import calendar
from core.market.errors import BadRange, EmptyAnswer, Unavailable, UnknownSymbol
from core.market.model import (
    BAR_COLUMNS,
    Action,
    ActionKind,
    AssetClass,
    Bars,
    Instrument,
    Interval,
    Quote,
    Warn,
)
from core.market.sources.untrusted import mapping, moment, number, sequence, text
from core.market.sources.yahoo.calls import NAME

# A vendor's clock may run a little ahead of ours; a bar that starts later than this has not happened.
_AHEAD = timedelta(minutes=5)
_EARLIEST_S = -2_208_988_800  # 1900-01-01 UTC
_GRANULARITY = {"60m": "1h"}


def result(payload: Any, symbol: str) -> dict[str, Any]:
    """The one result in a chart answer.

    Raises UnknownSymbol and BadRange in Yahoo's own words, Unavailable for an answer about another symbol or of
    another shape.
    """
    chart = mapping(mapping(payload).get("chart"))
    refuse(chart.get("error"), symbol)
    results = sequence(chart.get("result"))
    if not results:
        raise EmptyAnswer(NAME, f"it has no prices of {symbol}.")
    found = mapping(results[0])
    told = mapping(found.get("meta")).get("symbol")
    if not isinstance(told, str) or told.upper() != symbol.upper():
        raise Unavailable(NAME, f"asked about {symbol}, it answered about {text(told, 30) or 'nothing'}. Not used.")
    return found


def refuse(error: Any, symbol: str) -> None:
    """Raise what Yahoo's ``error`` object says; return when there is none."""
    if not error:
        return
    code, words = text(mapping(error).get("code"), 60) or "", text(mapping(error).get("description"), 200) or ""
    low = words.lower()
    if "not found" in code.lower() or "no data found" in low or "not found" in low or "delisted" in low:
        raise UnknownSymbol(symbol, source=NAME)
    if "requested range" in low or "days worth" in low or "doesn't exist for startdate" in low or "period" in low:
        raise BadRange(f"Yahoo cannot give that range of {symbol}: {words}")
    raise Unavailable(NAME, f"it refused {symbol}: {words or code or 'no reason given'}")


def parse_bars(
    payloads: Sequence[Any],
    instrument: Instrument,
    interval: Interval,
    span: tuple[datetime | None, datetime | None],
    received_at: datetime,
) -> tuple[Bars, datetime, tuple[Warn, ...]]:
    """Bars of [start, end), the time they speak of, and what the reader should know.

    The last bar may still be forming. Raises EmptyAnswer, UnknownSymbol, BadRange, Unavailable.
    """
    frames, events, warnings = [], {}, []
    currency = instrument.currency
    for payload in payloads:
        found = result(payload, instrument.symbol)
        meta = mapping(found.get("meta"))
        frame, warned = _frame(found, instrument, interval, received_at)
        frames.append(frame)
        warnings.extend(warned)
        currency = text(meta.get("currency"), 8) or currency
        for action in parse_actions(found, instrument, currency):
            events[(action.kind, action.ex_date)] = action
    frame = pd.concat(frames).sort_index(kind="stable") if len(frames) > 1 else frames[0]
    frame = frame[~frame.index.duplicated(keep="last")]
    start, end = span
    keep = np.ones(len(frame), dtype=bool)
    if start is not None:
        keep &= np.asarray(frame.index >= start)
    if end is not None:
        keep &= np.asarray(frame.index < end)
    frame = frame[keep]
    if frame.empty:
        raise EmptyAnswer(NAME, f"it has no {interval.value} bars of {instrument.symbol} in that range.")
    zone = ZoneInfo(instrument.timezone)
    # An action belongs to a bar by its exchange day; a week or month holds those up to its own end.
    index = pd.DatetimeIndex(frame.index)
    closes = calendar(instrument.calendar).bar_close(interval, index, instrument.timezone)
    first = index[0].astimezone(zone).date()
    last = closes[-1].astimezone(zone).date()
    inside = tuple(sorted((a for a in events.values() if first <= a.ex_date <= last), key=lambda a: a.ex_date))
    as_of = min(closes[-1].to_pydatetime().astimezone(UTC), received_at)
    bars = Bars(instrument.symbol, interval, frame, inside, currency=currency)
    return bars, as_of, tuple(dict.fromkeys(warnings))


def _frame(
    found: dict[str, Any], instrument: Instrument, interval: Interval, received_at: datetime
) -> tuple[pd.DataFrame, list[Warn]]:
    meta = mapping(found.get("meta"))
    told = text(meta.get("dataGranularity"), 10)
    asked = Interval.M15 if interval is Interval.M30 else interval
    if told is not None and _GRANULARITY.get(told, told) != asked.value:
        raise Unavailable(NAME, f"asked for {asked.value} bars of {instrument.symbol}, it gave {told} ones. Not used.")
    stamps = sequence(found.get("timestamp"))
    quote = mapping(next(iter(sequence(mapping(found.get("indicators")).get("quote"))), None))
    if not stamps:
        return _empty(), []
    lists = [sequence(quote.get(column)) for column in BAR_COLUMNS]
    if any(len(values) != len(stamps) for values in lists):
        raise Unavailable(
            NAME, f"the bars of {instrument.symbol} have lists of differing lengths, so no price has a sure time."
        )
    seconds = floats(stamps)
    frame = pd.DataFrame({name: floats(values) for name, values in zip(BAR_COLUMNS, lists, strict=True)})
    warnings: list[Warn] = []
    latest = (received_at + _AHEAD).timestamp()
    possible = np.isfinite(seconds) & (seconds >= _EARLIEST_S) & (seconds <= latest)
    if not possible.all():
        warnings.append(Warn("bad_time", f"{int((~possible).sum())} rows with impossible times were left out."))
    priced = frame["close"].notna().to_numpy()
    blank = int((possible & ~priced).sum())
    if blank:
        warnings.append(Warn("no_price", f"{blank} rows without a closing price were left out."))
    keep = possible & priced
    frame = frame[keep].copy()
    frame.index = pd.DatetimeIndex(pd.to_datetime(seconds[keep].astype("int64"), unit="s", utc=True), name="ts")
    frame.index = frame.index.as_unit("ns")
    frame = frame.sort_index(kind="stable")
    if instrument.asset_class is AssetClass.FX:
        frame["volume"] = np.nan
    if frame.empty:
        return _empty(), warnings
    _compare_zones(meta, instrument, received_at, warnings)
    if interval.intraday:
        opening = number(mapping(mapping(meta.get("currentTradingPeriod")).get("regular")).get("start")) or 0.0
        frame = frame[~frame.index.duplicated(keep="last")]
        starts = _slots(pd.DatetimeIndex(frame.index), interval, opening)
        if interval is not Interval.M30:
            # Only the running bar's second row, stamped with its latest price, stands off the grid.
            times = frame.index.tolist()
            times[-1] = max([starts[-1], *times[-2:-1]])
            starts = pd.DatetimeIndex(times)
        frame = _joined(frame, starts)
    else:
        frame = _periods(frame, instrument, interval)
    return frame, warnings


def _empty() -> pd.DataFrame:
    index = pd.DatetimeIndex([], tz="UTC", name="ts").as_unit("ns")
    return pd.DataFrame({name: pd.Series(dtype="float64") for name in BAR_COLUMNS}, index=index)


def floats(values: Sequence[Any]) -> NDArray[np.float64]:
    """JSON values as float64, NaN for null, text that is no number, booleans and infinities. Shape (len(values),)."""
    try:
        fast = np.array(values, dtype=np.float64)
        if fast.ndim == 1 and not any(isinstance(value, bool | str) for value in values):
            fast[~np.isfinite(fast)] = np.nan
            return fast
    except (TypeError, ValueError, OverflowError):
        pass
    found = (number(value) if not isinstance(value, dict) else None for value in values)
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


def _slots(index: pd.DatetimeIndex, interval: Interval, opening: float) -> pd.DatetimeIndex:
    """The start of the bar each time falls in, counted from the exchange's opening (09:15 in Mumbai)."""
    offset = pd.Timedelta(seconds=int(opening) % interval.seconds)
    return (index - offset).floor(interval.delta) + offset


def _compare_zones(meta: dict[str, Any], instrument: Instrument, at: datetime, warnings: list[Warn]) -> None:
    """Warn when Yahoo places the exchange in another timezone: days would then be cut at the wrong hour."""
    told = text(meta.get("exchangeTimezoneName"), 40)
    if told is None or told == instrument.timezone:
        return
    try:
        same = at.astimezone(ZoneInfo(told)).utcoffset() == at.astimezone(ZoneInfo(instrument.timezone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return
    if not same:
        detail = f"Yahoo has {instrument.symbol} in {told}; its days are cut in {instrument.timezone} here."
        warnings.append(Warn("timezone", detail))


def _periods(frame: pd.DataFrame, instrument: Instrument, interval: Interval) -> pd.DataFrame:
    """Bars stamped with exchange midnight of their (first session) day; a running period in two rows is one bar."""
    around_the_clock = instrument.calendar == "24/7"
    local = pd.DatetimeIndex(frame.index).tz_convert(instrument.timezone)
    # Before some changes of the clock Yahoo stamps a day one or two hours early, on the evening before.
    early = (local.hour >= 22) & (local.minute == 0) & (local.second == 0) & (not around_the_clock)
    early[-1] = False  # the running day carries the time of its latest price
    days = (local + pd.to_timedelta(np.where(early, 2, 0), unit="h")).tz_localize(None).normalize()
    if interval is Interval.D1:
        starts = days
        frame = frame[~starts.duplicated(keep="last")]
        starts = starts[~starts.duplicated(keep="last")]
        frame.index = _midnights(starts, instrument.timezone)
        return frame
    if interval is Interval.W1:
        starts = days - pd.to_timedelta(days.day_of_week, unit="D")
    else:
        starts = days - pd.to_timedelta(days.day - 1, unit="D")
    frame = _joined(frame, starts)
    frame.index = _midnights(_first_sessions(pd.DatetimeIndex(frame.index), instrument, interval), instrument.timezone)
    return frame


def _joined(frame: pd.DataFrame, groups: pd.DatetimeIndex) -> pd.DataFrame:
    """Rows of a group as one bar. The second row of a running week repeats the day's volume only, so volumes add."""
    if not groups.has_duplicates:
        return frame.set_axis(groups.rename("ts"))
    grouped = frame.groupby(groups)
    joined = grouped.agg({"open": "first", "high": "max", "low": "min", "close": "last"})
    joined["volume"] = grouped["volume"].sum(min_count=1)
    joined.index = joined.index.rename("ts")
    return joined


def _first_sessions(starts: pd.DatetimeIndex, instrument: Instrument, interval: Interval) -> pd.DatetimeIndex:
    """The first session day in each week or month; the period's own first day where the calendar knows none."""
    span = pd.Timedelta(days=6) if interval is Interval.W1 else pd.Timedelta(days=30)
    sessions = calendar(instrument.calendar).sessions(starts[0].date(), (starts[-1] + span).date())
    if not sessions:
        return starts
    known = pd.DatetimeIndex(sessions)
    places = known.searchsorted(starts)
    firsts = known.take(np.minimum(places, len(known) - 1))
    length = pd.Timedelta(days=7) if interval is Interval.W1 else pd.Timedelta(days=28)
    fits = (firsts >= starts) & (firsts < starts + length)
    return pd.DatetimeIndex(np.where(fits, firsts.as_unit("ns"), starts.as_unit("ns")))


def _midnights(days: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    local = days.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
    return pd.DatetimeIndex(local.tz_convert("UTC"), name="ts").as_unit("ns")


def parse_actions(found: dict[str, Any], instrument: Instrument, currency: str | None) -> list[Action]:
    """Dividends, splits and capital gains of one chart result, oldest first. Impossible values are left out."""
    zone = ZoneInfo(instrument.timezone)
    events = mapping(found.get("events"))
    actions: dict[tuple[ActionKind, Any], Action] = {}
    for group, kind in (
        ("dividends", ActionKind.DIVIDEND),
        ("splits", ActionKind.SPLIT),
        ("capitalGains", ActionKind.CAPITAL_GAIN),
    ):
        for event in mapping(events.get(group)).values():
            row = mapping(event)
            when = moment(row.get("date"))
            value = _ratio(row) if kind is ActionKind.SPLIT else number(row.get("amount"))
            if when is None or value is None or value <= 0:
                continue
            told = text(row.get("currency"), 8) if kind is ActionKind.DIVIDEND else None
            money = None if kind is ActionKind.SPLIT else told or currency
            day = when.astimezone(zone).date()
            actions[(kind, day)] = Action(kind, day, value, money)
    return sorted(actions.values(), key=lambda action: (action.ex_date, action.kind))


def _ratio(row: dict[str, Any]) -> float | None:
    """New shares per old one, of numerator and denominator or of "5:1"."""
    over, under = number(row.get("numerator")), number(row.get("denominator"))
    if over is None or under is None:
        parts = str(row.get("splitRatio", "")).replace("/", ":").split(":")
        if len(parts) != 2:
            return None
        over, under = number(parts[0]), number(parts[1])
    return over / under if over is not None and under is not None and under > 0 else None


def parse_quote(payload: Any, instrument: Instrument) -> tuple[Quote, tuple[Warn, ...]]:
    """The quote in the heading of a chart answer: no market capitalisation, and the open only from its last bar."""
    found = result(payload, instrument.symbol)
    meta = mapping(found.get("meta"))
    price, when = number(meta.get("regularMarketPrice")), moment(meta.get("regularMarketTime"))
    if price is None or price <= 0 or when is None:
        raise EmptyAnswer(NAME, f"it has no price of {instrument.symbol}.")
    opens = sequence(mapping(next(iter(sequence(mapping(found.get("indicators")).get("quote"))), None)).get("open"))
    previous = meta.get("previousClose") if "previousClose" in meta else meta.get("chartPreviousClose")
    quote = Quote(
        instrument.symbol,
        price,
        when,
        text(meta.get("currency"), 8) or instrument.currency,
        previous_close=number(previous),
        open=number(opens[-1]) if opens else None,
        high=number(meta.get("regularMarketDayHigh")),
        low=number(meta.get("regularMarketDayLow")),
        volume=number(meta.get("regularMarketVolume")),
        high_52w=number(meta.get("fiftyTwoWeekHigh")),
        low_52w=number(meta.get("fiftyTwoWeekLow")),
        name=text(meta.get("longName")) or text(meta.get("shortName")),
    )
    detail = "Yahoo refused the full quote; this one comes from the chart's heading, without market capitalisation."
    return quote, (Warn("short_quote", detail),)
