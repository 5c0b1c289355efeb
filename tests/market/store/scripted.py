"""A vendor whose history a test holds in its hand, and who counts what it is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from core import clock
from core.market.calendars import calendar_of
from core.market.errors import EmptyAnswer, MarketError, UnknownSymbol
from core.market.instruments import by_symbol
from core.market.model import (
    Action,
    ActionKind,
    Bars,
    Instrument,
    Interval,
    Kind,
    Mover,
    NewsItem,
    Period,
    Profile,
    Quote,
    Sourced,
    Statement,
    StatementKind,
)
from core.market.sources.base import Plan, Raw, Request


def instrument(symbol: str = "RELIANCE.NS") -> Instrument:
    found = by_symbol(symbol)
    assert found is not None
    return found


def sessions(start: date, end: date, symbol: str = "RELIANCE.NS") -> pd.DatetimeIndex:
    """Starts of the daily bars of the sessions from start to end."""
    known = instrument(symbol)
    days = calendar_of(known).sessions(start, end)
    stamps = [datetime.combine(day, datetime.min.time(), ZoneInfo(known.timezone)) for day in days]
    return pd.DatetimeIndex(stamps, name="ts").tz_convert("UTC").as_unit("ns")


def wandering(index: pd.DatetimeIndex, seed: int = 1, level: float = 1000.0) -> pd.DataFrame:
    """Plausible bars on an index."""
    rng = np.random.default_rng(seed)
    close = level * np.exp(np.cumsum(rng.normal(0, 0.01, len(index))))
    opened = close * (1 + rng.normal(0, 0.003, len(index)))
    return pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) * 1.004,
            "low": np.minimum(opened, close) * 0.996,
            "close": close,
            "volume": rng.integers(100_000, 900_000, len(index)).astype(float),
        },
        index=index,
    )


@dataclass
class ScriptedSource:
    """Tells the part of `history` that lies in the span asked and has begun by the clock."""

    history: dict[tuple[str, Interval], pd.DataFrame]
    actions: dict[str, tuple[Action, ...]] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    name: str = "scripted"
    label: str = "Scripted"
    simulated: bool = False
    on: bool = True
    slow_s: float = 0.0
    error: Callable[[], MarketError] | None = None
    asked: list[Request] = field(default_factory=list)
    price: float = 100.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def configured(self) -> bool:
        return self.on

    def covers(self, kind: Kind, instrument: Instrument | None, interval: Interval | None) -> bool:
        return kind in {Kind.BARS, Kind.QUOTE, Kind.PROFILE, Kind.NEWS, Kind.STATEMENTS, Kind.MOVERS, Kind.ACTIONS}

    def plan(self, request: Request) -> Plan:
        return Plan(request, (request,))

    def fetch(self, plan: Plan) -> Raw:
        with self._lock:
            self.asked.append(plan.request)
        if self.slow_s:
            time.sleep(self.slow_s)
        if self.error is not None:
            raise self.error()
        return Raw((None,), clock.now())

    def parse(self, plan: Plan, raw: Raw) -> Sourced[object]:
        request, now = plan.request, raw.received_at
        if request.kind is Kind.BARS:
            return self._bars(request, now)
        symbol = request.instrument.symbol if request.instrument else ""
        told: object
        match request.kind:
            case Kind.QUOTE:
                told = Quote(symbol, self.price, now, "INR", previous_close=self.price - 1)
            case Kind.PROFILE:
                told = Profile(symbol, f"{symbol} at {self.price}")
            case Kind.STATEMENTS:
                told = self.statements
            case Kind.ACTIONS:
                told = self.actions.get(symbol, ())
            case Kind.MOVERS:
                told = (Mover("TCS.NS", "TCS", self.price, 1.0), Mover("INFY.NS", "Infosys", 2.0, 0.5))
            case _:
                told = (NewsItem("1", "Results are due", "Wire", now),)
        return Sourced(told, self.name, now, now)

    def _bars(self, request: Request, now: datetime) -> Sourced[object]:
        assert request.instrument is not None
        assert request.interval is not None
        symbol = request.instrument.symbol
        frame = self.history.get((symbol, request.interval))
        if frame is None:
            raise UnknownSymbol(symbol, source=self.name)
        inside = frame.index <= pd.Timestamp(now)
        if request.start is not None:
            inside &= frame.index >= pd.Timestamp(request.start)
        if request.end is not None:
            inside &= frame.index < pd.Timestamp(request.end)
        told = frame.loc[inside]
        if told.empty:
            raise EmptyAnswer(self.name, f"no bars of {symbol}.")
        bars = Bars(symbol, request.interval, told, self.actions.get(symbol, ()), "splits", "INR")
        last = told.index[-1].to_pydatetime()
        return Sourced(bars, self.name, min(now, last + timedelta(hours=15, minutes=30)), now)


def split(frame: pd.DataFrame, ratio: float) -> pd.DataFrame:
    """The same history after a split: what a vendor tells from then on."""
    after = frame.copy()
    after[["open", "high", "low", "close"]] /= ratio
    after["volume"] *= ratio
    return after


def a_split(day: date, ratio: float) -> Action:
    return Action(ActionKind.SPLIT, day, ratio)


def a_statement(period_end: date, known_on: date, revenue: float) -> Statement:
    return Statement(
        StatementKind.INCOME, Period.QUARTERLY, period_end, "INR", {"total_revenue": revenue}, known_on, known_on, False
    )


UTC_NOON = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
