"""The demo market as a source: answers every kind for every catalogue instrument, up to the present minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from core import clock
from core.market.calendars import calendar_of
from core.market.errors import BadRange, EmptyAnswer, NotCovered, UnknownSymbol
from core.market.instruments import catalogue
from core.market.membership import members
from core.market.model import Bars, Instrument, Interval, Kind, Sourced, Warn
from core.market.sources.base import Plan, Raw, Request
from core.market.sources.demo import actions, answers, quotes, spans
from core.market.sources.demo.draws import FIRST_YEAR
from core.market.sources.demo.sessions import moment, nanoseconds
from core.market.sources.demo.world import World

SEED = 20_100_101
NAME = "demo"
WARNING = Warn("simulated", "Simulated prices: not the real market.")
_FIRST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_LAST_YEAR = 2090
_BASKET_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class _Ask:
    """One call: the request and the moment it is answered for."""

    request: Request
    now: datetime


class DemoMarket:
    """A simulated market. Every value is a function of (seed, instrument, time), the same in every process.

    ``now`` tells the present; nothing after it is ever given. A request whose ``end`` lies in the past is answered
    with what was known then. All methods are thread-safe and do no I/O.
    """

    name = NAME
    label = "Simulated"
    simulated = True

    def __init__(
        self,
        seed: int = SEED,
        now: Callable[[], datetime] = clock.now,
        instruments: Iterable[Instrument] | None = None,
    ) -> None:
        self._now = now
        self._world = World(seed, catalogue() if instruments is None else instruments, nifty_fifty())

    def at(self, now: Callable[[], datetime]) -> DemoMarket:
        """The same market seen by another clock; what is simulated already is shared, since no clock changes it."""
        other = DemoMarket.__new__(DemoMarket)
        other._now, other._world = now, self._world
        return other

    def configured(self) -> bool:
        """Always: it needs nothing."""
        return True

    def covers(
        self,
        kind: Kind,
        instrument: Instrument | None,
        interval: Interval | None,  # noqa: ARG002 - the contract names it; every interval is simulated
    ) -> bool:
        """Whether it simulates the instrument; companies only for what only companies have."""
        if instrument is None:
            return kind in answers.MARKET_WIDE
        known = self._listed(instrument)
        return known is not None and answers.covered(kind, known)

    def _listed(self, instrument: Instrument) -> Instrument | None:
        """The catalogue's own entry, so that a caller's variant of it cannot change a simulated value.

        A company's listing in Mumbai (.BO) trades as its listing on the National Stock Exchange does.
        """
        if instrument.owner is not None:
            return None
        known = self._world.instruments.get(instrument.symbol)
        if known is None and instrument.symbol.endswith(".BO"):
            known = self._world.instruments.get(instrument.symbol.removesuffix(".BO") + ".NS")
        return known

    def plan(self, request: Request) -> Plan:
        """Checks a request. Raises BadRange, NotCovered, UnknownSymbol."""
        now = self._now().astimezone(UTC)
        if request.instrument is None:
            if request.kind not in answers.MARKET_WIDE:
                raise NotCovered(NAME, f"{request.kind.value} needs an instrument. Name one.")
        else:
            known = self._listed(request.instrument)
            if known is None:
                raise UnknownSymbol(request.instrument.symbol, source="the demo market")
            if not answers.covered(request.kind, known):
                raise NotCovered(NAME, f"{known.symbol} ({known.asset_class.value}) has no {request.kind.value}.")
        for edge in (request.start, request.end):
            if edge is not None and edge.tzinfo is None:
                raise BadRange(f"{edge.isoformat()} has no timezone. Give times in UTC.")
        if request.start is not None and request.end is not None and request.start >= request.end:
            raise BadRange(
                f"The range {request.start:%Y-%m-%d} to {request.end:%Y-%m-%d} is empty. Put the start first."
            )
        if request.start is not None and request.start > now and request.kind is not Kind.EVENTS:
            raise BadRange(f"{request.start:%Y-%m-%d} is in the future. Choose a start before {now:%Y-%m-%d}.")
        if not FIRST_YEAR <= now.year <= _LAST_YEAR:
            raise BadRange(f"The demo market runs from {FIRST_YEAR} to {_LAST_YEAR}; the clock says {now:%Y-%m-%d}.")
        return Plan(request, (_Ask(request, now),))

    def fetch(self, plan: Plan) -> Raw:
        """Simulates what the plan asks."""
        return Raw(tuple(self._answer(call) for call in plan.calls), self._now().astimezone(UTC))

    def parse(self, plan: Plan, raw: Raw) -> Sourced[Any]:
        """Puts the answer in its envelope. Raises EmptyAnswer when a series has no bar in the span."""
        data, as_of = raw.payloads[0]
        if data is None:
            request = plan.request
            what = request.instrument.symbol if request.instrument else request.kind.value
            remedy = "Widen the span." if request.kind is Kind.BARS else "Ask of a later time or another instrument."
            raise EmptyAnswer(NAME, f"no simulated {request.kind.value} of {what} there. {remedy}")
        return Sourced(data, NAME, as_of, raw.received_at, (WARNING,), stale=False, simulated=True)

    def _answer(self, ask: _Ask) -> tuple[Any, datetime]:
        request = ask.request
        known = min(ask.now, request.end) if request.end is not None else ask.now
        data: Any
        if known < _FIRST:
            return None, known
        if request.instrument is None:
            return answers.of_market(self._world, request, known), known
        instrument = self._listed(request.instrument)
        if instrument is None:
            raise UnknownSymbol(request.instrument.symbol, source="the demo market")
        if request.kind is Kind.BARS:
            data, as_of = self._bars(instrument, request, ask.now)
        elif request.kind is Kind.QUOTE:
            data = quotes.quote(self._world, instrument, known)
            as_of = data.time if data is not None else known
        else:
            data, as_of = answers.of_instrument(self._world, request, instrument, known), known
        if instrument.symbol != request.instrument.symbol:
            data = answers.relabelled(data, request.instrument.symbol)
        return data, as_of

    def _bars(self, instrument: Instrument, request: Request, now: datetime) -> tuple[Bars | None, datetime]:
        interval = request.interval or Interval.D1
        through = now.year + 1
        moment_now = nanoseconds(now)
        end = min(request.end, now) if request.end is not None else now
        if interval.intraday:
            columns = spans.intraday(self._world, instrument, interval, request.start, end, moment_now, through)
        else:
            columns = spans.daily(self._world, instrument, moment_now, through)
            days = self._world.path(instrument.symbol, through).days[: columns.ts.size]
            if interval is Interval.W1:
                columns = spans.weeks(columns, days)
            elif interval is Interval.MO1:
                columns = spans.months(columns, days)
            columns = spans.within(columns, request.start, request.end)
        if not columns.ts.size:
            return None, now
        first = moment(int(columns.ts[0]))
        found = actions.between(self._world, instrument, first, min(now, request.end or now))
        bars = Bars(instrument.symbol, interval, columns.frame(), found, "splits", instrument.currency)
        return bars, self._as_of(instrument, int(columns.ts[-1]), interval, now)

    def _as_of(self, instrument: Instrument, ts: int, interval: Interval, now: datetime) -> datetime:
        """When the last bar was complete, or the present while it is not."""
        index = pd.DatetimeIndex([pd.Timestamp(ts, unit="ns", tz="UTC")])
        closed = calendar_of(instrument).bar_close(interval, index, instrument.timezone)[0]
        return min(now, closed.to_pydatetime(warn=False))


def nifty_fifty() -> tuple[str, ...]:
    """Symbols of the NIFTY 50 as the membership table has them on a fixed day: the basket never changes."""
    return tuple(each.symbol for each in members("^NSEI", _BASKET_DAY))
