"""Bars, splits and dividends out of Alpha Vantage's time series. Pure.

Its prices are as traded; ours are split-adjusted. A bar's prices are divided, and its volume multiplied, by the
product of the split coefficients that took effect after it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.market.calendars import calendar
from core.market.errors import EmptyAnswer, Unavailable
from core.market.model import BAR_COLUMNS, Action, ActionKind, AssetClass, Bars, Instrument, Interval, Warn
from core.market.sources.alpha_vantage.calls import NAME
from core.market.sources.untrusted import day, mapping, number, sequence, text

_FIELD = re.compile(r"^\d+[a-z]?\. ([a-z ]+?)(?: \((\w+)\))?$")


def parse(
    payloads: Sequence[Any],
    instrument: Instrument,
    interval: Interval,
    span: tuple[datetime | None, datetime | None],
    received_at: datetime,
    theirs: str,
) -> tuple[Bars, datetime, list[Warn]]:
    """Bars of [start, end), the time they speak of, and warnings. ``theirs`` is the symbol that was asked for.

    Raises EmptyAnswer, Unavailable (another symbol's data, no series, unreadable rows).
    """
    rows, zone = _series(payloads[0], instrument, theirs)
    frame, coefficients, cash = _frame(rows, instrument, interval, zone)
    warnings: list[Warn] = []
    splits = [Action(ActionKind.SPLIT, on, value) for on, value in coefficients.items()]
    ahead = np.asarray(frame.index > pd.Timestamp(received_at))
    if ahead.any():
        warnings.append(Warn("bad_time", f"{int(ahead.sum())} bars from the future were left out."))
        frame = frame[~ahead]
    if len(payloads) > 1:
        splits = parse_splits(payloads[1])
        if "data" not in mapping(payloads[1]):
            detail = "Alpha Vantage names no splits of this share, so earlier prices may not be adjusted for them."
            warnings.append(Warn("splits_unknown", detail))
    if interval in {Interval.W1, Interval.MO1}:
        warnings += _mixed(frame.index, splits, instrument, interval)
    labels = pd.DatetimeIndex(frame.index)
    frame = adjusted(frame, _factors(labels, splits, instrument))
    if interval in {Interval.W1, Interval.MO1}:
        frame = _at_first_session(frame, instrument, interval)
    start, end = span
    keep = np.ones(len(frame), dtype=bool)
    if start is not None:
        keep &= np.asarray(frame.index >= start)
    if end is not None:
        keep &= np.asarray(frame.index < end)
    missing = start is not None and len(frame) and _starts_late(frame.index[0], start, interval)
    if missing:
        warnings.append(Warn("short_history", f"The plan's history starts on {frame.index[0]:%Y-%m-%d}."))
    frame = frame[keep]
    if frame.empty:
        raise EmptyAnswer(NAME, f"it has no {interval.value} bars of {instrument.symbol} in that range.")
    index = pd.DatetimeIndex(frame.index)
    closes = calendar(instrument.calendar).bar_close(interval, index, instrument.timezone)
    home = ZoneInfo(instrument.timezone)
    first, last = index[0].astimezone(home).date(), closes[-1].astimezone(home).date()
    dividends = [Action(ActionKind.DIVIDEND, on, value, instrument.currency) for on, value in cash.items()]
    actions = sorted(
        (a for a in (*dividends, *splits) if first <= a.ex_date <= last), key=lambda a: (a.ex_date, a.kind)
    )
    bars = Bars(instrument.symbol, interval, frame, tuple(actions), currency=instrument.currency)
    return bars, min(closes[-1].to_pydatetime().astimezone(UTC), received_at), warnings


def _series(payload: Any, instrument: Instrument, theirs: str) -> tuple[dict[str, Any], ZoneInfo]:
    answer = mapping(payload)
    meta = {_plain(name): value for name, value in mapping(answer.get("Meta Data")).items()}
    told = text(meta.get("symbol"), 40)
    if told is not None and told.upper() != theirs.upper():
        raise Unavailable(NAME, f"asked about {theirs}, it answered about {told}. Not used.")
    rows = next((mapping(rows) for name, rows in answer.items() if "Time Series" in name), None)
    if rows is None:
        raise Unavailable(NAME, f"the answer about {theirs} holds no time series.")
    if not rows:
        raise EmptyAnswer(NAME, f"it has no prices of {instrument.symbol}.")
    zone = text(meta.get("time zone"), 40) or instrument.timezone
    try:
        return rows, ZoneInfo("America/New_York" if zone in {"US/Eastern", "Eastern"} else zone)
    except (ZoneInfoNotFoundError, ValueError):
        return rows, ZoneInfo(instrument.timezone)


def _plain(name: Any) -> str:
    """ "5. volume" is "volume", "1a. open (USD)" is "open"."""
    found = _FIELD.match(str(name).lower())
    return found.group(1) if found else str(name).lower()


def _frame(
    rows: Mapping[str, Any], instrument: Instrument, interval: Interval, zone: ZoneInfo
) -> tuple[pd.DataFrame, dict[date, float], dict[date, float]]:
    coefficients: dict[date, float] = {}
    cash: dict[date, float] = {}
    stamps, values = [], []
    home = ZoneInfo(instrument.timezone)
    for label, row in rows.items():
        moment = _moment(label, zone if interval.intraday else home)
        if moment is None:
            continue
        # The first of two fields of one name counts: coins come in their own money and then in dollars.
        fields: dict[str, Any] = {}
        for name, value in mapping(row).items():
            fields.setdefault(_plain(name), value)
        prices = [number(fields.get(name)) for name in BAR_COLUMNS]
        if prices[3] is None:
            continue
        on = moment.astimezone(home).date()
        split, dividend = number(fields.get("split coefficient")), number(fields.get("dividend amount"))
        if split is not None and split > 0 and split != 1.0:
            coefficients[on] = split
        if dividend is not None and dividend > 0:
            cash[on] = dividend
        stamps.append(moment)
        values.append([np.nan if price is None else price for price in prices])
    if not stamps:
        raise Unavailable(NAME, f"the prices of {instrument.symbol} are not readable.")
    index = pd.DatetimeIndex(pd.to_datetime(stamps, utc=True), name="ts").as_unit("ns")
    frame = pd.DataFrame(np.array(values, dtype=np.float64), index=index, columns=list(BAR_COLUMNS)).sort_index()
    if instrument.asset_class is AssetClass.FX:
        frame["volume"] = np.nan
    return frame[~frame.index.duplicated(keep="last")], coefficients, cash


def _moment(label: Any, zone: ZoneInfo) -> datetime | None:
    if not isinstance(label, str):
        return None
    try:
        found = datetime.fromisoformat(label)
    except ValueError:
        return None
    if not 1900 <= found.year < 2200:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _factors(index: pd.DatetimeIndex, splits: Iterable[Action], instrument: Instrument) -> NDArray[np.float64]:
    factors = np.ones(len(index))
    days = index.tz_convert(instrument.timezone).tz_localize(None)
    for split in splits:
        factors[np.asarray(days < pd.Timestamp(split.ex_date))] *= split.value
    return factors


def adjusted(frame: pd.DataFrame, factors: NDArray[np.float64]) -> pd.DataFrame:
    """``frame`` with prices divided and volume multiplied by ``factors``, shape (len(frame),)."""
    frame = frame.copy()
    for column in BAR_COLUMNS[:4]:
        frame[column] = frame[column].to_numpy() / factors
    frame["volume"] = frame["volume"].to_numpy() * factors
    return frame


def _first_day(label: date, interval: Interval) -> date:
    return date.fromordinal(label.toordinal() - label.weekday()) if interval is Interval.W1 else label.replace(day=1)


def _mixed(index: "pd.Index[Any]", splits: Iterable[Action], instrument: Instrument, interval: Interval) -> list[Warn]:
    """A week or month in which a split fell mixes prices of before and after: say so, the parts are not known."""
    labels = [moment.date() for moment in pd.DatetimeIndex(index).tz_convert(instrument.timezone)]
    hit = [s.ex_date for s in splits if any(_first_day(label, interval) < s.ex_date <= label for label in labels)]
    if not hit:
        return []
    days = ", ".join(f"{one:%Y-%m-%d}" for one in sorted(hit))
    return [Warn("split_inside_bar", f"The bar around the split of {days} mixes prices from before and after it.")]


def _at_first_session(frame: pd.DataFrame, instrument: Instrument, interval: Interval) -> pd.DataFrame:
    """It labels a week or month with its last session; ours carry the first."""
    known = calendar(instrument.calendar)
    zone = ZoneInfo(instrument.timezone)
    stamps = []
    for moment in pd.DatetimeIndex(frame.index).tz_convert(instrument.timezone):
        first = _first_day(moment.date(), interval)
        sessions = known.sessions(first, moment.date())
        stamps.append(datetime.combine(sessions[0] if sessions else first, time(), tzinfo=zone))
    frame.index = pd.DatetimeIndex(pd.to_datetime(stamps, utc=True), name="ts").as_unit("ns")
    return frame[~frame.index.duplicated(keep="last")]


def _starts_late(first: pd.Timestamp, start: datetime, interval: Interval) -> bool:
    slack = pd.Timedelta(days=7) if interval.intraday or interval is Interval.D1 else pd.Timedelta(days=45)
    return bool(first > pd.Timestamp(start) + slack)


def parse_splits(payload: Any) -> list[Action]:
    """Splits, oldest first; the value is new shares per old one."""
    found = []
    for row in sequence(mapping(payload).get("data")):
        on, factor = day(mapping(row).get("effective_date")), number(mapping(row).get("split_factor"))
        if on is not None and factor is not None and factor > 0 and factor != 1.0:
            found.append(Action(ActionKind.SPLIT, on, factor))
    return sorted(found, key=lambda action: action.ex_date)


def parse_dividends(payload: Any, currency: str) -> list[Action]:
    """Dividends a (split-adjusted) share, oldest first."""
    found = []
    for row in sequence(mapping(payload).get("data")):
        entry = mapping(row)
        on, cash = day(entry.get("ex_dividend_date")), number(entry.get("amount"))
        if on is not None and cash is not None and cash > 0:
            declared = day(entry.get("declaration_date"))
            found.append(Action(ActionKind.DIVIDEND, on, cash, currency, declared_on=declared))
    return sorted(found, key=lambda action: action.ex_date)
