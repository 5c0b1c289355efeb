"""Bars for a tool: the span asked for with enough before it, the exchange's own days, and what to say about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.assistant.tools.evidence import Evidence, price_unit
from core.market.calendars import calendar_of
from core.market.errors import EmptyAnswer
from core.market.model import Action, Bars, Instrument, Interval, Sourced
from core.market.store.arrivals import parse_interval

Floats = NDArray[np.float64]

_BACK = {
    "1d": pd.DateOffset(days=1),
    "5d": pd.DateOffset(days=7),
    "1mo": pd.DateOffset(months=1),
    "3mo": pd.DateOffset(months=3),
    "6mo": pd.DateOffset(months=6),
    "1y": pd.DateOffset(years=1),
    "2y": pd.DateOffset(years=2),
    "3y": pd.DateOffset(years=3),
    "5y": pd.DateOffset(years=5),
    "10y": pd.DateOffset(years=10),
}
_REACH = {"1m": 7, "5m": 59, "15m": 59, "30m": 59, "1h": 729}
"""How far back vendors keep short bars, in days."""
_WARM_DAYS = {"1m": 2, "5m": 6, "15m": 16, "30m": 31, "1h": 62, "1d": 400, "1wk": 1900, "1mo": 6300}
_FIRST = date(1990, 1, 1)
SPAN_WORDS = {
    "1d": "1 day",
    "5d": "5 days",
    "1mo": "1 month",
    "3mo": "3 months",
    "6mo": "6 months",
    "ytd": "this year",
    "1y": "1 year",
    "2y": "2 years",
    "3y": "3 years",
    "5y": "5 years",
    "10y": "10 years",
    "max": "all there is",
}
INTERVAL_WORDS = {
    "1m": "1-minute",
    "5m": "5-minute",
    "15m": "15-minute",
    "30m": "30-minute",
    "1h": "hourly",
    "1d": "daily",
    "1wk": "weekly",
    "1mo": "monthly",
}


@dataclass(frozen=True, eq=False)
class Loaded:
    """Bars of one instrument.

    Attributes:
        whole: every bar read, those before the span too (for warm-up), index in the exchange's zone.
        first: row of `whole` at which the span asked for begins.
        as_of: close of the last bar, or the moment of its last trade while it forms.
        actions: dividends and splits inside `whole`.
    """

    instrument: Instrument
    interval: Interval
    whole: pd.DataFrame
    first: int
    as_of: datetime
    source: str
    actions: tuple[Action, ...]
    span: str

    @property
    def bars(self) -> pd.DataFrame:
        """The bars of the span."""
        return self.whole.iloc[self.first :]

    @property
    def forming(self) -> bool:
        """Whether the last bar has not closed yet."""
        closes = calendar_of(self.instrument).bar_close(self.interval, self.index[-1:], self.instrument.timezone)
        return bool(closes[-1] > pd.Timestamp(self.as_of))

    @property
    def unit(self) -> str:
        """Unit of the prices."""
        return price_unit(self.instrument)

    @property
    def index(self) -> pd.DatetimeIndex:
        """Times of `whole` at the exchange."""
        return pd.DatetimeIndex(self.whole.index)

    def column(self, name: str, *, span: bool = False) -> Floats:
        """A column as float64, of `whole` or of the span."""
        values = self.whole[name].to_numpy(dtype=np.float64)
        return values[self.first :] if span else values

    def stamp(self, row: int) -> date | datetime:
        """The time of a row of `whole`: the exchange's day, or moment for bars within the day."""
        at = self.index[row].to_pydatetime()
        return at if self.interval.intraday else at.date()

    def milliseconds(self, first: int | None = None) -> NDArray[np.int64]:
        """Epoch milliseconds of the span's (or from `first` on) bars, exchange days as midnight UTC for daily ones."""
        index = self.index[self.first if first is None else first :]
        plain = index.tz_convert("UTC") if self.interval.intraday else index.tz_localize(None).tz_localize("UTC")
        return np.asarray(plain.as_unit("ms").asi8, dtype=np.int64)

    def moment(self, row: int) -> datetime:
        """The same time for a mark on a figure, aware."""
        index = self.index[row]
        return (index if self.interval.intraday else index.tz_localize(None).tz_localize("UTC")).to_pydatetime()


def load(
    evidence: Evidence,
    symbol: str = "",
    *,
    span: str | None = None,
    interval: str | None = None,
    warm: bool = True,
    adjust: str = "splits",
    least: int = 2,
) -> Loaded:
    """Bars of the instrument asked about (or `symbol`) over the call's range and interval, as known then.

    Raises:
        MarketError: nobody has them, or fewer than `least` bars lie in the span.
    """
    instrument = evidence.instrument(symbol)
    wanted = interval or evidence.text("interval") or "1d"
    length = parse_interval(wanted)
    words = span or evidence.text("range") or "1y"
    zone = ZoneInfo(instrument.timezone)
    today = evidence.moment.astimezone(zone).date()
    start, end = span_days(words, today)
    reach = _REACH.get(length.value)
    if reach is not None and (start is None or (today - start).days > reach):
        start = today - timedelta(days=reach)
        if words != "max":
            evidence.warn(f"{INTERVAL_WORDS[length.value].capitalize()} bars are kept for about {reach} days only.")
    asked = None if start is None else max(start - timedelta(days=_WARM_DAYS[length.value] if warm else 0), _FIRST)
    if asked is not None and reach is not None:
        asked = max(asked, today - timedelta(days=reach))
    answer: Sourced[Bars] = evidence.market.bars(
        instrument.symbol, length, asked, end, as_of=evidence.as_of, adjust=adjust, owner=evidence.context.owner
    )
    bars = evidence.used(answer)
    frame = bars.frame
    index = pd.DatetimeIndex(frame.index).tz_convert(zone)
    frame = frame.set_axis(index, axis=0)
    close = frame["close"].to_numpy(dtype=np.float64)
    frame = frame if np.isfinite(close).all() else frame.loc[np.isfinite(close)]
    # The span begins with the bar it is measured from: the last one at or before its first day.
    times = pd.DatetimeIndex(frame.index)
    first = 0 if start is None else max(0, int(times.searchsorted(pd.Timestamp(start, tz=zone), side="right")) - 1)
    if len(frame) - first < least:
        if len(frame) < least:
            raise EmptyAnswer(answer.source, f"it has {len(frame)} bars of {instrument.symbol}; {least} are needed.")
        first = len(frame) - least
    return Loaded(instrument, length, frame, first, answer.as_of, answer.source, bars.actions, words)


def span_days(words: str, today: date) -> tuple[date | None, date | None]:
    """The day a range is measured from (its close is the base of returns) and its last day; None for no limit."""
    if words == "max":
        return None, None
    if words == "ytd":
        return date(today.year - 1, 12, 31), None
    if ".." in words:
        first, _, last = words.partition("..")
        return date.fromisoformat(first), date.fromisoformat(last) if last else None
    return (pd.Timestamp(today) - _BACK[words]).date(), None


def span_words(words: str) -> str:
    """A range as people say it."""
    if ".." in words:
        first, _, last = words.partition("..")
        return f"{first} to {last}" if last else f"since {first}"
    return SPAN_WORDS[words]


def change_percent(close: Floats, bars: int) -> float | None:
    """Percent change over `bars` bars; None without so many."""
    if len(close) <= bars or not close[-1 - bars] > 0:
        return None
    return float(100.0 * (close[-1] / close[-1 - bars] - 1.0))


def percentile(values: Floats, now: float) -> float | None:
    """Share of the finite values at or below `now`, percent; None with fewer than 20."""
    known = values[np.isfinite(values)]
    if len(known) < 20:
        return None
    return float(100.0 * np.count_nonzero(known <= now) / len(known))
